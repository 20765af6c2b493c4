//! Statuses on the wire.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    given::{Given, given},
    model::{Seconds, Status, Time, UserId},
};

/// Whether a user wants to be talked to, whether or not they are online.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Availability {
    /// Nothing stands against it.
    Available,
    /// Not at the keyboard.
    Away,
    /// Working on something.
    Busy,
    /// Do not disturb.
    Dnd,
}

/// A status object: how it stands with a user.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct UserStatus {
    /// Who.
    pub user_id: UserId,
    /// Whether they are online.
    pub is_online: bool,
    /// The same in a word.
    pub status: Status,
    /// The newest proof of life. Null for a user who was never seen, or does not share it.
    pub last_seen: Option<Time>,
    /// Whether they want to be talked to.
    pub availability: Availability,
    /// In their own words.
    #[schema(example = "at lunch")]
    pub text: Option<String>,
    /// One emoji.
    #[schema(example = "🌴")]
    pub emoji: Option<String>,
    /// When the three above cease to hold.
    pub expires_at: Option<Time>,
}

/// The caller's own status: the truth, also of one who hides.
#[derive(Debug, Serialize, ToSchema)]
pub struct OwnUserStatus {
    /// The status object.
    #[serde(flatten)]
    pub status: UserStatus,
    /// Whether they hide: to everybody else they are offline then, since they hid, and nothing of
    /// them changes.
    pub invisible: bool,
    /// Whether others are told when they were last seen.
    pub share_last_seen: bool,
}

/// What is to change of the caller's own status: what is left out stays, and null is the default
/// again.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub struct OwnStatusRequest {
    /// `available`, `away`, `busy` or `dnd`.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<Availability>, example = "dnd")]
    pub availability: Given,
    /// One line of at most 140 characters.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, max_length = 140, example = "at lunch")]
    pub text: Given,
    /// Exactly one emoji.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, example = "🌴")]
    pub emoji: Given,
    /// When the three above cease to hold: a time in the future.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<Time>, example = "2099-01-28T14:32:59.000Z")]
    pub expires_at: Given<Time>,
    /// Hide, or show yourself again.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<bool>, example = false)]
    pub invisible: Given<bool>,
    /// Whether others are told when you were last seen.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<bool>, example = true)]
    pub share_last_seen: Given<bool>,
}

/// Whose statuses are wanted.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub struct BatchRequest {
    /// 1 to 1000 ids. Of one that is repeated the status is, too.
    #[schema(value_type = Vec<UserId>, required = true, min_items = 1, max_items = 1000, example = json!([5, 12]))]
    pub user_ids: Option<Vec<UserId>>,
}

/// The statuses that were asked for.
#[derive(Debug, Serialize, ToSchema)]
pub struct BatchReply {
    /// In the order of the ids in the request.
    pub users: Vec<UserStatus>,
}

/// Some of those who are online.
#[derive(Debug, Serialize, ToSchema)]
pub struct OnlinePageReply {
    /// Ascending by id.
    pub users: Vec<UserStatus>,
    /// How many are online in all.
    #[schema(example = 4)]
    pub count: usize,
    /// What `after` takes for those that follow; null when these are the last.
    #[schema(example = "AjVxVGYe")]
    pub next: Option<String>,
}

/// How many are online.
#[derive(Debug, Serialize, ToSchema)]
pub struct CountReply {
    /// That many.
    #[schema(example = 4)]
    pub count: usize,
}

/// Why a user is on- or offline.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExplainReply {
    /// Who.
    pub user_id: UserId,
    /// Whether they are online, in truth.
    pub is_online: bool,
    /// The same in a word.
    pub status: Status,
    /// Since when they hide; null if they do not.
    pub hidden_since: Option<Time>,
    /// Why, in plain words.
    #[schema(
        example = "Online: the last heartbeat of session `tab-1` was 12 s ago, which is within \
        the window of 300 s; without another one it ends in 288 s."
    )]
    pub reason: String,
    /// Every session that is known: those that are online first, then those that ended last.
    pub sessions: Vec<SessionExplanation>,
    /// The server's time, which decided it.
    pub server_time: Time,
}

/// How it stands with a session.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionExplanation {
    /// Its name; empty for that of clients that name none.
    #[schema(example = "tab-1")]
    pub session_id: String,
    /// Whether it is online, and if not, why.
    pub state: SessionState,
    /// Its newest activity; null after a mark-offline.
    pub last_activity: Option<Time>,
    /// Seconds since that, or since it was marked offline.
    #[schema(example = 12)]
    pub age: Seconds,
    /// Its newest proof of life.
    pub last_seen: Time,
    /// When the beat arrived that brought it online the last time.
    pub online_since: Option<Time>,
    /// When its newest mark-offline arrived.
    pub offline_at: Option<Time>,
    /// The newest trusted timestamp among its marks: a beat with an older one changes nothing.
    pub offline_mark: Option<Time>,
    /// When it will end without another beat, or when it ended.
    pub ends_at: Time,
}

/// What keeps a session online, or ended it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SessionState {
    /// It has beaten within the window.
    Online,
    /// It has not.
    TimedOut,
    /// It said that it was leaving.
    MarkedOffline,
}
