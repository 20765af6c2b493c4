//! A database that is far away, hard to get at, or gone for a while.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use serde_json::json;
use testbed::DelayProxy;

use crate::support::{Cluster, Load, Node, alone, until};

/// How soon everything is as before, once the network is.
const RECOVERY: Duration = Duration::from_secs(8);

/// A network between a node of `cluster` and its database, and the setting that leads through it.
fn network(cluster: &Cluster) -> (DelayProxy, String) {
    let url = cluster.url();
    let (before, rest) = url.split_once('@').unwrap();
    let (database, name) = rest.split_once('/').unwrap();
    let database: SocketAddr = database.parse().unwrap();
    let proxy = DelayProxy::start(database);
    let url = format!("{before}@{}/{name}", proxy.address());
    (proxy, url)
}

/// Waits until `node` takes a beat of `id` and shows what others wrote, and says how long it took.
async fn is_well(node: &Node, other: &Node, id: u64) -> Duration {
    let start = Instant::now();
    until("it takes beats", async || node.user(id).beat(json!({})).await.status == 200).await;
    other.user(id + 1).beat(json!({})).await.ok();
    until("it follows", async || {
        let read = node.user(0).get("/api/chat/online-users").await;
        let told = read.status == 200 && read.header("age").is_empty();
        told && read.ok()["online_users"].as_array().unwrap().contains(&json!(id + 1))
    })
    .await;
    assert!(node.is_ready().await);
    start.elapsed()
}

#[tokio::test]
async fn a_pool_of_one_connection_is_enough() {
    let _alone = alone().await;
    let cluster = Cluster::new(&[("DATABASE__MAX_CONNECTIONS", "1")]);
    let [one, other]: [Node; 2] = cluster.nodes().await;
    let load = Load::start(&[one.url(), other.url()], 24);
    until("it went on", async || load.acknowledged() >= 3_000).await;
    let record = load.end().await;
    let failures = record.failures();
    assert!(failures.iter().all(|failure| failure.starts_with("503")), "{failures:?}");
    for node in [&one, &other] {
        until("it has all", async || {
            let online = node.user(0).online().await;
            online.as_array().unwrap().len() >= record.acknowledged().len()
        })
        .await;
        assert!(node.is_ready().await);
    }
}

#[tokio::test]
async fn a_slow_database_slows_no_read() {
    let _alone = alone().await;
    let cluster = Cluster::new(&[("PRESENCE__REFRESH", "1s")]);
    let near = cluster.node().await;
    let (proxy, url) = network(&cluster);
    let far = cluster.node_with(&[("DATABASE__URL", &url)]).await;
    proxy.set_delay(Duration::from_millis(150));

    let beats = Load::start(&[far.url()], 16);
    let polls = Load::of_polls(&[far.url()], 2, Duration::from_millis(10));
    until("beats go on", async || beats.acknowledged() >= 100).await;
    for id in 1_000_000..1_000_003 {
        near.user(id).beat(json!({})).await.ok();
        let took = until("it is known to the other", async || {
            let read = far.user(0).get(&format!("/api/chat/online-users?ids={id}")).await;
            let age = read.header("age").parse().unwrap_or(0);
            assert!(age < 5, "{read:?}");
            read.ok()["count"] == 1
        })
        .await;
        assert!(took < Duration::from_secs(10), "{took:?}");
    }
    let (beats, polls) = (beats.end().await, polls.end().await);
    assert!(polls.failures().is_empty(), "{:?}", polls.failures());
    assert!(polls.slowest() < Duration::from_millis(500), "{:?}", polls.slowest());
    assert!(beats.failures().is_empty(), "{:?}", beats.failures());
}

#[tokio::test]
async fn a_refresh_asks_its_database_once() {
    let cluster = Cluster::new(&[("DATABASE__TIMEOUT", "3s")]);
    let near = cluster.node().await;
    let (proxy, url) = network(&cluster);
    let far = cluster.node_with(&[("DATABASE__URL", &url)]).await;
    // In time for one answer, or two while a statement is new to a connection, but not for four.
    proxy.set_delay(Duration::from_millis(450));
    for id in 10..13 {
        near.user(id).beat(json!({})).await.ok();
        until("it follows", async || {
            let read = far.user(0).get(&format!("/api/chat/online-users?ids={id}")).await;
            read.ok()["count"] == 1
        })
        .await;
    }
}

#[tokio::test]
async fn a_network_that_was_cut_is_not_missed_for_long() {
    let cluster = Cluster::new(&[("DATABASE__TIMEOUT", "500ms")]);
    let near = cluster.node().await;
    let (proxy, url) = network(&cluster);
    let far = cluster.node_with(&[("DATABASE__URL", &url)]).await;
    for id in [10, 20] {
        is_well(&far, &near, id).await;
        proxy.cut();
        far.user(id).beat(json!({})).await.problem(503);
        assert_eq!(far.user(0).get("/api/chat/online-users").await.status, 200);
        proxy.mend();
        let took = is_well(&far, &near, id + 2).await;
        assert!(took < RECOVERY, "{took:?}");
    }
}

#[tokio::test]
async fn connections_that_the_network_forgot_are_replaced() {
    let cluster =
        Cluster::new(&[("DATABASE__TIMEOUT", "500ms"), ("DATABASE__MAX_CONNECTIONS", "2")]);
    let near = cluster.node().await;
    let (proxy, url) = network(&cluster);
    let far = cluster.node_with(&[("DATABASE__URL", &url)]).await;
    is_well(&far, &near, 10).await;
    // What was connected before stays so, and nothing ever arrives: a firewall that lost its
    // table, or a database whose address has moved on.
    proxy.set_delay(Duration::from_hours(1));
    for _ in 0..4 {
        far.user(10).beat(json!({})).await.problem(503);
    }
    proxy.set_delay(Duration::ZERO);
    let took = is_well(&far, &near, 20).await;
    assert!(took < RECOVERY, "{took:?}");
}
