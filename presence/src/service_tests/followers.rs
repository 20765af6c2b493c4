//! What clients that follow cursors are told, and when.

use std::{sync::Arc, time::Duration};

use super::{Node, at, settle, user};
use crate::{GivenCursor, Row, SessionId};

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
