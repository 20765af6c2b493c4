//! The database that a URL names: what is to be known of it before there is a store.

use std::{
    fmt::Display,
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use sea_orm::{DatabaseConnection, DbErr};

use super::{
    PresenceStore, ServerStore, StoreError, Trust,
    server::{Server, ServerUrl, check_database},
    sqlite::{File, ServingLock, SqliteStore, writable},
};
use crate::UserIdKind;

/// A database, by its URL.
#[derive(Clone, Debug)]
pub struct Database {
    kind: Kind,
    trust: Trust,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    File(File),
    Server(ServerUrl),
}

/// Why a database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// Not a URL of a database that is known.
    #[error("{0}")]
    Url(&'static str),
    /// Its URL has a parameter that cannot be passed over.
    #[error("{name} is not known; what is known of TLS is {known}")]
    Parameter {
        /// As it was given.
        name: String,
        /// What would do.
        known: &'static str,
    },
    /// It is there, and cannot do what is needed.
    #[error("{cause}: {help}")]
    Unfit {
        /// What it cannot do.
        cause: String,
        /// What would change that.
        help: String,
    },
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
        let kind = match scheme {
            "sqlite" => Kind::File(File::new(&writable(url)?)?),
            "postgres" | "postgresql" => Self::server(
                url,
                true,
                "not a URL such as postgres://user:password@host:5432/database, with any of :/?#@% \
                 in the password written as %3A and so on",
            )?,
            // The driver knows one of the two.
            "mysql" | "mariadb" => Self::server(
                &url.replacen(scheme, "mysql", 1),
                false,
                "not a URL such as mysql://user:password@host:3306/database, with any of :/?#@% in \
                 the password written as %3A and so on",
            )?,
            _ => {
                return Err(ConnectError::Url(
                    "sqlite://, postgres:// and mysql:// are the schemes that are known",
                ));
            }
        };
        Ok(Self { kind, trust: Trust::default() })
    }

    fn server(url: &str, is_postgres: bool, refusal: &'static str) -> Result<Kind, ConnectError> {
        let server = ServerUrl::new(url, is_postgres)?;
        let is_known = names_server(url) && Server::new(&server).is_ok();
        is_known.then_some(Kind::Server(server)).ok_or(ConnectError::Url(refusal))
    }

    /// Who hears of failures of its connections.
    #[must_use]
    pub fn trust(&self) -> Trust {
        self.trust.clone()
    }

    /// The file, if it is one.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        match &self.kind {
            Kind::File(file) => Some(file.path()),
            Kind::Server(_) => None,
        }
    }

    /// Claims the database for this process, if it is one that takes a single serving node.
    ///
    /// # Errors
    ///
    /// When another process has it, or the lock file cannot be made.
    pub fn serve(&self) -> Result<Option<ServingLock>, ConnectError> {
        match &self.kind {
            Kind::File(file) => file.serve().map(Some),
            Kind::Server(_) => Ok(None),
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
        match &self.kind {
            Kind::File(file) => file.connect(max_connections, timeout).await,
            Kind::Server(url) => {
                let server = Server::new(url).map_err(|_| ConnectError::Url("not a URL"))?;
                let schema = url.schema.as_deref();
                let db = server.connect(schema, max_connections, timeout, &self.trust).await;
                let db = db.map_err(|cause| ConnectError::open(server.address(), cause))?;
                check_database(&db, &server).await?;
                Ok(db)
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
        Ok(match self.kind {
            Kind::File(_) => Arc::new(SqliteStore::open(db, ids).await?),
            Kind::Server(_) => {
                Arc::new(ServerStore::open(db, ids, timeout, self.trust.clone()).await?)
            }
        })
    }
}

/// Whether `url` names a server. What looks like a port and is none may be the beginning of a
/// password with a `/` in it. Without a host there is a socket.
fn names_server(url: &str) -> bool {
    let Some((scheme, rest)) = url.split_once("://") else { return false };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let address = authority.rsplit('@').next().unwrap_or_default();
    if address.is_empty() {
        return rest.contains("socket=") || scheme.starts_with("postgres") && rest.contains('/');
    }
    let is_port =
        |port: &str| port.ends_with(']') || port.bytes().all(|byte| byte.is_ascii_digit());
    address.rsplit_once(':').is_none_or(|(_, port)| is_port(port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_of_a_server_is_told_without_user_and_password() {
        for (url, expected) in [
            ("postgres://ada:p@ssword@db.example:5433/x", "db.example:5433"),
            ("postgres://[::1]:5433/x", "[::1]:5433"),
            ("postgres://[::1]/x", "[::1]:5432"),
            ("postgres://ada:se%2Fcret@db.example/x", "db.example:5432"),
            ("postgres:///x?host=/run/pg", "/run/pg"),
            ("postgres://ada:secret@%2Frun%2Fpg/x", "/run/pg"),
            ("mysql://db.example/x", "db.example:3306"),
            ("mysql://ada:secret@localhost/x?socket=/run/my.sock", "/run/my.sock"),
        ] {
            let Kind::Server(url) = Database::new(url).unwrap().kind else { panic!("{url}") };
            assert_eq!(Server::new(&url).unwrap().address(), expected);
        }
    }

    #[test]
    fn other_databases_are_refused() {
        for url in [
            "oracle://x",
            "lastseen.db",
            "",
            "sqlite::memory:",
            "postgres:x",
            "postgres://",
            "redis://x",
            "postgres://ada:pass/word@db.example:5432/x",
            "postgres://ada:pass#word@db.example:5432/x",
            "mysql://ada:pass?word@db.example/x",
        ] {
            assert!(Database::new(url).is_err(), "{url}");
        }
        for url in ["mysql:", "mysql://", "mysql://db:3306000/x", "postgres://db:5432000/x"] {
            assert!(Database::new(url).is_err(), "{url}");
        }
    }

    #[test]
    fn mariadb_is_another_name_for_mysql() {
        let [one, other] = ["mysql", "mariadb"].map(|name| format!("{name}://ada:mariadb@db/x"));
        assert_eq!(Database::new(&one).unwrap().kind, Database::new(&other).unwrap().kind);
    }
}
