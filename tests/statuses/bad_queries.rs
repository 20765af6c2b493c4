//! Paths and queries that cannot be used, each with the name of what is wrong.

use reqwest::Method;
use serde_json::{Value, json};

use super::{ONLINE, STATUS, admin};
use crate::{
    accounts::{self, join},
    support::{Answer, Follower, Node},
};

/// Sees that every route with an id in its path refuses `id`.
async fn refuse(node: &Node, id: &str) {
    for (method, rest) in [
        (Method::GET, ""),
        (Method::DELETE, ""),
        (Method::GET, "/explain"),
        (Method::POST, "/mark-offline"),
    ] {
        let request = admin(node).request(method.clone(), &format!("{STATUS}/{id}{rest}"));
        let answer = Answer::of(request.send().await.unwrap()).await;
        assert_eq!(answer.wrong_field(), "user_id", "{method} {id}{rest}");
    }
}

#[tokio::test]
async fn a_path_where_ids_are_integers_names_one() {
    let node = Node::start().await;
    for id in [
        "ada",
        "-1",
        "+5",
        "05",
        "5.0",
        "1e3",
        "9007199254740992",
        "18446744073709551616",
        "%20",
        "5%20",
        "%00",
        "%ff",
        "%F0%9F%8C%B4",
        "5%2F6",
        "null",
        "explain",
    ] {
        refuse(&node, id).await;
    }
}

#[tokio::test]
async fn a_path_where_ids_are_strings_names_one_that_could_be_in_a_token() {
    let node = Node::with(&[("AUTH__USER_ID", "string")]).await;
    for id in ["x".repeat(129), "%C3%A9".repeat(65), "a%00b".to_owned(), "a%0Ab".to_owned()] {
        refuse(&node, &id).await;
    }
    let longest = "%C3%A9".repeat(64);
    node.bearer(json!({ "sub": "ada" })).get(&format!("{STATUS}/{longest}")).await.ok();
}

#[tokio::test]
async fn a_page_has_1_to_1000_users() {
    let node = Node::start().await;
    for limit in ["0", "1001", "", "-1", "+1", "1.0", "all", "%31%30%30%31", "99999999999999999999"]
    {
        let answer = node.user(5).get(&format!("{ONLINE}?limit={limit}")).await;
        assert_eq!(answer.wrong_field(), "limit", "{limit}");
    }
}

#[tokio::test]
async fn a_page_begins_where_one_of_this_list_ended() {
    let node = accounts::node().await;
    let (ada, _) = join(&node, "ada").await;
    let (bob, _) = join(&node, "bob").await;
    for user in [&ada, &bob] {
        user.beat(json!({})).await.ok();
    }
    let next = async |path: &str| {
        let next = ada.get(&format!("{path}?limit=1")).await.ok()["next"].take();
        next.as_str().unwrap().to_owned()
    };
    let (own, contacts) = (next(ONLINE).await, next(accounts::USERS).await);
    let cursor = Follower::start(&ada).await.cursor;
    let strings = Node::with(&[("AUTH__USER_ID", "string")]).await;
    for id in ["a", "b"] {
        strings.bearer(json!({ "sub": id })).beat(json!({})).await.ok();
    }
    let page = strings.bearer(json!({ "sub": "a" })).get(&format!("{ONLINE}?limit=1")).await.ok();
    let of_strings = page["next"].as_str().unwrap();
    let changed = format!("{}{}", if own.starts_with('A') { 'B' } else { 'A' }, &own[1..]);
    let cut = [&own[1..], &own[..own.len() - 1], &changed, &format!("{own}A")];
    let others = [&contacts, &cursor, of_strings, "1", "yesterday", "%00", "%ff", "AAAAAAAA", "-"];
    for wrong in cut.into_iter().chain(others) {
        let answer = ada.get(&format!("{ONLINE}?after={wrong}")).await;
        assert_eq!(answer.wrong_field(), "after", "{wrong}");
    }
    let wrong = ada.get(&format!("{}?after={own}", accounts::USERS)).await;
    assert_eq!(wrong.wrong_field(), "after", "nor there the other way round");
    let good = ada.get(&format!("{ONLINE}?after={own}")).await.ok();
    assert_eq!((&good["users"][0]["user_id"], &good["next"]), (&json!(2), &Value::Null));
    ada.get(&format!("{ONLINE}?after=&other=5")).await.ok();
}
