//! What caches are told: of every route that is read, with GET, HEAD and `If-None-Match`.

use reqwest::{Method, StatusCode, header::HeaderMap};
use serde_json::json;

use crate::support::{Answer, Node};

/// Every GET route of a node with everything.
const ROUTES: [&str; 19] = [
    "/",
    "/lastseen.js",
    "/demo/app.js",
    "/swagger-ui",
    "/swagger-ui/",
    "/swagger-ui/index.html",
    "/swagger-ui/swagger-ui-bundle.js",
    "/swagger-ui/swagger-initializer.js",
    "/api-docs/openapi.json",
    "/problems/not-found",
    "/livez",
    "/readyz",
    "/metrics",
    "/api/chat/config",
    "/api/chat/online-users",
    "/api/user-status/5",
    "/api/user-status/online",
    "/api/user-status/online/count",
    "/nowhere",
];

async fn everything() -> Node {
    Node::with(&[("ACCOUNTS__ENABLED", "true"), ("SERVER__DEMO", "true")]).await
}

async fn ask(node: &Node, method: Method, path: &str, headers: &[(&str, &str)]) -> Answer {
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
    let request = client.build().unwrap().request(method, format!("{}{path}", node.url()));
    let token = crate::support::sign(json!({ "user_id": 5 }));
    let request = request.bearer_auth(token);
    let request =
        headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status(), response.headers().clone());
    let text = String::from_utf8_lossy(&response.bytes().await.unwrap()).into_owned();
    Answer { status, headers, text }
}

/// The headers that are the same for the same answer at another time.
fn lasting(headers: &HeaderMap) -> Vec<(String, String)> {
    let passing = ["date", "x-request-id"];
    let mut lasting: Vec<_> = headers
        .iter()
        .filter(|(name, _)| !passing.contains(&name.as_str()))
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        .collect();
    lasting.sort();
    lasting
}

#[tokio::test]
async fn every_answer_says_how_long_it_may_be_kept_and_no_header_twice() {
    let node = everything().await;
    for path in ROUTES {
        for accepted in ["identity", "gzip, br"] {
            let answer = ask(&node, Method::GET, path, &[("accept-encoding", accepted)]).await;
            assert!(!answer.header("cache-control").is_empty(), "{path}: {answer:?}");
            assert!(!answer.header("date").is_empty(), "{path}");
            for name in answer.headers.keys() {
                let count = answer.headers.get_all(name).iter().count();
                assert_eq!(count, 1, "{path}: {name}");
            }
            let length: usize = answer.header("content-length").parse().unwrap();
            let is_compressed = !answer.header("content-encoding").is_empty();
            assert!(is_compressed || length == answer.text.len(), "{path}: {length}");
            if is_compressed {
                assert!(answer.header("vary").contains("accept-encoding"), "{path}");
            }
        }
    }
}

#[tokio::test]
async fn head_says_what_get_would() {
    let node = everything().await;
    for path in ROUTES {
        // Its numbers are others each time.
        let length = |headers: &HeaderMap| {
            let mut lasting = lasting(headers);
            lasting.retain(|(name, _)| path != "/metrics" || name != "content-length");
            lasting
        };
        for accepted in ["identity", "br"] {
            let coding = [("accept-encoding", accepted)];
            let get = ask(&node, Method::GET, path, &coding).await;
            let head = ask(&node, Method::HEAD, path, &coding).await;
            assert_eq!((head.status, &*head.text), (get.status, ""), "{path}");
            assert_eq!(length(&head.headers), length(&get.headers), "{path}");
        }
    }
}

#[tokio::test]
async fn what_is_true_now_alone_is_not_stored() {
    let node = everything().await;
    for path in
        ["/livez", "/readyz", "/metrics", "/api/chat/config", "/api/user-status/5", "/nowhere"]
    {
        let answer = ask(&node, Method::GET, path, &[]).await;
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
    }
    let refused = node.get("/api/chat/config").await;
    refused.problem(401);
    assert_eq!(refused.header("cache-control"), "no-store");
}

#[tokio::test]
async fn who_has_it_is_told_so_with_what_the_answer_would_say_of_caches() {
    let node = everything().await;
    for path in ROUTES {
        let full = ask(&node, Method::GET, path, &[]).await;
        let tag = full.header("etag");
        if tag.is_empty() {
            continue;
        }
        for method in [Method::GET, Method::HEAD] {
            let again = ask(&node, method, path, &[("if-none-match", tag)]).await;
            assert_eq!((again.status, &*again.text), (StatusCode::NOT_MODIFIED, ""), "{path}");
            for name in ["etag", "cache-control", "vary"] {
                assert_eq!(again.header(name), full.header(name), "{path}: {name}");
            }
            assert!(again.header("content-type").is_empty(), "{path}");
            assert!(!again.header("date").is_empty(), "{path}");
        }
    }
}

#[tokio::test]
async fn what_swagger_ui_loads_is_kept_for_long_compressed_and_known_by_its_version() {
    let node = Node::start().await;
    let page = ask(&node, Method::GET, "/swagger-ui/", &[]).await;
    assert_eq!(page.header("cache-control"), "no-cache");
    let links = page.text.split('"').filter(|link| link.contains("?v="));
    let links: Vec<_> = links.map(|link| link.trim_start_matches("./")).collect();
    assert_eq!(links.len(), 7, "{}", page.text);
    for link in links {
        let path = format!("/swagger-ui/{link}");
        let part = ask(&node, Method::GET, &path, &[]).await;
        assert_eq!(part.status, 200, "{path}");
        assert!(!part.header("etag").is_empty(), "{path}");
        let is_settings = link.starts_with("swagger-initializer.js");
        let kept = part.header("cache-control").contains("max-age=31536000");
        assert_eq!(kept, !is_settings, "{path}");
        for coding in ["gzip", "br", "zstd"] {
            let packed = ask(&node, Method::GET, &path, &[("accept-encoding", coding)]).await;
            if part.text.len() > 1024 && !link.contains(".png") {
                assert_eq!(packed.header("content-encoding"), coding, "{path}");
                let length: usize = packed.header("content-length").parse().unwrap();
                assert!(length < part.text.len() / 2, "{path}: {length}");
            }
        }
    }
    let others = ask(&node, Method::GET, "/swagger-ui/swagger-ui.css?v=another", &[]).await;
    assert_eq!(others.header("cache-control"), "no-cache", "a node of that version has it");
    ask(&node, Method::GET, "/swagger-ui/nothing.js", &[]).await.problem(404);
}
