//! Creates, on databases that several nodes write to, the procedure by which they read
//! `presence_feed`: a refresh is one round trip.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

use crate::dialect::unknown;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const POSTGRES: &str = include_str!("sql/presence_read_1_postgres.sql");
const POSTGRES_DOWN: &str = "DROP FUNCTION presence_read_1";

const MYSQL: &str = include_str!("sql/presence_read_1_mysql.sql");
const MYSQL_DOWN: &str = "DROP PROCEDURE IF EXISTS presence_read_1";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let create: &[&str] = match manager.get_database_backend() {
            // Its one node knows what it wrote.
            DbBackend::Sqlite => &[],
            DbBackend::Postgres => &[POSTGRES],
            // It may run once more after a failure half-way.
            DbBackend::MySql => &[MYSQL_DOWN, MYSQL],
            _ => return Err(unknown()),
        };
        execute(manager, create).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let drop: &[&str] = match manager.get_database_backend() {
            DbBackend::Sqlite => &[],
            DbBackend::Postgres => &[POSTGRES_DOWN],
            DbBackend::MySql => &[MYSQL_DOWN],
            _ => return Err(unknown()),
        };
        execute(manager, drop).await
    }
}

async fn execute(manager: &SchemaManager<'_>, statements: &[&str]) -> Result<(), DbErr> {
    for statement in statements {
        manager.get_connection().execute_unprepared(statement).await?;
    }
    Ok(())
}
