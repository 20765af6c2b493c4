//! The set of online users in memory: rebuilt from the store, never the truth.
//!
//! It answers reads without a query and knows who came or went ([`History`]). It is as of a point
//! in store time, to which [`Roster::advance`] brings it: presence is computed, so users leave it
//! because time passes.

mod comparison;
mod delta;
mod expiry;
mod gap;
mod gone;
mod history;
mod loading;
mod online_set;
mod statuses;
mod tag;
#[cfg(test)]
mod tests;
mod users;
mod visible;

use std::time::Duration;

pub use self::{delta::Delta, online_set::OnlineSet, tag::SetTag};
use self::{
    expiry::Expiry,
    gone::Gone,
    history::{History, Turn},
    statuses::Statuses,
    users::{Place, Users},
};
pub(crate) use self::{gap::Gap, loading::Loading, users::User};
use crate::{
    Cursor, Entry, Era, Feed, Origin, Position, SessionActivity, SessionId, Timestamp, UserId,
    policy,
};

/// The users with a session whose `last_activity` is within the window, as of `position`.
///
/// Two rosters of one store that are as of the same position hold the same users, on whatever
/// nodes they are: the position says which writes are in, and who has timed out.
#[derive(Debug)]
pub(crate) struct Roster {
    window: Duration,
    era: Era,
    position: Position,
    /// Up to `position` nothing happened after this that anybody could see. It is what clients are
    /// told: `position` itself moves with every write, of users who hide as well (R11).
    told: Position,
    /// The newest write that is in.
    written: Position,
    /// The newest write by which others saw somebody come or go, since this node started.
    seen: Position,
    /// When nothing was written before this node started.
    gap: Gap,
    users: Users,
    gone: Gone,
    /// How many of them hide.
    hidden: usize,
    tag: SetTag,
    expiry: Expiry,
    history: History,
    statuses: Statuses,
}

/// A feed that does not continue what the roster knows: the store was restored, or its clock was
/// set back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the store began a new era, or its clock was set back")]
pub(crate) struct Discontinued;

/// For how many windows the history goes back. Two are promised from when a client gets a cursor,
/// which may have been handed out for a while.
pub(crate) const HISTORY_WINDOWS: u32 = 3;

/// For how many windows it is known for sure when somebody was last seen: a load tells of nobody who
/// left before.
const KEPT_WINDOWS: u32 = 2;

impl Roster {
    /// Nobody online, as of `origin`.
    pub(crate) fn new(window: Duration, origin: &Origin) -> Self {
        let Origin { era, written, last, until: position } = *origin;
        Self {
            window,
            era,
            position,
            told: position,
            written,
            seen: Position::START,
            gap: Gap::new(last, position),
            users: Users::default(),
            gone: Gone::default(),
            hidden: 0,
            tag: SetTag::default(),
            expiry: Expiry::new(window),
            history: History::new(position),
            statuses: Statuses::default(),
        }
    }

    /// In truth, for the user alone.
    pub(crate) fn find(&self, user: &UserId) -> Option<&User> {
        self.users.find(user)
    }

    /// The last activity of a live session.
    pub(crate) fn session(&self, user: &UserId, session: &SessionId) -> Option<Timestamp> {
        self.users.find(user)?.session(self.users.key(session))
    }

    /// The position that this is as of.
    pub(crate) fn position(&self) -> Position {
        self.position
    }

    /// The newest write that is in.
    pub(crate) fn written(&self) -> Position {
        self.written
    }

    pub(crate) fn era(&self) -> Era {
        self.era
    }

    /// When nothing was written before this node started.
    pub(crate) fn gap(&self) -> Gap {
        self.gap
    }

    /// The position in the history of the set that this is.
    pub(crate) fn cursor(&self) -> Cursor {
        Cursor { era: self.era, position: self.told, seen: self.seen }
    }

    /// What tells the set from every other.
    pub(crate) fn tag(&self) -> SetTag {
        self.tag
    }

    /// Grows with every user who comes or goes.
    pub(crate) fn version(&self) -> u64 {
        self.history.version()
    }

