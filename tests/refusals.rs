//! Every row of section 4 of the contract, from outside.

use reqwest::{
    Method,
    header::{CONTENT_TYPE, HeaderName},
};
use serde_json::json;

use crate::support::{Answer, Node, sign};

const BEAT: &str = "/api/chat/heartbeat";
const LEAVE: &str = "/api/chat/mark-offline";
const ONLINE: &str = "/api/chat/online-users";

fn ends_with(problem: &serde_json::Value, slug: &str) -> bool {
    problem["type"].as_str().unwrap().ends_with(&format!("/problems/{slug}"))
}

#[tokio::test]
async fn a_body_that_cannot_be_used_is_a_400_that_names_the_field() {
    let node = Node::start().await;
    for path in [BEAT, LEAVE] {
        for (body, field) in [
            ("{", "body"),
            ("nonsense", "body"),
            ("{}}", "body"),
            ("[]", "body"),
            ("5", "body"),
            ("null", "body"),
            ("[\"2026-01-28T14:32:59.000Z\"]", "body"),
            (r#"{"timestamp":5}"#, "timestamp"),
            (r#"{"timestamp":"yesterday"}"#, "timestamp"),
            (r#"{"timestamp":"2026-02-30T00:00:00Z"}"#, "timestamp"),
            (r#"{"timestamp":{}}"#, "timestamp"),
            (r#"{"session_id":5}"#, "session_id"),
            (r#"{"session_id":["a"]}"#, "session_id"),
            (r#"{"session_id":"a\u0000b"}"#, "session_id"),
            (r#"{"timestamp":null,"timestamp":null}"#, "body"),
        ] {
            let request = node.user(5).request(Method::POST, path);
            let request = request.header(CONTENT_TYPE, "application/json").body(body);
            let answer = Answer::of(request.send().await.unwrap()).await;
            assert_eq!(answer.wrong_field(), field, "{body}: {}", answer.text);
            assert!(ends_with(&answer.problem(400), "invalid-request"));
        }
    }
    let answer = node.user(5).leave(json!({ "all_sessions": "yes" })).await;
    assert_eq!(answer.wrong_field(), "all_sessions");
    assert_eq!(node.user(5).online().await, json!([]), "nothing was stored");
}

#[tokio::test]
async fn a_query_that_cannot_be_used_is_a_400_that_names_the_parameter() {
    let node = Node::start().await;
    let too_many = format!("ids={}", vec!["1"; 201].join(","));
    let wrong =
        ["ids=", "ids=a", "ids=-1", "ids=1,,2", "ids=9007199254740992", "ids=1.0", &too_many];
    for query in wrong {
        let answer = node.user(5).get(&format!("{ONLINE}?{query}")).await;
        assert_eq!(answer.wrong_field(), "ids", "{query}");
    }
}

#[tokio::test]
async fn without_a_valid_token_every_route_is_a_401_with_a_challenge() {
    let node = Node::start().await;
    let expired = sign(json!({ "user_id": 5, "exp": 1 }));
    let routes = [
        (Method::POST, BEAT),
        (Method::POST, LEAVE),
        (Method::GET, ONLINE),
        (Method::GET, "/api/chat/config"),
    ];
    for (method, path) in routes {
        for authorization in [
            None,
            Some(String::new()),
            Some("Bearer".to_owned()),
            Some("Bearer ".to_owned()),
            Some("Bearer x.y.z".to_owned()),
            Some("Basic dXNlcjpwYXNz".to_owned()),
            Some(format!("Bearer {expired}")),
        ] {
            let mut request = node.request(method.clone(), path);
            if let Some(authorization) = &authorization {
                request = request.header("authorization", authorization);
            }
            let answer = Answer::of(request.send().await.unwrap()).await;
            assert!(ends_with(&answer.problem(401), "unauthenticated"), "{authorization:?}");
            let challenge = answer.header("www-authenticate");
            if authorization
                .is_some_and(|given| given.len() > "Bearer ".len() && given.starts_with("Bearer"))
            {
                assert!(challenge.starts_with("Bearer error=\"invalid_token\""), "{challenge}");
            } else {
                assert_eq!(challenge, "Bearer", "RFC 6750, 3.1");
            }
        }
    }
}

#[tokio::test]
async fn an_unknown_route_is_a_404() {
    let node = Node::start().await;
    for path in
        ["/api", "/api/", "/api/chat", "/api/chat/heartbeat/x", "/API/chat/config", "/x", "//"]
    {
        let answer = node.user(5).get(path).await;
        assert!(ends_with(&answer.problem(404), "not-found"), "{path}");
    }
}

#[tokio::test]
async fn a_wrong_method_is_a_405_that_lists_the_right_ones() {
    let node = Node::start().await;
    for (method, path, allow) in [
        (Method::GET, BEAT, "POST"),
        (Method::PUT, LEAVE, "POST"),
        (Method::DELETE, ONLINE, "GET, HEAD"),
        (Method::POST, "/api/chat/config/", "GET, HEAD"),
        (Method::POST, "/livez", "GET, HEAD"),
        (Method::POST, "/", "GET, HEAD"),
        (Method::POST, "/swagger-ui/index.html", "GET, HEAD"),
        (Method::PATCH, "/api-docs/openapi.json", "GET, HEAD"),
    ] {
        let answer = Answer::of(node.request(method, path).send().await.unwrap()).await;
        assert!(ends_with(&answer.problem(405), "method-not-allowed"), "{path}");
        assert_eq!(answer.header("allow"), allow, "{path}");
    }
}

#[tokio::test]
async fn a_body_over_64_kib_is_a_413() {
    let node = Node::start().await;
    for (bytes, status) in [(64 * 1024, 200), (64 * 1024 + 1, 413), (1024 * 1024, 413)] {
        let padding = " ".repeat(bytes - 2);
        let request = node.user(5).request(Method::POST, BEAT);
        let request =
            request.header(CONTENT_TYPE, "application/json").body(format!("{{{padding}}}"));
        let answer = Answer::of(request.send().await.unwrap()).await;
        match status {
            200 => assert_eq!(answer.ok()["status"], "online"),
            _ => assert!(ends_with(&answer.problem(status), "payload-too-large")),
        }
    }
}

#[tokio::test]
async fn a_body_that_is_not_json_by_its_own_word_is_a_415() {
    let node = Node::start().await;
    for media_type in
        ["text/plain", "application/x-www-form-urlencoded", "application/xml", "json", ""]
    {
        let request = node.user(5).request(Method::POST, BEAT).header(CONTENT_TYPE, media_type);
        let answer = Answer::of(request.body("{}").send().await.unwrap()).await;
        assert!(ends_with(&answer.problem(415), "unsupported-media-type"), "{media_type}");
    }
    let bare = node.user(5).request(Method::POST, BEAT).body("{}").send().await.unwrap();
    Answer::of(bare).await.problem(415);
    for media_type in ["application/json", "Application/JSON; charset=utf-8"] {
        let request = node.user(5).request(Method::POST, BEAT).header(CONTENT_TYPE, media_type);
        Answer::of(request.body("{}").send().await.unwrap()).await.ok();
    }
    let empty = node.user(5).request(Method::POST, BEAT).header(CONTENT_TYPE, "text/plain");
    Answer::of(empty.body("").send().await.unwrap()).await.ok();
}

#[tokio::test]
async fn two_authorizations_are_a_401() {
    let node = Node::start().await;
    let request = node.user(5).request(Method::GET, ONLINE);
    let twice = request.header(HeaderName::from_static("authorization"), "Bearer other");
    Answer::of(twice.send().await.unwrap()).await.problem(401);
}
