//! `presence`: one row per user and session, the hot table.
//!
//! Every time is a count of milliseconds since 1970-01-01T00:00:00Z, so that times compare alike
//! on every database (plain timestamp columns keep whole seconds on MariaDB and are text on
//! SQLite). Every time but the two stamps is store time.
//!
//! The only index is the key. An index on a column that beats write would turn every beat into an
//! index write as well; the node reads the table by key, or all of it when it starts.

use sea_orm::entity::prelude::*;

/// What is known of one session of one user.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "presence")]
pub struct Model {
    /// The application's id of the user: a number in decimal, or the string itself.
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: String,
    /// The session's name, empty when the client names none. In the row of the empty session
    /// `offline_mark` stands for all sessions of the user, since to end it is to end them all.
    #[sea_orm(primary_key, auto_increment = false)]
    pub session_id: String,
    /// The newest beat; 0, the epoch, after mark-offline.
    pub last_activity: i64,
    /// The newest proof of life: a beat or a mark. Never goes backwards, never 0.
    pub last_seen: i64,
    /// When the beat arrived that brought the session online the last time.
    pub online_since: Option<i64>,
    /// The newest trusted client stamp among the beats since then, to compare with the stamp of a
    /// mark that arrives after them.
    pub beat_stamp: Option<i64>,
    /// When the newest mark-offline arrived.
    pub offline_at: Option<i64>,
    /// The newest trusted client stamp among the marks.
    pub offline_mark: Option<i64>,
}

/// `presence` stands alone: it refers to no other table.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
