//! Connections that are handed back to the pool: none that is still in a transaction is used again.
//!
//! When a COMMIT fails, a full disk for one, SQLite has mostly rolled back by itself, and the ROLLBACK
//! of the driver fails in turn: from then on the driver takes the connection to be in a transaction.
//! What it does there later is a savepoint, which is committed by nobody and keeps all others waiting.

use futures::future::BoxFuture;
use sea_orm::sqlx::{
    Connection, Error, Executor, Sqlite, SqliteConnection,
    pool::{PoolConnectionMetadata, PoolOptions},
};

/// Refused within a transaction, and else without a trace: neither of them touches the file.
const PROBE: &str = "BEGIN; ROLLBACK";

/// Has connections closed that come back from a failed transaction.
pub(super) fn keep_sound(pool: PoolOptions<Sqlite>) -> PoolOptions<Sqlite> {
    pool.after_release(is_sound)
}

/// Whether SQLite and the driver agree that `connection` is in no transaction. After everything that
/// it was still told to do: the rollback of a transaction that was dropped. Costs a turn of its
/// thread, for which nobody waits but the connection.
fn is_sound(
    connection: &mut SqliteConnection,
    _: PoolConnectionMetadata,
) -> BoxFuture<'_, Result<bool, Error>> {
    Box::pin(async {
        let is_free = connection.execute(sea_orm::sqlx::query(PROBE)).await.is_ok();
        let is_sound = is_free && !connection.is_in_transaction();
        if !is_sound {
            log::warn!("a transaction failed: its connection is closed");
        }
        Ok(is_sound)
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use sea_orm::{ConnectionTrait, DatabaseConnection, TransactionTrait};

    use super::super::super::Database;

    async fn database(folder: &std::path::Path) -> DatabaseConnection {
        let url = format!("sqlite://{}/x.db?mode=rwc", folder.display());
        let database = Database::new(&url).unwrap();
        let db = database.connect(1, Duration::from_secs(5)).await.unwrap();
        let table = "CREATE TABLE parent (id INTEGER PRIMARY KEY);
                     CREATE TABLE child (parent REFERENCES parent DEFERRABLE INITIALLY DEFERRED)";
        db.execute_unprepared(table).await.unwrap();
        db
    }

    async fn count(folder: &std::path::Path) -> i64 {
        let other = format!("sqlite://{}/x.db", folder.display());
        let other = sea_orm::Database::connect(other).await.unwrap();
        let row = other.query_one_raw(sea_orm::Statement::from_string(
            sea_orm::DbBackend::Sqlite,
            "SELECT COUNT(*) FROM parent",
        ));
        row.await.unwrap().unwrap().try_get_by_index(0).unwrap()
    }

    #[tokio::test]
    async fn a_connection_whose_transaction_was_left_open_is_never_used_again() {
        let folder = tempfile::tempdir().unwrap();
        let db = database(folder.path()).await;
        for left in ["BEGIN IMMEDIATE", "SAVEPOINT s; INSERT INTO parent VALUES (NULL)"] {
            // More than there are connections, so that each has been left so.
            for _ in 0..4 {
                db.execute_unprepared(left).await.unwrap();
            }
            let before = count(folder.path()).await;
            db.execute_unprepared("INSERT INTO parent VALUES (NULL)").await.unwrap();
            assert_eq!(count(folder.path()).await, before + 1, "after {left}");
        }
    }

    #[tokio::test]
    async fn what_is_committed_after_sqlite_rolled_back_by_itself_is_stored() {
        let folder = tempfile::tempdir().unwrap();
        let db = database(folder.path()).await;
        for _ in 0..4 {
            let transaction = db.begin().await.unwrap();
            // As a full disk does: there is no transaction any more, and the driver does not know.
            transaction.execute_unprepared("ROLLBACK").await.unwrap();
            assert!(transaction.commit().await.is_err());
        }
        for stored in 1..=4 {
            let transaction = db.begin().await.unwrap();
            transaction.execute_unprepared("INSERT INTO parent VALUES (NULL)").await.unwrap();
            transaction.commit().await.unwrap();
            let transaction = db.begin().await.unwrap();
            transaction.execute_unprepared("INSERT INTO parent VALUES (NULL)").await.unwrap();
            transaction.rollback().await.unwrap();
            assert_eq!(count(folder.path()).await, stored);
        }
    }
}
