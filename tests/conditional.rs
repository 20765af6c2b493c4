//! Section 3.2: a client that has the set is not sent it again.

use reqwest::Method;
use serde_json::json;

use crate::support::{Answer, Caller, Node};

const POLL: &str = "/api/chat/online-users";

/// The tag of a full answer.
async fn tag(caller: &Caller<'_>, path: &str) -> String {
    let answer = caller.get(path).await;
    answer.ok();
    assert_eq!(answer.header("cache-control"), "private, no-cache");
    assert!(answer.header("vary").eq_ignore_ascii_case("accept-encoding"), "{answer:?}");
    let tag = answer.header("etag");
    assert!(tag.starts_with("W/\"") && tag.ends_with('"') && tag.len() > 20, "{tag}");
    tag.to_owned()
}

async fn ask(caller: &Caller<'_>, path: &str, known: &str) -> Answer {
    let request = caller.request(Method::GET, path).header("If-None-Match", known);
    Answer::of(request.send().await.unwrap()).await
}

#[tokio::test]
async fn who_has_the_set_is_sent_nothing() {
    let node = Node::start().await;
    let user = node.user(5);
    user.beat(json!({})).await.ok();
    for path in [POLL, "/api/chat/online-users?ids=5,6"] {
        let tag = tag(&user, path).await;
        let strong = tag.trim_start_matches("W/");
        for known in [&tag, strong, "*", &format!("\"x\", W/\"y\", {tag}")] {
            let answer = ask(&user, path, known).await;
            assert_eq!((answer.status.as_u16(), &answer.text[..]), (304, ""), "{known}");
            assert_eq!(answer.header("etag"), tag);
            assert_eq!(answer.header("cache-control"), "private, no-cache");
            assert!(answer.header("vary").eq_ignore_ascii_case("accept-encoding"));
            assert_eq!(answer.header("content-type"), "");
        }
        for other in ["W/\"x\"", "\"\"", "x", &format!("W/{tag}")] {
            assert_eq!(ask(&user, path, other).await.status, 200, "{other}");
        }
        user.beat(json!({ "session_id": "another" })).await.ok();
        assert_eq!(ask(&user, path, &tag).await.status, 304, "a beat changes no set");
        user.leave(json!({ "all_sessions": true })).await.ok();
        assert_eq!(ask(&user, path, &tag).await.ok()["online_users"], json!([]));
        user.beat(json!({})).await.ok();
    }
}

#[tokio::test]
async fn equal_sets_have_equal_tags_wherever_and_however_they_came_about() {
    let (one, other) = (Node::start().await, Node::start().await);
    for id in [5, 12, 7] {
        one.user(id).beat(json!({})).await.ok();
    }
    for id in [45, 12, 5] {
        other.user(id).beat(json!({})).await.ok();
    }
    let (here, there) = (one.user(1), other.user(1));
    let before = tag(&here, POLL).await;
    assert_ne!(tag(&there, POLL).await, before, "as many, and others");
    other.user(45).leave(json!({})).await.ok();
    other.user(7).beat(json!({})).await.ok();
    assert_eq!(tag(&there, POLL).await, before);
    let watched = format!("{POLL}?ids=5,7,12,45");
    assert_eq!(tag(&here, &watched).await, before, "who is among them does not matter");

    one.user(9).beat(json!({})).await.ok();
    assert_ne!(tag(&here, POLL).await, before);
    assert_eq!(tag(&here, &watched).await, before, "nobody asked for this one");
    one.user(9).leave(json!({})).await.ok();
    assert_eq!(tag(&here, POLL).await, before, "somebody came and went");
    let one = Node::in_folder(one.crash().await, &[]).await;
    assert_eq!(tag(&one.user(1), POLL).await, before, "a restart changes nothing");
}

#[tokio::test]
async fn who_needs_a_new_cursor_gets_one() {
    let node = Node::start().await;
    let known = tag(&node.user(5), POLL).await;
    let other_version = format!("{POLL}?since=BwECAyoO");
    let answer = ask(&node.user(5), &other_version, &known).await;
    assert!(answer.ok()["cursor"].is_string());
    assert_eq!(answer.header("etag"), known);
}

#[tokio::test]
async fn a_condition_is_no_way_around_the_token() {
    let node = Node::start().await;
    let request = node.request(Method::GET, POLL).header("If-None-Match", "*");
    Answer::of(request.send().await.unwrap()).await.problem(401);
}
