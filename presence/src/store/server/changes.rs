//! Changes, as the procedures take them.

use std::time::Duration;

use crate::{Change, Sessions, Timestamp};

/// How the procedures number what can happen: a beat, a mark of one session, a mark of all.
pub(super) fn kind(change: &Change) -> i64 {
    match change {
        Change::Beat { .. } => 0,
        Change::Mark { sessions: Sessions::One(_), .. } => 1,
        Change::Mark { sessions: Sessions::All, .. } => 2,
    }
}

/// When the client sent it, in milliseconds: without a stamp, at a time that nobody trusts.
pub(super) fn stamp(change: &Change) -> i64 {
    let (Change::Beat { stamp, .. } | Change::Mark { stamp, .. }) = change;
    stamp.map_or(i64::MIN, Timestamp::millis)
}

pub(super) fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
