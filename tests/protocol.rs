//! HTTP/1.1 as RFC 9110 and 9112 have it, byte by byte.

use serde_json::json;

use crate::support::{Node, Raw, RawAnswer, answers, sign};

const LAST: &str = "GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

/// A beat of user `id`, with `headers`, each of which ends its line.
fn beat(id: u64, headers: &str) -> String {
    let token = sign(json!({ "user_id": id }));
    format!(
        "POST /api/chat/heartbeat HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\
         {headers}\r\n"
    )
}

fn statuses(answers: &[RawAnswer]) -> Vec<u16> {
    answers.iter().map(|answer| answer.status).collect()
}

#[tokio::test]
async fn after_connection_close_nothing_is_answered_and_nothing_carried_out() {
    let node = Node::start().await;
    let after = beat(7, "").repeat(30);
    for first in [
        LAST.to_owned(),
        beat(5, "Connection: close\r\n"),
        beat(5, "Connection: foo, Close\r\n"),
        "GET /livez HTTP/1.0\r\n\r\n".to_owned(),
        "GET /nothing HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".to_owned(),
    ] {
        let answers = answers(&node, first.clone() + &after).await;
        assert_eq!(answers.len(), 1, "{first}: {answers:?}");
        assert!(first.contains("1.0") || answers[0].header("connection") == "close", "{first}");
    }
    let kept = answers(&node, beat(5, "") + &beat(6, "") + LAST).await;
    assert_eq!(statuses(&kept), [200, 200, 200]);
    assert_eq!(node.user(8).online().await, json!([5, 6]));
}

#[tokio::test]
async fn a_host_that_is_none_is_a_400() {
    let node = Node::start().await;
    for host in ["a b", "a,b c", "a@b", "a/b", "a:b", "a:99999", "[::1", "a\tb", "http://a"] {
        let request = format!("GET /livez HTTP/1.1\r\nHost: {host}\r\n\r\n");
        let answers = answers(&node, request + LAST).await;
        assert_eq!(answers.len(), 1, "{host}: {answers:?}");
        assert_eq!(answers[0].problem(400)["errors"][0]["field"], "Host", "{host}");
    }
    for headers in ["", "Host: a\r\nHost: a\r\n", "Host: a\0b\r\n", "Host : a\r\n", "Host\r\n"] {
        let request = format!("GET /livez HTTP/1.1\r\n{headers}\r\n");
        let answers = answers(&node, request + LAST).await;
        assert_eq!(answers.len(), 1, "{headers}: {answers:?}");
        answers[0].problem(400);
    }
    for host in ["a", "a:80", "a_b.example", "127.0.0.1:8080", "[::1]:8080", ""] {
        let request = format!("GET /livez HTTP/1.1\r\nHost: {host}\r\n\r\n");
        assert_eq!(statuses(&answers(&node, request + LAST).await), [200, 200], "{host}");
    }
}

#[tokio::test]
async fn an_expectation_is_100_continue_or_a_417() {
    let node = Node::start().await;
    for expected in ["tea", "100-continue, tea", "200-ok", "100-continue=x", ""] {
        let request = beat(5, &format!("Expect: {expected}\r\nContent-Length: 2\r\n"));
        let answers = answers(&node, request).await;
        assert_eq!(answers.len(), 1, "{expected}: {answers:?}");
        answers[0].problem(417);
    }
    let old = "GET /livez HTTP/1.0\r\nExpect: tea\r\n\r\n";
    assert_eq!(statuses(&answers(&node, old).await), [200], "HTTP/1.0 knows no such thing");
    assert_eq!(node.user(6).online().await, json!([]));
}

