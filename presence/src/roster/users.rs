//! Who is online, by id: a table that costs a user with one session under 100 bytes.

use std::hash::BuildHasher;

use foldhash::fast::RandomState;
use hashbrown::HashTable;
use slab::Slab;
use smallvec::SmallVec;

use crate::{SessionId, Timestamp, UserId};

/// A user who is online, or was until the roster next looks.
#[derive(Debug)]
pub(crate) struct User {
    pub(crate) id: UserId,
    /// The slot of the [`Expiry`](super::expiry::Expiry) in which to look at the user.
    pub(crate) due: i64,
    /// The newest proof of life (R6).
    pub(crate) last_seen: Timestamp,
    /// Whether others see nothing of them (R11).
    pub(crate) hidden: bool,
    sessions: SmallVec<[Session; 1]>,
}

/// A live session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Session {
    key: SessionKey,
    last_activity: Timestamp,
}

/// 64 bits of a keyed hash stand for the name: sessions are told apart within one user only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SessionKey(u64);

/// Where a user lies in [`Users`], valid until removed.
pub(crate) type Place = u32;

/// The users, and an index from id to place.
#[derive(Debug, Default)]
pub(crate) struct Users {
    slots: Slab<User>,
    index: HashTable<Place>,
    hasher: RandomState,
}

impl User {
    /// The newest `last_activity` of the live sessions; the epoch when none is left.
    pub(crate) fn last_activity(&self) -> Timestamp {
        self.sessions.iter().map(|session| session.last_activity).max().unwrap_or_default()
    }

    /// Forgets the sessions whose last activity is before `horizon`; says whether any is left.
    pub(crate) fn forget_before(&mut self, horizon: Timestamp) -> bool {
        self.sessions.retain(|session| session.last_activity >= horizon);
        !self.sessions.is_empty()
    }

    /// The last activity of a live session.
    pub(crate) fn session(&self, key: SessionKey) -> Option<Timestamp> {
        let session = self.sessions.iter().find(|session| session.key == key);
        session.map(|session| session.last_activity)
    }

    pub(crate) fn set(&mut self, key: SessionKey, last_activity: Timestamp) {
        match self.sessions.iter_mut().find(|session| session.key == key) {
            Some(session) => session.last_activity = last_activity,
            None => self.sessions.push(Session { key, last_activity }),
        }
    }
}

impl Users {
    pub(crate) fn key(&self, session: &SessionId) -> SessionKey {
        SessionKey(self.hasher.hash_one(session))
    }

    pub(crate) fn len(&self) -> usize {
        self.slots.len()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &User> {
        self.slots.iter().map(|(_, user)| user)
    }

    /// The users in `count` places from `first` on, and where the next part begins.
    pub(crate) fn part(
        &self,
        first: usize,
        count: usize,
    ) -> (impl Iterator<Item = &User>, Option<usize>) {
        let end = first + count;
        let users = (first..end).filter_map(|place| self.slots.get(place));
        (users, (end < self.slots.capacity()).then_some(end))
    }

    pub(crate) fn find(&self, id: &UserId) -> Option<&User> {
        self.place(id).and_then(|place| self.slots.get(place as usize))
    }

    pub(crate) fn place(&self, id: &UserId) -> Option<Place> {
        let hash = self.hasher.hash_one(id);
        self.index.find(hash, |place| self.slots[*place as usize].id == *id).copied()
    }

    pub(crate) fn at(&mut self, place: Place) -> Option<&mut User> {
        self.slots.get_mut(place as usize)
    }

    pub(crate) fn insert(&mut self, id: UserId, hidden: bool) -> Place {
        let hash = self.hasher.hash_one(&id);
        let (last_seen, sessions) = (Timestamp::EPOCH, SmallVec::new());
        let user = User { id, due: i64::MAX, last_seen, hidden, sessions };
        #[expect(clippy::cast_possible_truncation, reason = "2^32 users would take 400 GB")]
        let place = self.slots.insert(user) as Place;
        let Self { slots, index, hasher } = self;
        index.insert_unique(hash, place, |place| hasher.hash_one(&slots[*place as usize].id));
        place
    }

    pub(crate) fn remove(&mut self, place: Place) -> User {
        let user = self.slots.remove(place as usize);
        let hash = self.hasher.hash_one(&user.id);
        if let Ok(entry) = self.index.find_entry(hash, |other| *other == place) {
            entry.remove();
        }
        user
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_takes_one_cache_line() {
        assert!(size_of::<User>() <= 64, "{} bytes", size_of::<User>());
    }
}
