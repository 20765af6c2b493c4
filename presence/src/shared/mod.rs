//! What the service and the writer have in common: the store, and the roster that follows it.

mod follow;
mod standing;
mod view;

use std::{
    fmt,
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard, atomic::AtomicBool},
    time::Duration,
};

use arc_swap::ArcSwap;
use tokio::{
    sync::{Mutex, OwnedMutexGuard, Semaphore, watch},
    time::timeout,
};

pub(crate) use self::{standing::Standing, view::View};
use crate::{
    Origin, Policy, PresenceStore, StoreError, StoreResult, Timestamp,
    contact::Contact,
    roster::Roster,
    tally::Tally,
    writer::{Coalesced, Pace},
    writes::Writes,
};

/// The store, and what this node knows of it.
pub(crate) struct Shared {
    pub(crate) store: Arc<dyn PresenceStore>,
    pub(crate) policy: Policy,
    roster: RwLock<Roster>,
    standing: ArcSwap<Standing>,
    /// Tells those who wait that somebody came or went.
    turned: watch::Sender<()>,
    /// Tells those who watch somebody that somebody's status changed.
    edited: watch::Sender<()>,
    contact: Contact,
    pub(crate) writes: Writes,
    pub(crate) tally: Tally,
    pub(crate) coalesced: Coalesced,
    pub(crate) pace: Pace,
    /// Held while the roster is built anew, so that it is done once.
    loading: Mutex<()>,
    /// Held by whoever changes a status, one at a time: each waits for the writes of beats, and so
    /// these wait for one at most.
    changing: Arc<Mutex<()>>,
    /// Held by whoever looks something up: so the connections that beats need are left to them.
    lookups: Semaphore,
    /// The roster does not follow the store any more, and is to be loaded.
    astray: AtomicBool,
}

/// So many connections are enough for looks at single users.
const LOOKUPS: usize = 2;

impl Shared {
    pub(crate) fn new(store: Arc<dyn PresenceStore>, policy: Policy) -> Self {
        let roster = Roster::new(policy.window, &Origin::default());
        Self {
            store,
            policy,
            standing: ArcSwap::from_pointee(Standing::from(&roster)),
            roster: RwLock::new(roster),
            turned: watch::Sender::default(),
            edited: watch::Sender::default(),
            contact: Contact::new(),
            writes: Writes::default(),
            tally: Tally::default(),
            coalesced: Coalesced::default(),
            pace: Pace::default(),
            loading: Mutex::default(),
            changing: Arc::default(),
            lookups: Semaphore::new(LOOKUPS),
            astray: AtomicBool::default(),
        }
    }

    /// Waits for all changes of statuses before this one.
    pub(crate) async fn turn(&self, patience: Duration) -> StoreResult<OwnedMutexGuard<()>> {
        let turn = Arc::clone(&self.changing).lock_owned();
        timeout(patience, turn).await.map_err(StoreError::new)
    }

    /// What `look` finds, when its turn comes.
    pub(crate) async fn look_up<T>(
        &self,
        patience: Duration,
        look: impl Future<Output = StoreResult<T>>,
    ) -> StoreResult<T> {
        let permit = timeout(patience, self.lookups.acquire()).await.map_err(StoreError::new)?;
        let _permit = permit.map_err(StoreError::new)?;
        look.await
    }

    fn change<T>(&self, change: impl FnOnce(&mut Roster) -> T) -> T {
        let mut roster = self.roster.write().unwrap_or_else(PoisonError::into_inner);
        let state = |roster: &Roster| ((roster.era(), roster.version()), roster.edited_at());
        let before = state(&roster);
        let result = change(&mut roster);
        let after = state(&roster);
        self.standing.store(Arc::new(Standing::from(&*roster)));
        drop(roster);
        if after.0 != before.0 {
            self.turned.send_replace(());
        }
        if after.1 != before.1 {
            self.edited.send_replace(());
        }
        result
    }

    pub(crate) fn roster(&self) -> RwLockReadGuard<'_, Roster> {
        self.roster.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where the roster stands. Takes no lock.
    pub(crate) fn standing(&self) -> Standing {
        **self.standing.load()
    }

    /// Tells when somebody comes or goes.
    pub(crate) fn turns(&self) -> watch::Receiver<()> {
        self.turned.subscribe()
    }

    /// Tells when somebody's status changes.
    pub(crate) fn edits(&self) -> watch::Receiver<()> {
        self.edited.subscribe()
    }

    /// Whether the store is out of reach.
    pub(crate) fn is_lost(&self) -> bool {
        self.contact.is_lost()
    }

    pub(crate) fn age(&self) -> Option<Duration> {
        self.contact.age()
    }

    /// A look at the roster as of where it stands.
    pub(crate) fn view_of_roster(&self) -> View<'_> {
        let roster = self.roster();
        View::new(roster.position().time(), roster, &self.policy)
    }

    /// A look at the roster as of `now`. It holds the roster's lock: not to be kept for long.
    pub(crate) fn view(&self, now: Timestamp) -> View<'_> {
        View::new(now, self.roster(), &self.policy)
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").field("policy", &self.policy).finish_non_exhaustive()
    }
}
