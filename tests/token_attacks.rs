//! Tokens as attackers make them. None gets in, none is a 500, none makes the node fetch anything.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, Header, crypto};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{
    Answer, Caller, Issuer, Node, SECRET, jwk, key_file, now, private_key, sign, signed,
};

const CONFIG: &str = "/api/chat/config";

/// A token of these parts, whatever they are, with a good signature by `SECRET`.
fn crafted(header: &str, claims: &str) -> String {
    crafted_with(header, claims, &EncodingKey::from_secret(SECRET.as_bytes()), Algorithm::HS256)
}

fn crafted_with(header: &str, claims: &str, key: &EncodingKey, algorithm: Algorithm) -> String {
    let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let message = format!("{}.{}", part(header), part(claims));
    let signature = crypto::sign(message.as_bytes(), key, algorithm).unwrap();
    format!("{message}.{signature}")
}

fn good_claims() -> String {
    json!({ "user_id": 5, "exp": now() / 1000 + 60 }).to_string()
}

const HS256: &str = r#"{"alg":"HS256","typ":"JWT"}"#;

async fn refused(node: &Node, token: String) {
    let answer = Caller::new(node, token.clone()).get(CONFIG).await;
    let problem = answer.problem(401);
    assert!(problem["type"].as_str().unwrap().ends_with("/unauthenticated"), "{token}");
}

#[tokio::test]
async fn what_is_crafted_here_is_good_unless_it_is_made_bad() {
    let node = Node::start().await;
    Caller::new(&node, crafted(HS256, &good_claims())).get(CONFIG).await.ok();
}

#[tokio::test]
async fn no_signature_is_not_a_signature() {
    let node = Node::start().await;
    let claims = URL_SAFE_NO_PAD.encode(good_claims());
    for alg in ["none", "None", "NONE", "nOnE", "", "HS256", "null"] {
        let header = URL_SAFE_NO_PAD.encode(format!("{{\"alg\":\"{alg}\",\"typ\":\"JWT\"}}"));
        for token in [
            format!("{header}.{claims}."),
            format!("{header}.{claims}"),
            format!("{header}.{claims}.AA"),
        ] {
            refused(&node, token).await;
        }
    }
    for header in [r#"{"typ":"JWT"}"#, r#"{"alg":null}"#, r#"{"alg":["HS256","none"]}"#, "[]", ""] {
        refused(&node, crafted(header, &good_claims())).await;
    }
}

#[tokio::test]
async fn a_public_key_signs_nothing() {
    let pem = key_file("rsa.pub.pem");
    let settings =
        [("AUTH__PUBLIC_KEY_FILE", pem.to_str().unwrap()), ("AUTH__ALGORITHMS", "RS256")];
    let node = Node::with(&settings).await;
    let public = std::fs::read(&pem).unwrap();
    for algorithm in [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512] {
        let header = json!({ "alg": format!("{algorithm:?}") }).to_string();
        for secret in [&public[..], public.trim_ascii_end(), b""] {
            let key = EncodingKey::from_secret(secret);
            refused(&node, crafted_with(&header, &good_claims(), &key, algorithm)).await;
        }
    }
    // The right signature under the wrong name.
    let key = private_key("rsa");
    let header = r#"{"alg":"PS256"}"#;
    refused(&node, crafted_with(header, &good_claims(), &key, Algorithm::RS256)).await;
}

#[tokio::test]
async fn a_kid_chooses_among_our_keys_and_does_nothing_else() {
    let issuer = Issuer::with(&[jwk("rsa", Algorithm::RS256, "a")]).await;
    let settings = [("AUTH__JWKS_URL", &issuer.url[..]), ("AUTH__ALGORITHMS", "RS256")];
    let node = Node::bare(tempfile::tempdir().unwrap(), &settings).await;
    let long = "k".repeat(4000);
    for kid in [
        "",
        "A",
        "a ",
        "a\0",
        "../../../../dev/null",
        "/dev/null",
        "' OR '1'='1",
        "a' --",
        "http://127.0.0.1:1/",
        "$(id)",
        "%00",
        "a\r\nX-Evil: 1",
        &long,
    ] {
        let header = Header { kid: Some(kid.to_owned()), ..Header::new(Algorithm::RS256) };
        let claims = serde_json::from_str(&good_claims()).unwrap();
        refused(&node, signed("rsa", &header, &claims)).await;
    }
    for header in [r#"{"alg":"RS256","kid":5}"#, r#"{"alg":"RS256","kid":["a"]}"#] {
        let key = private_key("rsa");
        refused(&node, crafted_with(header, &good_claims(), &key, Algorithm::RS256)).await;
    }
    // No kid at all: the only key there is, and still the right one.
    let header = r#"{"alg":"RS256"}"#;
    let forged = private_key("other_rsa");
    refused(&node, crafted_with(header, &good_claims(), &forged, Algorithm::RS256)).await;
}

