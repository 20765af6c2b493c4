//! A store for tests of everything above the store. It can be told to fail, or to wait.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering},
    },
};

use async_trait::async_trait;
use tokio::sync::Semaphore;

use super::{
    Entry, Feed, Intake, News, Origin, PresenceStore, SessionActivity, StatusChange, StatusStore,
    StoreError, StoreResult, StoredSession, StoredStatus,
    rewrite::{Rows, Written, activities, rewrite},
    timeline::Timeline,
};
use crate::{
    Age, Clock, Era, Policy, Position, Row, Shown, StatusRow, StatusWrite, Timestamp, Unseen,
    UserChange, UserId, clock::ManualClock,
};

/// Rows that die with the process.
pub(crate) struct MemoryStore {
    rows: Mutex<Rows>,
    statuses: Mutex<HashMap<UserId, StatusRow>>,
    entries: Mutex<Vec<Entry>>,
    era: AtomicU32,
    timeline: Timeline,
    pub(crate) clock: Arc<ManualClock>,
    /// Each write takes a permit; a test that hands out none holds the writes back.
    pub(crate) writes_allowed: Semaphore,
    pub(crate) fails: AtomicBool,
    /// How many writes there were, and how many changes in all.
    pub(crate) writes: AtomicUsize,
    pub(crate) changes: AtomicUsize,
}

impl MemoryStore {
    pub(crate) fn new(clock: Arc<ManualClock>) -> Self {
        Self {
            rows: Mutex::default(),
            statuses: Mutex::default(),
            entries: Mutex::default(),
            era: AtomicU32::new(1),
            timeline: Timeline::new(Arc::clone(&clock) as _),
            clock,
            writes_allowed: Semaphore::new(Semaphore::MAX_PERMITS),
            fails: AtomicBool::default(),
            writes: AtomicUsize::default(),
            changes: AtomicUsize::default(),
        }
    }

    fn era(&self) -> Era {
        Era::new(self.era.load(Ordering::Relaxed))
    }

    /// Everything after `since`, as another node would be told.
    fn feed(&self, since: Position, until: Position) -> News {
        let mut entries = self.entries.lock().unwrap().clone();
        if since != Position::START && entries.iter().all(|entry| entry.position != since) {
            return News::Restored;
        }
        entries.retain(|entry| entry.position > since && entry.position <= until);
        News::Feed(Feed { era: self.era(), entries, until })
    }

    /// Goes back to before everything, as a backup would that was made then.
    pub(crate) fn restore(&self) {
        self.entries.lock().unwrap().clear();
        self.statuses.lock().unwrap().clear();
        self.replace_rows(Vec::new());
    }

    /// What somebody might do who knows of no feed.
    pub(crate) fn replace_rows(&self, rows: Vec<(UserId, Row)>) {
        let mut all = self.rows.lock().unwrap();
        all.clear();
        for (user, row) in rows {
            all.entry(user).or_default().push(row);
        }
    }

    /// What was written up to `position`.
    pub(crate) fn entries_until(&self, position: Position) -> Vec<Entry> {
        let mut entries = self.entries.lock().unwrap().clone();
        entries.retain(|entry| entry.position <= position);
        entries
    }

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
        policy: &Policy,
        since: Position,
    ) -> StoreResult<News> {
        let writing = self.timeline.begin().await;
        self.writes_allowed.acquire().await.map_err(StoreError::new)?.forget();
        self.check()?;
        self.writes.fetch_add(1, Ordering::Relaxed);
        self.changes.fetch_add(changes.len(), Ordering::Relaxed);
        let position = writing.position;
        let mut all = self.rows.lock().unwrap();
        let written = rewrite(&all, changes, position.time(), policy);
        for Written { user, rows, folded } in &written {
            let of_user = all.entry(user.clone()).or_default();
            let stale = |old: &Row| {
                folded.contains(&old.session) || rows.iter().any(|row| row.session == old.session)
            };
            of_user.retain(|old| !stale(old));
            of_user.extend(rows.iter().cloned());
        }
        let sessions = activities(&written, changes, position.time(), policy);
        self.entries.lock().unwrap().push(Entry { position, sessions, statuses: Vec::new() });
        writing.done();
        Ok(self.feed(since, position))
    }

    async fn read(&self, since: Position) -> StoreResult<News> {
        self.check()?;
        if self.timeline.take_doubt() {
            return Ok(News::Unknown);
        }
        Ok(self.feed(since, self.timeline.until()))
    }

    async fn load(&self, policy: &Policy, intake: &mut dyn Intake) -> StoreResult<u64> {
        self.check()?;
        let until = *self.timeline.pause().await;
        let written = self.entries.lock().unwrap().last().map(|entry| entry.position);
        let written = written.unwrap_or_default();
        intake.begin(Origin { era: self.era(), written, last: written, until });
        for (user, row) in &*self.statuses.lock().unwrap() {
            let (user, shown) = (user.clone(), row.shown());
            let (shown_at, turned_at) = (row.shown_at, row.turned_at);
            intake.take_status(StoredStatus { user, shown, shown_at, turned_at });
        }
        let recent = policy.recent(until.time());
        let mut rows = self.all();
        rows.retain(|(_, row)| recent.concerns(row.last_activity, row.offline_at));
        let sessions = rows.len() as u64;
        for (user, row) in rows {
            let Row { session, last_activity, last_seen, online_since, offline_at, .. } = row;
            let activity = SessionActivity { user, session, last_activity, last_seen, mark: None };
            intake.take(StoredSession { activity, online_since, offline_at });
        }
        Ok(sessions)
    }

    async fn begin_era(&self, old: Era) -> StoreResult<()> {
        self.check()?;
        let (old, new) = (old.number(), old.number() + 1);
        self.era.compare_exchange(old, new, Ordering::Relaxed, Ordering::Relaxed).ok();
        Ok(())
    }

    async fn sign(&self) -> StoreResult<()> {
        self.check()
    }

    async fn forget_told(&self, oldest: Position) -> StoreResult<()> {
        self.check()?;
        let mut entries = self.entries.lock().unwrap();
        let old = entries.iter().filter(|entry| entry.position < oldest).count();
        entries.drain(..old.saturating_sub(1));
        if let Some(last) = entries.first_mut().filter(|entry| entry.position < oldest) {
            *last = Entry { position: last.position, ..Entry::default() };
        }
        Ok(())
    }

    fn has_other_writers(&self) -> bool {
        true
    }

    fn clock(&self) -> &dyn Clock {
        &*self.clock
    }
}

