//! The rules of presence (R1 to R9) as pure functions: what a beat or a mark makes of the rows of
//! its user, at a given store time. No clock, no store, no lock.

use std::time::Duration;

use crate::Timestamp;

mod fold;
mod margin;
mod recent;
mod record;
#[cfg(test)]
mod record_model;

pub use margin::MarginError;
pub(crate) use recent::Recent;
pub use record::record;

/// The settings of the rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// `W`: a session is online while `last_activity >= now - window` (R1).
    pub window: Duration,
    /// How often clients are told to beat (R9, R12).
    pub heartbeat_interval: Duration,
    /// How far from store time a client's stamp may be and still be trusted (R3).
    pub clock_skew: Duration,
    /// How long after the stored beat of its session a beat may go unwritten (R7).
    pub coalesce: Duration,
    /// How often a node brings its roster up to date (R8).
    pub refresh: Duration,
    /// How many live sessions a user may have (R5). At least 1.
    pub max_sessions: usize,
}

/// What a beat proves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Activity {
    /// When the session was alive: its `last_activity`, if nothing newer is known.
    pub(crate) at: Timestamp,
    /// The client's stamp, if it is trusted.
    pub(crate) stamp: Option<Timestamp>,
}

/// R1: the first millisecond at which a session with that `last_activity` is not online any more.
pub(crate) fn end(last_activity: Timestamp, window: Duration) -> Timestamp {
    last_activity.plus(window).plus(Duration::from_millis(1))
}

impl Policy {
    /// The oldest `last_activity` that is online at `now` (R1).
    pub(crate) fn horizon(&self, now: Timestamp) -> Timestamp {
        now.minus(self.window)
    }

    /// When a session with that `last_activity` is not online any more.
    pub(crate) fn end(&self, last_activity: Timestamp) -> Timestamp {
        end(last_activity, self.window)
    }

    /// R3: the stamp, if it is within `clock_skew` of store time, before or after.
    pub(crate) fn trusted(&self, stamp: Option<Timestamp>, now: Timestamp) -> Option<Timestamp> {
        stamp.filter(|stamp| {
            *stamp >= now.minus(self.clock_skew) && *stamp <= now.plus(self.clock_skew)
        })
    }

    /// R3: a trusted stamp that is not in the future is when the session was alive; every other
    /// beat proves that it is alive now.
    pub(crate) fn activity(&self, stamp: Option<Timestamp>, now: Timestamp) -> Activity {
        let stamp = self.trusted(stamp, now);
        Activity { at: stamp.filter(|stamp| *stamp <= now).unwrap_or(now), stamp }
    }

    /// R7: whether a beat that proves `at` may go unwritten when its live session has `stored`.
    pub(crate) fn coalesces(&self, stored: Timestamp, at: Timestamp) -> bool {
        at.since(stored) < self.coalesce
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn policy() -> Policy {
        Policy {
            window: Duration::from_mins(5),
            heartbeat_interval: Duration::from_mins(2),
            clock_skew: Duration::from_secs(30),
            coalesce: Duration::from_secs(10),
            refresh: Duration::from_secs(1),
            max_sessions: 20,
        }
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1000)
    }

    #[test]
    fn a_stamp_is_trusted_up_to_the_clock_skew_on_both_sides() {
        let activity = |stamp: i64| policy().activity(Some(Timestamp::from_millis(stamp)), at(100));
        let trusted = |stamp, at| {
            let stamp = Some(Timestamp::from_millis(stamp));
            Activity { at: Timestamp::from_millis(at), stamp }
        };
        let untrusted = Activity { at: at(100), stamp: None };

        assert_eq!(activity(69_999), untrusted);
        assert_eq!(activity(70_000), trusted(70_000, 70_000));
        assert_eq!(activity(99_999), trusted(99_999, 99_999));
        assert_eq!(activity(100_001), trusted(100_001, 100_000), "never later than now");
        assert_eq!(activity(130_000), trusted(130_000, 100_000));
        assert_eq!(activity(130_001), untrusted);
        assert_eq!(policy().activity(None, at(100)), untrusted);
    }

    #[test]
    fn a_beat_coalesces_until_exactly_the_setting_after_the_stored_one() {
        let coalesces =
            |at| policy().coalesces(Timestamp::from_millis(0), Timestamp::from_millis(at));
        assert!(coalesces(-1) && coalesces(0) && coalesces(9_999));
        assert!(!coalesces(10_000));

        let off = Policy { coalesce: Duration::ZERO, ..policy() };
        assert!(!off.coalesces(at(1), at(1)), "zero writes every beat");
    }
}
