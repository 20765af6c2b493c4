//! The promises that each store must keep: one suite for all.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use entity::presence::Entity;
use migration::{Migrator, MigratorTrait};
use proptest::{prelude::*, test_runner::TestRunner};
use sea_orm::{DatabaseConnection, EntityTrait};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use super::{Database, PresenceStore, SqliteStore, columns, memory::MemoryStore};
use crate::{
    Change, Policy, Row, SessionId, Sessions, Timestamp, UserChange, UserId, UserIdKind,
    policy::tests::policy, record,
};

/// A fresh store, a look behind it, and what must outlive it.
struct Fresh {
    store: Arc<dyn PresenceStore>,
    kept: Kept,
}

enum Kept {
    InMemory(Arc<MemoryStore>),
    InFile { db: DatabaseConnection, _folder: TempDir },
}

fn memory() -> Fresh {
    let store = Arc::new(MemoryStore::default());
    Fresh { store: Arc::clone(&store) as _, kept: Kept::InMemory(store) }
}

async fn sqlite() -> Fresh {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}/presence.db?mode=rwc", folder.path().display());
    let database = Database::new(&url).unwrap();
    let db = database.connect(2, Duration::from_secs(3)).await.unwrap();
    Migrator::up(&db, None).await.unwrap();
    let store = Arc::new(SqliteStore::new(db.clone(), UserIdKind::Integer));
    Fresh { store, kept: Kept::InFile { db, _folder: folder } }
}

impl Fresh {
    /// Every row that is kept.
    async fn rows(&self) -> Model {
        let rows = match &self.kept {
            Kept::InMemory(store) => store.all(),
            Kept::InFile { db, .. } => {
                let models = Entity::find().all(db).await.unwrap();
                let row = |model| columns::row(&model, UserIdKind::Integer).unwrap();
                models.into_iter().map(row).collect()
            }
        };
        let mut model = Model::new();
        for (user, row) in rows {
            model.entry(user).or_default().push(row);
        }
        sorted(&model)
    }

    /// Every session that `load` hands over.
    async fn load(&self, since: Timestamp) -> BTreeSet<(UserId, SessionId, Timestamp)> {
        let mut found = BTreeSet::new();
        let mut each = |user, session, at| assert!(found.insert((user, session, at)));
        let count = self.store.load(since, &mut each).await.unwrap();
        assert_eq!(count, found.len() as u64);
        found
    }
}

/// Every row by user and session, as the rules alone would have it.
type Model = BTreeMap<UserId, Vec<Row>>;

/// A batch of changes, and how long after the one before it comes.
type Batch = (u64, Vec<UserChange>);

fn change() -> impl Strategy<Value = UserChange> {
    let user = (0..6_u64).prop_map(|id| UserId::integer(id).unwrap());
    let session = prop::sample::select(vec!["", "a", "b", "c'\"\\;%é"]).prop_map(SessionId::parse);
    let stamp = prop::option::of(1_000_000_000..1_002_000_000_i64);
    (user, session, stamp, 0..10).prop_map(|(user, session, stamp, kind)| {
        let (session, stamp) = (session.unwrap(), stamp.map(Timestamp::from_millis));
        let change = match kind {
            0 => Change::Mark { sessions: Sessions::All, stamp },
            1 | 2 => Change::Mark { sessions: Sessions::named(session), stamp },
            _ => Change::Beat { session, stamp },
        };
        UserChange { user, change }
    })
}

fn batches() -> impl Strategy<Value = Vec<Batch>> {
    let batch = (0..120_000_u64, prop::collection::vec(change(), 1..12));
    prop::collection::vec(batch, 1..20)
}

fn sorted(model: &Model) -> Model {
    let by_session = |rows: &Vec<Row>| {
        let mut rows = rows.clone();
        rows.sort_by(|a, b| a.session.cmp(&b.session));
        rows
    };
    model.iter().map(|(user, rows)| (user.clone(), by_session(rows))).collect()
}

