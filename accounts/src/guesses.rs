//! Guessing passwords: whoever guessed wrong before waits before the next guess counts.
//!
//! A name that nobody has is counted like any other, so that a wait tells nothing. A wait is never for
//! ever, and that of one network is not another's: nobody is kept out by somebody else's guesses,
//! but for those of a whole botnet, and then not where they logged in before.

use std::{
    fmt,
    hash::{BuildHasher, RandomState},
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use presence::Timestamp;
use quick_cache::unsync::Cache;

/// From this wrong password on, for one name and network, each costs a wait.
const PATIENCE: u32 = 5;
/// The first wait. It doubles with each wrong password, up to `LONGEST`.
const FIRST: i64 = 2_000;
const LONGEST: i64 = 60_000;
/// Wrong passwords of one name and network are forgotten so long after the last one.
const FORGET: i64 = 3_600_000;
/// So many wrong passwords for one name, from wherever, are taken at once ...
const PER_NAME: i64 = 100;
/// ... and one more each 36 s, which makes 100 an hour.
const NAME_INTERVAL: i64 = 3_600_000 / PER_NAME;
/// How many pairs and names are remembered, in some 8 MiB. To push one out, an attacker has to have
/// as many other passwords hashed, which takes longer than any wait here.
const CAPACITY: usize = 1 << 16;

/// Wrong passwords, by this node's count alone. Times are milliseconds of store time.
pub(crate) struct Guesses {
    /// None where guesses are not limited.
    counts: Option<Mutex<Counts>>,
    hasher: RandomState,
}

struct Counts {
    pairs: Cache<u64, Pair>,
    /// When the wrong passwords for a name are paid for, each by an interval (GCRA).
    names: Cache<u64, i64>,
}

/// What is known of a name and a network.
#[derive(Clone, Copy, Default)]
struct Pair {
    wrong: u32,
    /// When the last wrong one was.
    last: i64,
    /// No password counts before.
    until: i64,
    /// Whether that name logged in from there: then guesses from elsewhere are not its concern.
    is_known: bool,
}

/// Whose password is guessed from where, as the hashes of both.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Guesser {
    pair: u64,
    name: u64,
}

/// Too many wrong passwords: how long to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Wait(pub(crate) Duration);

impl Guesses {
    /// Counts guesses if they are `limited`.
    pub(crate) fn new(limited: bool) -> Self {
        let counts = || Counts { pairs: Cache::new(CAPACITY), names: Cache::new(CAPACITY) };
        Self { counts: limited.then(|| Mutex::new(counts())), hasher: RandomState::new() }
    }

    /// Who guesses at `name`, which is folded, from `address`.
    pub(crate) fn guesser(&self, name: &str, address: IpAddr) -> Guesser {
        let pair = self.hasher.hash_one((name, network(address)));
        Guesser { pair, name: self.hasher.hash_one(name) }
    }

    /// Whether `who` may have a password looked at.
    ///
    /// # Errors
    ///
    /// [`Wait`] when they may not yet.
    pub(crate) fn look(&self, who: Guesser, now: Timestamp) -> Result<(), Wait> {
        self.counts().map_or(Ok(()), |mut counts| counts.pair(who, now.millis()).map(drop))
    }

    /// Whether the password of `who` is right, of which `fits` is the judge, and counts it. `now` is asked
    /// before and after, for that takes a while.
    ///
    /// To be called where few judge at a time: until the fifth is wrong, all do who came at once.
    ///
    /// # Errors
    ///
    /// [`Wait`] when it does not count: it was not looked at, or was one wrong password too many.
    pub(crate) fn judge(
        &self,
        who: Guesser,
        now: impl Fn() -> Timestamp,
        fits: impl FnOnce() -> bool,
    ) -> Result<bool, Wait> {
        self.counts().map_or(Ok(()), |mut counts| counts.begin(who, now().millis()))?;
        let right = fits();
        let Some(mut counts) = self.counts() else { return Ok(right) };
        if right {
            let known = Pair { is_known: true, ..Pair::default() };
            counts.pairs.insert(who.pair, known);
            return Ok(true);
        }
        counts.wrong(who, now().millis()).map(|()| false)
    }

