//! What is new to a client that stands at a cursor (R10).

use super::{Roster, Turn};
use crate::{Cursor, Position, UserId};

/// What turns the set that a cursor stood for into the set that the new cursor stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delta {
    /// Who is online now, ascending. Some may have been before.
    pub came_online: Vec<UserId>,
    /// Who is not online now, ascending. Some may not have been before.
    pub went_offline: Vec<UserId>,
    /// Of those who are watched, whose status changed as others see it, ascending: the two above,
    /// and whoever changed or stopped saying something. Empty when nobody in particular is watched.
    pub changed: Vec<UserId>,
    /// Where the client stands when it has applied this.
    pub cursor: Cursor,
}

impl Delta {
    /// Nothing is new.
    pub(crate) fn empty(cursor: Cursor) -> Self {
        let [came_online, went_offline, changed] = [const { Vec::new() }; 3];
        Self { came_online, went_offline, changed, cursor }
    }

    /// Whether nothing is new.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.came_online.is_empty() && self.went_offline.is_empty() && self.changed.is_empty()
    }
}

impl Roster {
    /// What is new since `cursor`, of `watched` users alone if there are any (ascending). Nothing
    /// if the cursor is too old, of another era or of what never happened: then only the full answer
    /// will do.
    ///
    /// A cursor that is ahead of this node is answered with itself: nothing is taken back. Costs
    /// what changed since.
    pub(crate) fn delta(&self, cursor: Cursor, watched: Option<&[UserId]>) -> Option<Delta> {
        if cursor.era != self.era || self.gap.holds(cursor.seen) {
            return None;
        }
        if cursor.position > self.position {
            return Some(Delta::empty(cursor));
        }
        let mut delta = Delta::empty(cursor.latest(self.cursor()));
        for (user, first) in self.history.since(cursor.position)? {
            let online = self.visible(user).is_some();
            let back_again = first == if online { Turn::Went } else { Turn::Came };
            let unwatched = watched.is_some_and(|watched| watched.binary_search(user).is_err());
            if back_again || unwatched {
                continue;
            }
            let list = if online { &mut delta.came_online } else { &mut delta.went_offline };
            list.push(user.clone());
        }
        if let Some(watched) = watched {
            let edited = self.statuses.edited_since(cursor.position);
            let edited = edited.filter(|user| watched.binary_search(user).is_ok());
            let turned = delta.came_online.iter().chain(&delta.went_offline);
            delta.changed = edited.chain(turned).cloned().collect();
            delta.changed.sort_unstable();
            delta.changed.dedup();
        }
        Some(delta)
    }

    /// Where somebody came or went last.
    pub(crate) fn turned_at(&self) -> Position {
        self.history.newest()
    }

    /// Where somebody said something else last, or stopped saying it.
    pub(crate) fn edited_at(&self) -> Position {
        self.statuses.newest_edit()
    }
}
