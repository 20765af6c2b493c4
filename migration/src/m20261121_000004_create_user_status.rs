//! Creates `user_status`, and on databases that several nodes write to, the procedures that write
//! it and `presence_feed` as one.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

use crate::dialect::{collated, unknown};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const SQLITE: &str = "
    CREATE TABLE user_status (
        user_id          TEXT    NOT NULL PRIMARY KEY,
        availability     TEXT    NOT NULL,
        text             TEXT,
        emoji            TEXT,
        expires_at       INTEGER,
        share_last_seen  INTEGER NOT NULL,
        hidden_at        INTEGER,
        hidden_last_seen INTEGER,
        hidden_went      INTEGER,
        hidden_shown     TEXT,
        shown_at         INTEGER NOT NULL,
        turned_at        INTEGER NOT NULL,
        changed_at       INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID";

const POSTGRES: &str = include_str!("sql/create_user_status_postgres.sql");

/// The table, and then the procedures. All of it may run once more after a failure half-way.
const MYSQL: [&str; 3] = [
    include_str!("sql/create_user_status_mysql.sql"),
    include_str!("sql/presence_status_1_mysql.sql"),
    include_str!("sql/presence_erase_1_mysql.sql"),
];

const POSTGRES_DOWN: &str = "
    DROP FUNCTION presence_status_1;
    DROP FUNCTION presence_erase_1;
    DROP TABLE user_status";

const MYSQL_DOWN: &str = "
    DROP PROCEDURE IF EXISTS presence_status_1;
    DROP PROCEDURE IF EXISTS presence_erase_1;
    DROP TABLE IF EXISTS user_status";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        match manager.get_database_backend() {
            DbBackend::Sqlite => db.execute_unprepared(SQLITE).await?,
            DbBackend::Postgres => db.execute_unprepared(POSTGRES).await?,
            DbBackend::MySql => {
                let [table, status, erase] = MYSQL;
                db.execute_unprepared(&collated(db, table).await?).await?;
                db.execute_unprepared(&collated(db, status).await?).await?;
                db.execute_unprepared(&collated(db, erase).await?).await?
            }
            _ => return Err(unknown()),
        };
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let drop = match manager.get_database_backend() {
            DbBackend::Sqlite => "DROP TABLE user_status",
            DbBackend::Postgres => POSTGRES_DOWN,
            DbBackend::MySql => MYSQL_DOWN,
            _ => return Err(unknown()),
        };
        manager.get_connection().execute_unprepared(drop).await?;
        Ok(())
    }
}
