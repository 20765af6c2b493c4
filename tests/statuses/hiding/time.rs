//! Hiding outlives nodes; and what was said before it expires as it would have.

use serde_json::{Value, json};

use super::{HIDER, Place, VIEWER, carry_on, everywhere};
use crate::{
    statuses::{explain, in_millis, say, silent, status},
    support::{Caller, Cluster, Follower, Node, until},
};

/// All that is seen of the hider.
async fn look(caller: &Caller<'_>) -> Value {
    let tag = caller.poll("").await.header("etag").to_owned();
    json!([caller.online().await, tag, status(caller, HIDER).await])
}

#[tokio::test]
async fn a_restart_keeps_hidden_who_hides() {
    let node = Node::with(&crate::statuses::QUICK).await;
    let nobody = node.user(VIEWER).poll("").await.header("etag").to_owned();
    node.user(HIDER).beat(json!({})).await.ok();
    let cursors = [Follower::start(&node.user(VIEWER)).await.cursor];
    say(&node.user(HIDER), json!({ "invisible": true })).await;
    node.user(HIDER).beat(json!({ "session_id": "another" })).await.ok();
    let before = look(&node.user(VIEWER)).await;
    assert_eq!((&before[0], &before[1]), (&json!([]), &json!(nobody)));

    let node = Node::in_folder(node.crash().await, &crate::statuses::QUICK).await;
    assert_eq!(look(&node.user(VIEWER)).await, before);
    for cursor in cursors {
        let delta = node.user(VIEWER).poll(&format!("since={cursor}")).await.ok();
        assert_eq!((&delta["came_online"], &delta["went_offline"]), (&json!([]), &json!([HIDER])));
    }
    let own = status(&node.user(HIDER), HIDER).await;
    assert_eq!(own["is_online"], true, "in truth they are still there");
    say(&node.user(HIDER), json!({ "invisible": false })).await;
    assert_eq!(node.user(VIEWER).online().await, json!([HIDER]));
}

#[tokio::test]
async fn a_node_that_starts_later_shows_what_the_others_show() {
    let cluster = Cluster::new(&[]);
    let place = Place { nodes: vec![cluster.node().await] };
    let viewer = place.here().user(VIEWER);
    place.hider().beat(json!({})).await.ok();
    let online = Follower::start(&viewer).await.cursor;
    say(&place.hider(), json!({ "text": "here", "availability": "away" })).await;
    say(&place.hider(), json!({ "invisible": true })).await;
    let hidden = Follower::start(&viewer).await.cursor;
    carry_on(&place, async |_| {}).await;

    let new = cluster.node().await;
    assert_eq!(look(&new.user(VIEWER)).await, look(&viewer).await);
    for (cursor, went) in [(online, json!([HIDER])), (hidden, json!([]))] {
        for node in [place.here(), &new] {
            let query = format!("since={cursor}&ids={HIDER}");
            let delta = node.user(VIEWER).poll(&query).await.ok();
            assert_eq!((&delta["came_online"], &delta["went_offline"]), (&json!([]), &went));
            let changed = delta["changed"].as_array().unwrap();
            assert_eq!(changed.is_empty(), went == json!([]), "{delta}");
        }
    }
}

#[tokio::test]
async fn what_was_said_before_hiding_expires_as_it_would_have() {
    everywhere(async |place: &Place| {
        let (hider, viewer) = (place.hider(), place.there().user(VIEWER));
        hider.beat(json!({})).await.ok();
        say(&hider, json!({ "text": "a moment", "expires_at": in_millis(1_500) })).await;
        say(&hider, json!({ "invisible": true, "expires_at": null, "text": "for ever" })).await;
        place.settle().await;
        let since = explain(&hider, HIDER).await.ok()["hidden_since"].take();
        let hidden = status(&viewer, HIDER).await;
        assert_eq!((&hidden["text"], &hidden["last_seen"]), (&json!("a moment"), &since));
        let over = async || status(&viewer, HIDER).await["text"].is_null();
        until("it has expired for others", over).await;
        assert_eq!(status(&viewer, HIDER).await, silent(HIDER, false, &since));
        assert_eq!(status(&hider, HIDER).await["text"], "for ever", "but not in truth");
    })
    .await;
}
