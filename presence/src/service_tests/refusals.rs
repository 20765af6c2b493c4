//! What a node refuses, and when.

use std::{sync::atomic::Ordering, time::Duration};

use tokio::time::advance;

use super::{Node, beat, settle, user};
use crate::{
    RecordError,
    writer::{BATCH, QUEUE_LENGTH},
};

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

#[tokio::test(start_paused = true)]
async fn what_cannot_be_written_in_time_gives_way_to_what_can() {
    let node = Node::start().await;
    slow_write(&node, 9, Duration::from_millis(2_500)).await;
    let first = node.send(1, beat("", None));
    settle().await;
    let late = node.send(2, beat("", None));
    settle().await;
    advance(Duration::from_millis(2_500)).await;
    let in_time = node.send(3, beat("", None));
    settle().await;
    // Two writes took so long that the next one will be done after 2 has given up.
    node.store.writes_allowed.add_permits(1);
    settle().await;
    assert!(late.is_finished() && !in_time.is_finished());
    assert_eq!(late.await.unwrap(), Err(RecordError::QueueFull));

    node.store.writes_allowed.add_permits(1);
    assert!(first.await.unwrap().is_ok() && in_time.await.unwrap().is_ok());
    assert_eq!(node.online(), [1, 3, 9].map(user));
}

#[tokio::test(start_paused = true)]
async fn one_write_that_was_held_up_makes_nobody_late() {
    let node = Node::start().await;
    node.beat(9, None).await;
    node.store.writes_allowed.forget_permits(usize::MAX);
    let first = node.send(1, beat("", None));
    settle().await;
    let waits = node.send(2, beat("", None));
    settle().await;
    advance(Duration::from_millis(2_500)).await;
    node.store.writes_allowed.add_permits(2);
    assert!(first.await.unwrap().is_ok() && waits.await.unwrap().is_ok());
}

#[tokio::test(start_paused = true)]
async fn what_would_wait_too_long_is_refused_at_once() {
    let node = Node::start().await;
    for id in [7, 8] {
        slow_write(&node, id, Duration::from_secs(1)).await;
    }

    // A write takes a second, of the three that there are: two before it are too many.
    let under_way = node.send(1, beat("", None));
    settle().await;
    let ids = 10..10 + 2 * BATCH as u64;
    let waiting: Vec<_> = ids.map(|id| node.send(id, beat("", None))).collect();
    settle().await;
    assert!(waiting.iter().all(|beat| !beat.is_finished()));
    assert_eq!(node.send(9_999, beat("", None)).await.unwrap(), Err(RecordError::QueueFull));

    node.store.writes_allowed.add_permits(1_000);
    for beat in waiting.into_iter().chain([under_way]) {
        beat.await.unwrap().unwrap();
    }
}

/// Has the store take so long for a beat of the user `id`, and then allow no more writes.
async fn slow_write(node: &Node, id: u64, takes: Duration) {
    node.store.writes_allowed.forget_permits(usize::MAX);
    let slow = node.send(id, beat("", None));
    settle().await;
    advance(takes).await;
    node.store.writes_allowed.add_permits(1);
    slow.await.unwrap().unwrap();
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
async fn a_node_whose_writer_is_gone_does_not_look_overloaded() {
    let node = Node::start().await;
    node.writer.abort();
    settle().await;
    let refused = node.send(5, beat("", None)).await.unwrap();
    assert_eq!(refused, Err(RecordError::Unavailable));
}
