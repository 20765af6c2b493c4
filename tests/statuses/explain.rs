//! `GET /api/user-status/{user_id}/explain`

use std::time::Duration;

use serde_json::{Value, json};

use super::{QUICK, admin, explain, in_millis, millis, say};
use crate::support::{Node, SHORT_WINDOW, until};

/// The names in an object.
fn names(object: &Value) -> Vec<&str> {
    object.as_object().unwrap().keys().map(String::as_str).collect()
}

#[track_caller]
fn says(explanation: &Value, words: &[&str]) {
    let reason = explanation["reason"].as_str().unwrap();
    for word in words {
        assert!(reason.contains(word), "{word} is not in: {reason}");
    }
    assert!(reason.ends_with('.'), "a sentence: {reason}");
}

#[tokio::test]
async fn who_was_never_seen_is_told_so() {
    let node = Node::start().await;
    let mut explanation = explain(&node.user(5), 5).await.ok();
    says(&explanation, &["Offline", "ever stored"]);
    explanation["reason"].take();
    assert!(explanation["server_time"].take().is_string());
    let expected = json!({
        "user_id": 5,
        "is_online": false,
        "status": "offline",
        "hidden_since": null,
        "reason": null,
        "sessions": [],
        "server_time": null,
    });
    assert_eq!(explanation, expected, "and nothing else");
}

#[tokio::test]
async fn an_online_user_is_told_which_session_it_is_and_when_it_ends() {
    let node = Node::with(&QUICK).await;
    let user = node.user(5);
    let stamp = in_millis(-20_000);
    let old = user.beat(json!({ "session_id": "old", "timestamp": stamp })).await.ok();
    let new = user.beat(json!({ "session_id": "tab 1" })).await.ok();
    let explanation = explain(&user, 5).await.ok();
    says(&explanation, &["Online", "`tab 1`", "0 s ago", "window of 300 s", "ends in"]);
    assert_eq!(
        (&explanation["is_online"], &explanation["status"]),
        (&json!(true), &json!("online"))
    );
    let sessions = explanation["sessions"].as_array().unwrap();
    let expected = [
        "age",
        "ends_at",
        "last_activity",
        "last_seen",
        "offline_at",
        "offline_mark",
        "online_since",
        "session_id",
        "state",
    ];
    assert_eq!(names(&sessions[0]), expected);
    for (session, name, beat) in [(&sessions[0], "tab 1", &new), (&sessions[1], "old", &old)] {
        assert_eq!((&session["session_id"], &session["state"]), (&json!(name), &json!("online")));
        assert_eq!(session["last_activity"], beat["last_activity"]);
        assert_eq!(millis(&session["ends_at"]) - millis(&session["last_activity"]), 300_000);
        let age = millis(&explanation["server_time"]) - millis(&session["last_activity"]);
        let said = Duration::from_secs_f64(session["age"].as_f64().unwrap());
        assert_eq!(i64::try_from(said.as_millis()), Ok(age));
        assert_eq!(
            (&session["offline_at"], &session["offline_mark"]),
            (&Value::Null, &Value::Null)
        );
    }
    assert_eq!(sessions[1]["last_activity"], stamp, "the stamp that counts (R3)");
    assert!(millis(&sessions[1]["online_since"]) > millis(&sessions[1]["last_activity"]));
}

#[tokio::test]
async fn who_timed_out_is_told_so() {
    let node = Node::with(&SHORT_WINDOW).await;
    let user = node.user(5);
    let beat = user.beat(json!({ "session_id": "tab" })).await.ok();
    let over = async || explain(&user, 5).await.ok()["is_online"] == false;
    until("the window has ended", over).await;
    let explanation = explain(&user, 5).await.ok();
    says(&explanation, &["Offline", "`tab`", "longer than the window"]);
    let session = &explanation["sessions"][0];
    assert_eq!(
        (&session["state"], &session["ends_at"]),
        (&json!("timed_out"), &beat["online_until"])
    );
}

#[tokio::test]
async fn who_was_marked_offline_is_told_so_and_never_of_the_epoch() {
    let node = Node::with(&QUICK).await;
    let user = node.user(5);
    user.beat(json!({ "session_id": "tab", "timestamp": in_millis(-3_000) })).await.ok();
    let stamp = in_millis(-1_000);
    let left = user.leave(json!({ "session_id": "tab", "timestamp": stamp })).await.ok();
    let answer = explain(&user, 5).await;
    let explanation = answer.ok();
    says(&explanation, &["Offline", "`tab`", "marked offline"]);
    assert!(!answer.text.contains("1970"), "{}", answer.text);
    let session = &explanation["sessions"][0];
    assert_eq!(
        (&session["state"], &session["last_activity"]),
        (&json!("marked_offline"), &Value::Null)
    );
    assert_eq!(session["offline_mark"], stamp);
    for name in ["offline_at", "ends_at", "last_seen"] {
        assert_eq!(session[name], left["last_seen"], "{name}");
    }
    user.beat(json!({})).await.ok();
    let explanation = explain(&user, 5).await.ok();
    says(&explanation, &["Online", "the session without a name"]);
    let states: Vec<_> =
        explanation["sessions"].as_array().unwrap().iter().map(|it| &it["state"]).collect();
    assert_eq!(states, ["online", "marked_offline"], "the newest comes first");
}

#[tokio::test]
async fn who_hides_is_told_so_and_since_when() {
    let node = Node::with(&QUICK).await;
    let user = node.user(5);
    user.beat(json!({})).await.ok();
    let before = in_millis(0);
    say(&user, json!({ "invisible": true })).await;
    for caller in [&user, &admin(&node)] {
        let explanation = explain(caller, 5).await.ok();
        says(&explanation, &["Online", "invisible", "to everybody else they are offline"]);
        assert_eq!(explanation["is_online"], true);
        let since = &explanation["hidden_since"];
        assert!((millis(since) - millis(&json!(before))).abs() < 5_000, "{since}");
    }
    user.leave(json!({})).await.ok();
    says(&explain(&user, 5).await.ok(), &["Offline", "marked offline", "invisible"]);
    say(&user, json!({ "invisible": false })).await;
    let explanation = explain(&user, 5).await.ok();
    assert_eq!(explanation["hidden_since"], Value::Null);
    assert!(!explanation["reason"].as_str().unwrap().contains("invisible"));
}
