//! What browsers are told: who may ask from elsewhere, and what a page may do.

use reqwest::{Method, header::HeaderMap};
use serde_json::json;

use crate::support::{Answer, Node};

const BEAT: &str = "/api/chat/heartbeat";
const HOME: &str = "https://app.example.com";

async fn ask(node: &Node, method: Method, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = node.user(5).request(method, path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    Answer::of(request.send().await.unwrap()).await
}

fn preflight<'a>(origin: &'a str, method: &'a str) -> [(&'a str, &'a str); 3] {
    [
        ("origin", origin),
        ("access-control-request-method", method),
        ("access-control-request-headers", "authorization,content-type"),
    ]
}

fn speaks_of_origins(headers: &HeaderMap) -> bool {
    headers.keys().any(|name| name.as_str().starts_with("access-control-"))
}

#[tokio::test]
async fn nothing_is_allowed_by_default() {
    let node = Node::start().await;
    let asked = ask(&node, Method::OPTIONS, BEAT, &preflight(HOME, "POST")).await;
    assert_eq!(asked.status, 204, "{asked:?}");
    let beat = ask(&node, Method::POST, BEAT, &[("origin", HOME)]).await;
    beat.ok();
    assert!(!speaks_of_origins(&asked.headers) && !speaks_of_origins(&beat.headers));
}

#[tokio::test]
async fn a_configured_origin_may_ask_and_see_what_it_needs() {
    let node =
        Node::with(&[("SERVER__ALLOWED_ORIGINS", "https://app.example.com,http://b:1")]).await;
    for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
        let asked = ask(&node, Method::OPTIONS, BEAT, &preflight(HOME, method)).await;
        assert_eq!(asked.status, 200, "without a token it would be, too");
        assert_eq!(asked.header("access-control-allow-origin"), HOME);
        assert!(asked.header("access-control-allow-methods").contains(method));
        let headers = asked.header("access-control-allow-headers").to_lowercase();
        for name in ["authorization", "content-type", "if-none-match"] {
            assert!(headers.contains(name), "{headers}");
        }
        assert_eq!(asked.header("access-control-max-age"), "86400", "cached");
        assert!(asked.header("access-control-allow-credentials").is_empty());
    }
    let polled = ask(&node, Method::GET, "/api/chat/online-users", &[("origin", HOME)]).await;
    polled.ok();
    assert_eq!(polled.header("access-control-allow-origin"), HOME);
    let exposed = polled.header("access-control-expose-headers");
    for name in ["etag", "retry-after", "age", "x-request-id"] {
        assert!(exposed.contains(name), "{exposed}");
    }
    let varies = polled.headers.get_all("vary").iter().map(|value| value.to_str().unwrap());
    let varies = varies.collect::<Vec<_>>().join(",").to_lowercase();
    assert!(varies.contains("origin") && varies.contains("accept-encoding"), "{varies}");
    let refused = Answer::of(
        node.request(Method::GET, "/api/chat/config").header("origin", HOME).send().await.unwrap(),
    );
    let refused = refused.await;
    refused.problem(401);
    assert_eq!(refused.header("access-control-allow-origin"), HOME, "failures can be read, too");
}

#[tokio::test]
async fn another_origin_is_told_nothing() {
    let node = Node::with(&[("SERVER__ALLOWED_ORIGINS", HOME)]).await;
    for origin in ["https://evil.example", "https://app.example.com.evil.example", "null", "x"] {
        let asked = ask(&node, Method::OPTIONS, BEAT, &preflight(origin, "POST")).await;
        assert_eq!(asked.wrong_field(), "origin");
        assert!(asked.header("access-control-allow-origin").is_empty());
        let polled = ask(&node, Method::GET, "/api/chat/online-users", &[("origin", origin)]).await;
        assert!(polled.header("access-control-allow-origin").is_empty(), "{polled:?}");
    }
}

async fn asked_for(node: &Node, headers: &str) -> Answer {
    let asked = [
        ("origin", HOME),
        ("access-control-request-method", "POST"),
        ("access-control-request-headers", headers),
    ];
    ask(node, Method::OPTIONS, BEAT, &asked).await
}

