//! Who asks for too much is told to wait, and nobody else is.

use std::sync::atomic::{AtomicUsize, Ordering};

use futures::future::join_all;
use reqwest::{Method, header::HeaderValue};
use serde_json::json;

use crate::support::{Answer, Node};

const CONFIG: &str = "/api/chat/config";

/// So few that no test is quick enough to get by, and so slow to come back that none is late.
const TIGHT: &str = "1,5";

async fn stranger(node: &Node, forwarded: Option<&str>) -> Answer {
    let mut request = node.request(Method::GET, CONFIG);
    if let Some(forwarded) = forwarded {
        request = request.header("x-forwarded-for", forwarded);
    }
    Answer::of(request.send().await.unwrap()).await
}

/// The statuses of so many answers, without repeats that follow one another.
async fn statuses(count: usize, ask: impl AsyncFn() -> Answer) -> Vec<u16> {
    let mut statuses = Vec::new();
    for _ in 0..count {
        statuses.push(ask().await.status.as_u16());
    }
    statuses.dedup();
    statuses
}

#[track_caller]
fn is_told_to_wait(answer: &Answer) {
    let problem = answer.problem(429);
    assert!(problem["type"].as_str().unwrap().ends_with("/too-many-requests"));
    let wait: u64 = answer.header("retry-after").parse().unwrap();
    assert!((1..=5).contains(&wait), "{wait}");
}

#[tokio::test]
async fn a_user_over_the_limit_is_told_to_wait_and_changes_nothing() {
    let node = Node::with(&[("LIMITS__PER_USER", TIGHT)]).await;
    let beats = statuses(5, async || node.user(5).beat(json!({ "session_id": "a" })).await).await;
    assert_eq!(beats, [200], "the burst");
    let refused = node.user(5).leave(json!({ "all_sessions": true })).await;
    is_told_to_wait(&refused);
    assert_eq!(node.user(6).online().await, json!([5]), "others are served, and 5 is still there");
    let wait: u64 = refused.header("retry-after").parse().unwrap();
    tokio::time::sleep(std::time::Duration::from_secs(wait)).await;
    assert_eq!(node.user(5).leave(json!({})).await.ok()["status"], "offline", "after the wait");
}

#[tokio::test]
async fn a_service_without_a_user_is_trusted_with_any_number() {
    let node = Node::with(&[("LIMITS__PER_USER", TIGHT), ("LIMITS__PER_ADDRESS", TIGHT)]).await;
    let service = node.bearer(json!({ "scope": "presence:read" }));
    assert_eq!(statuses(20, async || service.get(CONFIG).await).await, [200]);
}

#[tokio::test]
async fn an_address_without_a_valid_token_is_told_to_wait_and_its_honest_users_are_not() {
    let node = Node::with(&[("LIMITS__PER_ADDRESS", TIGHT)]).await;
    assert_eq!(statuses(20, async || node.user(5).get(CONFIG).await).await, [200], "not counted");
    assert_eq!(statuses(8, async || stranger(&node, None).await).await, [401, 429]);
    is_told_to_wait(&node.bearer(json!({ "user_id": 5, "exp": 1 })).get(CONFIG).await);
    assert_eq!(
        statuses(20, async || node.user(5).get(CONFIG).await).await,
        [200],
        "from the same address"
    );
    assert_eq!(statuses(20, async || node.get("/livez").await).await, [200], "probes are open");
}

#[tokio::test]
async fn logins_count_as_requests_without_a_token() {
    let node = Node::with(&[("LIMITS__PER_ADDRESS", TIGHT), ("ACCOUNTS__ENABLED", "true")]).await;
    let log_in = async || {
        let login = json!({ "username": "ada", "password": "a guess at it" });
        let request = node.request(Method::POST, "/api/auth/login").json(&login);
        Answer::of(request.send().await.unwrap()).await
    };
    // All at once: a login takes so long that one after the other would be as many as are allowed.
    let answers = join_all((0..16).map(|_| log_in())).await;
    let refused = answers.iter().filter(|answer| answer.status == 429).count();
    assert!((1..16).contains(&refused), "{refused}");
    assert_eq!(statuses(20, async || node.user(5).get(CONFIG).await).await, [200]);
}

