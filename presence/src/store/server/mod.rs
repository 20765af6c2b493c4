//! PostgreSQL, MySQL and MariaDB: databases that several nodes write to.
//!
//! A write is one call of a procedure that takes a lock, gives the write its position by the
//! server's clock, applies the rules, and appends what came of it to `presence_feed`. The lock is
//! held until the commit, so positions become visible in their order: whoever has read up to a
//! position has missed nothing before it. No lock outlives the statement, whatever becomes of the
//! node that sent it.

use std::{future::Future, sync::Arc, time::Duration};

use async_trait::async_trait;
use entity::presence_feed::{self, Column, Entity as Feeds};
use sea_orm::{
    AccessMode, ColumnTrait, ConnectionTrait, DatabaseConnection, DbBackend, DbErr, EntityTrait,
    IsolationLevel, QueryFilter, QuerySelect, Statement, TransactionTrait,
};

mod advice;
mod changes;
mod clock;
mod fitness;
mod mysql;
mod pool;
mod postgres;
mod prune;
mod reading;
mod session;
mod status;
mod told;
mod trust;
mod url;

use self::reading::Reading;
pub use self::trust::Trust;
pub(super) use self::{clock::ServerClock, fitness::check_database, pool::Server, url::ServerUrl};
use super::{
    Feed, Intake, News, Origin, PresenceStore, StoreError, StoreResult, columns, era,
    status::queries,
};
use crate::{Clock, ConnectError, Connections, Era, Policy, Position, UserChange, UserIdKind};

/// The table `presence` of a database server.
pub struct ServerStore {
    db: DatabaseConnection,
    dialect: Dialect,
    ids: UserIdKind,
    timeout: Duration,
    trust: Trust,
    clock: Arc<ServerClock>,
    /// The newest write before this node began to write itself.
    last: Option<Position>,
}

/// How to say it to which server.
#[derive(Clone, Copy)]
struct Dialect {
    /// A call of the procedure that writes.
    write: fn(&Write<'_>) -> Statement,
    /// A call of the procedure that reads.
    read: &'static str,
    /// A call of the procedure of that name, with so many values.
    call: fn(&str, usize) -> String,
}

/// What a write is about: at most one change for each user.
struct Write<'a> {
    changes: &'a [UserChange],
    policy: &'a Policy,
    since: Position,
    /// Stands in for the server's clock, in tests.
    given: Option<Position>,
}

/// So many times as long as one request may take what a start tries, which is many.
const BEGIN_PATIENCE: u32 = 5;

/// What a write of nobody goes by.
const NOBODYS: Policy = Policy {
    window: Duration::ZERO,
    heartbeat_interval: Duration::ZERO,
    clock_skew: Duration::ZERO,
    coalesce: Duration::ZERO,
    refresh: Duration::ZERO,
    max_sessions: 1,
};

/// A load reads the whole table: it may take so many times as long as other requests.
const LOAD_PATIENCE: u32 = 20;

impl ServerStore {
    /// The store in `db`, whose schema is up to date, with user ids of the kind `ids`. The server
    /// is given `timeout` to answer. Everything that a node does is tried.
    ///
    /// # Errors
    ///
    /// When it does not answer, or cannot do what is needed: with what would help.
    pub(super) async fn open(
        db: DatabaseConnection,
        ids: UserIdKind,
        timeout: Duration,
        trust: Trust,
    ) -> Result<Self, ConnectError> {
        let mut store = Self::new(db, ids, timeout, ServerClock::default())?;
        store.trust = trust;
        let begun = tokio::time::timeout(BEGIN_PATIENCE * timeout, async {
            let newest = store.reading(None).await?.newest;
            store.last = Some(newest);
            store.try_everything().await?;
            era::enter(&store.db, store.clock.now(), newest.time()).await
        });
        match begun.await {
            Ok(begun) => begun.map_err(ConnectError::refused)?,
            Err(elapsed) => return Err(ConnectError::Begin(StoreError::new(elapsed))),
        }
        Ok(store)
    }

    pub(super) fn new(
        db: DatabaseConnection,
        ids: UserIdKind,
        timeout: Duration,
        clock: ServerClock,
    ) -> Result<Self, DbErr> {
        let dialect = match db.get_database_backend() {
            DbBackend::Postgres => postgres::DIALECT,
            DbBackend::MySql => mysql::DIALECT,
            DbBackend::Sqlite | _ => {
                return Err(DbErr::Custom("not a database that several nodes write to".to_owned()));
            }
        };
        let (clock, trust) = (Arc::new(clock), Trust::default());
        Ok(Self { db, dialect, ids, timeout, trust, clock, last: None })
    }

