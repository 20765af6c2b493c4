//! The service and its writer over a store in memory, by a clock that the tests set.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use tokio::task::{JoinHandle, yield_now};

use crate::{
    Change, Outcome, Policy, Presence, RecordError, SessionId, Sessions, Timestamp, UserId,
    clock::ManualClock, policy::tests::policy, store::memory::MemoryStore,
};

mod erasure;
mod followers;
mod refusals;
mod unwritten;

const PATIENCE: Duration = Duration::from_secs(3);

/// A node: its service, and its writer running.
struct Node {
    presence: Arc<Presence>,
    store: Arc<MemoryStore>,
    writer: JoinHandle<()>,
}

fn store() -> Arc<MemoryStore> {
    Arc::new(MemoryStore::new(Arc::new(ManualClock::starting_at(at(0)))))
}

impl Node {
    async fn start() -> Self {
        Self::with(policy()).await
    }

    async fn with(policy: Policy) -> Self {
        Self::over(store(), policy).await
    }

    async fn over(store: Arc<MemoryStore>, policy: Policy) -> Self {
        let (presence, writer) = Presence::new(Arc::clone(&store) as _, policy, PATIENCE);
        presence.load().await.unwrap();
        let writer = tokio::spawn(writer.run());
        Self { presence: Arc::new(presence), store, writer }
    }

    async fn wait(&self, seconds: u64) {
        self.store.clock.advance(Duration::from_secs(seconds));
        self.presence.refresh().await;
    }

    /// A beat that nobody waits for yet.
    fn send(&self, id: u64, change: Change) -> JoinHandle<Result<Outcome, RecordError>> {
        let presence = Arc::clone(&self.presence);
        tokio::spawn(async move { presence.record(user(id), change).await })
    }

    async fn beat(&self, id: u64, stamp: Option<i64>) -> Outcome {
        self.send(id, beat("", stamp)).await.unwrap().unwrap()
    }

    fn online(&self) -> Vec<UserId> {
        self.presence.online().ids().to_vec()
    }

    fn writes(&self) -> usize {
        self.store.writes.load(Ordering::Relaxed)
    }
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis((1_000_000 + seconds) * 1000)
}

fn user(id: u64) -> UserId {
    UserId::integer(id).unwrap()
}

fn beat(session: &str, stamp: Option<i64>) -> Change {
    Change::Beat { session: SessionId::parse(session).unwrap(), stamp: stamp.map(at) }
}

fn leave(session: &str, stamp: Option<i64>) -> Change {
    let sessions = Sessions::named(SessionId::parse(session).unwrap());
    Change::Mark { sessions, stamp: stamp.map(at) }
}

/// Lets every task run until it waits for something.
async fn settle() {
    for _ in 0..100 {
        yield_now().await;
    }
}

#[tokio::test]
async fn a_user_is_online_for_exactly_the_window_after_a_beat() {
    let node = Node::start().await;
    assert_eq!(node.beat(5, None).await.user, Some(at(0)));
    node.wait(300).await;
    assert_eq!(node.online(), [user(5)]);
    node.store.clock.advance(Duration::from_millis(1));
    node.presence.refresh().await;
    assert_eq!(node.online(), []);
}

#[tokio::test]
async fn leaving_one_session_keeps_the_user_online_through_the_other() {
    let node = Node::start().await;
    node.send(5, beat("phone", None)).await.unwrap().unwrap();
    node.send(5, beat("desk", None)).await.unwrap().unwrap();

    let left = node.send(5, leave("phone", None)).await.unwrap().unwrap();
    assert_eq!((left.session, left.user), (None, Some(at(0))));
    let left = node.send(5, leave("", None)).await.unwrap().unwrap();
    assert_eq!((left.session, left.user), (None, None));
    assert_eq!(node.online(), []);
}

#[tokio::test]
async fn a_watch_list_is_answered_ascending_and_each_user_once() {
    let node = Node::start().await;
    for id in [12, 5, 45] {
        node.beat(id, None).await;
    }
    let watched = [45, 7, 5, 45].map(user).to_vec();
    assert_eq!(node.presence.online_among(watched).0, [user(5), user(45)]);
}

#[tokio::test]
async fn whatever_queued_up_during_a_commit_goes_into_the_next_one() {
    let node = Node::start().await;
    node.store.writes_allowed.forget_permits(usize::MAX);
    let mut waiting = vec![node.send(0, beat("", None))];
    settle().await;
    waiting.extend((1..=100).map(|id| node.send(id, beat("", None))));
    settle().await;
    assert!(waiting.iter().all(|beat| !beat.is_finished()), "answered only after the commit");

    node.store.writes_allowed.add_permits(2);
    for beat in waiting {
        beat.await.unwrap().unwrap();
    }
    assert_eq!(node.writes(), 2);
    assert_eq!(node.store.changes.load(Ordering::Relaxed), 101);
}

