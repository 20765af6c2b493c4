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

/// Every row of every table, after the name of its table.
async fn dump(db: &DatabaseConnection) -> Vec<String> {
    let is_mysql = db.get_database_backend() == DbBackend::MySql;
    let (schema, quote) = if is_mysql { ("DATABASE()", '`') } else { ("CURRENT_SCHEMA()", '"') };
    let columns = format!(
        "SELECT table_name AS t, column_name AS c FROM information_schema.columns \
         WHERE table_schema = {schema} ORDER BY table_name, ordinal_position"
    );
    let text = |row: &QueryResult, at| row.try_get_by_index::<String>(at).unwrap();
    let columns = rows(db, &columns, |row| (text(row, 0), text(row, 1))).await;
    let mut dump = Vec::new();
    for of_table in columns.chunk_by(|a, b| a.0 == b.0) {
        let (table, _) = &of_table[0];
        let names = of_table.iter().map(|(_, column)| format!("{quote}{column}{quote}"));
        let row = format!("CONCAT_WS('|', {})", names.collect::<Vec<_>>().join(", "));
        let row = if is_mysql { format!("CONVERT({row} USING utf8mb4)") } else { row };
        let found = rows(db, &format!("SELECT {row} FROM {table}"), |row| text(row, 0)).await;
        dump.extend(found.into_iter().map(|row| format!("{table}: {row}")));
    }
    dump
}

/// Whether it tells of them.
fn is_theirs(row: &str) -> bool {
    row.contains(&ID.to_string()) || row.contains("their ")
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
    let before = dump(&db).await.join("\n");
    for trace in [&ID.to_string(), "their phone", "their words", "their secret"] {
        assert!(before.contains(trace), "{trace} is not in: {before}");
    }
    assert_eq!(admin(there).delete(&format!("{STATUS}/{ID}")).await.status, 204);
    for row in dump(&db).await.iter().filter(|row| is_theirs(row)) {
        let erased = row.starts_with("user_status: ") && !row.contains("their ");
        assert!(row.starts_with("presence_feed: ") || erased, "{row}");
    }
    let gone = async || !dump(&db).await.iter().any(|row| is_theirs(row));
    until("no table names them", gone).await;
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
