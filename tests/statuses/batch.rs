//! `POST /api/user-status/batch`

use serde_json::{Value, json};

use super::{BATCH, ids, never_seen, say, silent, status};
use crate::support::Node;

#[tokio::test]
async fn it_answers_in_the_order_asked_repeats_included() {
    let node = Node::start().await;
    let mut seen = Vec::new();
    for id in [5, 12, 45] {
        seen.push(node.user(id).beat(json!({})).await.ok()["last_activity"].take());
    }
    let left = node.user(12).leave(json!({})).await.ok()["last_seen"].take();
    say(&node.user(45), json!({ "availability": "away", "emoji": "🌴" })).await;
    let answer = node.user(5).post(BATCH, json!({ "user_ids": [45, 7, 12, 5, 45, 7] })).await;
    let mut away = silent(45, true, &seen[2]);
    (away["availability"], away["emoji"]) = (json!("away"), json!("🌴"));
    let (twelve, five) = (silent(12, false, &left), silent(5, true, &seen[0]));
    let expected = [away.clone(), never_seen(7), twelve, five, away, never_seen(7)];
    assert_eq!(answer.ok(), json!({ "users": expected }));
    assert_eq!(answer.header("cache-control"), "no-store");
    for single in expected {
        assert_eq!(status(&node.user(5), single["user_id"].as_u64().unwrap()).await, single);
    }
}

#[tokio::test]
async fn one_to_a_thousand_users_are_answered() {
    let node = Node::start().await;
    node.user(999).beat(json!({})).await.ok();
    let one = node.user(5).post(BATCH, json!({ "user_ids": [999] })).await.ok();
    assert_eq!((ids(&one), &one["users"][0]["is_online"]), (json!([999]), &json!(true)));
    let many: Vec<u64> = (0..1000).rev().collect();
    let reply = node.user(5).post(BATCH, json!({ "user_ids": many })).await.ok();
    assert_eq!(ids(&reply), json!(many));
    let users = reply["users"].as_array().unwrap();
    assert_eq!(users.iter().filter(|user| user["is_online"] == true).count(), 1);
    let same = vec![999; 1000];
    let reply = node.user(5).post(BATCH, json!({ "user_ids": same })).await.ok();
    assert_eq!(ids(&reply), json!(same));
    assert!(reply["users"].as_array().unwrap().iter().all(|user| *user == one["users"][0]));
}

#[tokio::test]
async fn users_named_like_a_route_are_found_here_alone() {
    let node = Node::with(&[("AUTH__USER_ID", "string")]).await;
    let names = ["online", "me", "batch", "a/b", ".."];
    let mut expected = Vec::new();
    for name in names {
        let beat = node.bearer(json!({ "sub": name })).beat(json!({})).await.ok();
        expected.push(silent(name, true, &beat["last_activity"]));
    }
    let ada = node.bearer(json!({ "sub": "ada" }));
    let reply = ada.post(BATCH, json!({ "user_ids": names })).await.ok();
    assert_eq!(reply["users"], Value::from(expected));

    let me = ada.get("/api/user-status/me").await.ok();
    assert_eq!((&me["user_id"], &me["is_online"]), (&json!("ada"), &json!(false)));
    assert!(ada.get("/api/user-status/online").await.ok()["users"].is_array());
    ada.get(BATCH).await.problem(405);
}
