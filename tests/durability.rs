//! R7: acknowledged is stored.

use std::{collections::BTreeSet, sync::Mutex};

use futures::future::join_all;
use sea_orm::{ConnectionTrait, Database};
use serde_json::{Value, json};

use crate::support::{Answer, Node, SECRET, until};

#[tokio::test]
async fn a_node_that_is_killed_under_load_loses_no_acknowledged_beat() {
    let node = Node::start().await;
    let acknowledged = Mutex::new(BTreeSet::new());
    let load = (0..32_u64).map(|lane| {
        let (node, acknowledged) = (&node, &acknowledged);
        async move {
            for id in (lane..).step_by(32) {
                let beat = node.user(id).request(reqwest::Method::POST, "/api/chat/heartbeat");
                let Ok(answer) = beat.send().await else { return };
                if answer.status() == 200 {
                    acknowledged.lock().unwrap().insert(id);
                }
            }
        }
    });
    let kill = async {
        until("many beats are acknowledged", async || acknowledged.lock().unwrap().len() > 2_000)
            .await;
        node.signal("KILL");
    };
    tokio::join!(join_all(load), kill);

    let node = Node::in_folder(node.crash().await, &[]).await;
    let online = node.user(1).online().await;
    let online: BTreeSet<_> =
        online.as_array().unwrap().iter().map(|id| id.as_u64().unwrap()).collect();
    let lost: Vec<_> = acknowledged.lock().unwrap().difference(&online).copied().collect();
    assert_eq!(lost, Vec::<u64>::new(), "of {} acknowledged", acknowledged.lock().unwrap().len());
}

#[tokio::test]
async fn a_restart_changes_no_answer() {
    let node = Node::with(&[("SERVER__DRAIN", "0s")]).await;
    let beat = node.user(5).beat(json!({ "session_id": "a" })).await.ok();
    node.user(5).beat(json!({ "session_id": "b" })).await.ok();
    node.user(6).beat(json!({})).await.ok();
    node.user(6).leave(json!({})).await.ok();
    node.signal("INT");
    let (status, _, folder) = node.end().await;
    assert!(status.success());

    let node = Node::in_folder(folder, &[]).await;
    assert_eq!(node.user(5).online().await, json!([5]));
    let again = node.user(5).beat(json!({ "session_id": "a" })).await.ok();
    assert_eq!(again["last_activity"], beat["last_activity"], "it still coalesces");
    assert_eq!(node.user(5).leave(json!({ "session_id": "a" })).await.ok()["status"], "online");
}

#[tokio::test]
async fn a_store_that_is_locked_refuses_beats_in_time_and_reads_go_on() {
    let settings = [("DATABASE__TIMEOUT", "400ms"), ("AUTH__SECRET", SECRET)];
    let node = Node::with(&settings).await;
    node.user(5).beat(json!({})).await.ok();
    let file = format!("sqlite://{}/lastseen.db", node.folder().display());
    let other = Database::connect(file).await.unwrap();
    other.execute_unprepared("BEGIN IMMEDIATE").await.unwrap();

    let (six, seven) = (node.user(6), node.user(7));
    let refused: [Answer; 2] = tokio::join!(six.beat(json!({})), seven.leave(json!({}))).into();
    for answer in refused {
        let problem = answer.problem(503);
        assert!(problem["type"].as_str().unwrap().ends_with("/problems/store-unavailable"));
        assert!(answer.header("retry-after").parse::<u64>().is_ok());
        assert!(
            !answer.text.contains("sqlite") && !answer.text.contains("lock"),
            "{}",
            answer.text
        );
    }
    assert_eq!(node.user(5).online().await, json!([5]));

    other.execute_unprepared("ROLLBACK").await.unwrap();
    let beats = async || node.user(6).beat(json!({})).await.status == 200;
    until("the store is back", beats).await;
    assert_eq!(node.user(5).online().await, json!([5, 6]));
}

#[tokio::test]
async fn a_second_node_on_the_same_file_is_refused() {
    let node = Node::start().await;
    let settings = [("AUTH__SECRET", SECRET)];
    let refusal = async |settings: &[(&str, &str)]| {
        crate::support::Run::of(node.folder(), settings, &[]).await.refusal().to_owned()
    };
    assert!(refusal(&settings).await.contains("already served by another lastseen"));

    std::os::unix::fs::symlink("lastseen.db", node.folder().join("alias.db")).unwrap();
    let alias = [settings[0], ("DATABASE__URL", "sqlite://alias.db?mode=rwc")];
    assert!(refusal(&alias).await.contains("already served"), "by another name as well");

    assert_eq!(node.user(5).beat(json!({})).await.ok()["status"], Value::from("online"));
    let node = Node::in_folder(node.crash().await, &[]).await;
    node.user(5).beat(json!({})).await.ok();
}
