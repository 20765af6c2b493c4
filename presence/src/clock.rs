//! Store time: the one clock that decides everything (R2).

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, SystemTime},
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
///
/// When it jumps ahead, store time goes on by the clock that nobody sets, and follows only once the
/// jump has lasted for 20 s: what was told once cannot be taken back. Time in which the machine
/// was suspended is no jump: that clock counts it.
#[derive(Debug)]
pub struct SystemClock(Mutex<Reading>);

#[derive(Debug)]
struct Reading {
    /// Store time since the epoch, to the nanosecond, so that half of a short wait is not lost.
    time: Duration,
    /// When it was read, since this machine was started.
    at: Duration,
    /// The machine's clock is further ahead than time has passed.
    ahead: Option<Ahead>,
    /// The machine's clock was set back, and store time waits for it.
    behind: bool,
}

/// A jump ahead that may come back.
#[derive(Clone, Copy, Debug)]
struct Ahead {
    by: Duration,
    lasted: Duration,
}

/// What a reading of the machine's clock shows, when it is something else than time passing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    JumpedAhead(Duration),
    CameBack,
    Lasted(Duration),
    SetBack(Duration),
}

/// A clock that is kept by NTP differs by less.
const JUMP: Duration = Duration::from_secs(1);

/// How long a jump ahead must last: longer than a machine needs that resumes and asks for the time,
/// and so short that users who left meanwhile are not shown for long.
const HOLD: Duration = Duration::from_secs(20);

impl SystemClock {
    /// A clock that starts at `floor`, the newest time in the store, if this machine's clock is
    /// behind it: set back while no node ran.
    #[must_use]
    pub fn starting_at(floor: Timestamp) -> Self {
        let time = floor.since(Timestamp::EPOCH).max(wall());
        Self(Mutex::new(Reading { time, at: since_boot(), ahead: None, behind: false }))
    }

    /// How far store time is ahead of this machine's clock.
    #[must_use]
    pub fn ahead(&self) -> Duration {
        self.now().since(Timestamp::EPOCH.plus(wall()))
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let mut reading = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let step = reading.advance(since_boot(), wall());
        let time = reading.time;
        drop(reading);
        if let Some(step) = step {
            step.log();
        }
        Timestamp::EPOCH.plus(time)
    }
}

impl Reading {
    /// Goes on to `at` by the clock that nobody sets, when the machine's shows `wall`.
    fn advance(&mut self, at: Duration, wall: Duration) -> Option<Step> {
        let elapsed = at.saturating_sub(self.at);
        let passed = self.time + elapsed;
        self.at = self.at.max(at);
        let by = wall.saturating_sub(passed);
        if by > JUMP {
            let (ahead, step) = self.hold(by, elapsed);
            self.ahead = (ahead.lasted < HOLD).then_some(ahead);
            let lasted = self.ahead.is_none();
            self.time = if lasted { wall } else { passed };
            self.behind = false;
            return if lasted { Some(Step::Lasted(by)) } else { step };
        }
        self.time = wall.max(self.time + elapsed / 2);
        let came_back = self.ahead.take().map(|_| Step::CameBack);
        let behind = self.time.saturating_sub(wall);
        let set_back = (behind > JUMP && !self.behind).then_some(Step::SetBack(behind));
        self.behind = if self.behind { !behind.is_zero() } else { behind > JUMP };
        came_back.or(set_back)
    }

    /// How long the jump has lasted that is under way; another one begins anew.
    fn hold(&self, by: Duration, elapsed: Duration) -> (Ahead, Option<Step>) {
        match self.ahead {
            Some(ahead) if ahead.by.abs_diff(by) <= JUMP => {
                (Ahead { lasted: ahead.lasted + elapsed, ..ahead }, None)
            }
            _ => (Ahead { by, lasted: Duration::ZERO }, Some(Step::JumpedAhead(by))),
        }
    }
}

impl Step {
    fn log(self) {
        match self {
            Self::JumpedAhead(by) => log::warn!(
                "this machine's clock jumped ahead by {by:.1?}: presence time follows if that lasts \
                 for {HOLD:?}"
            ),
            Self::CameBack => log::warn!("this machine's clock came back"),
            Self::Lasted(by) => {
                log::warn!(
                    "this machine's clock is ahead to stay: presence time goes on by {by:.1?}"
                );
            }
            Self::SetBack(by) => log::warn!(
                "this machine's clock was set back by {by:.1?}: presence time runs at half speed \
                 until it has caught up; if that is more than a day, a restart puts it right"
            ),
        }
    }
}

