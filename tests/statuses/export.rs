//! `GET /api/user-status/{user_id}/export`

use futures::future::join3;
use serde_json::{Value, json};
use testbed::{Durability, MariaDb};

use super::{QUICK, STATUS, admin, in_millis, millis, say};
use crate::{
    accounts::{join, patch},
    support::{Answer, Caller, Cluster, Node},
};

async fn export(caller: &Caller<'_>, id: u64) -> Answer {
    caller.get(&format!("{STATUS}/{id}/export")).await
}

#[tokio::test]
async fn of_somebody_never_heard_of_nothing_is_stored() {
    let node = Node::start().await;
    let answer = export(&node.user(5), 5).await;
    assert_eq!(answer.header("cache-control"), "no-store");
    let mut told = answer.ok();
    assert!(told["server_time"].take().is_string());
    let expected = json!({
        "user_id": 5,
        "sessions": [],
        "status": null,
        "feed": [],
        "account": null,
        "server_time": null,
    });
    assert_eq!(told, expected, "and nothing else");
}

#[tokio::test]
async fn ones_own_is_ones_own_and_others_need_the_scope() {
    let node = Node::start().await;
    node.user(5).beat(json!({})).await.ok();
    for other in [node.user(6), node.bearer(json!({ "scope": "presence:read" }))] {
        export(&other, 5).await.problem(403);
    }
    for may in [node.user(5), admin(&node)] {
        assert_eq!(export(&may, 5).await.ok()["sessions"].as_array().unwrap().len(), 1);
    }
    node.get(&format!("{STATUS}/5/export")).await.problem(401);
    node.user(5).get(&format!("{STATUS}/ada/export")).await.problem(400);
}

/// All of one user, from one node to another.
async fn tells_all(here: &Node, there: &Node) {
    let user = here.user(5);
    let stamp = in_millis(-2_000);
    user.beat(json!({ "session_id": "phone", "timestamp": stamp })).await.ok();
    user.beat(json!({ "session_id": "desk" })).await.ok();
    let left = in_millis(0);
    user.leave(json!({ "session_id": "desk", "timestamp": left })).await.ok();
    let end = in_millis(3_600_000);
    let seen = json!({ "text": "seen", "emoji": "🌴", "availability": "busy", "expires_at": end });
    say(&user, seen).await;
    say(&user, json!({ "invisible": true, "text": "unseen", "share_last_seen": false })).await;
    here.user(6).beat(json!({ "session_id": "of another" })).await.ok();

    let told = export(&admin(there), 5).await;
    assert!(!told.text.contains("of another"), "{}", told.text);
    let told = told.ok();
    let [desk, phone] = &told["sessions"].as_array().unwrap()[..] else { panic!("{told}") };
    assert_eq!((&desk["session_id"], &phone["session_id"]), (&json!("desk"), &json!("phone")));
    assert_eq!((&phone["last_activity"], &phone["beat_stamp"]), (&json!(stamp), &json!(stamp)));
    assert!(millis(&phone["online_since"]) >= millis(&phone["last_activity"]));
    assert_eq!((&desk["last_activity"], &desk["offline_mark"]), (&json!(null), &json!(left)));
    assert_eq!(desk["last_seen"], desk["offline_at"]);

    let status = &told["status"];
    let said = |of: &Value| [&of["text"], &of["emoji"], &of["share_last_seen"]].map(Value::clone);
    assert_eq!(said(status), [json!("unseen"), json!("🌴"), json!(false)]);
    assert_eq!(status["expires_at"], end);
    let hidden = &status["hidden"];
    assert_eq!(said(hidden), [json!("seen"), json!("🌴"), json!(true)]);
    assert_eq!(hidden["since"], hidden["last_seen"], "they were online");
    assert!(millis(&status["changed_at"]) >= millis(&status["shown_at"]));
    assert_eq!(export(&user, 5).await.ok()["sessions"], told["sessions"], "at every node");
}

