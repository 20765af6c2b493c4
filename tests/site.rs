//! What a browser is served: the client, and the demo page where it is wanted.

use reqwest::{Method, StatusCode, header};

use crate::support::{Answer, Node, SECRET};

const DEMO: [&str; 4] = ["/", "/demo/app.js", "/demo/style.css", "/demo/icon.svg"];
const CLIENT: &str = "/lastseen.js";

async fn development() -> Node {
    Node::bare(tempfile::tempdir().unwrap(), &[]).await
}

async fn with(node: &Node, path: &str, name: header::HeaderName, value: &str) -> Answer {
    let request = node.request(Method::GET, path).header(name, value);
    Answer::of(request.send().await.unwrap()).await
}

#[tokio::test]
async fn development_has_the_demo_page_unless_it_is_told_otherwise() {
    let page = development().await.get("/").await;
    assert_eq!(page.status, StatusCode::OK);
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    assert!(page.text.contains("<title>Lastseen</title>"), "{}", page.text);
    let off = Node::bare(tempfile::tempdir().unwrap(), &[("SERVER__DEMO", "false")]).await;
    assert!(off.get("/").await.text.contains("swagger-ui"));
}

#[tokio::test]
async fn elsewhere_the_demo_page_is_there_when_it_is_asked_for() {
    let node = Node::start().await;
    for path in &DEMO[1..] {
        node.get(path).await.problem(404);
    }
    let settings = [("AUTH__SECRET", SECRET), ("SERVER__DEMO", "true")];
    let node = Node::bare(tempfile::tempdir().unwrap(), &settings).await;
    for path in DEMO {
        assert_eq!(node.get(path).await.status, StatusCode::OK, "{path}");
    }
}

#[tokio::test]
async fn the_page_may_run_nothing_but_files_of_its_own() {
    let node = development().await;
    for path in DEMO {
        let file = node.get(path).await;
        let policy = file.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none';"), "{policy}");
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(file.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(file.header("referrer-policy"), "no-referrer", "{path}");
    }
    let page = node.get("/").await.text;
    for inline in ["<style", "style=", "onclick", "javascript:", "<script>"] {
        assert!(!page.contains(inline), "{inline}");
    }
}

#[tokio::test]
async fn every_node_serves_the_client_to_pages_of_every_origin() {
    let client = Node::start().await.get(CLIENT).await;
    assert_eq!(client.status, StatusCode::OK);
    assert_eq!(client.header("content-type"), "text/javascript; charset=utf-8");
    assert_eq!(client.header("access-control-allow-origin"), "*");
    assert!(client.text.contains("export{"), "a module");
    assert!(client.text.contains("/api/chat/heartbeat"), "that speaks with this server");
}

#[tokio::test]
async fn what_a_browser_has_already_is_not_sent_again() {
    let node = development().await;
    for path in DEMO.into_iter().chain([CLIENT]) {
        let file = node.get(path).await;
        assert!(file.header("cache-control").contains("no-cache"), "{path}");
        let tag = file.header("etag");
        let again = with(&node, path, header::IF_NONE_MATCH, tag).await;
        assert_eq!((again.status, again.text.as_str()), (StatusCode::NOT_MODIFIED, ""), "{path}");
        assert_eq!(again.header("etag"), tag, "{path}");
        let other = with(&node, path, header::IF_NONE_MATCH, "W/\"other\"").await;
        assert_eq!(other.status, StatusCode::OK, "{path}");
    }
}

#[tokio::test]
async fn files_are_compressed_for_those_who_take_it() {
    let node = development().await;
    let plain = node.get(CLIENT).await.text.len();
    for coding in ["gzip", "br", "zstd"] {
        let request = node.request(Method::GET, CLIENT).header(header::ACCEPT_ENCODING, coding);
        let answer = request.send().await.unwrap();
        assert_eq!(answer.headers()[header::CONTENT_ENCODING], coding);
        assert_eq!(answer.headers()[header::VARY], "accept-encoding");
        let compressed = answer.bytes().await.unwrap().len();
        assert!(compressed < plain * 6 / 10, "{coding}: {compressed} of {plain}");
    }
}

#[tokio::test]
async fn they_are_read_alone() {
    let node = development().await;
    for path in DEMO.into_iter().chain([CLIENT]) {
        let answer = node.request(Method::POST, path).send().await.unwrap();
        let answer = Answer::of(answer).await;
        answer.problem(405);
        assert_eq!(answer.header("allow"), "GET, HEAD", "{path}");
    }
}
