//! `user_status`: what users say of themselves, and what others see of those who hide. Cold: a
//! heartbeat neither reads nor writes it.
//!
//! Times are milliseconds since 1970-01-01T00:00:00Z in store time, positions microseconds. The
//! only index is the key: nodes read all of it when they start, and then follow `presence_feed`.

use sea_orm::entity::prelude::*;

/// The status of one user, who has changed it at least once.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "user_status")]
pub struct Model {
    /// The application's id of the user: a number in decimal, or the string itself.
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: String,
    /// `available`, `away`, `busy` or `dnd`.
    pub availability: String,
    /// In the user's words.
    pub text: Option<String>,
    /// One emoji.
    pub emoji: Option<String>,
    /// From then on, the three above do not hold any more.
    pub expires_at: Option<i64>,
    /// Whether others are told when the user was last seen.
    pub share_last_seen: bool,
    /// When the user hid; null while they are in sight, as are the other three.
    pub hidden_at: Option<i64>,
    /// When they had been seen last by then; null if never.
    pub hidden_last_seen: Option<i64>,
    /// The position at which others saw them go: then, or when they went before that.
    pub hidden_went: Option<i64>,
    /// What others see meanwhile: a JSON object of the five columns from `availability` on.
    pub hidden_shown: Option<String>,
    /// The position of the last change that others could see, other than by hiding; 0 if there was
    /// none.
    pub shown_at: i64,
    /// The position at which the user was last seen to be there again after they hid, or was erased; 0
    /// if neither ever happened.
    pub turned_at: i64,
    /// The position of the last change: a write is conditional on it.
    pub changed_at: i64,
}

/// `user_status` stands alone: it refers to no other table.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
