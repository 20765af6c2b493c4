//! What is looked at all the time: that the nodes show what was acknowledged.

use std::{
    collections::{BTreeSet, HashMap},
    time::Duration,
};

use tokio::time::{Instant, sleep};

use super::{
    USERS,
    followers::ids,
    users::Users,
    world::{Request, World},
};

/// What one node stored shows at every other after this: a refresh, and plenty for a busy machine.
pub(crate) const LAG: Duration = Duration::from_secs(3);

/// Sees again and again that a node, any of them, shows who is online and nobody else.
pub(crate) async fn watch_lists(world: &World, users: &Users) {
    while !world.ended.get() {
        sleep(Duration::from_secs(1)).await;
        check_list(world, users, world.any_node()).await;
    }
}

/// Sees that the node shows who is online and nobody else, unless there was a fault.
pub(crate) async fn check_list(world: &World, users: &Users, node: usize) {
    let asked = Instant::now();
    let request = Request::get("full lists", USERS, "/api/chat/online-users");
    let Some(body) = world.send(node, request).await.body() else { return };
    if !world.settled(asked) {
        return;
    }
    let shown: BTreeSet<u64> = ids(&body["online_users"]).collect();
    for id in 0..users.len() {
        check_user(world, users, id, asked, shown.contains(&(id as u64)), node);
    }
}

/// Follows single users at that node, by their status objects.
pub(crate) async fn watch_statuses(world: &World, users: &Users, node: usize) {
    let mut last_seen: HashMap<usize, String> = HashMap::new();
    while !world.ended.get() {
        sleep(Duration::from_millis(50)).await;
        let id = usize::try_from(world.dice.below(users.len() as u64)).unwrap_or_default();
        let asked = Instant::now();
        let path = format!("/api/user-status/{id}");
        let request = Request::get("single statuses", USERS, &path);
        let Some(body) = world.send(node, request).await.body() else { continue };
        if world.settled(asked) {
            check_user(world, users, id, asked, body["is_online"] == true, node);
        }
        // Times of one form sort as text does.
        let seen = body["last_seen"].as_str().unwrap_or_default();
        let before = last_seen.entry(id).or_default();
        world.record.check("R6: last_seen never goes back", before.as_str() <= seen, || {
            format!("node {node}, user {id}: {seen} after {before}")
        });
        seen.clone_into(before);
    }
}

/// Compares what a node showed of a user with what is known of them since it was asked.
fn check_user(world: &World, users: &Users, id: usize, asked: Instant, shown: bool, node: usize) {
    let Ok(user) = users[id].try_lock() else { return };
    let Some(online) = user.model.throughout(asked - LAG, Instant::now()) else { return };
    let rule = match (user.model.hidden, online) {
        (Some(true), _) => "R11: a hidden user shows nowhere",
        (_, true) => "R1, R7: who was acknowledged a beat is online",
        (_, false) => "R1: who left or fell silent is offline",
    };
    world.record.check(rule, shown == online, || {
        format!("node {node}, user {id}: shown as online: {shown}, {:?}", user.model)
    });
}
