//! What is told, to whom.

use serde_json::{Value, json};

use super::Watcher;
use crate::{
    statuses::{QUICK, never_seen, say, status},
    support::{Follower, Node},
};

#[tokio::test]
async fn whatever_changes_of_a_status_is_told_as_the_status_that_it_is_now() {
    let node = Node::with(&QUICK).await;
    let (user, other) = (node.user(5), node.user(8));
    let mut watcher = Watcher::start(&node).await;
    user.beat(json!({})).await.ok();
    let delta = watcher.wait(0).await;
    assert_eq!(delta["changed"], json!([status(&other, 5).await]), "who comes");
    assert_eq!(delta["came_online"], json!([5]));
    for change in [
        json!({ "availability": "busy" }),
        json!({ "text": "in a meeting" }),
        json!({ "emoji": "📅" }),
        json!({ "expires_at": "2099-01-01T00:00:00Z" }),
        json!({ "share_last_seen": false }),
        json!({ "share_last_seen": null, "text": null }),
        json!({ "invisible": true }),
        json!({ "invisible": false }),
    ] {
        let before = status(&other, 5).await;
        say(&user, change.clone()).await;
        let now = status(&other, 5).await;
        assert_ne!(now, before, "{change}");
        assert_eq!(watcher.changed().await, json!([now]), "{change}");
        assert_eq!(watcher.changed().await, json!([]), "and once");
    }
    user.leave(json!({})).await.ok();
    let delta = watcher.wait(0).await;
    assert_eq!(delta["changed"], json!([status(&other, 5).await]), "who goes");
    assert_eq!(delta["went_offline"], json!([5]));
    say(&user, json!({ "text": "gone fishing" })).await;
    assert_eq!(watcher.changed().await[0]["text"], "gone fishing", "of who is offline");
}

#[tokio::test]
async fn several_changes_are_one_ascending_by_id() {
    let node = Node::with(&QUICK).await;
    let mut watcher = Watcher::start(&node).await;
    for id in [7, 8, 6, 5] {
        say(&node.user(id), json!({ "text": "one" })).await;
        say(&node.user(id), json!({ "text": "two" })).await;
        node.user(id).beat(json!({})).await.ok();
    }
    node.user(6).leave(json!({})).await.ok();
    let delta = watcher.wait(0).await;
    let mut expected = Vec::new();
    for id in [5, 6, 7] {
        expected.push(status(&node.user(9), id).await);
    }
    assert_eq!(delta["changed"], json!(expected));
    assert_eq!((&delta["came_online"], &delta["went_offline"]), (&json!([5, 7]), &json!([])));
}

#[tokio::test]
async fn what_is_no_change_is_not_told() {
    let node = Node::with(&QUICK).await;
    let user = node.user(5);
    user.beat(json!({})).await.ok();
    say(&user, json!({ "text": "here" })).await;
    let mut watcher = Watcher::start(&node).await;
    user.beat(json!({})).await.ok();
    user.beat(json!({ "session_id": "another" })).await.ok();
    say(&user, json!({ "text": "here", "availability": "available", "invisible": false })).await;
    say(&user, json!({})).await;
    for id in [4, 8, 50] {
        say(&node.user(id), json!({ "text": "nobody watches" })).await;
        node.user(id).beat(json!({})).await.ok();
    }
    node.user(6).beat(json!({})).await.ok();
    node.user(6).leave(json!({})).await.ok();
    let delta = watcher.wait(0).await;
    assert_eq!(delta["changed"], json!([]), "{delta}");
}

#[tokio::test]
async fn it_is_in_deltas_with_a_watch_list_alone() {
    let node = Node::with(&QUICK).await;
    let caller = node.user(9);
    let cursor = Follower::start(&caller).await.cursor;
    say(&node.user(5), json!({ "text": "here" })).await;
    let has = |reply: &Value| reply.as_object().unwrap().contains_key("changed");
    for query in ["", "ids=5", "since=BwECAyoO&ids=5", &format!("since={cursor}")] {
        assert!(!has(&caller.poll(query).await.ok()), "{query}");
    }
    assert!(!has(&caller.beat(json!({ "since": cursor })).await.ok()));
    assert!(!has(&caller.beat(json!({ "ids": [5] })).await.ok()));
    let mut expected = never_seen(5);
    expected["text"] = json!("here");
    let polled = caller.poll(&format!("since={cursor}&ids=5,6")).await.ok();
    assert_eq!(polled["changed"], json!([expected]));
    let beaten = caller.beat(json!({ "since": cursor, "ids": [5, 6] })).await.ok();
    assert_eq!(beaten["changed"], json!([expected]));
    let other = caller.poll(&format!("since={cursor}&ids=6")).await.ok();
    assert_eq!(other["changed"], json!([]));
}

#[tokio::test]
async fn users_with_string_ids_are_watched_by_repeating() {
    let node = Node::with(&[("AUTH__USER_ID", "string")]).await;
    let [ada, bob] = ["ada", "b,ob"].map(|name| node.bearer(json!({ "sub": name })));
    let cursor = ada.poll("").await.ok()["cursor"].as_str().unwrap().to_owned();
    say(&bob, json!({ "availability": "away" })).await;
    let delta = ada.poll(&format!("since={cursor}&ids=ada&ids=b,ob")).await.ok();
    let mut away = never_seen("b,ob");
    away["availability"] = json!("away");
    assert_eq!(delta["changed"], json!([away]));
}
