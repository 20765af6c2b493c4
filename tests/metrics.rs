//! What Prometheus is told, and what is made of it: dashboard and alerts.

use std::{
    fs,
    path::PathBuf,
    process::{Command, Stdio},
};

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, Node, SECRET, command, until};

fn deploy(file: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../deploy")).join(file)
}

/// The value of the line that begins with `series`.
fn value<'a>(text: &'a str, series: &str) -> &'a str {
    let line = text
        .lines()
        .find(|line| line.strip_prefix(series).is_some_and(|rest| rest.starts_with(' ')));
    let line = line.unwrap_or_else(|| panic!("no {series} in:\n{text}"));
    line.rsplit(' ').next().unwrap()
}

fn number(text: &str, series: &str) -> f64 {
    value(text, series).parse().unwrap()
}

async fn metrics(node: &Node) -> String {
    let answer = node.get("/metrics").await;
    assert_eq!(answer.status, 200);
    assert!(answer.header("content-type").starts_with("text/plain; version=0.0.4"));
    answer.text
}

fn requests(method: &str, route: &str, status: u16) -> String {
    format!(
        r#"lastseen_http_requests_total{{method="{method}",route="{route}",status="{status}"}}"#
    )
}

#[tokio::test]
async fn every_kind_of_work_is_counted() {
    let limits = ("LIMITS__PER_ADDRESS", "1,2");
    let node = Node::with(&[limits]).await;
    let user = node.user(5);
    for _ in 0..3 {
        user.beat(json!({ "session_id": "a" })).await.ok();
    }
    user.leave(json!({ "session_id": "b" })).await.ok();
    let full = user.poll("").await;
    let cursor = full.ok()["cursor"].as_str().unwrap().to_owned();
    user.poll(&format!("since={cursor}")).await.ok();
    let known = user.request(Method::GET, "/api/chat/online-users");
    let known = known.header("if-none-match", full.header("etag")).send().await.unwrap();
    assert_eq!(known.status(), 304);
    for _ in 0..4 {
        node.get("/api/chat/config").await;
    }
    node.get("/api/user-made/up-path-5").await.problem(404);

    let text = metrics(&node).await;
    for (series, expected) in [
        (&*requests("POST", "/api/chat/heartbeat", 200), "3"),
        (&requests("GET", "/api/chat/online-users", 304), "1"),
        (&requests("GET", "/api/chat/config", 401), "2"),
        (&requests("GET", "/api/chat/config", 429), "2"),
        (&requests("GET", "other", 404), "1"),
        (
            r#"lastseen_http_request_duration_seconds_count{method="POST",route="/api/chat/heartbeat"}"#,
            "3",
        ),
        (r#"lastseen_changes_total{outcome="written"}"#, "2"),
        (r#"lastseen_changes_total{outcome="coalesced"}"#, "2"),
        ("lastseen_batch_changes_count", "2"),
        ("lastseen_batch_changes_sum", "2"),
        ("lastseen_commit_duration_seconds_count", "2"),
        (r#"lastseen_polls_total{answer="full"}"#, "1"),
        (r#"lastseen_polls_total{answer="delta"}"#, "1"),
        (r#"lastseen_polls_total{answer="unchanged"}"#, "1"),
        (r#"lastseen_limited_total{limit="per_address"}"#, "2"),
        (r#"lastseen_limited_total{limit="per_user"}"#, "0"),
        (r#"lastseen_store_errors_total{operation="write"}"#, "0"),
        (r#"lastseen_queue_changes{of="waiting"}"#, "0"),
        ("lastseen_online_users", "1"),
        ("lastseen_draining", "0"),
        ("lastseen_polls_held", "0"),
    ] {
        assert_eq!(value(&text, series), expected, "{series}");
    }
    for series in [
        "lastseen_refresh_duration_seconds_count",
        "lastseen_http_connections",
        "lastseen_http_received_bytes_total",
        "lastseen_http_sent_bytes_total",
        "process_resident_memory_bytes",
        "process_open_fds",
    ] {
        assert!(number(&text, series) > 0.0, "{series}");
    }
    let open = number(&text, r#"lastseen_database_connections{state="idle"}"#)
        + number(&text, r#"lastseen_database_connections{state="busy"}"#);
    assert!(open >= 1.0);
    assert!(number(&text, "lastseen_store_age_seconds") < 5.0);
    assert!(!text.contains("up-path") && !text.contains("session"), "nothing of a client's");
}

#[tokio::test]
async fn a_long_poll_is_seen_while_it_is_held_and_not_as_slow() {
    let node = Node::start().await;
    let cursor = node.user(5).poll("").await.ok()["cursor"].as_str().unwrap().to_owned();
    let held =
        async |expected: &str| value(&metrics(&node).await, "lastseen_polls_held") == expected;
    let user = node.user(5);
    let query = format!("since={cursor}&wait=30");
    tokio::select! {
        _ = user.poll(&query) => panic!("nobody came"),
        () = async { until("it is held", async || held("1").await).await; } => {}
    }
    until("it is gone", async || held("0").await).await;
    user.poll(&format!("since={cursor}&wait=1")).await.ok();
    let series = r#"lastseen_http_request_duration_seconds_count{method="GET",route="/api/chat/online-users"}"#;
    assert_eq!(value(&metrics(&node).await, series), "1", "the first poll alone");
}

#[tokio::test]
async fn metrics_at_an_address_of_their_own_are_there_alone() {
    let port = testbed::free_port();
    let address = format!("127.0.0.1:{port}");
    let node = Node::with(&[("SERVER__METRICS_LISTEN", &address)]).await;
    node.get("/metrics").await.problem(404);
    assert_eq!(node.get("/livez").await.status, 200);
    assert!(!node.get("/api-docs/openapi.json").await.text.is_empty());
    let apart = async |path: &str| {
        Answer::of(reqwest::get(format!("http://{address}{path}")).await.unwrap()).await
    };
    let metrics = apart("/metrics").await;
    assert_eq!(metrics.status, 200);
    assert_eq!(value(&metrics.text, "lastseen_online_users"), "0");
    assert_eq!(apart("/readyz").await.status, 200);
    assert_eq!(apart("/livez").await.status, 200);
    for path in ["/", "/api/chat/online-users", "/swagger-ui/", "/lastseen.js"] {
        apart(path).await.problem(404);
    }
    node.signal("TERM");
    assert!(node.end().await.0.success());
}

#[tokio::test]
async fn an_address_for_metrics_that_cannot_be_had_refuses_the_start() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    for (settings, said) in [
        ([("SERVER__METRICS_LISTEN", &*taken), ("AUTH__SECRET", SECRET)], &*taken),
        ([("SERVER__METRICS_LISTEN", "nonsense"), ("AUTH__SECRET", SECRET)], "nonsense"),
        ([("SERVER__METRICS_LISTEN", &*taken), ("SERVER__LISTEN", &*taken)], &*taken),
        ([("SERVER__METRICS_LISTEN", "0.0.0.0:9"), ("LOG__FORMAT", "text")], "loopback"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let output = command(folder.path(), &settings).output().await.unwrap();
        let log = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success(), "{log}");
        let last = log.lines().last().unwrap();
        assert!(last.contains("server.metrics_listen") && last.contains(said), "{last}");
    }
}

/// Runs promtool; panics with what it says if it is not content.
fn promtool(arguments: &[&str], input: &str) {
    use std::io::Write as _;
    let mut promtool = Command::new("promtool")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("promtool is missing: apt-get install prometheus");
    promtool.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = promtool.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {said}");
}

#[tokio::test]
async fn promtool_finds_nothing_wrong_with_metrics_and_alerts() {
    let node = Node::start().await;
    node.user(5).beat(json!({})).await.ok();
    promtool(&["check", "metrics"], &metrics(&node).await);
    promtool(&["check", "rules", deploy("alerts.yml").to_str().unwrap()], "");
    promtool(&["test", "rules", deploy("alerts.test.yml").to_str().unwrap()], "");
}

/// What looks like the name of one of our metrics in `text`.
fn names(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_')
        .filter(|word| word.starts_with("lastseen_") || word.starts_with("process_"))
}

#[tokio::test]
async fn dashboard_and_alerts_ask_for_metrics_that_there_are() {
    let node = Node::start().await;
    node.user(5).beat(json!({})).await.ok();
    let text = metrics(&node).await;
    let dashboard = fs::read_to_string(deploy("grafana.json")).unwrap();
    let parsed: Value = serde_json::from_str(&dashboard).unwrap();
    let panels = parsed["panels"].as_array().unwrap();
    assert!(panels.len() > 10);
    let alerts = fs::read_to_string(deploy("alerts.yml")).unwrap();
    let mut known: Vec<_> = names(&text).collect();
    known.sort_unstable();
    for name in names(&dashboard).chain(names(&alerts)) {
        assert!(known.binary_search(&name).is_ok(), "{name}");
    }
    for panel in panels {
        for target in panel["targets"].as_array().into_iter().flatten() {
            let query = target["expr"].as_str().unwrap().replace("$__rate_interval", "5m");
            let rule =
                json!({ "groups": [{ "name": "x", "rules": [{ "record": "x", "expr": query }] }] });
            let file = tempfile::NamedTempFile::new().unwrap();
            fs::write(file.path(), rule.to_string()).unwrap();
            promtool(&["check", "rules", file.path().to_str().unwrap()], "");
        }
    }
}
