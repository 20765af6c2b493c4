//! The cold data beside the sessions: what users say of themselves, and what is asked about one of
//! them. No heartbeat comes here.

use std::collections::HashMap;

use async_trait::async_trait;

use super::{Entry, StoreResult};
use crate::{Policy, Position, Row, StatusRow, StatusWrite, Timestamp, UserId};

pub(super) mod columns;
pub(super) mod queries;
pub(super) mod retention;

/// Which sessions are too old to keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Age {
    /// Those last seen before this, but for the newest of each user.
    pub surplus: Timestamp,
    /// Those last seen before this, the newest of each user included: they are forgotten.
    pub all: Timestamp,
}

/// Some of those who have a status and no session.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unseen {
    /// Them.
    pub users: Vec<UserId>,
    /// After whom to look on, if there is more.
    pub next: Option<String>,
}

/// The statuses of users, and looks at single ones.
///
/// # Errors
///
/// Of each method: [`StoreError`](crate::StoreError) when the store did not answer in time. What
/// writes may have been done all the same; to do it again is safe.
#[async_trait]
pub trait StatusStore: Send + Sync {
    /// When each of `users` was last seen, as others may know it: of one who hides, as of then
    /// (R11). Those who never were are left out. `users` are 1000 at most. Costs one query by key.
    async fn last_seen(&self, users: &[UserId]) -> StoreResult<HashMap<UserId, Timestamp>>;

    /// What is stored of the status of `user`; the default when nothing is.
    async fn status(&self, user: &UserId) -> StoreResult<StatusRow>;

    /// What is stored of each session of `user`.
    async fn sessions(&self, user: &UserId) -> StoreResult<Vec<Row>>;

    /// What other nodes may still read of `user`, and of nobody else, oldest first. Costs one look at
    /// all that they may still read.
    async fn told(&self, user: &UserId) -> StoreResult<Vec<Entry>>;

    /// Stores a status if the row that it was made from is still the newest, and says whether it
    /// was. It is a write as others are: with a position, and told to every node.
    async fn write_status(&self, write: &StatusWrite, policy: &Policy) -> StoreResult<bool>;

    /// Erases every row of `user`, and tells every node. What is left for a while is an empty
    /// status, for [`Self::forget_erased`].
    async fn erase(&self, user: &UserId) -> StoreResult<()>;

    /// Looks at the sessions of the next thousand or so users after `after`, a key, and deletes
    /// what is too old. Says where to go on, if there is more. Safe while others do the same.
    async fn forget_sessions(&self, age: Age, after: &str) -> StoreResult<Option<String>>;

    /// Who has no session, and a status that was last changed before `oldest`: of the next thousand
    /// after `after`, a key. Says where to go on, if there is more.
    async fn unseen(&self, oldest: Position, after: &str) -> StoreResult<Unseen>;

    /// Deletes the statuses that say nothing, and have not since `oldest`.
    async fn forget_erased(&self, oldest: Position) -> StoreResult<()>;
}
