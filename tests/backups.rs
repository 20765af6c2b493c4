//! Databases that were restored from a backup, and those that only look like one.

use std::{fs, path::Path};

use sea_orm::{ConnectionTrait, Database, DatabaseConnection};
use serde_json::json;
use tempfile::TempDir;

use crate::support::{Cluster, Follower, Node};

const FILE: &str = "lastseen.db";
const QUICK: [(&str, &str); 2] = [("SERVER__DRAIN", "0s"), ("PRESENCE__COALESCE", "0s")];

async fn stop(node: Node) -> TempDir {
    node.signal("TERM");
    let (status, log, folder) = node.end().await;
    assert!(status.success(), "{log}");
    folder
}

async fn open(folder: &Path) -> DatabaseConnection {
    Database::connect(format!("sqlite://{}", folder.join(FILE).display())).await.unwrap()
}

#[tokio::test]
async fn who_saw_what_a_restored_file_knows_nothing_of_is_told_all() {
    let node = Node::with(&QUICK).await;
    node.user(5).beat(json!({})).await.ok();
    let folder = stop(node).await;
    let backup = fs::read(folder.path().join(FILE)).unwrap();

    let node = Node::in_folder(folder, &QUICK).await;
    let mut earlier = Follower::start(&node.user(5)).await;
    node.user(6).beat(json!({})).await.ok();
    let mut later = Follower::start(&node.user(5)).await;
    assert_eq!(later.shows(), json!([5, 6]));
    let folder = stop(node).await;
    assert!(!folder.path().join("lastseen.db-wal").exists(), "it is one file");
    fs::write(folder.path().join(FILE), backup).unwrap();

    let node = Node::in_folder(folder, &QUICK).await;
    let answer = later.follow(&node.user(5)).await;
    assert_eq!(answer["online_users"], json!([5]), "{answer}");
    let answer = earlier.follow(&node.user(5)).await;
    assert_eq!(answer["came_online"], json!([]), "who saw nothing of it goes on: {answer}");
    // And from then on, whatever else happens.
    node.user(7).beat(json!({})).await.ok();
    for follower in [&mut earlier, &mut later] {
        assert_eq!(follower.follow(&node.user(5)).await["came_online"], json!([7]));
        assert_eq!(follower.shows(), json!([5, 7]));
    }
}

#[tokio::test]
async fn who_saw_what_a_restored_server_knows_nothing_of_is_told_all() {
    let url = Cluster::database();
    let (server, name) = url.rsplit_once('/').unwrap();
    let cluster = Cluster::at(&url, &[]);
    let node = cluster.node().await;
    node.user(5).beat(json!({})).await.ok();
    stop(node).await;
    let admin = Database::connect(format!("{server}/postgres")).await.unwrap();
    let copy = format!("CREATE DATABASE {name}_copy TEMPLATE {name}");
    admin.execute_unprepared(&copy).await.unwrap();

    let node = cluster.node().await;
    node.user(6).beat(json!({})).await.ok();
    let mut follower = Follower::start(&node.user(5)).await;
    assert_eq!(follower.shows(), json!([5, 6]));
    stop(node).await;

    let restored = Cluster::at(&format!("{url}_copy"), &[]);
    let [first, second] = restored.nodes().await;
    let mut other = follower.clone();
    for (follower, node) in [(&mut follower, &first), (&mut other, &second)] {
        let answer = follower.follow(&node.user(5)).await;
        assert_eq!(answer["online_users"], json!([5]), "{answer}");
    }
}

#[tokio::test]
async fn a_time_without_beats_is_no_backup_if_a_node_was_there() {
    let node = Node::with(&QUICK).await;
    node.user(5).beat(json!({})).await.ok();
    let folder = stop(node).await;
    let db = open(folder.path()).await;
    let beats_ago = "UPDATE presence SET last_activity = last_activity - 180000, \
                     last_seen = last_seen - 180000, online_since = online_since - 180000";
    db.execute_unprepared(beats_ago).await.unwrap();
    db.close().await.unwrap();

    let node = Node::in_folder(folder, &QUICK).await;
    let mut follower = Follower::start(&node.user(5)).await;
    assert_eq!(follower.shows(), json!([5]));
    let node = Node::in_folder(stop(node).await, &QUICK).await;
    let answer = follower.follow(&node.user(5)).await;
    assert_eq!(answer["came_online"], json!([]), "{answer}");

    let folder = stop(node).await;
    let db = open(folder.path()).await;
    let signs_ago = "UPDATE presence_era SET signed_at = signed_at - 180000";
    db.execute_unprepared(signs_ago).await.unwrap();
    db.close().await.unwrap();
    let node = Node::in_folder(folder, &QUICK).await;
    let answer = follower.follow(&node.user(5)).await;
    assert_eq!(answer["online_users"], json!([5]), "{answer}");
}
