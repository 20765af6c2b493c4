//! SQLite: one file, one serving node, nothing to set up.
//!
//! Since nobody else writes, a write reads the rows it concerns, applies the rules in Rust and
//! writes back what changed, and there is no feed to read: what this process wrote is all there
//! is. The database's own answer to a lock that another process holds is waited for as long as
//! `database.timeout`.

use std::{
    collections::HashSet,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
};

use async_trait::async_trait;
use entity::presence::{ActiveModel, Column, Entity as Presence};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseConnection, DbErr, EntityTrait, IntoActiveModel,
    QueryFilter, TransactionTrait, sea_query::OnConflict, sqlx::Executor,
};

mod file;
mod files;
mod mode;
mod newest_time;
mod rewinding;
mod sound;
mod status;
mod wiping;

pub use self::file::ServingLock;
use self::files::Files;
pub(super) use self::{file::File, mode::writable};
use super::{
    Entry, Feed, Intake, News, Origin, PresenceStore, StoreError, StoreResult, columns, era,
    rewrite::{Rows, Written, activities, rewrite},
    status::queries,
    timeline::Timeline,
};
use crate::{
    Clock, ConnectError, Connections, Era, Policy, Position, SessionId, Timestamp, UserChange,
    UserIdKind,
};

/// The table `presence` of a SQLite database that this process alone serves.
pub struct SqliteStore {
    db: DatabaseConnection,
    files: Files,
    /// Something was deleted and may still be in a file.
    unwiped: AtomicBool,
    ids: UserIdKind,
    era: AtomicU32,
    /// The last write before this process.
    last: Position,
    timeline: Timeline,
    /// What was written and this process's reader may not have taken over yet.
    entries: Mutex<Vec<Entry>>,
}

impl SqliteStore {
    /// The store in `db`, whose schema is up to date, with user ids of the kind `ids`. Store time
    /// is this machine's, not behind the newest time that is stored.
    ///
    /// # Errors
    ///
    /// When the database cannot be read or written.
    pub async fn open(db: DatabaseConnection, ids: UserIdKind) -> Result<Self, ConnectError> {
        let newest = rewinding::rewind(&db, newest_time::newest_time(&db).await?).await?;
        let clock = newest_time::clock_from(newest);
        era::enter(&db, clock.now(), newest).await?;
        Ok(Self::new(db, ids, Arc::new(clock), newest).await?)
    }

    pub(super) async fn new(
        db: DatabaseConnection,
        ids: UserIdKind,
        clock: Arc<dyn Clock>,
        newest: Timestamp,
    ) -> Result<Self, DbErr> {
        let era = era::current(&db).await?.number().into();
        let (timeline, last) = (Timeline::new(clock), Position::last_at(newest));
        let files = keep_open(&db).await.map_err(|error| DbErr::Custom(error.to_string()))?;
        // Whoever ran before may have left something.
        let unwiped = AtomicBool::new(true);
        Ok(Self { db, files, unwiped, ids, era, last, timeline, entries: Mutex::default() })
    }

    /// The database, if it is still the one that was opened.
    fn db(&self) -> StoreResult<&DatabaseConnection> {
        self.check()?;
        Ok(&self.db)
    }

    /// All rows of the users whom `changes` concern.
    async fn rows_of(&self, changes: &[UserChange]) -> Result<Rows, DbErr> {
        let users: HashSet<_> = changes.iter().map(|change| &change.user).collect();
        let users = users.into_iter().map(ToString::to_string);
        let found = Presence::find().filter(Column::UserId.is_in(users)).all(&self.db).await?;
        let mut rows = Rows::new();
        for (user, row) in found.into_iter().filter_map(|model| columns::row(&model, self.ids)) {
            rows.entry(user).or_default().push(row);
        }
        Ok(rows)
    }

    /// One statement in the usual case, in which it is a transaction of its own.
    async fn store(&self, written: &[Written]) -> Result<(), DbErr> {
        let models = written.iter().flat_map(|Written { user, rows, .. }| {
            rows.iter().map(|row| columns::model(user, row).into_active_model())
        });
        let models: Vec<_> = models.collect();
        if models.len() <= MAX_ROWS && written.iter().all(|written| written.folded.is_empty()) {
            return upsert(&self.db, models).await;
        }
        let transaction = self.db.begin().await?;
        for models in models.chunks(MAX_ROWS) {
            upsert(&transaction, models.to_vec()).await?;
        }
        delete_folded(&transaction, written).await?;
        transaction.commit().await
    }

