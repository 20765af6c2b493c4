//! `presence_era`: one row, which says which history the positions of this database belong to.

use sea_orm::entity::prelude::*;

/// The era that the database is in.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "presence_era")]
pub struct Model {
    /// 32 random bits, drawn anew when the database turns out to have been restored.
    #[sea_orm(primary_key, auto_increment = false)]
    pub era: i64,
    /// When a node said the last time that it is there, in milliseconds of store time.
    pub signed_at: i64,
}

/// `presence_era` stands alone: it refers to no other table.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
