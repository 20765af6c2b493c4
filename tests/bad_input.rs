//! Nonsense of every kind is answered with a status of the 400 family, and leaves nothing behind.

use futures::{StreamExt, stream};
use reqwest::{Method, header::CONTENT_TYPE};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::support::{Answer, Node, sign};

const BEAT: &str = "/api/chat/heartbeat";

/// The node is well, and knows of nobody.
async fn is_untouched(node: &Node) {
    assert_eq!(node.user(5).online().await, json!([]));
    assert_eq!(node.get("/readyz").await.status, 200);
}

#[tokio::test]
async fn bodies_of_64_kib_of_nonsense() {
    let node = Node::start().await;
    let whole = 64 * 1024;
    let nested = "{\"timestamp\":".repeat(whole / 13);
    let brackets = "[".repeat(whole);
    let digits = format!("{{\"timestamp\":{}}}", "9".repeat(whole - 20));
    let name = format!("{{\"session_id\":\"{}\"}}", "s".repeat(whole - 20));
    let bytes: Vec<u8> = (0..whole).map(|byte| u8::try_from(byte * 7 % 256).unwrap()).collect();
    let bodies = [nested.into_bytes(), brackets.into_bytes(), digits.into(), name.into(), bytes];
    for body in bodies {
        let request = node.user(5).request(Method::POST, BEAT);
        let request = request.header(CONTENT_TYPE, "application/json").body(body);
        Answer::of(request.send().await.unwrap()).await.problem(400);
    }
    is_untouched(&node).await;
}

#[tokio::test]
async fn ten_thousand_wrong_tokens() {
    let node = Node::start().await;
    let good = sign(json!({ "user_id": 5 }));
    let wrong = |number: usize| {
        let mut token = good.clone().into_bytes();
        let at = number % token.len();
        token[at] = if token[at] == b'.' { b'_' } else { b'.' };
        String::from_utf8(token).unwrap()
    };
    let refused = stream::iter(0..10_000).map(|number| {
        let request = node.request(Method::POST, BEAT).bearer_auth(wrong(number));
        async { request.send().await.unwrap().status() }
    });
    let statuses: Vec<_> = refused.buffer_unordered(16).collect().await;
    assert!(statuses.iter().all(|status| *status == 401));
    is_untouched(&node).await;
}

#[tokio::test]
async fn broken_utf_8() {
    let node = Node::start().await;
    for body in
        [&b"{\"session_id\":\"\xff\xfe\"}"[..], b"\xff", b"{\"\xc3\x28\":1}", b"{\"x\":\"\xff\"}"]
    {
        let request = node.user(5).request(Method::POST, BEAT);
        let request = request.header(CONTENT_TYPE, "application/json").body(body);
        Answer::of(request.send().await.unwrap()).await.problem(400);
    }
    for query in ["ids=%ff", "ids=1,%c3%28", "ids=%"] {
        node.user(5).get(&format!("/api/chat/online-users?{query}")).await.problem(400);
    }
    let named = Node::with(&[("AUTH__USER_ID", "string")]).await;
    let five = named.bearer(json!({ "sub": "five" }));
    for path in ["/api/user-status/%ff", "/api/chat/online-users?ids=%ff"] {
        five.get(path).await.problem(400);
    }
    let lone = node.user(5).request(Method::POST, BEAT).header(CONTENT_TYPE, "application/json");
    Answer::of(lone.body(r#"{"session_id":"\ud800"}"#).send().await.unwrap()).await.problem(400);
    is_untouched(&node).await;
}

#[tokio::test]
async fn ids_past_the_edges() {
    let node = Node::start().await;
    for id in
        [json!(9_007_199_254_740_992_u64), json!(u64::MAX), json!(-1), json!(1.5), json!("01")]
    {
        node.bearer(json!({ "user_id": id })).beat(json!({})).await.problem(401);
    }
    is_untouched(&node).await;
    let strings = Node::with(&[("AUTH__USER_ID", "string")]).await;
    for id in [json!(""), json!("x".repeat(129)), json!(5), json!("a\nb")] {
        strings.bearer(json!({ "sub": id })).beat(json!({})).await.problem(401);
    }
    let longest = "é".repeat(64);
    strings.bearer(json!({ "sub": longest })).beat(json!({})).await.ok();
}

#[tokio::test]
async fn a_session_id_of_4_kib() {
    let node = Node::start().await;
    let answer = node.user(5).beat(json!({ "session_id": "s".repeat(4096) })).await;
    assert_eq!(answer.wrong_field(), "session_id");
    is_untouched(&node).await;
    node.user(5).beat(json!({ "session_id": "s".repeat(128) })).await.ok();
}

#[tokio::test]
async fn requests_that_are_no_http() {
    let node = Node::start().await;
    let requests = [
        &b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[..],
        b"GET\r\n\r\n",
        b"POST /api/chat/heartbeat HTTP/1.1\r\nContent-Length: -5\r\n\r\n",
        b"POST /api/chat/heartbeat HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\n\r\n",
    ];
    for request in requests {
        let mut node = TcpStream::connect(node.url().trim_start_matches("http://")).await.unwrap();
        node.write_all(request).await.unwrap();
        node.shutdown().await.unwrap();
        let mut answer = Vec::new();
        node.read_to_end(&mut answer).await.ok();
        let answer = String::from_utf8_lossy(&answer);
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{answer}");
    }
    is_untouched(&node).await;
}

#[tokio::test]
async fn a_body_that_breaks_off() {
    let node = Node::start().await;
    let mut broken = TcpStream::connect(node.url().trim_start_matches("http://")).await.unwrap();
    let token = sign(json!({ "user_id": 5 }));
    let head = format!(
        "POST {BEAT} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{{\"session_id\":"
    );
    broken.write_all(head.as_bytes()).await.unwrap();
    drop(broken);
    is_untouched(&node).await;
}
