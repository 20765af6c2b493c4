//! The connections that a node keeps to its database server.

use std::{str::FromStr, sync::Arc, time::Duration};

use sea_orm::{
    DatabaseConnection, DbErr, RuntimeErr, SqlxMySqlConnector, SqlxPostgresConnector,
    sqlx::{
        AssertSqlSafe, ConnectOptions, Connection, Database, Error, Executor, Row,
        mysql::MySqlConnectOptions, pool::PoolOptions, postgres::PgConnectOptions,
    },
};

use super::{ServerUrl, Trust, session};

/// So many are kept open, if as many are allowed: a write, a refresh and the requests about the
/// last write hand their connections back while the next begin. To connect costs half a dozen
/// round trips, which a slow network has no time for.
const KEPT: u32 = 4;

/// How to connect to one server.
#[derive(Clone, Debug)]
pub(in crate::store) enum Server {
    Postgres(PgConnectOptions),
    MySql(MySqlConnectOptions),
}

impl Server {
    /// The server that `url` names.
    ///
    /// # Errors
    ///
    /// When no driver understands it.
    pub(in crate::store) fn new(url: &ServerUrl) -> Result<Self, Error> {
        // An IPv6 address is in brackets in a URL alone.
        let bare = |host: &str| host.trim_matches(['[', ']']).to_owned();
        Ok(if url.is_postgres {
            let options = PgConnectOptions::from_str(&url.text)?;
            let host = bare(options.get_host());
            // Poolers refuse what they do not know, and there are no floats.
            let options = options.host(&host).extra_float_digits(None);
            Self::Postgres(options.disable_statement_logging())
        } else {
            let options = MySqlConnectOptions::from_str(&url.text)?;
            let host = bare(options.get_host());
            // All of these are set by `session`, in one round trip.
            let options = options.host(&host).pipes_as_concat(false).no_engine_substitution(false);
            let options = options.timezone(None).set_names(false);
            Self::MySql(options.disable_statement_logging())
        })
    }

    /// Where it is, which may be told to anybody.
    pub(in crate::store) fn address(&self) -> String {
        let (socket, host, port) = match self {
            Self::Postgres(options) => {
                (options.get_socket(), options.get_host(), options.get_port())
            }
            Self::MySql(options) => (options.get_socket(), options.get_host(), options.get_port()),
        };
        match socket {
            Some(socket) => socket.display().to_string(),
            None if host.contains(':') => format!("[{host}]:{port}"),
            None => format!("{host}:{port}"),
        }
    }

    /// `max_connections` at most, each of which is given `timeout` to answer.
    ///
    /// # Errors
    ///
    /// When the server cannot be reached, or refuses: with what it said.
    pub(in crate::store) async fn connect(
        &self,
        schema: Option<&str>,
        max_connections: u32,
        timeout: Duration,
        trust: &Trust,
    ) -> Result<DatabaseConnection, DbErr> {
        // rustls has two providers to choose from, and panics unless somebody does.
        rustls::crypto::aws_lc_rs::default_provider().install_default().ok();
        let (first, trust) = (self.first_words(schema), trust.clone());
        let connected = match self {
            Self::Postgres(options) => {
                let pool = pool(max_connections, timeout, trust, first.clone());
                let pool = pool.connect_with(options.clone()).await;
                pool.map(SqlxPostgresConnector::from_sqlx_postgres_pool)
            }
            Self::MySql(options) => {
                let pool = pool(max_connections, timeout, trust, first.clone());
                let pool = pool.connect_with(options.clone()).await;
                pool.map(SqlxMySqlConnector::from_sqlx_mysql_pool)
            }
        };
        match (connected, self) {
            (Err(Error::PoolTimedOut), Self::Postgres(options)) => {
                Err(cause(options, &first, timeout).await)
            }
            (Err(Error::PoolTimedOut), Self::MySql(options)) => {
                Err(cause(options, &first, timeout).await)
            }
            (connected, _) => connected,
        }
        .map_err(|error| DbErr::Conn(RuntimeErr::SqlxError(Arc::new(error))))
    }

    /// Whether another connection gets the session of the server that had the process `pid`, which
    /// a connection of ours still counts on: then a pooler gives it to whoever begins a transaction.
    pub(super) async fn shares_session(&self, pid: i32) -> bool {
        let Self::Postgres(options) = self else { return false };
        let other = async {
            let mut other = options.connect().await?;
            let question = "BEGIN; SELECT pg_backend_pid()";
            let answer = other.fetch_one(question).await;
            let session = match answer {
                Ok(row) => row.try_get_unchecked::<String, _>(0)?.parse().ok(),
                // Some pool statements, and take no transaction at all.
                Err(Error::Database(_)) => Some(pid),
                Err(error) => return Err(error),
            };
            other.close().await.map(|()| session)
        };
        // Without a second connection nobody knows.
        other.await.is_ok_and(|session| session == Some(pid))
    }

    /// What each session says first.
    fn first_words(&self, schema: Option<&str>) -> String {
        match (self, schema) {
            (Self::MySql(_), _) => session::MYSQL.to_owned(),
            (Self::Postgres(_), None) => session::POSTGRES.to_owned(),
            (Self::Postgres(_), Some(schema)) => {
                let schema = schema.replace('"', "\"\"");
                format!("{}; SET search_path = \"{schema}\"", session::POSTGRES)
            }
        }
    }
}

/// Closes a connection on its return unless it answers in time. sqlx would wait for the answer for
/// as long as the operating system does, a quarter of an hour, when the network has forgotten the
/// connection; soon none would be left. A connection that is not trusted any more is closed as well.
fn pool<DB>(max_connections: u32, timeout: Duration, trust: Trust, first: String) -> PoolOptions<DB>
where
    DB: Database,
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
{
    let released = trust.clone();
    PoolOptions::<DB>::new()
        .max_connections(max_connections)
        .min_connections(KEPT.min(max_connections))
        .acquire_timeout(timeout)
        .test_before_acquire(false)
        .after_connect(move |connection, _| {
            let first = first.clone();
            Box::pin(async move { within(timeout, begin::<DB>(connection, first)).await })
        })
        .before_acquire(move |_, metadata| {
            let trusted = trust.includes(metadata.age);
            Box::pin(async move { Ok(trusted) })
        })
        .after_release(move |connection, metadata| {
            let trusted = released.includes(metadata.age);
            Box::pin(async move {
                Ok(trusted && within(timeout, connection.ping()).await.map(|()| true)?)
            })
        })
}

async fn begin<DB>(connection: &mut DB::Connection, first: String) -> Result<(), Error>
where
    DB: Database,
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
{
    connection.execute(AssertSqlSafe(first)).await.map(drop)
}

/// Why there is no connection: the pool tries until its time is up, and keeps to itself what went
/// wrong.
async fn cause<O>(options: &O, first: &str, timeout: Duration) -> Error
where
    O: ConnectOptions<Connection: Sized>,
    for<'c> &'c mut O::Connection: Executor<'c, Database = <O::Connection as Connection>::Database>,
{
    let attempt = async {
        let mut connection = options.connect().await?;
        connection.execute(AssertSqlSafe(first.to_owned())).await?;
        connection.close().await
    };
    within(timeout, attempt).await.err().unwrap_or(Error::PoolTimedOut)
}

async fn within<T>(
    timeout: Duration,
    answer: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    let late = || {
        let said = format!("it did not answer within {timeout:?}");
        Error::Io(std::io::Error::new(std::io::ErrorKind::TimedOut, said))
    };
    tokio::time::timeout(timeout, answer).await.unwrap_or_else(|_| Err(late()))
}
