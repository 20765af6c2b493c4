//! What PostgreSQL itself says, and what the commands do to it.

use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, Statement};
use serde_json::json;

use crate::support::{Cluster, Node, Run, until};

/// A connection of the test's own.
async fn connect(cluster: &Cluster) -> DatabaseConnection {
    let mut options = ConnectOptions::new(cluster.url());
    options.max_connections(1).sqlx_logging(false);
    Database::connect(options).await.unwrap()
}

/// The first number of the answer to `question`.
async fn number(database: &DatabaseConnection, question: &str) -> i64 {
    let question = Statement::from_string(database.get_database_backend(), question);
    let row = database.query_one_raw(question).await.unwrap().unwrap();
    row.try_get_by_index(0).unwrap()
}

#[tokio::test]
async fn beats_update_in_place() {
    const USERS: u64 = 200;
    const ROUNDS: u64 = 25;
    let cluster = Cluster::new(&[]);
    let nodes: [Node; 2] = cluster.nodes().await;
    for round in 0..ROUNDS {
        let callers: Vec<_> = (0..USERS).map(|id| nodes[(id % 2) as usize].user(id)).collect();
        let beats = callers.iter().map(|caller| caller.beat(json!({})));
        for beat in futures::future::join_all(beats).await {
            assert_eq!(beat.status, 200, "{round}");
        }
    }
    let database = connect(&cluster).await;
    let table = "FROM pg_stat_user_tables WHERE relname = 'presence'";
    let expected = i64::try_from(USERS * (ROUNDS - 1)).unwrap();
    until("the statistics are complete", async || {
        number(&database, &format!("SELECT n_tup_upd {table}")).await >= expected
    })
    .await;
    let updates = number(&database, &format!("SELECT n_tup_upd {table}")).await;
    let in_place = number(&database, &format!("SELECT n_tup_hot_upd {table}")).await;
    assert!(in_place * 100 >= updates * 95, "{in_place} of {updates} updates were heap-only");
    let inserts = number(&database, &format!("SELECT n_tup_ins {table}")).await;
    assert_eq!(inserts, i64::try_from(USERS).unwrap(), "one row for each user");
}

#[tokio::test]
async fn migrations_go_up_and_down() {
    let cluster = Cluster::new(&[]);
    let folder = tempfile::tempdir().unwrap();
    let migrate = async |direction: &[&str]| {
        let arguments = [&["migrate"], direction].concat();
        let run = Run::of(folder.path(), &cluster.settings(&[]), &arguments).await;
        assert!(run.status.success(), "{run:?}");
        let state = |line: &str| line.split(' ').next().unwrap_or_default().to_owned();
        run.stdout.lines().map(state).collect::<Vec<_>>()
    };
    let steps = migrate(&["status"]).await.len();
    assert!(steps >= 2);
    assert_eq!(migrate(&["up"]).await, vec!["Applied"; steps]);
    assert_eq!(migrate(&["up"]).await, vec!["Applied"; steps], "twice changes nothing");
    cluster.node().await.user(5).beat(json!({})).await.ok();
    for left in (0..steps).rev() {
        let states = migrate(&["down"]).await;
        assert_eq!(states.iter().filter(|&state| state == "Applied").count(), left, "{states:?}");
    }
    let database = connect(&cluster).await;
    let question = "SELECT count(*) FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace \
                    WHERE n.nspname = 'public'";
    assert_eq!(number(&database, question).await, 0, "no procedure is left");
    let question = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public' \
                    AND tablename <> 'seaql_migrations'";
    assert_eq!(number(&database, question).await, 0, "no table is left");

    let unmigrated = cluster.settings(&[("DATABASE__MIGRATE", "false")]);
    let refused = Run::of(folder.path(), &unmigrated, &[]).await;
    assert!(refused.refusal().contains("`lastseen migrate`"), "without the tables: {refused:?}");
    migrate(&["up"]).await;
    let node = cluster.node_with(&[("DATABASE__MIGRATE", "false")]).await;
    node.user(5).beat(json!({})).await.ok();
}

#[tokio::test]
async fn a_node_starts_beside_those_of_a_later_version() {
    let cluster = Cluster::new(&[]);
    drop(cluster.node().await);
    let database = connect(&cluster).await;
    let later = "INSERT INTO seaql_migrations VALUES ('m29991231_000001_later', 0)";
    database.execute_unprepared(later).await.unwrap();
    cluster.node().await.user(5).beat(json!({})).await.ok();
}

#[tokio::test]
async fn an_emptied_feed_is_begun_anew() {
    let cluster = Cluster::new(&[]);
    let node = cluster.node().await;
    node.user(5).beat(json!({})).await.ok();
    connect(&cluster).await.execute_unprepared("DELETE FROM presence_feed").await.unwrap();
    for node in [&node, &cluster.node().await] {
        until("it knows who is online", async || node.user(0).online().await == json!([5])).await;
        assert!(node.is_ready().await);
    }
}

#[tokio::test]
async fn the_password_of_the_database_shows_nowhere() {
    let folder = tempfile::tempdir().unwrap();
    for url in [
        "postgres://ada:pass-phrase@127.0.0.1:1/db",
        "postgres://ada:pass-p@ss-phrase@127.0.0.1:1/db",
        "postgres://127.0.0.1:1/db?user=ada&password=pass-phrase&sslmode=disable",
        "postgres://ada:pass-phrase@127.0.0.1:1/db?password=pass-phrase",
    ] {
        let cluster = Cluster::at(url, &[("DATABASE__TIMEOUT", "200ms")]);
        let config = Run::of(folder.path(), &cluster.settings(&[]), &["config"]).await;
        assert!(config.status.success() && config.stdout.contains("127.0.0.1:1/db"), "{config:?}");
        let start = Run::of(folder.path(), &cluster.settings(&[]), &[]).await;
        assert!(!start.status.success());
        for run in [config, start] {
            assert!(!run.stdout.contains("phrase") && !run.stderr.contains("phrase"), "{run:?}");
        }
    }
    let unescaped = [("DATABASE__URL", "postgres://ada:pass/phrase@127.0.0.1:1/db")];
    let refused = Run::of(folder.path(), &unescaped, &[]).await;
    assert!(refused.refusal().starts_with("database.url: "), "{refused:?}");
    assert!(!refused.stderr.contains("ada:"), "{refused:?}");
}
