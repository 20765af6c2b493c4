//! Whose connection is closed when another wants its place.

use std::{collections::HashMap, net::IpAddr, time::Duration};

use super::connection::{Phase, Standing};

/// For how long a client that has sent no whole head is no worse than one that rests.
const GRACE: Duration = Duration::from_secs(1);

/// A connection on which nothing is under way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Idle {
    pub(super) network: IpAddr,
    pub(super) standing: Standing,
}

impl Idle {
    /// Whether its client has just come, and may be about to ask.
    fn is_new(&self, now: Duration) -> bool {
        self.standing.phase() != Phase::Idle && now.saturating_sub(self.standing.since()) <= GRACE
    }
}

/// The positions in `idle` of those that go first, the first one first: of the address that has most
/// of them, and newcomers only if `even_new`. Mostly more than one, for to look at all of them costs
/// more than to close one.
pub(super) fn choose(idle: &[Idle], now: Duration, even_new: bool) -> Vec<usize> {
    let mut held: HashMap<IpAddr, usize> = HashMap::new();
    for connection in idle {
        *held.entry(connection.network).or_default() += 1;
    }
    let most = held.values().copied().max().unwrap_or(0);
    let second = held.values().copied().filter(|count| *count < most).max().unwrap_or(0);
    let tops = held.values().filter(|count| **count == most).count();
    let goes = |connection: &Idle| {
        held.get(&connection.network) == Some(&most) && (even_new || !connection.is_new(now))
    };
    let mut victims: Vec<usize> =
        (0..idle.len()).filter(|position| goes(&idle[*position])).collect();
    // Who keeps us waiting with a head goes first, then who rests for longest, then who has just come.
    victims.sort_by_key(|position| {
        let connection = &idle[*position];
        let class = if connection.is_new(now) {
            2
        } else {
            u8::from(connection.standing.phase() == Phase::Idle)
        };
        (class, connection.standing.since())
    });
    let until_even = if tops == 1 { most - second } else { tops };
    victims.truncate(until_even.max(idle.len() / 100).max(1));
    victims
}

#[cfg(test)]
mod tests {
    use super::*;

    fn idle(address: &str, phase: Phase, since: u64) -> Idle {
        let standing = Standing::new(phase, Duration::from_secs(since));
        Idle { network: address.parse().unwrap(), standing }
    }

    fn victims(idle: &[Idle]) -> Vec<usize> {
        choose(idle, Duration::from_secs(100), true)
    }

    #[test]
    fn the_longest_idle_of_the_address_that_has_most_goes_first() {
        let connections = [
            idle("10.0.0.1", Phase::Idle, 1),
            idle("10.0.0.2", Phase::Idle, 60),
            idle("10.0.0.2", Phase::Idle, 50),
            idle("10.0.0.2", Phase::Idle, 70),
        ];
        assert_eq!(victims(&connections), [2, 1], "and then both have as many");
        assert_eq!(victims(&connections[..1]), [0]);
        assert_eq!(victims(&[]), [0; 0]);
    }

    #[test]
    fn who_keeps_us_waiting_for_a_head_goes_before_who_rests_and_who_has_just_come_last() {
        let connections = [
            idle("10.0.0.1", Phase::Silent, 100),
            idle("10.0.0.1", Phase::Idle, 90),
            idle("10.0.0.1", Phase::Idle, 10),
            idle("10.0.0.1", Phase::Head, 98),
            idle("10.0.0.1", Phase::Silent, 97),
        ];
        assert_eq!(victims(&connections), [4, 3, 2, 1, 0]);
    }

    #[test]
    fn newcomers_of_one_address_do_not_make_another_go() {
        let connections = [
            idle("10.0.0.1", Phase::Idle, 1),
            idle("10.0.0.2", Phase::Silent, 100),
            idle("10.0.0.2", Phase::Silent, 100),
        ];
        assert_eq!(choose(&connections, Duration::from_secs(100), false), [0; 0]);
        assert_eq!(choose(&connections, Duration::from_secs(100), true), [1]);
    }

    #[test]
    fn of_addresses_that_have_as_many_the_longest_idle_goes() {
        let connections =
            [3, 1, 2].map(|since| idle(&format!("10.0.0.{since}"), Phase::Idle, since));
        assert_eq!(victims(&connections), [1, 2, 0]);
    }
}