    fn counts(&self) -> Option<MutexGuard<'_, Counts>> {
        self.counts.as_ref().map(|counts| counts.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Counts {
    /// What is known of `who`, if they need not wait.
    fn pair(&mut self, who: Guesser, now: i64) -> Result<Pair, Wait> {
        let mut pair = self.pairs.get(&who.pair).copied().unwrap_or_default();
        if now - pair.last > FORGET {
            pair.wrong = 0;
        }
        let of_name =
            self.names.get(&who.name).map_or(0, |paid| paid - (PER_NAME - 1) * NAME_INTERVAL);
        let until = if pair.is_known { pair.until } else { pair.until.max(of_name) };
        if until > now { Err(wait(until - now)) } else { Ok(pair) }
    }

    /// Lets `who` have a password looked at: where the next wrong one costs a wait, one at a time.
    fn begin(&mut self, who: Guesser, now: i64) -> Result<(), Wait> {
        let pair = self.pair(who, now)?;
        if pair.wrong + 1 >= PATIENCE {
            let until = now + cost(pair.wrong + 1);
            self.pairs.insert(who.pair, Pair { until, ..pair });
        }
        Ok(())
    }

    /// Counts a wrong password.
    fn wrong(&mut self, who: Guesser, now: i64) -> Result<(), Wait> {
        let of_name = self.names.get(&who.name).copied().unwrap_or_default();
        self.names.insert(who.name, of_name.max(now) + NAME_INTERVAL);
        let pair = self.pairs.get(&who.pair).copied().unwrap_or_default();
        let wrong = if now - pair.last > FORGET { 1 } else { pair.wrong + 1 };
        let until = now + cost(wrong);
        self.pairs.insert(who.pair, Pair { wrong, last: now, until, ..pair });
        if until > now { Err(wait(until - now)) } else { Ok(()) }
    }
}

/// The wait after so many wrong passwords.
fn cost(wrong: u32) -> i64 {
    let doubled = wrong.checked_sub(PATIENCE).map(|over| FIRST << over.min(10));
    doubled.unwrap_or_default().min(LONGEST)
}

fn wait(millis: i64) -> Wait {
    Wait(Duration::from_millis(millis.unsigned_abs()))
}

/// Whoever has one address has those around it: a /24 of IPv4, a /56 of IPv6.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => Ipv4Addr::from_bits(address.to_bits() >> 8 << 8).into(),
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 72 << 72).into(),
    }
}

