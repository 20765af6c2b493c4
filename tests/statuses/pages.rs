//! `GET /api/user-status/online`, `GET /api/user-status/online/count`

use futures::future::join_all;
use serde_json::{Value, json};

use super::{COUNT, ONLINE, QUICK, ids, say, status};
use crate::support::{Caller, Cluster, Node, until};

async fn page(caller: &Caller<'_>, limit: usize, after: &Value) -> Value {
    let after = after.as_str().unwrap_or_default();
    caller.get(&format!("{ONLINE}?limit={limit}&after={after}")).await.ok()
}

async fn beat_all(node: &Node, ids: impl IntoIterator<Item = u64>) {
    let callers: Vec<_> = ids.into_iter().map(|id| node.user(id)).collect();
    join_all(callers.iter().map(async |caller| caller.beat(json!({})).await.ok())).await;
}

#[tokio::test]
async fn the_online_users_are_listed_with_their_statuses() {
    let node = Node::start().await;
    let user = node.user(5);
    let nobody = user.get(ONLINE).await;
    assert_eq!(nobody.ok(), json!({ "users": [], "count": 0, "next": null }));
    assert_eq!(nobody.header("cache-control"), "no-store");
    beat_all(&node, [45, 5, 12]).await;
    say(&node.user(12), json!({ "text": "here", "share_last_seen": false })).await;
    let page = user.get(ONLINE).await.ok();
    let mut expected = Vec::new();
    for id in [5, 12, 45] {
        expected.push(status(&node.user(6), id).await);
    }
    assert_eq!(page, json!({ "users": expected, "count": 3, "next": null }));
    assert_eq!(page["users"][1]["last_seen"], Value::Null);
    node.user(12).leave(json!({})).await.ok();
    assert_eq!(ids(&user.get(ONLINE).await.ok()), json!([5, 45]));
}

#[tokio::test]
async fn a_page_holds_100_unless_it_is_asked_for_up_to_1000() {
    let node = Node::start().await;
    beat_all(&node, 1..=101).await;
    let user = node.user(5);
    let first = user.get(ONLINE).await.ok();
    assert_eq!(ids(&first), json!((1..=100).collect::<Vec<_>>()));
    assert_eq!(first["count"], 101, "of all, not of the page");
    let rest = user.get(&format!("{ONLINE}?after={}", first["next"].as_str().unwrap())).await.ok();
    assert_eq!((ids(&rest), &rest["next"]), (json!([101]), &Value::Null));
    for limit in [101, 1000] {
        let all = page(&user, limit, &Value::Null).await;
        assert_eq!((ids(&all), &all["next"]), (json!((1..=101).collect::<Vec<_>>()), &Value::Null));
    }
    let one = page(&user, 1, &Value::Null).await;
    assert_eq!((ids(&one), one["next"].is_string()), (json!([1]), true));
}

#[tokio::test]
async fn who_stays_is_on_exactly_one_page_whoever_comes_and_goes() {
    let node = Node::start().await;
    let user = node.user(5);
    beat_all(&node, [10, 20, 30, 40, 50, 60]).await;
    let first = page(&user, 2, &Value::Null).await;
    assert_eq!(ids(&first), json!([10, 20]));
    // The one behind whom the next page begins, the first one of it, and others before and after.
    for id in [20, 30] {
        node.user(id).leave(json!({})).await.ok();
    }
    beat_all(&node, [5, 15, 25, 45]).await;
    let second = page(&user, 2, &first["next"]).await;
    assert_eq!((ids(&second), &second["count"]), (json!([25, 40]), &json!(8)));
    beat_all(&node, [30, 35]).await;
    let third = page(&user, 2, &second["next"]).await;
    assert_eq!(ids(&third), json!([45, 50]));
    node.user(50).leave(json!({})).await.ok();
    let last = page(&user, 2, &third["next"]).await;
    assert_eq!((ids(&last), &last["next"]), (json!([60]), &Value::Null));
    let again = page(&user, 2, &first["next"]).await;
    assert_eq!(ids(&again), json!([25, 30]), "a token may be used again");
}

#[tokio::test]
async fn pages_of_string_ids_go_by_their_bytes() {
    let node = Node::with(&[("AUTH__USER_ID", "string")]).await;
    let ordered = ["%", "10", "9", "B", "a", "a,b", "a/b", "é"];
    for id in ordered.iter().rev() {
        node.bearer(json!({ "sub": id })).beat(json!({})).await.ok();
    }
    let ada = node.bearer(json!({ "sub": "ada" }));
    let (mut next, mut found) = (Value::Null, Vec::new());
    loop {
        let page = page(&ada, 1, &next).await;
        found.push(ids(&page)[0].clone());
        next = page["next"].clone();
        if next.is_null() {
            break;
        }
    }
    assert_eq!(json!(found), json!(ordered));
}

#[tokio::test]
async fn every_node_understands_every_nodes_pages() {
    let nodes: [Node; 2] = Cluster::new(&[]).nodes().await;
    beat_all(&nodes[0], [5, 7, 9]).await;
    let first = page(&nodes[0].user(5), 2, &Value::Null).await;
    until("the other one knows", async || {
        page(&nodes[1].user(5), 9, &Value::Null).await["count"] == 3
    })
    .await;
    let rest = page(&nodes[1].user(5), 2, &first["next"]).await;
    assert_eq!((ids(&first), ids(&rest)), (json!([5, 7]), json!([9])));
}

#[tokio::test]
async fn the_count_is_that_of_the_list() {
    let node = Node::with(&QUICK).await;
    let count = async || node.user(5).get(COUNT).await.ok();
    assert_eq!(count().await, json!({ "count": 0 }));
    for id in 1..=3_u64 {
        node.user(id).beat(json!({})).await.ok();
        node.user(id).beat(json!({ "session_id": "another" })).await.ok();
        assert_eq!(count().await, json!({ "count": id }), "users, not sessions");
    }
    node.user(2).leave(json!({})).await.ok();
    assert_eq!(count().await, json!({ "count": 2 }));
    assert_eq!(node.user(5).get(COUNT).await.header("cache-control"), "no-store");
}
