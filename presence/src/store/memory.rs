//! A store for tests of everything above the store. It can be told to fail, or to wait.

use std::sync::{
    Mutex,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use async_trait::async_trait;
use tokio::sync::Semaphore;

use super::{
    EachLive, PresenceStore, StoreError, StoreResult, Written,
    rewrite::{Rows, rewrite},
};
use crate::{Policy, Row, Timestamp, UserChange, UserId};

/// Rows that die with the process.
#[derive(Debug)]
pub(crate) struct MemoryStore {
    rows: Mutex<Rows>,
    /// Each write takes a permit; a test that hands out none holds the writes back.
    pub(crate) writes_allowed: Semaphore,
    pub(crate) fails: AtomicBool,
    /// How many writes there were, and how many changes in all.
    pub(crate) writes: AtomicUsize,
    pub(crate) changes: AtomicUsize,
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self {
            rows: Mutex::default(),
            writes_allowed: Semaphore::new(Semaphore::MAX_PERMITS),
            fails: AtomicBool::default(),
            writes: AtomicUsize::default(),
            changes: AtomicUsize::default(),
        }
    }
}

impl MemoryStore {
    fn check(&self) -> StoreResult<()> {
        if self.fails.load(Ordering::Relaxed) {
            return Err(StoreError::new("told to fail"));
        }
        Ok(())
    }

    /// Every row.
    pub(crate) fn all(&self) -> Vec<(UserId, Row)> {
        let rows = self.rows.lock().unwrap();
        rows.iter()
            .flat_map(|(user, rows)| rows.iter().map(|row| (user.clone(), row.clone())))
            .collect()
    }
}

#[async_trait]
impl PresenceStore for MemoryStore {
    async fn write(
        &self,
        changes: &[UserChange],
        now: Timestamp,
        policy: &Policy,
    ) -> StoreResult<Vec<Written>> {
        self.writes_allowed.acquire().await.map_err(StoreError::new)?.forget();
        self.check()?;
        self.writes.fetch_add(1, Ordering::Relaxed);
        self.changes.fetch_add(changes.len(), Ordering::Relaxed);
        let mut all = self.rows.lock().unwrap();
        let written = rewrite(&all, changes, now, policy);
        for Written { user, rows, folded } in &written {
            let of_user = all.entry(user.clone()).or_default();
            let stale = |old: &Row| {
                folded.contains(&old.session) || rows.iter().any(|row| row.session == old.session)
            };
            of_user.retain(|old| !stale(old));
            of_user.extend(rows.iter().cloned());
        }
        Ok(written)
    }

    async fn load(&self, since: Timestamp, each: &mut EachLive<'_>) -> StoreResult<u64> {
        self.check()?;
        let mut live = self.all();
        live.retain(|(_, row)| row.last_activity >= since);
        let count = live.len() as u64;
        for (user, row) in live {
            each(user, row.session, row.last_activity);
        }
        Ok(count)
    }

    async fn newest_time(&self) -> StoreResult<Timestamp> {
        self.check()?;
        let all = self.all().into_iter();
        let newest = all.map(|(_, row)| row.last_seen.max(row.online_since.unwrap_or_default()));
        Ok(newest.max().unwrap_or_default())
    }

    async fn ping(&self) -> StoreResult<()> {
        self.check()
    }
}
