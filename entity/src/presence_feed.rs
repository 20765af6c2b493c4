//! `presence_feed`: what each write made of the sessions that it concerned, for the nodes to read.
//!
//! Only databases that several nodes write to have it. It holds the last minutes.

use sea_orm::entity::prelude::*;

/// One write.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "presence_feed")]
pub struct Model {
    /// Its position: microseconds of store time, made unique.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    /// A JSON array of `[user_id, session_id, last_activity, stamp, last_seen]` and of objects. An
    /// array is about a session, with 0 where it ended. Four elements: it got a mark with this
    /// trusted stamp, null without one, and was last seen at this position. Three: a beat, by which
    /// it was last seen, unless a fifth says when. An object is what others see of a user from now
    /// on: `{"user_id", "shown", "hidden"}`. Of a session that is named twice the later counts.
    #[sea_orm(column_type = "Text")]
    pub changed: String,
}

/// `presence_feed` stands alone: it refers to no other table.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