    /// Moves on to where the feed goes, through all that it tells.
    ///
    /// # Errors
    ///
    /// [`Discontinued`] when it cannot be a continuation; the roster is then good for nothing
    /// but answering as before.
    pub(crate) fn follow(&mut self, feed: &Feed) -> Result<(), Discontinued> {
        if feed.era != self.era {
            return Err(Discontinued);
        }
        let known = self.written;
        for entry in feed.entries.iter().filter(|entry| entry.position > known) {
            if entry.position <= self.position {
                return Err(Discontinued);
            }
            self.advance(entry.position);
            self.apply(entry);
            self.written = entry.position;
            if self.turned_at() == self.written {
                self.seen = self.written;
            }
        }
        self.advance(feed.until);
        // Time that passed by itself, not with a write.
        if self.written < feed.until {
            self.told = self.told.max(feed.until);
        }
        let seen = self.turned_at().max(self.edited_at());
        self.told = self.told.max(seen.min(self.position));
        Ok(())
    }

    /// Moves on to `position`: those whose window has ended since are gone (R1). Costs a look at
    /// each user whose last look was a window ago.
    fn advance(&mut self, position: Position) {
        if position <= self.position {
            return;
        }
        self.position = position;
        let mut gone = Vec::new();
        for (slot, places) in self.expiry.take_begun(position.time()) {
            for place in places {
                if let Some(user) = self.users.at(place).filter(|user| user.due == slot) {
                    user.due = i64::MAX;
                    let end = user.last_activity();
                    if !self.stays(place) {
                        gone.push((Position::first_at(self.end(end)), place));
                    }
                }
            }
        }
        gone.sort_unstable();
        for (end, place) in gone {
            self.dismiss(place, end);
        }
        self.statuses.expire(position);
        self.history.forget(position, HISTORY_WINDOWS * self.window);
        self.statuses.forget(self.history.known_from());
        self.gone.forget(position.time(), KEPT_WINDOWS * self.window, self.window);
    }

    /// Takes over what a write made of its sessions and statuses.
    fn apply(&mut self, Entry { sessions, statuses, .. }: &Entry) {
        let horizon = self.horizon();
        for activity in sessions {
            if let Some(place) = self.users.place(&activity.user) {
                self.set(place, activity);
            } else if activity.last_activity >= horizon {
                if !self.statuses.hides(&activity.user) {
                    self.history.push(self.position, activity.user.clone(), Turn::Came);
                }
                self.admit(activity);
            } else {
                self.gone.saw(&activity.user, activity.last_seen);
            }
        }
        // Only now: a user may have left by one session and come by another.
        for SessionActivity { user, .. } in sessions {
            if let Some(place) = self.users.place(user)
                && !self.stays(place)
            {
                self.dismiss(place, self.position);
            }
        }
        for change in statuses {
            self.show(change);
        }
    }

    /// The oldest `last_activity` that is online (R1).
    fn horizon(&self) -> Timestamp {
        self.position.time().minus(self.window)
    }

    /// When a session with that `last_activity` is not online any more.
    fn end(&self, last_activity: Timestamp) -> Timestamp {
        policy::end(last_activity, self.window)
    }

    fn admit(&mut self, activity: &SessionActivity) {
        let place = self.users.place(&activity.user);
        let place = place.unwrap_or_else(|| self.insert(&activity.user));
        self.set(place, activity);
        self.stays(place);
    }

    fn insert(&mut self, user: &UserId) -> Place {
        let hidden = self.statuses.hides(user);
        if hidden {
            self.hidden += 1;
        } else {
            self.tag.add(user);
        }
        let place = self.users.insert(user.clone(), hidden);
        let last_seen = self.gone.take(user);
        if let Some(user) = self.users.at(place) {
            user.last_seen = last_seen.unwrap_or_default();
        }
        place
    }

    fn set(&mut self, place: Place, activity: &SessionActivity) {
        let key = self.users.key(&activity.session);
        if let Some(user) = self.users.at(place) {
            user.set(key, activity.last_activity);
            user.last_seen = user.last_seen.max(activity.last_seen);
        }
    }

    /// Whether a session of the user is live. If so, sees to it that the calendar comes up by the
    /// end of the window. A later end leaves it as it is: then the user is looked at too early.
    fn stays(&mut self, place: Place) -> bool {
        let horizon = self.horizon();
        let Some(user) = self.users.at(place) else { return true };
        if !user.forget_before(horizon) {
            return false;
        }
        let slot = self.expiry.slot(user.last_activity().plus(self.window));
        if slot < user.due {
            user.due = slot;
            self.expiry.put(slot, place);
        }
        true
    }

    fn dismiss(&mut self, place: Place, position: Position) {
        let user = self.users.remove(place);
        self.gone.saw(&user.id, user.last_seen);
        if user.hidden {
            self.hidden -= 1;
        } else {
            self.tag.remove(&user.id);
            self.history.push(position, user.id, Turn::Went);
        }
    }
}
