//! `account`: those who have no login of their own, and what they say of themselves.
//!
//! Only `accounts.enabled` fills it. Texts are compared by their bytes: what is to be alike despite
//! its letters is stored folded, so that every database compares it alike.

use sea_orm::entity::prelude::*;

/// An account.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "account")]
pub struct Model {
    /// Counts up, and is never given out again: tokens of an erased account may still be around.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// As its owner wrote it, 1 to 64 characters.
    pub username: String,
    /// The same, folded. Unique: it decides who was first.
    #[sea_orm(unique)]
    pub username_key: String,
    /// What is searched: user name and display name, folded, a line each.
    #[sea_orm(column_type = "Text")]
    pub search_text: String,
    /// The `search_text` that the rows of `account_term` and `account_shape` were made of. Another one or
    /// none if a node of an older version wrote it since.
    #[sea_orm(column_type = "Text")]
    pub indexed_text: Option<String>,
    /// A PHC string.
    pub password_hash: String,
    /// 1 to 100 characters.
    pub display_name: Option<String>,
    /// Relative, or http(s); at most 2048 characters.
    pub avatar_url: Option<String>,
    /// Free text, at most 64 characters.
    pub gender: Option<String>,
    /// `YYYY-MM-DD`: SQLite has no type for a date.
    pub birthdate: Option<String>,
    /// At most 32 characters.
    pub phone_number: Option<String>,
    /// Store time, in milliseconds since 1970-01-01T00:00:00Z.
    pub created_at: i64,
}

/// `account` stands alone: presence keeps users that have none.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
