//! When it is told: what time changes, and who is woken.

use std::{
    pin::pin,
    time::{Duration, Instant},
};

use futures::future::join4;
use serde_json::{Value, json};
use tokio::time::timeout;

use super::Watcher;
use crate::{
    statuses::{QUICK, in_millis, never_seen, say, silent},
    support::{Cluster, Follower, Node, SHORT_WINDOW},
};

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
async fn a_change_that_others_cannot_see_is_told_to_nobody() {
    let node = Node::with(&QUICK).await;
    let five = node.user(5);
    five.beat(json!({})).await.ok();
    five.leave(json!({})).await.ok();
    say(&five, json!({ "text": "short", "expires_at": in_millis(300) })).await;
    let mut watcher = Watcher::start(&node).await;
    let expired = |delta: &Value| delta["changed"][0]["text"].is_null();
    while !expired(&watcher.wait(20).await) {}

    // What is stored of the text that expired is put right; then somebody hides, and shows again.
    for patch in [json!({}), json!({ "invisible": true }), json!({ "invisible": false })] {
        say(&five, patch.clone()).await;
        assert_eq!(watcher.changed().await, json!([]), "{patch}");
    }
    say(&five, json!({ "text": "here" })).await;
    assert_eq!(watcher.changed().await[0]["text"], "here");
}
