//! The history of the schema: one change per file, reversible, and safe beside running nodes of
//! the previous version. Migrations never import `entity`, which moves on.

pub use sea_orm_migration::MigratorTrait;
use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{
    ConnectionTrait, DatabaseConnection, DbBackend, Statement, TransactionTrait,
};

mod dialect;
mod m20261120_000001_create_presence;
mod m20261121_000002_create_feed;
mod m20261121_000003_create_account;
mod m20261121_000004_create_user_status;
mod m20261121_000005_add_signed_at;
mod m20261122_000006_create_read;
mod m20261127_000007_search_accounts;

/// Every migration, oldest first.
#[derive(Debug)]
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261120_000001_create_presence::Migration),
            Box::new(m20261121_000002_create_feed::Migration),
            Box::new(m20261121_000003_create_account::Migration),
            Box::new(m20261121_000004_create_user_status::Migration),
            Box::new(m20261121_000005_add_signed_at::Migration),
            Box::new(m20261122_000006_create_read::Migration),
            Box::new(m20261127_000007_search_accounts::Migration),
        ]
    }
}

/// Brings the schema up to date, one node at a time: many may start at once. Leaves one alone that a
/// later version has migrated further: nodes of this one go on beside it, and may have to start again.
///
/// `db` is to have one connection, on which the lock is held.
///
/// # Errors
///
/// [`DbErr`] when the database does not answer, or a migration fails.
pub async fn up(db: &DatabaseConnection) -> Result<(), DbErr> {
    let (lock, unlock) = match db.get_database_backend() {
        // One serving node. All of it or nothing, or what a full disk left half done would keep
        // every later start from doing it again.
        DbBackend::Sqlite => {
            let transaction = db.begin().await?;
            migrate(&transaction).await?;
            return transaction.commit().await;
        }
        DbBackend::Postgres => (
            "SELECT pg_advisory_lock(1818326899, 1835624306) IS NOT NULL",
            "SELECT pg_advisory_unlock(1818326899, 1835624306)",
        ),
        DbBackend::MySql => (
            "SELECT COALESCE(GET_LOCK('lastseen_migrate', 60), 0) = 1",
            "SELECT RELEASE_LOCK('lastseen_migrate')",
        ),
        _ => return Err(dialect::unknown()),
    };
    let lock = Statement::from_string(db.get_database_backend(), lock);
    let locked = db.query_one_raw(lock).await?.map(|row| row.try_get_by_index(0)).transpose()?;
    if locked != Some(true) {
        return Err(DbErr::Migration("another node is migrating, and does not end".to_owned()));
    }
    let migrated = migrate(db).await;
    db.execute_unprepared(unlock).await?;
    migrated
}

/// Whether nothing is left to be applied. Writes nothing, and minds no later version's changes.
///
/// # Errors
///
/// [`DbErr`] when the database does not answer.
pub async fn is_up_to_date(db: &DatabaseConnection) -> Result<bool, DbErr> {
    let applied = applied(db).await?;
    let is_applied = |name: &str| applied.iter().any(|applied| applied == name);
    Ok(Migrator::migrations().iter().all(|migration| is_applied(migration.name())))
}

async fn migrate<'c, C>(db: &'c C) -> Result<(), DbErr>
where
    C: ConnectionTrait,
    &'c C: IntoSchemaManagerConnection<'c>,
{
    let applied = applied(db).await?;
    let is_applied = |name: &str| applied.iter().any(|applied| applied == name);
    // `Migrator::up` takes no version that it does not know.
    if Migrator::migrations().iter().all(|migration| is_applied(migration.name())) {
        return Ok(());
    }
    Migrator::up(db, None).await
}

/// The versions that are applied. Unlike sea-orm's own look, it creates no table: who may not is
/// welcome where there is nothing to create.
async fn applied<'c, C>(db: &'c C) -> Result<Vec<String>, DbErr>
where
    C: ConnectionTrait,
    &'c C: IntoSchemaManagerConnection<'c>,
{
    if !SchemaManager::new(db).has_table("seaql_migrations").await? {
        return Ok(Vec::new());
    }
    let query = Query::select().column("version").from("seaql_migrations").to_owned();
    let rows = db.query_all(&query).await?;
    rows.iter().map(|row| row.try_get_by_index(0)).collect()
}
