//! Group commit: whatever queued up during the last commit goes into the next one.
//!
//! There is no timer: a lone beat is written at once, and under load the commit itself is what
//! the next batch waits for. Each change is answered after its commit (R7).

mod coalesced;
mod pace;

use std::{
    collections::{HashSet, VecDeque},
    sync::Arc,
    time::Duration,
};

use tokio::{
    sync::{mpsc, oneshot},
    time::Instant,
};

use self::coalesced::Unwritten;
pub(crate) use self::{coalesced::Coalesced, pace::Pace};
use crate::{
    Change, Timestamp, UserChange, UserId,
    shared::{Shared, View},
    store::StoreResult,
};

/// How many waiting changes go into one batch: so many that the commit is a small part of it.
pub(crate) const BATCH: usize = 1024;

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
    /// What waits for an earlier change of its user to be written.
    held: VecDeque<Item>,
    /// How long a change may wait for its commit.
    patience: Duration,
}

/// A change on its way to the store.
#[derive(Debug)]
enum Item {
    Waiting(Waiting),
    /// A beat that nobody waits for any more, to be written before a mark.
    Unwritten(Unwritten),
    /// The same, but the mark has been written already, by another node.
    Due(Unwritten),
}

/// What goes to the store next, and who waits for it.
#[derive(Debug, Default)]
struct Batch {
    changes: Vec<UserChange>,
    waiting: Vec<(usize, oneshot::Sender<Result<Outcome, RecordError>>)>,
    /// The users whom `changes` concern, each once: the roster does not know them as they will be.
    users: HashSet<UserId>,
    /// The unwritten beats among `changes`, to be remembered again if the write fails.
    unwritten: Vec<Unwritten>,
    /// Those whose mark has been written already, to be written later if the write fails.
    due: Vec<Unwritten>,
}

impl Writer {
    pub(crate) fn new(
        shared: Arc<Shared>,
        queue: mpsc::Receiver<Waiting>,
        patience: Duration,
    ) -> Self {
        Self { shared, queue, held: VecDeque::new(), patience }
    }

    /// Writes until every [`Presence`](crate::Presence) is gone and all that waited is written.
    pub async fn run(mut self) {
        let mut taken = Vec::with_capacity(BATCH);
        while self.take(&mut taken).await {
            let now = self.shared.store.clock().now();
            let batch = self.gather(taken.drain(..), now);
            self.flush(batch).await;
        }
        self.held.extend(self.shared.coalesced.take_due().into_iter().map(Item::Due));
        let batch = self.gather([].into_iter(), self.shared.store.clock().now());
        self.flush(batch).await;
    }

    /// Waits for something to do, unless something is held. Says whether there will be more.
    async fn take(&mut self, taken: &mut Vec<Waiting>) -> bool {
        if self.held.is_empty() {
            let more = tokio::select! {
                count = self.queue.recv_many(taken, BATCH) => count > 0,
                due = self.shared.coalesced.due() => {
                    self.held.extend(due.into_iter().map(Item::Due));
                    true
                }
            };
            if !more {
                return false;
            }
        }
        self.take_what_is_in_time(taken);
        true
    }

    /// Fills up `taken`, and refuses what would have waited too long by the time it were written:
    /// else a node that is asked for more than it can do would do nothing but what comes too late.
    fn take_what_is_in_time(&mut self, taken: &mut Vec<Waiting>) {
        let pace = &self.shared.pace;
        let done = Instant::now() + pace.write();
        let in_time = |waiting: &Waiting| waiting.deadline > done;
        for late in taken.extract_if(.., |waiting| !in_time(waiting)) {
            late.answer.send(Err(pace.too_late())).ok();
        }
        while taken.len() < BATCH
            && let Ok(waiting) = self.queue.try_recv()
        {
            if in_time(&waiting) {
                taken.push(waiting);
            } else {
                waiting.answer.send(Err(pace.too_late())).ok();
            }
        }
    }

    /// Answers what needs no write, drops what nobody waits for any more, and holds back what
    /// comes behind another change of its user.
    fn gather(&mut self, taken: impl Iterator<Item = Waiting>, now: Timestamp) -> Batch {
        let clock = Instant::now();
        let mut batch = Batch::default();
        let shared = Arc::clone(&self.shared);
        shared.coalesced.forget(now, 2 * shared.policy.refresh);
        let view = shared.view(now);
        let held = std::mem::take(&mut self.held).into_iter();
        for item in held.chain(taken.map(Item::Waiting)) {
            match item {
                Item::Waiting(waiting) if waiting.deadline <= clock => {
                    waiting.answer.send(Err(RecordError::Unavailable)).ok();
                }
                item if batch.users.contains(item.user()) => self.held.push_back(item),
                Item::Waiting(waiting) => self.gather_waiting(waiting, &mut batch, &view),
                Item::Unwritten(beat) => batch.push_unwritten(beat),
                Item::Due(beat) => batch.push_due(beat),
            }
        }
        batch
    }