impl fmt::Debug for Guesses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guesses").field("limited", &self.counts.is_some()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    const START: i64 = 1_795_302_000_000;
    const HOME: &str = "192.0.2.7";
    const AWAY: &str = "198.51.100.7";

    /// Guesses, and the time.
    struct Test(Guesses, Cell<i64>);

    impl Test {
        fn new() -> Self {
            Self(Guesses::new(true), Cell::new(START))
        }

        fn pass(&self, seconds: i64) {
            self.1.set(self.1.get() + seconds * 1000);
        }

        /// What becomes of a password; of one that is not right, how many seconds there are to wait.
        fn guess(&self, name: &str, from: &str, right: bool) -> Result<bool, u64> {
            let who = self.0.guesser(name, from.parse().unwrap());
            let now = || Timestamp::from_millis(self.1.get());
            let result = self.0.judge(who, now, || right).map_err(|Wait(wait)| wait.as_secs());
            assert!(result.is_ok() || self.0.look(who, now()).is_err(), "{result:?}");
            result
        }
    }

    #[test]
    fn from_the_fifth_wrong_password_on_each_costs_a_wait_that_doubles_to_a_minute() {
        let test = Test::new();
        for _ in 0..4 {
            assert_eq!(test.guess("ada", HOME, false), Ok(false));
        }
        for wait in [2, 4, 8, 16, 32, 60, 60] {
            assert_eq!(test.guess("ada", HOME, false), Err(wait));
            test.pass(wait.cast_signed() - 1);
            assert_eq!(test.guess("ada", HOME, true), Err(1), "the right one is not looked at");
            test.pass(1);
        }
        assert_eq!(test.guess("ada", HOME, true), Ok(true), "after the wait it is");
        for _ in 0..4 {
            assert_eq!(test.guess("ada", HOME, false), Ok(false), "and all is forgotten");
        }
        assert_eq!(test.guess("ada", HOME, false), Err(2));
    }

    #[test]
    fn the_fifth_password_may_be_the_right_one() {
        let test = Test::new();
        for _ in 0..4 {
            assert_eq!(test.guess("ada", HOME, false), Ok(false));
        }
        assert_eq!(test.guess("ada", HOME, true), Ok(true));
    }

    #[test]
    fn who_guesses_at_one_name_from_one_network_harms_no_other_name_and_no_other_network() {
        let test = Test::new();
        for last in 0..8 {
            test.guess("ada", &format!("192.0.2.{last}"), false).ok();
            test.guess("ada", &format!("2001:db8:0:{last}::1"), false).ok();
        }
        for (name, from, waits) in [
            ("ada", "192.0.2.200", true),
            ("ada", "::ffff:192.0.2.200", true),
            ("ada", "192.0.3.1", false),
            ("ada", "2001:db8:0:ff::9", true),
            ("ada", "2001:db8:0:100::1", false),
            ("bob", HOME, false),
        ] {
            assert_eq!(test.guess(name, from, true).is_err(), waits, "{name} {from}");
        }
    }

    #[test]
    fn where_the_next_wrong_password_costs_a_wait_one_is_looked_at_at_a_time() {
        let test = Test::new();
        for _ in 0..4 {
            assert_eq!(test.guess("ada", HOME, false), Ok(false));
        }
        let who = test.0.guesser("ada", HOME.parse().unwrap());
        let now = || Timestamp::from_millis(test.1.get());
        let meanwhile = Cell::new(None);
        let outer = test.0.judge(who, now, || {
            meanwhile.set(Some(test.0.judge(who, now, || true)));
            true
        });
        assert_eq!((outer, meanwhile.get().unwrap().is_err()), (Ok(true), true));
    }

    #[test]
    fn a_name_takes_a_hundred_wrong_passwords_an_hour_from_wherever_they_come() {
        let test = Test::new();
        assert_eq!(test.guess("ada", HOME, true), Ok(true), "where she logs in usually");
        for net in 0..100 {
            assert_eq!(test.guess("ada", &format!("10.0.{net}.1"), false), Ok(false));
        }
        assert_eq!(test.guess("ada", AWAY, true), Err(36), "not looked at");
        assert_eq!(test.guess("ada", HOME, true), Ok(true), "but where she was before");
        assert_eq!(test.guess("bob", AWAY, true), Ok(true), "nor is it another's concern");
        test.pass(36);
        assert_eq!(test.guess("ada", "10.1.0.1", false), Ok(false));
        assert_eq!(test.guess("ada", "10.1.1.1", false), Err(36), "one each 36 seconds");
        test.pass(36);
        assert_eq!(test.guess("ada", AWAY, true), Ok(true), "nobody waits for ever");
    }

    #[test]
    fn wrong_passwords_are_forgotten_after_an_hour() {
        let test = Test::new();
        for _ in 0..4 {
            test.guess("ada", HOME, false).unwrap();
        }
        test.pass(3601);
        assert_eq!(test.guess("ada", HOME, false), Ok(false));
    }

    #[test]
    fn where_guesses_are_not_limited_nobody_waits() {
        let test = Test(Guesses::new(false), Cell::new(START));
        for _ in 0..1000 {
            assert_eq!(test.guess("ada", HOME, false), Ok(false));
        }
    }

    #[test]
    fn any_number_of_names_takes_no_more_room_than_some_and_pushes_out_nobody_who_goes_on() {
        let test = Test::new();
        for name in 0..300_000 {
            test.guess(&name.to_string(), HOME, false).ok();
            if name % 10_000 == 0 {
                test.guess("ada", HOME, false).ok();
            }
        }
        let counts = test.0.counts().unwrap();
        assert!(counts.pairs.len() <= CAPACITY && counts.names.len() <= CAPACITY);
        drop(counts);
        assert!(test.guess("ada", HOME, true).is_err());
    }
}
