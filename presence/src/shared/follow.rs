//! How the roster follows the store, and is built anew when it cannot.

use std::{cmp, sync::atomic::Ordering};

use tokio::time::Instant;

use super::Shared;
use crate::{
    Feed, News, Position, StoreError, StoreResult, UserId,
    roster::{Discontinued, Loading, Roster},
};

/// Whether a roster that was loaded took the place of the one before.
enum Adoption {
    Done,
    /// It has to follow what happened first.
    Behind,
    /// The other has to, from this write on.
    Ahead(Position),
}

impl Shared {
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
}
