//! Lists, counts and tags: the same for everybody, the hider included.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{HIDER, Place, VIEWER, everywhere, story};
use crate::{
    statuses::{COUNT, ONLINE, ids, say},
    support::Caller,
};

const EVERYBODY: [u64; 2] = [VIEWER, HIDER];

/// Of version 7, which nobody knows: that byte, three more, and the check.
const OTHER_VERSION: &str = "since=BwECAyoO";

/// Sees that by `look` the hider is where nobody is while they hide, and back afterwards.
async fn hides_from(look: impl AsyncFn(&Caller<'_>) -> Value, nobody: Value, hider: Value) {
    everywhere(async |place: &Place| {
        let sights = story(place, &EVERYBODY, &look).await;
        assert_eq!((&sights.before, &sights.hidden), (&nobody, &nobody));
        assert_eq!((&sights.online, &sights.shown), (&hider, &hider));
    })
    .await;
}

/// The ids and their number.
fn list(reply: &Value) -> Value {
    json!([reply["online_users"], reply["count"]])
}

#[tokio::test]
async fn the_list_of_all_does_not_hold_who_hides() {
    let look = async |caller: &Caller<'_>| list(&caller.poll("").await.ok());
    hides_from(look, json!([[], 0]), json!([[HIDER], 1])).await;
}

#[tokio::test]
async fn a_watch_list_does_not_hold_who_hides() {
    let look = async |caller: &Caller<'_>| list(&caller.poll("ids=1,2").await.ok());
    hides_from(look, json!([[], 0]), json!([[HIDER], 1])).await;
}

#[tokio::test]
async fn the_full_answer_to_a_cursor_does_not_hold_who_hides() {
    let look = async |caller: &Caller<'_>| list(&caller.poll(OTHER_VERSION).await.ok());
    hides_from(look, json!([[], 0]), json!([[HIDER], 1])).await;
}

#[tokio::test]
async fn pages_and_the_count_on_them_do_not_hold_who_hides() {
    let look = async |caller: &Caller<'_>| {
        let page = caller.get(&format!("{ONLINE}?limit=1")).await.ok();
        json!([ids(&page), page["count"], page["next"]])
    };
    hides_from(look, json!([[], 0, null]), json!([[HIDER], 1, null])).await;
}

#[tokio::test]
async fn the_count_does_not_count_who_hides() {
    let look = async |caller: &Caller<'_>| caller.get(COUNT).await.ok();
    hides_from(look, json!({ "count": 0 }), json!({ "count": 1 })).await;
}

#[tokio::test]
async fn metrics_do_not_count_who_hides() {
    let look = async |caller: &Caller<'_>| {
        let metrics = caller.get("/metrics").await.text;
        json!(metrics.lines().find(|line| line.starts_with("lastseen_online_users ")))
    };
    hides_from(look, json!("lastseen_online_users 0"), json!("lastseen_online_users 1")).await;
}

#[tokio::test]
async fn the_tags_are_those_from_before_who_hides_came() {
    let look = async |caller: &Caller<'_>| {
        let (all, watched) = (caller.poll("").await, caller.poll("ids=1,2").await);
        json!([all.header("etag"), watched.header("etag")])
    };
    everywhere(async |place: &Place| {
        let sights = story(place, &EVERYBODY, look).await;
        assert_eq!(sights.before, sights.hidden);
        assert_eq!(sights.online, sights.shown);
        say(&place.hider(), json!({ "invisible": true })).await;
        place.settle().await;
        for viewer in EVERYBODY {
            let request = place.there().user(viewer).request(Method::GET, "/api/chat/online-users");
            let known = request.header("If-None-Match", sights.before[0].as_str().unwrap());
            assert_eq!(known.send().await.unwrap().status(), StatusCode::NOT_MODIFIED);
        }
    })
    .await;
}
