//! A look at the roster.

use std::sync::RwLockReadGuard;

use crate::{
    Outcome, Policy, SessionId, Timestamp, UserId,
    roster::{Roster, User},
};

/// The roster, as of a point in store time. Not to be kept for long.
pub(crate) struct View<'a> {
    roster: RwLockReadGuard<'a, Roster>,
    pub(crate) now: Timestamp,
    horizon: Timestamp,
}

impl<'a> View<'a> {
    pub(super) fn new(
        now: Timestamp,
        roster: RwLockReadGuard<'a, Roster>,
        policy: &Policy,
    ) -> Self {
        Self { roster, now, horizon: policy.horizon(now) }
    }

    /// How things stand with `user` and that session.
    pub(crate) fn outcome(&self, user: &UserId, session: &SessionId) -> Outcome {
        let online = |at: &Timestamp| *at >= self.horizon;
        Outcome {
            now: self.now,
            session: self.roster.session(user, session).filter(online),
            user: self.roster.find(user).map(User::last_activity).filter(online),
        }
    }
}
