//! `presence.retention`: old sessions go, and when a user was last seen stays.

use futures::future::join;
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, Statement};
use serde_json::json;

use super::{explain, silent, status};
use crate::support::{Cluster, Node, SHORT_WINDOW, until};

/// The rows of the users, as `user session`.
async fn rows(database: &DatabaseConnection) -> Vec<String> {
    let question = "SELECT user_id, session_id FROM presence ORDER BY user_id, session_id";
    let question = Statement::from_string(database.get_database_backend(), question);
    let rows = database.query_all_raw(question).await.unwrap();
    let text = |row: &sea_orm::QueryResult, at| row.try_get_by_index::<String>(at).unwrap();
    rows.iter().map(|row| format!("{} {}", text(row, 0), text(row, 1))).collect()
}

/// Users with several sessions stay away for longer than the retention.
async fn outlast(node: &Node, database: &str) {
    let database = Database::connect(database).await.unwrap();
    for session in ["a", "b", "c"] {
        node.user(5).beat(json!({ "session_id": session })).await.ok();
    }
    for session in ["a", "b"] {
        node.user(6).beat(json!({ "session_id": session })).await.ok();
    }
    let left = node.user(6).leave(json!({ "session_id": "a" })).await.ok();
    node.user(7).beat(json!({})).await.ok();
    let seen = status(&node.user(9), 5).await["last_seen"].take();
    assert_eq!(rows(&database).await, ["5 a", "5 b", "5 c", "6 a", "6 b", "7 "]);
    let newest = ["5 c", "6 a", "7 "];
    until("the old ones are gone", async || rows(&database).await.len() == newest.len()).await;
    assert_eq!(rows(&database).await, newest, "the newest of each stays");

    assert_eq!(status(&node.user(9), 5).await, silent(5, false, &seen));
    assert_eq!(status(&node.user(9), 6).await, silent(6, false, &left["last_seen"]));
    let sessions = explain(&node.user(5), 5).await.ok()["sessions"].take();
    assert_eq!((sessions[0]["session_id"].as_str(), &sessions[1]), (Some("c"), &json!(null)));
    node.user(5).beat(json!({ "session_id": "a" })).await.ok();
    assert_eq!(node.user(9).online().await, json!([5]), "and all goes on");
}

#[tokio::test]
async fn sessions_older_than_it_go_but_for_the_newest_of_each_user() {
    let settings = [&SHORT_WINDOW[..], &[("PRESENCE__RETENTION", "3s")]].concat();
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
