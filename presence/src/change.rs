//! What can happen to a user, and what is kept of it.

use crate::{SessionId, Timestamp, UserId};

/// A change that a client reports. `stamp` is the client's own time, which may be wrong (R3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// "This session is here now."
    Beat {
        /// Whose beat it is.
        session: SessionId,
        /// When the client sent it, by the client's clock.
        stamp: Option<Timestamp>,
    },
    /// "I am leaving."
    Mark {
        /// Who leaves.
        sessions: Sessions,
        /// When the client sent it, by the client's clock.
        stamp: Option<Timestamp>,
    },
}

impl Change {
    /// The session that it names, empty when it names none.
    pub(crate) fn session(&self) -> &SessionId {
        const NONE: &SessionId = &SessionId::NONE;
        match self {
            Self::Beat { session, .. } | Self::Mark { sessions: Sessions::One(session), .. } => {
                session
            }
            Self::Mark { sessions: Sessions::All, .. } => NONE,
        }
    }
}

/// The sessions that a mark ends (R5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sessions {
    /// That one, which has a name.
    One(SessionId),
    /// All of the user's.
    All,
}

impl Sessions {
    /// R5: a named session ends alone; without a name all of them end.
    #[must_use]
    pub fn named(session: SessionId) -> Self {
        if session.is_empty() { Self::All } else { Self::One(session) }
    }
}

/// A [`Change`] and whom it concerns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserChange {
    /// Whom.
    pub user: UserId,
    /// What.
    pub change: Change,
}

/// What is kept of one session of a user; the columns of the table `presence`, and their meaning,
/// are those of `entity::presence::Model`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Which session of the user.
    pub session: SessionId,
    /// The newest beat; the epoch after mark-offline.
    pub last_activity: Timestamp,
    /// The newest proof of life.
    pub last_seen: Timestamp,
    /// When the beat arrived that brought the session online the last time.
    pub online_since: Option<Timestamp>,
    /// The newest trusted stamp among the beats since then.
    pub beat_stamp: Option<Timestamp>,
    /// When the newest mark arrived.
    pub offline_at: Option<Timestamp>,
    /// The newest trusted stamp among the marks.
    pub offline_mark: Option<Timestamp>,
}

impl Row {
    /// A session of which nothing is known yet.
    #[must_use]
    pub fn new(session: SessionId) -> Self {
        Self {
            session,
            last_activity: Timestamp::EPOCH,
            last_seen: Timestamp::EPOCH,
            online_since: None,
            beat_stamp: None,
            offline_at: None,
            offline_mark: None,
        }
    }
}
