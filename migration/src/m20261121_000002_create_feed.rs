//! Creates what nodes learn of each other's writes by: `presence_era`, and on databases that several
//! nodes write to, `presence_feed` and the procedure that writes both it and `presence`.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const SQLITE: &str = "
    CREATE TABLE presence_era (era INTEGER PRIMARY KEY NOT NULL) STRICT;
    INSERT INTO presence_era VALUES (abs(random()) % 4294967296)";

const SQLITE_DOWN: &str = "DROP TABLE presence_era";

const POSTGRES: &str = include_str!("sql/create_feed_postgres.sql");

const POSTGRES_DOWN: &str = "
    DROP FUNCTION presence_write_1;
    DROP TABLE presence_feed;
    DROP TABLE presence_era";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let sqlite = manager.get_database_backend() == DbBackend::Sqlite;
        let create = if sqlite { SQLITE } else { POSTGRES };
        manager.get_connection().execute_unprepared(create).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let sqlite = manager.get_database_backend() == DbBackend::Sqlite;
        let drop = if sqlite { SQLITE_DOWN } else { POSTGRES_DOWN };
        manager.get_connection().execute_unprepared(drop).await?;
        Ok(())
    }
}
