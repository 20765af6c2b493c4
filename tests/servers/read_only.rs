//! Databases that answer, and take no writes.

use sea_orm::{ConnectionTrait, Database};
use serde_json::json;
use testbed::{Durability, MariaDb, Postgres};

use super::{as_user, connect, name, tell};
use crate::support::{Cluster, Node, SECRET, until};

const IMPATIENT: [(&str, &str); 2] =
    [("DATABASE__TIMEOUT", "500ms"), ("PRESENCE__STALE_FOR", "1s")];

/// Waits until `node` is not ready because nothing can be stored, although it goes on reading.
async fn gives_up_writing(node: &Node) {
    until("it is not ready", async || {
        let ready = node.get("/readyz").await;
        ready.status == 503 && ready.text.contains("stored")
    })
    .await;
    assert_eq!(node.user(0).get("/api/chat/online-users").await.status, 200, "reads go on");
    node.user(0).beat(json!({})).await.problem(503);
}

#[tokio::test]
async fn a_node_that_cannot_write_to_postgres_is_not_ready_until_it_can() {
    let server = Postgres::start(Durability::Fast);
    let cluster = Cluster::at(&server.create_database(), &IMPATIENT);
    let node = cluster.node().await;
    let database = connect(cluster.url()).await;
    database.execute_unprepared("SET default_transaction_read_only = off").await.unwrap();
    for (mode, ready) in [("on", false), ("off", true)] {
        let set = format!("ALTER SYSTEM SET default_transaction_read_only = {mode}");
        database.execute_unprepared(&set).await.unwrap();
        database.execute_unprepared("SELECT pg_reload_conf()").await.unwrap();
        if ready {
            node.ready().await;
            node.user(0).beat(json!({})).await.ok();
        } else {
            gives_up_writing(&node).await;
        }
    }
}

#[tokio::test]
async fn a_node_that_cannot_write_to_mariadb_is_not_ready_until_it_can() {
    let server = MariaDb::start(Durability::Fast);
    let url = server.create_database();
    let grant = format!("GRANT ALL ON {}.* TO app@'127.0.0.1'", name(&url));
    tell(&url, &["CREATE USER app@'127.0.0.1'", &grant]).await;
    let node = Cluster::at(&as_user(&url, "app"), &IMPATIENT).node().await;
    tell(&url, &["SET GLOBAL read_only = 1"]).await;
    // Its refresh takes a lock, which is a write for MariaDB: so reads end as well.
    until("it is not ready", async || node.get("/readyz").await.status == 503).await;
    node.user(0).beat(json!({})).await.problem(503);
    tell(&url, &["SET GLOBAL read_only = 0"]).await;
    node.ready().await;
    node.user(0).beat(json!({})).await.ok();
}

#[tokio::test]
async fn a_node_that_cannot_write_to_its_file_is_not_ready_until_it_can() {
    let node = Node::with(&[&[("AUTH__SECRET", SECRET)], &IMPATIENT[..]].concat()).await;
    let file = format!("sqlite://{}/lastseen.db", node.folder().display());
    let other = Database::connect(file).await.unwrap();
    other.execute_unprepared("BEGIN IMMEDIATE").await.unwrap();
    gives_up_writing(&node).await;
    other.execute_unprepared("ROLLBACK").await.unwrap();
    node.ready().await;
    node.user(0).beat(json!({})).await.ok();
}

/// Sessions that were made while the database was read-only stay so, whatever becomes of it.
#[tokio::test]
async fn connections_to_postgres_that_can_only_read_are_replaced() {
    let cluster = Cluster::new(&[("DATABASE__TIMEOUT", "500ms")]);
    let node = cluster.node().await;
    node.user(5).beat(json!({})).await.ok();
    let database = connect(cluster.url()).await;
    let read_only =
        format!("ALTER DATABASE {} SET default_transaction_read_only", name(cluster.url()));
    for mode in ["on", "off"] {
        let set = format!("{read_only} = {mode}");
        database.execute_unprepared(&set).await.unwrap();
        if mode == "on" {
            let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                       WHERE datname = current_database() AND pid <> pg_backend_pid()";
            database.execute_unprepared(end).await.unwrap();
            until("beats fail", async || node.user(5).beat(json!({})).await.status == 503).await;
            until("all connections are new", async || {
                let beats = futures::future::join_all((0..8).map(|id| beat(&node, id))).await;
                beats.into_iter().all(|status| status == 503)
            })
            .await;
        }
    }
    until("beats are taken", async || node.user(5).beat(json!({})).await.status == 200).await;
}

async fn beat(node: &Node, id: u64) -> u16 {
    node.user(id).beat(json!({})).await.status.as_u16()
}

/// As behind an address that leads to another server: the sessions of before stay as they are.
#[tokio::test]
async fn connections_to_mariadb_that_can_only_read_are_replaced() {
    let server = MariaDb::start(Durability::Fast);
    let url = server.create_database();
    let node = Cluster::at(&url, &[("DATABASE__TIMEOUT", "500ms")]).node().await;
    node.user(5).beat(json!({})).await.ok();
    let end = "BEGIN NOT ATOMIC
        FOR other IN (
            SELECT id FROM information_schema.processlist
            WHERE id <> CONNECTION_ID() AND command <> 'Daemon'
        ) DO
            KILL other.id;
        END FOR;
    END";
    tell(&url, &["SET GLOBAL TRANSACTION READ ONLY", end]).await;
    until("beats fail", async || {
        let status = beat(&node, 5).await;
        status == 503 && beat(&node, 6).await == 503
    })
    .await;
    tell(&url, &["SET GLOBAL TRANSACTION READ WRITE"]).await;
    until("beats are taken", async || beat(&node, 5).await == 200).await;
}
