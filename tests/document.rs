//! The OpenAPI document: served, committed and printed, all the same.

use std::fs;

use serde_json::{Value, json};

use crate::support::{Node, Run};

const COMMITTED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../openapi/openapi.json");

/// The routes under `/api` that need no token.
const OPEN: [&str; 2] = ["/api/auth/register", "/api/auth/login"];

#[tokio::test]
async fn the_committed_document_is_the_one_that_is_served_and_printed() {
    let node = Node::with(&[("ACCOUNTS__ENABLED", "true")]).await;
    let committed = fs::read_to_string(COMMITTED).unwrap();
    let printed = Run::of(node.folder(), &[], &["openapi"]).await.stdout;
    assert!(printed == committed, "stale: cargo run -- openapi > openapi/openapi.json");
    let served = node.get("/api-docs/openapi.json").await;
    assert_eq!(served.ok(), serde_json::from_str::<Value>(&committed).unwrap());
}

#[tokio::test]
async fn every_operation_is_described_with_its_failures() {
    let document: Value = serde_json::from_str(&fs::read_to_string(COMMITTED).unwrap()).unwrap();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    let paths = document["paths"].as_object().unwrap();
    assert!(paths.contains_key("/api/chat/heartbeat"));
    for (path, item) in paths {
        for (method, operation) in item.as_object().unwrap() {
            let of = format!("{method} {path}");
            assert!(
                operation["summary"].is_string() && operation["description"].is_string(),
                "{of}"
            );
            let responses = operation["responses"].as_object().unwrap();
            assert!(responses.keys().any(|status| status.starts_with('2')), "{of}");
            let open = OPEN.contains(&&path[..]);
            if path.starts_with("/api") && !open {
                assert!(responses.contains_key("401"), "{of}");
                assert!(operation["security"][0]["bearer"].is_array(), "{of}");
            } else {
                assert_eq!(operation["security"], json!([]), "{of}");
            }
            let account = ["/api/auth", "/api/users"].iter().any(|area| path.starts_with(area));
            assert_eq!(responses.contains_key("404"), account, "{of}");
            if operation["requestBody"].is_object() {
                for status in ["400", "413", "415", "503"] {
                    assert!(responses.contains_key(status), "{of} {status}");
                }
                let reads = path.ends_with("/batch");
                assert!(open || reads || responses.contains_key("403"), "{of}");
            }
        }
    }
}

#[tokio::test]
async fn where_accounts_are_off_the_served_document_knows_nothing_of_them() {
    let node = Node::start().await;
    let served = node.get("/api-docs/openapi.json").await.ok();
    let paths = served["paths"].as_object().unwrap();
    assert!(paths.contains_key("/api/chat/heartbeat"));
    for (path, item) in paths {
        assert!(!path.starts_with("/api/users") && !path.starts_with("/api/auth"), "{path}");
        for operation in item.as_object().unwrap().values() {
            assert_ne!(operation["tags"], json!(["accounts"]), "{path}");
        }
    }
    let tags = served["tags"].as_array().unwrap();
    assert!(tags.iter().all(|tag| tag["name"] != "accounts"), "{tags:?}");
}

#[tokio::test]
async fn the_document_says_whom_to_ask() {
    let served = Node::start().await.get("/api-docs/openapi.json").await.ok();
    assert!(served["info"]["contact"]["name"].is_string(), "{}", served["info"]);
}
