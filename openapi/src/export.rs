//! All that is stored of a user, on the wire.

use serde::Serialize;
use utoipa::ToSchema;

use crate::model::{Availability, OwnUser, Time, UserId};

/// All that is stored of a user.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExportReply {
    /// Who.
    pub user_id: UserId,
    /// Every session that is stored, by its name.
    pub sessions: Vec<StoredSession>,
    /// What they say of themselves; null if they never said anything. For some windows after an
    /// erasure it is an empty one, by which the nodes know of it.
    pub status: Option<StoredStatus>,
    /// What nodes told each other of the user in the last minutes, oldest first. Empty with SQLite.
    pub feed: Vec<FeedEntry>,
    /// The account; null if there is none, or accounts are off.
    pub account: Option<StoredAccount>,
    /// The server's time.
    pub server_time: Time,
}

/// A session, as it is stored.
#[derive(Debug, Serialize, ToSchema)]
pub struct StoredSession {
    /// Its name; empty for that of clients that name none.
    #[schema(example = "tab-1")]
    pub session_id: String,
    /// Its newest beat; null after a mark-offline.
    pub last_activity: Option<Time>,
    /// Its newest proof of life.
    pub last_seen: Time,
    /// When the beat arrived that brought it online the last time.
    pub online_since: Option<Time>,
    /// The newest trusted timestamp among its beats since then.
    pub beat_stamp: Option<Time>,
    /// When its newest mark-offline arrived.
    pub offline_at: Option<Time>,
    /// The newest trusted timestamp among its marks.
    pub offline_mark: Option<Time>,
}

/// What a user says of themselves.
#[derive(Debug, Serialize, ToSchema)]
pub struct StoredDeclaration {
    /// Whether they want to be talked to.
    pub availability: Availability,
    /// In their own words.
    #[schema(example = "at lunch")]
    pub text: Option<String>,
    /// One emoji.
    #[schema(example = "🌴")]
    pub emoji: Option<String>,
    /// When the three above cease to hold. They stay stored.
    pub expires_at: Option<Time>,
    /// Whether others are told when the user was last seen.
    pub share_last_seen: bool,
}

/// A status, as it is stored.
#[derive(Debug, Serialize, ToSchema)]
pub struct StoredStatus {
    /// What the user says.
    #[serde(flatten)]
    pub declared: StoredDeclaration,
    /// What others see instead while the user hides; null while they do not.
    pub hidden: Option<ShownWhileHidden>,
    /// The last change that others could see, other than by hiding; null if there was none.
    pub shown_at: Option<Time>,
    /// When the user last came in sight again, or was erased; null if neither happened.
    pub turned_at: Option<Time>,
    /// The last change.
    pub changed_at: Time,
}

/// What others see of a user who hides: how it was at that moment.
#[derive(Debug, Serialize, ToSchema)]
pub struct ShownWhileHidden {
    /// What the user said then.
    #[serde(flatten)]
    pub declared: StoredDeclaration,
    /// When they hid.
    pub since: Time,
    /// When they had last been seen by then; null if never.
    pub last_seen: Option<Time>,
    /// When others saw them go; null if they never did.
    pub went_at: Option<Time>,
}

/// What one write told the other nodes of the user.
#[derive(Debug, Serialize, ToSchema)]
pub struct FeedEntry {
    /// When it was written.
    pub at: Time,
    /// The sessions that it changed.
    pub sessions: Vec<FeedSession>,
    /// What became of their status, if it changed.
    pub status: Option<FeedStatus>,
}

/// What became of a session.
#[derive(Debug, Serialize, ToSchema)]
pub struct FeedSession {
    /// Its name.
    #[schema(example = "tab-1")]
    pub session_id: String,
    /// Its newest activity; null when it ended.
    pub last_activity: Option<Time>,
    /// When it was last seen; null when it was folded into another, or erased.
    pub last_seen: Option<Time>,
    /// The trusted timestamp of the mark that ended it, if one did and had one.
    pub mark: Option<Time>,
}

/// What became of a status.
#[derive(Debug, Serialize, ToSchema)]
pub struct FeedStatus {
    /// What others see from then on; null when the user was erased, and while they hide.
    pub shown: Option<StoredDeclaration>,
    /// The same of a user who hides.
    pub hidden: Option<ShownWhileHidden>,
}

/// An account, as it is stored.
#[derive(Debug, Serialize, ToSchema)]
pub struct StoredAccount {
    /// What its owner sees. The names are stored a second time, folded, to be found by.
    #[serde(flatten)]
    pub profile: OwnUser,
    /// A hash of the password is stored as well, and shown to nobody.
    #[schema(default = true)]
    pub has_password: bool,
}
