//! Section 3.3 and R11: how it stands with users, in truth and as others see it.

use serde_json::{Value, json};

use crate::support::{Answer, Caller, Node};

mod accounts;
mod admin;
mod bad_bodies;
mod bad_queries;
mod batch;
mod browser;
mod changed;
mod databases;
mod erasure;
mod explain;
mod export;
mod hiding;
mod last_seen;
mod own;
mod pages;
mod retention;
mod routes;
mod scopes;
mod single;

const STATUS: &str = "/api/user-status";
const ONLINE: &str = "/api/user-status/online";
const COUNT: &str = "/api/user-status/online/count";
const BATCH: &str = "/api/user-status/batch";
const LAST_SEEN: &str = "/api/user-status/last-seen";
const ME: &str = "/api/user-status/me";

/// A node that hears of others, and notices what expires, ten times a second; every beat counts.
const QUICK: [(&str, &str); 2] = [("PRESENCE__REFRESH", "100ms"), ("PRESENCE__COALESCE", "0s")];

/// Somebody who may end sessions, erase and explain.
fn admin(node: &Node) -> Caller<'_> {
    node.bearer(json!({ "scope": "presence:admin" }))
}

/// The status object of `id`, as `caller` sees it.
async fn status(caller: &Caller<'_>, id: u64) -> Value {
    caller.get(&format!("{STATUS}/{id}")).await.ok()
}

/// The status object of somebody of whom nothing is known.
fn never_seen(id: impl Into<Value>) -> Value {
    let id = id.into();
    json!({
        "user_id": id,
        "is_online": false,
        "status": "offline",
        "last_seen": null,
        "availability": "available",
        "text": null,
        "emoji": null,
        "expires_at": null,
    })
}

/// The status object of somebody who says nothing, and was last seen then.
fn silent(id: impl Into<Value>, online: bool, last_seen: &Value) -> Value {
    let mut status = never_seen(id);
    status["is_online"] = json!(online);
    status["status"] = json!(if online { "online" } else { "offline" });
    status["last_seen"] = last_seen.clone();
    status
}

/// Changes what the caller says, and hands over their own status.
async fn say(caller: &Caller<'_>, change: Value) -> Value {
    caller.put(ME, change).await.ok()
}

async fn explain(caller: &Caller<'_>, id: u64) -> Answer {
    caller.get(&format!("{STATUS}/{id}/explain")).await
}

/// The ids in a list of status objects.
fn ids(reply: &Value) -> Value {
    reply["users"].as_array().unwrap().iter().map(|user| user["user_id"].clone()).collect()
}

/// Milliseconds since the epoch.
fn millis(time: &Value) -> i64 {
    let time: openapi::model::Time = serde_json::from_value(time.clone()).unwrap();
    time.0.timestamp_millis()
}

/// So many milliseconds from now.
fn in_millis(millis: i64) -> String {
    openapi::model::Time::from_millis(crate::support::now() + millis).to_string()
}
