//! Section 3.2: `changed`, the statuses of those who are watched that are not as they were.

use std::{
    pin::pin,
    time::{Duration, Instant},
};

use futures::future::join4;
use serde_json::{Value, json};
use tokio::time::timeout;

use super::{QUICK, in_millis, never_seen, say, silent, status};
use crate::support::{Caller, Cluster, Follower, Node, SHORT_WINDOW};

/// Somebody who watches users 5, 6 and 7.
struct Watcher<'a> {
    caller: Caller<'a>,
    cursor: String,
}

impl<'a> Watcher<'a> {
    async fn start(node: &'a Node) -> Self {
        let caller = node.user(9);
        let cursor = Follower::start(&caller).await.cursor;
        Self { caller, cursor }
    }

    /// What is new, waiting for it for so many seconds.
    async fn wait(&mut self, seconds: u64) -> Value {
        let query = format!("since={}&ids=5,6,7&wait={seconds}", self.cursor);
        let delta = self.caller.poll(&query).await.ok();
        delta["cursor"].as_str().unwrap().clone_into(&mut self.cursor);
        delta
    }

    /// Who changed to what, in the delta that is there.
    async fn changed(&mut self) -> Value {
        self.wait(0).await["changed"].take()
    }
}

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
async fn what_expires_is_told_when_it_does() {
    let node = Node::with(&QUICK).await;
    node.user(9).beat(json!({})).await.ok();
    let mut watcher = Watcher::start(&node).await;
    let end = in_millis(1_000);
    say(&node.user(5), json!({ "availability": "busy", "expires_at": end })).await;
    let delta = watcher.wait(30).await;
    assert_eq!(delta["changed"][0]["availability"], "busy");
    let delta = timeout(Duration::from_secs(20), watcher.wait(30)).await.expect("nothing woke it");
    assert_eq!(delta["changed"], json!([never_seen(5)]));
    assert!(in_millis(0) >= end, "not before");
    assert_eq!(watcher.changed().await, json!([]));

    let cursor = watcher.cursor.clone();
    say(&node.user(6), json!({ "text": "short", "expires_at": in_millis(300) })).await;
    let told = async |node: &Node, cursor: &str| {
        let delta = node.user(9).poll(&format!("since={cursor}&ids=6&wait=20")).await.ok();
        (delta["changed"].clone(), delta["cursor"].as_str().unwrap().to_owned())
    };
    let (said, next) = told(&node, &cursor).await;
    assert_eq!(said[0]["text"], "short");
    assert_eq!(told(&node, &next).await.0, json!([never_seen(6)]));
    let node = Node::in_folder(node.crash().await, &QUICK).await;
    assert_eq!(told(&node, &next).await.0, json!([never_seen(6)]), "a restart forgets none of it");
}

#[tokio::test]
async fn who_times_out_is_told_with_when_they_were_last_seen() {
    let node = Node::with(&SHORT_WINDOW).await;
    let beat = node.user(5).beat(json!({})).await.ok();
    let mut watcher = Watcher::start(&node).await;
    let delta = watcher.wait(30).await;
    assert_eq!(delta["went_offline"], json!([5]));
    assert_eq!(delta["changed"], json!([silent(5, false, &beat["last_activity"])]));
}

#[tokio::test]
async fn a_change_wakes_those_who_watch_and_nobody_else_at_any_node() {
    let nodes: [Node; 2] = Cluster::new(&[]).nodes().await;
    // Who starts on a silent database begins a new era; whoever writes knows of it.
    nodes[0].user(9).beat(json!({})).await.ok();
    let cursor = Follower::start(&nodes[0].user(9)).await.cursor;
    let poll = async |node: &Node, query: &str| {
        let asked = Instant::now();
        let delta = node.user(9).poll(&format!("since={cursor}&wait=2{query}")).await.ok();
        (delta, asked.elapsed())
    };
    let mut polls = pin!(join4(
        poll(&nodes[0], "&ids=5,6"),
        poll(&nodes[1], "&ids=5,6"),
        poll(&nodes[1], ""),
        poll(&nodes[1], "&ids=6"),
    ));
    let early = timeout(Duration::from_millis(300), &mut polls).await;
    assert!(early.is_err(), "not held: {early:?}");
    let user = nodes[0].user(5);
    let ((here, there, all, others), _) =
        tokio::join!(polls, say(&user, json!({ "text": "here" })));
    for (delta, after) in [here, there] {
        assert_eq!(delta["changed"][0]["text"], "here", "{delta}");
        assert!(after < Duration::from_millis(1_900), "{after:?}");
    }
    for (delta, after) in [all, others] {
        assert!(delta["changed"].is_null() || delta["changed"] == json!([]), "{delta}");
        assert!(after >= Duration::from_secs(2), "{after:?}");
    }
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
