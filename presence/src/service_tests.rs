//! The service and its writer over a store in memory, by a clock that the tests set.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use tokio::task::{JoinHandle, yield_now};

use crate::{
    Change, GivenCursor, Outcome, Policy, Presence, RecordError, Row, SessionId, Sessions,
    Timestamp, UserId, clock::ManualClock, policy::tests::policy, store::memory::MemoryStore,
    writer::QUEUE_LENGTH,
};

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

#[tokio::test(start_paused = true)]
async fn a_beat_that_the_store_does_not_commit_in_time_is_refused() {
    let node = Node::start().await;
    node.store.writes_allowed.forget_permits(usize::MAX);
    let first = node.send(1, beat("", None));
    settle().await;
    let second = node.send(2, beat("", None));
    assert_eq!(first.await.unwrap(), Err(RecordError::Unavailable));
    assert_eq!(second.await.unwrap(), Err(RecordError::Unavailable));

    node.store.writes_allowed.add_permits(9);
    node.beat(3, None).await;
    assert_eq!(node.online(), [1, 3].map(user), "1 was under way, 2 had waited too long");
}

#[tokio::test]
async fn a_store_that_fails_refuses_beats_and_is_good_again_when_it_recovers() {
    let node = Node::start().await;
    node.store.fails.store(true, Ordering::Relaxed);
    let refused = node.send(5, beat("", None)).await.unwrap();
    assert_eq!(refused, Err(RecordError::Unavailable));
    assert_eq!(node.online(), []);

    node.store.fails.store(false, Ordering::Relaxed);
    node.beat(5, None).await;
    assert_eq!(node.online(), [user(5)]);
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
async fn a_full_queue_refuses_at_once() {
    let node = Node::start().await;
    node.store.writes_allowed.forget_permits(usize::MAX);
    let under_way = node.send(0, beat("", None));
    settle().await;
    let waiting: Vec<_> =
        (1..=QUEUE_LENGTH as u64).map(|id| node.send(id, beat("", None))).collect();
    settle().await;
    assert_eq!(node.send(7, beat("", None)).await.unwrap(), Err(RecordError::QueueFull));

    node.store.writes_allowed.add_permits(1_000);
    for beat in waiting {
        beat.await.unwrap().unwrap();
    }
    under_way.await.unwrap().unwrap();
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
async fn an_unwritten_beat_outlives_an_older_mark_that_turns_up_soon_after() {
    let node = Node::start().await;
    node.beat(5, Some(0)).await;
    node.wait(6).await;
    assert_eq!(node.beat(5, Some(5)).await.session, Some(at(0)), "coalesced");
    let left = node.send(5, leave("", Some(3))).await.unwrap().unwrap();
    assert_eq!(
        left.user,
        Some(at(5)),
        "the beat is newer than the mark, and was written after all"
    );
    let left = node.send(5, leave("", Some(6))).await.unwrap().unwrap();
    assert_eq!(left.user, None);
}

#[tokio::test]
async fn an_unwritten_beat_of_another_session_is_not_touched_by_a_mark() {
    let node = Node::start().await;
    for session in ["a", "b"] {
        node.send(5, beat(session, Some(0))).await.unwrap().unwrap();
        node.send(5, beat(session, Some(5))).await.unwrap().unwrap();
    }
    node.wait(1).await;
    node.send(5, leave("a", Some(1))).await.unwrap().unwrap();
    let left = node.send(5, leave("b", Some(1))).await.unwrap().unwrap();
    assert_eq!(left.user, Some(at(1)), "both were newer than the marks, as far as time had come");
}

#[tokio::test]
async fn an_unwritten_beat_is_forgotten_after_two_refreshes() {
    let node = Node::start().await;
    node.beat(5, Some(0)).await;
    node.beat(5, Some(5)).await;
    node.wait(3).await;
    let left = node.send(5, leave("", Some(3))).await.unwrap().unwrap();
    assert_eq!(left.user, None);
}

#[tokio::test]
async fn an_unwritten_beat_survives_a_mark_that_the_store_refused() {
    let node = Node::start().await;
    node.beat(5, Some(0)).await;
    node.wait(6).await;
    node.beat(5, Some(5)).await;
    node.store.fails.store(true, Ordering::Relaxed);
    node.send(5, leave("", Some(3))).await.unwrap().unwrap_err();
    node.store.fails.store(false, Ordering::Relaxed);
    let left = node.send(5, leave("", Some(3))).await.unwrap().unwrap();
    assert_eq!(left.user, Some(at(5)), "the second try finds it as well");
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
async fn a_node_whose_writer_is_gone_does_not_look_overloaded() {
    let node = Node::start().await;
    node.writer.abort();
    settle().await;
    let refused = node.send(5, beat("", None)).await.unwrap();
    assert_eq!(refused, Err(RecordError::Unavailable));
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

#[tokio::test]
async fn an_unwritten_beat_outlives_an_older_mark_of_another_node() {
    let node = Node::start().await;
    let other = Node::over(Arc::clone(&node.store), policy()).await;
    for (stamped, id) in [(false, 5), (true, 6)] {
        let stamp = |seconds| stamped.then_some(seconds);
        node.beat(id, stamp(0)).await;
        other.presence.refresh().await;
    }
    node.store.clock.advance(Duration::from_secs(3));
    for id in [5, 6] {
        other.send(id, leave("", Some(3))).await.unwrap().unwrap();
    }
    node.store.clock.advance(Duration::from_secs(1));
    assert_eq!(node.beat(5, None).await.session, Some(at(0)), "coalesced: it knows of no mark");
    assert_eq!(node.beat(6, Some(4)).await.session, Some(at(0)), "coalesced");
    let writes = node.writes();
    node.presence.refresh().await;
    settle().await;
    assert_eq!(node.writes(), writes + 1, "both came after the marks, and are written after all");
    assert_eq!(node.online(), [5, 6].map(user));
    other.presence.refresh().await;
    assert_eq!(other.online(), [5, 6].map(user));
}

#[tokio::test]
async fn an_unwritten_beat_ends_with_a_newer_mark_of_another_node() {
    let node = Node::start().await;
    let other = Node::over(Arc::clone(&node.store), policy()).await;
    node.beat(5, None).await;
    other.presence.refresh().await;
    node.store.clock.advance(Duration::from_secs(1));
    node.beat(5, None).await;
    node.store.clock.advance(Duration::from_secs(1));
    other.send(5, leave("", None)).await.unwrap().unwrap();
    node.presence.refresh().await;
    settle().await;
    assert_eq!(node.online(), []);
}

#[tokio::test]
async fn an_unwritten_beat_does_not_outlive_a_later_mark_without_a_stamp() {
    let node = Node::start().await;
    let other = Node::over(Arc::clone(&node.store), policy()).await;
    node.beat(5, Some(0)).await;
    node.store.clock.advance(Duration::from_secs(4));
    node.beat(5, Some(4)).await;
    other.presence.refresh().await;
    node.store.clock.advance(Duration::from_secs(1));
    other.send(5, leave("", None)).await.unwrap().unwrap();
    node.presence.refresh().await;
    settle().await;
    assert_eq!(node.online(), [], "arrival decides: the beat came first");
}

#[tokio::test]
async fn an_unwritten_beat_that_is_due_outlives_a_store_that_fails() {
    let node = Node::start().await;
    let other = Node::over(Arc::clone(&node.store), policy()).await;
    node.beat(5, Some(0)).await;
    node.store.clock.advance(Duration::from_secs(4));
    node.beat(5, Some(4)).await;
    other.send(5, leave("", Some(2))).await.unwrap().unwrap();
    node.presence.refresh().await;
    node.store.fails.store(true, Ordering::Relaxed);
    settle().await;
    node.store.fails.store(false, Ordering::Relaxed);
    assert_eq!(node.online(), [], "refused");
    node.wait(5).await;
    settle().await;
    node.wait(0).await;
    assert_eq!(node.online(), [user(5)]);
}

#[tokio::test]
async fn a_reload_hides_no_mark_from_an_unwritten_beat() {
    let node = Node::start().await;
    let other = Node::over(Arc::clone(&node.store), policy()).await;
    node.beat(5, Some(0)).await;
    node.store.clock.advance(Duration::from_secs(4));
    other.send(5, leave("", Some(2))).await.unwrap().unwrap();
    node.beat(5, Some(4)).await;
    node.presence.reload().await;
    settle().await;
    assert_eq!(node.online(), [user(5)]);
}

#[tokio::test]
async fn rows_that_were_written_by_other_means_are_noticed_by_those_who_follow_cursors() {
    let node = Node::start().await;
    for id in [5, 6] {
        node.beat(id, None).await;
    }
    let cursor = GivenCursor::Known(node.presence.online().cursor());
    let row = Row { last_activity: at(0), ..Row::new(SessionId::NONE) };
    node.store.replace_rows(vec![(user(6), row.clone()), (user(7), row)]);
    node.wait(1).await;
    assert_eq!(node.online(), [5, 6].map(user), "the feed tells nothing of it");
    node.presence.reload().await;
    assert_eq!(node.online(), [6, 7].map(user));
    assert_eq!(node.presence.since(cursor, None), None, "only the full answer will do");
}

#[tokio::test(start_paused = true)]
async fn whoever_waits_is_told_at_once_of_all_who_come_in_quick_succession() {
    let node = Node::start().await;
    let cursor = GivenCursor::Known(node.presence.online().cursor());
    let presence = Arc::clone(&node.presence);
    let patience = Duration::from_secs(25);
    let waiting =
        tokio::spawn(async move { presence.wait_since(cursor, None, patience).await.unwrap() });
    settle().await;
    let start = tokio::time::Instant::now();
    for id in [5, 6, 7] {
        node.beat(id, None).await;
    }
    let delta = waiting.await.unwrap();
    assert_eq!(delta.came_online, [5, 6, 7].map(user));
    assert!(start.elapsed() < Duration::from_millis(100));
}

#[tokio::test(start_paused = true)]
async fn whoever_waits_in_vain_gets_an_empty_delta_when_the_time_is_up() {
    let node = Node::start().await;
    node.beat(5, None).await;
    let cursor = GivenCursor::Known(node.presence.online().cursor());
    let start = tokio::time::Instant::now();
    let watched = [user(9)];
    let wait = node.presence.wait_since(cursor, Some(&watched), Duration::from_secs(25));
    let change = async {
        node.wait(3).await;
        node.beat(6, None).await
    };
    let (delta, _) = tokio::join!(wait, change);
    assert!(delta.unwrap().is_empty(), "nobody who is watched came");
    assert_eq!(start.elapsed(), Duration::from_secs(25));
}