#[tokio::test]
async fn what_tracing_and_error_reporting_add_passes_the_preflight() {
    let node = Node::with(&[("SERVER__ALLOWED_ORIGINS", HOME)]).await;
    for headers in [
        "authorization,baggage,content-type,sentry-trace",
        "authorization, content-type, traceparent, tracestate",
        "b3,content-type",
        "x-b3-flags,x-b3-parentspanid,x-b3-sampled,x-b3-spanid,x-b3-traceid",
        "x-datadog-origin,x-datadog-parent-id,x-datadog-sampling-priority,x-datadog-trace-id",
        "newrelic,traceparent,tracestate",
        "elastic-apm-traceparent",
        "x-amzn-trace-id,x-cloud-trace-context,uber-trace-id",
        "request-context,request-id",
        "X-Request-Id,X-Correlation-ID",
        "cache-control,pragma",
        "x-requested-with",
        "last-event-id",
        "if-none-match",
    ] {
        let asked = asked_for(&node, headers).await;
        assert_eq!(asked.status, 200, "{headers}: {asked:?}");
        let allowed = asked.header("access-control-allow-headers").to_lowercase();
        let allowed: Vec<_> = allowed.split(',').map(str::trim).collect();
        for name in headers.to_lowercase().split(',').map(str::trim) {
            assert!(allowed.contains(&name), "{name}: {allowed:?}");
        }
    }
    let head = ask(&node, Method::OPTIONS, BEAT, &preflight(HOME, "HEAD")).await;
    assert_eq!(head.status, 200);
}

#[tokio::test]
async fn a_preflight_that_fails_says_which_header_and_what_would_allow_it() {
    let node = Node::with(&[("SERVER__ALLOWED_ORIGINS", HOME)]).await;
    let refused = asked_for(&node, "authorization, X-Tenant, x-other").await;
    assert_eq!(refused.wrong_field(), "access-control-request-headers");
    assert!(refused.text.contains("X-Tenant"), "{}", refused.text);
    assert!(refused.text.contains("server.allowed_headers"), "{}", refused.text);
    assert!(refused.header("access-control-allow-headers").is_empty());
    let method = ask(&node, Method::OPTIONS, BEAT, &preflight(HOME, "TRACE")).await;
    assert_eq!(method.wrong_field(), "access-control-request-method");
    let long = asked_for(&node, &"x".repeat(4000)).await;
    assert!(long.problem(400).to_string().len() < 1000);
}

#[tokio::test]
async fn other_headers_may_be_allowed_one_by_one_or_all() {
    let settings =
        [("SERVER__ALLOWED_ORIGINS", HOME), ("SERVER__ALLOWED_HEADERS", "X-Tenant, x-feature")];
    let node = Node::with(&settings).await;
    assert_eq!(asked_for(&node, "authorization,x-tenant,x-feature,traceparent").await.status, 200);
    asked_for(&node, "x-other").await.problem(400);
    let settings = [("SERVER__ALLOWED_ORIGINS", HOME), ("SERVER__ALLOWED_HEADERS", "*")];
    let node = Node::with(&settings).await;
    let asked = asked_for(&node, "authorization,x-anything").await;
    assert_eq!(asked.status, 200);
    assert!(asked.header("access-control-allow-headers").contains("x-anything"), "{asked:?}");
}

#[tokio::test]
async fn every_origin_may_be_allowed() {
    let node = Node::with(&[("SERVER__ALLOWED_ORIGINS", "*")]).await;
    let asked = ask(&node, Method::OPTIONS, BEAT, &preflight("https://any.example", "POST")).await;
    assert_eq!(asked.header("access-control-allow-origin"), "*");
    assert!(asked.header("access-control-allow-credentials").is_empty());
}

#[tokio::test]
async fn pages_come_under_a_strict_policy_and_answers_do_not_need_one() {
    let node = Node::start().await;
    for path in ["/swagger-ui/", "/swagger-ui/swagger-ui.css", "/swagger-ui/swagger-initializer.js"]
    {
        let page = node.get(path).await;
        assert_eq!(page.status, 200, "{path}");
        assert_eq!(page.header("x-content-type-options"), "nosniff");
        assert_eq!(page.header("x-frame-options"), "DENY");
        assert_eq!(page.header("referrer-policy"), "no-referrer");
        let policy = page.header("content-security-policy");
        for part in ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'"] {
            assert!(policy.contains(part), "{policy}");
        }
        assert!(!policy.contains("unsafe-eval") && !policy.contains("script-src 'unsafe"));
    }
    let beat = node.user(5).beat(json!({})).await;
    assert!(beat.header("content-security-policy").is_empty(), "not for each beat");
}
