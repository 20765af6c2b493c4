//! Where the roster stands, to be read without its lock.

use crate::{
    Cursor, Position, SetTag,
    roster::{Delta, Gap, Roster},
};

/// What everybody asks of the roster all the time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Standing {
    /// What clients are told.
    pub(crate) cursor: Cursor,
    position: Position,
    gap: Gap,
    /// Where somebody came or went last.
    turned_at: Position,
    /// Where somebody's status changed last.
    edited_at: Position,
    /// Of the set.
    pub(crate) version: u64,
    /// What tells the set from every other.
    pub(crate) tag: SetTag,
    /// How many are online.
    pub(crate) count: usize,
}

impl From<&Roster> for Standing {
    fn from(roster: &Roster) -> Self {
        Self {
            cursor: roster.cursor(),
            position: roster.position(),
            gap: roster.gap(),
            turned_at: roster.turned_at(),
            edited_at: roster.edited_at(),
            version: roster.version(),
            tag: roster.tag(),
            count: roster.count(),
        }
    }
}

impl Standing {
    /// The empty delta, if nobody came or went since `cursor`, nor, for those who watch somebody,
    /// changed their status.
    pub(crate) fn nothing_since(&self, cursor: Cursor, watches: bool) -> Option<Delta> {
        let Self { cursor: now, position, turned_at, edited_at, gap, .. } = *self;
        let newest = if watches { turned_at.max(edited_at) } else { turned_at };
        let known = cursor.era == now.era && cursor.position <= position && !gap.holds(cursor.seen);
        (known && cursor.position >= newest).then(|| Delta::empty(cursor.latest(now)))
    }
}
