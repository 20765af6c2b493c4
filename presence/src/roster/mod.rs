//! The set of online users in memory: rebuilt from the store, never the truth.
//!
//! It answers reads without a query and knows who came or went ([`History`]). It is as of a point
//! in store time, to which [`Roster::advance`] brings it: presence is computed, so users leave it
//! because time passes.

mod expiry;
mod history;
mod online_set;
#[cfg(test)]
mod tests;
mod users;

use std::time::Duration;

pub use self::online_set::OnlineSet;
pub(crate) use self::users::User;
use self::{
    expiry::Expiry,
    history::History,
    users::{Place, Users},
};
use crate::{Cursor, Row, SessionId, Timestamp, UserId};

/// The users with a session whose `last_activity` is within the window, as of `time`.
#[derive(Debug)]
pub(crate) struct Roster {
    window: Duration,
    time: Timestamp,
    users: Users,
    expiry: Expiry,
    history: History,
}

impl Roster {
    /// Nobody online, as of `time`.
    pub(crate) fn new(window: Duration, time: Timestamp) -> Self {
        let (users, history) = (Users::default(), History::default());
        Self { window, time, users, expiry: Expiry::new(window), history }
    }

    pub(crate) fn find(&self, user: &UserId) -> Option<&User> {
        self.users.find(user)
    }

    fn ids(&self) -> Vec<UserId> {
        self.users.ids().cloned().collect()
    }

    /// The last activity of a live session.
    pub(crate) fn session(&self, user: &UserId, session: &SessionId) -> Option<Timestamp> {
        self.users.find(user)?.session(self.users.key(session))
    }

    /// The point in store time that this is as of.
    pub(crate) fn time(&self) -> Timestamp {
        self.time
    }

    /// The position in the history of the set that this is.
    pub(crate) fn cursor(&self) -> Cursor {
        Cursor::at(self.time)
    }

    /// Grows with every user who comes or goes.
    pub(crate) fn version(&self) -> u64 {
        self.history.version()
    }

    /// Moves on to `now`: those whose window has ended since are gone (R1). Costs a look at each
    /// user whose last look was a window ago.
    pub(crate) fn advance(&mut self, now: Timestamp) {
        if now <= self.time {
            return;
        }
        self.time = now;
        for (slot, places) in self.expiry.take_begun(now) {
            for place in places {
                if let Some(user) = self.users.at(place).filter(|user| user.due == slot) {
                    user.due = i64::MAX;
                    self.look_at(place);
                }
            }
        }
        self.history.forget(now, 2 * self.window);
    }

    /// Takes over a session that the store has, before anybody looks: its user did not come, but
    /// was there.
    pub(crate) fn load(&mut self, user: &UserId, session: &SessionId, last_activity: Timestamp) {
        if last_activity >= self.time.minus(self.window) {
            let place = self.users.place(user);
            let place = place.unwrap_or_else(|| self.users.insert(user.clone()));
            self.set(place, session, last_activity);
            self.look_at(place);
        }
    }

    /// Takes over what a write made of the rows of `user`: `rows` were written, `folded` are gone.
    pub(crate) fn apply(&mut self, user: &UserId, rows: &[Row], folded: &[SessionId]) {
        let horizon = self.time.minus(self.window);
        let place = match self.users.place(user) {
            Some(place) => place,
            None if rows.iter().any(|row| row.last_activity >= horizon) => self.admit(user),
            None => return,
        };
        for row in rows {
            self.set(place, &row.session, row.last_activity);
        }
        for session in folded {
            self.set(place, session, Timestamp::EPOCH);
        }
        self.look_at(place);
    }

    /// Who changed after `version` of the set, perhaps more than once; nothing when that is no
    /// longer known.
    fn changes_since(&self, version: u64) -> Option<impl Iterator<Item = &UserId>> {
        self.history.since(version)
    }

    fn admit(&mut self, user: &UserId) -> Place {
        self.history.push(self.time, user.clone());
        self.users.insert(user.clone())
    }

    fn set(&mut self, place: Place, session: &SessionId, last_activity: Timestamp) {
        let key = self.users.key(session);
        if let Some(user) = self.users.at(place) {
            user.set(key, last_activity);
        }
    }

    /// Removes the user if no session is live, or sees to it that the calendar comes up by the
    /// end of the window. A later end leaves it as it is: then the user is looked at too early.
    fn look_at(&mut self, place: Place) {
        let horizon = self.time.minus(self.window);
        let Some(user) = self.users.at(place) else { return };
        if user.forget_before(horizon) {
            let slot = self.expiry.slot(user.last_activity().plus(self.window));
            if slot < user.due {
                user.due = slot;
                self.expiry.put(slot, place);
            }
        } else {
            let user = self.users.remove(place);
            self.history.push(self.time, user.id);
        }
    }
}
