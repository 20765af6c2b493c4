//! Adds `presence_era.signed_at`, by which a node that starts knows that others were there lately.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

use crate::dialect::unknown;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let kind = match manager.get_database_backend() {
            DbBackend::Sqlite => "INTEGER",
            DbBackend::Postgres | DbBackend::MySql => "BIGINT",
            _ => return Err(unknown()),
        };
        // Nodes of the previous version leave it as it is.
        let add =
            format!("ALTER TABLE presence_era ADD COLUMN signed_at {kind} NOT NULL DEFAULT 0");
        manager.get_connection().execute_unprepared(&add).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let drop = "ALTER TABLE presence_era DROP COLUMN signed_at";
        manager.get_connection().execute_unprepared(drop).await?;
        Ok(())
    }
}
