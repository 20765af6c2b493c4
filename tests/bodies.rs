//! Bodies: how large they may be, and that they are taken as they are sent, never unpacked.

use std::io::Write;

use flate2::{Compression, write::GzEncoder};
use reqwest::{
    Method,
    header::{CONTENT_ENCODING, CONTENT_TYPE},
};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::support::{Answer, Node, sign};

/// Every route that reads a body, with its limit in KiB.
const ROUTES: [(&str, &str, usize); 9] = [
    ("POST", "/api/auth/register", 64),
    ("POST", "/api/auth/login", 64),
    ("POST", "/api/auth/logout", 64),
    ("PATCH", "/api/users/me", 64),
    ("POST", "/api/chat/heartbeat", 64),
    ("POST", "/api/chat/mark-offline", 64),
    ("POST", "/api/user-status/batch", 320),
    ("PUT", "/api/user-status/me", 64),
    ("PUT", "/api/user-status/last-seen", 64),
];

/// What is sent as one packet of a few kB, and is so much when it is unpacked.
const UNPACKED: usize = 1 << 30;

async fn with_accounts() -> Node {
    Node::with(&[("ACCOUNTS__ENABLED", "true")]).await
}

async fn send(node: &Node, (method, path): (&str, &str), coding: &str, body: Vec<u8>) -> Answer {
    let method = Method::from_bytes(method.as_bytes()).unwrap();
    let request = node.user(5).request(method, path).header(CONTENT_TYPE, "application/json");
    let request =
        if coding.is_empty() { request } else { request.header(CONTENT_ENCODING, coding) };
    Answer::of(request.body(body).send().await.unwrap()).await
}

fn bomb(coding: &str) -> Vec<u8> {
    let nothing = vec![b' '; 1 << 20];
    let pieces = UNPACKED / nothing.len();
    match coding {
        "br" => {
            let mut packed = Vec::new();
            let mut writer = brotli::CompressorWriter::new(&mut packed, 4096, 1, 22);
            (0..pieces).for_each(|_| writer.write_all(&nothing).unwrap());
            drop(writer);
            packed
        }
        "gzip" => {
            let mut writer = GzEncoder::new(Vec::new(), Compression::fast());
            (0..pieces / 64).for_each(|_| writer.write_all(&nothing).unwrap());
            writer.finish().unwrap()
        }
        "zstd" => {
            let mut writer = zstd::Encoder::new(Vec::new(), 1).unwrap();
            (0..pieces).for_each(|_| writer.write_all(&nothing).unwrap());
            writer.finish().unwrap()
        }
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn a_small_body_that_unpacks_to_gigabytes_is_refused_packed_and_costs_no_memory() {
    let node = with_accounts().await;
    let before = node.memory();
    for coding in ["br", "gzip", "zstd"] {
        let bomb = bomb(coding);
        let ask = |_| {
            let request = node.request(Method::POST, "/api/auth/register");
            let request = request.header(CONTENT_TYPE, "application/json");
            request.header(CONTENT_ENCODING, coding).body(bomb.clone()).send()
        };
        for answer in futures::future::join_all((0..8).map(ask)).await {
            let answer = Answer::of(answer.unwrap()).await;
            assert!(matches!(answer.status.as_u16(), 413 | 415), "{coding}: {answer:?}");
        }
    }
    let grown = node.memory().saturating_sub(before);
    assert!(grown < 32 << 20, "{grown} bytes more");
}

#[tokio::test]
async fn a_body_in_any_coding_is_a_415_that_says_which_is_taken_on_every_route() {
    let node = with_accounts().await;
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(b"{}").unwrap();
    let gzip = gzip.finish().unwrap();
    for (method, path, _) in ROUTES {
        for coding in ["gzip", "br", "zstd", "deflate", "compress", "GZIP", "x", "identity, gzip"] {
            let answer = send(&node, (method, path), coding, gzip.clone()).await;
            let problem = answer.problem(415);
            assert!(problem["type"].as_str().unwrap().ends_with("/unsupported-media-type"));
            assert!(problem["detail"].as_str().unwrap().contains("Content-Encoding"), "{problem}");
            assert_eq!(answer.header("accept-encoding"), "identity", "{path} {coding}");
        }
    }
    let beat = ("POST", "/api/chat/heartbeat");
    for plain in ["identity", "Identity", " ", "identity, identity"] {
        send(&node, beat, plain, b"{}".to_vec()).await.ok();
    }
    send(&node, beat, "gzip", Vec::new()).await.ok();
}

#[tokio::test]
async fn a_body_that_is_not_json_is_a_415_that_says_what_is_taken() {
    let node = Node::start().await;
    for kind in ["text/plain", "application/x-www-form-urlencoded", "application/xml", "json"] {
        let request = node.user(5).request(Method::POST, "/api/chat/heartbeat");
        let answer = request.header(CONTENT_TYPE, kind).body("{}").send().await.unwrap();
        let answer = Answer::of(answer).await;
        answer.problem(415);
        assert_eq!(answer.header("accept"), "application/json", "{kind}");
    }
}

#[tokio::test]
async fn a_body_over_64_kib_is_a_413_and_a_batch_may_have_320() {
    let node = with_accounts().await;
    for (method, path, most) in ROUTES {
        let padded = |bytes: usize| format!("{{}}{}", " ".repeat(bytes - 2)).into_bytes();
        let fits = send(&node, (method, path), "", padded(most * 1024)).await;
        assert_ne!(fits.status, 413, "{path}");
        for over in [most * 1024 + 1, 4 * most * 1024] {
            let problem = send(&node, (method, path), "", padded(over)).await.problem(413);
            let detail = problem["detail"].as_str().unwrap();
            assert!(detail.contains(&format!("{most} KiB")), "{path}: {detail}");
        }
    }
    let ids: Vec<_> = (0..1000).map(|id| 9_007_199_254_000_000_u64 + id).collect();
    let mut batch = json!({ "user_ids": ids }).to_string();
    batch.insert_str(1, &" ".repeat(200 * 1024));
    let answer = send(&node, ("POST", "/api/user-status/batch"), "", batch.into()).await;
    assert_eq!(answer.ok()["users"].as_array().unwrap().len(), 1000);
}

#[tokio::test]
async fn a_body_of_unknown_length_is_read_to_its_limit_and_no_further() {
    let node = Node::start().await;
    let token = sign(json!({ "user_id": 5 }));
    let beat = async |kib: usize| {
        let address = node.url().trim_start_matches("http://");
        let mut connection = TcpStream::connect(address).await.unwrap();
        let head = format!(
            "POST /api/chat/heartbeat HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\
             Authorization: Bearer {token}\r\nContent-Type: application/json\r\n\
             Transfer-Encoding: chunked\r\n\r\n2\r\n{{}}\r\n"
        );
        let chunk = format!("400\r\n{}\r\n", " ".repeat(1024));
        let request = [&head, &*chunk.repeat(kib), "0\r\n\r\n"].concat();
        // It may be refused before all of it has come.
        connection.write_all(request.as_bytes()).await.ok();
        let mut answer = Vec::new();
        connection.read_to_end(&mut answer).await.ok();
        String::from_utf8_lossy(&answer).into_owned()
    };
    let fits = beat(63).await;
    assert!(fits.starts_with("HTTP/1.1 200 "), "{fits}");
    let over = beat(64).await;
    assert!(over.starts_with("HTTP/1.1 413 "), "{over}");
}
