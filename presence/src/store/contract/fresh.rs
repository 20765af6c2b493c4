//! Stores to try the suite on: each fresh, on real servers where it needs one.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, LazyLock},
    time::Duration,
};

use entity::presence::Entity;
use migration::{Migrator, MigratorTrait};
use sea_orm::{ConnectionTrait, DatabaseConnection, EntityTrait};
use tempfile::TempDir;
use tokio::sync::OnceCell;

use super::{
    super::{
        Database, Feed, Intake, News, Origin, PresenceStore, ServerStore, SqliteStore,
        StoredSession, StoredStatus, columns, memory::MemoryStore, server::ServerClock,
    },
    Model, START, sorted,
};
use crate::{
    Policy, Position, Timestamp, UserChange, UserId, UserIdKind, clock::ManualClock,
    policy::tests::policy,
};

/// A fresh store, the clock that it goes by, a look behind it, and what must outlive it.
pub(super) struct Fresh {
    pub(super) store: Arc<dyn PresenceStore>,
    pub(super) ids: UserIdKind,
    pub(super) clock: Arc<ManualClock>,
    pub(super) kept: Kept,
}

pub(super) enum Kept {
    InMemory(Arc<MemoryStore>),
    InFile { db: DatabaseConnection, _folder: TempDir },
    OnServer(DatabaseConnection),
}

pub(super) fn memory(ids: UserIdKind) -> Fresh {
    let clock = clock();
    let store = Arc::new(MemoryStore::new(Arc::clone(&clock)));
    Fresh { store: Arc::clone(&store) as _, ids, clock, kept: Kept::InMemory(store) }
}

pub(super) async fn sqlite(ids: UserIdKind) -> Fresh {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}/presence.db?mode=rwc", folder.path().display());
    let database = Database::new(&url).unwrap();
    let db = database.connect(2, Duration::from_secs(10)).await.unwrap();
    Migrator::up(&db, None).await.unwrap();
    let clock = clock();
    let store = SqliteStore::new(db.clone(), ids, Arc::clone(&clock) as _, Timestamp::EPOCH).await;
    let store = Arc::new(store.unwrap());
    Fresh { store, ids, clock, kept: Kept::InFile { db, _folder: folder } }
}

/// A server for all tests of this process, and a database on it that each test empties.
pub(super) async fn on_server(
    url: impl FnOnce() -> String,
    db: &OnceCell<DatabaseConnection>,
    ids: UserIdKind,
) -> Fresh {
    let connect = async || {
        let database = Database::new(&url()).unwrap();
        let db = database.connect(2, Duration::from_secs(10)).await.unwrap();
        migration::up(&db).await.unwrap();
        db
    };
    let db = db.get_or_init(connect).await.clone();
    for empty in [
        "DELETE FROM presence",
        "DELETE FROM user_status",
        "DELETE FROM presence_feed",
        "INSERT INTO presence_feed VALUES (1, '[]')",
    ] {
        db.execute_unprepared(empty).await.unwrap();
    }
    let clock = clock();
    let server_clock = ServerClock::standing_in(Arc::clone(&clock));
    let patience = Duration::from_secs(30);
    let store = ServerStore::new(db.clone(), ids, patience, server_clock).unwrap();
    Fresh { store: Arc::new(store), ids, clock, kept: Kept::OnServer(db) }
}

pub(super) fn postgres() -> String {
    static SERVER: LazyLock<testbed::Postgres> =
        LazyLock::new(|| testbed::Postgres::start(testbed::Durability::Fast));
    SERVER.create_database()
}

pub(super) fn mariadb() -> String {
    static SERVER: LazyLock<testbed::MariaDb> =
        LazyLock::new(|| testbed::MariaDb::start(testbed::Durability::Fast));
    SERVER.create_database()
}

pub(super) fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::starting_at(Timestamp::from_millis(START)))
}

impl Fresh {
    /// Every row that is kept.
    pub(super) async fn rows(&self) -> Model {
        let rows = match &self.kept {
            Kept::InMemory(store) => store.all(),
            Kept::InFile { db, .. } | Kept::OnServer(db) => {
                let models = Entity::find().all(db).await.unwrap();
                let row = |model| columns::row(&model, self.ids).unwrap();
                models.into_iter().map(row).collect()
            }
        };
        let mut model = Model::new();
        for (user, row) in rows {
            model.entry(user).or_default().push(row);
        }
        sorted(&model)
    }

    pub(super) fn now(&self) -> Timestamp {
        self.store.clock().now()
    }

    /// Every session that `load` hands over.
    pub(super) async fn load(&self) -> Found {
        let mut found = Found::default();
        let count = self.store.load(&policy(), &mut found).await.unwrap();
        assert_eq!(count, found.sessions.len() as u64);
        found
    }

    /// A write, and what it told.
    pub(super) async fn write(
        &self,
        changes: &[UserChange],
        policy: &Policy,
        since: Position,
    ) -> Feed {
        feed(self.store.write(changes, policy, since).await.unwrap())
    }
}

pub(super) fn feed(news: News) -> Feed {
    match news {
        News::Feed(feed) => feed,
        News::Unknown | News::Restored => panic!("{news:?}"),
    }
}

#[derive(Default)]
pub(super) struct Found {
    pub(super) origin: Origin,
    pub(super) sessions: BTreeSet<StoredSession>,
    pub(super) statuses: BTreeMap<UserId, StoredStatus>,
}

impl Intake for Found {
    fn begin(&mut self, origin: Origin) {
        assert!(self.sessions.is_empty());
        self.origin = origin;
    }

    fn take_status(&mut self, status: StoredStatus) {
        assert!(self.sessions.is_empty());
        assert!(self.statuses.insert(status.user.clone(), status).is_none());
    }

    fn take(&mut self, session: StoredSession) {
        assert!(self.sessions.insert(session));
    }
}
