//! Keys that change while the node runs: served by an issuer, or in a file.

use std::{
    fs,
    time::{Duration, Instant},
};

use futures::future::join_all;
use jsonwebtoken::{Algorithm, Header};
use serde_json::{Value, json};

use crate::support::{Caller, Issuer, Node, Run, jwk, key_file, now, signed, until};

const RS256: (&str, &str) = ("AUTH__ALGORITHMS", "RS256");

fn token(key: &str, kid: &str) -> String {
    let header = Header { kid: Some(kid.to_owned()), ..Header::new(Algorithm::RS256) };
    signed(key, &header, &json!({ "user_id": 5, "exp": now() / 1000 + 60 }))
}

async fn status(node: &Node, token: String) -> u16 {
    Caller::new(node, token).beat(json!({})).await.status.as_u16()
}

fn old() -> Value {
    jwk("rsa", Algorithm::RS256, "old")
}

fn new() -> Value {
    jwk("other_rsa", Algorithm::RS256, "new")
}

async fn node(issuer: &Issuer) -> Node {
    let settings = [("AUTH__JWKS_URL", &issuer.url[..]), RS256];
    Node::bare(tempfile::tempdir().unwrap(), &settings).await
}

#[tokio::test]
async fn a_key_that_is_new_at_the_issuer_counts_at_its_first_token() {
    let issuer = Issuer::with(&[old()]).await;
    let node = node(&issuer).await;
    assert_eq!(status(&node, token("rsa", "old")).await, 200);
    assert_eq!(issuer.asked(), 1, "at the start");

    issuer.rotate(&[new()]);
    let first = join_all((0..8).map(|_| status(&node, token("other_rsa", "new")))).await;
    assert_eq!(first, [200; 8], "all who came meanwhile waited for the same look");
    assert_eq!(issuer.asked(), 2);
    assert_eq!(status(&node, token("rsa", "old")).await, 401, "and who was taken back is out");
}

#[tokio::test]
async fn unknown_kids_reach_the_issuer_every_30_seconds_at_most() {
    let issuer = Issuer::with(&[old()]).await;
    let node = node(&issuer).await;
    for kid in 0..100 {
        assert_eq!(status(&node, token("rsa", &kid.to_string())).await, 401);
    }
    assert_eq!(issuer.asked(), 2, "at the start, and once since");
    assert_eq!(status(&node, token("other_rsa", "old")).await, 401, "the kid alone is no proof");
}

#[tokio::test]
async fn old_keys_keep_working_while_the_issuer_is_down_hangs_or_talks_nonsense() {
    let huge = "x".repeat(1024 * 1024);
    let redirect = "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n\r\n";
    let empty = "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{\"keys\":[]}";
    for nonsense in [
        String::new(),
        "HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n".to_owned(),
        redirect.to_owned(),
        empty.to_owned(),
        format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{huge}", huge.len()),
    ] {
        let issuer = Issuer::with(&[old()]).await;
        let node = node(&issuer).await;
        issuer.answer(nonsense);
        let start = Instant::now();
        assert_eq!(status(&node, token("other_rsa", "new")).await, 401);
        assert!(start.elapsed() < Duration::from_secs(8), "it was waited for too long");
        assert_eq!(status(&node, token("rsa", "old")).await, 200);
    }
    let issuer = Issuer::with(&[old()]).await;
    let node = node(&issuer).await;
    drop(issuer);
    assert_eq!(status(&node, token("other_rsa", "new")).await, 401);
    assert_eq!(status(&node, token("rsa", "old")).await, 200);
    node.signal("TERM");
    let (_, log, _) = node.end().await;
    assert!(log.contains("the old ones go on counting: cannot be fetched: "), "{log}");
}

#[tokio::test]
async fn a_start_needs_an_issuer_that_answers_and_a_safe_way_to_it() {
    let issuer = Issuer::with(&[]).await;
    for (url, reason) in [
        (&issuer.url[..], "holds no key of these algorithms"),
        ("http://127.0.0.1:1/", "cannot be fetched"),
        ("http://issuer.example/jwks.json", "https"),
        ("jwks.json", "is not a URL"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let run = Run::of(folder.path(), &[("AUTH__JWKS_URL", url), RS256], &[]).await;
        let refusal = run.refusal();
        assert!(refusal.starts_with("auth.jwks_url: ") && refusal.contains(reason), "{refusal}");
    }
    let folder = tempfile::tempdir().unwrap();
    let run = Run::of(folder.path(), &[("AUTH__JWKS_URL", &issuer.url)], &[]).await;
    assert!(run.refusal().starts_with("auth.algorithms: HS256"), "a secret that is served");
}

#[tokio::test]
async fn a_file_with_other_keys_counts_without_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let write = |folder: &std::path::Path, keys: &[Value]| {
        fs::write(folder.join("jwks.json"), json!({ "keys": keys }).to_string()).unwrap();
    };
    write(folder.path(), &[old()]);
    let settings = [("AUTH__JWKS_FILE", "jwks.json"), RS256];
    let node = Node::bare(folder, &settings).await;
    fs::write(node.folder().join("jwks.json"), "{\"keys\":").unwrap();
    assert_eq!(status(&node, token("other_rsa", "new")).await, 401);
    assert_eq!(status(&node, token("rsa", "old")).await, 200, "while it is half written");
    write(node.folder(), &[new()]);
    until("the new key counts", async || status(&node, token("other_rsa", "new")).await == 200)
        .await;
    assert_eq!(status(&node, token("rsa", "old")).await, 401);
}

#[tokio::test]
async fn a_pem_file_with_another_key_counts_without_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    fs::copy(key_file("rsa.pub.pem"), folder.path().join("key.pem")).unwrap();
    let node = Node::bare(folder, &[("AUTH__PUBLIC_KEY_FILE", "key.pem"), RS256]).await;
    assert_eq!(status(&node, token("rsa", "any")).await, 200);
    fs::copy(key_file("other_rsa.pub.pem"), node.folder().join("key.pem")).unwrap();
    let counts = async || status(&node, token("other_rsa", "any")).await == 200;
    until("the new key counts", counts).await;
    assert_eq!(status(&node, token("rsa", "any")).await, 401, "also who was remembered");
}
