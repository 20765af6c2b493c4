//! Accounts and statuses: contacts with theirs, and accounts that are erased.

use serde_json::{Value, json};

use super::{STATUS, admin, never_seen, say, status};
use crate::{
    accounts::{LOGIN, PASSWORD, USERS, created, join, names, node, post, register, slug},
    support::Cluster,
};

#[tokio::test]
async fn each_contact_comes_with_a_status() {
    let node = node().await;
    let (ada, ada_id) = join(&node, "ada").await;
    let (bob, bob_id) = join(&node, "bob").await;
    register(&node, "cy").await;
    bob.beat(json!({})).await.ok();
    say(&ada, json!({ "availability": "away", "text": "at lunch" })).await;
    let contacts = ada.get(USERS).await.ok();
    assert_eq!(names(&contacts), ["ada", "bob", "cy"]);
    for (contact, id) in contacts["users"].as_array().unwrap().iter().zip([ada_id, bob_id, 3]) {
        assert_eq!((&contact["id"], &contact["status"]), (&json!(id), &status(&bob, id).await));
    }
    assert_eq!(contacts["users"][0]["status"]["text"], "at lunch");
    assert_eq!(contacts["users"][1]["status"]["is_online"], true);
    assert_eq!(contacts["users"][2]["status"], never_seen(3));
    let page = ada.get(&format!("{USERS}?q=bob")).await.ok();
    assert_eq!(page["users"][0], contacts["users"][1]);
}

#[tokio::test]
async fn to_erase_a_user_erases_the_account() {
    let node = Cluster::new(&[("ACCOUNTS__ENABLED", "true")]).node().await;
    let (ada, id) = join(&node, "ada").await;
    let (bob, _) = join(&node, "bob").await;
    ada.beat(json!({})).await.ok();
    say(&ada, json!({ "text": "here I am" })).await;
    assert_eq!(admin(&node).delete(&format!("{STATUS}/{id}")).await.status, 204);
    assert_eq!(names(&bob.get(USERS).await.ok()), ["bob"]);
    assert_eq!(status(&bob, id).await, never_seen(id));
    let login = post(&node, LOGIN, json!({ "username": "ada", "password": PASSWORD })).await;
    login.problem(401);
    assert_eq!(slug(&ada.get("/api/users/me").await, 404), "no-account");

    let again = created(&register(&node, "ada").await);
    assert_ne!(again["id"], id, "the name is free, the id is not");
    assert_eq!(status(&bob, again["id"].as_u64().unwrap()).await["last_seen"], Value::Null);
}
