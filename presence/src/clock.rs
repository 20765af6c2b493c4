//! Store time: the one clock that decides everything (R2).

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant, SystemTime},
};

use crate::Timestamp;

/// Tells store time.
pub trait Clock: Send + Sync {
    /// Store time now. Never less than an earlier answer.
    fn now(&self) -> Timestamp;
}

/// Store time for a store without a clock of its own (SQLite): this machine's, never stepping
/// back.
///
/// When the machine's clock is set back, store time goes on at half speed until the machine has
/// caught up: it neither stands still, which would keep everybody online, nor repeats an hour.
#[derive(Debug)]
pub struct SystemClock(Mutex<Reading>);

#[derive(Debug)]
struct Reading {
    /// Store time since the epoch, to the nanosecond, so that half of a short wait is not lost.
    time: Duration,
    at: Instant,
}

impl SystemClock {
    /// A clock that starts at `floor`, the newest time in the store, if this machine's clock is
    /// behind it: set back while no node ran.
    #[must_use]
    pub fn starting_at(floor: Timestamp) -> Self {
        let time = floor.since(Timestamp::EPOCH);
        Self(Mutex::new(Reading { time, at: Instant::now() }))
    }

    /// How far store time is ahead of this machine's clock.
    #[must_use]
    pub fn ahead(&self) -> Duration {
        self.now().since(Timestamp::EPOCH.plus(wall()))
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let at = Instant::now();
        last.time = next(last.time, at.duration_since(last.at), wall());
        last.at = at;
        Timestamp::EPOCH.plus(last.time)
    }
}

/// The reading after `last`, `elapsed` later by a clock that nobody sets, when the machine's
/// clock shows `wall`.
fn next(last: Duration, elapsed: Duration, wall: Duration) -> Duration {
    wall.max(last + elapsed / 2)
}

#[expect(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
fn wall() -> Duration {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
}

/// A clock that a test sets.
#[cfg(test)]
#[derive(Debug)]
pub(crate) struct ManualClock(std::sync::atomic::AtomicI64);

#[cfg(test)]
impl ManualClock {
    pub(crate) fn starting_at(start: Timestamp) -> Self {
        Self(start.millis().into())
    }

    pub(crate) fn advance(&self, by: Duration) {
        let millis = i64::try_from(by.as_millis()).unwrap();
        self.0.fetch_add(millis, std::sync::atomic::Ordering::Relaxed);
    }
}

#[cfg(test)]
impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(std::sync::atomic::Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_hours(1);
    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn store_time_follows_the_machine_forward() {
        assert_eq!(next(HOUR, SECOND, HOUR + SECOND), HOUR + SECOND);
        assert_eq!(next(HOUR, SECOND, 5 * HOUR), 5 * HOUR, "asleep or set forward");
    }

    #[test]
    fn a_machine_set_back_slows_store_time_to_half_until_it_has_caught_up() {
        let (mut time, mut wall) = (10 * HOUR, 9 * HOUR);
        for _ in 0..3600 {
            wall += SECOND;
            time = next(time, SECOND, wall);
        }
        assert_eq!(time, 10 * HOUR + HOUR / 2);
        for _ in 0..3600 {
            wall += SECOND;
            time = next(time, SECOND, wall);
        }
        assert_eq!(time, wall);
    }

    #[test]
    fn a_clock_starts_no_earlier_than_the_newest_time_in_the_store() {
        let floor = SystemClock::starting_at(Timestamp::EPOCH).now().plus(HOUR);
        let clock = SystemClock::starting_at(floor);
        assert!(clock.now() >= floor);
        assert!(clock.ahead() > HOUR / 2);
        assert!(SystemClock::starting_at(Timestamp::EPOCH).ahead() < SECOND);
    }
}
