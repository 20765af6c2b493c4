//! Section 3.2 and R10: what changed since a cursor.

use serde_json::json;

use crate::support::{Follower, Node, SHORT_WINDOW, until};

/// Of version 7, which nobody knows: that byte, three more, and the check.
const OTHER_VERSION: &str = "BwECAyoO";

#[tokio::test]
async fn a_delta_tells_who_came_and_who_went() {
    let node = Node::start().await;
    for id in [5, 12] {
        node.user(id).beat(json!({})).await.ok();
    }
    let mut follower = Follower::start(&node.user(5)).await;
    for id in [45, 7] {
        node.user(id).beat(json!({})).await.ok();
    }
    node.user(12).leave(json!({})).await.ok();

    let answer = node.user(5).poll(&format!("since={}", follower.cursor)).await;
    let mut delta = answer.ok();
    follower.apply(&delta);
    assert_eq!(follower.shows(), node.user(5).online().await);
    assert!(delta["cursor"].take().is_string());
    let expected = json!({ "came_online": [7, 45], "went_offline": [12], "cursor": null, "poll_interval": 10 });
    assert_eq!(delta, expected, "and nothing else");
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("etag"), "");

    let nothing = follower.follow(&node.user(5)).await;
    assert_eq!((&nothing["came_online"], &nothing["went_offline"]), (&json!([]), &json!([])));
    assert!(nothing.to_string().len() < 110, "a hundred bytes: {nothing}");
}

#[tokio::test]
async fn who_came_and_went_in_between_is_nobody_new() {
    let node = Node::start().await;
    node.user(5).beat(json!({})).await.ok();
    let mut follower = Follower::start(&node.user(5)).await;
    node.user(7).beat(json!({})).await.ok();
    node.user(7).leave(json!({})).await.ok();
    let delta = follower.follow(&node.user(5)).await;
    assert_eq!((&delta["came_online"], &delta["went_offline"]), (&json!([]), &json!([])));
}

#[tokio::test]
async fn who_merely_timed_out_went_offline() {
    let node = Node::with(&SHORT_WINDOW).await;
    node.user(5).beat(json!({})).await.ok();
    let mut follower = Follower::start(&node.user(5)).await;
    assert_eq!(follower.shows(), json!([5]));
    until("the window has ended", async || node.user(5).online().await == json!([])).await;
    let delta = follower.follow(&node.user(5)).await;
    assert_eq!((&delta["came_online"], &delta["went_offline"]), (&json!([]), &json!([5])));
}

#[tokio::test]
async fn a_watch_list_narrows_a_delta_but_not_its_cursor() {
    let node = Node::start().await;
    let start = Follower::start(&node.user(5)).await.cursor;
    for id in [5, 7] {
        node.user(id).beat(json!({})).await.ok();
    }
    let delta = node.user(5).poll(&format!("since={start}&ids=7,8")).await.ok();
    assert_eq!((&delta["came_online"], &delta["went_offline"]), (&json!([7]), &json!([])));
    let next = delta["cursor"].as_str().unwrap();
    let delta = node.user(5).poll(&format!("since={next}")).await.ok();
    assert_eq!(delta["came_online"], json!([]), "the cursor is that of the whole set");
}

#[tokio::test]
async fn string_ids_come_and_go_as_strings() {
    let node = Node::with(&[("AUTH__USER_ID", "string")]).await;
    let ada = node.bearer(json!({ "sub": "ada" }));
    let start = ada.poll("").await.ok()["cursor"].as_str().unwrap().to_owned();
    ada.beat(json!({})).await.ok();
    let delta = ada.poll(&format!("since={start}&ids=ada&ids=b,c")).await.ok();
    assert_eq!(delta["came_online"], json!(["ada"]));
}

#[tokio::test]
async fn what_was_never_a_cursor_is_refused() {
    let node = Node::start().await;
    let cursor = Follower::start(&node.user(5)).await.cursor;
    for wrong in ["", "0", "yesterday", "null", "%00", "%F0%9F%92%A9", &cursor[1..]] {
        let refusal = node.user(5).poll(&format!("since={wrong}")).await;
        assert_eq!(refusal.wrong_field(), "since", "{wrong}");
    }
    for wrong in ["", "-1", "1.5", "25s", "%2B1"] {
        let refusal = node.user(5).poll(&format!("since={cursor}&wait={wrong}")).await;
        assert_eq!(refusal.wrong_field(), "wait", "{wrong}");
    }
}

#[tokio::test]
async fn a_cursor_of_another_version_is_answered_in_full() {
    let node = Node::start().await;
    node.user(5).beat(json!({})).await.ok();
    let full = node.user(5).poll(&format!("since={OTHER_VERSION}&wait=25")).await.ok();
    assert_eq!((&full["online_users"], &full["count"]), (&json!([5]), &json!(1)));
    let watched = node.user(5).poll(&format!("since={OTHER_VERSION}&ids=7")).await.ok();
    assert_eq!((&watched["online_users"], &watched["count"]), (&json!([]), &json!(0)));
}

#[tokio::test]
async fn a_cursor_is_good_for_two_windows_and_too_old_some_day() {
    let node = Node::with(&SHORT_WINDOW).await;
    let cursor = Follower::start(&node.user(5)).await.cursor;
    let too_old = async || {
        let reply = node.user(5).poll(&format!("since={cursor}")).await.ok();
        reply["online_users"].is_array()
    };
    let age = until("it is too old", too_old).await;
    assert!(age.as_millis() >= 3_000, "{age:?}");
}

#[tokio::test]
async fn a_restart_keeps_cursors_good() {
    let node = Node::start().await;
    for id in [5, 12] {
        node.user(id).beat(json!({})).await.ok();
    }
    let mut follower = Follower::start(&node.user(5)).await;
    node.user(7).beat(json!({})).await.ok();
    node.user(12).leave(json!({})).await.ok();

    let node = Node::in_folder(node.crash().await, &[]).await;
    let delta = follower.follow(&node.user(5)).await;
    assert!(delta["online_users"].is_null(), "no full answer: {delta}");
    assert_eq!(follower.shows(), json!([5, 7]));
    node.user(5).leave(json!({})).await.ok();
    let delta = follower.follow(&node.user(5)).await;
    assert_eq!((&delta["came_online"], &delta["went_offline"]), (&json!([]), &json!([5])));
}
