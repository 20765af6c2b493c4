//! The promises that each store must keep: one suite for all.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use migration::{Migrator, MigratorTrait};
use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};

use super::{Database, MAX_CHANGES, PresenceStore, SqliteStore, memory::MemoryStore};
use crate::{
    Change, Policy, Row, SessionId, Sessions, Timestamp, UserChange, UserId, UserIdKind,
    policy::tests::policy, record,
};

/// A fresh store, and what must outlive it.
struct Fresh {
    store: Arc<dyn PresenceStore>,
    _folder: Option<tempfile::TempDir>,
}

fn memory() -> Fresh {
    Fresh { store: Arc::new(MemoryStore::default()), _folder: None }
}

async fn sqlite() -> Fresh {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}/presence.db?mode=rwc", folder.path().display());
    let database = Database::new(&url).unwrap();
    let db = database.connect(2, Duration::from_secs(3)).await.unwrap();
    Migrator::up(&db, None).await.unwrap();
    let store = Arc::new(SqliteStore::new(db, UserIdKind::Integer));
    Fresh { store, _folder: Some(folder) }
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

fn sorted(mut rows: Vec<Row>) -> Vec<Row> {
    rows.sort_by(|a, b| a.session.cmp(&b.session));
    rows
}

async fn everything(store: &dyn PresenceStore) -> Model {
    let mut found = Model::new();
    let mut each = |user, row| found.entry(user).or_default().push(row);
    let count = store.load(Timestamp::EPOCH, &mut each).await.unwrap();
    assert_eq!(count, found.values().map(|rows| rows.len() as u64).sum::<u64>());
    found.into_iter().map(|(user, rows)| (user, sorted(rows))).collect()
}

/// What a write answers is what the rules say and what is stored.
async fn keeps_to_the_rules(store: &dyn PresenceStore, batches: &[Batch], policy: &Policy) {
    let mut now = Timestamp::from_millis(1_000_000_000);
    let mut model = Model::new();
    for (wait, changes) in batches {
        now = now.plus(Duration::from_millis(*wait));
        let before = model.clone();
        for UserChange { user, change } in changes {
            record(model.entry(user.clone()).or_default(), change, now, policy);
        }
        model.retain(|_, rows| !rows.is_empty());

        let written = store.write(changes, now, policy).await.unwrap();
        let mut told = before;
        for answer in written {
            let rows = told.entry(answer.user).or_default();
            rows.retain(|row| !answer.folded.contains(&row.session));
            rows.retain(|row| answer.rows.iter().all(|new| new.session != row.session));
            rows.extend(answer.rows);
        }
        let by_session = |model: &Model| -> Model {
            model.iter().map(|(user, rows)| (user.clone(), sorted(rows.clone()))).collect()
        };
        assert_eq!(by_session(&told), by_session(&model), "what the write answered");
        assert_eq!(everything(store).await, by_session(&model), "what is stored");
    }
    let newest = model.values().flatten();
    let newest = newest.map(|row| row.last_seen.max(row.online_since.unwrap_or_default())).max();
    assert_eq!(store.newest_time().await.unwrap(), newest.unwrap_or_default());
}

/// `load` leaves out who cannot be online.
async fn loads_what_is_recent(store: &dyn PresenceStore) {
    let beat = |id, now| {
        let user = UserId::integer(id).unwrap();
        let change = Change::Beat { session: SessionId::default(), stamp: None };
        (vec![UserChange { user, change }], Timestamp::from_millis(now))
    };
    for (changes, now) in [beat(1, 1_000), beat(2, 2_000), beat(3, 3_000)] {
        store.write(&changes, now, &policy()).await.unwrap();
    }
    let mut found = Vec::new();
    let since = Timestamp::from_millis(2_000);
    store.load(since, &mut |user, _| found.push(user.to_string())).await.unwrap();
    found.sort();
    assert_eq!(found, ["2", "3"]);
}

/// A write may concern many more rows than it has changes.
async fn writes_twenty_rows_for_each_of_a_thousand_users(store: &dyn PresenceStore) {
    let mut now = Timestamp::from_millis(1_000_000_000);
    let for_all = |change: &Change| -> Vec<_> {
        let users = (0..MAX_CHANGES as u64).map(|id| UserId::integer(id).unwrap());
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
    assert_eq!(store.load(since, &mut |_, _| {}).await.unwrap(), 0, "ended them all");

    for session in 0..policy().max_sessions {
        store.write(&beat(&session.to_string()), now, &policy()).await.unwrap();
    }
    let one_only = Policy { max_sessions: 1, ..policy() };
    store.write(&beat("last"), now, &one_only).await.unwrap();
    let left = store.load(since, &mut |_, _| {}).await.unwrap();
    assert_eq!(left, MAX_CHANGES as u64, "folded all but one of each");
}

async fn suite(fresh: impl AsyncFn() -> Fresh) {
    let mut runner = TestRunner::new(ProptestConfig::with_cases(64));
    for case in 0..64 {
        let batches = batches().new_tree(&mut runner).unwrap().current();
        let max_sessions = if case % 2 == 0 { 20 } else { 2 };
        let policy = Policy { max_sessions, ..policy() };
        keeps_to_the_rules(&*fresh().await.store, &batches, &policy).await;
    }
    loads_what_is_recent(&*fresh().await.store).await;
    writes_twenty_rows_for_each_of_a_thousand_users(&*fresh().await.store).await;
    let Fresh { store, .. } = fresh().await;
    assert_eq!(store.newest_time().await.unwrap(), Timestamp::EPOCH, "of an empty store");
    store.ping().await.unwrap();
}

#[tokio::test]
async fn memory_keeps_the_promises_of_a_store() {
    suite(async || memory()).await;
}

#[tokio::test]
async fn sqlite_keeps_the_promises_of_a_store() {
    suite(sqlite).await;
}
