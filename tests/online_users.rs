//! `GET /api/chat/online-users`, `GET /api/chat/config`

use reqwest::Method;
use serde_json::json;

use crate::support::{Node, SECRET};

#[tokio::test]
async fn everybody_who_is_online_is_listed_ascending() {
    let node = Node::start().await;
    for id in [45, 1, 12, 5] {
        node.user(id).beat(json!({})).await.ok();
    }
    let reply = node.user(99).get("/api/chat/online-users").await.ok();
    assert_eq!(reply["online_users"], json!([1, 5, 12, 45]));
    assert_eq!((&reply["count"], &reply["poll_interval"]), (&json!(4), &json!(10)));
    assert!(reply["cursor"].as_str().is_some_and(|cursor| !cursor.is_empty()));
}

#[tokio::test]
async fn a_watch_list_narrows_the_answer_and_the_count() {
    let node = Node::start().await;
    for id in [1, 5, 12] {
        node.user(id).beat(json!({})).await.ok();
    }
    for query in [
        "ids=12,1,7,1",
        "ids=1&ids=12&ids=7",
        "ids=1,7&ids=12",
        "ids=1%2C12",
        "ids[]=1&ids[]=12&ids[]=7",
        "ids%5B%5D=1&ids%5B%5D=12",
        "ids%5B0%5D=1&ids%5B1%5D=12",
    ] {
        let reply = node.user(1).get(&format!("/api/chat/online-users?{query}")).await.ok();
        assert_eq!(reply["online_users"], json!([1, 12]), "{query}");
        assert_eq!(reply["count"], 2);
    }
    let two_hundred = vec!["5"; 200].join(",");
    let reply = node.user(1).get(&format!("/api/chat/online-users/?ids={two_hundred}")).await.ok();
    assert_eq!(reply["online_users"], json!([5]));
}

#[tokio::test]
async fn string_ids_are_strings_in_order_of_their_bytes() {
    let node = Node::with(&[("AUTH__USER_ID", "string")]).await;
    for id in ["b,c", "ünï", "10", "9", "a"] {
        let reply = node.bearer(json!({ "sub": id })).beat(json!({})).await.ok();
        assert_eq!(reply["user_id"], id);
    }
    let user = node.bearer(json!({ "sub": "a" }));
    assert_eq!(user.online().await, json!(["10", "9", "a", "b,c", "ünï"]));
    let reply = user.get("/api/chat/online-users?ids=b,c&ids=a&ids=x").await.ok();
    assert_eq!(reply["online_users"], json!(["a", "b,c"]));
    let by_axios = user.get("/api/chat/online-users?ids%5B%5D=b,c&ids[]=a&ids[2]=x").await.ok();
    assert_eq!(by_axios["online_users"], reply["online_users"]);
    let by_comma = user.get("/api/chat/online-users?ids=a,10").await.ok();
    assert_eq!(by_comma["online_users"], json!([]), "that is one id");
}

#[tokio::test]
async fn the_edges_of_integer_ids_are_users() {
    let node = Node::start().await;
    for id in [0, 9_007_199_254_740_991] {
        assert_eq!(node.user(id).beat(json!({})).await.ok()["user_id"], id);
    }
    assert_eq!(node.user(1).online().await, json!([0, 9_007_199_254_740_991_u64]));
}

#[tokio::test]
async fn the_cadence_is_the_servers() {
    let settings = [
        ("PRESENCE__WINDOW", "10m"),
        ("PRESENCE__HEARTBEAT_INTERVAL", "90s"),
        ("PRESENCE__POLL_INTERVAL", "1500ms"),
        ("PRESENCE__STALE_FOR", "45s"),
        ("AUTH__SECRET", SECRET),
    ];
    let node = Node::with(&settings).await;
    let config = node.user(5).get("/api/chat/config").await.ok();
    assert_eq!(config["window"], 600);
    assert_eq!(config["heartbeat_interval"], 90);
    assert_eq!(config["poll_interval"], 1.5);
    assert_eq!(config["stale_for"], 45);
    assert!(config["server_time"].as_str().is_some_and(|time| time.ends_with('Z')));
    let beat = node.user(5).beat(json!({})).await.ok();
    assert_eq!((&beat["heartbeat_interval"], &beat["poll_interval"]), (&json!(90), &json!(1.5)));
}

#[tokio::test]
async fn head_is_get_without_the_body() {
    let node = Node::start().await;
    let request = node.user(5).request(Method::HEAD, "/api/chat/online-users");
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_ne!(answer.headers()["content-length"], "0");
    assert_eq!(answer.bytes().await.unwrap(), "");
}

#[tokio::test]
async fn a_service_may_read_but_not_beat() {
    let node = Node::start().await;
    node.user(5).beat(json!({})).await.ok();
    for scope in ["presence:read", "presence:admin"] {
        let service = node.bearer(json!({ "scope": scope }));
        assert_eq!(service.online().await, json!([5]));
        for path in ["/api/chat/heartbeat", "/api/chat/mark-offline"] {
            let refusal = service.post(path, json!({})).await;
            assert!(
                refusal.problem(403)["type"].as_str().unwrap().ends_with("/problems/forbidden")
            );
            assert!(refusal.header("www-authenticate").contains("error=\"insufficient_scope\""));
        }
    }
}
