//! MariaDB.

use testbed::{Durability, MariaDb};

use crate::support::{ask, connect, rows, rows_soon, write};

#[tokio::test]
async fn a_new_database_is_empty_and_alone() {
    let server = MariaDb::start(Durability::Fast);
    let (one, other) = (server.create_database(), server.create_database());
    assert_ne!(one, other);
    write(&connect(&one).await).await;
    write(&connect(&other).await).await;
    let charset = ask(&connect(&server.url()).await, "SELECT @@character_set_server").await;
    assert_eq!(charset, "utf8mb4");
}

#[tokio::test]
async fn a_frozen_server_answers_nobody_until_it_is_thawed() {
    let server = MariaDb::start(Durability::Fast);
    let url = server.create_database();
    let database = connect(&url).await;
    write(&database).await;
    server.freeze();
    assert!(rows_soon(&database).await.is_err());
    server.thaw();
    assert_eq!(rows(&connect(&url).await).await.unwrap(), 1);
}

#[tokio::test]
async fn a_server_that_was_stopped_starts_with_its_data_and_its_settings() {
    let server = MariaDb::start(Durability::Durable);
    let url = server.create_database();
    write(&connect(&url).await).await;
    server.stop();
    assert!(std::net::TcpStream::connect(("127.0.0.1", server.port())).is_err());
    server.start_again();
    assert_eq!(rows(&connect(&url).await).await.unwrap(), 1);
    server.restart();
    let database = connect(&url).await;
    assert_eq!(rows(&database).await.unwrap(), 1);
    let setting = "CAST(@@innodb_flush_log_at_trx_commit AS CHAR)";
    assert_eq!(ask(&database, &format!("SELECT {setting}")).await, "1");
}

#[tokio::test]
async fn work_costs_processor_time() {
    let server = MariaDb::start(Durability::Fast);
    let database = connect(&server.url()).await;
    let before = server.cpu_seconds();
    ask(&database, "SELECT CAST(BENCHMARK(2000000, MD5('x')) AS CHAR)").await;
    let after = server.cpu_seconds();
    assert!(after > before + 0.1, "{before} {after}");
}
