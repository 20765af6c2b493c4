//! `POST /api/chat/mark-offline`: who says goodbye is gone at once.

use reqwest::Method;
use serde_json::json;

use tokio::{io::AsyncWriteExt, net::TcpStream};

use crate::support::{Answer, Node, now, sign, until};

#[tokio::test]
async fn a_goodbye_without_a_body_takes_the_user_offline_at_once() {
    let node = Node::start().await;
    let user = node.user(5);
    user.beat(json!({})).await.ok();
    let leave = user.request(Method::POST, "/api/chat/mark-offline").send().await.unwrap();
    let reply = Answer::of(leave).await.ok();

    assert_eq!((&reply["user_id"], &reply["status"]), (&json!(5), &json!("offline")));
    assert_eq!(reply["last_activity"], "1970-01-01T00:00:00.000Z");
    let last_seen: openapi::model::Time =
        serde_json::from_value(reply["last_seen"].clone()).unwrap();
    assert!((now() - last_seen.0.timestamp_millis()).abs() < 5_000, "is store time (R6)");
    assert_eq!(user.online().await, json!([]));
}

#[tokio::test]
async fn without_a_session_all_of_the_users_sessions_end() {
    let node = Node::start().await;
    let user = node.user(5);
    for session in ["phone", "desk"] {
        user.beat(json!({ "session_id": session })).await.ok();
    }
    assert_eq!(user.leave(json!({})).await.ok()["status"], "offline");
    assert_eq!(user.online().await, json!([]));
}

#[tokio::test]
async fn a_session_ends_alone_unless_all_are_asked_for() {
    let node = Node::start().await;
    let user = node.user(5);
    for session in ["phone", "desk"] {
        user.beat(json!({ "session_id": session })).await.ok();
    }
    assert_eq!(user.leave(json!({ "session_id": "phone" })).await.ok()["status"], "online");
    assert_eq!(user.online().await, json!([5]));

    user.beat(json!({ "session_id": "phone" })).await.ok();
    let all = json!({ "session_id": "phone", "all_sessions": true });
    assert_eq!(user.leave(all).await.ok()["status"], "offline");
    assert_eq!(user.online().await, json!([]));
}

#[tokio::test]
async fn others_stay_online() {
    let node = Node::start().await;
    for id in [5, 6] {
        node.user(id).beat(json!({})).await.ok();
    }
    node.user(5).leave(json!({})).await.ok();
    assert_eq!(node.user(5).online().await, json!([6]));
}

#[tokio::test]
async fn who_was_never_here_may_leave() {
    let node = Node::start().await;
    let reply = node.user(5).leave(json!({ "session_id": "never" })).await.ok();
    assert_eq!(reply["status"], "offline");
}

#[tokio::test]
async fn a_goodbye_counts_though_its_page_does_not_wait_for_the_answer() {
    let node = Node::start().await;
    node.user(5).beat(json!({})).await.ok();
    let mut page = TcpStream::connect(node.url().trim_start_matches("http://")).await.unwrap();
    let token = sign(json!({ "user_id": 5 }));
    let goodbye = format!(
        "POST /api/chat/mark-offline HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{{}}"
    );
    page.write_all(goodbye.as_bytes()).await.unwrap();
    drop(page);
    until("the user is offline", async || node.user(6).online().await == json!([])).await;
}
