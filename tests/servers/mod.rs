//! Database servers as they are found in the wild.

mod fitness;
mod mariadb;
mod poolers;
mod read_only;
mod tls;
mod urls;

use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection};
use serde_json::json;

use crate::support::{Cluster, Node, Run};

/// A connection of the test's own.
async fn connect(url: &str) -> DatabaseConnection {
    let mut options = ConnectOptions::new(url);
    options.max_connections(1).sqlx_logging(false);
    Database::connect(options).await.unwrap()
}

/// Has the server at `url` do all of `statements`.
async fn tell(url: &str, statements: &[&str]) {
    let database = connect(url).await;
    for statement in statements {
        database.execute_unprepared(statement).await.unwrap();
    }
}

/// The one line with which a node refuses to start on the database at `url`.
async fn refusal(url: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let run = Run::of(folder.path(), &Cluster::at(url, &[]).settings(&[]), &[]).await;
    assert!(!run.status.success(), "{run:?}");
    let line = run.stderr.lines().last().unwrap();
    line.strip_prefix("lastseen: database.url: ").unwrap_or_else(|| panic!("{run:?}")).to_owned()
}

/// A node on the database at `url`, which takes beats, statuses and accounts with any text.
async fn serves(url: &str) -> Node {
    let node = Cluster::at(url, &[("ACCOUNTS__ENABLED", "true")]).node().await;
    node.user(5).beat(json!({ "session_id": "vel 🦀 Ωλ" })).await.ok();
    let status = json!({ "text": "später 🦀 Ωλ", "emoji": "🦀" });
    let told = node.user(5).put("/api/user-status/me", status.clone()).await.ok();
    assert_eq!(told["text"], status["text"], "{told}");
    let account = json!({
        "username": "ωλ", "password": "a long pass phrase", "display_name": "Ωλ 🦀"
    });
    let made = node.user(5).post("/api/auth/register", account).await;
    assert!(made.status.is_success(), "{}", made.text);
    assert!(made.text.contains("Ωλ 🦀"), "{}", made.text);
    assert_eq!(node.user(5).online().await, json!([5]));
    node.user(5).leave(json!({})).await.ok();
    node
}

/// `url` with another user, password and all, in the place of its own.
fn as_user(url: &str, user: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap();
    format!("{scheme}://{user}@{}", rest.split_once('@').unwrap().1)
}

/// The name of the database at `url`.
fn name(url: &str) -> &str {
    url.rsplit('/').next().unwrap()
}
