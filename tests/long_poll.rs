//! Section 3.2: an answer that is held until something changes.

use std::{
    future::Future,
    pin::pin,
    time::{Duration, Instant},
};

use futures::future::join_all;
use serde_json::{Value, json};
use tokio::{io::AsyncWriteExt, net::TcpStream, time::timeout};

use crate::support::{Answer, Caller, Follower, Node, SHORT_WINDOW, sign, until};

/// Far longer than any test takes.
const LONG: &str = "wait=60";

/// Where a client that just asked stands.
async fn cursor(caller: &Caller<'_>) -> String {
    Follower::start(caller).await.cursor
}

/// Sees that `poll` is held, lets `change` happen, and says what was answered to that and when.
async fn held_until<C: Future>(
    poll: impl Future<Output = Answer>,
    change: C,
) -> (Answer, Duration) {
    let mut poll = pin!(poll);
    let early = timeout(Duration::from_millis(300), &mut poll).await;
    assert!(early.is_err(), "not held: {early:?}");
    let start = Instant::now();
    change.await;
    let answer = timeout(Duration::from_secs(20), poll).await.expect("nothing woke it");
    (answer, start.elapsed())
}

fn nothing(delta: &Value) -> bool {
    delta["came_online"] == json!([]) && delta["went_offline"] == json!([])
}

#[tokio::test]
async fn somebody_who_comes_or_goes_ends_the_wait() {
    let node = Node::start().await;
    let (user, other) = (node.user(5), node.user(7));
    let since = format!("since={}&{LONG}", cursor(&user).await);
    let (answer, after) = held_until(user.poll(&since), other.beat(json!({}))).await;
    let delta = answer.ok();
    assert_eq!((&delta["came_online"], &delta["went_offline"]), (&json!([7]), &json!([])));
    assert!(after < Duration::from_secs(5), "{after:?}");

    let since = format!("since={}&{LONG}&ids=7,8", delta["cursor"].as_str().unwrap());
    let (answer, after) = held_until(user.poll(&since), other.leave(json!({}))).await;
    let delta = answer.ok();
    assert_eq!((&delta["came_online"], &delta["went_offline"]), (&json!([]), &json!([7])));
    assert!(after < Duration::from_secs(5), "{after:?}");
}

#[tokio::test]
async fn somebody_who_times_out_ends_the_wait() {
    let node = Node::with(&SHORT_WINDOW).await;
    node.user(5).beat(json!({})).await.ok();
    let since = format!("since={}&{LONG}", cursor(&node.user(5)).await);
    let (answer, _) = held_until(node.user(5).poll(&since), async {}).await;
    assert_eq!(answer.ok()["went_offline"], json!([5]));
}

#[tokio::test]
async fn what_is_new_already_is_answered_at_once() {
    let node = Node::start().await;
    let since = format!("since={}&{LONG}", cursor(&node.user(5)).await);
    node.user(7).beat(json!({})).await.ok();
    let delta = timeout(Duration::from_secs(20), node.user(5).poll(&since)).await.unwrap().ok();
    assert_eq!(delta["came_online"], json!([7]));
    let full = timeout(Duration::from_secs(20), node.user(5).poll(LONG)).await.unwrap().ok();
    assert_eq!(full["online_users"], json!([7]), "without a cursor there is no wait");
}

#[tokio::test]
async fn a_wait_in_vain_ends_with_an_empty_delta_that_leads_on() {
    let node = Node::with(&[("PRESENCE__COALESCE", "0s")]).await;
    node.user(5).beat(json!({})).await.ok();
    let start = cursor(&node.user(5)).await;
    let asked = Instant::now();
    let user = node.user(5);
    let watching = format!("since={start}&wait=2&ids=5,6");
    let unwatched = async {
        node.user(5).beat(json!({})).await.ok();
        node.user(7).beat(json!({})).await.ok();
    };
    let (answer, _) = held_until(user.poll(&watching), unwatched).await;
    let delta = answer.ok();
    assert!(nothing(&delta), "a beat of one who is online and one of whom nobody asked: {delta}");
    assert!(asked.elapsed() >= Duration::from_secs(2), "{:?}", asked.elapsed());

    let next = delta["cursor"].as_str().unwrap();
    assert_ne!(next, start);
    let delta = node.user(5).poll(&format!("since={next}")).await.ok();
    assert!(nothing(&delta), "it stands behind the one of whom nobody asked: {delta}");
}

#[tokio::test]
async fn repeated_beats_wake_nobody() {
    let node = Node::with(&[("PRESENCE__COALESCE", "0s")]).await;
    node.user(5).beat(json!({})).await.ok();
    let since = format!("since={}&wait=2", cursor(&node.user(5)).await);
    let asked = Instant::now();
    let again = async {
        for session in ["", "", "another"] {
            node.user(5).beat(json!({ "session_id": session })).await.ok();
        }
        node.user(5).leave(json!({ "session_id": "another" })).await.ok();
    };
    let user = node.user(5);
    let (answer, _) = held_until(user.poll(&since), again).await;
    assert!(nothing(&answer.ok()));
    assert!(asked.elapsed() >= Duration::from_secs(2), "{:?}", asked.elapsed());
}

#[tokio::test]
async fn a_node_that_drains_answers_at_once() {
    let node = Node::with(&[("SERVER__DRAIN", "3s")]).await;
    let user = node.user(5);
    let since = format!("since={}&{LONG}", cursor(&user).await);
    let (answer, after) = held_until(user.poll(&since), async { node.signal("TERM") }).await;
    assert!(nothing(&answer.ok()));
    assert_eq!(answer.header("connection"), "close");
    assert!(after < Duration::from_secs(2), "{after:?}");

    let asked = Instant::now();
    assert!(nothing(&user.poll(&since).await.ok()), "and holds none any more");
    assert!(asked.elapsed() < Duration::from_secs(2), "{:?}", asked.elapsed());
    let (status, ..) = node.end().await;
    assert_eq!(status.code(), Some(0));
}

#[tokio::test]
async fn a_client_that_is_gone_is_not_waited_for() {
    let node = Node::start().await;
    let cursor = cursor(&node.user(5)).await;
    let token = sign(json!({ "user_id": 5 }));
    let before = node.open_files();
    let polls = join_all((0..20).map(async |_| {
        let mut poll = TcpStream::connect(node.url().trim_start_matches("http://")).await.unwrap();
        let head = format!(
            "GET /api/chat/online-users?since={cursor}&{LONG} HTTP/1.1\r\nHost: x\r\n\
             Authorization: Bearer {token}\r\n\r\n"
        );
        poll.write_all(head.as_bytes()).await.unwrap();
        poll
    }))
    .await;
    until("all are connected", async || node.open_files() >= before + 20).await;
    drop(polls);
    until("all are let go", async || node.open_files() <= before).await;
}
