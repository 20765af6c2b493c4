//! Whether there are accounts, and with which settings.

use reqwest::Method;
use serde_json::json;

use super::{LOGIN, LOGOUT, ME, PASSWORD, REGISTER, USERS, created, join, post, register, slug};
use crate::support::{Answer, Caller, Node, Run, SECRET, key_file};

#[tokio::test]
async fn without_accounts_their_routes_are_not_there() {
    let node = Node::start().await;
    let user = node.user(5);
    for (method, path) in [
        (Method::POST, REGISTER),
        (Method::POST, LOGIN),
        (Method::POST, LOGOUT),
        (Method::GET, USERS),
        (Method::GET, ME),
        (Method::PATCH, ME),
        (Method::PUT, "/api/users/me/password"),
        (Method::DELETE, ME),
    ] {
        let answer = user.request(method, path).json(&json!({})).send().await.unwrap();
        assert_eq!(slug(&Answer::of(answer).await, 404), "not-found", "{path}");
    }
}

#[tokio::test]
async fn development_has_accounts_unless_it_is_told_otherwise() {
    let node = Node::bare(tempfile::tempdir().unwrap(), &[]).await;
    let (ada, id) = join(&node, "ada").await;
    assert_eq!(ada.beat(json!({})).await.ok()["user_id"], id);
    let off = Node::bare(tempfile::tempdir().unwrap(), &[("ACCOUNTS__ENABLED", "false")]).await;
    register(&off, "ada").await.problem(404);
}

#[tokio::test]
async fn tokens_meet_what_the_node_asks_of_tokens_and_last_as_long_as_they_say() {
    let node = Node::with(&[
        ("ACCOUNTS__ENABLED", "true"),
        ("ACCOUNTS__TOKEN_TTL", "90s"),
        ("AUTH__SECRET", &"as long as the hash of HS512, which has 64 bytes".repeat(2)),
        ("AUTH__ALGORITHMS", "HS512,HS256"),
        ("AUTH__ISSUER", "lastseen"),
        ("AUTH__AUDIENCE", "us"),
        ("AUTH__USER_ID_CLAIM", "uid"),
        ("AUTH__USER_ID", "string"),
    ])
    .await;
    assert_eq!(created(&register(&node, "ada").await)["id"], "1");
    let login = post(&node, LOGIN, json!({ "username": "ada", "password": PASSWORD })).await.ok();
    assert_eq!(login["expires_in"], 90);
    let ada = Caller::new(&node, login["access_token"].as_str().unwrap().to_owned());
    assert_eq!(ada.beat(json!({})).await.ok()["user_id"], "1");
    assert_eq!(ada.get(ME).await.ok()["id"], "1");
}

#[tokio::test]
async fn accounts_beside_another_issuer_stop_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let (on, rs256) = (("ACCOUNTS__ENABLED", "true"), ("AUTH__ALGORITHMS", "RS256"));
    let (secret, file) = (("AUTH__SECRET", SECRET), key_file("rsa.pub.pem"));
    for (settings, with) in [
        ([on, rs256, ("AUTH__PUBLIC_KEY_FILE", file.to_str().unwrap())], "auth.public_key_file"),
        ([on, rs256, ("AUTH__JWKS_FILE", "keys.json")], "auth.jwks_file"),
        ([on, secret, ("AUTH__ISSUER", "https://issuer/")], "auth.issuer"),
    ] {
        let run = Run::of(folder.path(), &settings, &[]).await;
        assert!(run.refusal().starts_with("accounts.enabled: "), "{run:?}");
        assert!(run.refusal().contains(with), "{run:?}");
    }
    let run = Run::of(folder.path(), &[on, secret, rs256], &[]).await;
    assert!(run.refusal().starts_with("auth.algorithms: "), "{run:?}");
}
