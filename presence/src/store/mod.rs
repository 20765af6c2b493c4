//! Where presence is kept: the trait, and one file per implementation.

use std::{error::Error, iter::successors};

use async_trait::async_trait;

use crate::{Policy, Row, SessionId, Timestamp, UserChange, UserId};

mod columns;
#[cfg(test)]
mod contract;
#[cfg(test)]
pub(crate) mod memory;
mod rewrite;
mod sqlite;

pub use self::sqlite::{ConnectError, Database, ServingLock, SqliteStore};

/// The rows of all users, one per user and session.
///
/// Times are arguments: a store asks no clock. Where a method promises an order, callers may rely
/// on it; a lookup of something unknown finds nothing, which is no error.
#[async_trait]
pub trait PresenceStore: Send + Sync {
    /// Applies `changes` in order by the rules of `policy`, as if all arrived at `now`, and says
    /// what became of the rows. When it returns, the result is committed (R7).
    ///
    /// `changes` holds at least one, and any number for one user. `now` is never less than in the
    /// call before. The answer holds every user with a row that changed, once,
    /// in no particular order. Costs one look-up and one commit, whatever the number.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the store did not answer in time. Any of the changes may have been
    /// stored; to apply one again is safe.
    async fn write(
        &self,
        changes: &[UserChange],
        now: Timestamp,
        policy: &Policy,
    ) -> StoreResult<Vec<Written>>;

    /// Hands every session with `last_activity >= since` to `each`, in no particular order, and
    /// returns how many there were. Costs one pass over the table.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the store did not answer; `each` may have been called by then.
    async fn load(&self, since: Timestamp, each: &mut EachLive<'_>) -> StoreResult<u64>;

    /// The newest point in store time that any row knows; the epoch when there is none.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the store did not answer.
    async fn newest_time(&self) -> StoreResult<Timestamp>;

    /// Asks the store for a sign of life.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when there was none.
    async fn ping(&self) -> StoreResult<()>;
}

/// What [`PresenceStore::load`] calls for each session, with its `last_activity`.
pub type EachLive<'a> = dyn FnMut(UserId, SessionId, Timestamp) + Send + 'a;

/// What a write made of the rows of one user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// Whose.
    pub user: UserId,
    /// The rows that changed or are new, as they are now.
    pub rows: Vec<Row>,
    /// The sessions whose rows are gone, folded into another (R5).
    pub folded: Vec<SessionId>,
}

/// The store is out of reach, or did not answer in time.
#[derive(Debug, thiserror::Error)]
#[error("the store is out of reach")]
pub struct StoreError(#[source] Box<dyn Error + Send + Sync>);

/// What a store answers.
pub type StoreResult<T> = Result<T, StoreError>;

impl StoreError {
    /// The store is out of reach because of `cause`.
    pub fn new(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(cause.into())
    }

    /// The causes, for the log alone: they may name tables, files and hosts.
    #[must_use]
    pub fn trace(&self) -> String {
        let first: &(dyn Error + 'static) = &*self.0;
        let causes = successors(Some(first), |&error| error.source());
        causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
    }
}