#[tokio::test]
async fn a_token_brings_no_keys_of_its_own() {
    let attacker = Issuer::with(&[jwk("other_rsa", Algorithm::RS256, "a")]).await;
    let honest = Issuer::with(&[jwk("rsa", Algorithm::RS256, "a")]).await;
    let settings = [("AUTH__JWKS_URL", &honest.url[..]), ("AUTH__ALGORITHMS", "RS256")];
    let node = Node::bare(tempfile::tempdir().unwrap(), &settings).await;
    let key = private_key("other_rsa");
    for kid in ["a", "b"] {
        let header = json!({
            "alg": "RS256", "kid": kid, "jku": attacker.url, "x5u": attacker.url,
            "jwk": jwk("other_rsa", Algorithm::RS256, kid),
        });
        let token = crafted_with(&header.to_string(), &good_claims(), &key, Algorithm::RS256);
        refused(&node, token).await;
    }
    assert_eq!(attacker.asked(), 0);
}

#[tokio::test]
async fn an_extension_that_must_be_understood_is_not() {
    let node = Node::start().await;
    for crit in [r#"["exp"]"#, r#"["b64"]"#, r#"["http://example/x"]"#] {
        let header = format!(r#"{{"alg":"HS256","b64":false,"crit":{crit}}}"#);
        refused(&node, crafted(&header, &good_claims())).await;
    }
}

#[tokio::test]
async fn a_token_for_something_else_is_none_for_access() {
    let node = Node::start().await;
    let exp = now() / 1000 + 60;
    for claim in [
        r#""token_type":"refresh""#,
        r#""token_use":"refresh""#,
        r#""type":"refresh""#,
        r#""typ":"Refresh""#,
        r#""events":{"http://schemas.openid.net/event/backchannel-logout":{}}"#,
    ] {
        refused(&node, crafted(HS256, &format!(r#"{{"user_id":5,"exp":{exp},{claim}}}"#))).await;
    }
    for typ in ["logout+jwt", "dpop+jwt", "application/secevent+jwt"] {
        let header = format!(r#"{{"alg":"HS256","typ":"{typ}"}}"#);
        refused(&node, crafted(&header, &good_claims())).await;
    }
    let header = r#"{"alg":"HS256","typ":"at+jwt"}"#;
    Caller::new(&node, crafted(header, &good_claims())).get(CONFIG).await.ok();
}

#[tokio::test]
async fn a_huge_token_is_refused_unread() {
    let node = Node::start().await;
    for bytes in [8 * 1024, 60 * 1024] {
        let claims = json!({ "user_id": 5, "exp": now() / 1000 + 60, "x": "x".repeat(bytes) });
        let answer = Caller::new(&node, sign(claims)).get(CONFIG).await;
        let detail = answer.problem(401)["detail"].to_string();
        assert!(detail.contains("too long"), "{detail}");
    }
    // More than the server takes as a head. On a connection of its own: the server closes it.
    let request = reqwest::Client::new().get(format!("{}{CONFIG}", node.url()));
    let status =
        request.bearer_auth("x".repeat(1024 * 1024)).send().await.map(|answer| answer.status());
    assert!(status.is_err() || status.is_ok_and(|status| status.is_client_error()));
    Caller::new(&node, sign(json!({ "user_id": 5 }))).get(CONFIG).await.ok();
}

#[tokio::test]
async fn of_two_authorizations_none_counts() {
    let node = Node::start().await;
    let good = format!("Bearer {}", sign(json!({ "user_id": 5 })));
    for (first, second) in [(&good[..], &good[..]), (&good, "Bearer x"), ("Basic eDp5", &good)] {
        let request = node.request(Method::GET, CONFIG);
        let request = request.header("authorization", first).header("Authorization", second);
        Answer::of(request.send().await.unwrap()).await.problem(401);
    }
    for joined in [format!("{good}, {good}"), format!("{good} {good}"), format!("{good},x")] {
        let request = node.request(Method::GET, CONFIG).header("authorization", joined);
        Answer::of(request.send().await.unwrap()).await.problem(401);
    }
}

#[tokio::test]
async fn a_claim_that_is_there_twice_is_not_believed() {
    let node = Node::start().await;
    let exp = now() / 1000 + 60;
    for claims in [
        format!(r#"{{"user_id":5,"user_id":6,"exp":{exp}}}"#),
        format!(r#"{{"user_id":5,"exp":1,"exp":{exp}}}"#),
        format!(r#"{{"user_id":5,"exp":{exp},"\u0065xp":{exp}}}"#),
        format!(r#"{{"user_id":5,"exp":{exp},"sid":"a","sid":"b"}}"#),
        format!(r#"{{"user_id":5,"exp":{exp},"scope":"x","scope":"presence:admin"}}"#),
    ] {
        refused(&node, crafted(HS256, &claims)).await;
    }
    for header in [r#"{"alg":"none","alg":"HS256"}"#, r#"{"alg":"HS256","alg":"HS256"}"#] {
        refused(&node, crafted(header, &good_claims())).await;
    }
}

#[tokio::test]
async fn an_exp_that_is_no_time_is_none() {
    let node = Node::start().await;
    for exp in [
        "\"9999999999\"",
        "1e400",
        "-1e400",
        "NaN",
        "Infinity",
        "null",
        "true",
        "[9999999999]",
        "{}",
        "0x7fffffff",
        "-1",
        "0",
        "9999999999 ,",
        "\"never\"",
    ] {
        refused(&node, crafted(HS256, &format!(r#"{{"user_id":5,"exp":{exp}}}"#))).await;
    }
    for claims in ["", "null", "5", "[]", "{", "{}", "\u{feff}{}", "{\"user_id\":5}"] {
        refused(&node, crafted(HS256, claims)).await;
    }
}

#[tokio::test]
async fn a_user_that_is_not_one_is_nobody() {
    let node = Node::start().await;
    let exp = now() / 1000 + 60;
    for user in [
        "5.5",
        "1e400",
        "-5",
        "\"5 \"",
        "\"+5\"",
        "\"05\"",
        "\"5\\u0000\"",
        "[5]",
        "{\"id\":5}",
        "true",
        "9007199254740993",
        "\"٥\"",
    ] {
        refused(&node, crafted(HS256, &format!(r#"{{"user_id":{user},"exp":{exp}}}"#))).await;
    }
    let deep = format!("{}5{}", "[".repeat(2000), "]".repeat(2000));
    refused(&node, crafted(HS256, &format!(r#"{{"user_id":{deep},"exp":{exp}}}"#))).await;
}

#[tokio::test]
async fn parts_that_are_not_three_of_base64_are_no_token() {
    let node = Node::start().await;
    let good = sign(json!({ "user_id": 5 }));
    let (head, signature) = good.rsplit_once('.').unwrap();
    for token in [
        format!("{good}."),
        format!(".{good}"),
        format!("{good}="),
        format!("{head}.{signature}=="),
        format!("{head}."),
        head.to_owned(),
        good.replace('.', ".."),
        format!("{head}.{}", signature.chars().rev().collect::<String>()),
        ".".repeat(1000),
    ] {
        refused(&node, token).await;
    }
    let spaced =
        node.request(Method::GET, CONFIG).header("authorization", format!("Bearer  {good}"));
    assert_ne!(spaced.send().await.unwrap().status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(node.get("/readyz").await.status, 200);
    let _: Value = Caller::new(&node, good).get(CONFIG).await.ok();
}
