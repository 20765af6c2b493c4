//! Creates what nodes learn of each other's writes by: `presence_era`, and on databases that several
//! nodes write to, `presence_feed` and the procedure that writes both it and `presence`.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

use crate::dialect::{collated, unknown};

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

/// The tables, and then the procedure. Both may run once more after a failure half-way.
const MYSQL: [&str; 2] =
    [include_str!("sql/create_feed_mysql.sql"), include_str!("sql/presence_write_1_mysql.sql")];

const MYSQL_DOWN: &str = "
    DROP PROCEDURE IF EXISTS presence_write_1;
    DROP TABLE IF EXISTS presence_feed, presence_era, presence_lock";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        match manager.get_database_backend() {
            DbBackend::Sqlite => db.execute_unprepared(SQLITE).await?,
            DbBackend::Postgres => db.execute_unprepared(POSTGRES).await?,
            DbBackend::MySql => {
                let [tables, procedure] = MYSQL;
                db.execute_unprepared(tables).await?;
                db.execute_unprepared(&collated(db, procedure).await?).await?
            }
            _ => return Err(unknown()),
        };
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let drop = match manager.get_database_backend() {
            DbBackend::Sqlite => SQLITE_DOWN,
            DbBackend::Postgres => POSTGRES_DOWN,
            DbBackend::MySql => MYSQL_DOWN,
            _ => return Err(unknown()),
        };
        manager.get_connection().execute_unprepared(drop).await?;
        Ok(())
    }
}
