//! Creates `presence`, the hot table: one row per user and session.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

use crate::dialect::{collated, unknown};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// `WITHOUT ROWID` keeps the row in the key's own tree: a beat touches one page, not two.
/// `STRICT` refuses a value of another type instead of storing it to compare wrongly later.
const SQLITE: &str = "
    CREATE TABLE presence (
        user_id       TEXT    NOT NULL,
        session_id    TEXT    NOT NULL,
        last_activity INTEGER NOT NULL,
        last_seen     INTEGER NOT NULL,
        online_since  INTEGER,
        beat_stamp    INTEGER,
        offline_at    INTEGER,
        offline_mark  INTEGER,
        PRIMARY KEY (user_id, session_id)
    ) STRICT, WITHOUT ROWID";

/// `COLLATE "C"`: ids are compared by bytes. The fill factor leaves room in each page for the next
/// version of its rows, so that a beat touches no index: every update is heap-only.
const POSTGRES: &str = r#"
    CREATE TABLE presence (
        user_id       text COLLATE "C" NOT NULL,
        session_id    text COLLATE "C" NOT NULL,
        last_activity bigint NOT NULL,
        last_seen     bigint NOT NULL,
        online_since  bigint,
        beat_stamp    bigint,
        offline_at    bigint,
        offline_mark  bigint,
        PRIMARY KEY (user_id, session_id)
    ) WITH (fillfactor = 70)"#;

/// An id is 128 bytes at most, whatever its characters. A migration that fails half-way is run once
/// more: MySQL commits each statement for itself.
const MYSQL: &str = "
    CREATE TABLE IF NOT EXISTS presence (
        user_id       VARCHAR(128) CHARACTER SET utf8mb4 COLLATE {bytewise} NOT NULL,
        session_id    VARCHAR(128) CHARACTER SET utf8mb4 COLLATE {bytewise} NOT NULL,
        last_activity BIGINT NOT NULL,
        last_seen     BIGINT NOT NULL,
        online_since  BIGINT,
        beat_stamp    BIGINT,
        offline_at    BIGINT,
        offline_mark  BIGINT,
        PRIMARY KEY (user_id, session_id)
    ) ENGINE = InnoDB";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        match manager.get_database_backend() {
            DbBackend::Sqlite => db.execute_unprepared(SQLITE).await?,
            DbBackend::Postgres => db.execute_unprepared(POSTGRES).await?,
            DbBackend::MySql => db.execute_unprepared(&collated(db, MYSQL).await?).await?,
            _ => return Err(unknown()),
        };
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.get_connection().execute_unprepared("DROP TABLE presence").await?;
        Ok(())
    }
}
