//! The log: a line for each failure, with an id that the answer carries too, and no secret.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, Node, SECRET, sign};

async fn log_of(node: Node) -> String {
    node.signal("TERM");
    let (_, log, _) = node.end().await;
    log
}

#[tokio::test]
async fn a_failure_is_one_line_with_its_cause_and_the_id_that_the_answer_carries() {
    let node = Node::with(&[("SERVER__DRAIN", "0s")]).await;
    let refused = node.user(5).beat(json!({ "timestamp": "yesterday" })).await;
    refused.problem(400);
    let id = refused.header("x-request-id").to_owned();
    assert_eq!(id.len(), 16, "{id}");
    let secret = "what-they-say-is-theirs";
    let told = node.user(5).leave(json!({ "all_sessions": secret })).await;
    assert!(told.text.contains(secret), "they are told: {}", told.text);
    let fine = node.user(5).beat(json!({})).await;
    assert!(fine.header("x-request-id").is_empty(), "only failures need one");
    let log = log_of(node).await;
    let lines: Vec<_> = log.lines().filter(|line| line.contains(&id)).collect();
    let [line] = lines[..] else { panic!("{log}") };
    for part in
        ["INFO", "cannot be used: timestamp", "POST", "/api/chat/heartbeat", "400", "127.0.0.1"]
    {
        assert!(line.contains(part), "{part}: {line}");
    }
    assert!(!log.contains(secret), "and the log is not: {log}");
}

#[tokio::test]
async fn an_id_that_was_sent_along_is_kept_if_it_is_plain() {
    let node = Node::start().await;
    let ask = async |id: &str| {
        let request = node.request(Method::GET, "/nowhere").header("x-request-id", id);
        Answer::of(request.send().await.unwrap()).await.header("x-request-id").to_owned()
    };
    assert_eq!(ask("proxy-1_2.3").await, "proxy-1_2.3");
    let long = "x".repeat(65);
    for odd in ["", "a b", "a\"b", "a=b", &long] {
        let given = ask(odd).await;
        assert!(given != odd && given.len() == 16, "{odd}: {given}");
    }
}

#[tokio::test]
async fn probes_are_not_logged() {
    let node = Node::with(&[("SERVER__DRAIN", "1s")]).await;
    node.signal("TERM");
    crate::support::until("it drains", async || node.get("/readyz").await.status == 503).await;
    let (_, log, _) = node.end().await;
    assert!(!log.contains("readyz") && !log.contains("503"), "{log}");
}

#[tokio::test]
async fn a_flood_of_failures_is_some_lines_and_a_number() {
    let node = Node::start().await;
    for _ in 0..300 {
        node.get("/nowhere").await.problem(404);
    }
    // As soon as another line may be written, it says how many were not.
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    node.get("/nowhere").await.problem(404);
    let log = log_of(node).await;
    let lines: Vec<_> = log.lines().filter(|line| line.contains("status=404")).collect();
    assert!((20..200).contains(&lines.len()), "{}", lines.len());
    let unlogged: usize = lines
        .iter()
        .filter_map(|line| {
            line.split("unlogged=").nth(1)?.split([' ', '}']).next()?.parse::<usize>().ok()
        })
        .sum();
    assert_eq!(lines.len() + unlogged, 301, "every one is accounted for");
}

#[tokio::test]
async fn json_is_an_object_in_each_line() {
    let node = Node::with(&[("LOG__FORMAT", "json")]).await;
    let refused = node.get("/api/chat/config").await;
    refused.problem(401);
    let id = refused.header("x-request-id").to_owned();
    let log = log_of(node).await;
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for line in &lines {
        assert!(line["time"].as_str().unwrap().ends_with('Z'), "{line}");
        assert!(line["level"].is_string() && line["target"].is_string(), "{line}");
        assert!(line["message"].is_string(), "{line}");
    }
    let line = lines.iter().find(|line| line["request_id"] == *id).unwrap();
    assert_eq!((&line["status"], &line["method"]), (&json!(401), &json!("GET")));
    assert_eq!(line["route"], "/api/chat/config");
}

#[tokio::test]
async fn no_token_no_secret_and_no_password_is_logged_at_any_level() {
    let settings =
        [("ACCOUNTS__ENABLED", "true"), ("AUTH__SECRET", SECRET), ("LOG__FORMAT", "json")];
    let folder = tempfile::tempdir().unwrap();
    let mut command = crate::support::command(folder.path(), &settings);
    command.env("RUST_LOG", "api=trace,accounts=trace,presence=trace,actix_web=trace");
    let node = Node::launch(command, folder).await;
    node.ready().await;
    let token = sign(json!({ "user_id": 5 }));
    let signature = token.rsplit('.').next().unwrap().to_owned();
    let bearer = crate::support::Caller::new(&node, token.clone());
    bearer.beat(json!({ "session_id": token.repeat(2) })).await.problem(400);
    bearer.get(&format!("/api/{token}")).await.problem(404);
    bearer.get(&format!("/api/chat/online-users?ids={token}")).await.problem(400);
    crate::support::Caller::new(&node, format!("{token}x"))
        .get("/api/chat/config")
        .await
        .problem(401);
    let password = "correct-horse-battery";
    for body in [
        json!({ "username": "ada", "password": password }),
        json!({ "username": "ada", "password": [password] }),
        json!({ "username": password, "password": { "x": password } }),
        json!({ "username": [password], "password": password }),
    ] {
        for path in ["/api/auth/register", "/api/auth/login"] {
            let request = node.request(Method::POST, path).json(&body);
            request.send().await.unwrap();
        }
    }
    let log = log_of(node).await;
    for secret in [&signature[..], SECRET, password] {
        assert!(!log.contains(secret), "{secret}: {log}");
    }
}
