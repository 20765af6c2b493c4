//! [`Presence`]: record beats and marks, and say who is online.

use std::{
    fmt,
    sync::{
        Arc, Mutex, PoisonError, RwLock, RwLockReadGuard,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    time::Duration,
};

use arc_swap::ArcSwap;
use tokio::{
    sync::{
        mpsc::{self, error::TrySendError},
        oneshot,
    },
    time::{Instant, timeout},
};

use crate::{
    Change, Clock, Cursor, OnlineSet, Outcome, Policy, PresenceStore, RecordError, SessionId,
    StoreResult, Timestamp, UserChange, UserId, Writer, Written,
    contact::Contact,
    roster::{Roster, User},
    writer::{QUEUE_LENGTH, Waiting},
};

/// The presence of all users, as one node knows and changes it.
///
/// Reads come from the roster in memory and cost no query. Changes go to the store, through the
/// one [`Writer`], before they are acknowledged.
#[derive(Debug)]
pub struct Presence {
    shared: Arc<Shared>,
    queue: mpsc::Sender<Waiting>,
    /// How long a change may wait for its commit.
    patience: Duration,
    latest: ArcSwap<OnlineSet>,
    /// Held by whoever makes the next set, so that it is made once.
    making: Mutex<()>,
}

/// What the service and the writer have in common.
pub(crate) struct Shared {
    pub(crate) store: Arc<dyn PresenceStore>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) policy: Policy,
    roster: RwLock<Roster>,
    /// The roster's version and the time that it is as of, to be compared without its lock.
    version: AtomicU64,
    time: AtomicI64,
    contact: Contact,
}

/// The roster, as of a point in store time.
pub(crate) struct View<'a> {
    roster: RwLockReadGuard<'a, Roster>,
    pub(crate) now: Timestamp,
    horizon: Timestamp,
}

impl Presence {
    /// The service and its writer. Nothing is known before [`Self::load`]; the writer is to run
    /// from then on.
    #[must_use]
    pub fn new(
        store: Arc<dyn PresenceStore>,
        clock: Arc<dyn Clock>,
        policy: Policy,
        patience: Duration,
    ) -> (Self, Writer) {
        let roster = Roster::new(policy.window, clock.now());
        let latest = ArcSwap::from_pointee(OnlineSet::of(&roster));
        let shared = Arc::new(Shared {
            store,
            clock,
            policy,
            roster: RwLock::new(roster),
            version: AtomicU64::default(),
            time: AtomicI64::default(),
            contact: Contact::new(),
        });
        let (queue, receiver) = mpsc::channel(QUEUE_LENGTH);
        let writer = Writer::new(Arc::clone(&shared), receiver);
        (Self { shared, queue, patience, latest, making: Mutex::default() }, writer)
    }

    /// Builds the roster from the store and says how many sessions it took. To be called once,
    /// before the writer runs. Costs one pass over the table.
    ///
    /// # Errors
    ///
    /// [`StoreError`](crate::StoreError) when the store did not answer.
    pub async fn load(&self) -> StoreResult<u64> {
        let now = self.shared.clock.now();
        let mut roster = Roster::new(self.shared.policy.window, now);
        let since = self.shared.policy.horizon(now);
        let mut each = |user, session, last_activity| roster.load(&user, &session, last_activity);
        let sessions = self.shared.store.load(since, &mut each).await?;
        self.latest.store(Arc::new(OnlineSet::of(&roster)));
        self.shared.change(|empty| *empty = roster);
        self.shared.contact.made();
        Ok(sessions)
    }

    /// Brings the roster up to date, if the store is in reach (R1, R8). To be called every
    /// `refresh`.
    pub async fn refresh(&self) {
        match self.shared.store.ping().await {
            Ok(()) => {
                let now = self.shared.clock.now();
                self.shared.change(|roster| roster.advance(now));
                self.shared.contact.made();
            }
            Err(error) => self.shared.contact.failed(&error),
        }
    }

    /// How long ago the store last answered; nothing when it has not been loaded yet.
    #[must_use]
    pub fn age(&self) -> Option<Duration> {
        self.shared.contact.age()
    }

    /// Store time now.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.shared.clock.now()
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
    /// [`RecordError`]; to send the change again is safe.
    pub async fn record(&self, user: UserId, change: Change) -> Result<Outcome, RecordError> {
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

    /// Which of `ids` are online, ascending and each once, and as of where.
    #[must_use]
    pub fn online_among(&self, mut ids: Vec<UserId>) -> (Vec<UserId>, Cursor) {
        ids.sort_unstable();
        ids.dedup();
        let roster = self.shared.roster();
        ids.retain(|id| roster.find(id).is_some());
        (ids, roster.cursor())
    }

    /// The latest set, if it is that of the roster. A cursor is handed out for half a window at
    /// most: it must remain good for a long time after.
    fn current(&self) -> Option<Arc<OnlineSet>> {
        let latest = self.latest.load();
        let unchanged = latest.version() == self.shared.version.load(Ordering::Acquire);
        let time = Timestamp::from_millis(self.shared.time.load(Ordering::Relaxed));
        let age = time.since(latest.cursor().time());
        (unchanged && age < self.shared.policy.window / 2).then(|| Arc::clone(&latest))
    }
}

impl Shared {
    fn roster(&self) -> RwLockReadGuard<'_, Roster> {
        self.roster.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn change<T>(&self, change: impl FnOnce(&mut Roster) -> T) -> T {
        let mut roster = self.roster.write().unwrap_or_else(PoisonError::into_inner);
        let result = change(&mut roster);
        self.time.store(roster.time().millis(), Ordering::Relaxed);
        self.version.store(roster.version(), Ordering::Release);
        result
    }

    /// Takes over what was written at `now`.
    pub(crate) fn apply(&self, written: &[Written], now: Timestamp) {
        self.change(|roster| {
            roster.advance(now);
            for Written { user, rows, folded } in written {
                roster.apply(user, rows, folded);
            }
        });
        self.contact.made();
    }

    /// A look at the roster as of `now`. It holds the roster's lock: not to be kept for long.
    pub(crate) fn view(&self, now: Timestamp) -> View<'_> {
        View { roster: self.roster(), now, horizon: self.policy.horizon(now) }
    }
}

impl View<'_> {
    /// How things stand with `user` and that session.
    pub(crate) fn outcome(&self, user: &UserId, session: &SessionId) -> Outcome {
        let online = |at: &Timestamp| *at >= self.horizon;
        Outcome {
            now: self.now,
            session: self.roster.session(user, session).filter(online),
            user: self.roster.find(user).map(User::last_activity).filter(online),
        }
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").field("policy", &self.policy).finish_non_exhaustive()
    }
}
