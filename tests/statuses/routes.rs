//! Wrong methods, trailing slashes, and paths that name nobody.

use reqwest::Method;
use serde_json::json;

use super::{BATCH, COUNT, LAST_SEEN, ME, ONLINE, STATUS, admin};
use crate::support::{Answer, Node};

#[tokio::test]
async fn a_wrong_method_is_a_405_that_lists_the_right_ones() {
    let (integers, strings) =
        (Node::start().await, Node::with(&[("AUTH__USER_ID", "string")]).await);
    for node in [&integers, &strings] {
        for (method, path, allow) in [
            (Method::GET, BATCH, "POST"),
            (Method::DELETE, BATCH, "POST"),
            (Method::POST, LAST_SEEN, "PUT"),
            (Method::DELETE, ME, "GET, HEAD, PUT"),
            (Method::POST, ME, "GET, HEAD, PUT"),
            (Method::PATCH, ME, "GET, HEAD, PUT"),
            (Method::DELETE, ONLINE, "GET, HEAD"),
            (Method::POST, ONLINE, "GET, HEAD"),
            (Method::POST, COUNT, "GET, HEAD"),
            (Method::POST, "/api/user-status/5", "GET, HEAD, DELETE"),
            (Method::PUT, "/api/user-status/5", "GET, HEAD, DELETE"),
            (Method::GET, "/api/user-status/5/mark-offline", "POST"),
            (Method::DELETE, "/api/user-status/5/explain", "GET, HEAD"),
            (Method::POST, "/api/user-status/5/export", "GET, HEAD"),
        ] {
            let answer = Answer::of(admin(node).request(method, path).send().await.unwrap()).await;
            let problem = answer.problem(405);
            assert!(problem["type"].as_str().unwrap().ends_with("/problems/method-not-allowed"));
            assert_eq!(answer.header("allow"), allow, "{path}");
        }
    }
}

#[tokio::test]
async fn a_trailing_slash_changes_nothing() {
    let node = Node::start().await;
    let user = node.user(5);
    user.beat(json!({})).await.ok();
    for path in [ONLINE, COUNT, ME, "/api/user-status/5"] {
        let with = user.get(&format!("{path}/")).await;
        assert_eq!(with.ok(), user.get(path).await.ok(), "{path}");
    }
    let query = format!("{ONLINE}/?limit=1");
    assert_eq!(user.get(&query).await.ok()["count"], 1);
    user.put(&format!("{ME}/"), json!({ "text": "there" })).await.ok();
    assert_eq!(user.put(&format!("{LAST_SEEN}/"), json!({})).await.ok()["text"], "there");
    let batch = user.post(&format!("{BATCH}/"), json!({ "user_ids": [5] })).await.ok();
    assert_eq!(batch["users"][0]["text"], "there");
    assert_eq!(user.get(&format!("{STATUS}/5/explain/")).await.ok()["user_id"], 5);
    admin(&node).post(&format!("{STATUS}/5/mark-offline/"), json!({})).await.ok();
    assert_eq!(admin(&node).delete(&format!("{STATUS}/5/")).await.status, 204);
}

#[tokio::test]
async fn what_is_no_route_is_a_404() {
    let node = Node::start().await;
    for path in
        [STATUS, "/api/user-status/", "/api/user-status/5/x", "/api/user-status/online/count/x"]
    {
        let problem = node.user(5).get(path).await.problem(404);
        assert!(problem["type"].as_str().unwrap().ends_with("/problems/not-found"), "{path}");
    }
}

#[tokio::test]
async fn head_is_get_without_the_body() {
    let node = Node::start().await;
    for path in [
        ONLINE,
        COUNT,
        ME,
        "/api/user-status/5",
        "/api/user-status/5/explain",
        "/api/user-status/5/export",
    ] {
        let head = node.user(5).request(Method::HEAD, path).send().await.unwrap();
        let answer = Answer::of(head).await;
        assert_eq!((answer.status.as_u16(), &answer.text[..]), (200, ""), "{path}");
    }
}
