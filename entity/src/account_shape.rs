//! `account_shape`: what user names look like, so that none looks like another's.

use sea_orm::entity::prelude::*;

/// What a user name looks like, in small letters or as its owner wrote it.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "account_shape")]
pub struct Model {
    /// The same for all names that look the same. Cut at 255 characters, compared by its bytes.
    #[sea_orm(primary_key, auto_increment = false)]
    pub shape: String,
    /// Whose. It goes with its account.
    pub account_id: i64,
}

/// The database knows of the one there is.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
