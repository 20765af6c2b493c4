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
    /// Where the client stands when it has applied this.
    pub cursor: Cursor,
}

impl Delta {
    /// Nothing is new.
    pub(crate) fn empty(cursor: Cursor) -> Self {
        Self { came_online: Vec::new(), went_offline: Vec::new(), cursor }
    }

    /// Whether nothing is new.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.came_online.is_empty() && self.went_offline.is_empty()
    }
}

impl Roster {
    /// What is new since `cursor`, of `watched` users alone if there are any (ascending). Nothing
    /// if the cursor is too old or of another era: then only the full answer will do.
    ///
    /// A cursor that is ahead of this node is answered with itself: nothing is taken back. Costs
    /// what changed since.
    pub(crate) fn delta(&self, cursor: Cursor, watched: Option<&[UserId]>) -> Option<Delta> {
        if cursor.era != self.era {
            return None;
        }
        if cursor.position > self.position {
            return Some(Delta::empty(cursor));
        }
        let mut delta = Delta::empty(self.cursor());
        for (user, first) in self.history.since(cursor.position)? {
            let online = self.users.find(user).is_some();
            let back_again = first == if online { Turn::Went } else { Turn::Came };
            let unwatched = watched.is_some_and(|watched| watched.binary_search(user).is_err());
            if back_again || unwatched {
                continue;
            }
            let list = if online { &mut delta.came_online } else { &mut delta.went_offline };
            list.push(user.clone());
        }
        Some(delta)
    }

    /// Where somebody came or went last.
    pub(crate) fn changed(&self) -> Position {
        self.history.newest()
    }
}
