//! Who came or went, in order: what turns an earlier set of online users into a later one.

use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

use crate::{Position, UserId};

/// The users who came online or went offline, oldest first.
#[derive(Debug)]
pub(crate) struct History {
    records: VecDeque<Record>,
    /// How many records were forgotten: with those that are left, the version of the set.
    forgotten: u64,
    /// Nothing after this was forgotten.
    known_from: Position,
}

#[derive(Debug)]
struct Record {
    position: Position,
    user: UserId,
    turn: Turn,
}

/// What happened to a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    /// Offline before, online after.
    Came,
    /// Online before, offline after.
    Went,
    /// One of the two, or nothing: what the rows tell after a restart.
    Perhaps,
}

impl History {
    /// Nothing has happened since `known_from`.
    pub(crate) fn new(known_from: Position) -> Self {
        Self { records: VecDeque::new(), forgotten: 0, known_from }
    }

    /// Nothing after this was forgotten.
    pub(crate) fn known_from(&self) -> Position {
        self.known_from
    }

    /// Makes `first` the oldest version of the set that it knows.
    pub(crate) fn renumber(&mut self, first: u64) {
        self.forgotten = first;
    }

    /// The version of the set after all that happened.
    pub(crate) fn version(&self) -> u64 {
        self.forgotten + self.records.len() as u64
    }

    /// Forgets what happened up to `position`.
    pub(crate) fn begin_after(&mut self, position: Position) {
        self.known_from = position.next();
    }

    /// Adds what happened at `position`, which is not before the newest so far.
    pub(crate) fn push(&mut self, position: Position, user: UserId, turn: Turn) {
        self.records.push_back(Record { position, user, turn });
    }

    /// Where something happened last.
    pub(crate) fn newest(&self) -> Position {
        self.records.back().map_or(self.known_from, |record| record.position.max(self.known_from))
    }

    /// Who is not as they were at `position`, as far as the records tell, if they go back that
    /// far. Says of each what happened first; what happened last, the roster knows.
    pub(crate) fn since(&self, position: Position) -> Option<BTreeMap<&UserId, Turn>> {
        let first = self.records.partition_point(|record| record.position <= position);
        (position >= self.known_from).then(|| self.from(first))
    }

    /// As [`Self::since`], by the version of the set.
    pub(crate) fn since_version(&self, version: u64) -> Option<BTreeMap<&UserId, Turn>> {
        let first = usize::try_from(version.checked_sub(self.forgotten)?).ok()?;
        Some(self.from(first.min(self.records.len())))
    }

    fn from(&self, first: usize) -> BTreeMap<&UserId, Turn> {
        let mut turns = BTreeMap::new();
        for Record { user, turn, .. } in self.records.range(first..) {
            turns.entry(user).or_insert(*turn);
        }
        turns
    }

    /// Forgets what is older than `age` as of `now`.
    pub(crate) fn forget(&mut self, now: Position, age: Duration) {
        let oldest = Position::first_at(now.time().minus(age));
        while self.records.front().is_some_and(|record| record.position <= oldest) {
            self.records.pop_front();
            self.forgotten += 1;
        }
        self.known_from = self.known_from.max(oldest);
    }
}
