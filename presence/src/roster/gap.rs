//! A time in which nothing was written, as a node knows that has just started.

use crate::Position;

/// After the one position and up to the other nothing was ever written to this store. A client who
/// saw something happen there saw it in a store that has since been restored from a backup.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Gap {
    after: Position,
    until: Position,
}

impl Gap {
    pub(super) fn new(after: Position, until: Position) -> Self {
        Self { after, until }
    }

    pub(crate) fn holds(self, position: Position) -> bool {
        self.after < position && position <= self.until
    }
}
