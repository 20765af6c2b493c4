//! `DELETE /api/user-status/{user_id}`, as the tables of a database show it.

use futures::future::join;
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, DbBackend, QueryResult, Statement};
use serde_json::json;
use testbed::{Durability, MariaDb};

use super::{STATUS, admin, never_seen, say, status};
use crate::support::{Cluster, Node, SHORT_WINDOW, until};

/// Whoever is erased: an id that is found in nothing else.
const ID: u64 = 7_315_902_846_113;

async fn rows<T>(db: &DatabaseConnection, sql: &str, read: impl Fn(&QueryResult) -> T) -> Vec<T> {
    let statement = Statement::from_string(db.get_database_backend(), sql);
    db.query_all_raw(statement).await.unwrap().iter().map(read).collect()
}

/// Every row of every table, and the name of its table.
async fn dump(db: &DatabaseConnection) -> String {
    let schema = match db.get_database_backend() {
        DbBackend::MySql => "DATABASE()",
        _ => "CURRENT_SCHEMA()",
    };
    let columns = format!(
        "SELECT table_name AS t, column_name AS c FROM information_schema.columns \
         WHERE table_schema = {schema} ORDER BY table_name, ordinal_position"
    );
    let text = |row: &QueryResult, at| row.try_get_by_index::<String>(at).unwrap();
    let columns = rows(db, &columns, |row| (text(row, 0), text(row, 1))).await;
    let mut dump = String::new();
    for of_table in columns.chunk_by(|a, b| a.0 == b.0) {
        let (table, _) = &of_table[0];
        let quote = if schema == "DATABASE()" { '`' } else { '"' };
        let names = of_table.iter().map(|(_, column)| format!("{quote}{column}{quote}"));
        let names = names.collect::<Vec<_>>().join(", ");
        let cast = match db.get_database_backend() {
            DbBackend::MySql => format!("CONVERT(CONCAT_WS('|', {names}) USING utf8mb4)"),
            _ => format!("CONCAT_WS('|', {names})"),
        };
        for row in rows(db, &format!("SELECT {cast} FROM {table}"), |row| text(row, 0)).await {
            dump.push_str(&format!("{table}: {row}\n"));
        }
    }
    dump
}

/// A user says a lot, is erased, and nobody writes any more.
async fn leaves_nothing(nodes: &[Node; 2], url: &str) {
    let [here, there] = nodes;
    let db = Database::connect(url).await.unwrap();
    let user = here.user(ID);
    for session in ["their phone", "their desk"] {
        user.beat(json!({ "session_id": session })).await.ok();
    }
    user.leave(json!({ "session_id": "their desk" })).await.ok();
    say(&user, json!({ "text": "their words" })).await;
    say(&user, json!({ "invisible": true })).await;
    say(&user, json!({ "text": "their secret" })).await;
    let before = dump(&db).await;
    for trace in [&ID.to_string(), "their phone", "their words", "their secret"] {
        assert!(before.contains(trace), "{trace} is not in: {before}");
    }
    assert_eq!(admin(there).delete(&format!("{STATUS}/{ID}")).await.status, 204);
    let tables = dump(&db).await;
    let of_theirs = |line: &&str| line.contains(&ID.to_string()) || line.contains("their ");
    for line in tables.lines().filter(of_theirs) {
        let for_nodes = line.starts_with("presence_feed") || line.starts_with("user_status");
        assert!(for_nodes && !line.starts_with("presence:"), "{line}");
        assert!(!line.starts_with("user_status") || !line.contains("their "), "{line}");
    }
    let gone = async || {
        let dump = dump(&db).await;
        !dump.lines().any(|line| of_theirs(&line))
    };
    let took = until("no table names them", gone).await;
    // Four windows, and what a busy machine takes to notice.
    assert!(took.as_millis() < 6_000 + 4_000, "{took:?}");
    for node in nodes {
        assert_eq!(status(&node.user(6), ID).await, never_seen(ID));
    }
    user.beat(json!({})).await.ok();
    let back = async || there.user(6).online().await == json!([ID]);
    until("they are somebody new", back).await;
}

#[tokio::test]
async fn four_windows_after_an_erasure_no_table_of_a_server_names_the_user() {
    let on_postgresql = async {
        let cluster = Cluster::new(&SHORT_WINDOW);
        leaves_nothing(&cluster.nodes().await, cluster.url()).await;
    };
    let on_mariadb = async {
        let server = MariaDb::start(Durability::Fast);
        let cluster = Cluster::at(&server.create_database(), &SHORT_WINDOW);
        leaves_nothing(&cluster.nodes().await, cluster.url()).await;
    };
    join(on_postgresql, on_mariadb).await;
}
