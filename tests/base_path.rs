//! `server.base_path`: behind a proxy that puts the service under a path, and takes it off or not.

use fantoccini::Locator;
use reqwest::{Method, redirect::Policy};
use serde_json::{Value, json};
use testbed::Balancer;

use crate::support::{Answer, Caller, Node, Run, browser::Browser, sign};

const BASE: (&str, &str) = ("SERVER__BASE_PATH", "/presence");

async fn with_everything() -> Node {
    Node::with(&[BASE, ("ACCOUNTS__ENABLED", "true"), ("SERVER__DEMO", "true")]).await
}

/// A proxy that puts `node` under `/presence`, and something else beside it.
fn proxy(node: &Node, strips: bool) -> Balancer {
    let node = node.url();
    let target = if strips { format!("{node}/") } else { node.to_owned() };
    Balancer::nginx(|port| {
        format!(
            "events {{}}
             http {{
                 client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi;
                 uwsgi_temp_path uwsgi; scgi_temp_path scgi; access_log off;
                 server {{
                     listen 127.0.0.1:{port};
                     location / {{ return 418; }}
                     location /presence/ {{ proxy_pass {target}; proxy_set_header Host $http_host; }}
                 }}
             }}"
        )
    })
}

async fn get(url: String) -> Answer {
    let client = reqwest::Client::builder().redirect(Policy::none()).build().unwrap();
    let request = client.get(url).bearer_auth(sign(json!({ "user_id": 5 })));
    Answer::of(request.send().await.unwrap()).await
}

#[tokio::test]
async fn all_routes_are_served_under_the_path_and_without_it() {
    let node = with_everything().await;
    for base in ["", "/presence"] {
        for path in [
            "/",
            "/livez",
            "/readyz",
            "/metrics",
            "/lastseen.js",
            "/demo/app.js",
            "/swagger-ui/",
            "/swagger-ui/swagger-ui.css",
            "/api-docs/openapi.json",
            "/problems/not-found",
            "/api/chat/config",
            "/api/chat/config/",
            "/api/chat/online-users?ids=5",
            "/api/user-status/5",
            "/api/users",
        ] {
            assert_eq!(
                get(format!("{}{base}{path}", node.url())).await.status,
                200,
                "{base}{path}"
            );
        }
        let beat = node.user(5).post(&format!("{base}/api/chat/heartbeat"), json!({})).await;
        assert_eq!(beat.ok()["user_id"], 5);
        let wrong = node.user(5).get(&format!("{base}/api/chat/heartbeat")).await;
        wrong.problem(405);
        assert_eq!(wrong.header("allow"), "POST");
    }
    assert_eq!(get(format!("{}/presence", node.url())).await.status, 200);
    for elsewhere in ["/presencelivez", "/presence/presence/livez", "/Presence/livez", "/x/livez"] {
        node.get(elsewhere).await.problem(404);
    }
}

#[tokio::test]
async fn links_begin_with_the_path_whichever_way_was_asked() {
    let node = with_everything().await;
    for base in ["", "/presence"] {
        let get = async |path: &str| get(format!("{}{base}{path}", node.url())).await;
        let to_page = get("/swagger-ui").await;
        assert!(to_page.status.is_redirection());
        assert_eq!(to_page.header("location"), "/presence/swagger-ui/");
        let document: Value = get("/api-docs/openapi.json").await.ok();
        assert_eq!(document["servers"], json!([{ "url": "/presence" }]));
        let settings = get("/swagger-ui/swagger-initializer.js").await.text;
        assert!(settings.contains("\"/presence/api-docs/openapi.json\""), "{settings}");
        for refused in [get("/nowhere").await, get("/api/user-status/x").await] {
            let problem: Value = serde_json::from_str(&refused.text).unwrap();
            let kind = problem["type"].as_str().unwrap();
            assert!(kind.starts_with("/presence/problems/"), "{problem}");
            assert_eq!(node.get(kind).await.status, 200, "{kind}");
            let length: usize = refused.header("content-length").parse().unwrap();
            assert_eq!(length, refused.text.len());
        }
        for page in [get("/").await.text, get("/problems/not-found").await.text] {
            let links = page.split(['"', '\'']).filter(|word| word.starts_with('/'));
            let links: Vec<_> = links.collect();
            assert!(!links.is_empty());
            for link in links {
                assert!(link.starts_with("/presence/"), "{link}");
                assert_eq!(node.get(link).await.status, 200, "{link}");
            }
        }
    }
    let plain = Node::with(&[BASE]).await;
    assert_eq!(get(plain.url().to_owned()).await.header("location"), "/presence/swagger-ui/");
}

