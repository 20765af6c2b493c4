//! What the tests of both databases share.

use std::time::Duration;

use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbErr, Statement};
use tokio::time::{error::Elapsed, timeout};

/// One connection to a database.
pub(crate) async fn connect(url: &str) -> DatabaseConnection {
    let mut options = ConnectOptions::new(url);
    options.max_connections(1).sqlx_logging(false);
    Database::connect(options).await.unwrap()
}

/// A table with one row.
pub(crate) async fn write(database: &DatabaseConnection) {
    database.execute_unprepared("CREATE TABLE beats (id INT)").await.unwrap();
    database.execute_unprepared("INSERT INTO beats VALUES (1)").await.unwrap();
}

/// How many rows the table has.
pub(crate) async fn rows(database: &DatabaseConnection) -> Result<u64, DbErr> {
    let deleted = database.execute_unprepared("DELETE FROM beats WHERE id = 0").await?;
    assert_eq!(deleted.rows_affected(), 0);
    Ok(database.execute_unprepared("UPDATE beats SET id = id + 1").await?.rows_affected())
}

/// The same, unless there is no answer in half a second.
pub(crate) async fn rows_soon(database: &DatabaseConnection) -> Result<u64, Elapsed> {
    timeout(Duration::from_millis(500), async { rows(database).await.unwrap() }).await
}

/// The first field of the answer to a question.
pub(crate) async fn ask(database: &DatabaseConnection, question: &str) -> String {
    let row =
        database.query_one_raw(Statement::from_string(database.get_database_backend(), question));
    row.await.unwrap().unwrap().try_get_by_index(0).unwrap()
}
