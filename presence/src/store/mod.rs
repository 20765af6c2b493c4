//! Where presence is kept: the trait, and one file per implementation.

use std::{error::Error, iter::successors};

use async_trait::async_trait;

use crate::{Clock, Era, Policy, Position, UserChange};

mod allowance;
mod columns;
mod connections;
#[cfg(test)]
mod contract;
mod database;
mod era;
mod feed;
#[cfg(test)]
pub(crate) mod memory;
mod rewrite;
mod server;
mod sqlite;
mod status;
mod timeline;

pub use self::{
    allowance::allowance,
    connections::Connections,
    database::{ConnectError, Database},
    feed::{Entry, Feed, SessionActivity, StatusChange, StoredSession, StoredStatus},
    server::{ServerStore, Trust},
    sqlite::{ServingLock, SqliteStore},
    status::{Age, StatusStore, Unseen},
};

/// The rows of all users, one per user and session, and the order in which they changed.
///
/// The store's clock is store time (R2), and the store decides what comes before what: every
/// write gets a [`Position`] of its own, and everybody reads the writes in that order. Where a
/// method promises an order, callers may rely on it; a lookup of something unknown finds nothing,
/// which is no error.
#[async_trait]
pub trait PresenceStore: StatusStore {
    /// Applies `changes` by the rules of `policy`, all as if they arrived at the position that the
    /// store gives this write, and tells what happened after `since`: it is the last entry. When
    /// it returns, the result is committed (R7).
    ///
    /// `changes` holds at least one, and at most one for each user. Costs one commit, whatever
    /// the number.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the store did not answer in time. Any of the changes may have been
    /// stored; to apply one again is safe.
    async fn write(
        &self,
        changes: &[UserChange],
        policy: &Policy,
        since: Position,
    ) -> StoreResult<News>;

    /// What happened after the write at `since`. Costs what changed.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the store did not answer.
    async fn read(&self, since: Position) -> StoreResult<News>;

    /// Hands every status to `intake`, and after them every session that matters to a start, each
    /// in no particular order: those that may be online, and those that came or ended within two
    /// windows (R10), all as of one position. Says how many sessions there were. Costs one pass
    /// over both tables.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the store did not answer; `intake` may have been called by then.
    async fn load(&self, policy: &Policy, intake: &mut dyn Intake) -> StoreResult<u64>;

    /// Begins a new era, unless `old` has ended already: cursors of the old one get full answers
    /// from then on, of all nodes.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the store did not answer.
    async fn begin_era(&self, old: Era) -> StoreResult<()>;

    /// Says that a node is there, for those that start later: or they would take a time in which
    /// nobody beats for that since a backup. It is a write as that of a beat: one fails if the other
    /// would.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the store did not answer.
    async fn sign(&self) -> StoreResult<()>;

    /// Throws away what was told to other nodes before `oldest`: whoever has not read it by now loads
    /// anew. What is older is told to nobody any more, and names nobody (a user may have been erased
    /// since). A store without other nodes holds nothing of that kind.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the store did not answer.
    async fn forget_told(&self, _oldest: Position) -> StoreResult<()> {
        Ok(())
    }

    /// Sees that the database is still there where it was opened, as far as that can be seen from
    /// here. To be asked before anything is stored, and whether this node wants requests. Costs
    /// some microseconds.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when it is not: nothing is stored until it is.
    fn check(&self) -> StoreResult<()> {
        Ok(())
    }

    /// Whether others than this node write to it, so that rows may change unseen.
    fn has_other_writers(&self) -> bool;

    /// Store time, as far as this node knows it without asking.
    fn clock(&self) -> &dyn Clock;

    /// Its connections, if it has any.
    fn connections(&self) -> Option<Connections> {
        None
    }
}

/// What takes over a [`PresenceStore::load`].
pub trait Intake: Send {
    /// Called once, before everything else.
    fn begin(&mut self, origin: Origin);

    /// Called for each status, before any session.
    fn take_status(&mut self, status: StoredStatus);

    /// Called for each session.
    fn take(&mut self, session: StoredSession);
}

/// Where a load stands in the history.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// The era.
    pub era: Era,
    /// The newest write that is in.
    pub written: Position,
    /// Of a node's first load: there was no write after this, up to `until`.
    pub last: Position,
    /// The position that all of it is as of: no later write will get one up to here.
    pub until: Position,
}

/// What a store tells of what happened after a position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    /// All of it.
    Feed(Feed),
    /// More than it remembers, or than it knows: load anew.
    Unknown,
    /// That never happened: the store was restored. Begin a new era, and load anew.
    Restored,
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
        let mut trace = String::new();
        for cause in causes.map(ToString::to_string) {
            // Many say what their cause is themselves.
            if !trace.contains(&cause) {
                let colon = if trace.is_empty() { "" } else { ": " };
                trace.extend([colon, &cause]);
            }
        }
        trace
    }
}