    fn append(&self, entry: Entry) {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner).push(entry);
    }

    fn feed(&self, since: Position, until: Position) -> News {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        entries.retain(|entry| entry.position > since);
        let era = Era::new(self.era.load(Ordering::Relaxed));
        News::Feed(Feed { era, entries: entries.clone(), until })
    }
}

/// Keeps one connection open until the pool is closed, and says which files it has open. While it
/// is, SQLite removes none of them itself.
async fn keep_open(db: &DatabaseConnection) -> Result<Files, sea_orm::sqlx::Error> {
    let pool = db.get_sqlite_connection_pool().clone();
    let mut kept = pool.acquire().await?;
    // With the first look it has them all.
    kept.execute("SELECT 1 FROM presence_era").await?;
    let files = Files::of(pool.connect_options().get_filename());
    tokio::spawn(async move {
        pool.close_event().await;
        drop(kept);
    });
    Ok(files)
}

/// The most rows in one statement: SQLite takes 32766 values.
const MAX_ROWS: usize = 4000;

async fn upsert(db: &impl ConnectionTrait, models: Vec<ActiveModel>) -> Result<(), DbErr> {
    if models.is_empty() {
        return Ok(());
    }
    let values = [
        Column::LastActivity,
        Column::LastSeen,
        Column::OnlineSince,
        Column::BeatStamp,
        Column::OfflineAt,
        Column::OfflineMark,
    ];
    let key = [Column::UserId, Column::SessionId];
    Presence::insert_many(models)
        .on_conflict(OnConflict::columns(key).update_columns(values).to_owned())
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Rare, and so a statement for each user.
async fn delete_folded(db: &impl ConnectionTrait, written: &[Written]) -> Result<(), DbErr> {
    for Written { user, folded, .. } in written.iter().filter(|written| !written.folded.is_empty())
    {
        Presence::delete_many()
            .filter(Column::UserId.eq(user.to_string()))
            .filter(Column::SessionId.is_in(folded.iter().map(SessionId::as_str)))
            .exec(db)
            .await?;
    }
    Ok(())
}

#[async_trait]
impl PresenceStore for SqliteStore {
    async fn write(
        &self,
        changes: &[UserChange],
        policy: &Policy,
        since: Position,
    ) -> StoreResult<News> {
        self.check()?;
        let writing = self.timeline.begin().await;
        let position = writing.position;
        let before = self.rows_of(changes).await.map_err(StoreError::new)?;
        let written = rewrite(&before, changes, position.time(), policy);
        self.store(&written).await.map_err(StoreError::new)?;
        let sessions = activities(&written, changes, position.time(), policy);
        self.append(Entry { position, sessions, statuses: Vec::new() });
        writing.done();
        Ok(self.feed(since, position))
    }

    async fn read(&self, since: Position) -> StoreResult<News> {
        era::current(self.db()?).await.map_err(StoreError::new)?;
        self.wipe().await;
        if self.timeline.take_doubt() {
            return Ok(News::Unknown);
        }
        Ok(self.feed(since, self.timeline.until()))
    }

    async fn load(&self, policy: &Policy, intake: &mut dyn Intake) -> StoreResult<u64> {
        let paused = self.timeline.pause().await;
        let until = *paused;
        let era = Era::new(self.era.load(Ordering::Relaxed));
        intake.begin(Origin { era, written: until, last: self.last, until });
        queries::load(self.db()?, self.ids, intake).await.map_err(StoreError::new)?;
        let recent = policy.recent(until.time());
        columns::load(&self.db, self.ids, recent, intake).await.map_err(StoreError::new)
    }

    async fn begin_era(&self, old: Era) -> StoreResult<()> {
        era::begin(self.db()?, old).await.map_err(StoreError::new)?;
        let era = era::current(&self.db).await.map_err(StoreError::new)?;
        self.era.store(era.number(), Ordering::Relaxed);
        Ok(())
    }

    async fn sign(&self) -> StoreResult<()> {
        era::sign(self.db()?, self.clock().now()).await.map_err(StoreError::new)
    }

    fn check(&self) -> StoreResult<()> {
        // Once they are back, this node loads anew.
        self.files.check().inspect_err(|_| self.timeline.doubt())
    }

    fn has_other_writers(&self) -> bool {
        false
    }

    fn clock(&self) -> &dyn Clock {
        &**self.timeline.clock()
    }

    fn connections(&self) -> Option<Connections> {
        // But for the one that is kept.
        Connections::of(&self.db).map(|all| Connections { open: all.open - 1, ..all })
    }
}