    /// The server may be frozen, or behind a network that swallows everything.
    async fn in_time<T>(&self, answer: impl Future<Output = Result<T, DbErr>>) -> StoreResult<T> {
        within(&self.trust, self.timeout, answer).await
    }

    /// A write as that of a beat, of nobody: so a node knows whether it can without one.
    async fn write_nothing(&self) -> Result<(), DbErr> {
        let since = Position::from_micros(i64::MAX);
        let write = Write { changes: &[], policy: &NOBODYS, since, given: self.clock.given() };
        self.db.query_all_raw((self.dialect.write)(&write)).await.map(drop)
    }

    async fn tell(
        &self,
        era: Era,
        rows: Vec<presence_feed::Model>,
        since: Position,
        until: Option<Position>,
    ) -> Result<News, DbErr> {
        let known = since == Position::START
            || rows.first().is_some_and(|first| first.id == since.micros());
        if !known {
            let before = Feeds::find().filter(Column::Id.lt(since.micros())).one(&self.db).await?;
            return Ok(if before.is_some() { News::Restored } else { News::Unknown });
        }
        let after = rows.iter().filter(|row| row.id > since.micros());
        let entry = |row: &presence_feed::Model| {
            told::entry(Position::from_micros(row.id), &row.changed, self.ids)
        };
        let entries: Vec<_> = after.map(entry).collect::<Result<_, _>>()?;
        let newest = entries.last().map_or(since, |entry| entry.position);
        let until = until.map_or(newest, |until| until.max(newest));
        Ok(News::Feed(Feed { era, entries, until }))
    }
}

async fn within<T>(
    trust: &Trust,
    timeout: Duration,
    answer: impl Future<Output = Result<T, DbErr>>,
) -> StoreResult<T> {
    match tokio::time::timeout(timeout, answer).await {
        Ok(answer) => answer.inspect_err(|error| trust.judge(error)).map_err(StoreError::new),
        Err(elapsed) => Err(StoreError::new(elapsed)),
    }
}

async fn newest(db: &impl ConnectionTrait) -> Result<Position, DbErr> {
    let newest = Feeds::find().select_only().column_as(Column::Id.max(), "id");
    let newest = newest.into_tuple::<Option<i64>>().one(db).await?.flatten();
    Ok(Position::from_micros(newest.unwrap_or_default()))
}

#[async_trait]
impl PresenceStore for ServerStore {
    async fn write(
        &self,
        changes: &[UserChange],
        policy: &Policy,
        since: Position,
    ) -> StoreResult<News> {
        let write = Write { changes, policy, since, given: self.clock.given() };
        let rows = self.db.query_all_raw((self.dialect.write)(&write));
        let rows = self.in_time(rows).await?;
        self.in_time(async {
            let (era, rows) = reading::written(&rows)?;
            self.tell(era, rows, since, None).await
        })
        .await
    }

    async fn read(&self, since: Position) -> StoreResult<News> {
        self.in_time(async {
            let Reading { era, rows, until, .. } = self.reading(Some(since)).await?;
            self.tell(era, rows, since, Some(until)).await
        })
        .await
    }

    async fn load(&self, policy: &Policy, intake: &mut dyn Intake) -> StoreResult<u64> {
        within(&self.trust, LOAD_PATIENCE * self.timeout, async {
            let Reading { until, .. } = self.reading(None).await?;
            let snapshot = (Some(IsolationLevel::RepeatableRead), Some(AccessMode::ReadOnly));
            let snapshot = self.db.begin_with_config(snapshot.0, snapshot.1).await?;
            let written = newest(&snapshot).await?;
            let era = era::current(&snapshot).await?;
            let until = until.max(written);
            intake.begin(Origin { era, written, last: self.last.unwrap_or(written), until });
            queries::load(&snapshot, self.ids, intake).await?;
            let recent = policy.recent(until.time());
            let sessions = columns::load(&snapshot, self.ids, recent, intake).await?;
            snapshot.commit().await?;
            Ok(sessions)
        })
        .await
    }

    async fn begin_era(&self, old: Era) -> StoreResult<()> {
        self.in_time(era::begin(&self.db, old)).await
    }

    async fn sign(&self) -> StoreResult<()> {
        self.in_time(async {
            era::sign(&self.db, self.clock.now()).await?;
            self.write_nothing().await
        })
        .await
    }

    async fn forget_told(&self, oldest: Position) -> StoreResult<()> {
        within(&self.trust, prune::STATEMENTS * self.timeout, prune::prune(&self.db, oldest)).await
    }

    fn has_other_writers(&self) -> bool {
        true
    }

    fn clock(&self) -> &dyn Clock {
        &*self.clock
    }

    fn connections(&self) -> Option<Connections> {
        Connections::of(&self.db)
    }
}
