//! Whose tokens count: keys, issuers, audiences and times, through the running server.

use std::fs;

use jsonwebtoken::{Algorithm, Header};
use reqwest::{Method, header};
use serde_json::{Value, json};

use crate::support::{Answer, Caller, Node, Run, SECRET, jwk, key_file, now, sign, signed};

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
    assert_eq!(status(&node, token("rsa", Algorithm::RS256, None)).await, 200, "by its type");
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
    let token = sign(json!({ "user_id": 5, "exp": 1 }));
    let answer = Caller::new(&node, token.clone()).beat(json!({})).await;
    let signature = token.rsplit('.').next().unwrap();
    assert!(
        !answer.text.contains(signature) && !format!("{:?}", answer.headers).contains(signature)
    );
    node.signal("KILL");
    let (_, log, _) = node.end().await;
    assert!(!log.contains(signature) && !log.contains(SECRET), "{log}");
}

#[tokio::test]
async fn a_key_that_can_never_verify_refuses_the_start_and_says_what_would_do() {
    for (name, algorithms, told) in [
        ("rsa.pem", "RS256", "holds a private key"),
        ("rsa.pkcs1.pem", "RS256", "holds a private key"),
        ("rsa.crt.pem", "RS256", "openssl x509"),
        ("rsa1024.pub.pem", "RS256", "1024 bits"),
        ("p521.pub.pem", "ES256,ES384", "curve"),
        ("rsa.pub.pem", "ES256", "RS256"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        fs::copy(key_file(name), folder.path().join("key.pem")).unwrap();
        let settings = [("AUTH__PUBLIC_KEY_FILE", "key.pem"), ("AUTH__ALGORITHMS", algorithms)];
        let run = Run::of(folder.path(), &settings, &[]).await;
    let refusal = run.refusal();
        assert!(refusal.starts_with("auth.public_key_file: key.pem: holds "), "{refusal}");
        assert!(refusal.contains(told), "{refusal}");
    }
    let folder = tempfile::tempdir().unwrap();
    let settings = [("AUTH__SECRET", SECRET), ("AUTH__ALGORITHMS", "HS256,HS512")];
    let run = Run::of(folder.path(), &settings, &[]).await;
    let refusal = run.refusal();
    assert!(refusal.starts_with("auth.secret: a secret has at least 64 bytes"), "{refusal}");
    let odd = json!({ "keys": [{ "kty": "oct", "k": "c2hvcnQ" }, null] }).to_string();
    fs::write(folder.path().join("jwks.json"), odd).unwrap();
    let settings = [("AUTH__JWKS_FILE", "jwks.json"), ("AUTH__ALGORITHMS", "HS256")];
    let run = Run::of(folder.path(), &settings, &[]).await;
    let refusal = run.refusal();
    assert!(refusal.contains("holds no key of these algorithms: key 1"), "{refusal}");
    assert!(!refusal.contains("c2hvcnQ"), "{refusal}");
}

#[tokio::test]
async fn an_odd_key_of_a_set_is_passed_over_and_logged() {
    let folder = tempfile::tempdir().unwrap();
    let mut odd = jwk("other_rsa", Algorithm::RS256, "odd");
    odd["key_ops"] = json!("verify\n");
    let good = jwk("rsa", Algorithm::RS256, "a");
    let set = json!({ "keys": [null, odd, { "kty": "new", "kid": 5 }, good] });
    fs::write(folder.path().join("jwks.json"), format!("\u{feff}{set}")).unwrap();
    let settings = [("AUTH__JWKS_FILE", "jwks.json"), ("AUTH__ALGORITHMS", "RS256")];
    let node = Node::in_folder(folder, &settings).await;
    assert_eq!(status(&node, token("rsa", Algorithm::RS256, Some("a"))).await, 200);
    assert_eq!(status(&node, token("other_rsa", Algorithm::RS256, Some("odd"))).await, 401);
    node.signal("KILL");
    let (_, log, _) = node.end().await;
    for told in ["key 1: is no object", "key 2 (\"odd\"): its key_ops is no list", "key 3: its kid"]
    {
        assert_eq!(log.matches(told).count(), 1, "{told}: {log}");
    }
}

#[tokio::test]
async fn a_secret_with_blanks_around_it_is_told_at_the_start() {
    for (secret, told) in
        [(format!("{SECRET}\n"), true), (format!(" {SECRET}"), true), (SECRET.to_owned(), false)]
    {
        let node = Node::with(&[("AUTH__SECRET", &secret)]).await;
        node.signal("KILL");
        let (_, log, _) = node.end().await;
        assert_eq!(log.contains("auth.secret begins or ends with blanks"), told, "{log}");
        assert!(!log.contains(SECRET), "{log}");
    }
}

#[tokio::test]
async fn a_challenge_says_what_is_wrong_with_a_token_and_nothing_without_one() {
    let node = Node::start().await;
    let ask = async |authorization: Option<&str>| {
        let mut request = node.request(Method::POST, "/api/chat/heartbeat");
        if let Some(authorization) = authorization {
            request = request.header(header::AUTHORIZATION, authorization);
        }
        Answer::of(request.send().await.unwrap()).await
    };
    for authorization in [None, Some("Basic dXNlcjpwYXNz"), Some("Bearer"), Some("")] {
        let answer = ask(authorization).await;
        answer.problem(401);
        assert_eq!(answer.header("www-authenticate"), "Bearer", "{authorization:?}");
    }
    for (claims, told) in [
        (json!({ "user_id": 5, "token_type": "refresh" }), "not for access"),
        (json!({ "user_id": "ada" }), "`auth.user_id`"),
        (json!({ "user_id": 9_007_199_254_740_992_u64 }), "`auth.user_id`"),
        (json!({ "user_id": 5, "exp": 1 }), "expired"),
        (json!({ "user_id": 5, "x": "x".repeat(8192) }), "too long"),
    ] {
        let answer = ask(Some(&format!("Bearer {}", sign(claims)))).await;
        let detail = answer.problem(401)["detail"].as_str().unwrap().to_owned();
        assert!(detail.contains(told), "{detail}");
        let challenge = answer.header("www-authenticate");
        let expected = format!("Bearer error=\"invalid_token\", error_description=\"{detail}\"");
        assert_eq!(challenge, expected);
    }
}

#[tokio::test]
async fn a_sid_that_is_no_session_here_is_ignored() {
    let node = Node::start().await;
    for sid in [json!(5), json!("s".repeat(1000)), json!(["a"]), json!({}), json!("a\u{0}b")] {
        let caller = node.bearer(json!({ "user_id": 5, "sid": sid }));
        caller.beat(json!({})).await.ok();
        assert_eq!(caller.beat(json!({ "session_id": "tab" })).await.status, 200, "{sid}");
    }
}
