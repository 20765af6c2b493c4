//! A heartbeat and its answer.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::model::{Seconds, Status, Time, UserId, UserStatus};

/// A heartbeat. Every field is optional, and so is the body.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub struct HeartbeatRequest {
    /// When the client sent it, by its own clock. Trusted within 30 s of the server's, and then
    /// compared with that of a mark-offline, so that a beat which a logout overtook brings nobody
    /// back. A wrong clock never costs a user their green dot.
    pub timestamp: Option<Time>,
    /// Which tab, device or connection this is: at most 128 bytes. Without it the token's `sid`,
    /// else the empty session.
    #[schema(max_length = 128, example = "tab-1")]
    pub session_id: Option<String>,
    /// The `cursor` of an earlier answer, unchanged: the answer also holds what a poll with it
    /// would be answered after this beat, so that one request does both.
    #[schema(example = "AsD_7gAABmC5kk0bggAGYLlWsjYI8rc")]
    pub since: Option<String>,
    /// With `since`, only these users, at most 200: see the parameter of
    /// `GET /api/chat/online-users`.
    #[schema(max_items = 200, example = json!([1, 5]))]
    pub ids: Option<Vec<UserId>>,
}

/// The answer to a heartbeat.
#[derive(Debug, Serialize, ToSchema)]
pub struct HeartbeatReply {
    /// Whom the token names.
    pub user_id: UserId,
    /// The user's status now.
    pub status: Status,
    /// The session's newest activity; null when the session is offline, because a logout overtook
    /// this beat.
    pub last_activity: Option<Time>,
    /// When the user will be offline without another beat; null when they are.
    pub online_until: Option<Time>,
    /// The server's time, to correct a client's clock by.
    pub server_time: Time,
    /// Seconds until the next beat is due. Jitter only ever shortens it.
    #[schema(example = 120)]
    pub heartbeat_interval: Seconds,
    /// Seconds until the next poll is due. Jitter only ever shortens it.
    // Left out where the answer of a poll is joined to this: that one brings it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Seconds, required = true, example = 10)]
    pub poll_interval: Option<Seconds>,
}

/// Only with `since`: what a poll would be answered, in full or as a delta.
#[derive(Debug, Serialize, ToSchema)]
pub struct HeartbeatNews {
    /// Of a full answer: who is online, ascending. Takes the place of what the client has.
    #[schema(required = false, nullable = false)]
    pub online_users: Option<Vec<UserId>>,
    /// Of a full answer: how many there are in `online_users`.
    #[schema(required = false, nullable = false)]
    pub count: Option<usize>,
    /// Of a delta: who is online now, ascending. The client may have known of some.
    #[schema(required = false, nullable = false)]
    pub came_online: Option<Vec<UserId>>,
    /// Of a delta: who is offline now, ascending. The client may have known of some.
    #[schema(required = false, nullable = false)]
    pub went_offline: Option<Vec<UserId>>,
    /// Of a delta, with `ids` alone: the status objects of those among them who came, went, or
    /// changed what they say of themselves.
    #[schema(required = false, nullable = false)]
    pub changed: Option<Vec<UserStatus>>,
    /// Opaque: where the client stands now. What `since` takes the next time.
    #[schema(required = false, nullable = false, example = "AsD_7gAABmC5kk0bggAGYLlWsjYI8rc")]
    pub cursor: Option<String>,
}

/// The answer to a heartbeat, and with `since` that of a poll.
#[derive(Debug, Serialize, ToSchema)]
pub struct HeartbeatAnswer {
    /// The heartbeat's.
    #[serde(flatten)]
    pub beat: HeartbeatReply,
    /// The poll's.
    #[serde(flatten)]
    pub news: HeartbeatNews,
}
