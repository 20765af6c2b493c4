//! A roster that was loaded anew against the one that it is to replace.
//!
//! Both follow the same writes, so they differ by what was written by other means (a script, a
//! person at the database's prompt), which left no trace in the feed: or one of them is behind.

use super::Roster;
use crate::UserId;

/// How many users are compared at a time: beats wait meanwhile.
const PART: usize = 4096;

impl Roster {
    /// Finds who is in a part of `old` but not in this. Says where the next part begins.
    pub(crate) fn find_gone(
        &self,
        old: &Self,
        first: usize,
        gone: &mut Vec<UserId>,
    ) -> Option<usize> {
        let (users, next) = old.users.part(first, PART);
        let visible = users.filter(|user| !user.hidden).map(|user| &user.id);
        gone.extend(visible.filter(|user| self.visible(user).is_none()).cloned());
        next
    }

    /// Finds who is in this but not `known` to the old one.
    pub(crate) fn find_new(&self, known: impl Fn(&UserId) -> bool, new: &mut Vec<UserId>) {
        new.extend(self.ids().filter(|user| !known(user)).cloned());
    }

    /// Moves on to where `old` is, with which it has all writes in common. Whoever of `unlike` is
    /// still in one of the two alone was written by other means: then nothing that a cursor of the
    /// old one stands for is known any more. The set is of a later version than any of the old.
    pub(crate) fn succeed(&mut self, old: &mut Self, unlike: &[UserId]) {
        if self.era == old.era {
            self.advance(old.position);
            old.advance(self.position);
            self.told = self.told.max(old.told);
            self.seen = self.seen.max(old.seen);
            // What the first load knew: since then there have been writes that a later one cannot tell.
            self.gap = old.gap;
            let is_in = |roster: &Self, user| roster.visible(user).is_some();
            if unlike.iter().any(|user| is_in(self, user) != is_in(old, user)) {
                self.history.begin_after(self.position);
            }
        }
        self.history.renumber(old.history.version() + 1);
    }
}
