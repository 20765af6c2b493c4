//! R2: a node whose wall clock is wrong answers as its neighbours do; and on SQLite, where this machine's
//! clock is store time, one that jumps or was wrong does no lasting harm.

use std::{
    fs,
    path::{Path, PathBuf},
};

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ConnectionTrait, Database};
use serde_json::{Value, json};
use tempfile::tempdir;

use crate::support::{Cluster, Follower, Node, SECRET, SHORT_WINDOW, command, now, until};

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

/// A node whose wall clock is off by what `file` says, at any moment.
async fn led_by(file: &Path, settings: &[(&str, &str)]) -> Node {
    let folder = tempdir().unwrap();
    let settings = [&[("AUTH__SECRET", SECRET), ("PRESENCE__COALESCE", "0s")], settings].concat();
    let mut command = command(folder.path(), &settings);
    command.env("LD_PRELOAD", faketime()).env("FAKETIME_TIMESTAMP_FILE", file);
    command.env("FAKETIME_NO_CACHE", "1");
    command.env("FAKETIME_DONT_FAKE_MONOTONIC", "1").env("DONT_FAKE_MONOTONIC", "1");
    let node = Node::launch(command, folder).await;
    node.ready().await;
    node
}

/// Has `file` say `offset`, at once.
fn lead(file: &Path, offset: &str) {
    let next = file.with_extension("next");
    fs::write(&next, offset).unwrap();
    fs::rename(next, file).unwrap();
}

#[tokio::test]
async fn a_clock_that_jumps_ahead_and_comes_back_changes_nothing() {
    let folder = tempdir().unwrap();
    let offset = folder.path().join("offset");
    lead(&offset, "+0");
    let node = led_by(&offset, &[("SERVER__DRAIN", "0s")]).await;
    node.user(1).beat(json!({})).await.ok();
    let jumps = ["+2h", "+1d", "+730d"];
    for (user, jump) in (2..).zip(jumps) {
        lead(&offset, jump);
        let beat = node.user(user).beat(json!({})).await.ok();
        assert_near(&beat["last_activity"], 0);
        assert_near(&beat["server_time"], 0);
        let soon = json!({ "user_id": user, "exp": now() / 1000 + 60 });
        node.bearer(soon).get("/api/chat/online-users").await.ok();
        lead(&offset, "+0");
        assert_near(&node.user(1).beat(json!({})).await.ok()["server_time"], 0);
    }
    assert_eq!(node.user(1).online().await, json!([1, 2, 3, 4]));
    let expired = json!({ "user_id": 1, "exp": now() / 1000 - 60 });
    assert_eq!(node.bearer(expired).get("/api/chat/online-users").await.status, 401);
    node.signal("TERM");
    let (_, log, folder) = node.end().await;
    assert_eq!(log.matches("clock jumped ahead").count(), jumps.len(), "{log}");
    assert_eq!(log.matches("clock came back").count(), jumps.len(), "{log}");
    let node = Node::in_folder(folder, &[]).await;
    assert_eq!(node.user(1).online().await, json!([1, 2, 3, 4]), "and nothing of it was stored");
}

#[tokio::test]
async fn a_clock_that_is_ahead_to_stay_is_followed() {
    let folder = tempdir().unwrap();
    let offset = folder.path().join("offset");
    lead(&offset, "+0");
    let node = led_by(&offset, &[]).await;
    let user = node.bearer(json!({ "user_id": 1, "exp": now() / 1000 + 7200 }));
    user.beat(json!({})).await.ok();
    lead(&offset, "+1h");
    until("it is followed", async || {
        let now = time(&user.get("/api/chat/config").await.ok()["server_time"]);
        off_by(now) > TimeDelta::minutes(59)
    })
    .await;
    let offline = async || user.online().await == json!([]);
    until("who beat an hour ago is offline", offline).await;
    assert_near(&user.beat(json!({})).await.ok()["last_activity"], 3600);
}

#[tokio::test]
async fn a_file_from_the_far_future_is_taken_for_now() {
    let settings = [&SHORT_WINDOW[..], &[("SERVER__DRAIN", "0s")]].concat();
    let node = Node::with(&settings).await;
    node.user(5).put("/api/user-status/me", json!({ "text": "hi" })).await.ok();
    node.user(5).beat(json!({ "timestamp": rfc3339(now()) })).await.ok();
    node.user(6).beat(json!({ "timestamp": rfc3339(now()) })).await.ok();
    node.user(6).leave(json!({ "timestamp": rfc3339(now()) })).await.ok();
    let mut follower = Follower::start(&node.user(5)).await;
    node.signal("TERM");
    let (_, _, folder) = node.end().await;
    let file = format!("sqlite://{}/lastseen.db", folder.path().display());
    let db = Database::connect(file).await.unwrap();
    let two_years: i64 = 730 * 24 * 3600 * 1000;
    for (table, columns, by) in [
        ("presence", "last_activity last_seen online_since beat_stamp", two_years),
        ("presence", "offline_at offline_mark", two_years),
        ("presence_era", "signed_at", two_years),
        ("user_status", "shown_at turned_at changed_at", two_years * 1000),
    ] {
        for column in columns.split(' ') {
            let later = format!("UPDATE {table} SET {column} = {column} + {by} WHERE {column} > 0");
            db.execute_unprepared(&later).await.unwrap();
        }
    }
    db.close().await.unwrap();

    let node = Node::in_folder(folder, &settings).await;
    assert_near(&node.user(7).get("/api/chat/config").await.ok()["server_time"], 0);
    let answer = follower.follow(&node.user(7)).await;
    assert!(answer["online_users"].is_array(), "all is told anew: {answer}");
    until("who beat in the future is offline", async || node.user(7).online().await == json!([]))
        .await;
    let status = node.user(7).get("/api/user-status/5").await.ok();
    assert!(off_by(time(&status["last_seen"])) <= TimeDelta::zero(), "{status}");
    let beat = node.user(6).beat(json!({ "timestamp": rfc3339(now()) })).await.ok();
    assert_eq!(beat["status"], "online", "a mark from the future hinders nobody: {beat}");
    node.user(5).put("/api/user-status/me", json!({ "text": "again" })).await.ok();
    follower.follow(&node.user(7)).await;
    assert_eq!(follower.shows(), node.user(7).online().await);
    node.signal("TERM");
    let (_, log, folder) = node.end().await;
    assert_eq!(log.matches("hours ahead of this machine's clock").count(), 1, "{log}");
    let node = Node::in_folder(folder, &[("SERVER__DRAIN", "0s")]).await;
    node.signal("TERM");
    let (_, log, _) = node.end().await;
    assert!(!log.contains("ahead of this machine's clock"), "once: {log}");
}

fn rfc3339(millis: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(millis).unwrap()
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
