//! When those were last seen who went offline lately: others ask for just these, and a beat with an
//! old stamp is no older proof of life than the goodbye before it (R6).

use std::{
    collections::{HashMap, hash_map::Entry},
    time::Duration,
};

use crate::{Timestamp, UserId};

/// Users who are offline, with their newest proof of life. Costs some 50 bytes for each.
#[derive(Debug, Default)]
pub(crate) struct Gone {
    seen: HashMap<UserId, Timestamp>,
    /// When it was last looked through.
    swept: Timestamp,
}

impl Gone {
    pub(crate) fn last_seen(&self, user: &UserId) -> Option<Timestamp> {
        self.seen.get(user).copied()
    }

    /// There is a proof of life of a user who is offline.
    pub(crate) fn saw(&mut self, user: &UserId, at: Timestamp) {
        match self.seen.entry(user.clone()) {
            Entry::Occupied(mut seen) => {
                seen.insert(at.max(*seen.get()));
            }
            // Of a session that is no more it is not said.
            Entry::Vacant(_) if at == Timestamp::EPOCH => {}
            Entry::Vacant(unseen) => {
                unseen.insert(at);
            }
        }
    }

    /// The user comes online.
    pub(crate) fn take(&mut self, user: &UserId) -> Option<Timestamp> {
        self.seen.remove(user)
    }

    pub(crate) fn erase(&mut self, user: &UserId) {
        self.seen.remove(user);
    }

    /// Forgets those who were last seen longer ago than `age`, once per `pause`.
    pub(crate) fn forget(&mut self, now: Timestamp, age: Duration, pause: Duration) {
        if self.swept.plus(pause) > now {
            return;
        }
        self.swept = now;
        let oldest = now.minus(age);
        self.seen.retain(|_, at| *at >= oldest);
    }
}
