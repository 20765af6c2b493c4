//! Opening a SQLite file so that what is acknowledged is stored (R7), by one serving node.

use std::{
    fs::{self, OpenOptions, Permissions, TryLockError},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
    str::FromStr,
    time::Duration,
};

use sea_orm::{
    ConnectOptions, DatabaseConnection,
    sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};

use super::{
    files::{PRIVATE, beside, create_private, make_private},
    sound::keep_sound,
};
use crate::ConnectError;

/// A commit writes whole pages, and the beats of a batch lie on as many pages as there are beats:
/// small pages make it cheaper by a fifth, and by a third with a million users.
const PAGE_BYTES: u32 = 1024;

/// Pages in the write-ahead log before they are copied to the database: 16 MB. A page that was
/// written many times by then is copied once.
const CHECKPOINT_PAGES: &str = "16000";

/// Rows on their way from the thread that reads the file: a million of them are read at a start.
const ROW_BUFFER: usize = 1000;

/// A SQLite file, by its URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::store) struct File {
    url: String,
    path: PathBuf,
    /// Whether it is to be made if it is not there.
    creates: bool,
}

/// Held by the node that serves a database, until it ends, however it ends.
#[derive(Debug)]
pub struct ServingLock(#[expect(dead_code, reason = "holds the lock while it lives")] fs::File);

impl File {
    pub(in crate::store) fn new(url: &str) -> Result<Self, ConnectError> {
        if url.contains(":memory:") || url.contains("mode=memory") {
            return Err(ConnectError::Url("a database in memory would lose acknowledged beats"));
        }
        let options = SqliteConnectOptions::from_str(url)
            .map_err(|_| ConnectError::Url("not a URL such as sqlite://lastseen.db?mode=rwc"))?;
        let path = options.get_filename().to_owned();
        Ok(Self { url: url.to_owned(), path, creates: url.contains("mode=rwc") })
    }

    pub(in crate::store) fn path(&self) -> &Path {
        &self.path
    }

    /// Opens the file, which its owner alone may read from then on, with a write-ahead log that is
    /// synchronised at every commit. A lock of another process is waited for as long as `timeout`.
    pub(in crate::store) async fn connect(
        &self,
        max_connections: u32,
        timeout: Duration,
    ) -> Result<DatabaseConnection, ConnectError> {
        if self.creates {
            // If it cannot be made, SQLite says why.
            create_private(&self.path).ok();
        }
        let mut options = ConnectOptions::new(&self.url);
        options
            // One more, which is kept: see [`super::SqliteStore::open`].
            .max_connections(max_connections.saturating_add(1))
            .acquire_timeout(timeout)
            .test_before_acquire(false)
            .sqlx_logging(false)
            .map_sqlx_sqlite_opts(move |sqlite| {
                sqlite
                    .journal_mode(SqliteJournalMode::Wal)
                    .synchronous(SqliteSynchronous::Full)
                    .page_size(PAGE_BYTES)
                    .pragma("secure_delete", "ON")
                    .pragma("wal_autocheckpoint", CHECKPOINT_PAGES)
                    .row_buffer_size(ROW_BUFFER)
                    .busy_timeout(timeout)
            })
            .map_sqlx_sqlite_pool_opts(keep_sound);
        let connection = sea_orm::Database::connect(options).await;
        let connection =
            connection.map_err(|cause| ConnectError::open(self.path.display(), cause))?;
        // Not before it turned out to be a database.
        make_private(&self.path);
        Ok(connection)
    }

    /// Claims the database for this process. A lock on a file beside it, which the operating
    /// system gives back when the process dies: SQLite's own locks are for single transactions.
    pub(in crate::store) fn serve(&self) -> Result<ServingLock, ConnectError> {
        // By the real path, so that a symbolic link is no second database.
        let path = beside(&self.path, ".lock");
        let lock = |cause| ConnectError::Lock { path: path.clone(), cause };
        let file = OpenOptions::new().create(true).append(true).mode(PRIVATE).open(&path);
        let file = file.map_err(lock)?;
        // An older one may be another user's; there is nothing in it.
        file.set_permissions(Permissions::from_mode(PRIVATE)).ok();
        match file.try_lock() {
            Ok(()) => Ok(ServingLock(file)),
            Err(TryLockError::WouldBlock) => Err(ConnectError::Served(self.path.clone())),
            Err(TryLockError::Error(cause)) => Err(lock(cause)),
        }
    }
}