/// The time since this machine was started, suspended or not: a clock that nobody sets.
#[cfg(target_os = "linux")]
fn since_boot() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    let (seconds, nanos) = (u64::try_from(time.tv_sec), u32::try_from(time.tv_nsec));
    Duration::new(seconds.unwrap_or_default(), nanos.unwrap_or_default())
}

/// The time since this process first asked; whether it goes on in a suspended machine is up to the
/// operating system.
#[cfg(not(target_os = "linux"))]
fn since_boot() -> Duration {
    static START: std::sync::LazyLock<std::time::Instant> =
        std::sync::LazyLock::new(std::time::Instant::now);
    START.elapsed()
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

    /// A machine: its clock, and the one that nobody sets.
    struct Machine {
        reading: Reading,
        wall: Duration,
        steps: Vec<Step>,
    }

    impl Machine {
        fn at(time: Duration) -> Self {
            let reading = Reading { time, at: HOUR, ahead: None, behind: false };
            Self { reading, wall: time, steps: Vec::new() }
        }

        fn set(&mut self, wall: Duration) {
            self.wall = wall;
        }

        /// Lets time pass, and has it read every second. Store time never steps back meanwhile.
        fn pass(&mut self, time: Duration) -> Duration {
            for _ in 0..time.as_secs() {
                let before = self.reading.time;
                self.wall += SECOND;
                self.steps.extend(self.reading.advance(self.reading.at + SECOND, self.wall));
                assert!(self.reading.time >= before);
            }
            self.reading.time
        }
    }

    #[test]
    fn store_time_is_the_machines() {
        let mut machine = Machine::at(5 * HOUR);
        assert_eq!(machine.pass(HOUR), 6 * HOUR);
        let slew = JUMP / 4;
        machine.set(6 * HOUR + slew);
        assert_eq!(machine.pass(SECOND), 6 * HOUR + slew + SECOND, "by NTP");
        assert_eq!(machine.steps, []);
    }

    #[test]
    fn a_jump_ahead_that_comes_back_was_none() {
        for jump in [2 * SECOND, HOUR, 24 * HOUR, 2 * 365 * 24 * HOUR] {
            for lasts in [SECOND, HOLD.checked_sub(SECOND).unwrap()] {
                let mut machine = Machine::at(5 * HOUR);
                machine.set(5 * HOUR + jump);
                assert_eq!(machine.pass(lasts), 5 * HOUR + lasts, "{jump:?} for {lasts:?}");
                machine.set(5 * HOUR + lasts);
                assert_eq!(machine.pass(HOUR), 6 * HOUR + lasts);
                let [Step::JumpedAhead(by), Step::CameBack] = machine.steps[..] else {
                    panic!("{:?}", machine.steps);
                };
                assert_eq!(by, jump);
            }
        }
    }

    #[test]
    fn a_jump_ahead_that_lasts_is_followed_once() {
        let mut machine = Machine::at(5 * HOUR);
        machine.set(10 * HOUR);
        machine.pass(HOLD);
        assert_eq!(machine.pass(SECOND), 10 * HOUR + HOLD + SECOND);
        machine.pass(HOUR);
        assert_eq!(machine.steps, [Step::JumpedAhead(5 * HOUR), Step::Lasted(5 * HOUR)]);
    }

    #[test]
    fn a_clock_that_jumps_about_is_not_followed() {
        let mut machine = Machine::at(5 * HOUR);
        for second in 0..60 {
            machine.set(5 * HOUR + second * SECOND + HOUR * (1 + second % 2));
            machine.pass(SECOND);
        }
        assert_eq!(machine.reading.time, 5 * HOUR + 60 * SECOND);
    }

    #[test]
    fn a_suspended_machine_has_not_jumped() {
        let mut machine = Machine::at(5 * HOUR);
        machine.set(13 * HOUR);
        let step = machine.reading.advance(machine.reading.at + 8 * HOUR, machine.wall);
        assert_eq!((machine.reading.time, step), (13 * HOUR, None));
    }

    #[test]
    fn a_machine_set_back_slows_store_time_to_half_until_it_has_caught_up() {
        let mut machine = Machine::at(10 * HOUR);
        machine.set(9 * HOUR);
        assert_eq!(machine.pass(HOUR), 10 * HOUR + HOUR / 2);
        assert_eq!(machine.pass(HOUR), machine.wall);
        assert_eq!(machine.pass(HOUR), 12 * HOUR);
        assert!(matches!(machine.steps[..], [Step::SetBack(_)]), "{:?}", machine.steps);
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
