//! The history of the schema: one change per file, reversible, and safe beside running nodes of
//! the previous version. Migrations never import `entity`, which moves on.

pub use sea_orm_migration::MigratorTrait;
use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend};

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

/// Brings the schema up to date, one node at a time: many may start at once.
///
/// `db` is to have one connection, on which the lock is held.
///
/// # Errors
///
/// [`DbErr`] when the database does not answer, or a migration fails.
pub async fn up(db: &DatabaseConnection) -> Result<(), DbErr> {
    if db.get_database_backend() == DbBackend::Sqlite {
        // One serving node; and SQLite locks the file for each change.
        return Migrator::up(db, None).await;
    }
    let (lock, unlock) = (
        "SELECT pg_advisory_lock(1818326899, 1835624306)",
        "SELECT pg_advisory_unlock(1818326899, 1835624306)",
    );
    db.execute_unprepared(lock).await?;
    let migrated = Migrator::up(db, None).await;
    db.execute_unprepared(unlock).await?;
    migrated
}
