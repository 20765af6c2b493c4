//! Guessing passwords: who guessed wrong too often waits.

use reqwest::Method;
use serde_json::{Value, json};

use super::{LOGIN, PASSWORD, join, register, slug};
use crate::support::{Answer, Node};

/// A node behind a proxy of ours, with room enough for every request.
async fn node() -> Node {
    Node::with(&[
        ("ACCOUNTS__ENABLED", "true"),
        ("LIMITS__PER_ADDRESS", "1000,2000"),
        ("SERVER__TRUSTED_PROXIES", "127.0.0.0/8"),
    ])
    .await
}

async fn guess(node: &Node, name: &str, password: &str, from: &str) -> Answer {
    let body = json!({ "username": name, "password": password });
    let request = node.request(Method::POST, LOGIN).header("x-forwarded-for", from).json(&body);
    Answer::of(request.send().await.unwrap()).await
}

/// What an answer says that does not belong to the moment.
fn told(answer: &Answer) -> (u16, String, Vec<String>) {
    let mut names: Vec<_> = answer.headers.keys().map(ToString::to_string).collect();
    names.sort();
    (answer.status.as_u16(), answer.text.clone(), names)
}

#[tokio::test]
async fn who_guesses_is_told_to_wait_right_or_wrong_and_whether_there_is_such_a_name_or_not() {
    let node = node().await;
    register(&node, "ada").await;
    let mut all = Vec::new();
    for name in ["ada", "nobody", "a\0da"] {
        let mut answers = Vec::new();
        for password in ["a guess at it"; 4] {
            answers.push(guess(&node, name, password, "192.0.2.7").await);
        }
        // Of the same network, and the same name.
        answers.push(guess(&node, &name.to_uppercase(), "a guess at it", "192.0.2.8").await);
        answers.push(guess(&node, name, PASSWORD, "192.0.2.7").await);
        let statuses: Vec<_> = answers.iter().map(|answer| answer.status.as_u16()).collect();
        assert_eq!(statuses, [401, 401, 401, 401, 429, 429], "{name:?}");
        for refused in &answers[4..] {
            assert_eq!(slug(refused, 429), "too-many-requests");
            let wait: u64 = refused.header("retry-after").parse().unwrap();
            assert!((1..=2).contains(&wait), "{wait}");
        }
        all.push(answers.iter().map(told).collect::<Vec<_>>());
    }
    assert!(all.iter().all(|answers| *answers == all[0]), "{all:?}");
    guess(&node, "ada", PASSWORD, "198.51.100.7").await.ok();
}

#[tokio::test]
async fn after_the_wait_the_right_password_counts_and_the_wrong_ones_are_forgotten() {
    let node = node().await;
    register(&node, "ada").await;
    for status in [401, 401, 401, 401, 429] {
        guess(&node, "ada", "a guess at it", "192.0.2.7").await.problem(status);
    }
    // It is refused until then, which its own answer says.
    loop {
        let answer = guess(&node, "ada", PASSWORD, "192.0.2.7").await;
        if answer.status == 200 {
            break;
        }
        answer.problem(429);
        let wait = answer.header("retry-after").parse().unwrap();
        tokio::time::sleep(std::time::Duration::from_secs(wait)).await;
    }
    guess(&node, "ada", "a guess at it", "192.0.2.7").await.problem(401);
}

#[tokio::test]
async fn a_hundred_networks_that_guess_at_a_name_do_not_keep_its_owner_from_where_they_were_before()
{
    let node = node().await;
    register(&node, "ada").await;
    register(&node, "bob").await;
    guess(&node, "ada", PASSWORD, "2001:db8::7").await.ok();
    let mut taken = 0;
    let refused = loop {
        let answer = guess(&node, "ada", "a guess at it", &format!("10.0.{taken}.1")).await;
        if answer.status == 429 {
            break answer;
        }
        answer.problem(401);
        taken += 1;
        assert!(taken < 250, "all of them were looked at");
    };
    assert!(taken >= 100, "{taken}");
    let wait: u64 = refused.header("retry-after").parse().unwrap();
    assert!((1..=36).contains(&wait), "{wait}");
    guess(&node, "ada", PASSWORD, "2001:db8:0:ff::1").await.ok();
    guess(&node, "bob", PASSWORD, "10.9.9.9").await.ok();
}

#[tokio::test]
async fn an_old_password_is_a_guess_like_a_logins() {
    let node = node().await;
    let (ada, _) = join(&node, "ada").await;
    let change = async |old: &str| {
        let body: Value = json!({ "old_password": old, "new_password": "battery staple" });
        let request = ada.request(Method::PUT, super::password::PATH);
        let request = request.header("x-forwarded-for", "192.0.2.7").json(&body);
        Answer::of(request.send().await.unwrap()).await
    };
    for _ in 0..4 {
        assert_eq!(change("a guess at it").await.wrong_field(), "old_password");
    }
    for old in ["a guess at it", PASSWORD] {
        assert_eq!(slug(&change(old).await, 429), "too-many-requests");
    }
    guess(&node, "ada", PASSWORD, "192.0.2.7").await.problem(429);
    guess(&node, "ada", PASSWORD, "198.51.100.7").await.ok();
}

#[tokio::test]
async fn where_addresses_are_not_limited_neither_are_guesses() {
    let node = super::node().await;
    register(&node, "ada").await;
    for _ in 0..8 {
        guess(&node, "ada", "a guess at it", "192.0.2.7").await.problem(401);
    }
}
