//! Clients that follow the online set by its cursor, from node to node.

use std::{collections::BTreeSet, time::Duration};

use serde_json::Value;
use tokio::time::sleep;

use super::{
    USERS,
    world::{Request, World},
};

/// Between two polls of a client, at most.
const PAUSE: Duration = Duration::from_secs(1);

const LIST: &str = "/api/chat/online-users";

/// What a client knows, and where it stands; nothing and nowhere at first.
#[derive(Debug, Default)]
pub(crate) struct Follower {
    pub(crate) online: BTreeSet<u64>,
    pub(crate) cursor: String,
}

impl Follower {
    /// Follows until the world has ended.
    pub(crate) async fn live(mut self, world: &World) -> Self {
        while !world.ended.get() {
            sleep(world.dice.between(Duration::ZERO, PAUSE)).await;
            match world.dice.below(20) {
                0 => self = Self::default(),
                1..5 => self.compare(world).await,
                5..9 => self.follow(world, world.any_node(), "&wait=2").await,
                _ => self.follow(world, world.any_node(), "").await,
            }
        }
        self
    }

    /// Asks that node for what is new, or for all of it.
    pub(crate) async fn follow(&mut self, world: &World, node: usize, wait: &str) {
        let (kind, path) = match &self.cursor[..] {
            "" => ("full lists", LIST.to_owned()),
            cursor if wait.is_empty() => ("deltas", format!("{LIST}?since={cursor}")),
            cursor => ("long polls", format!("{LIST}?since={cursor}{wait}")),
        };
        let answer = world.send(node, Request::get(kind, USERS, &path)).await;
        if let Some(body) = answer.body() {
            self.apply(&body);
        }
    }

    /// Where a full answer has the client's cursor, it has its set.
    async fn compare(&mut self, world: &World) {
        let node = world.any_node();
        self.follow(world, node, "").await;
        let Some(full) = world.send(node, Request::get("full lists", USERS, LIST)).await.body()
        else {
            return;
        };
        if full["cursor"] == self.cursor {
            self.equals(world, &full);
        }
    }

    /// Checks that a full answer shows what the client shows.
    pub(crate) fn equals(&self, world: &World, full: &Value) {
        let shown: BTreeSet<u64> = ids(&full["online_users"]).collect();
        world.record.check(
            "R10: who follows deltas has the full set",
            shown == self.online,
            || {
                let differ: Vec<_> = shown.symmetric_difference(&self.online).collect();
                format!("{differ:?} at {}", self.cursor)
            },
        );
    }

    fn apply(&mut self, body: &Value) {
        if body["online_users"].is_array() {
            self.online = ids(&body["online_users"]).collect();
        } else {
            self.online.extend(ids(&body["came_online"]));
            for id in ids(&body["went_offline"]) {
                self.online.remove(&id);
            }
        }
        body["cursor"].as_str().unwrap_or_default().clone_into(&mut self.cursor);
    }
}

/// The ids in a list.
pub(crate) fn ids(list: &Value) -> impl Iterator<Item = u64> {
    list.as_array().into_iter().flatten().filter_map(Value::as_u64)
}
