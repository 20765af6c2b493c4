//! How much one user, or one address, may ask for. Knows no HTTP.

use std::{
    hash::{BuildHasher, Hash, RandomState},
    net::IpAddr,
    num::NonZeroU32,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use governor::{
    Quota, RateLimiter,
    clock::{Clock, MonotonicClock},
    nanos::Nanos,
    state::{InMemoryState, NotKeyed, StateStore},
};
use presence::UserId;

use crate::settings::{Limit, LimitSettings, Rate};

/// The limits of a node.
#[derive(Debug)]
pub struct Limits {
    user: Option<Limiter>,
    addresses: Option<Addresses>,
}

/// Limits for addresses. Whoever has an IPv6 address has 2^64 of them, which count as one; and most
/// have more than one such network, up to 2^16, so there is a limit for these together too. Behind
/// one may be many homes, as behind one of IPv4: therefore it is wider.
#[derive(Debug)]
struct Addresses {
    each: Limiter,
    /// By how many bits of IPv6 addresses.
    wider: [(u32, Limiter); WIDER.len()],
}

/// The networks above a /64, and how many times as much may come from all of it.
const WIDER: [(u32, u32); 2] = [(56, 4), (48, 16)];

/// Too much was asked for: how long to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooMuch(pub Duration);

impl Limits {
    /// Those that the settings say.
    #[must_use]
    pub fn new(settings: &LimitSettings) -> Self {
        let Limit(per_user) = settings.per_user;
        let Limit(per_address) = settings.per_address;
        Self { user: per_user.map(Limiter::new), addresses: per_address.map(Addresses::new) }
    }

    /// Counts a request of `user`. Some 50 ns, without a lock.
    ///
    /// # Errors
    ///
    /// [`TooMuch`] when it is one too many.
    pub fn count_user(&self, user: &UserId) -> Result<(), TooMuch> {
        self.user.as_ref().map_or(Ok(()), |limiter| limiter.count(user))
    }

    /// Counts a request without a valid token from `address`, and for the networks that it is in.
    ///
    /// # Errors
    ///
    /// [`TooMuch`] when it is one too many.
    pub fn count_address(&self, address: IpAddr) -> Result<(), TooMuch> {
        self.addresses.as_ref().map_or(Ok(()), |addresses| addresses.count(address))
    }

    /// How many requests of users, and from addresses, were too many.
    #[must_use]
    pub fn refused(&self) -> (u64, u64) {
        let of = |limiter: &Limiter| limiter.refused.load(Ordering::Relaxed);
        let of_wider = |(_, limiter): &(_, Limiter)| of(limiter);
        let of_addresses =
            |all: &Addresses| of(&all.each) + all.wider.iter().map(of_wider).sum::<u64>();
        (self.user.as_ref().map_or(0, of), self.addresses.as_ref().map_or(0, of_addresses))
    }
}

impl Addresses {
    fn new(rate: Rate) -> Self {
        let times = |times: u32| Rate {
            per_second: rate.per_second.saturating_mul(NonZeroU32::MIN.saturating_add(times - 1)),
            burst: rate.burst.saturating_mul(NonZeroU32::MIN.saturating_add(times - 1)),
        };
        let wider = WIDER.map(|(bits, as_much)| (bits, Limiter::new(times(as_much))));
        Self { each: Limiter::new(rate), wider }
    }

    /// What the narrower one refuses does not count against the wider.
    fn count(&self, address: IpAddr) -> Result<(), TooMuch> {
        let address = match address.to_canonical() {
            IpAddr::V4(address) => return self.each.count(&address),
            IpAddr::V6(address) => address.to_bits(),
        };
        let network = |bits: u32| address >> (128 - bits);
        self.each.count(&network(64))?;
        self.wider.iter().try_for_each(|(bits, limiter)| limiter.count(&network(*bits)))
    }
}

/// A rate for each of any number of keys.
#[derive(Debug)]
struct Limiter {
    rates: RateLimiter<u64, Slots, MonotonicClock>,
    hasher: RandomState,
    refused: AtomicU64,
}

impl Limiter {
    fn new(rate: Rate) -> Self {
        let quota = Quota::per_second(rate.per_second).allow_burst(rate.burst);
        let rates = RateLimiter::new(quota, Slots::default(), MonotonicClock);
        Self { rates, hasher: RandomState::new(), refused: AtomicU64::default() }
    }

    fn count(&self, key: &impl Hash) -> Result<(), TooMuch> {
        let key = self.hasher.hash_one(key);
        self.rates.check_key(&key).map_err(|until| {
            self.refused.fetch_add(1, Ordering::Relaxed);
            TooMuch(until.wait_time_from(MonotonicClock.now()))
        })
    }
}

/// The state of all keys, in memory that does not grow with their number, and is never swept.
///
/// Each key has a slot in either of two rows, by its hash, and shares it with whoever else falls
/// there. A request is refused when both slots refuse it: so a stranger is hit by another's excess
/// only if they share both, which of 2^36 pairs is no two keys' fate that anybody could bring
/// about without knowing the hash.
#[derive(Debug)]
struct Slots([Box<[InMemoryState]>; 2]);

/// Slots in a row: two rows of them take 4 MiB.
const SLOTS: usize = 1 << 18;

impl Default for Slots {
    fn default() -> Self {
        let row = || (0..SLOTS).map(|_| InMemoryState::default()).collect();
        Self([row(), row()])
    }
}

impl StateStore for Slots {
    type Key = u64;

    fn measure_and_replace<T, F, E>(&self, key: &u64, measure: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        #[expect(clippy::cast_possible_truncation, reason = "any bits of a hash will do")]
        let (one, other) = (*key as usize % SLOTS, (*key >> 32) as usize % SLOTS);
        let [ones, others] = &self.0;
        let one = ones[one].measure_and_replace(&NotKeyed::NonKey, &measure);
        let other = others[other].measure_and_replace(&NotKeyed::NonKey, &measure);
        one.or(other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(per_user: &str, per_address: &str) -> Limits {
        let (per_user, per_address) = (per_user.parse().unwrap(), per_address.parse().unwrap());
        Limits::new(&LimitSettings { per_user, per_address })
    }

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_burst_is_taken_and_one_more_is_told_how_long_to_wait() {
        let limits = limits("1,5", "0");
        let user = |id| UserId::integer(id).unwrap();
        for _ in 0..5 {
            assert_eq!(limits.count_user(&user(5)), Ok(()));
        }
        let TooMuch(wait) = limits.count_user(&user(5)).unwrap_err();
        assert!(wait > Duration::ZERO && wait <= Duration::from_secs(1), "{wait:?}");
        assert_eq!(limits.count_user(&user(6)), Ok(()), "each on their own");
    }

    #[test]
    fn an_ipv6_network_of_64_bits_counts_as_one_address_and_a_mapped_one_as_ipv4() {
        let limits = limits("0", "1,1");
        assert_eq!(limits.count_address(address("2001:db8::1")), Ok(()));
        assert!(limits.count_address(address("2001:db8::ffff:1:2:3")).is_err());
        assert_eq!(limits.count_address(address("2001:db8:0:1::1")), Ok(()));
        assert_eq!(limits.count_address(address("192.0.2.1")), Ok(()));
        assert!(limits.count_address(address("::ffff:192.0.2.1")).is_err());
        assert_eq!(limits.count_address(address("192.0.2.2")), Ok(()));
    }

    #[test]
    fn networks_of_56_and_48_bits_have_a_wider_limit_together() {
        let limits = limits("0", "1,1");
        let taken = |addresses: &[String]| {
            addresses.iter().filter(|text| limits.count_address(address(text)).is_ok()).count()
        };
        let home: Vec<_> = (0..256).map(|net| format!("2001:db8:0:{net:x}::1")).collect();
        assert!((4..8).contains(&taken(&home)), "4 times as much, and what comes back meanwhile");
        let site: Vec<_> = (1..256).map(|net| format!("2001:db8:0:{net:x}00::1")).collect();
        assert!((12..30).contains(&taken(&site)), "16 times as much for all of it");
        assert_eq!(limits.count_address(address("2001:db8:1::1")), Ok(()), "others are served");
        let (_, refused) = limits.refused();
        assert!(refused > 400, "{refused}");
    }

    #[test]
    fn a_limit_of_zero_is_off() {
        let limits = limits("0", "0");
        for _ in 0..100_000 {
            assert_eq!(limits.count_user(&UserId::integer(5).unwrap()), Ok(()));
            assert_eq!(limits.count_address(address("192.0.2.1")), Ok(()));
        }
    }

    #[test]
    fn a_million_keys_take_no_more_room_than_one_and_harm_nobody() {
        let limits = limits("20,40", "0");
        let refused = (0..1_000_000).filter(|id| {
            let user = UserId::integer(*id).unwrap();
            limits.count_user(&user).is_err()
        });
        assert_eq!(refused.count(), 0);
    }
}
