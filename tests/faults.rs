//! Nodes and databases that die, stop or freeze under load.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use serde_json::json;
use testbed::{Durability, Postgres};

use crate::support::{Cluster, Load, Node, SHORT_WINDOW, alone, until};

/// A database that is given up soon, and reads that outlive it by little.
const IMPATIENT: [(&str, &str); 2] =
    [("DATABASE__TIMEOUT", "500ms"), ("PRESENCE__STALE_FOR", "2s")];

/// No answer takes longer, whatever is broken: many times the time-out, on a busy machine.
const BOUND: Duration = Duration::from_secs(4);

/// How soon everything is as before, once nothing is broken any more.
const RECOVERY: Duration = Duration::from_secs(8);

/// Waits until all of `acknowledged` are online at each of `nodes`.
async fn have_lost_nobody(nodes: &[&Node], acknowledged: &BTreeSet<u64>) {
    for node in nodes {
        until(&format!("{} has all {}", node.url(), acknowledged.len()), async || {
            let online = node.user(0).online().await;
            let online = online.as_array().unwrap().iter().map(|id| id.as_u64().unwrap());
            acknowledged.is_subset(&online.collect())
        })
        .await;
    }
}

/// Waits until so many more beats are acknowledged.
async fn go_on(load: &Load, more: usize) {
    let enough = load.acknowledged() + more;
    until("more beats are acknowledged", async || load.acknowledged() >= enough).await;
}

#[tokio::test]
async fn a_node_that_is_killed_under_load_takes_no_acknowledged_beat_with_it() {
    let _alone = alone().await;
    let cluster = Cluster::new(&[]);
    let [victim, one, other]: [Node; 3] = cluster.nodes().await;
    let load = Load::start(&[victim.url(), one.url(), other.url()], 8);
    go_on(&load, 1_000).await;
    victim.crash().await;
    go_on(&load, 1_000).await;
    let record = load.end().await;
    let new = cluster.node().await;
    have_lost_nobody(&[&one, &other, &new], &record.acknowledged()).await;
    let refused: Vec<_> =
        record.failures().into_iter().filter(|it| it.starts_with("503")).collect();
    assert!(refused.is_empty(), "the others go on as if nothing had happened: {refused:?}");
}

