//! R11: who hides is offline to everybody else since that moment, by whatever path one looks.

use futures::future::join;
use serde_json::{Value, json};

use super::{LAST_SEEN, ME, admin, explain, say};
use crate::support::{Caller, Cluster, Node, until};

mod deltas;
mod lists;
mod long_polls;
mod objects;
mod time;
mod truth;

/// Who hides.
const HIDER: u64 = 1;
/// Who looks.
const VIEWER: u64 = 2;
/// By whose comings and goings one node's news are known to have reached the other.
const MARKER: u64 = 3;

/// What others see of what the hider says, and what they do not.
const IN_THE_OPEN: &str = "in the open";
const UNSEEN: &str = "behind the curtain";

/// Where to hide.
struct Place {
    nodes: Vec<Node>,
}

impl Place {
    /// A node on SQLite.
    async fn alone() -> Self {
        let settings = [("ACCOUNTS__ENABLED", "true"), super::QUICK[0], super::QUICK[1]];
        Self { nodes: vec![Node::with(&settings).await] }
    }

    /// Two nodes on PostgreSQL, which hear of each other soon: it is waited for often.
    async fn two() -> Self {
        let settings = [("ACCOUNTS__ENABLED", "true"), ("PRESENCE__REFRESH", "25ms")];
        let nodes: [Node; 2] = Cluster::new(&settings).nodes().await;
        Self { nodes: nodes.into() }
    }

    /// Where the hider is.
    fn here(&self) -> &Node {
        &self.nodes[0]
    }

    /// Where others are.
    fn there(&self) -> &Node {
        self.nodes.last().unwrap()
    }

    fn hider(&self) -> Caller<'_> {
        self.here().user(HIDER)
    }

    /// Waits until all that happened so far is known everywhere.
    async fn settle(&self) {
        let marker = self.here().user(MARKER);
        let shows = async |online: bool| {
            let what = format!("the marker is online: {online}");
            let ids = format!("ids={MARKER}");
            let count = u64::from(online);
            let viewer = self.there().user(VIEWER);
            until(&what, async || viewer.poll(&ids).await.ok()["count"] == count).await;
        };
        marker.beat(json!({})).await.ok();
        shows(true).await;
        marker.leave(json!({})).await.ok();
        shows(false).await;
    }

    /// What each of `viewers` sees at each node, which is the same.
    async fn look(&self, viewers: &[u64], look: &impl AsyncFn(&Caller<'_>) -> Value) -> Value {
        let mut seen = Vec::new();
        for node in &self.nodes {
            for viewer in viewers {
                seen.push(look(&node.user(*viewer)).await);
            }
        }
        assert!(seen.iter().all(|view| *view == seen[0]), "{seen:#?}");
        seen.swap_remove(0)
    }
}

/// Lets `test` happen at a node on SQLite, and at two on PostgreSQL.
async fn everywhere(test: impl AsyncFn(&Place)) {
    let on_sqlite = async { test(&Place::alone().await).await };
    let on_postgresql = async { test(&Place::two().await).await };
    join(on_sqlite, on_postgresql).await;
}

/// Lets the hider do all that one may do, a thing at a time, and calls `check` after each with its
/// name. They are online before and after it.
async fn carry_on(place: &Place, check: impl AsyncFn(&str)) {
    let hider = place.hider();
    hider.beat(json!({})).await.ok();
    check("a beat").await;
    hider.beat(json!({ "session_id": "another" })).await.ok();
    check("a beat of another session").await;
    hider.put(LAST_SEEN, json!({})).await.ok();
    check("activity").await;
    say(&hider, json!({ "text": UNSEEN, "emoji": "🌴" })).await;
    check("a text").await;
    say(&hider, json!({ "availability": "busy" })).await;
    check("availability").await;
    say(&hider, json!({ "expires_at": super::in_millis(3_600_000) })).await;
    check("an end").await;
    say(&hider, json!({ "share_last_seen": false })).await;
    check("not sharing").await;
    say(&hider, json!({ "share_last_seen": true })).await;
    say(&hider, json!({ "invisible": true })).await;
    check("hiding once more").await;
    hider.leave(json!({ "session_id": "another" })).await.ok();
    check("the end of a session").await;
    hider.leave(json!({})).await.ok();
    check("a goodbye").await;
    hider.beat(json!({})).await.ok();
    check("a beat after it").await;
    let mark = format!("/api/user-status/{HIDER}/mark-offline");
    admin(place.here()).post(&mark, json!({})).await.ok();
    check("an admin's mark").await;
    explain(&admin(place.here()), HIDER).await.ok();
    explain(&hider, HIDER).await.ok();
    hider.get(ME).await.ok();
    check("to look at it").await;
    hider.beat(json!({})).await.ok();
    check("the last beat").await;
}

/// What is seen at the turns of the story.
struct Sights {
    /// Before the hider came, and while they hide and have not come in sight.
    before: Value,
    /// While they are online and in sight.
    online: Value,
    /// From the moment on at which they hid, and when that was.
    hidden: Value,
    hidden_since: Value,
    /// When they show themself again, online.
    shown: Value,
}

/// The hider hides before they were ever seen, comes in sight, hides while online, and shows
/// themself again. While they hide, what `look` shows `viewers` never changes, whatever they do.
async fn story(place: &Place, viewers: &[u64], look: impl AsyncFn(&Caller<'_>) -> Value) -> Sights {
    let see = async || {
        place.settle().await;
        place.look(viewers, &look).await
    };
    let hider = place.hider();
    let before = see().await;
    say(&hider, json!({ "invisible": true })).await;
    carry_on(place, async |what| assert_eq!(place.look(viewers, &look).await, before, "{what}"))
        .await;
    assert_eq!(see().await, before);

    let said =
        json!({ "text": IN_THE_OPEN, "emoji": null, "availability": null, "expires_at": null });
    say(&hider, said).await;
    say(&hider, json!({ "invisible": false })).await;
    let online = see().await;
    assert_ne!(online, before, "to show oneself shows");

    say(&hider, json!({ "invisible": true, "text": UNSEEN })).await;
    let hidden_since = explain(&hider, HIDER).await.ok()["hidden_since"].take();
    let hidden = see().await;
    assert_ne!(hidden, online, "to hide shows");
    carry_on(place, async |what| assert_eq!(place.look(viewers, &look).await, hidden, "{what}"))
        .await;
    assert_eq!(see().await, hidden);

    say(&hider, json!({ "invisible": false })).await;
    let shown = see().await;
    Sights { before, online, hidden, hidden_since, shown }
}
