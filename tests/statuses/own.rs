//! `GET` and `PUT /api/user-status/me`

use reqwest::Method;
use serde_json::{Value, json};

use super::{ME, QUICK, in_millis, never_seen, say, status};
use crate::support::{Answer, Node, until};

/// What the first line of these tests says.
fn in_a_meeting() -> Value {
    json!({
        "availability": "dnd",
        "text": "in a meeting",
        "emoji": "📅",
        "expires_at": "2099-01-28T14:32:59.000Z",
    })
}

/// `of` with `change`.
fn with(of: &Value, change: &Value) -> Value {
    let mut with = of.clone();
    with.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    with
}

/// The own status of somebody who never changed it.
fn fresh(id: u64) -> Value {
    with(&never_seen(id), &json!({ "invisible": false, "share_last_seen": true }))
}

#[tokio::test]
async fn what_is_left_out_stays_as_it_is() {
    let node = Node::start().await;
    let user = node.user(5);
    let first = user.get(ME).await;
    assert_eq!(first.ok(), fresh(5));
    assert_eq!(first.header("cache-control"), "no-store");

    let all = user.put(ME, in_a_meeting()).await;
    let mut expected = with(&fresh(5), &in_a_meeting());
    assert_eq!(all.ok(), expected);
    assert_eq!(all.header("cache-control"), "no-store");
    for change in [
        json!({ "availability": "busy" }),
        json!({ "text": "still there" }),
        json!({ "emoji": "👩🏽‍🚀" }),
        json!({ "expires_at": "2098-01-01T00:00:00.000Z" }),
        json!({ "share_last_seen": false }),
        json!({ "invisible": true }),
        json!({ "invisible": false, "share_last_seen": true }),
        json!({ "availability": "away", "text": "out" }),
        json!({ "availability": "available" }),
        json!({}),
        json!({ "unknown": 5 }),
    ] {
        expected = with(&expected, &json!({ "text": expected["text"] }));
        for (name, value) in change.as_object().unwrap() {
            if name != "unknown" {
                expected[name] = value.clone();
            }
        }
        assert_eq!(say(&user, change.clone()).await, expected, "{change}");
        assert_eq!(user.get(ME).await.ok(), expected, "{change}");
    }
    let nothing = user.request(Method::PUT, ME).send().await.unwrap();
    assert_eq!(Answer::of(nothing).await.ok(), expected, "no body at all");
}

#[tokio::test]
async fn null_is_the_default_again() {
    let node = Node::start().await;
    let user = node.user(5);
    say(&user, in_a_meeting()).await;
    say(&user, json!({ "invisible": true, "share_last_seen": false })).await;
    for name in
        ["availability", "text", "emoji", "expires_at", "invisible", "share_last_seen", "text"]
    {
        let own = say(&user, json!({ name: null })).await;
        assert_eq!(own[name], fresh(5)[name], "{name}");
    }
    assert_eq!(user.get(ME).await.ok(), fresh(5));
    assert_eq!(status(&node.user(6), 5).await, never_seen(5));
}

#[tokio::test]
async fn what_is_said_shows_to_others_whether_or_not_the_user_is_online() {
    let node = Node::start().await;
    say(&node.user(5), in_a_meeting()).await;
    assert_eq!(status(&node.user(6), 5).await, with(&never_seen(5), &in_a_meeting()));
    node.user(5).beat(json!({})).await.ok();
    let online = status(&node.user(6), 5).await;
    assert_eq!(with(&online, &in_a_meeting()), online);
    assert_eq!(online["is_online"], true);
    let node = Node::in_folder(node.crash().await, &[]).await;
    assert_eq!(status(&node.user(6), 5).await, online, "a restart changes nothing");
}

#[tokio::test]
async fn what_expires_is_over_when_it_is_read_after_that() {
    let node = Node::with(&QUICK).await;
    let user = node.user(5);
    let end = in_millis(1_000);
    let said = json!({ "availability": "busy", "text": "a minute", "expires_at": end });
    let own = say(&user, said.clone()).await;
    assert_eq!(own, with(&fresh(5), &said));
    assert_eq!(status(&node.user(6), 5).await, with(&never_seen(5), &said));
    until("it has expired", async || user.get(ME).await.ok() != own).await;
    assert_eq!(user.get(ME).await.ok(), fresh(5), "all of it");
    assert!(in_millis(0) >= end, "and not before");
    let over = async || status(&node.user(6), 5).await == never_seen(5);
    let late = until("others see that", over).await;
    assert!(late.as_millis() < 3_000, "{late:?}");

    let next = say(&user, json!({ "emoji": "🌴" })).await;
    assert_eq!(next, with(&fresh(5), &json!({ "emoji": "🌴" })), "nothing of it comes back");
}

#[tokio::test]
async fn whatever_fits_into_a_status_is_kept_as_it_was_sent() {
    let node = Node::start().await;
    let user = node.user(5);
    let longest = ["x".repeat(140), "ü".repeat(140), "🌴".repeat(140)];
    for text in longest.iter().map(String::as_str).chain(["'; DROP TABLE--", "\"\\", "日本語"]) {
        assert_eq!(say(&user, json!({ "text": text })).await["text"], text);
        assert_eq!(status(&node.user(6), 5).await["text"], text);
    }
    for emoji in ["🌴", "👩🏽‍🚀", "🇻🇳", "❤️", "👨‍👩‍👧‍👦"] {
        assert_eq!(say(&user, json!({ "emoji": emoji })).await["emoji"], emoji);
        assert_eq!(status(&node.user(6), 5).await["emoji"], emoji);
    }
    assert_eq!(say(&user, json!({ "text": "  at lunch " })).await["text"], "at lunch");
    for empty in ["", "  "] {
        say(&user, json!({ "text": "something" })).await;
        assert_eq!(say(&user, json!({ "text": empty })).await["text"], Value::Null);
    }
    assert_eq!(say(&user, json!({ "emoji": "" })).await["emoji"], Value::Null);
    for (sent, kept) in [
        ("2099-01-28T16:32:59.123999+02:00", "2099-01-28T14:32:59.123Z"),
        ("2099-01-28T14:32:59Z", "2099-01-28T14:32:59.000Z"),
    ] {
        assert_eq!(say(&user, json!({ "expires_at": sent })).await["expires_at"], kept);
    }
}
