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

use self::coalesced::{Coalesced, Unwritten};
use crate::{
    Change, Timestamp, UserChange, UserId,
    shared::{Shared, View},
    store::StoreResult,
};

/// How many waiting changes go into one batch: so many that the commit is a small part of it.
const BATCH: usize = 1024;

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
    /// The users whom `changes` concern: the roster does not know them as they will be.
    users: HashSet<UserId>,
    /// The unwritten beats among `changes`, to be remembered again if the write fails.
    unwritten: Vec<Unwritten>,
}

impl Writer {
    pub(crate) fn new(shared: Arc<Shared>, queue: mpsc::Receiver<Waiting>) -> Self {
        let coalesced = Coalesced::new(2 * shared.policy.refresh);
        Self { shared, queue, coalesced }
    }

    /// Writes until every [`Presence`](crate::Presence) is gone and all that waited is written.
    pub async fn run(mut self) {
        let mut taken = Vec::with_capacity(BATCH);
        while self.queue.recv_many(&mut taken, BATCH).await > 0 {
            let now = self.shared.store.clock().now();
            let batch = self.gather(taken.drain(..), now);
            self.flush(batch).await;
        }
    }

    /// Answers what needs no write, and drops what nobody waits for any more.
    fn gather(&mut self, taken: impl Iterator<Item = Waiting>, now: Timestamp) -> Batch {
        let clock = Instant::now();
        let mut batch = Batch::default();
        self.coalesced.forget(now);
        let shared = Arc::clone(&self.shared);
        let view = shared.view(now);
        for Waiting { change, deadline, answer } in taken {
            if deadline <= clock {
                answer.send(Err(RecordError::Unavailable)).ok();
            } else if let Some(outcome) = self.coalesce(&change, &batch, &view) {
                answer.send(Ok(outcome)).ok();
            } else {
                if let Change::Mark { sessions, .. } = &change.change {
                    let unwritten = self.coalesced.take(&change.user, sessions);
                    batch.changes.extend(unwritten.iter().map(Unwritten::change));
                    batch.unwritten.extend(unwritten);
                }
                batch.users.insert(change.user.clone());
                batch.waiting.push((batch.changes.len(), answer));
                batch.changes.push(change);
            }
        }
        batch
    }

    /// R7: the answer to a beat that comes so soon after the stored one of its live session that
    /// it goes unwritten.
    fn coalesce(&mut self, change: &UserChange, batch: &Batch, view: &View<'_>) -> Option<Outcome> {
        let UserChange { user, change: Change::Beat { session, stamp } } = change else {
            return None;
        };
        let policy = &self.shared.policy;
        let activity = policy.activity(*stamp, view.now);
        let outcome = view.outcome(user, session);
        let coalesces = outcome.session.is_some_and(|stored| policy.coalesces(stored, activity.at));
        if !coalesces || batch.users.contains(user) {
            return None;
        }
        if let Some(stamp) = activity.stamp {
            self.coalesced.remember(Unwritten {
                user: user.clone(),
                session: session.clone(),
                stamp,
                arrival: view.now,
            });
        }
        Some(outcome)
    }

    async fn flush(&mut self, batch: Batch) {
        let Batch { changes, waiting, unwritten, .. } = batch;
        if changes.is_empty() {
            return;
        }
        match self.store(&changes).await {
            Ok(()) => {
                let view = self.shared.view_of_roster();
                for (index, answer) in waiting {
                    let UserChange { user, change } = &changes[index];
                    // Whoever waited may be gone; the change is stored all the same.
                    answer.send(Ok(view.outcome(user, change.session()))).ok();
                }
            }
            Err(error) => {
                log::error!("{} changes were not stored: {}", changes.len(), error.trace());
                for beat in unwritten {
                    self.coalesced.remember(beat);
                }
                for (_, answer) in waiting {
                    answer.send(Err(RecordError::Unavailable)).ok();
                }
            }
        }
    }

    async fn store(&self, changes: &[UserChange]) -> StoreResult<()> {
        let since = self.shared.roster().written();
        let news = self.shared.store.write(changes, &self.shared.policy, since).await?;
        self.shared.take(news).await
    }
}
