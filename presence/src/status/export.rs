//! All that is stored of a user, for whoever asks what that is.

use crate::{Entry, Row, StatusRow, Timestamp, UserId};

/// All that a store holds of a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Export {
    /// Who.
    pub user: UserId,
    /// Every session, by its name.
    pub sessions: Vec<Row>,
    /// The status, if one is stored.
    pub status: Option<StatusRow>,
    /// What other nodes are told of the user, and of nobody else, oldest first.
    pub told: Vec<Entry>,
    /// Store time.
    pub now: Timestamp,
}
