//! What the routes answer when the store fails, by a store that can be told to.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use actix_web::{
    body::to_bytes,
    http::header::{AGE, RETRY_AFTER},
    rt,
    test::{TestRequest, call_service, init_service},
};
use jsonwebtoken::Algorithm;
use openapi::model::Seconds;
use presence::{
    Age, Change, Clock, Entry, Era, Feed, Intake, News, Origin, Policy, Position, Presence,
    PresenceStore, Row, SessionActivity, SessionId, StatusRow, StatusStore, StatusWrite,
    StoreError, StoreResult, StoredSession, SystemClock, Timestamp, Unseen, UserChange, UserId,
};
use serde_json::Value;
use tokio::{task::yield_now, time::advance};

use super::{encoding::Coding, latest_answer::LatestAnswer, *};
use crate::{
    auth::{NewToken, sign},
    credentials,
    settings::{Settings, load},
};

const SECRET: &str = "a secret for these tests of the routes";

/// A store that holds the users it is told to, and fails or hangs when told to.
struct Faulty {
    clock: SystemClock,
    users: AtomicU64,
    fails: AtomicBool,
    hangs: AtomicBool,
}

impl Faulty {
    async fn answer<T>(&self, answer: T) -> StoreResult<T> {
        if self.hangs.load(Ordering::Relaxed) {
            std::future::pending::<()>().await;
        }
        if self.fails.load(Ordering::Relaxed) {
            return Err(StoreError::new("told to fail, with a path like /var/lib/x.db"));
        }
        Ok(answer)
    }
}

#[async_trait::async_trait]
impl PresenceStore for Faulty {
    async fn write(&self, _: &[UserChange], _: &Policy, since: Position) -> StoreResult<News> {
        self.read(since).await
    }

    async fn read(&self, _: Position) -> StoreResult<News> {
        let until = Position::first_at(self.clock.now());
        self.answer(News::Feed(Feed { era: Era::new(1), entries: Vec::new(), until })).await
    }

    async fn load(&self, _: &Policy, intake: &mut dyn Intake) -> StoreResult<u64> {
        let until = Position::first_at(self.clock.now());
        intake.begin(Origin { era: Era::new(1), until, ..Origin::default() });
        let users = self.users.load(Ordering::Relaxed);
        for id in 0..users {
            let user = UserId::integer(id).unwrap();
            let last_activity = until.time();
            let (session, last_seen) = (SessionId::NONE, last_activity);
            let activity = SessionActivity { user, session, last_activity, last_seen, mark: None };
            intake.take(StoredSession { activity, online_since: None, offline_at: None });
        }
        self.answer(users).await
    }

    async fn begin_era(&self, _: Era) -> StoreResult<()> {
        self.answer(()).await
    }

    async fn sign(&self) -> StoreResult<()> {
        self.answer(()).await
    }

    fn has_other_writers(&self) -> bool {
        false
    }

    fn clock(&self) -> &dyn Clock {
        &self.clock
    }
}

/// Nobody ever said anything, or was seen before.
#[async_trait::async_trait]
impl StatusStore for Faulty {
    async fn last_seen(&self, _: &[UserId]) -> StoreResult<HashMap<UserId, Timestamp>> {
        self.answer(HashMap::new()).await
    }

    async fn status(&self, _: &UserId) -> StoreResult<StatusRow> {
        self.answer(StatusRow::default()).await
    }

    async fn sessions(&self, _: &UserId) -> StoreResult<Vec<Row>> {
        self.answer(Vec::new()).await
    }

    async fn told(&self, _: &UserId) -> StoreResult<Vec<Entry>> {
        self.answer(Vec::new()).await
    }

    async fn write_status(&self, _: &StatusWrite, _: &Policy) -> StoreResult<bool> {
        self.answer(true).await
    }

    async fn erase(&self, _: &UserId) -> StoreResult<()> {
        self.answer(()).await
    }

    async fn forget_sessions(&self, _: Age, _: &str) -> StoreResult<Option<String>> {
        self.answer(None).await
    }

    async fn unseen(&self, _: Position, _: &str) -> StoreResult<Unseen> {
        self.answer(Unseen::default()).await
    }

    async fn forget_erased(&self, _: Position) -> StoreResult<()> {
        self.answer(()).await
    }
}

/// The services of a node over such a store, and its store.
async fn node() -> (Services, Arc<Faulty>) {
    let clock = SystemClock::starting_at(Timestamp::EPOCH);
    let store =
        Arc::new(Faulty { clock, users: 0.into(), fails: false.into(), hangs: false.into() });
    let settings = settings();
    let (presence, writer) =
        Presence::new(Arc::clone(&store) as _, settings.policy(), settings.database.timeout.0);
    rt::spawn(writer.run());
    let keys = credentials::issuer_keys(&settings).await.unwrap();
    (Services::new(&settings, keys, presence, None).unwrap(), store)
}

fn settings() -> Settings {
    load(None, [("LASTSEEN__AUTH__SECRET".into(), SECRET.into())]).unwrap()
}

/// An answer: its status, its `Age`, its `Retry-After`, and the last part of a problem's type.
type Short = (u16, Option<u64>, bool, String);

