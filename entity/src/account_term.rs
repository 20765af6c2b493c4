//! `account_term`: by what a search finds an account.
//!
//! The primary key serves every search: a range of terms, in their order.

use sea_orm::entity::prelude::*;

/// A name of an account from some word on, folded.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "account_term")]
pub struct Model {
    /// The name from a word on, cut at 64 characters. Compared by its bytes.
    #[sea_orm(primary_key, auto_increment = false)]
    pub term: String,
    /// Whose. It goes with its account.
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: i64,
}

/// The database knows of the one there is.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
