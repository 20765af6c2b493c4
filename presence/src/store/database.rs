//! The database that a URL names: what is to be known of it before there is a store.

use std::{
    fmt::Display,
    io,
    path::{Path, PathBuf},
    str::FromStr,
    sync::Arc,
    time::Duration,
};

use sea_orm::{
    DatabaseConnection, DbErr,
    sqlx::{mysql::MySqlConnectOptions, postgres::PgConnectOptions},
};

use super::{
    PresenceStore, ServerStore, StoreError,
    sqlite::{File, ServingLock, SqliteStore, writable},
};
use crate::UserIdKind;

/// A database, by its URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Database(Kind);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    File(File),
    Server { url: String, address: String },
}

/// Why a database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// Not a URL of a database that is known.
    #[error("{0}")]
    Url(&'static str),
    /// The database cannot be opened, created or reached.
    #[error("cannot open {what}: {cause}")]
    Open {
        /// Which file or server.
        what: String,
        /// Why not.
        cause: Box<DbErr>,
    },
    /// It is open, and cannot be read.
    #[error("cannot read the database: {0}")]
    Read(#[from] DbErr),
    /// It did not answer, or not as it should.
    #[error("cannot begin with the database: {}", .0.trace())]
    Begin(StoreError),
    /// The database knows a later time than this machine.
    #[error(
        "the newest time in the database is {hours} hours ahead of this machine's clock: set the \
         clock right, or start with a new database"
    )]
    ClockBehind {
        /// How far.
        hours: u64,
    },
    /// Another process serves it.
    #[error("{} is already served by another lastseen; SQLite takes one serving node", .0.display())]
    Served(PathBuf),
    /// The file that keeps a second node away cannot be made.
    #[error("cannot lock {}: {cause}", path.display())]
    Lock {
        /// Which file.
        path: PathBuf,
        /// Why not.
        cause: io::Error,
    },
}

impl ConnectError {
    pub(super) fn open(what: impl Display, cause: DbErr) -> Self {
        Self::Open { what: what.to_string(), cause: Box::new(cause) }
    }
}

impl Database {
    /// The database that `url` names.
    ///
    /// # Errors
    ///
    /// When it is not the URL of a SQLite file or of a database server.
    pub fn new(url: &str) -> Result<Self, ConnectError> {
        let scheme = url.split(':').next().unwrap_or_default();
        match scheme {
            "sqlite" => Ok(Self(Kind::File(File::new(&writable(url)?)?))),
            "postgres" | "postgresql" => Self::server::<PgConnectOptions>(
                url.to_owned(),
                "not a URL such as postgres://user:password@host:5432/database, with any of :/?#@ in \
                 the password written as %3A and so on",
            ),
            // sea-orm knows one of the two.
            "mysql" | "mariadb" => Self::server::<MySqlConnectOptions>(
                url.replacen(scheme, "mysql", 1),
                "not a URL such as mysql://user:password@host:3306/database, with any of :/?#@ in the \
                 password written as %3A and so on",
            ),
            _ => Err(ConnectError::Url(
                "sqlite://, postgres:// and mysql:// are the schemes that are known",
            )),
        }
    }

    /// What is no URL for `Options` would end sea-orm with a panic.
    fn server<Options: FromStr>(url: String, refusal: &'static str) -> Result<Self, ConnectError> {
        match address(&url) {
            Some(address) if Options::from_str(&url).is_ok() => {
                let address = address.to_owned();
                Ok(Self(Kind::Server { url, address }))
            }
            _ => Err(ConnectError::Url(refusal)),
        }
    }

    /// The file, if it is one.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        match &self.0 {
            Kind::File(file) => Some(file.path()),
            Kind::Server { .. } => None,
        }
    }

    /// Claims the database for this process, if it is one that takes a single serving node.
    ///
    /// # Errors
    ///
    /// When another process has it, or the lock file cannot be made.
    pub fn serve(&self) -> Result<Option<ServingLock>, ConnectError> {
        match &self.0 {
            Kind::File(file) => file.serve().map(Some),
            Kind::Server { .. } => Ok(None),
        }
    }

    /// Opens or reaches it, with `max_connections` at most, each within `timeout`.
    ///
    /// # Errors
    ///
    /// When it cannot be opened or reached, or is something else.
    pub async fn connect(
        &self,
        max_connections: u32,
        timeout: Duration,
    ) -> Result<DatabaseConnection, ConnectError> {
        match &self.0 {
            Kind::File(file) => file.connect(max_connections, timeout).await,
            Kind::Server { url, address } => {
                let options = super::server::options(url, max_connections, timeout);
                let connection = sea_orm::Database::connect(options).await;
                connection.map_err(|cause| ConnectError::open(address, cause))
            }
        }
    }

    /// The store in `db`, which is this database with its schema up to date, with user ids of the
    /// kind `ids`. A server is given `timeout` for each request.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    pub async fn open(
        &self,
        db: DatabaseConnection,
        ids: UserIdKind,
        timeout: Duration,
    ) -> Result<Arc<dyn PresenceStore>, ConnectError> {
        Ok(match self.0 {
            Kind::File(_) => Arc::new(SqliteStore::open(db, ids).await?),
            Kind::Server { .. } => {
                let store = ServerStore::open(db, ids, timeout).await;
                Arc::new(store.map_err(ConnectError::Begin)?)
            }
        })
    }
}

/// The host and port of `url`, which may be told to anybody: without user and password.
fn address(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let address = authority.rsplit('@').next()?;
    // What looks like a port and is none may be the beginning of a password with a `/` in it.
    let is_port =
        |port: &str| port.ends_with(']') || port.bytes().all(|byte| byte.is_ascii_digit());
    let has_port = address.rsplit_once(':').is_none_or(|(_, port)| is_port(port));
    (!address.is_empty() && has_port).then_some(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_of_a_server_holds_no_password() {
        assert_eq!(address("postgres://ada:pass/word@db.example:5432/x"), None);
        assert_eq!(address("postgres://ada:p@ssword@db.example:5432/x"), Some("db.example:5432"));
        assert_eq!(address("postgres://[::1]:5432/x"), Some("[::1]:5432"));
        assert_eq!(address("postgres://[::1]/x"), Some("[::1]"));
        assert_eq!(address("postgres://ada:secret@db.example:5432/x"), Some("db.example:5432"));
        assert_eq!(address("mysql://db.example/x"), Some("db.example"));
        assert_eq!(address("postgres://"), None);
    }

    #[test]
    fn other_databases_are_refused() {
        for url in ["oracle://x", "lastseen.db", "", "sqlite::memory:", "postgres:x", "redis://x"] {
            assert!(Database::new(url).is_err(), "{url}");
        }
        for url in ["mysql:", "mysql://", "mysql://db:3306000/x", "postgres://db:5432000/x"] {
            assert!(Database::new(url).is_err(), "{url}");
        }
    }

    #[test]
    fn mariadb_is_another_name_for_mysql() {
        let [one, other] = ["mysql", "mariadb"].map(|name| format!("{name}://ada:mariadb@db/x"));
        assert_eq!(Database::new(&one).unwrap(), Database::new(&other).unwrap());
    }
}