/// What a write answers is what the rules say and what is stored.
async fn keeps_to_the_rules(fresh: &Fresh, batches: &[Batch], policy: &Policy) {
    let mut now = Timestamp::from_millis(1_000_000_000);
    let mut model = Model::new();
    for (wait, changes) in batches {
        now = now.plus(Duration::from_millis(*wait));
        let mut told = model.clone();
        for UserChange { user, change } in changes {
            record(model.entry(user.clone()).or_default(), change, now, policy);
        }
        model.retain(|_, rows| !rows.is_empty());

        for answer in fresh.store.write(changes, now, policy).await.unwrap() {
            let rows = told.entry(answer.user).or_default();
            rows.retain(|row| !answer.folded.contains(&row.session));
            rows.retain(|row| answer.rows.iter().all(|new| new.session != row.session));
            rows.extend(answer.rows);
        }
        assert_eq!(sorted(&told), sorted(&model), "what the write answered");
        assert_eq!(fresh.rows().await, sorted(&model), "what is stored");
    }
    let newest = model.values().flatten();
    let newest = newest.map(|row| row.last_seen.max(row.online_since.unwrap_or_default())).max();
    assert_eq!(fresh.store.newest_time().await.unwrap(), newest.unwrap_or_default());
}

/// `load` leaves out who cannot be online.
async fn loads_what_is_recent(fresh: &Fresh) {
    for number in 1..=3 {
        let user = UserId::integer(number).unwrap();
        let session = SessionId::parse(&format!("s{number}")).unwrap();
        let change = UserChange { user, change: Change::Beat { session, stamp: None } };
        let now = Timestamp::from_millis(i64::try_from(number).unwrap() * 1_000);
        fresh.store.write(&[change], now, &policy()).await.unwrap();
    }
    let session = |number: u64| {
        let at = Timestamp::from_millis(i64::try_from(number).unwrap() * 1_000);
        let session = SessionId::parse(&format!("s{number}")).unwrap();
        (UserId::integer(number).unwrap(), session, at)
    };
    let recent = fresh.load(Timestamp::from_millis(2_000)).await;
    assert_eq!(recent, BTreeSet::from([session(2), session(3)]));
    assert_eq!(fresh.load(Timestamp::from_millis(3_001)).await, BTreeSet::new());
}

/// A write may concern many more rows than it has changes.
async fn writes_twenty_rows_for_each_of_a_thousand_users(fresh: &Fresh) {
    let store = &fresh.store;
    let mut now = Timestamp::from_millis(1_000_000_000);
    let for_all = |change: &Change| -> Vec<_> {
        let users = (0..1_000).map(|id| UserId::integer(id).unwrap());
        users.map(|user| UserChange { user, change: change.clone() }).collect()
    };
    let beat = |session: &str| {
        for_all(&Change::Beat { session: SessionId::parse(session).unwrap(), stamp: None })
    };
    for session in 0..policy().max_sessions {
        now = now.plus(Duration::from_millis(1));
        store.write(&beat(&session.to_string()), now, &policy()).await.unwrap();
    }
    let mark = for_all(&Change::Mark { sessions: Sessions::All, stamp: None });
    store.write(&mark, now, &policy()).await.unwrap();
    let since = Timestamp::from_millis(1);
    assert_eq!(fresh.load(since).await.len(), 0, "ended them all");

    for session in 0..policy().max_sessions {
        store.write(&beat(&session.to_string()), now, &policy()).await.unwrap();
    }
    let one_only = Policy { max_sessions: 1, ..policy() };
    store.write(&beat("last"), now, &one_only).await.unwrap();
    assert_eq!(fresh.load(since).await.len(), 1_000, "folded all but one of each");
}

fn suite(fresh: impl AsyncFn() -> Fresh) {
    let runtime = Runtime::new().unwrap();
    let mut runner = TestRunner::new(ProptestConfig::with_cases(64));
    let cases = (batches(), prop_oneof![Just(20_usize), Just(2)]);
    let found = runner.run(&cases, |(batches, max_sessions)| {
        let policy = Policy { max_sessions, ..policy() };
        runtime.block_on(async { keeps_to_the_rules(&fresh().await, &batches, &policy).await });
        Ok(())
    });
    found.unwrap_or_else(|error| panic!("{error}"));
    runtime.block_on(async {
        loads_what_is_recent(&fresh().await).await;
        writes_twenty_rows_for_each_of_a_thousand_users(&fresh().await).await;
        let fresh = fresh().await;
        assert_eq!(fresh.store.newest_time().await.unwrap(), Timestamp::EPOCH, "when empty");
        fresh.store.ping().await.unwrap();
    });
}

#[test]
fn memory_keeps_the_promises_of_a_store() {
    suite(async || memory());
}

#[test]
fn sqlite_keeps_the_promises_of_a_store() {
    suite(sqlite);
}
