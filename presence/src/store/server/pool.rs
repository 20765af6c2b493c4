//! The connections that a node keeps to its database server.

use std::time::Duration;

use sea_orm::{
    ConnectOptions,
    sqlx::{Connection, Database, Error, pool::PoolOptions},
};

/// So many are kept open, if as many are allowed: a write, a refresh and the requests about the
/// last write hand their connections back while the next begin. To connect costs half a dozen
/// round trips, which a slow network has no time for.
const KEPT: u32 = 4;

/// `max_connections` at most to the server at `url`, which is given `timeout` to answer.
pub(in crate::store) fn options(
    url: &str,
    max_connections: u32,
    timeout: Duration,
) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(max_connections)
        .min_connections(KEPT.min(max_connections))
        .connect_timeout(timeout)
        .acquire_timeout(timeout)
        .test_before_acquire(false)
        .sqlx_logging(false)
        .map_sqlx_postgres_pool_opts(move |pool| answers(pool, timeout))
        .map_sqlx_mysql_pool_opts(move |pool| answers(pool, timeout));
    options
}

/// Closes a connection on its return unless it answers in time. sqlx would wait for the answer for
/// as long as the operating system does, a quarter of an hour, when the network has forgotten the
/// connection; soon none would be left.
fn answers<DB: Database>(pool: PoolOptions<DB>, timeout: Duration) -> PoolOptions<DB> {
    pool.after_release(move |connection, _| {
        Box::pin(async move {
            match tokio::time::timeout(timeout, connection.ping()).await {
                Ok(answer) => answer.map(|()| true),
                Err(_) => Err(Error::PoolTimedOut),
            }
        })
    })
}
