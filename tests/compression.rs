//! Section 3.2: bodies are compressed, where that is worth it and the client takes it.

use std::io::Read;

use futures::future::join_all;
use reqwest::{Method, header::HeaderMap};
use serde_json::{Value, json};

use crate::support::{Caller, Node};

/// What is answered to a client that takes these encodings: headers and body as sent.
async fn ask(caller: &Caller<'_>, accepted: &str) -> (HeaderMap, Vec<u8>) {
    let request = caller.request(Method::GET, "/api/chat/online-users");
    let answer = request.header("Accept-Encoding", accepted).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["vary"].to_str().unwrap().to_lowercase(), "accept-encoding");
    (answer.headers().clone(), answer.bytes().await.unwrap().into())
}

fn coding(headers: &HeaderMap) -> &str {
    headers.get("content-encoding").map_or("", |coding| coding.to_str().unwrap())
}

fn decode(coding: &str, body: &[u8]) -> Value {
    let mut json = Vec::new();
    match coding {
        "gzip" => flate2::read::GzDecoder::new(body).read_to_end(&mut json).unwrap(),
        "br" => brotli::Decompressor::new(body, 4096).read_to_end(&mut json).unwrap(),
        "zstd" => zstd::Decoder::new(body).unwrap().read_to_end(&mut json).unwrap(),
        "" => (&mut &*body).read_to_end(&mut json).unwrap(),
        other => panic!("nobody asked for {other}"),
    };
    serde_json::from_slice(&json).unwrap()
}

#[tokio::test]
async fn every_encoding_holds_the_same_answer() {
    let node = Node::start().await;
    join_all((0..200).map(async |id| node.user(1_000_000 + 17 * id).beat(json!({})).await.ok()))
        .await;
    let user = node.user(5);
    let (headers, plain) = ask(&user, "identity").await;
    assert_eq!(coding(&headers), "");
    let json = decode("", &plain);
    assert_eq!(json["count"], 200);
    for (accepted, chosen) in [
        ("gzip", "gzip"),
        ("br", "br"),
        ("zstd", "zstd"),
        ("gzip, deflate, br, zstd", "zstd"),
        ("gzip, deflate, br", "br"),
        ("gzip;q=1.0, br;q=0.5", "gzip"),
        ("gzip;q=0, br;q=0.1", "br"),
        ("gzip;q=0", ""),
        ("deflate", ""),
        ("", ""),
        ("*;q=0", ""),
    ] {
        let (headers, body) = ask(&user, accepted).await;
        assert_eq!(coding(&headers), chosen, "{accepted}");
        assert_eq!(headers["etag"], ask(&user, "identity").await.0["etag"]);
        assert_eq!(decode(chosen, &body), json, "{accepted}");
        assert_eq!(body.len() < plain.len(), !chosen.is_empty(), "{}", body.len());
    }
}

#[tokio::test]
async fn a_small_body_is_sent_as_it_is() {
    let node = Node::start().await;
    node.user(5).beat(json!({})).await.ok();
    let (headers, body) = ask(&node.user(5), "gzip, br, zstd").await;
    assert_eq!(coding(&headers), "");
    assert_eq!(decode("", &body)["online_users"], json!([5]));
}

#[tokio::test]
async fn what_one_client_asks_for_is_compressed_if_it_is_large() {
    let node = Node::start().await;
    let caller = node.user(5);
    let since = caller.poll("").await.ok()["cursor"].as_str().unwrap().to_owned();
    join_all((0..300).map(async |id| node.user(1_000_000 + id).beat(json!({})).await.ok())).await;
    let ids: Vec<_> = (0..100).map(|id| 1_000_000 + id).collect();
    let [batch, few] = [&ids[..], &ids[..2]].map(|ids| json!({ "user_ids": ids }));
    let watched = ids.iter().map(|id| format!("ids={id}")).collect::<Vec<_>>().join("&");
    let (delta, narrow) = (format!("?since={since}"), format!("?{watched}"));
    let [batches, polls] = ["/api/user-status/batch", "/api/chat/online-users"];
    for (method, path, body, large) in [
        (Method::POST, batches.to_owned(), Some(&batch), true),
        (Method::POST, batches.to_owned(), Some(&few), false),
        (Method::GET, format!("{polls}{delta}"), None, true),
        (Method::GET, format!("{polls}{narrow}"), None, false),
        (Method::GET, "/api/user-status/online".to_owned(), None, true),
        (Method::POST, "/api/chat/heartbeat".to_owned(), Some(&json!({ "since": since })), true),
    ] {
        let ask = async |accepted: &str| {
            let request = caller.request(method.clone(), &path).header("Accept-Encoding", accepted);
            let request = match body {
                Some(body) => request.json(body),
                None => request,
            };
            let answer = request.send().await.unwrap();
            let headers = answer.headers().clone();
            (headers, answer.bytes().await.unwrap())
        };
        for accepted in ["zstd", "br", "gzip"] {
            let (headers, bytes) = ask(accepted).await;
            let (expected, vary) =
                if large { (accepted, Some("accept-encoding")) } else { ("", None) };
            assert_eq!(coding(&headers), expected, "{path}");
            if large || !path.starts_with(polls) {
                assert_eq!(headers.get("vary").map(|it| it.to_str().unwrap()), vary, "{path}");
            }
            decode(expected, &bytes);
        }
    }
}
