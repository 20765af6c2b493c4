//! R10: which sessions matter to a node that starts, so that it answers the cursors of others.

use super::Policy;
use crate::Timestamp;

/// What a start needs to know of the past. A cursor is good for two windows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Recent {
    /// Cursors from then on are answered.
    pub(crate) answered_since: Timestamp,
    /// Sessions that were active since then were online at some time since `answered_since`.
    pub(crate) active_since: Timestamp,
}

impl Policy {
    pub(crate) fn recent(&self, now: Timestamp) -> Recent {
        let answered_since = now.minus(2 * self.window);
        Recent { answered_since, active_since: answered_since.minus(self.window) }
    }
}

impl Recent {
    /// Whether a session is or was online since `answered_since`: it was active, or ended by a
    /// mark.
    #[cfg(test)]
    pub(crate) fn concerns(&self, last_activity: Timestamp, offline_at: Option<Timestamp>) -> bool {
        last_activity >= self.active_since || offline_at >= Some(self.answered_since)
    }
}
