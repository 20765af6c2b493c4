//! A client that follows the online set by its deltas.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::Caller;

/// What the client knows, and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Follower {
    pub(crate) online: BTreeSet<u64>,
    pub(crate) cursor: String,
}

impl Follower {
    /// Begins with the full answer.
    pub(crate) async fn start(caller: &Caller<'_>) -> Self {
        let mut follower = Self { online: BTreeSet::new(), cursor: String::new() };
        follower.apply(&caller.poll("").await.ok());
        follower
    }

    /// Asks for what is new, and hands the answer over.
    pub(crate) async fn follow(&mut self, caller: &Caller<'_>) -> Value {
        let reply = caller.poll(&format!("since={}", self.cursor)).await.ok();
        self.apply(&reply);
        reply
    }

    pub(crate) fn apply(&mut self, reply: &Value) {
        if let Value::Array(_) = &reply["online_users"] {
            self.online = ids(&reply["online_users"]).collect();
        } else {
            self.online.extend(ids(&reply["came_online"]));
            for id in ids(&reply["went_offline"]) {
                self.online.remove(&id);
            }
        }
        reply["cursor"].as_str().unwrap().clone_into(&mut self.cursor);
    }

    /// What the client shows.
    pub(crate) fn shows(&self) -> Value {
        json!(self.online)
    }
}

fn ids(list: &Value) -> impl Iterator<Item = u64> {
    list.as_array().unwrap().iter().map(|id| id.as_u64().unwrap())
}