/// What the nodes are told of user 5, as long as it is stored.
async fn feed(node: &Node) -> Value {
    export(&node.user(5), 5).await.ok()["feed"].take()
}

async fn tells_what_others_are_told(here: &Node, there: &Node) {
    let feed = feed(there).await;
    let entries = feed.as_array().unwrap();
    assert_eq!(entries.len(), 5, "{feed}");
    let desk = &entries[2]["sessions"][0];
    assert_eq!((&desk["session_id"], &desk["last_activity"]), (&json!("desk"), &json!(null)));
    assert_eq!(entries[3]["status"]["shown"]["text"], "seen");
    let hidden = &entries[4]["status"];
    assert_eq!((&hidden["shown"], &hidden["hidden"]["text"]), (&json!(null), &json!("seen")));
    assert!(entries.is_sorted_by_key(|entry| millis(&entry["at"])));
    assert_eq!(admin(here).delete(&format!("{STATUS}/5")).await.status, 204);
    let after = export(&here.user(5), 5).await.ok();
    assert_eq!((&after["sessions"], &after["status"]["text"]), (&json!([]), &json!(null)));
}

#[tokio::test]
async fn all_that_is_stored_of_one_is_told_on_every_database() {
    let on_sqlite = async {
        let node = Node::with(&QUICK).await;
        tells_all(&node, &node).await;
        assert_eq!(feed(&node).await, json!([]));
    };
    let on_postgresql = async {
        let [here, there]: [Node; 2] = Cluster::new(&[]).nodes().await;
        tells_all(&here, &there).await;
        tells_what_others_are_told(&here, &there).await;
    };
    let on_mariadb = async {
        let server = MariaDb::start(Durability::Fast);
        let cluster = Cluster::at(&server.create_database(), &[]);
        let [here, there]: [Node; 2] = cluster.nodes().await;
        tells_all(&here, &there).await;
        tells_what_others_are_told(&here, &there).await;
    };
    join3(on_sqlite, on_postgresql, on_mariadb).await;
}

#[tokio::test]
async fn the_account_is_told_and_of_the_password_that_there_is_one() {
    let node = crate::accounts::node().await;
    let (ada, id) = join(&node, "Ada").await;
    patch(&ada, json!({ "gender": "woman", "phone_number": "+44 20", "avatar_url": "/a.png" }))
        .await
        .ok();
    let answer = export(&ada, id).await;
    assert!(!answer.text.contains("argon2"), "{}", answer.text);
    let mut account = answer.ok()["account"].take();
    assert!(account["created_at"].take().is_string());
    let expected = json!({
        "id": id,
        "username": "Ada",
        "display_name": null,
        "avatar_url": "/a.png",
        "created_at": null,
        "gender": "woman",
        "birthdate": null,
        "phone_number": "+44 20",
        "has_password": true,
    });
    assert_eq!(account, expected);
    assert_eq!(admin(&node).delete(&format!("{STATUS}/{id}")).await.status, 204);
    assert_eq!(export(&ada, id).await.ok()["account"], Value::Null);
}

#[tokio::test]
async fn string_ids_come_through_the_path_as_they_are() {
    let node = Node::with(&[("AUTH__USER_ID", "string")]).await;
    for (id, path) in [
        ("ada", "ada"),
        ("a/b", "a%2Fb"),
        ("100%_\\\"", "100%25_%5C%22"),
        ("josé", "jos%C3%A9"),
        ("a b+c", "a%20b+c"),
        ("export", "export"),
        ("me", "me"),
    ] {
        let user = node.bearer(json!({ "user_id": id }));
        user.beat(json!({})).await.ok();
        let told = user.get(&format!("{STATUS}/{path}/export")).await.ok();
        assert_eq!((&told["user_id"], told["sessions"].as_array().unwrap().len()), (&json!(id), 1));
        user.get(&format!("{STATUS}/bob/export")).await.problem(403);
    }
}
