//! The log: a line for each failure, with an id that the answer carries too, and no secret.

use reqwest::Method;
use serde_json::{Value, json};

use tokio::io::{AsyncReadExt, AsyncWriteExt};

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
    assert_eq!(told.problem(400)["errors"][0]["field"], "all_sessions");
    assert!(!told.text.contains(secret), "what they said need not be said back: {}", told.text);
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

/// What would move a cursor, ring, hide or begin a line, if it were written as it is.
const ODD: &str = "\u{1b}[2J\u{7}\r\nERROR forged\u{9b}31m\u{202e}\u{2028}\u{7f}\u{0}";

/// Whatever of a request can hold such a text, at the length of a whole body, is sent in it.
async fn flood(node: &Node) {
    let odd = ODD.repeat(60 * 1024 / ODD.len() / 6);
    let ask = async |path: &str, body: String| {
        let request = node.request(Method::POST, path).header("content-type", "application/json");
        let request = request.bearer_auth(sign(json!({ "user_id": 5 })));
        Answer::of(request.body(body).send().await.unwrap()).await
    };
    let text = json!(odd).to_string();
    for path in [
        "/api/auth/register",
        "/api/auth/login",
        "/api/chat/heartbeat",
        "/api/chat/mark-offline",
        "/api/user-status/batch",
    ] {
        for body in [
            format!("{{{text}:!}}"),
            format!("{{{text}:{{\"a\":[}}}}"),
            format!("{{\"timestamp\":{text},\"username\":[{text}],\"user_ids\":{text}}}"),
            format!("{{\"all_sessions\":{text},\"password\":{{{text}:{text}}}}}"),
            format!("{{\"username\":{text},\"password\":{text},\"session_id\":{text}}}"),
        ] {
            let answer = ask(path, body).await;
            assert!(answer.text.len() < 1024, "{path}: {} bytes", answer.text.len());
            assert!(!answer.text.contains("forged"), "{}", answer.text);
        }
    }
    let put = node.user(5).put("/api/user-status/me", json!({ "availability": ODD })).await;
    assert_eq!(put.wrong_field(), "availability");
    assert!(!put.text.contains("forged"), "{}", put.text);
    for query in
        ["%1b%5b2J%0d%0aforged=%ff", "since=%1b%0aforged", "ids=%1b%0aforged", "wait=%0aforged"]
    {
        let answer = node.user(5).poll(query).await;
        answer.problem(400);
        assert!(!answer.text.contains("forged"), "{}", answer.text);
    }
    for path in ["/api/user-status/%1b%0aforged", "/%1b%0aforged", "/api/users?limit=%0aforged"] {
        let answer = node.user(5).get(path).await;
        assert!(!answer.text.contains("forged"), "{}", answer.text);
    }
    for (name, value) in [
        ("user-agent", &b"\x1b[2Jforged"[..]),
        ("x-request-id", b"forged\x9b"),
        ("origin", b"https://forged.example"),
        ("content-type", b"forged/\xff"),
        ("content-encoding", b"forged"),
        ("x-forwarded-for", b"forged\xff"),
        ("authorization", b"Bearer forged.forged.forged"),
        ("authorization", b"forged \xff"),
    ] {
        let request = node.request(Method::POST, "/api/chat/heartbeat");
        let value = reqwest::header::HeaderValue::from_bytes(value);
        let Ok(value) = value else { continue };
        let answer = Answer::of(request.header(name, value).body("{}").send().await.unwrap()).await;
        assert!(!answer.text.contains("forged"), "{}", answer.text);
    }
    let method = Method::from_bytes("FORGED".repeat(100).as_bytes()).unwrap();
    node.request(method, "/api/chat/heartbeat").send().await.unwrap();
    for head in [
        format!("GET /forged HTTP/1.1\r\nforged: {}", "x".repeat(512 * 1024)),
        format!("FORGED{}\r\n\r\n", "\u{1b}".repeat(1024)),
    ] {
        let address = node.url().trim_start_matches("http://");
        let mut connection = tokio::net::TcpStream::connect(address).await.unwrap();
        // It hangs up before all of it has come.
        connection.write_all(head.as_bytes()).await.ok();
        connection.read_to_end(&mut Vec::new()).await.ok();
    }
}

#[tokio::test]
async fn nothing_that_a_client_made_up_gets_into_the_log_or_back_in_an_answer() {
    for format in ["text", "json"] {
        let settings = [
            ("LOG__FORMAT", format),
            ("ACCOUNTS__ENABLED", "true"),
            ("SERVER__ALLOWED_ORIGINS", "https://app.example.com"),
            ("SERVER__TRUSTED_PROXIES", "127.0.0.1"),
        ];
        let node = Node::with(&settings).await;
        flood(&node).await;
        let log = log_of(node).await;
        for line in log.lines() {
            assert!(line.len() < 512, "{} bytes: {line:.200}", line.len());
            assert!(!line.to_lowercase().contains("forged"), "{line}");
            assert!(!line.contains("actix_http"), "a line for each broken request: {line}");
        }
        let odd = |letter: &char| {
            letter.is_control() && *letter != '\n' || ['\u{202e}', '\u{2028}'].contains(letter)
        };
        assert_eq!(log.chars().find(odd), None, "{log:?}");
    }
}
