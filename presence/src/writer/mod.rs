//! Group commit: whatever queued up during the last commit goes into the next one.
//!
//! There is no timer: a lone beat is written at once, and under load the commit itself is what
//! the next batch waits for. Each change is answered after its commit (R7).

mod coalesced;

use std::{collections::HashSet, sync::Arc};

use tokio::{
    sync::{mpsc, oneshot},
    time::Instant,
};

use self::coalesced::Coalesced;
use crate::{
    Change, Timestamp, UserChange, UserId,
    service::Shared,
    store::{MAX_CHANGES, StoreResult},
};

/// How many changes may wait for the store before more are refused.
pub(crate) const QUEUE_LENGTH: usize = 16 * 1024;

/// A change that waits to be written.
#[derive(Debug)]
pub(crate) struct Waiting {
    pub(crate) change: UserChange,
    /// When the client will have been told that the store is out of reach.
    pub(crate) deadline: Instant,
    pub(crate) answer: oneshot::Sender<Result<Outcome, RecordError>>,
}

/// What became of a beat or a mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The store time that decided it.
    pub now: Timestamp,
    /// The `last_activity` of the session that the change named, if it is online.
    pub session: Option<Timestamp>,
    /// The newest `last_activity` of the user's sessions, if they are online.
    pub user: Option<Timestamp>,
}

/// Why a change was not recorded, as far as is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// More changes wait than the store keeps up with. Nothing was stored.
    #[error("too many changes wait for the store")]
    QueueFull,
    /// The store did not commit in time. It may yet: to send the change again is safe.
    #[error("the store is out of reach")]
    Unavailable,
}

/// The one task that writes.
#[derive(Debug)]
pub struct Writer {
    shared: Arc<Shared>,
    queue: mpsc::Receiver<Waiting>,
    coalesced: Coalesced,
}

/// Changes on their way to the store, and who waits for which.
#[derive(Debug, Default)]
struct Batch {
    changes: Vec<UserChange>,
    waiting: Vec<(usize, oneshot::Sender<Result<Outcome, RecordError>>)>,
    /// Users with a mark in `changes`, whose sessions the roster does not know as they will be.
    marked: HashSet<UserId>,
}

impl Writer {
    pub(crate) fn new(shared: Arc<Shared>, queue: mpsc::Receiver<Waiting>) -> Self {
        let coalesced = Coalesced::new(2 * shared.policy.refresh);
        Self { shared, queue, coalesced }
    }

    /// Writes until every [`Presence`](crate::Presence) is gone and all that waited is written.
    pub async fn run(mut self) {
        let mut taken = Vec::with_capacity(MAX_CHANGES);
        while self.queue.recv_many(&mut taken, MAX_CHANGES / 2).await > 0 {
            let now = self.shared.clock.now();
            let batch = self.gather(taken.drain(..), now);
            self.flush(batch, now).await;
        }
    }

    /// Answers what needs no write, and drops what nobody waits for any more.
    fn gather(&mut self, taken: impl Iterator<Item = Waiting>, now: Timestamp) -> Batch {
        let clock = Instant::now();
        let mut batch = Batch::default();
        self.coalesced.forget(now);
        for Waiting { change, deadline, answer } in taken {
            if deadline <= clock {
                answer.send(Err(RecordError::Unavailable)).ok();
            } else if let Some(outcome) = self.coalesce(&change, &batch, now) {
                answer.send(Ok(outcome)).ok();
            } else {
                if let Change::Mark { sessions, .. } = &change.change {
                    batch.changes.extend(self.coalesced.take(&change.user, sessions));
                    batch.marked.insert(change.user.clone());
                }
                batch.waiting.push((batch.changes.len(), answer));
                batch.changes.push(change);
            }
        }
        batch
    }

    /// R7: the answer to a beat that comes so soon after the stored one of its live session that
    /// it goes unwritten.
    fn coalesce(&mut self, change: &UserChange, batch: &Batch, now: Timestamp) -> Option<Outcome> {
        let UserChange { user, change: Change::Beat { session, stamp } } = change else {
            return None;
        };
        let policy = &self.shared.policy;
        let activity = policy.activity(*stamp, now);
        let outcome = self.shared.outcome(user, session, now);
        let coalesces = outcome.session.is_some_and(|stored| policy.coalesces(stored, activity.at));
        if !coalesces || batch.marked.contains(user) {
            return None;
        }
        if let Some(stamp) = activity.stamp {
            self.coalesced.remember(user, session, stamp, now);
        }
        Some(outcome)
    }

    async fn flush(&mut self, batch: Batch, now: Timestamp) {
        if batch.changes.is_empty() {
            return;
        }
        let stored = self.store(&batch.changes, now).await;
        if let Err(error) = &stored {
            log::error!("{} changes were not stored: {}", batch.changes.len(), error.trace());
        }
        for (index, answer) in batch.waiting {
            let UserChange { user, change } = &batch.changes[index];
            let outcome = self.shared.outcome(user, change.session(), now);
            let result = if stored.is_ok() { Ok(outcome) } else { Err(RecordError::Unavailable) };
            // Whoever waited may be gone; the change is stored all the same.
            answer.send(result).ok();
        }
    }

    async fn store(&self, changes: &[UserChange], now: Timestamp) -> StoreResult<()> {
        let written = self.shared.store.write(changes, now, &self.shared.policy).await?;
        self.shared.apply(&written, now);
        Ok(())
    }
}