async fn ask(services: &Services, request: TestRequest) -> Short {
    let app = init_service(app(services.clone())).await;
    let user = Some(UserId::integer(5).unwrap());
    let new = NewToken { user, session: None, scope: None, ttl: Duration::from_hours(1) };
    let expectations = credentials::expectations(&settings());
    let now = services.presence.now();
    let token = sign(&new, &expectations, Algorithm::HS256, SECRET.as_bytes(), now).unwrap();
    let request = request.insert_header(("Authorization", format!("Bearer {token}")));
    let answer = call_service(&app, request.to_request()).await;
    let status = answer.status().as_u16();
    let age = answer.headers().get(AGE).map(|age| age.to_str().unwrap().parse().unwrap());
    let retry = answer.headers().contains_key(RETRY_AFTER);
    let body = to_bytes(answer.into_body()).await.ok().unwrap();
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    assert!(!body.to_string().contains("/var/lib"), "{body}");
    let slug = body["type"].as_str().and_then(|kind| kind.rsplit('/').next()).unwrap_or_default();
    (status, age, retry, slug.to_owned())
}

fn poll() -> TestRequest {
    TestRequest::get().uri("/api/chat/online-users")
}

fn ready() -> TestRequest {
    TestRequest::get().uri("/readyz")
}

fn fine(age: Option<u64>) -> Short {
    (200, age, false, String::new())
}

fn refused(slug: &str) -> Short {
    (503, None, true, slug.to_owned())
}

#[actix_web::test]
async fn nothing_is_read_before_the_first_load() {
    let (services, _) = node().await;
    assert_eq!(ask(&services, poll()).await, refused("store-unavailable"));
    assert_eq!(ask(&services, ready()).await, refused("store-unavailable"));
    services.presence.load().await.unwrap();
    assert_eq!(ask(&services, poll()).await, fine(None));
    assert_eq!(ask(&services, ready()).await, fine(None));
}

#[actix_web::test]
async fn reads_outlive_the_store_with_their_age_and_not_for_ever() {
    let (services, store) = node().await;
    tokio::time::pause();
    services.presence.load().await.unwrap();
    store.fails.store(true, Ordering::Relaxed);
    for (seconds, answer) in [(1, fine(None)), (20, fine(Some(21))), (9, fine(Some(30)))] {
        advance(Duration::from_secs(seconds)).await;
        services.presence.refresh().await;
        assert_eq!(ask(&services, poll()).await, answer);
        assert_eq!(ask(&services, ready()).await.0, 200);
    }
    advance(Duration::from_millis(1)).await;
    assert_eq!(ask(&services, poll()).await, refused("store-unavailable"));
    assert_eq!(ask(&services, ready()).await, refused("store-unavailable"));

    store.fails.store(false, Ordering::Relaxed);
    services.presence.refresh().await;
    assert_eq!(ask(&services, poll()).await, fine(None), "it recovers by itself");
}

#[actix_web::test]
async fn a_beat_that_the_store_refuses_is_refused() {
    let (services, store) = node().await;
    services.presence.load().await.unwrap();
    store.fails.store(true, Ordering::Relaxed);
    let beat = TestRequest::post().uri("/api/chat/heartbeat");
    assert_eq!(ask(&services, beat).await, refused("store-unavailable"));
}

#[actix_web::test]
async fn more_beats_than_may_wait_are_refused_at_once() {
    let (services, store) = node().await;
    services.presence.load().await.unwrap();
    store.hangs.store(true, Ordering::Relaxed);
    let presence = services.presence.clone();
    // More than the queue and a batch that is under way hold together.
    for id in 0..20_000 {
        let presence = presence.clone();
        rt::spawn(async move {
            let beat = Change::Beat { session: SessionId::NONE, stamp: None };
            presence.record(UserId::integer(id).unwrap(), beat).await
        });
        yield_now().await;
    }
    let leave = TestRequest::post().uri("/api/chat/mark-offline");
    assert_eq!(ask(&services, leave).await, refused("overloaded"));
}

#[actix_web::test]
async fn a_long_poll_is_answered_by_what_is_known_at_its_end() {
    let (services, store) = node().await;
    tokio::time::pause();
    services.presence.load().await.unwrap();
    let cursor = services.presence.online().cursor();
    let poll = |wait: u8| {
        TestRequest::get().uri(&format!("/api/chat/online-users?since={cursor}&wait={wait}"))
    };
    store.fails.store(true, Ordering::Relaxed);
    assert_eq!(ask(&services, poll(20)).await, fine(Some(20)), "the clock moves by itself");
    assert_eq!(ask(&services, poll(20)).await, refused("store-unavailable"));
    assert_eq!(services.presence.age().unwrap().as_secs(), 40);
    assert_eq!(ask(&services, poll(20)).await, refused("store-unavailable"));
    assert_eq!(services.presence.age().unwrap().as_secs(), 40, "that one was not held");
}

#[actix_web::test]
async fn a_set_is_encoded_once_in_each_coding_by_whoever_asks_first() {
    for users in [300, 20_000] {
        let (services, store) = node().await;
        store.users.store(users, Ordering::Relaxed);
        services.presence.load().await.unwrap();
        let set = services.presence.online();
        assert_eq!(set.ids().len() as u64, users);

        let latest = LatestAnswer::default();
        let ten = Seconds::Whole(10);
        for wanted in [None, Some(Coding::Gzip), Some(Coding::Brotli), Some(Coding::Zstd)] {
            let ask = || latest.encoded(&set, ten, || wanted);
            let (one, other) = tokio::join!(ask(), ask());
            let ((one, coding), (other, _)) = (one.unwrap(), other.unwrap());
            assert_eq!(coding, wanted);
            assert_eq!(one.as_ptr(), other.as_ptr(), "the same bytes");
        }
    }
}

#[actix_web::test]
async fn a_draining_node_is_not_ready_and_closes_its_connections() {
    let (services, _) = node().await;
    services.presence.load().await.unwrap();
    services.lifecycle.drain();
    assert_eq!(ask(&services, ready()).await, refused("draining"));
    assert_eq!(ask(&services, poll()).await, fine(None), "it serves on");
}
