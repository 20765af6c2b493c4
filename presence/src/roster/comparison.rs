//! A roster that was loaded anew against the one that it is to replace.
//!
//! Both follow the same writes, so they differ by what was written by other means (a script, a
//! person at the database's prompt), which left no trace in the feed. Or the old one is behind: so
//! a difference says that something has happened, not that it happened just now.

use super::{Roster, Turn};
use crate::UserId;

/// How many users are compared at a time: beats wait meanwhile.
const PART: usize = 4096;

impl Roster {
    /// Notes who is in a part of `old` but not in this. Says where the next part begins.
    pub(crate) fn note_gone(&mut self, old: &Self, first: usize) -> Option<usize> {
        let (users, next) = old.users.part(first, PART);
        for user in users {
            if self.users.find(user).is_none() {
                self.history.push(self.position, user.clone(), Turn::Perhaps);
            }
        }
        next
    }

    /// Notes who is in this but not `known` to the old one.
    pub(crate) fn note_new(&mut self, known: impl Fn(&UserId) -> bool) {
        for user in self.users.ids().filter(|user| !known(user)) {
            self.history.push(self.position, user.clone(), Turn::Perhaps);
        }
    }

    /// Moves on to where `old` is, all of whose writes this knows.
    pub(crate) fn catch_up(&mut self, old: &Self) {
        if self.era == old.era {
            self.advance(old.position);
        }
    }
}
