//! Whose tokens count: keys, issuers, audiences and times, through the running server.

use std::fs;

use jsonwebtoken::{Algorithm, Header};
use reqwest::{Method, header};
use serde_json::{Value, json};

use crate::support::{Caller, Node, jwk, key_file, now, sign, signed};

fn token(key: &str, algorithm: Algorithm, kid: Option<&str>) -> String {
    let header = Header { kid: kid.map(ToOwned::to_owned), ..Header::new(algorithm) };
    let claims = json!({ "user_id": 5, "exp": now() / 1000 + 60 });
    signed(key, &header, &claims)
}

async fn status(node: &Node, token: String) -> u16 {
    Caller::new(node, token).beat(json!({})).await.status.as_u16()
}

#[tokio::test]
async fn a_public_key_verifies_what_its_private_key_signed() {
    for (key, algorithm, name) in [
        ("rsa", Algorithm::RS256, "RS256"),
        ("rsa", Algorithm::PS512, "PS512"),
        ("p256", Algorithm::ES256, "ES256"),
        ("p384", Algorithm::ES384, "ES384"),
        ("ed25519", Algorithm::EdDSA, "EdDSA"),
    ] {
        let file = key_file(&format!("{key}.pub.pem"));
        let settings =
            [("AUTH__PUBLIC_KEY_FILE", file.to_str().unwrap()), ("AUTH__ALGORITHMS", name)];
        let node = Node::with(&settings).await;
        for _ in 0..2 {
            assert_eq!(status(&node, token(key, algorithm, None)).await, 200, "{name}");
        }
        assert_eq!(status(&node, token("other_rsa", Algorithm::RS256, None)).await, 401, "{name}");
        assert_eq!(node.user(5).beat(json!({})).await.status, 401, "a token of a secret");
    }
}

#[tokio::test]
async fn the_case_of_the_scheme_and_the_spaces_after_it_say_nothing() {
    let node = Node::start().await;
    let token = sign(json!({ "user_id": 5 }));
    for (given, status) in [
        (format!("bearer {token}"), 200),
        (format!("BEARER {token}"), 200),
        (format!("Bearer   {token}"), 200),
        (format!("Bearer\t{token}"), 401),
        (format!("Basic {token}"), 401),
        (format!("Bearer{token}"), 401),
        ("bearer".to_owned(), 401),
        (token.clone(), 401),
    ] {
        let request = node.request(Method::POST, "/api/chat/heartbeat");
        let answer = request.header(header::AUTHORIZATION, &given).send().await.unwrap();
        assert_eq!(answer.status(), status, "{}", given.replace(&token, "…"));
    }
}

#[tokio::test]
async fn a_key_set_is_chosen_from_by_kid() {
    let folder = tempfile::tempdir().unwrap();
    let keys = [jwk("rsa", Algorithm::RS256, "a"), jwk("p256", Algorithm::ES256, "b")];
    fs::write(folder.path().join("jwks.json"), json!({ "keys": keys }).to_string()).unwrap();
    let settings = [("AUTH__JWKS_FILE", "jwks.json"), ("AUTH__ALGORITHMS", "RS256,ES256")];
    let node = Node::in_folder(folder, &settings).await;
    assert_eq!(status(&node, token("rsa", Algorithm::RS256, Some("a"))).await, 200);
    assert_eq!(status(&node, token("p256", Algorithm::ES256, Some("b"))).await, 200);
    assert_eq!(status(&node, token("other_rsa", Algorithm::RS256, Some("a"))).await, 401);
    assert_eq!(status(&node, token("rsa", Algorithm::RS256, Some("c"))).await, 401);
    assert_eq!(status(&node, token("rsa", Algorithm::RS256, None)).await, 401);
}

#[tokio::test]
async fn tokens_are_held_to_issuer_audience_times_and_user() {
    let settings = [("AUTH__ISSUER", "https://issuer/"), ("AUTH__AUDIENCE", "lastseen")];
    let node = Node::with(&settings).await;
    let seconds = now() / 1000;
    let beat = async |change: Value| {
        let mut claims =
            json!({ "user_id": 5, "iss": "https://issuer/", "aud": ["x", "lastseen"] });
        claims.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        node.bearer(claims).beat(json!({})).await
    };
    beat(json!({})).await.ok();
    beat(json!({ "exp": seconds - 20 })).await.ok();
    beat(json!({ "nbf": seconds + 20 })).await.ok();
    for change in [
        json!({ "iss": "https://other/" }),
        json!({ "iss": null }),
        json!({ "aud": "x" }),
        json!({ "aud": null }),
        json!({ "exp": seconds - 40 }),
        json!({ "exp": "never" }),
        json!({ "nbf": seconds + 60 }),
        json!({ "user_id": "nobody" }),
        json!({ "user_id": null }),
    ] {
        let answer = beat(change.clone()).await;
        answer.problem(401);
        assert!(answer.header("www-authenticate").contains("error=\"invalid_token\""), "{change}");
    }
}

#[tokio::test]
async fn no_answer_and_no_log_shows_a_token_or_a_secret() {
    let node = Node::start().await;
    let token = crate::support::sign(json!({ "user_id": 5, "exp": 1 }));
    let answer = Caller::new(&node, token.clone()).beat(json!({})).await;
    let signature = token.rsplit('.').next().unwrap();
    assert!(
        !answer.text.contains(signature) && !format!("{:?}", answer.headers).contains(signature)
    );
    node.signal("KILL");
    let (_, log, _) = node.end().await;
    assert!(!log.contains(signature) && !log.contains(crate::support::SECRET), "{log}");
}
