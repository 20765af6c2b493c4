//! `PUT /api/user-status/last-seen`

use reqwest::Method;
use serde_json::{Value, json};

use super::{LAST_SEEN, explain, in_millis, say, silent, status};
use crate::support::{Answer, Follower, Node, until};

#[tokio::test]
async fn it_is_a_beat_that_answers_the_callers_status() {
    let node = Node::start().await;
    let (user, other) = (node.user(5), node.user(6));
    let mut follower = Follower::start(&other).await;
    let answer = Answer::of(user.request(Method::PUT, LAST_SEEN).send().await.unwrap()).await;
    let online = answer.ok();
    assert_eq!(online, silent(5, true, &online["last_seen"]));
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(follower.follow(&other).await["came_online"], json!([5]));
    assert_eq!(status(&other, 5).await, online);
    let node = Node::in_folder(node.crash().await, &[]).await;
    assert_eq!(node.user(6).online().await, json!([5]), "it is stored");
}

#[tokio::test]
async fn it_takes_what_a_beat_takes() {
    let node = Node::with(&super::QUICK).await;
    let user = node.user(5);
    say(&user, json!({ "text": "typing" })).await;
    let stamp = in_millis(-5_000);
    let body = json!({ "session_id": "tab", "timestamp": stamp });
    let online = user.put(LAST_SEEN, body).await.ok();
    let mut expected = silent(5, true, &json!(stamp));
    expected["text"] = json!("typing");
    assert_eq!(online, expected, "a trusted stamp counts (R3)");
    let sessions = explain(&user, 5).await.ok()["sessions"].take();
    assert_eq!(sessions.as_array().unwrap().len(), 1, "{sessions}");
    assert_eq!(sessions[0]["session_id"], "tab");

    let wrong_clock = json!({ "session_id": "tab", "timestamp": "2031-01-01T00:00:00Z" });
    let online = user.put(LAST_SEEN, wrong_clock).await.ok();
    assert!(online["last_seen"].as_str().unwrap() < &in_millis(1_000)[..], "{online}");

    let sid = node.bearer(json!({ "user_id": 5, "sid": "phone" }));
    sid.put(LAST_SEEN, json!({})).await.ok();
    let newest = explain(&user, 5).await.ok()["sessions"][0].take();
    assert_eq!(newest["session_id"], "phone", "the token's session (R5)");
}

#[tokio::test]
async fn one_that_a_logout_overtook_brings_nobody_back() {
    let node = Node::with(&super::QUICK).await;
    let user = node.user(5);
    let at = |millis| json!({ "session_id": "tab", "timestamp": in_millis(millis) });
    let (early, late) = (at(-4_000), at(-2_000));
    user.put(LAST_SEEN, at(-6_000)).await.ok();
    let left = user.leave(late).await.ok();
    let ignored = user.put(LAST_SEEN, early).await.ok();
    assert_eq!(ignored, silent(5, false, &left["last_seen"]), "acknowledged, and nothing changed");
    assert_eq!(node.user(6).online().await, json!([]));
}

#[tokio::test]
async fn last_seen_never_goes_back() {
    let node = Node::with(&super::QUICK).await;
    let user = node.user(5);
    let seen = user.put(LAST_SEEN, json!({})).await.ok()["last_seen"].take();
    let earlier = json!({ "session_id": "another", "timestamp": in_millis(-10_000) });
    let own = user.put(LAST_SEEN, earlier).await.ok();
    assert_eq!((&own["last_seen"], &own["is_online"]), (&seen, &Value::Bool(true)));
    until("others see the same", async || status(&node.user(6), 5).await["last_seen"] == seen)
        .await;
}
