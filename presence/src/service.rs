//! [`Presence`]: record beats and marks, and say who is online.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use arc_swap::ArcSwap;
use tokio::{
    sync::{
        mpsc::{self, error::TrySendError},
        oneshot,
    },
    time::{Instant, sleep, sleep_until, timeout, timeout_at},
};

use crate::{
    Age, Change, Connections, Cursor, Delta, GivenCursor, OnlineSet, Outcome, Policy, Position,
    PresenceStore, RecordError, SetTag, StoreResult, Tally, Timestamp, Unseen, UserChange, UserId,
    Writer,
    roster::HISTORY_WINDOWS,
    shared::{Shared, Standing},
    writer::{QUEUE_LENGTH, Waiting},
};

/// The presence of all users, as one node knows and changes it.
///
/// Reads come from the roster in memory and cost no query. Changes go to the store, through the
/// one [`Writer`], before they are acknowledged.
#[derive(Debug)]
pub struct Presence {
    pub(crate) shared: Arc<Shared>,
    queue: mpsc::Sender<Waiting>,
    /// How long a change may wait for its commit.
    pub(crate) patience: Duration,
    latest: ArcSwap<OnlineSet>,
    /// Held by whoever makes the next set, so that it is made once.
    making: Mutex<()>,
}

/// A set's cursor is handed out for this part of a window: it must remain good for a long time.
const CURSOR_AGE: u32 = 10;

/// When somebody comes or goes, others often do so as well: those who wait are woken once for all
/// who do within this time.
const GATHER: Duration = Duration::from_millis(50);

/// For so long other nodes may read what was written. One that was away for longer loads anew.
const TOLD_AGE: Duration = Duration::from_mins(2);

/// What is too old goes so often.
const TIDY_INTERVAL: Duration = Duration::from_secs(20);

/// Between two pages of a sweep, which nobody waits for.
const PAUSE: Duration = Duration::from_millis(100);

impl Presence {
    /// The service and its writer. Nothing is known before [`Self::load`]; the writer is to run
    /// from then on.
    #[must_use]
    pub fn new(
        store: Arc<dyn PresenceStore>,
        policy: Policy,
        patience: Duration,
    ) -> (Self, Writer) {
        let shared = Arc::new(Shared::new(store, policy));
        let latest = ArcSwap::from_pointee(OnlineSet::of(&shared.roster()));
        let (queue, receiver) = mpsc::channel(QUEUE_LENGTH);
        let writer = Writer::new(Arc::clone(&shared), receiver, patience);
        (Self { shared, queue, patience, latest, making: Mutex::default() }, writer)
    }

    /// Builds the roster from the store and says how many sessions it took. To be called once,
    /// before the writer runs. Costs one pass over the table.
    ///
    /// # Errors
    ///
    /// [`StoreError`](crate::StoreError) when the store did not answer.
    pub async fn load(&self) -> StoreResult<u64> {
        self.shared.load().await
    }

    /// Brings the roster up to date, if the store is in reach (R1, R8). To be called every
    /// `refresh`.
    pub async fn refresh(&self) {
        self.shared.refresh().await;
    }

    /// Builds the roster anew, if others write to the store: so rows that were written by other
    /// means are noticed. To be called now and then, besides [`Self::refresh`], which goes on
    /// meanwhile. Costs one pass over the table.
    pub async fn reload(&self) {
        if self.shared.store.has_other_writers()
            && let Err(error) = self.shared.load().await
        {
            log::warn!("cannot load anew: {}", error.trace());
        }
    }

    /// Says in the store that this node is there. To be called every minute: after two without, a
    /// node that starts takes the database for a backup, and all cursors are answered in full.
    pub async fn sign(&self) {
        if let Err(error) = self.shared.store.sign().await {
            log::warn!("cannot sign: {}", error.trace());
        }
    }

    /// How often [`Self::tidy`] is to be called.
    #[must_use]
    pub fn tidy_interval(&self) -> Duration {
        TIDY_INTERVAL.min(self.policy().window / 2)
    }

    /// Throws away what the other nodes have read, and what is left of erased users: so nothing of
    /// them is stored four windows later, also when nobody writes. Looks at every status once.
    ///
    /// # Errors
    ///
    /// [`StoreError`](crate::StoreError) when the store did not answer.
    pub async fn tidy(&self) -> StoreResult<()> {
        let (store, window) = (&self.shared.store, self.policy().window);
        let before = |age| Position::first_at(self.now().minus(age));
        store.forget_told(before(TOLD_AGE.min(2 * window))).await?;
        store.forget_erased(before(HISTORY_WINDOWS * window)).await
    }

    /// Deletes the sessions that ended long ago, but for the newest of each user; and forgets who was
    /// not seen for `retention`, if there is one, and what they said of themselves. To be called now
    /// and then. Looks at every row once, a thousand at a time, with pauses.
    ///
    /// # Errors
    ///
    /// [`StoreError`](crate::StoreError) when the store did not answer.
    pub async fn sweep(&self, retention: Option<Duration>) -> StoreResult<()> {
        let store = &self.shared.store;
        let before = |age| self.now().minus(age);
        let mut after = Some(String::new());
        while let Some(from) = after {
            let all = retention.map_or(Timestamp::EPOCH, before);
            let age = Age { surplus: before(self.surplus_age()), all };
            after = store.forget_sessions(age, &from).await?;
            sleep(PAUSE).await;
        }
        let Some(retention) = retention else { return Ok(()) };
        let mut after = Some(String::new());
        while let Some(from) = after {
            let oldest = Position::first_at(before(retention));
            let Unseen { users, next } = store.unseen(oldest, &from).await?;
            for user in users {
                self.forget_status(user, oldest).await?;
            }
            after = next;
            sleep(PAUSE).await;
        }
        Ok(())
    }

