//! The bodies on the wire: types of their own, so that a column can change without breaking a
//! client.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use crate::{
    account::{
        Contact, LoginReply, LoginRequest, OwnUser, Password, PasswordRequest, ProfileRequest,
        RegisterRequest, User, UsersReply,
    },
    export::{
        ExportReply, FeedEntry, FeedSession, FeedStatus, ShownWhileHidden, StoredAccount,
        StoredDeclaration, StoredSession, StoredStatus,
    },
    given::Given,
    heartbeat::{HeartbeatAnswer, HeartbeatNews, HeartbeatReply, HeartbeatRequest},
    poll::{DeltaReply, OnlineUsersReply, PollReply},
    problem::{FieldError, PROBLEMS_PATH, Problem, ProblemKind},
    scalar::{Seconds, UserId},
    status::{
        Availability, BatchReply, BatchRequest, CountReply, ExplainReply, OnlinePageReply,
        OwnStatusRequest, OwnUserStatus, SessionExplanation, SessionState, UserStatus,
    },
    time::Time,
};

/// Whether a user is online.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// One of the user's sessions has beaten within the window.
    Online,
    /// None has.
    Offline,
}

impl Status {
    /// Of a user who is `online`, or not.
    #[must_use]
    pub fn of(online: bool) -> Self {
        if online { Self::Online } else { Self::Offline }
    }
}

/// A goodbye. Every field is optional, and so is the body.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub struct MarkOfflineRequest {
    /// When the client sent it, by its own clock. See the heartbeat's.
    pub timestamp: Option<Time>,
    /// Which session to end: at most 128 bytes. Without it the token's `sid`, else all of the
    /// user's sessions.
    #[schema(max_length = 128, example = "tab-1")]
    pub session_id: Option<String>,
    /// End all of the user's sessions, whatever `session_id` says.
    #[schema(default = false)]
    pub all_sessions: Option<bool>,
}

/// The answer to mark-offline.
#[derive(Debug, Serialize, ToSchema)]
pub struct MarkOfflineReply {
    /// Whom the token names.
    pub user_id: UserId,
    /// `online` while another session of the user lives, or when a newer beat of this one
    /// overtook the mark.
    #[schema(example = "offline")]
    pub status: Status,
    /// Always the epoch, the `last_activity` of a session that said it is leaving.
    #[schema(example = "1970-01-01T00:00:00.000Z")]
    pub last_activity: Time,
    /// The newest proof of life of the user: this request.
    pub last_seen: Time,
    /// The server's time.
    pub server_time: Time,
}

/// The cadence that clients are to keep.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConfigReply {
    /// Seconds after their last beat for which a user stays online.
    #[schema(example = 300)]
    pub window: Seconds,
    /// Seconds between two beats of a session.
    #[schema(example = 120)]
    pub heartbeat_interval: Seconds,
    /// Seconds between two polls.
    #[schema(example = 10)]
    pub poll_interval: Seconds,
    /// Seconds for which the last picture is answered when the store is out of reach.
    #[schema(example = 30)]
    pub stale_for: Seconds,
    /// The server's time.
    pub server_time: Time,
}