/// Lets `fail` happen to a database under load, sees what nodes answer meanwhile, lets `mend`
/// happen, and sees that all is well again.
async fn outage(fail: impl Fn(&Postgres), mend: impl Fn(&Postgres)) {
    let _alone = alone().await;
    let server = Postgres::start(Durability::Durable);
    let cluster = Cluster::at(&server.create_database(), &IMPATIENT);
    let [one, other]: [Node; 2] = cluster.nodes().await;
    let load = Load::start(&[one.url(), other.url()], 8);
    go_on(&load, 300).await;

    fail(&server);
    let start = Instant::now();
    let refused = one.user(0).beat(json!({})).await;
    assert!(start.elapsed() < BOUND, "{:?}", start.elapsed());
    let problem = refused.problem(503);
    assert!(problem["type"].as_str().unwrap().ends_with("/problems/store-unavailable"));
    assert!(refused.header("retry-after").parse::<u64>().unwrap() > 0);
    let asked = json!({ "user_ids": [0, 9_876_543] });
    let batch = other.user(0).post("/api/user-status/batch", asked).await.ok();
    let online = |index: usize| batch["users"][index]["is_online"].clone();
    assert_eq!((online(0), online(1)), (json!(true), json!(false)), "{batch}");
    for node in [&one, &other] {
        until("reads are served, and say how old they are", async || {
            let read = node.user(0).get("/api/chat/online-users").await;
            read.ok();
            !read.header("age").is_empty()
        })
        .await;
    }
    for node in [&one, &other] {
        until("reads are refused", async || {
            node.user(0).get("/api/chat/online-users").await.status != 200
        })
        .await;
        node.user(0).get("/api/chat/online-users").await.problem(503);
        node.get("/readyz").await.problem(503);
        assert_eq!(node.get("/livez").await.status, 200);
    }

    mend(&server);
    let start = Instant::now();
    for node in [&one, &other] {
        node.ready().await;
        until("it takes beats", async || node.user(0).beat(json!({})).await.status == 200).await;
    }
    assert!(start.elapsed() < RECOVERY, "{:?}", start.elapsed());
    go_on(&load, 300).await;
    let record = load.end().await;
    have_lost_nobody(&[&one, &other, &cluster.node().await], &record.acknowledged()).await;
    let failures = record.failures();
    assert!(failures.iter().all(|failure| failure.starts_with("503")), "{failures:?}");
    assert!(record.slowest() < BOUND, "{:?}", record.slowest());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_was_stopped_is_missed_and_found_again() {
    outage(Postgres::stop, Postgres::start_again).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_was_frozen_is_missed_and_found_again() {
    outage(Postgres::freeze, Postgres::thaw).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_restarts_under_load_loses_nobody() {
    let _alone = alone().await;
    let server = Postgres::start(Durability::Durable);
    let cluster = Cluster::at(&server.create_database(), &[("DATABASE__TIMEOUT", "500ms")]);
    let [one, other]: [Node; 2] = cluster.nodes().await;
    let load = Load::start(&[one.url(), other.url()], 8);
    for _ in 0..2 {
        go_on(&load, 200).await;
        server.restart();
        let start = Instant::now();
        go_on(&load, 1).await;
        assert!(start.elapsed() < RECOVERY, "{:?}", start.elapsed());
        assert_eq!(one.user(0).get("/api/chat/online-users").await.status, 200, "still known");
    }
    go_on(&load, 200).await;
    let record = load.end().await;
    have_lost_nobody(&[&one, &other, &cluster.node().await], &record.acknowledged()).await;
    let failures = record.failures();
    assert!(failures.iter().all(|failure| failure.starts_with("503")), "{failures:?}");
}

#[tokio::test]
async fn a_node_that_freezes_at_any_moment_hinders_no_other() {
    let _alone = alone().await;
    let cluster = Cluster::new(&[]);
    let [frozen, one, other]: [Node; 3] = cluster.nodes().await;
    let (its, others) =
        (Load::start(&[frozen.url()], 8), Load::start(&[one.url(), other.url()], 4));
    for round in 0..12 {
        go_on(&its, 10 + 7 * round).await;
        frozen.signal("STOP");
        go_on(&others, 150).await;
        frozen.signal("CONT");
    }
    go_on(&its, 10).await;
    let (its, others) = (its.end().await, others.end().await);
    assert!(others.failures().is_empty(), "{:?}", others.failures());
    assert!(others.slowest() < Duration::from_secs(2), "{:?}", others.slowest());
    have_lost_nobody(&[&frozen, &one, &other], &its.acknowledged()).await;
}

#[tokio::test]
async fn a_node_that_slept_tells_nothing_wrong_and_catches_up() {
    let [frozen, other]: [Node; 2] = Cluster::new(&SHORT_WINDOW).nodes().await;
    for round in 0..2 {
        let (before, meanwhile) = (json!([2 * round + 1]), json!([2 * round + 2]));
        frozen.user(2 * round + 1).beat(json!({})).await.ok();
        frozen.signal("STOP");
        until("it is known to others", async || other.user(0).online().await == before).await;
        until("its window ends", async || other.user(0).online().await == json!([])).await;
        other.user(2 * round + 2).beat(json!({})).await.ok();
        frozen.signal("CONT");
        let took = until("it has caught up", async || {
            let answer = frozen.user(0).get("/api/chat/online-users").await;
            if answer.status == 503 || !answer.header("age").is_empty() {
                return false;
            }
            assert_eq!(answer.ok()["online_users"], meanwhile, "a fresh answer is right");
            true
        })
        .await;
        assert!(took < Duration::from_secs(1), "{took:?}");
        until("that ends, too", async || other.user(0).online().await == json!([])).await;
    }
}
