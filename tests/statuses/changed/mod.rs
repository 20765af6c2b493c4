//! Section 3.2: `changed`, the statuses of those who are watched that are not as they were.

use serde_json::Value;

use crate::support::{Caller, Follower, Node};

mod what;
mod when;

/// Somebody who watches users 5, 6 and 7.
struct Watcher<'a> {
    caller: Caller<'a>,
    cursor: String,
}

impl<'a> Watcher<'a> {
    async fn start(node: &'a Node) -> Self {
        let caller = node.user(9);
        let cursor = Follower::start(&caller).await.cursor;
        Self { caller, cursor }
    }

    /// What is new, waiting for it for so many seconds.
    async fn wait(&mut self, seconds: u64) -> Value {
        let query = format!("since={}&ids=5,6,7&wait={seconds}", self.cursor);
        let delta = self.caller.poll(&query).await.ok();
        delta["cursor"].as_str().unwrap().clone_into(&mut self.cursor);
        delta
    }

    /// Who changed to what, in the delta that is there.
    async fn changed(&mut self) -> Value {
        self.wait(0).await["changed"].take()
    }
}
