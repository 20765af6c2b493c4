//! `PUT /api/users/me/password`

use serde_json::json;
use testbed::{Durability, MariaDb};

use super::{LOGIN, ME, PASSWORD, join, log_in, node, post, slug};
use crate::support::{Cluster, Node};

pub(super) const PATH: &str = "/api/users/me/password";
const NEW: &str = "battery staple";

async fn walk(node: &Node, other: &Node) {
    let (desk, id) = join(node, "ada").await;
    let phone = log_in(node, "ada").await;
    let (bob, bob_id) = join(node, "bob").await;
    for session in [&desk, &phone, &bob] {
        session.beat(json!({})).await.ok();
    }
    assert_eq!(bob.online().await, json!([id, bob_id]));
    let changed = desk.put(PATH, json!({ "old_password": PASSWORD, "new_password": NEW })).await;
    assert_eq!((changed.status.as_u16(), &changed.text[..]), (204, ""));
    assert_eq!(bob.online().await, json!([bob_id]), "all of ada's sessions have ended");

    for (password, status) in [(PASSWORD, 401), (NEW, 200)] {
        let body = json!({ "username": "ada", "password": password });
        assert_eq!(post(other, LOGIN, body).await.status, status);
    }
    let again = desk.put(PATH, json!({ "old_password": PASSWORD, "new_password": NEW })).await;
    assert_eq!(again.wrong_field(), "old_password", "it is not any more");
}

#[tokio::test]
async fn a_new_password_ends_all_sessions_and_is_the_only_one_that_counts() {
    let node = node().await;
    walk(&node, &node).await;
}

#[tokio::test]
async fn a_password_changes_on_postgresql_for_all_nodes() {
    let cluster = Cluster::new(&[("ACCOUNTS__ENABLED", "true")]);
    let [one, other]: [Node; 2] = cluster.nodes().await;
    walk(&one, &other).await;
}

#[tokio::test]
async fn a_password_changes_on_mariadb() {
    let server = MariaDb::start(Durability::Fast);
    let cluster = Cluster::at(&server.create_database(), &[("ACCOUNTS__ENABLED", "true")]);
    let node = cluster.node().await;
    walk(&node, &node).await;
}

#[tokio::test]
async fn a_wrong_old_password_or_a_bad_new_one_changes_nothing_and_signs_nobody_out() {
    let node = node().await;
    let (ada, id) = join(&node, "ada").await;
    ada.beat(json!({})).await.ok();
    for (body, field) in [
        (json!({}), "old_password"),
        (json!({ "new_password": NEW }), "old_password"),
        (json!({ "old_password": 5, "new_password": NEW }), "old_password"),
        (json!({ "old_password": "correct house", "new_password": NEW }), "old_password"),
        (json!({ "old_password": "", "new_password": NEW }), "old_password"),
        (json!({ "old_password": PASSWORD }), "new_password"),
        (json!({ "old_password": PASSWORD, "new_password": null }), "new_password"),
        (json!({ "old_password": PASSWORD, "new_password": "1234567" }), "new_password"),
        (json!({ "old_password": PASSWORD, "new_password": "é".repeat(129) }), "new_password"),
    ] {
        assert_eq!(ada.put(PATH, body.clone()).await.wrong_field(), field, "{body}");
    }
    assert_eq!(ada.online().await, json!([id]));
    log_in(&node, "ada").await.get(ME).await.ok();
}

#[tokio::test]
async fn who_has_no_account_has_no_password_to_change() {
    let node = node().await;
    let body = json!({ "old_password": PASSWORD, "new_password": NEW });
    assert_eq!(slug(&node.user(99).put(PATH, body.clone()).await, 404), "no-account");
    node.bearer(json!({ "scope": "presence:read" })).put(PATH, body).await.problem(403);
}
