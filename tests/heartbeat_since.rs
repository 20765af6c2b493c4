//! Section 3.2: a beat that asks who came and who went.

use serde_json::{Value, json};

use crate::support::{Follower, Node};

/// Of version 7, which nobody knows: that byte, three more, and the check.
const OTHER_VERSION: &str = "BwECAyoO";

/// The names in an answer.
fn names(reply: &Value) -> Vec<&str> {
    reply.as_object().unwrap().keys().map(String::as_str).collect()
}

const OF_A_BEAT: [&str; 7] = [
    "heartbeat_interval",
    "last_activity",
    "online_until",
    "poll_interval",
    "server_time",
    "status",
    "user_id",
];

/// That and `more`, sorted as JSON objects are here.
fn of_a_beat_and(more: &[&'static str]) -> Vec<&'static str> {
    let mut names = [&OF_A_BEAT, more].concat();
    names.sort_unstable();
    names
}

#[tokio::test]
async fn one_request_beats_and_follows() {
    let node = Node::start().await;
    for id in [7, 12] {
        node.user(id).beat(json!({})).await.ok();
    }
    let mut follower = Follower::start(&node.user(5)).await;
    node.user(12).leave(json!({})).await.ok();

    let reply = node.user(5).beat(json!({ "since": follower.cursor })).await.ok();
    let delta = ["came_online", "cursor", "went_offline"];
    assert_eq!(names(&reply), of_a_beat_and(&delta));
    assert_eq!((&reply["user_id"], &reply["status"]), (&json!(5), &json!("online")));
    assert_eq!((&reply["heartbeat_interval"], &reply["poll_interval"]), (&json!(120), &json!(10)));
    assert_eq!(reply["came_online"], json!([5]), "the beat is in it");
    assert_eq!(reply["went_offline"], json!([12]));
    follower.apply(&reply);
    assert_eq!(follower.shows(), json!([5, 7]));

    let reply = node.user(5).beat(json!({ "since": follower.cursor })).await.ok();
    assert_eq!((&reply["came_online"], &reply["went_offline"]), (&json!([]), &json!([])));
}

#[tokio::test]
async fn without_since_there_is_no_news() {
    let node = Node::start().await;
    let ids = vec![1; 200];
    for body in [json!({}), json!({ "since": null, "ids": null }), json!({ "ids": ids })] {
        assert_eq!(names(&node.user(5).beat(body).await.ok()), OF_A_BEAT);
    }
    let too_many = json!({ "ids": vec![1; 201] });
    assert_eq!(node.user(5).beat(too_many).await.wrong_field(), "ids", "wrong even so");
}

#[tokio::test]
async fn a_cursor_that_nobody_reads_is_answered_in_full() {
    let node = Node::start().await;
    node.user(7).beat(json!({})).await.ok();
    let reply = node.user(5).beat(json!({ "since": OTHER_VERSION })).await.ok();
    assert_eq!(names(&reply), of_a_beat_and(&["count", "cursor", "online_users"]));
    assert_eq!((&reply["online_users"], &reply["count"]), (&json!([5, 7]), &json!(2)));
    assert_eq!(reply["poll_interval"], 10);
    let watched = json!({ "since": OTHER_VERSION, "ids": [7, 8, 7] });
    let reply = node.user(5).beat(watched).await.ok();
    assert_eq!((&reply["online_users"], &reply["count"]), (&json!([7]), &json!(1)));
}

#[tokio::test]
async fn a_watch_list_narrows_the_news() {
    let node = Node::start().await;
    let cursor = Follower::start(&node.user(5)).await.cursor;
    for id in [7, 8] {
        node.user(id).beat(json!({})).await.ok();
    }
    let reply = node.user(5).beat(json!({ "since": cursor, "ids": [8, 9] })).await.ok();
    assert_eq!((&reply["came_online"], &reply["went_offline"]), (&json!([8]), &json!([])));

    let node = Node::with(&[("AUTH__USER_ID", "string")]).await;
    let ada = node.bearer(json!({ "sub": "ada" }));
    let reply = ada.beat(json!({ "since": OTHER_VERSION, "ids": ["ada", "b,c"] })).await.ok();
    assert_eq!(reply["online_users"], json!(["ada"]));
    let refusal = ada.beat(json!({ "since": OTHER_VERSION, "ids": [5] })).await;
    assert_eq!(refusal.wrong_field(), "ids");
}

#[tokio::test]
async fn what_cannot_be_answered_is_not_stored() {
    let node = Node::start().await;
    let cursor = Follower::start(&node.user(5)).await.cursor;
    for since in [json!(""), json!("yesterday"), json!(5), json!({}), json!(&cursor[1..])] {
        let refusal = node.user(5).beat(json!({ "since": since })).await;
        assert_eq!(refusal.wrong_field(), "since", "{since}");
    }
    let too_many = json!(vec![1; 201]);
    for ids in [json!("5"), json!(["5"]), json!([-1]), json!([1.5]), json!([null]), too_many] {
        let refusal = node.user(5).beat(json!({ "since": cursor, "ids": ids })).await;
        assert_eq!(refusal.wrong_field(), "ids", "{ids}");
    }
    assert_eq!(node.user(5).online().await, json!([]));
}