#[tokio::test]
async fn who_is_no_trusted_proxy_is_not_believed_whom_it_asks_for() {
    let node = Node::with(&[("LIMITS__PER_ADDRESS", TIGHT)]).await;
    let made_up = AtomicUsize::new(0);
    let ask = async || {
        let forwarded = format!("198.51.100.{}", made_up.fetch_add(1, Ordering::Relaxed));
        stranger(&node, Some(&forwarded)).await
    };
    assert_eq!(statuses(8, ask).await, [401, 429]);
}

#[tokio::test]
async fn behind_a_trusted_proxy_each_client_counts_for_itself() {
    let settings = [("LIMITS__PER_ADDRESS", TIGHT), ("SERVER__TRUSTED_PROXIES", "127.0.0.0/8")];
    let node = Node::with(&settings).await;
    let from =
        async |forwarded: &str| statuses(8, async || stranger(&node, Some(forwarded)).await).await;
    assert_eq!(from("198.51.100.7").await, [401, 429]);
    assert_eq!(from("198.51.100.8").await, [401, 429]);
    assert_eq!(from("9.9.9.9, 198.51.100.7").await, [429], "what the client says of itself");
    assert_eq!(from("2001:db8::1").await, [401, 429]);
    assert_eq!(from("2001:db8::2").await, [429], "the same /64");
    assert_eq!(from("2001:db8:0:1::1").await, [401, 429]);
}

#[tokio::test]
async fn what_a_client_puts_before_what_its_proxy_says_changes_nothing() {
    let settings = [("LIMITS__PER_ADDRESS", TIGHT), ("SERVER__TRUSTED_PROXIES", "127.0.0.0/8")];
    let node = Node::with(&settings).await;
    let made_up = AtomicUsize::new(0);
    let ask = async |lines: &[&[u8]]| {
        let mut request = node.request(Method::GET, CONFIG);
        for line in lines {
            let line = HeaderValue::from_bytes(line).unwrap();
            request = request.header("x-forwarded-for", line);
        }
        Answer::of(request.send().await.unwrap()).await
    };
    let odd = async || {
        let number = made_up.fetch_add(1, Ordering::Relaxed);
        let line = [format!("{number}").as_bytes(), b"\xfc\xff, 198.51.100.7"].concat();
        ask(&[&line]).await
    };
    assert_eq!(statuses(8, odd).await, [401, 429]);
    let before = async || ask(&[b"\xff\xfe", b"198.51.100.8"]).await;
    assert_eq!(statuses(8, before).await, [401, 429]);
    assert_eq!(statuses(8, async || ask(&[b"198.51.100.9"]).await).await, [401, 429]);
    assert_eq!(statuses(1, async || stranger(&node, None).await).await, [401], "not the proxy's");
}

#[tokio::test]
async fn who_holds_many_networks_of_ipv6_has_no_limit_of_their_own_in_each() {
    let settings = [("LIMITS__PER_ADDRESS", TIGHT), ("SERVER__TRUSTED_PROXIES", "127.0.0.0/8")];
    let node = Node::with(&settings).await;
    let refused = async |network: &str, step: usize| {
        let ask = |number: usize| {
            let address = format!("2001:db8:{network}:{:x}::1", number * step);
            let node = &node;
            async move { stranger(node, Some(&address)).await.status == 429 }
        };
        join_all((0..256).map(ask)).await.into_iter().filter(|refused| *refused).count()
    };
    assert!(refused("1", 1).await > 100, "256 of them are a /56");
    assert!(refused("2", 256).await > 50, "256 of those are a /48");
    assert_eq!(statuses(1, async || stranger(&node, Some("2001:db8:3::1")).await).await, [401]);
    assert_eq!(statuses(1, async || stranger(&node, Some("198.51.100.7")).await).await, [401]);
}

#[tokio::test]
async fn zero_is_no_limit() {
    let settings = [("LIMITS__PER_USER", "0"), ("LIMITS__PER_ADDRESS", "0")];
    let node = Node::with(&settings).await;
    assert_eq!(statuses(100, async || node.user(5).get(CONFIG).await).await, [200]);
    assert_eq!(statuses(100, async || stranger(&node, None).await).await, [401]);
}