    /// After so long a session matters no more that is not its user's newest: which may still be the
    /// one that ended last, by its window.
    #[must_use]
    pub fn surplus_age(&self) -> Duration {
        (HISTORY_WINDOWS + 1) * self.policy().window
    }

    /// How long ago the store last answered; nothing when it has not been loaded yet.
    #[must_use]
    pub fn age(&self) -> Option<Duration> {
        self.shared.age()
    }

    /// Whether the store is still where it was opened: else nothing is stored, and whoever can is
    /// to ask another node.
    #[must_use]
    pub fn has_store(&self) -> bool {
        self.shared.store.check().is_ok()
    }

    /// What this node has done since its start.
    #[must_use]
    pub fn tally(&self) -> &Tally {
        &self.shared.tally
    }

    /// How many changes wait for the writer, of how many that may.
    #[must_use]
    pub fn queue(&self) -> (usize, usize) {
        let most = self.queue.max_capacity();
        (most - self.queue.capacity(), most)
    }

    /// The store's connections; nothing if it has none.
    #[must_use]
    pub fn connections(&self) -> Option<Connections> {
        self.shared.store.connections()
    }

    /// Store time now.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.shared.store.clock().now()
    }

    /// The rules' settings.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.shared.policy
    }

    /// Records a beat or a mark and returns once it is committed (R7). Costs a share of a group
    /// commit, or nothing if the beat coalesces.
    ///
    /// # Errors
    ///
    /// [`RecordError`]; to send the change again is safe. When half the time that there is would be
    /// spent in the queue, at once: who is told soon does not hold a connection meanwhile.
    pub async fn record(&self, user: UserId, change: Change) -> Result<Outcome, RecordError> {
        let pace = &self.shared.pace;
        if pace.wait(self.queue().0) > self.patience / 2 {
            return Err(pace.too_late());
        }
        let (answer, answered) = oneshot::channel();
        let change = UserChange { user, change };
        let waiting = Waiting { change, deadline: Instant::now() + self.patience, answer };
        self.queue.try_send(waiting).map_err(|error| match error {
            TrySendError::Full(_) => RecordError::QueueFull,
            TrySendError::Closed(_) => RecordError::Unavailable,
        })?;
        let answered = timeout(self.patience, answered).await;
        answered.ok().and_then(Result::ok).unwrap_or(Err(RecordError::Unavailable))
    }

    /// Who is online, ascending. Costs nothing while nobody comes or goes; after that the first
    /// who asks pays for a copy of the list.
    #[must_use]
    pub fn online(&self) -> Arc<OnlineSet> {
        if let Some(set) = self.current() {
            return set;
        }
        let _made_once = self.making.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(set) = self.current() {
            return set;
        }
        let latest = self.latest.load();
        let news = latest.news(&self.shared.roster());
        let next = Arc::new(latest.next(news));
        self.latest.store(Arc::clone(&next));
        next
    }

    /// The tag of [`Self::online`]. Makes no set, and takes no lock.
    #[must_use]
    pub fn tag(&self) -> SetTag {
        self.shared.standing().tag
    }

    /// Which of `ids` are online, ascending and each once, and as of where.
    #[must_use]
    pub fn online_among(&self, mut ids: Vec<UserId>) -> (Vec<UserId>, Cursor) {
        ids.sort_unstable();
        ids.dedup();
        let roster = self.shared.roster();
        ids.retain(|id| roster.visible(id).is_some());
        (ids, roster.cursor())
    }

    /// How many are online. Costs nothing.
    #[must_use]
    pub fn count(&self) -> usize {
        self.shared.standing().count
    }

    /// What is new since `cursor` (R10), of `watched` alone if there are any. Nothing when the
    /// cursor is too old, of another version or of a restored store: then only [`Self::online`]
    /// will do. Costs next to nothing while nobody comes or goes, else what changed.
    #[must_use]
    pub fn since(&self, cursor: GivenCursor, watched: Option<&[UserId]>) -> Option<Delta> {
        let GivenCursor::Known(cursor) = cursor else { return None };
        let nothing = self.shared.standing().nothing_since(cursor, watched.is_some());
        nothing.or_else(|| self.shared.roster().delta(cursor, watched))
    }

    /// As [`Self::since`], but while nothing is new waits for something to be, for `patience` at
    /// most. Costs a timer.
    pub async fn wait_since(
        &self,
        mut cursor: GivenCursor,
        watched: Option<&[UserId]>,
        patience: Duration,
    ) -> Option<Delta> {
        let (mut turns, mut edits) = (self.shared.turns(), self.shared.edits());
        let deadline = Instant::now() + patience;
        loop {
            turns.borrow_and_update();
            edits.borrow_and_update();
            let delta = self.since(cursor, watched);
            let news = delta.as_ref().is_none_or(|delta| !delta.is_empty());
            // What was looked at need not be looked at again.
            cursor = delta.as_ref().map_or(cursor, |delta| GivenCursor::Known(delta.cursor));
            let something = async {
                tokio::select! {
                    _ = turns.changed() => {}
                    _ = edits.changed(), if watched.is_some() => {}
                }
            };
            if news || timeout_at(deadline, something).await.is_err() {
                return delta;
            }
            sleep_until(deadline.min(Instant::now() + GATHER)).await;
        }
    }

    /// The latest set, if it is that of the roster.
    fn current(&self) -> Option<Arc<OnlineSet>> {
        let latest = self.latest.load();
        let Standing { cursor, version, .. } = self.shared.standing();
        let unchanged = latest.version() == version && latest.cursor().era == cursor.era;
        let age = cursor.position.time().since(latest.cursor().position.time());
        (unchanged && age < self.shared.policy.window / CURSOR_AGE).then(|| Arc::clone(&latest))
    }
}
