//! Sections 3.5 and 6: probes, and how a node goes.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::support::{Answer, Node, sign, until};

#[tokio::test]
async fn probes_need_no_token() {
    let node = Node::start().await;
    for path in ["/livez", "/readyz"] {
        assert_eq!(node.get(path).await.status, 200, "{path}");
    }
}

#[tokio::test]
async fn a_draining_node_serves_on_says_so_and_exits_0() {
    let node = Node::with(&[("SERVER__DRAIN", "2s")]).await;
    let start = Instant::now();
    node.signal("TERM");
    until("it drains", async || node.get("/readyz").await.status == 503).await;
    let unready = node.get("/readyz").await;
    assert!(unready.problem(503)["type"].as_str().unwrap().ends_with("/problems/draining"));
    assert_eq!(node.get("/livez").await.status, 200);

    let beat = node.user(5).beat(json!({})).await;
    assert_eq!(beat.ok()["status"], "online", "everything is still served");
    assert_eq!(beat.header("connection"), "close");
    let (status, _, folder) = node.end().await;
    assert_eq!(status.code(), Some(0));
    assert!(start.elapsed() >= Duration::from_secs(2), "for as long as server.drain");

    let node = Node::in_folder(folder, &[]).await;
    assert_eq!(node.user(5).online().await, json!([5]), "and what it acknowledged is stored");
}

#[tokio::test]
async fn a_request_that_is_under_way_is_finished() {
    let node = Node::with(&[("SERVER__DRAIN", "100ms")]).await;
    let token = sign(json!({ "user_id": 5 }));
    let mut slow = TcpStream::connect(node.url().trim_start_matches("http://")).await.unwrap();
    let head = format!(
        "POST /api/chat/heartbeat HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{{"
    );
    slow.write_all(head.as_bytes()).await.unwrap();
    node.signal("TERM");
    let refuses = async || node.request(Method::GET, "/livez").send().await.is_err();
    until("it accepts nobody any more", refuses).await;
    slow.write_all(b"}").await.unwrap();
    let mut answer = String::new();
    slow.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    let (status, _, folder) = node.end().await;
    assert_eq!(status.code(), Some(0));
    let node = Node::in_folder(folder, &[]).await;
    assert_eq!(node.user(5).online().await, json!([5]));
}

#[tokio::test]
async fn a_second_signal_ends_the_wait() {
    let node = Node::with(&[("SERVER__DRAIN", "1h")]).await;
    node.signal("TERM");
    until("it drains", async || node.get("/readyz").await.status == 503).await;
    node.signal("INT");
    let (status, ..) = node.end().await;
    assert_eq!(status.code(), Some(0));
}

#[tokio::test]
async fn development_does_not_wait() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::bare(folder, &[("SERVER__DRAIN", "1h")]).await;
    node.signal("TERM");
    let (status, ..) = node.end().await;
    assert_eq!(status.code(), Some(0));
}

#[tokio::test]
async fn the_root_leads_to_swagger_ui() {
    let node = Node::start().await;
    for path in ["/", "/swagger-ui", "/swagger-ui/"] {
        let page = Answer::of(node.request(Method::GET, path).send().await.unwrap()).await;
        assert_eq!(page.status, 200);
        assert!(page.header("content-type").starts_with("text/html"), "{path}");
        assert!(page.text.contains("swagger-ui"), "{path}");
    }
    node.get("/swagger-ui/nope.js").await.problem(404);
}
