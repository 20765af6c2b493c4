//! What a poll is answered.

use serde::Serialize;
use utoipa::ToSchema;

use crate::model::{Seconds, UserId, UserStatus};

/// Who is online: the full answer.
#[derive(Debug, Serialize, ToSchema)]
pub struct OnlineUsersReply {
    /// Ascending: by number, or by bytes.
    #[schema(example = json!([1, 5, 12, 45]))]
    pub online_users: Vec<UserId>,
    /// How many there are in `online_users`.
    #[schema(example = 4)]
    pub count: usize,
    /// Opaque: the position in the history of the online set that this answer stands for. What
    /// `since` takes.
    #[schema(example = "AsD_7gAABmC5kk0bggAGYLlWsjYI8rc")]
    pub cursor: String,
    /// Seconds until the next poll is due. Jitter only ever shortens it.
    #[schema(example = 10)]
    pub poll_interval: Seconds,
}

/// Who came and who went since a cursor.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeltaReply {
    /// Who is online now, ascending. The client may have known of some.
    #[schema(example = json!([7]))]
    pub came_online: Vec<UserId>,
    /// Who is offline now, ascending. The client may have known of some.
    #[schema(example = json!([12]))]
    pub went_offline: Vec<UserId>,
    /// With `ids` alone: the status objects of those among them who came, went, or changed what they
    /// say of themselves.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false)]
    pub changed: Option<Vec<UserStatus>>,
    /// Opaque: where the client stands when it has applied this. What `since` takes the next time.
    #[schema(example = "AsD_7gAABmC5kk0bggAGYLlWsjYI8rc")]
    pub cursor: String,
    /// Seconds until the next poll is due. Jitter only ever shortens it.
    #[schema(example = 10)]
    pub poll_interval: Seconds,
}

/// The answer to a poll. With `online_users` it is the full answer, which takes the place of what
/// the client has; without, a delta, to be applied to it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum PollReply {
    /// Without `since`, or with one that is too old.
    Full(OnlineUsersReply),
    /// With `since`.
    Delta(DeltaReply),
}
