//! What was deleted is in none of the files.
//!
//! SQLite overwrites what is deleted (`secure_delete`), in the pages of the write-ahead log. Older
//! versions of these pages stay in the log, and in the database until they are copied there, so both
//! is done at once.

use std::{sync::atomic::Ordering, time::Duration};

use sea_orm::sqlx::{
    ConnectOptions, Connection, Error, Executor, Row, SqliteConnection,
    sqlite::SqliteConnectOptions,
};

use super::SqliteStore;

/// Beats wait for this at most, while somebody reads an older version of the database.
const PATIENCE: Duration = Duration::from_millis(50);

/// The first copies what it can while others write; the second the rest, which is little then.
const STEPS: [&str; 2] =
    ["PRAGMA main.wal_checkpoint(PASSIVE)", "PRAGMA main.wal_checkpoint(TRUNCATE)"];

impl SqliteStore {
    /// Has what was deleted until now wiped from the files: now, or if they are in use, by a later
    /// [`Self::wipe`].
    pub(super) async fn wipe_deleted(&self) {
        self.unwiped.store(true, Ordering::Relaxed);
        self.wipe().await;
    }

    /// Wipes what was deleted, if there is something left. Costs as much as what was written since
    /// the last checkpoint.
    pub(super) async fn wipe(&self) {
        if !self.unwiped.swap(false, Ordering::Relaxed) {
            return;
        }
        let options = self.db.get_sqlite_connection_pool().connect_options();
        if !matches!(empty_log(&options).await, Ok(true)) {
            self.unwiped.store(true, Ordering::Relaxed);
        }
    }
}

/// Copies the write-ahead log to the database and empties it. Says whether nobody was in the way.
async fn empty_log(options: &SqliteConnectOptions) -> Result<bool, Error> {
    let options = options.clone().busy_timeout(PATIENCE).create_if_missing(false);
    let mut connection: SqliteConnection = options.connect().await?;
    let mut busy = 1;
    for step in STEPS {
        busy = connection.fetch_one(step).await?.try_get::<i64, _>(0)?;
    }
    connection.close().await?;
    Ok(busy == 0)
}
