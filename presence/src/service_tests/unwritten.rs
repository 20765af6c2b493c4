//! R7: what becomes of beats that were acknowledged without a write, when a mark turns up.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use super::{Node, at, beat, leave, settle, user};
use crate::{RecordError, policy::tests::policy};

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
async fn a_beat_that_is_due_does_not_bring_back_who_was_erased_after_it() {
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
    node.store.clock.advance(Duration::from_secs(1));
    other.presence.erase(&user(5)).await.unwrap();
    node.wait(1).await;
    settle().await;
    assert_eq!(node.online(), []);
    assert_eq!(node.store.all(), [], "nothing of them is stored");
}

#[tokio::test]
async fn an_unwritten_beat_that_comes_after_an_erasure_makes_somebody_new() {
    let node = Node::start().await;
    let other = Node::over(Arc::clone(&node.store), policy()).await;
    for id in [5, 6] {
        node.beat(id, None).await;
    }
    node.store.clock.advance(Duration::from_secs(1));
    assert_eq!(node.beat(5, None).await.session, Some(at(0)), "coalesced, before the erasure");
    node.store.clock.advance(Duration::from_secs(1));
    for id in [5, 6] {
        other.presence.erase(&user(id)).await.unwrap();
    }
    node.store.clock.advance(Duration::from_secs(1));
    assert_eq!(node.beat(6, None).await.session, Some(at(0)), "coalesced: it knows of no erasure");
    node.presence.refresh().await;
    settle().await;
    assert_eq!(node.online(), [user(6)]);
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

#[tokio::test(start_paused = true)]
async fn while_the_store_is_away_no_beat_goes_unwritten() {
    let node = Node::start().await;
    node.beat(5, None).await;
    node.store.fails.store(true, Ordering::Relaxed);
    tokio::time::advance(Duration::from_secs(3)).await;
    let refused = node.send(5, beat("", None)).await.unwrap();
    assert_eq!(refused, Err(RecordError::Unavailable), "nobody would hear of a mark");
}
