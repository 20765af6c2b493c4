//! The history of the schema: one change per file, reversible, and safe beside running nodes of
//! the previous version. Migrations never import `entity`, which moves on.

pub use sea_orm_migration::MigratorTrait;
use sea_orm_migration::prelude::*;

mod m20261120_000001_create_presence;
mod m20261121_000002_create_feed;

/// Every migration, oldest first.
#[derive(Debug)]
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261120_000001_create_presence::Migration),
            Box::new(m20261121_000002_create_feed::Migration),
        ]
    }
}
