//! `POST /api/chat/heartbeat`: who beats is online, for as long as the rules say.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, Node, SHORT_WINDOW, now, until};

/// Milliseconds since the epoch of a time in an answer.
fn millis(time: &Value) -> i64 {
    let time: openapi::model::Time = serde_json::from_value(time.clone()).unwrap();
    time.0.timestamp_millis()
}

fn stamp(millis: i64) -> String {
    openapi::model::Time::from_millis(millis).to_string()
}

#[tokio::test]
async fn a_beat_without_a_body_brings_the_user_online() {
    let node = Node::start().await;
    let before = now();
    let beat = node.user(5).request(Method::POST, "/api/chat/heartbeat").send().await.unwrap();
    let reply = Answer::of(beat).await.ok();

    assert_eq!(reply["user_id"], 5);
    assert_eq!(reply["status"], "online");
    assert_eq!((&reply["heartbeat_interval"], &reply["poll_interval"]), (&json!(120), &json!(10)));
    let last_activity = millis(&reply["last_activity"]);
    assert!(last_activity >= before && last_activity <= now());
    assert_eq!(millis(&reply["online_until"]), last_activity + 300_000);
    assert!(millis(&reply["server_time"]) >= last_activity);
    assert_eq!(node.user(6).online().await, json!([5]), "and everybody sees it at once");
}

#[tokio::test]
async fn every_form_of_an_empty_request_is_a_beat() {
    let node = Node::start().await;
    for body in [json!({}), json!({ "timestamp": null, "session_id": null, "unknown": [1] })] {
        assert_eq!(node.user(5).beat(body).await.ok()["status"], "online");
    }
    let slash = node.user(6).post("/api/chat/heartbeat/", json!({})).await;
    assert_eq!(slash.ok()["status"], "online", "a trailing slash is optional");
}

#[tokio::test]
async fn a_trusted_stamp_becomes_the_last_activity_to_the_millisecond() {
    let node = Node::start().await;
    let sent = now() - 20_000;
    let reply = node.user(5).beat(json!({ "timestamp": stamp(sent) })).await.ok();
    assert_eq!(reply["last_activity"], stamp(sent));
    assert_eq!(reply["online_until"], stamp(sent + 300_000));
}

#[tokio::test]
async fn a_stamp_of_a_wrong_clock_costs_nothing_and_buys_nothing() {
    let node = Node::start().await;
    let off = [-86_400_000, -31_000, 20_000, 31_000, 86_400_000_000];
    for (user, offset) in off.into_iter().enumerate() {
        let before = now();
        let body = json!({ "timestamp": stamp(before + offset) });
        let reply = node.user(user as u64).beat(body).await.ok();
        let last_activity = millis(&reply["last_activity"]);
        assert!(last_activity >= before && last_activity <= now(), "{offset}: {reply}");
    }
}

#[tokio::test]
async fn a_user_is_gone_one_refresh_after_the_window() {
    let node = Node::with(&SHORT_WINDOW).await;
    let user = node.user(5);
    let until_then = millis(&user.beat(json!({})).await.ok()["online_until"]);
    assert_eq!(user.online().await, json!([5]));
    until("the window has ended", async || user.online().await == json!([])).await;
    assert!(now() >= until_then, "not before its end");
    assert!(now() < until_then + 5_000, "a refresh is 100 ms here, and this machine may be slow");
}

#[tokio::test]
async fn beats_keep_a_user_online_across_many_windows() {
    let mut settings = SHORT_WINDOW.to_vec();
    settings.push(("PRESENCE__WINDOW", "4s"));
    let node = Node::with(&settings).await;
    let user = node.user(5);
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(9) {
        user.beat(json!({})).await.ok();
        let next_beat = Instant::now() + Duration::from_millis(800);
        until("the next beat is due", async || {
            assert_eq!(user.online().await, json!([5]));
            Instant::now() >= next_beat
        })
        .await;
    }
}

#[tokio::test]
async fn a_beat_that_a_logout_overtook_is_acknowledged_and_changes_nothing() {
    let node = Node::start().await;
    let user = node.user(5);
    let sent = now() - 1_000;
    user.beat(json!({ "session_id": "tab", "timestamp": stamp(sent - 1_000) })).await.ok();
    user.leave(json!({ "session_id": "tab", "timestamp": stamp(sent) })).await.ok();

    let late = json!({ "session_id": "tab", "timestamp": stamp(sent - 1) });
    let reply = user.beat(late).await.ok();
    assert_eq!(reply["status"], "offline");
    assert_eq!((&reply["last_activity"], &reply["online_until"]), (&Value::Null, &Value::Null));
    assert_eq!(user.online().await, json!([]));

    let again = json!({ "session_id": "tab", "timestamp": stamp(sent + 1) });
    assert_eq!(user.beat(again).await.ok()["status"], "online", "a new login revives");
}

#[tokio::test]
async fn a_beat_without_a_stamp_revives_after_a_logout() {
    let node = Node::start().await;
    let user = node.user(5);
    user.beat(json!({})).await.ok();
    user.leave(json!({ "timestamp": stamp(now()) })).await.ok();
    assert_eq!(user.beat(json!({})).await.ok()["status"], "online");
}

#[tokio::test]
async fn a_beat_soon_after_another_tells_what_is_stored() {
    let node = Node::start().await;
    let first = node.user(5).beat(json!({})).await.ok();
    let second = node.user(5).beat(json!({})).await.ok();
    assert_eq!(first["last_activity"], second["last_activity"], "it went unwritten");
    assert_eq!(first["online_until"], second["online_until"]);

    let node = Node::with(&[("PRESENCE__COALESCE", "0s")]).await;
    let first = node.user(5).beat(json!({})).await.ok();
    until("a millisecond has passed", async || now() > millis(&first["last_activity"])).await;
    let second = node.user(5).beat(json!({})).await.ok();
    assert!(millis(&second["last_activity"]) > millis(&first["last_activity"]), "it was written");
}

#[tokio::test]
async fn a_user_has_at_most_the_configured_number_of_live_sessions() {
    let node = Node::with(&[("PRESENCE__MAX_SESSIONS", "3")]).await;
    let user = node.user(5);
    for session in ["a", "b", "c", "d"] {
        let before = now();
        until("a millisecond has passed", async || now() > before).await;
        user.beat(json!({ "session_id": session })).await.ok();
    }
    for session in ["b", "c"] {
        assert_eq!(user.leave(json!({ "session_id": session })).await.ok()["status"], "online");
    }
    let last = user.leave(json!({ "session_id": "d" })).await.ok();
    assert_eq!(last["status"], "offline", "the oldest was folded away");
}

#[tokio::test]
async fn the_session_comes_from_the_body_else_from_the_token() {
    let node = Node::start().await;
    let user = node.bearer(json!({ "sub": "5", "sid": "of the token" }));
    user.beat(json!({})).await.ok();
    user.beat(json!({ "session_id": "of the body" })).await.ok();
    let left = user.leave(json!({ "session_id": "of the token" })).await.ok();
    assert_eq!(left["status"], "online");
    user.beat(json!({})).await.ok();
    user.leave(json!({ "session_id": "of the body" })).await.ok();
    assert_eq!(user.leave(json!({})).await.ok()["status"], "offline", "ends that of the token");
}
