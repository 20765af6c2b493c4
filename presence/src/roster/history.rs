//! Who came or went, in order: what turns an earlier set of online users into a later one.

use std::{collections::VecDeque, time::Duration};

use crate::{Timestamp, UserId};

/// The users who came online or went offline, oldest first. Entry number `n` made version `n + 1`
/// of the set out of version `n`.
#[derive(Debug, Default)]
pub(crate) struct History {
    changes: VecDeque<(Timestamp, UserId)>,
    /// How many changes were forgotten: the version before the oldest entry.
    forgotten: u64,
}

impl History {
    /// The version of the set after all changes.
    pub(crate) fn version(&self) -> u64 {
        self.forgotten + self.changes.len() as u64
    }

    pub(crate) fn push(&mut self, time: Timestamp, user: UserId) {
        self.changes.push_back((time, user));
    }

    /// Who changed after `version`, in order and perhaps more than once; nothing when that is no
    /// longer known.
    pub(crate) fn since(&self, version: u64) -> Option<impl Iterator<Item = &UserId>> {
        let known = usize::try_from(version.checked_sub(self.forgotten)?).ok()?;
        let changes = self.changes.range(known.min(self.changes.len())..);
        Some(changes.map(|(_, user)| user))
    }

    /// Forgets what is older than `age` at `now`.
    pub(crate) fn forget(&mut self, now: Timestamp, age: Duration) {
        while self.changes.front().is_some_and(|(time, _)| *time < now.minus(age)) {
            self.changes.pop_front();
            self.forgotten += 1;
        }
    }
}