    fn gather_waiting(&mut self, waiting: Waiting, batch: &mut Batch, view: &View<'_>) {
        if let Some(outcome) = self.coalesce(&waiting.change, view) {
            self.shared.tally.coalesced.add(1);
            waiting.answer.send(Ok(outcome)).ok();
            return;
        }
        let UserChange { user, change } = &waiting.change;
        if let Change::Mark { sessions, .. } = change {
            let mut before = self.shared.coalesced.take(user, sessions).into_iter();
            if let Some(first) = before.next() {
                batch.push_unwritten(first);
                self.held.extend(before.map(Item::Unwritten));
                self.held.push_back(Item::Waiting(waiting));
                return;
            }
        }
        batch.waiting.push((batch.changes.len(), waiting.answer));
        batch.push(waiting.change);
    }

    /// R7: the answer to a beat that comes so soon after the stored one of its live session that
    /// it goes unwritten.
    fn coalesce(&self, change: &UserChange, view: &View<'_>) -> Option<Outcome> {
        let UserChange { user, change: Change::Beat { session, stamp } } = change else {
            return None;
        };
        let policy = &self.shared.policy;
        let activity = policy.activity(*stamp, view.now);
        // While the store is away, nobody would hear of a mark.
        if self.shared.age().is_none_or(|age| age > 2 * policy.refresh) {
            return None;
        }
        let outcome = view.outcome(user, session);
        let coalesces = outcome.session.is_some_and(|stored| policy.coalesces(stored, activity.at));
        if !coalesces {
            return None;
        }
        self.shared.coalesced.remember(Unwritten {
            user: user.clone(),
            session: session.clone(),
            stamp: activity.stamp,
            arrival: view.now,
        });
        Some(outcome)
    }

    async fn flush(&mut self, batch: Batch) {
        let Batch { changes, waiting, unwritten, due, .. } = batch;
        if changes.is_empty() {
            return;
        }
        let start = Instant::now();
        let stored = self.store(&changes).await;
        // Half of what there is at most: or one long write would be the last.
        self.shared.pace.learn(start.elapsed().min(self.patience / 2), stored.is_err());
        let tally = &self.shared.tally;
        tally.batches.add(changes.len() as u64);
        tally.writes.add_duration(start.elapsed());
        match stored {
            Ok(()) => {
                tally.written.add(changes.len() as u64);
                let view = self.shared.view_of_roster();
                for (index, answer) in waiting {
                    let UserChange { user, change } = &changes[index];
                    // Whoever waited may be gone; the change is stored all the same.
                    answer.send(Ok(view.outcome(user, change.session()))).ok();
                }
            }
            Err(error) => {
                tally.failed_writes.add(1);
                log::error!("{} changes were not stored: {}", changes.len(), error.trace());
                for beat in unwritten {
                    self.shared.coalesced.remember(beat);
                }
                for beat in due {
                    self.shared.coalesced.postpone(beat);
                }
                for (_, answer) in waiting {
                    answer.send(Err(RecordError::Unavailable)).ok();
                }
            }
        }
    }

    async fn store(&self, changes: &[UserChange]) -> StoreResult<()> {
        let since = self.shared.roster().written();
        let news = self.shared.store.write(changes, &self.shared.policy, since).await;
        self.shared.writes.hear(&news);
        self.shared.take(news?).await
    }
}

impl Item {
    fn user(&self) -> &UserId {
        match self {
            Self::Waiting(waiting) => &waiting.change.user,
            Self::Unwritten(beat) | Self::Due(beat) => &beat.user,
        }
    }
}

impl Batch {
    fn push(&mut self, change: UserChange) {
        self.users.insert(change.user.clone());
        self.changes.push(change);
    }

    fn push_unwritten(&mut self, beat: Unwritten) {
        self.push(beat.change());
        self.unwritten.push(beat);
    }

    fn push_due(&mut self, beat: Unwritten) {
        self.push(beat.change());
        self.due.push(beat);
    }
}
