//! What is stored of a user's status.

use super::{Declared, Hidden, Shown};
use crate::{Policy, Position, Row, Timestamp, UserId};

/// What is stored: the truth, and beside it what others see of a user who hides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusRow {
    /// What the user says.
    pub declared: Declared,
    /// Whether others are told when the user was last seen.
    pub share_last_seen: bool,
    /// What others see; nothing while that is the truth.
    pub hidden: Option<Shown>,
    /// The last write that changed what others see, other than by going. The start if there was
    /// none.
    pub shown_at: Position,
    /// The last write by which the user came in sight again, or was erased. The start if there was
    /// none.
    pub turned_at: Position,
    /// The last write: tells whether this is still the newest. The start when nothing is stored.
    pub changed_at: Position,
}

impl Default for StatusRow {
    fn default() -> Self {
        Self {
            declared: Declared::default(),
            share_last_seen: true,
            hidden: None,
            shown_at: Position::START,
            turned_at: Position::START,
            changed_at: Position::START,
        }
    }
}

impl StatusRow {
    /// What is left of a user who is erased at `position`.
    #[must_use]
    pub fn erased(position: Position) -> Self {
        let [shown_at, turned_at, changed_at] = [position; 3];
        Self { shown_at, turned_at, changed_at, ..Self::default() }
    }

    /// What others are to see.
    #[must_use]
    pub fn shown(&self) -> Shown {
        let in_sight = || Shown {
            declared: self.declared.clone(),
            share_last_seen: self.share_last_seen,
            hidden: None,
        };
        self.hidden.clone().unwrap_or_else(in_sight)
    }
}

/// A row that is to take the place of another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusWrite {
    /// Whose.
    pub user: UserId,
    /// What is to be stored. Its `changed_at` is that of the row that it was made from.
    pub row: StatusRow,
    /// Whether the user hides by it: then the store says in `row.hidden` what the moment is.
    pub hides: bool,
    /// Whether the user hid until now: when others were told they were last seen then. The store
    /// takes it for a proof of life, for it is never taken back (R6).
    pub shows: Option<Hidden>,
}

impl StatusWrite {
    /// Takes back all that `user` said, which is `row`; nothing if that is nothing.
    #[must_use]
    pub fn forgetting(user: UserId, row: &StatusRow) -> Option<Self> {
        let StatusRow { shown_at, turned_at, changed_at, .. } = *row;
        let next = StatusRow { shown_at, turned_at, changed_at, ..StatusRow::default() };
        let shows = row.hidden.as_ref().and_then(|shown| shown.hidden);
        (next != *row).then_some(Self { user, row: next, hides: false, shows })
    }

    /// What others are told of it: nothing of what changes while a user hides (R11).
    #[must_use]
    pub fn told(&self) -> Option<Shown> {
        (self.hides || self.row.hidden.is_none()).then(|| self.row.shown())
    }

    /// Which of `rows`, all of the user's, is to have been seen when they hid, and when that was, if
    /// others were told so and none of the rows knows it.
    #[must_use]
    pub(crate) fn newest_unseen(&self, rows: &[Row]) -> Option<(usize, Timestamp)> {
        let told = self.shows?.last_seen?;
        let newest = (0..rows.len()).max_by_key(|row| (rows[*row].last_seen, &rows[*row].session));
        newest.filter(|newest| rows[*newest].last_seen < told).map(|newest| (newest, told))
    }

    /// The row that it makes at `position` of a user who has the sessions `rows` then.
    #[must_use]
    pub(crate) fn at(&self, position: Position, rows: &[Row], policy: &Policy) -> StatusRow {
        let mut row = StatusRow { changed_at: position, ..self.row.clone() };
        match &mut row.hidden {
            None => {
                row.shown_at = position;
                if self.shows.is_some() {
                    row.turned_at = position;
                }
            }
            Some(shown) if self.hides => {
                shown.hidden = Some(Hidden::at(position.time(), rows, policy));
            }
            Some(_) => {}
        }
        row
    }
}