#[tokio::test]
async fn without_it_links_begin_at_the_root() {
    let node = Node::start().await;
    assert_eq!(get(format!("{}/swagger-ui", node.url())).await.header("location"), "/swagger-ui/");
    let document = node.get("/api-docs/openapi.json").await.ok();
    assert_eq!(document["servers"], json!([{ "url": "/" }]));
    assert_eq!(node.get("/nowhere").await.problem(404)["type"], "/problems/not-found");
}

#[tokio::test]
async fn a_value_that_cannot_be_used_stops_the_start_and_says_why() {
    let folder = tempfile::tempdir().unwrap();
    for bad in ["presence", "/presence/", "/", "//a", "/a/../b", "/a?b", "/a b", "/%61", "/{a}"] {
        let run = Run::of(folder.path(), &[("SERVER__BASE_PATH", bad)], &["serve"]).await;
        let refusal = run.refusal();
        assert!(refusal.contains("server.base_path") && refusal.contains(bad), "{refusal}");
    }
    for ours in ["/api", "/api/user-status", "/swagger-ui", "/api/user-status/5", "/livez"] {
        let run = Run::of(folder.path(), &[("SERVER__BASE_PATH", ours)], &["serve"]).await;
        assert!(run.refusal().contains("server.base_path"), "{run:?}");
    }
}

/// Signs up on the demo page behind `proxy`, and tries the API out in Swagger UI.
async fn explore(proxy: &Balancer, name: &str) {
    let browser = Browser::start().await;
    let page = &browser.page;
    page.goto(&format!("{}/presence/", proxy.url())).await.unwrap();
    let fill = async |field: &str, text: &str| {
        let field = format!("#sign-in [name='{field}']");
        let field = page.wait().for_element(Locator::Css(&field)).await.unwrap();
        field.send_keys(text).await.unwrap();
    };
    page.wait().for_element(Locator::Css("#outside:not([hidden])")).await.unwrap();
    fill("username", name).await;
    fill("password", "correct horse battery").await;
    page.find(Locator::Css("#sign-in .primary")).await.unwrap().click().await.unwrap();
    page.wait().for_element(Locator::Css("#inside:not([hidden])")).await.unwrap();
    // A row of the table of costs: the client has asked, and under the right path.
    page.wait().for_element(Locator::Css("#log tr")).await.unwrap();
    browser.screenshot(&format!("base-path-demo-{name}")).await;
    page.find(Locator::Css("nav a")).await.unwrap().click().await.unwrap();
    page.wait().for_element(Locator::Css("#operations-operations-is_alive")).await.unwrap();
    assert!(page.current_url().await.unwrap().path().starts_with("/presence/swagger-ui/"));
    let unfold = "#operations-operations-is_alive .opblock-summary-control";
    page.find(Locator::Css(unfold)).await.unwrap().click().await.unwrap();
    let execute = "#operations-operations-is_alive .execute";
    page.wait().for_element(Locator::Css(execute)).await.unwrap().click().await.unwrap();
    let answer = "#operations-operations-is_alive .live-responses-table tbody .response-col_status";
    let answer = page.wait().for_element(Locator::Css(answer)).await.unwrap();
    assert!(answer.text().await.unwrap().contains("200"));
    browser.screenshot(&format!("base-path-swagger-{name}")).await;
}

#[tokio::test]
async fn behind_a_proxy_that_strips_the_path_pages_and_api_work() {
    let node = with_everything().await;
    let proxy = proxy(&node, true);
    let url = format!("{}/presence", proxy.url());
    assert_eq!(get(format!("{url}/api/chat/config")).await.status, 200);
    explore(&proxy, "strips").await;
    assert_eq!(node.user(9).online().await.as_array().unwrap().len(), 1, "who signed up");
}

#[tokio::test]
async fn behind_a_proxy_that_leaves_the_path_pages_and_api_work() {
    let node = with_everything().await;
    let proxy = proxy(&node, false);
    let url = format!("{}/presence", proxy.url());
    assert_eq!(get(format!("{url}/api/chat/config")).await.status, 200);
    let beat = Caller::new(&node, sign(json!({ "user_id": 77 })));
    let request = beat.request(Method::POST, "/presence/api/chat/heartbeat").json(&json!({}));
    Answer::of(request.send().await.unwrap()).await.ok();
    explore(&proxy, "leaves").await;
    assert_eq!(node.user(9).online().await.as_array().unwrap().len(), 2, "who signed up, too");
}
