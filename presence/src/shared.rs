//! What the service and the writer have in common: the store, and the roster that follows it.

use std::{
    cmp, fmt,
    sync::{
        Arc, PoisonError, RwLock, RwLockReadGuard,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use arc_swap::ArcSwap;
use tokio::{
    sync::{Mutex, OwnedMutexGuard, Semaphore, watch},
    time::{Instant, timeout},
};

use crate::{
    Cursor, Delta, Feed, News, Origin, Outcome, Policy, Position, PresenceStore, SessionId, SetTag,
    StoreError, StoreResult, Timestamp, UserId,
    contact::Contact,
    roster::{Discontinued, Loading, Roster, User},
    tally::Tally,
    writer::{Coalesced, Pace},
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

/// Where the roster stands, to be read without its lock.
#[derive(Clone, Copy, Debug)]
struct Standing {
    /// What clients are told.
    cursor: Cursor,
    position: Position,
    /// Where somebody came or went last.
    turned_at: Position,
    /// Where somebody's status changed last.
    edited_at: Position,
    version: u64,
    tag: SetTag,
    count: usize,
}

/// Whether a roster that was loaded took the place of the one before.
enum Adoption {
    Done,
    /// It has to follow what happened first.
    Behind,
    /// The other has to, from this write on.
    Ahead(Position),
}

/// The roster, as of a point in store time.
pub(crate) struct View<'a> {
    roster: RwLockReadGuard<'a, Roster>,
    pub(crate) now: Timestamp,
    horizon: Timestamp,
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
            tally: Tally::default(),
            coalesced: Coalesced::default(),
            pace: Pace::default(),
            loading: Mutex::default(),
            changing: Arc::default(),
            lookups: Semaphore::new(LOOKUPS),
            astray: AtomicBool::default(),
        }
    }

    /// Builds the roster from the store, and says how many sessions it took.
    pub(crate) async fn load(&self) -> StoreResult<u64> {
        let _once = self.loading.lock().await;
        let mut loading = Loading::new(&self.policy);
        let sessions = self.store.load(&self.policy, &mut loading).await?;
        let mut fresh = loading.finish();
        let unlike = self.compare(&fresh);
        // While this was loaded, the roster may have followed what this has not; and what this
        // knows of already, the roster is to hear of by itself.
        loop {
            match self.adopt(&mut fresh, &unlike) {
                Adoption::Done => break,
                Adoption::Behind => {
                    let News::Feed(feed) = self.store.read(fresh.written()).await? else {
                        return Err(StoreError::new("the store changed while it was loaded"));
                    };
                    fresh.follow(&feed).map_err(StoreError::new)?;
                }
                Adoption::Ahead(since) => {
                    let followed = match self.store.read(since).await? {
                        News::Feed(feed) => self.follow(&feed).is_ok(),
                        News::Unknown | News::Restored => false,
                    };
                    self.astray.fetch_or(!followed, Ordering::Relaxed);
                }
            }
        }
        self.astray.store(false, Ordering::Relaxed);
        self.contact.made();
        self.coalesced.retry();
        Ok(sessions)
    }

    /// Who is in one of the two rosters alone: whoever follows cursors is to hear of what was
    /// written by other means, and left no trace of when.
    fn compare(&self, fresh: &Roster) -> Vec<UserId> {
        let mut unlike = Vec::new();
        if self.roster().era() == fresh.era() {
            let mut from = Some(0);
            // In parts: the lock is that of every beat.
            while let Some(next) = from {
                from = fresh.find_gone(&self.roster(), next, &mut unlike);
            }
            fresh.find_new(|user| self.roster().visible(user).is_some(), &mut unlike);
        }
        unlike
    }

    /// Takes over `fresh`, if both know of the same writes, or the roster is good for nothing.
    fn adopt(&self, fresh: &mut Roster, unlike: &[UserId]) -> Adoption {
        let astray = self.astray.load(Ordering::Relaxed);
        self.change(|roster| {
            if fresh.era() == roster.era() {
                match fresh.written().cmp(&roster.written()) {
                    cmp::Ordering::Less => return Adoption::Behind,
                    cmp::Ordering::Greater if !astray => return Adoption::Ahead(roster.written()),
                    cmp::Ordering::Greater | cmp::Ordering::Equal => {}
                }
            }
            fresh.succeed(roster, unlike);
            std::mem::swap(roster, fresh);
            Adoption::Done
        })
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

    /// Follows what happened in the store, and remembers if it cannot be reached.
    pub(crate) async fn refresh(&self) {
        let start = Instant::now();
        let result = self.catch_up().await;
        self.tally.refreshes.add_duration(start.elapsed());
        if let Err(error) = result {
            self.tally.failed_refreshes.add(1);
            self.contact.failed(&error);
        }
    }

    /// Follows what happened in the store.
    pub(crate) async fn catch_up(&self) -> StoreResult<()> {
        if self.astray.load(Ordering::Relaxed) {
            return self.load().await.map(drop);
        }
        let since = self.roster().written();
        self.take(self.store.read(since).await?).await
    }

    /// Takes over what the store tells, and loads anew if that does not continue what is known.
    pub(crate) async fn take(&self, news: News) -> StoreResult<()> {
        let era = self.roster().era();
        let begins_era = match news {
            News::Feed(feed) => match self.follow(&feed) {
                Ok(()) => {
                    self.contact.made();
                    self.coalesced.retry();
                    return Ok(());
                }
                Err(discontinued) => {
                    log::warn!("{discontinued}");
                    feed.era == era
                }
            },
            News::Unknown => {
                log::info!("this node is not sure of what happened: it loads anew");
                false
            }
            News::Restored => {
                log::warn!("the store was restored: a new era begins");
                true
            }
        };
        self.astray.store(true, Ordering::Relaxed);
        if begins_era {
            self.store.begin_era(era).await?;
        }
        self.load().await.map(drop)
    }

    fn follow(&self, feed: &Feed) -> Result<(), Discontinued> {
        self.change(|roster| roster.follow(feed))?;
        // An entry may come twice, by a write and by a refresh: what it ended is over by then.
        feed.entries.iter().for_each(|entry| self.coalesced.hear(entry));
        Ok(())
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

    /// Where the roster stands, and the version of its set.
    pub(crate) fn standing(&self) -> (Cursor, u64) {
        let standing = self.standing.load();
        (standing.cursor, standing.version)
    }

    /// What tells its set from every other.
    pub(crate) fn tag(&self) -> SetTag {
        self.standing.load().tag
    }

    /// How many are online.
    pub(crate) fn count(&self) -> usize {
        self.standing.load().count
    }

    /// The empty delta, if nobody came or went since `cursor`, nor, for those who watch somebody,
    /// changed their status. Takes no lock.
    pub(crate) fn nothing_since(&self, cursor: Cursor, watches: bool) -> Option<Delta> {
        let Standing { cursor: now, position, turned_at, edited_at, .. } = **self.standing.load();
        let newest = if watches { turned_at.max(edited_at) } else { turned_at };
        let known = cursor.era == now.era && cursor.position <= position;
        let next = Cursor { position: now.position.max(cursor.position), ..cursor };
        (known && cursor.position >= newest).then(|| Delta::empty(next))
    }

    /// Tells when somebody comes or goes.
    pub(crate) fn turns(&self) -> watch::Receiver<()> {
        self.turned.subscribe()
    }

    /// Tells when somebody's status changes.
    pub(crate) fn edits(&self) -> watch::Receiver<()> {
        self.edited.subscribe()
    }

    pub(crate) fn age(&self) -> Option<Duration> {
        self.contact.age()
    }

    /// A look at the roster as of where it stands.
    pub(crate) fn view_of_roster(&self) -> View<'_> {
        let roster = self.roster();
        let now = roster.position().time();
        View { now, horizon: self.policy.horizon(now), roster }
    }

    /// A look at the roster as of `now`. It holds the roster's lock: not to be kept for long.
    pub(crate) fn view(&self, now: Timestamp) -> View<'_> {
        View { roster: self.roster(), now, horizon: self.policy.horizon(now) }
    }
}

impl From<&Roster> for Standing {
    fn from(roster: &Roster) -> Self {
        Self {
            cursor: roster.cursor(),
            position: roster.position(),
            turned_at: roster.turned_at(),
            edited_at: roster.edited_at(),
            version: roster.version(),
            tag: roster.tag(),
            count: roster.count(),
        }
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
