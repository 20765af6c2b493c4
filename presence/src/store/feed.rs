//! What a store says happened: the same to the node that wrote it and to every other.

use crate::{Era, Position, SessionId, Shown, Timestamp, UserId};

/// What happened after a position, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feed {
    /// The era of all of it.
    pub era: Era,
    /// One for each write, in ascending order of position.
    pub entries: Vec<Entry>,
    /// Every write up to here is in; no later one will get a position up to here.
    pub until: Position,
}

/// What one write made of the sessions and statuses that it concerned.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// When it happened. Every time that it stored as an arrival is this one's millisecond.
    pub position: Position,
    /// The sessions that changed, each once, in no particular order.
    pub sessions: Vec<SessionActivity>,
    /// What others see of some users from now on.
    pub statuses: Vec<StatusChange>,
}

impl Entry {
    /// What it tells of `user` alone; nothing if it does not name them.
    pub(super) fn of(self, user: &UserId) -> Option<Self> {
        let Self { position, mut sessions, mut statuses } = self;
        sessions.retain(|session| session.user == *user);
        statuses.retain(|status| status.user == *user);
        let names_them = !(sessions.is_empty() && statuses.is_empty());
        names_them.then_some(Self { position, sessions, statuses })
    }
}

/// A session and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SessionActivity {
    /// Whose.
    pub user: UserId,
    /// Which.
    pub session: SessionId,
    /// Its newest activity; the epoch when it has ended or was folded into another.
    pub last_activity: Timestamp,
    /// When it was last seen, as far as this write knows; the epoch when it was folded.
    pub last_seen: Timestamp,
    /// The trusted stamp of the mark that it got, if it got one that had one.
    pub mark: Option<Timestamp>,
}

/// A session as a start finds it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct StoredSession {
    /// Whose, which, and its newest activity.
    pub activity: SessionActivity,
    /// When the beat arrived that brought it online the last time.
    pub online_since: Option<Timestamp>,
    /// When its newest mark arrived.
    pub offline_at: Option<Timestamp>,
}

impl SessionActivity {
    /// A session whose row is gone.
    pub(super) fn gone(user: &UserId, session: &SessionId) -> Self {
        Self {
            user: user.clone(),
            session: session.clone(),
            last_activity: Timestamp::EPOCH,
            last_seen: Timestamp::EPOCH,
            mark: None,
        }
    }
}

/// What became of a user's status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusChange {
    /// Whose.
    pub user: UserId,
    /// What others see from now on; nothing of a user who was erased.
    pub shown: Option<Shown>,
}

/// A status as a start finds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredStatus {
    /// Whose.
    pub user: UserId,
    /// What others see.
    pub shown: Shown,
    /// The last write that changed it, other than by hiding.
    pub shown_at: Position,
    /// The last write by which the user came in sight again, or was erased.
    pub turned_at: Position,
}
