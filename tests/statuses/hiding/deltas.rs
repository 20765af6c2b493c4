//! Deltas, polled and with beats: who hides goes, and comes when they show themself again.

use serde_json::{Value, json};

use super::{HIDER, Place, VIEWER, carry_on, everywhere};
use crate::{
    statuses::{say, silent, status},
    support::{Caller, Follower, Node, SHORT_WINDOW, until},
};

const OTHER_VERSION: &str = "BwECAyoO";

/// Clients of one caller that follow in each of the ways there are.
struct Clients {
    caller: u64,
    /// Of all, of some, and of both by beats.
    cursors: [String; 4],
}

/// What a delta tells of the hider.
fn of_hider(delta: &Value) -> [Value; 3] {
    assert!(delta["online_users"].is_null(), "no full answer: {delta}");
    ["came_online", "went_offline", "changed"].map(|name| {
        let Value::Array(list) = &delta[name] else { return Value::Null };
        let of_hider = |entry: &&Value| **entry == HIDER || entry["user_id"] == HIDER;
        list.iter().filter(of_hider).cloned().collect()
    })
}

impl Clients {
    async fn start(caller: &Caller<'_>, id: u64) -> Self {
        let cursor = Follower::start(caller).await.cursor;
        Self { caller: id, cursors: [const { String::new() }; 4].map(|_| cursor.clone()) }
    }

    /// What each way tells of the hider.
    async fn follow(&mut self, node: &Node) -> [[Value; 3]; 4] {
        let caller = node.user(self.caller);
        let [all, some, beat_all, beat_some] = &self.cursors;
        let deltas = [
            caller.poll(&format!("since={all}")).await.ok(),
            caller.poll(&format!("since={some}&ids=1,2")).await.ok(),
            caller.beat(json!({ "since": beat_all })).await.ok(),
            caller.beat(json!({ "since": beat_some, "ids": [1, 2] })).await.ok(),
        ];
        self.cursors = deltas.each_ref().map(|delta| delta["cursor"].as_str().unwrap().to_owned());
        deltas.each_ref().map(of_hider)
    }

    /// Sees that all ways tell that the hider came, went, and changed to that.
    async fn are_told(&mut self, node: &Node, came: Value, went: Value, changed: Value) {
        let of_all = [came.clone(), went.clone(), Value::Null];
        let of_some = [came, went, changed];
        let expected = [of_all.clone(), of_some.clone(), of_all, of_some];
        assert_eq!(self.follow(node).await, expected, "at {}", node.url());
    }
}

#[tokio::test]
async fn deltas_tell_that_they_went_and_came_and_nothing_in_between() {
    everywhere(async |place: &Place| {
        let (hider, there) = (place.hider(), place.there());
        let viewer = there.user(VIEWER);
        place.settle().await;
        let mut clients = Clients::start(&viewer, VIEWER).await;
        let from_the_start = Clients::start(&viewer, VIEWER).await.cursors;
        let nothing = || json!([]);

        hider.beat(json!({})).await.ok();
        place.settle().await;
        let online = status(&viewer, HIDER).await;
        clients.are_told(there, json!([HIDER]), nothing(), json!([online])).await;
        let mut late = Clients::start(&viewer, VIEWER).await;

        say(&hider, json!({ "invisible": true, "availability": "dnd" })).await;
        place.settle().await;
        let hidden = status(&viewer, HIDER).await;
        assert_eq!(hidden, silent(HIDER, false, &hidden["last_seen"]));
        clients.are_told(there, nothing(), json!([HIDER]), json!([hidden])).await;

        carry_on(place, async |_| {}).await;
        place.settle().await;
        clients.are_told(there, nothing(), nothing(), nothing()).await;
        late.are_told(there, nothing(), json!([HIDER]), json!([hidden])).await;
        let mut early = Clients { caller: VIEWER, cursors: from_the_start };
        early.are_told(there, nothing(), nothing(), nothing()).await;

        say(&hider, json!({ "invisible": false })).await;
        place.settle().await;
        let shown = status(&viewer, HIDER).await;
        assert_eq!(shown["availability"], "busy");
        for clients in [&mut clients, &mut late, &mut early] {
            clients.are_told(there, json!([HIDER]), nothing(), json!([shown])).await;
        }
    })
    .await;
}

#[tokio::test]
async fn who_hides_follows_as_everybody_else_does() {
    everywhere(async |place: &Place| {
        let (hider, here) = (place.hider(), place.here());
        hider.beat(json!({})).await.ok();
        let mut clients = Clients::start(&hider, HIDER).await;
        say(&hider, json!({ "invisible": true })).await;
        let hidden = status(&here.user(VIEWER), HIDER).await;
        clients.are_told(here, json!([]), json!([HIDER]), json!([hidden])).await;
        carry_on(place, async |_| {}).await;
        clients.are_told(here, json!([]), json!([]), json!([])).await;

        for ids in [json!(null), json!([HIDER])] {
            let full = hider.beat(json!({ "since": OTHER_VERSION, "ids": ids })).await.ok();
            assert_eq!((&full["online_users"], &full["count"]), (&json!([]), &json!(0)));
            assert_eq!(full["status"], "online", "which the answer to a beat says");
        }
        say(&hider, json!({ "invisible": false })).await;
        for [came, went, changed] in clients.follow(here).await {
            assert_eq!((came, went), (json!([HIDER]), json!([])));
            assert!(changed.is_null() || changed[0]["is_online"] == true, "{changed}");
        }
    })
    .await;
}

#[tokio::test]
async fn who_hides_while_offline_and_comes_and_goes_is_in_no_delta() {
    everywhere(async |place: &Place| {
        let (hider, there) = (place.hider(), place.there());
        hider.beat(json!({})).await.ok();
        let left = hider.leave(json!({})).await.ok();
        place.settle().await;
        let mut clients = Clients::start(&there.user(VIEWER), VIEWER).await;
        say(&hider, json!({ "invisible": true })).await;
        carry_on(place, async |_| {}).await;
        place.settle().await;
        clients.are_told(there, json!([]), json!([]), json!([])).await;
        let seen = status(&there.user(VIEWER), HIDER).await;
        assert_eq!(seen, silent(HIDER, false, &left["last_seen"]), "as it was when they hid");
    })
    .await;
}

#[tokio::test]
async fn the_end_of_the_window_of_who_hides_shows_nowhere() {
    let node = Node::with(&SHORT_WINDOW).await;
    let (hider, viewer) = (node.user(HIDER), node.user(VIEWER));
    hider.beat(json!({})).await.ok();
    say(&hider, json!({ "invisible": true })).await;
    let hidden = status(&viewer, HIDER).await;
    let mut clients = Clients::start(&viewer, VIEWER).await;
    let over = async || status(&hider, HIDER).await["is_online"] == false;
    until("they are offline in truth", over).await;
    clients.are_told(&node, json!([]), json!([]), json!([])).await;
    assert_eq!(status(&viewer, HIDER).await, hidden);

    say(&hider, json!({ "invisible": false })).await;
    assert_eq!(status(&viewer, HIDER).await, hidden, "as if they had left, and did nothing");
    clients.are_told(&node, json!([]), json!([]), json!([])).await;
}