#[async_trait]
impl StatusStore for MemoryStore {
    async fn last_seen(&self, users: &[UserId]) -> StoreResult<HashMap<UserId, Timestamp>> {
        self.check()?;
        let (rows, statuses) = (self.rows.lock().unwrap(), self.statuses.lock().unwrap());
        let last_seen = |user: &UserId| {
            let shown = statuses.get(user).map(StatusRow::shown).unwrap_or_default();
            match shown.hidden {
                Some(hidden) => hidden.last_seen,
                None => rows.get(user)?.iter().map(|row| row.last_seen).max(),
            }
        };
        Ok(users.iter().filter_map(|user| Some((user.clone(), last_seen(user)?))).collect())
    }

    async fn status(&self, user: &UserId) -> StoreResult<StatusRow> {
        self.check()?;
        Ok(self.statuses.lock().unwrap().get(user).cloned().unwrap_or_default())
    }

    async fn sessions(&self, user: &UserId) -> StoreResult<Vec<Row>> {
        self.check()?;
        Ok(self.rows.lock().unwrap().get(user).cloned().unwrap_or_default())
    }

    async fn told(&self, user: &UserId) -> StoreResult<Vec<Entry>> {
        self.check()?;
        let entries = self.entries.lock().unwrap().clone();
        Ok(entries.into_iter().filter_map(|entry| entry.of(user)).collect())
    }

    async fn write_status(&self, write: &StatusWrite, policy: &Policy) -> StoreResult<bool> {
        let writing = self.timeline.begin().await;
        self.check()?;
        let (position, user) = (writing.position, &write.user);
        let mut statuses = self.statuses.lock().unwrap();
        let old = statuses.get(user).cloned().unwrap_or_default();
        if old.changed_at != write.row.changed_at {
            writing.done();
            return Ok(false);
        }
        let mut all = self.rows.lock().unwrap();
        let rows = all.entry(user.clone()).or_default();
        let row = write.at(position, rows, policy);
        if let Some((newest, at)) = write.newest_unseen(rows) {
            rows[newest].last_seen = at;
        }
        let told =
            write.told().map(|_| StatusChange { user: user.clone(), shown: Some(row.shown()) });
        statuses.insert(user.clone(), row);
        let statuses = told.into_iter().collect();
        self.entries.lock().unwrap().push(Entry { position, sessions: Vec::new(), statuses });
        writing.done();
        Ok(true)
    }

    async fn erase(&self, user: &UserId) -> StoreResult<()> {
        let writing = self.timeline.begin().await;
        self.check()?;
        let position = writing.position;
        let rows = self.rows.lock().unwrap().remove(user).unwrap_or_default();
        let row = StatusRow::erased(position);
        self.statuses.lock().unwrap().insert(user.clone(), row);
        let sessions = rows.iter().map(|row| SessionActivity::gone(user, &row.session)).collect();
        let statuses = vec![StatusChange { user: user.clone(), shown: None }];
        self.entries.lock().unwrap().push(Entry { position, sessions, statuses });
        writing.done();
        Ok(())
    }

    async fn forget_sessions(&self, age: Age, _after: &str) -> StoreResult<Option<String>> {
        self.check()?;
        let Age { surplus, all } = age;
        for rows in self.rows.lock().unwrap().values_mut() {
            let newest = rows.iter().map(|row| row.last_seen).max();
            rows.retain(|row| {
                row.last_seen >= all && (row.last_seen >= surplus || Some(row.last_seen) == newest)
            });
        }
        Ok(None)
    }

    async fn unseen(&self, oldest: Position, _after: &str) -> StoreResult<Unseen> {
        self.check()?;
        let (statuses, rows) = (self.statuses.lock().unwrap(), self.rows.lock().unwrap());
        let is_seen = |user| rows.get(user).is_some_and(|rows| !rows.is_empty());
        let unseen =
            statuses.iter().filter(|(user, row)| row.changed_at < oldest && !is_seen(*user));
        Ok(Unseen { users: unseen.map(|(user, _)| user.clone()).collect(), next: None })
    }

    async fn forget_erased(&self, oldest: Position) -> StoreResult<()> {
        self.check()?;
        let empty = |row: &StatusRow| row.shown() == Shown::default() && row.hidden.is_none();
        self.statuses.lock().unwrap().retain(|_, row| row.changed_at >= oldest || !empty(row));
        Ok(())
    }
}
