//! Several nodes on one database: R4, R5 and R8 across nodes, and a start of all at once.

use std::time::Duration;

use futures::future::join_all;
use openapi::model::Time;
use serde_json::{Value, json};

use crate::support::{Cluster, Follower, Node, now, until};

/// Far more than a refresh and a round trip take, on a machine with much else to do.
const SOON: Duration = Duration::from_secs(3);

/// Waits until all `nodes` show `online`.
async fn show(nodes: &[Node], online: Value) {
    let shows = async |node: &Node| {
        let what = format!("{} shows {online}", node.url());
        let took = until(&what, async || node.user(0).online().await == online).await;
        assert!(took < SOON, "{what} after {took:?}");
    };
    join_all(nodes.iter().map(shows)).await;
}

#[tokio::test]
async fn what_is_written_at_one_node_shows_at_once_there_and_soon_everywhere() {
    let nodes: [Node; 3] = Cluster::new(&[]).nodes().await;
    for id in 1..=9 {
        let node = &nodes[id % 3];
        node.user(id as u64).beat(json!({})).await.ok();
        let online = json!((1..=id).collect::<Vec<_>>());
        assert_eq!(node.user(0).online().await, online, "its own writes at once");
        show(&nodes, online).await;
    }
    for id in 1..=9 {
        let node = &nodes[(id + 1) % 3];
        assert_eq!(node.user(id as u64).leave(json!({})).await.ok()["status"], "offline");
        let online = json!((id + 1..=9).collect::<Vec<_>>());
        assert_eq!(node.user(0).online().await, online);
        show(&nodes, online).await;
    }
}

#[tokio::test]
async fn who_stays_away_is_gone_from_every_node() {
    let nodes: [Node; 2] = Cluster::new(&crate::support::SHORT_WINDOW).nodes().await;
    nodes[0].user(5).beat(json!({})).await.ok();
    show(&nodes[1..], json!([5])).await;
    show(&nodes, json!([])).await;
}

#[tokio::test]
async fn sessions_of_a_user_may_be_at_different_nodes() {
    let nodes: [Node; 3] = Cluster::new(&[]).nodes().await;
    nodes[0].user(5).beat(json!({ "session_id": "a" })).await.ok();
    nodes[1].user(5).beat(json!({ "session_id": "b" })).await.ok();
    let one = nodes[2].user(5).leave(json!({ "session_id": "a" })).await.ok();
    assert_eq!(one["status"], "online", "the other session lives: {one}");
    show(&nodes, json!([5])).await;

    nodes[2].user(5).beat(json!({ "session_id": "c" })).await.ok();
    let all = nodes[0].user(5).leave(json!({ "all_sessions": true })).await.ok();
    assert_eq!(all["status"], "offline", "also those that it heard of from others: {all}");
    show(&nodes, json!([])).await;
}

#[tokio::test]
async fn a_beat_that_a_logout_overtook_at_another_node_brings_nobody_back() {
    let nodes: [Node; 2] = Cluster::new(&[]).nodes().await;
    let stamp = |millis: i64| json!({ "session_id": "a", "timestamp": Time::from_millis(millis).to_string() });
    let start = now() - 5_000;
    nodes[0].user(5).beat(stamp(start)).await.ok();
    assert_eq!(nodes[1].user(5).leave(stamp(start + 2_000)).await.ok()["status"], "offline");
    // Not a moment later: the database knows, whatever the node has heard.
    let overtaken = nodes[0].user(5).beat(stamp(start + 1_000)).await.ok();
    assert_eq!(overtaken["status"], "offline", "{overtaken}");
    let newer = nodes[0].user(5).beat(stamp(start + 3_000)).await.ok();
    assert_eq!(newer["status"], "online", "{newer}");
    let late = nodes[1].user(5).leave(stamp(start + 2_500)).await.ok();
    assert_eq!(late["status"], "online", "a mark from before that beat: {late}");
}

#[tokio::test]
async fn a_beat_that_went_unwritten_outlives_an_older_mark_at_another_node() {
    let coalesce = [("PRESENCE__COALESCE", "10s"), ("PRESENCE__REFRESH", "1s")];
    let nodes: [Node; 2] = Cluster::new(&coalesce).nodes().await;
    let stamp = |millis: i64| json!({ "session_id": "a", "timestamp": Time::from_millis(millis).to_string() });
    let start = now() - 5_000;
    nodes[0].user(5).beat(stamp(start)).await.ok();
    nodes[0].user(5).beat(stamp(start + 2_000)).await.ok();
    let left = nodes[1].user(5).leave(stamp(start + 1_000)).await.ok();
    assert_eq!(left["status"], "offline", "nobody told this node of the second beat");
    show(&nodes, json!([5])).await;
}

#[tokio::test]
async fn a_client_may_follow_its_cursor_from_node_to_node() {
    let nodes: [Node; 3] = Cluster::new(&[]).nodes().await;
    let mut follower = Follower::start(&nodes[0].user(0)).await;
    for id in 1..=12_usize {
        let (writes, reads) = (&nodes[id % 3], &nodes[(id + 1) % 3]);
        let user = writes.user(id as u64);
        user.beat(json!({})).await.ok();
        follower.follow(&user).await;
        let before = follower.online.clone();
        follower.follow(&reads.user(0)).await;
        assert!(follower.online.is_superset(&before), "nothing is taken back: {follower:?}");
        assert!(follower.online.contains(&(id as u64)), "{follower:?}");
    }
    for id in 1..=12_usize {
        let (writes, reads) = (&nodes[(id + 2) % 3], &nodes[id % 3]);
        let user = writes.user(id as u64);
        user.leave(json!({})).await.ok();
        follower.follow(&user).await;
        follower.follow(&reads.user(0)).await;
        assert!(!follower.online.contains(&(id as u64)), "{follower:?}");
    }
    assert_eq!(follower.shows(), json!([]));
    let tags = join_all(nodes.iter().map(async |node| {
        until("the node shows nobody", async || node.user(0).online().await == json!([])).await;
        node.user(0).poll("").await.header("etag").to_owned()
    }))
    .await;
    assert!(tags.iter().all(|tag| *tag == tags[0] && !tag.is_empty()), "{tags:?}");
}

#[tokio::test]
async fn nodes_on_mariadb_follow_each_other() {
    let server = testbed::MariaDb::start(testbed::Durability::Fast);
    let cluster = Cluster::at(&server.create_database(), &[]);
    let nodes: [Node; 2] = cluster.nodes().await;
    for (id, node) in [(5, &nodes[0]), (6, &nodes[1])] {
        node.user(id).beat(json!({})).await.ok();
    }
    show(&nodes, json!([5, 6])).await;
    assert_eq!(nodes[1].user(5).leave(json!({})).await.ok()["status"], "offline");
    show(&nodes, json!([6])).await;
}

#[tokio::test]
async fn four_nodes_may_start_at_once_on_an_empty_database() {
    for _ in 0..3 {
        let cluster = Cluster::new(&[]);
        let nodes: [Node; 4] = cluster.nodes().await;
        nodes[0].user(5).beat(json!({})).await.ok();
        show(&nodes, json!([5])).await;
    }
}
