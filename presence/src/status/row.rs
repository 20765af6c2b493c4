//! What is stored of a user's status.

use super::{Declared, Hidden, Shown};
use crate::{Policy, Position, Row, UserId};

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
            changed_at: Position::START,
        }
    }
}

impl StatusRow {
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
}

impl StatusWrite {
    /// What others are told of it: nothing of what changes while a user hides (R11).
    #[must_use]
    pub fn told(&self) -> Option<Shown> {
        (self.hides || self.row.hidden.is_none()).then(|| self.row.shown())
    }

    /// The row that it makes at `position` of a user who has the sessions `rows` then.
    #[must_use]
    pub(crate) fn at(&self, position: Position, rows: &[Row], policy: &Policy) -> StatusRow {
        let mut row = StatusRow { changed_at: position, ..self.row.clone() };
        match &mut row.hidden {
            None => row.shown_at = position,
            Some(shown) if self.hides => {
                shown.hidden = Some(Hidden::at(position.time(), rows, policy));
            }
            Some(_) => {}
        }
        row
    }
}