#[tokio::test]
async fn who_is_refused_by_the_head_alone_hears_it_without_a_100_continue() {
    let node = Node::with(&[("ACCOUNTS__ENABLED", "true")]).await;
    let json = "Content-Type: application/json\r\n";
    let refused = |path: &str, headers: &str| {
        format!("POST {path} HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n{headers}\r\n")
    };
    let expect = format!("Expect: 100-continue\r\n{json}");
    for (request, status) in [
        (refused("/api/chat/heartbeat", "Content-Length: 2\r\n"), 401),
        (
            refused(
                "/api/chat/heartbeat",
                "Authorization: Bearer x.y.z\r\nTransfer-Encoding: chunked\r\n",
            ),
            401,
        ),
        (refused("/api/auth/register", &format!("{json}Content-Length: 70000\r\n")), 413),
        (beat(5, &format!("{expect}Content-Length: 70000\r\n")), 413),
        (refused("/nothing", "Content-Length: 2\r\n"), 404),
        (refused("/livez", "Content-Length: 2\r\n"), 405),
    ] {
        let answers = answers(&node, &request).await;
        assert_eq!(answers.len(), 1, "{request}: {answers:?}");
        answers[0].problem(status);
    }
    let mut client = Raw::connect(&node).await;
    client.send(beat(5, &format!("{expect}Content-Length: 18\r\n"))).await;
    let go_on = client.answer().await.unwrap();
    assert_eq!((go_on.status, &*go_on.body), (100, ""));
    client.send(r#"{"session_id":"a"}"#).await;
    assert_eq!(client.answer().await.unwrap().status, 200);
    client.send(LAST).await;
    assert_eq!(statuses(&client.answers().await), [200]);
    assert_eq!(node.user(6).online().await, json!([5]));
}

#[tokio::test]
async fn options_says_which_methods_there_are() {
    let node = Node::start().await;
    for (target, allowed) in [
        ("/api/chat/heartbeat", "POST, OPTIONS"),
        ("/api/chat/online-users", "GET, HEAD, OPTIONS"),
        ("/api/user-status/me", "GET, HEAD, PUT, OPTIONS"),
        ("/livez", "GET, HEAD, OPTIONS"),
        ("/", "GET, HEAD, OPTIONS"),
        ("/swagger-ui/", "GET, HEAD, OPTIONS"),
        ("*", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"),
    ] {
        let request = format!("OPTIONS {target} HTTP/1.1\r\nHost: x\r\n\r\n{LAST}");
        let answers = answers(&node, request).await;
        assert_eq!(statuses(&answers), [204, 200], "{target}");
        assert_eq!(answers[0].header("allow"), allowed, "{target}");
    }
    let nothing = format!("OPTIONS /nothing HTTP/1.1\r\nHost: x\r\n\r\n{LAST}");
    answers(&node, nothing).await[0].problem(404);
}

#[tokio::test]
async fn what_cannot_be_read_is_a_problem_too_and_ends_the_connection() {
    let node = Node::start().await;
    let huge = format!("Authorization: Bearer {}\r\n", "x".repeat(200_000));
    let many = (0..120).map(|number| format!("X-{number}: x\r\n")).collect::<Vec<_>>().concat();
    for (headers, slug) in [(&*huge, "header-fields-too-large"), (&many, "header-fields-too-large")]
    {
        let answers = answers(&node, beat(5, headers) + LAST).await;
        assert_eq!(answers.len(), 1, "{answers:?}");
        let problem = answers[0].problem(431);
        assert!(problem["type"].as_str().unwrap().ends_with(slug), "{problem}");
        assert!(problem["detail"].as_str().unwrap().contains("token"), "{problem}");
        assert_eq!(answers[0].header("connection"), "close");
    }
    for first in
        ["GET\r\n\r\n", "\x16\x03\x01\x02", "GET /livez HTTP/2.0\r\n\r\n", "PRI * HTTP/2.0\r\n\r\n"]
    {
        let answers = answers(&node, first.to_owned() + "\r\n\r\n" + LAST).await;
        assert_eq!(answers.len(), 1, "{first}: {answers:?}");
        answers[0].problem(400);
    }
    let long = format!("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n{LAST}", "x".repeat(70_000));
    answers(&node, long).await[0].problem(400);
    let late = answers(&node, "GET /livez HTTP/1.1\r\nHost: x\r\n").await;
    late[0].problem(408);
    assert_eq!(node.user(6).online().await, json!([]));
    let metrics = node.get("/metrics").await.text;
    let series = r#"lastseen_http_requests_total{method="other",route="other",status="431"} 2"#;
    assert!(metrics.contains(series), "{metrics}");
}

#[tokio::test]
async fn a_request_whose_end_is_in_doubt_is_refused_and_what_follows_is_not_carried_out() {
    let node = Node::start().await;
    let within = beat(7, "");
    let json = "Content-Type: application/json\r\n";
    for headers in [
        "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
        "Content-Length: 2, 2\r\n\r\n{}",
        "Content-Length: +2\r\n\r\n{}",
        "Content-Length: -2\r\n\r\n{}",
        "Content-Length: 0x2\r\n\r\n{}",
        "Content-Length: 99999999999999999999\r\n\r\n{}",
        "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding: identity\r\n\r\n",
        "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
        "X: y\r\n Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked\r\n\r\n-2\r\n{}\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked\r\n\r\n0x2\r\n{}\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n{}\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked\r\n\r\n2\n{}\n0\n\n",
        "Transfer-Encoding: chunked\r\n\r\n2\r\n{}0\r\n\r\n",
    ] {
        let request = beat(5, &format!("{json}{headers}"));
        let request = request.strip_suffix("\r\n").unwrap().to_owned() + &within + LAST;
        let answers = answers(&node, &request).await;
        assert!(answers.len() <= 1, "{headers}: {answers:?}");
        for answer in answers {
            answer.problem(400);
        }
    }
    assert_eq!(node.user(8).online().await, json!([]));
}

#[tokio::test]
async fn old_and_odd_requests_are_answered_as_they_should_be() {
    let node = Node::start().await;
    let kept = "GET /livez HTTP/1.0\r\nConnection: keep-alive\r\n\r\n";
    let kept = answers(&node, kept.repeat(2) + "GET /livez HTTP/1.0\r\n\r\n").await;
    assert_eq!(statuses(&kept), [200, 200, 200]);
    let newer = "GET /livez HTTP/1.1\r\nHost: x\r\n\r\n".repeat(3) + LAST;
    assert_eq!(statuses(&answers(&node, newer).await), [200; 4], "after older ones as well");
    for (line, status) in [
        ("GET http://x/livez", 200),
        ("HEAD /livez", 200),
        ("HEAD /nothing", 404),
        ("TRACE /livez", 405),
        ("get /livez", 405),
        ("NONSENSE /livez", 405),
        ("GET /livez%2F", 404),
        ("GET /livez%00", 404),
        ("GET /%2e%2e/livez", 404),
        ("GET //livez", 404),
        ("CONNECT x:80", 404),
        ("GET *", 404),
    ] {
        let mut client = Raw::connect(&node).await;
        client.send(format!("{line} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")).await;
        if line.starts_with("HEAD") {
            // What would be its length is said, and it does not come.
            let answers = client.head().await;
            assert!(answers.contains(&format!(" {status} ")), "{line}: {answers}");
            continue;
        }
        let answers = client.answers().await;
        assert_eq!(statuses(&answers), [status], "{line}");
        if status != 200 {
            answers[0].problem(status);
        }
    }
}
