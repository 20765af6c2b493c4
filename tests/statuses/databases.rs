//! The same on every database.

use serde_json::json;
use testbed::{Durability, MariaDb};

use super::{BATCH, STATUS, admin, explain, in_millis, never_seen, say, silent, status};
use crate::support::{Cluster, Node, until};

/// From nothing to a status that others see and do not see, and back to nothing.
async fn walk(here: &Node, there: &Node) {
    let (user, other) = (here.user(5), there.user(6));
    let beat = user.beat(json!({ "session_id": "tab" })).await.ok();
    let text = format!("{} 日本 '\"\\", "🌴".repeat(100));
    let end = in_millis(3_600_000);
    let said = json!({ "availability": "dnd", "text": text, "emoji": "👩🏽‍🚀", "expires_at": end });
    say(&user, said.clone()).await;
    let mut shown = silent(5, true, &beat["last_activity"]);
    shown.as_object_mut().unwrap().extend(said.as_object().unwrap().clone());
    until("it shows", async || status(&other, 5).await == shown).await;

    let hidden = say(&user, json!({ "invisible": true, "text": "unseen" })).await;
    assert_eq!((&hidden["invisible"], &hidden["is_online"]), (&json!(true), &json!(true)));
    let since = explain(&user, 5).await.ok()["hidden_since"].take();
    assert_eq!(explain(&admin(there), 5).await.ok()["hidden_since"], since);
    shown["is_online"] = json!(false);
    shown["status"] = json!("offline");
    shown["last_seen"] = since;
    until("it shows no more", async || status(&other, 5).await == shown).await;
    user.leave(json!({})).await.ok();
    let batch = other.post(BATCH, json!({ "user_ids": [5, 6] })).await.ok();
    assert_eq!(batch["users"], json!([shown, never_seen(6)]));

    let own = say(&user, json!({ "invisible": false, "expires_at": null })).await;
    assert_eq!((&own["text"], &own["expires_at"]), (&json!("unseen"), &json!(null)));
    let seen = async || status(&other, 5).await["text"] == "unseen";
    until("the truth shows again", seen).await;
    assert_eq!(status(&other, 5).await["last_seen"], own["last_seen"]);
    assert_eq!(admin(here).delete(&format!("{STATUS}/5")).await.status, 204);
    until("nothing is left", async || status(&other, 5).await == never_seen(5)).await;
}

#[tokio::test]
async fn statuses_work_on_sqlite() {
    let node = Node::with(&super::QUICK).await;
    walk(&node, &node).await;
}

#[tokio::test]
async fn statuses_work_on_postgresql() {
    let [here, there]: [Node; 2] = Cluster::new(&[]).nodes().await;
    walk(&here, &there).await;
}

#[tokio::test]
async fn statuses_work_on_mariadb() {
    let server = MariaDb::start(Durability::Fast);
    let [here, there]: [Node; 2] = Cluster::at(&server.create_database(), &[]).nodes().await;
    walk(&here, &there).await;
}
