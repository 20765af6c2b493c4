//! Who may do what: users, services with a scope, and others.

use reqwest::Method;
use serde_json::{Value, json};

use super::{BATCH, COUNT, LAST_SEEN, ME, ONLINE, STATUS, admin, explain, status};
use crate::support::{Answer, Caller, Node};

/// The routes of the seven reads that speak of nobody in particular.
async fn reads(caller: &Caller<'_>) {
    for path in [ONLINE, COUNT, &format!("{STATUS}/5")] {
        caller.get(path).await.ok();
    }
    caller.post(BATCH, json!({ "user_ids": [5, 6] })).await.ok();
    caller.poll("ids=5,6").await.ok();
}

/// That all who may not do it are told so, with the challenge of RFC 6750.
#[track_caller]
fn forbidden(answer: &Answer) {
    let problem = answer.problem(403);
    assert!(problem["type"].as_str().unwrap().ends_with("/problems/forbidden"), "{problem}");
    let challenge = answer.header("www-authenticate");
    assert!(challenge.contains("insufficient_scope"), "{challenge}");
}

async fn has_no_me(caller: &Caller<'_>) {
    forbidden(&caller.get(ME).await);
    forbidden(&caller.put(ME, json!({ "text": "I" })).await);
    forbidden(&caller.put(LAST_SEEN, json!({})).await);
}

async fn may_not_administer(caller: &Caller<'_>) {
    forbidden(&caller.post(&format!("{STATUS}/5/mark-offline"), json!({})).await);
    forbidden(&caller.delete(&format!("{STATUS}/5")).await);
}

async fn may_administer(caller: &Caller<'_>) {
    explain(caller, 5).await.ok();
    caller.post(&format!("{STATUS}/8/mark-offline"), json!({})).await.ok();
    assert_eq!(caller.delete(&format!("{STATUS}/8")).await.status, 204);
}

#[tokio::test]
async fn a_service_that_may_read_reads_and_does_nothing_else() {
    let node = Node::start().await;
    node.user(5).beat(json!({})).await.ok();
    for claims in [
        json!({ "scope": "presence:read" }),
        json!({ "scope": "openid presence:read", "user_id": null, "sub": null }),
        json!({ "scp": ["presence:read"] }),
    ] {
        let service = node.bearer(claims);
        reads(&service).await;
        has_no_me(&service).await;
        may_not_administer(&service).await;
        forbidden(&explain(&service, 5).await);
    }
    assert_eq!(status(&node.user(6), 5).await["is_online"], true, "nothing was done");
}

#[tokio::test]
async fn a_service_that_may_administer_does_everything_but_be_somebody() {
    let node = Node::start().await;
    for claims in [
        json!({ "scope": "presence:admin" }),
        json!({ "scp": ["presence:read", "presence:admin"] }),
    ] {
        let service = node.bearer(claims);
        reads(&service).await;
        may_administer(&service).await;
        has_no_me(&service).await;
    }
}

#[tokio::test]
async fn no_scope_makes_up_for_a_user_id_that_cannot_be_one() {
    let node = Node::start().await;
    let unusable = [
        json!({ "user_id": "ada" }),
        json!({ "user_id": "" }),
        json!({ "user_id": 9_007_199_254_740_992_u64 }),
        json!({ "user_id": -1, "sub": "6" }),
        json!({ "user_id": [5] }),
        json!({ "sub": "billing" }),
        json!({ "sub": false }),
    ];
    for scope in ["presence:read", "presence:admin", "presence:read presence:admin"] {
        for claims in &unusable {
            let mut claims = claims.clone();
            claims["scope"] = json!(scope);
            let refusal = node.bearer(claims.clone()).get(ONLINE).await;
            let problem = refusal.problem(401);
            assert!(problem["detail"].as_str().unwrap().contains("user id"), "{claims}: {problem}");
        }
    }
}

#[tokio::test]
async fn a_claim_that_does_not_name_users_may_hold_anything() {
    let node = Node::with(&[("AUTH__USER_ID_CLAIM", "user_id")]).await;
    let service = node.bearer(json!({ "sub": "billing", "scope": "presence:read" }));
    reads(&service).await;
    has_no_me(&service).await;
}

#[tokio::test]
async fn with_string_ids_a_number_is_no_user_whatever_the_scope() {
    let node = Node::with(&[("AUTH__USER_ID", "string")]).await;
    let claims = json!({ "user_id": 5, "scope": "presence:admin" });
    node.bearer(claims).get(ONLINE).await.problem(401);
}

#[tokio::test]
async fn a_user_explains_themself_and_administers_nobody() {
    let node = Node::start().await;
    node.user(5).beat(json!({})).await.ok();
    for user in [node.user(5), node.bearer(json!({ "user_id": 5, "scope": "presence:read" }))] {
        reads(&user).await;
        explain(&user, 5).await.ok();
        forbidden(&explain(&user, 6).await);
        may_not_administer(&user).await;
    }
    forbidden(&explain(&node.user(6), 5).await);
    assert_eq!(status(&node.user(6), 5).await["is_online"], true, "not even themself");
    let moderator = node.bearer(json!({ "user_id": 9, "scope": "presence:admin" }));
    may_administer(&moderator).await;
    assert_eq!(moderator.get(ME).await.ok()["user_id"], 9, "who is somebody as well");
}

#[tokio::test]
async fn without_a_token_nothing_is_told_or_done() {
    let node = Node::start().await;
    for (method, path) in [
        (Method::GET, ONLINE),
        (Method::GET, COUNT),
        (Method::GET, "/api/user-status/5"),
        (Method::POST, BATCH),
        (Method::PUT, LAST_SEEN),
        (Method::GET, ME),
        (Method::PUT, ME),
        (Method::GET, "/api/user-status/5/explain"),
        (Method::GET, "/api/user-status/5/export"),
        (Method::POST, "/api/user-status/5/mark-offline"),
        (Method::DELETE, "/api/user-status/5"),
    ] {
        let bare = node.request(method.clone(), path).send().await.unwrap();
        let refusal = Answer::of(bare).await;
        assert!(refusal.header("www-authenticate").starts_with("Bearer"), "{method} {path}");
        refusal.problem(401);
        let nobody = node.bearer(json!({ "scope": "presence:write" }));
        let refusal = Answer::of(nobody.request(method, path).send().await.unwrap()).await;
        refusal.problem(401);
    }
    assert_eq!(explain(&admin(&node), 5).await.ok()["sessions"], Value::from(Vec::<Value>::new()));
}