#[tokio::test]
async fn the_set_stands_still_while_the_store_is_out_of_reach() {
    let node = Node::start().await;
    node.beat(5, None).await;
    node.store.fails.store(true, Ordering::Relaxed);
    node.wait(400).await;
    assert_eq!(node.online(), [user(5)], "the last set");
    node.store.fails.store(false, Ordering::Relaxed);
    node.wait(0).await;
    assert_eq!(node.online(), []);
}

#[tokio::test]
async fn what_was_queued_is_written_before_the_writer_ends() {
    let node = Node::start().await;
    let beats: Vec<_> = (0..10).map(|id| node.send(id, beat("", None))).collect();
    let Node { presence, store, writer } = node;
    drop(presence);
    for beat in beats {
        beat.await.unwrap().unwrap();
    }
    writer.await.unwrap();
    let reborn = Node::over(store, policy()).await;
    assert_eq!(reborn.online().len(), 10, "and a new node knows it");
}

#[tokio::test]
async fn a_beat_soon_after_the_stored_one_of_its_session_is_not_written() {
    let node = Node::start().await;
    node.beat(5, None).await;
    node.wait(9).await;
    assert_eq!(node.beat(5, None).await.session, Some(at(0)), "answers tell what is stored");
    assert_eq!(node.writes(), 1);

    node.send(5, beat("other", None)).await.unwrap().unwrap();
    assert_eq!(node.writes(), 2, "another session has its own time");
    node.wait(1).await;
    assert_eq!(node.beat(5, None).await.session, Some(at(10)));
    assert_eq!(node.writes(), 3);
}

#[tokio::test]
async fn a_beat_behind_another_of_its_user_is_written() {
    let node = Node::with(Policy { max_sessions: 1, ..policy() }).await;
    node.send(5, beat("a", None)).await.unwrap().unwrap();
    node.wait(1).await;
    node.store.writes_allowed.forget_permits(usize::MAX);
    let under_way = node.send(6, beat("", None));
    settle().await;
    let (other, again) = (node.send(5, beat("b", None)), node.send(5, beat("a", None)));
    settle().await;
    node.store.writes_allowed.add_permits(9);
    under_way.await.unwrap().unwrap();
    other.await.unwrap().unwrap();
    again.await.unwrap().unwrap();
    let left = node.send(5, leave("b", None)).await.unwrap().unwrap();
    assert_eq!(left.user, Some(at(1)), "b had taken the place of a, and a took it back");
}

#[tokio::test]
async fn a_beat_right_behind_a_mark_is_written() {
    let node = Node::start().await;
    node.beat(5, None).await;
    node.store.writes_allowed.forget_permits(usize::MAX);
    let under_way = node.send(6, beat("", None));
    settle().await;
    let (left, back) = (node.send(5, leave("", None)), node.send(5, beat("", None)));
    settle().await;
    node.store.writes_allowed.add_permits(9);
    under_way.await.unwrap().unwrap();
    left.await.unwrap().unwrap();
    assert_eq!(back.await.unwrap().unwrap().user, Some(at(0)), "arrived after the mark: revives");
    assert_eq!(node.online(), [5, 6].map(user));
}

#[tokio::test]
async fn a_set_that_does_not_change_keeps_its_cursor_for_a_tenth_of_a_window() {
    let node = Node::start().await;
    node.beat(5, None).await;
    let first = node.presence.online();
    node.wait(29).await;
    assert!(Arc::ptr_eq(&first, &node.presence.online()), "nothing is made anew");
    node.wait(1).await;
    let later = node.presence.online();
    assert_eq!(first.ids(), later.ids());
    assert_ne!(first.cursor(), later.cursor());
}

#[tokio::test(start_paused = true)]
async fn a_node_knows_how_long_the_store_has_been_out_of_reach() {
    let store = store();
    let (presence, _writer) = Presence::new(Arc::clone(&store) as _, policy(), PATIENCE);
    assert_eq!(presence.age(), None, "before the first load");
    presence.load().await.unwrap();
    assert_eq!(presence.age(), Some(Duration::ZERO));

    store.fails.store(true, Ordering::Relaxed);
    tokio::time::advance(Duration::from_secs(20)).await;
    presence.refresh().await;
    assert_eq!(presence.age(), Some(Duration::from_secs(20)));
    store.fails.store(false, Ordering::Relaxed);
    presence.refresh().await;
    assert_eq!(presence.age(), Some(Duration::ZERO));
}
