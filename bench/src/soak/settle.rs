//! After the load: once the dust has settled, everybody agrees, to the byte.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::{
    USERS, WINDOW,
    checks::{LAG, check_list},
    followers::{Follower, ids},
    users::Users,
    world::{Answer, Request, World},
};

const LIST: &str = "/api/chat/online-users";

/// Looks at who is left, waits until nobody is, brings half of the users back, and sees each time
/// that all nodes show it, and all `followers` too.
pub(crate) async fn settle(world: &World, users: &Users, mut followers: Vec<Follower>) {
    sleep(LAG).await;
    for node in 0..world.nodes.len() {
        check_list(world, users, node).await;
    }

    sleep(WINDOW + LAG).await;
    agree(world, &BTreeSet::new(), &mut followers).await;

    for user in users.iter().step_by(2) {
        user.lock().await.beat(world, 0).await;
    }
    sleep(LAG).await;
    let mut online = BTreeSet::new();
    for (id, user) in (0..).zip(users.iter()) {
        if user.lock().await.model.online(Instant::now()) == Some(true) {
            online.insert(id);
        }
    }
    agree(world, &online, &mut followers).await;
    same_statuses(world, users, &online).await;
}

/// All nodes show exactly `online`, under one tag, and so does each of `followers`.
async fn agree(world: &World, online: &BTreeSet<u64>, followers: &mut [Follower]) {
    let mut tags = BTreeSet::new();
    for node in 0..world.nodes.len() {
        let answer = world.send(node, Request::get("full lists", USERS, LIST)).await;
        let Answer::Given { body, tag } = answer else { continue };
        tags.insert(tag);
        let shown: BTreeSet<u64> = ids(&body["online_users"]).collect();
        let count = Request::get("counts", USERS, "/api/user-status/online/count");
        let count = world.send(node, count).await.body().unwrap_or_default();
        let counted = [&body, &count].iter().all(|body| body["count"] == online.len());
        let rule = "at rest every node shows the same ids, count and ETag";
        world.record.check(rule, shown == *online && counted && tags.len() == 1, || {
            let differ: Vec<_> = shown.symmetric_difference(online).collect();
            format!("node {node}: {differ:?}, {count}, {tags:?}")
        });
        for follower in &mut *followers {
            follower.follow(world, node, "").await;
            follower.equals(world, &body);
        }
    }
}

/// All nodes show the same statuses, and those that were acknowledged.
async fn same_statuses(world: &World, users: &Users, online: &BTreeSet<u64>) {
    let path = "/api/user-status/batch";
    let everybody: Vec<_> = (0..users.len()).collect();
    let mut first = Value::Null;
    for node in 0..world.nodes.len() {
        let body = Some(json!({ "user_ids": everybody }));
        let request =
            Request { method: Method::POST, body, ..Request::get("batches", USERS, path) };
        let Some(body) = world.send(node, request).await.body() else { continue };
        if first.is_null() {
            first = body.clone();
        }
        let rule = "at rest every node shows the same statuses";
        world.record.check(rule, body == first, || format!("node {node}"));
        for (user, status) in users.iter().zip(body["users"].as_array().into_iter().flatten()) {
            let model = &user.lock().await.model;
            let id = status["user_id"].as_u64().unwrap_or_default();
            let (hidden, availability) = (model.hidden, model.availability);
            let told = hidden != Some(false)
                || availability.is_none_or(|availability| status["availability"] == availability);
            let shown = hidden.is_none() || (status["is_online"] == online.contains(&id));
            let rule = "at rest a status is what was acknowledged";
            world.record.check(rule, told && shown, || format!("node {node}: {status}, {model:?}"));
        }
    }
}
