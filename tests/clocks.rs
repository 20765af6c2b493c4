//! R2: a node whose wall clock is wrong answers as its neighbours do.

use std::{fs, path::PathBuf};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use tempfile::tempdir;

use crate::support::{Cluster, Node, command, now, until};

/// The library that lies to a process about the time.
fn faketime() -> PathBuf {
    let folders = fs::read_dir("/usr/lib").unwrap().map(|entry| entry.unwrap().path());
    let mut libraries = folders.map(|folder| folder.join("faketime/libfaketimeMT.so.1"));
    let found = libraries.find(|library| library.is_file());
    found.expect("libfaketime is missing: apt-get install faketime")
}

/// A node of `cluster` whose wall clock is off by `offset`.
async fn wrong_by(cluster: &Cluster, offset: &str) -> Node {
    let folder = tempdir().unwrap();
    let mut command = command(folder.path(), &cluster.settings(&[]));
    // The monotonic clock goes on by itself, as it does on a machine whose clock was set.
    command.env("LD_PRELOAD", faketime()).env("FAKETIME", offset);
    command.env("FAKETIME_DONT_FAKE_MONOTONIC", "1").env("DONT_FAKE_MONOTONIC", "1");
    let node = Node::launch(command, folder).await;
    node.ready().await;
    node
}

fn time(value: &Value) -> DateTime<Utc> {
    value.as_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn nodes_with_wrong_clocks_answer_as_their_neighbours_do() {
    let cluster = Cluster::new(&[("AUTH__LEEWAY", "5s"), ("PRESENCE__CLOCK_SKEW", "20s")]);
    let [fast, slow, right] =
        [wrong_by(&cluster, "+10m").await, wrong_by(&cluster, "-10m").await, cluster.node().await];
    let nodes = [&fast, &slow, &right];
    let seconds = now() / 1000;
    for (id, node) in (1_u64..).zip(nodes) {
        let stamp = DateTime::from_timestamp_millis(now() - 2_000).unwrap();
        let stamped = node.user(id).beat(json!({ "timestamp": stamp })).await.ok();
        assert_eq!(time(&stamped["last_activity"]).timestamp_millis(), stamp.timestamp_millis());
        assert_near(&stamped["server_time"], 0);
        let wrong = DateTime::from_timestamp_millis(now() + 600_000).unwrap();
        let wrong = node.user(id + 10).beat(json!({ "timestamp": wrong })).await.ok();
        assert_near(&wrong["last_activity"], 0);
        assert_near(&wrong["online_until"], 300);
        assert_near(&node.user(id).get("/api/chat/config").await.ok()["server_time"], 0);

        for (claims, status) in [
            (json!({ "user_id": id, "exp": seconds + 300 }), 200),
            (json!({ "user_id": id, "exp": seconds - 60 }), 401),
            (json!({ "user_id": id, "nbf": seconds - 60 }), 200),
            (json!({ "user_id": id, "nbf": seconds + 300 }), 401),
        ] {
            let answer = node.bearer(claims.clone()).get("/api/chat/online-users").await;
            assert_eq!(answer.status, status, "{id}: {claims}");
        }
    }
    for node in nodes {
        let everybody = json!([1, 2, 3, 11, 12, 13]);
        until("it shows everybody", async || node.user(0).online().await == everybody).await;
    }
    for (id, node) in (1_u64..).zip(nodes) {
        let gone = node.user(id).leave(json!({})).await.ok();
        assert_eq!(gone["status"], "offline");
        assert_near(&gone["last_seen"], 0);
    }
    for node in nodes {
        let rest = json!([11, 12, 13]);
        until("it shows who is left", async || node.user(0).online().await == rest).await;
    }
    for (node, minutes) in [(fast, 10), (slow, -10)] {
        node.signal("TERM");
        let (status, log, _) = node.end().await;
        assert!(status.success(), "{log}");
        let logged = log.trim_start_matches('[').split(' ').next().unwrap().parse().unwrap();
        let wrong = off_by(logged) - TimeDelta::minutes(minutes);
        assert!(wrong.abs() < TimeDelta::minutes(1), "its clock was wrong all the time: {log}");
    }
}

/// Sees that `value` is the time so many seconds from now, within one.
#[track_caller]
fn assert_near(value: &Value, seconds: i64) {
    let off = off_by(time(value)) - TimeDelta::seconds(seconds);
    assert!(off.abs() <= TimeDelta::seconds(1), "{value} is off by {off}");
}

/// By how much `time` is ahead of this machine's clock.
fn off_by(time: DateTime<Utc>) -> TimeDelta {
    time - DateTime::from_timestamp_millis(now()).unwrap()
}
