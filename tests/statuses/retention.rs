//! `presence.retention`: who is not seen for so long is forgotten.

use futures::future::join;
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, Statement};
use serde_json::json;

use super::{explain, never_seen, say, silent, status};
use crate::support::{Cluster, Node, Run, SHORT_WINDOW, until};

/// How many sessions are stored.
async fn rows(database: &DatabaseConnection) -> usize {
    let question = "SELECT user_id FROM presence";
    let question = Statement::from_string(database.get_database_backend(), question);
    database.query_all_raw(question).await.unwrap().len()
}

/// Some stay away for longer than the retention, and one keeps coming.
async fn outlast(node: &Node, database: &str) {
    let database = Database::connect(database).await.unwrap();
    for session in ["a", "b", "c"] {
        node.user(5).beat(json!({ "session_id": session })).await.ok();
    }
    node.user(6).beat(json!({})).await.ok();
    node.user(6).leave(json!({})).await.ok();
    say(&node.user(5), json!({ "text": "I" })).await;
    say(&node.user(6), json!({ "invisible": true })).await;
    say(&node.user(7), json!({ "text": "and I" })).await;
    assert_eq!(rows(&database).await, 4);
    let forgotten = async || {
        node.user(7).beat(json!({})).await.ok();
        rows(&database).await == 1
    };
    until("they are forgotten", forgotten).await;

    for id in [5, 6] {
        let silent = async || {
            node.user(7).beat(json!({})).await.ok();
            status(&node.user(9), id).await == never_seen(id)
        };
        until("what they said is forgotten", silent).await;
        assert_eq!(explain(&node.user(id), id).await.ok()["sessions"], json!([]));
    }
    node.user(7).beat(json!({})).await.ok();
    let here = status(&node.user(7), 7).await;
    let mut expected = silent(7, true, &here["last_seen"]);
    expected["text"] = json!("and I");
    assert_eq!(here, expected, "who is seen is not");
    node.user(5).beat(json!({ "session_id": "a" })).await.ok();
    assert_eq!(node.user(9).online().await, json!([5, 7]), "and all goes on");
}

#[tokio::test]
async fn who_is_not_seen_for_so_long_is_forgotten_with_what_they_said() {
    let settings = [&SHORT_WINDOW[..], &[("PRESENCE__RETENTION", "4500ms")]].concat();
    let on_sqlite = async {
        let node = Node::with(&settings).await;
        outlast(&node, &format!("sqlite://{}/lastseen.db", node.folder().display())).await;
    };
    let on_postgresql = async {
        let cluster = Cluster::new(&settings);
        let [node, _other]: [Node; 2] = cluster.nodes().await;
        outlast(&node, cluster.url()).await;
    };
    join(on_sqlite, on_postgresql).await;
}

#[tokio::test]
async fn it_is_none_by_default_and_no_shorter_than_three_windows() {
    let folder = tempfile::tempdir().unwrap();
    let config = Run::of(folder.path(), &[], &["config"]).await.stdout;
    assert!(!config.contains("retention"), "{config}");
    let short = [("PRESENCE__RETENTION", "899s")];
    let refusal = Run::of(folder.path(), &short, &["config"]).await;
    assert!(refusal.refusal().starts_with("presence.retention: "), "{}", refusal.stderr);
}
