//! `GET /api/user-status/{user_id}`

use serde_json::{Value, json};

use super::{STATUS, millis, never_seen, say, silent, status};
use crate::support::{Node, SHORT_WINDOW, until};

#[tokio::test]
async fn somebody_never_heard_of_is_offline_and_was_never_seen() {
    let node = Node::start().await;
    for id in [0, 7, 9_007_199_254_740_991_u64] {
        let answer = node.user(5).get(&format!("{STATUS}/{id}")).await;
        assert_eq!(answer.ok(), never_seen(id));
        assert_eq!(answer.header("cache-control"), "no-store");
    }
    assert_eq!(status(&node.user(7), 7).await, never_seen(7), "to themself as well");
}

#[tokio::test]
async fn a_beat_and_a_goodbye_show_to_everybody() {
    let node = Node::start().await;
    let beat = node.user(5).beat(json!({})).await.ok();
    for viewer in [5, 6] {
        let online = silent(5, true, &beat["last_activity"]);
        assert_eq!(status(&node.user(viewer), 5).await, online);
    }
    let left = node.user(5).leave(json!({})).await.ok();
    for viewer in [5, 6] {
        let offline = silent(5, false, &left["last_seen"]);
        assert_eq!(status(&node.user(viewer), 5).await, offline);
    }
    assert!(millis(&left["last_seen"]) >= millis(&beat["last_activity"]));
}

#[tokio::test]
async fn who_timed_out_was_last_seen_at_their_last_beat() {
    let node = Node::with(&SHORT_WINDOW).await;
    let beat = node.user(5).beat(json!({})).await.ok();
    let offline = async || status(&node.user(6), 5).await["is_online"] == false;
    until("the window has ended", offline).await;
    let expected = silent(5, false, &beat["last_activity"]);
    assert_eq!(status(&node.user(6), 5).await, expected);
    assert_eq!(status(&node.user(5), 5).await, expected);
}

#[tokio::test]
async fn who_does_not_share_it_was_last_seen_at_no_time() {
    let node = Node::start().await;
    let beat = node.user(5).beat(json!({})).await.ok();
    let own = say(&node.user(5), json!({ "share_last_seen": false })).await;
    assert_eq!(
        (&own["share_last_seen"], &own["last_seen"]),
        (&json!(false), &beat["last_activity"])
    );
    assert_eq!(status(&node.user(6), 5).await, silent(5, true, &Value::Null));
    let own = status(&node.user(5), 5).await;
    assert_eq!(own, silent(5, true, &beat["last_activity"]), "but to themself");

    let left = node.user(5).leave(json!({})).await.ok();
    assert_eq!(status(&node.user(6), 5).await, never_seen(5));
    assert_eq!(status(&node.user(5), 5).await, silent(5, false, &left["last_seen"]));
    say(&node.user(5), json!({ "share_last_seen": null })).await;
    assert_eq!(status(&node.user(6), 5).await, silent(5, false, &left["last_seen"]));
}

#[tokio::test]
async fn a_path_may_name_any_string_in_the_alphabet_of_urls() {
    let node = Node::with(&[("AUTH__USER_ID", "string")]).await;
    for (id, path) in [
        ("ada", "ada"),
        ("5", "5"),
        ("a/b", "a%2Fb"),
        ("a%2Fb", "a%252Fb"),
        ("a b?c#d", "a%20b%3Fc%23d"),
        ("%", "%25"),
        ("ünï", "%C3%BCn%C3%AF"),
        ("online/count", "online%2Fcount"),
        ("explain", "explain"),
        ("last-seen", "last-seen"),
        ("ONLINE", "ONLINE"),
    ] {
        let user = node.bearer(json!({ "sub": id }));
        let path = format!("{STATUS}/{path}");
        let other = node.bearer(json!({ "sub": "other" }));
        assert_eq!(other.get(&path).await.ok(), never_seen(id));
        let beat = user.beat(json!({})).await.ok();
        for viewer in [&other, &user] {
            let online = silent(id, true, &beat["last_activity"]);
            assert_eq!(viewer.get(&path).await.ok(), online, "{path}");
        }
        assert_eq!(user.get(&format!("{path}/explain")).await.ok()["user_id"], id);
    }
}
