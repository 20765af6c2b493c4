//! Creates `presence`, the hot table: one row per user and session.

use sea_orm_migration::prelude::*;

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

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.get_connection().execute_unprepared(SQLITE).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.get_connection().execute_unprepared("DROP TABLE presence").await?;
        Ok(())
    }
}
