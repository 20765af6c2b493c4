//! PostgreSQL.

use testbed::{Durability, Postgres};

use crate::support::{ask, connect, rows, rows_soon, write};

#[tokio::test]
async fn a_new_database_is_empty_and_alone() {
    let server = Postgres::start(Durability::Fast);
    let (one, other) = (server.create_database(), server.create_database());
    assert_ne!(one, other);
    write(&connect(&one).await).await;
    write(&connect(&other).await).await;
    write(&connect(&server.url()).await).await;
}

#[tokio::test]
async fn a_frozen_server_answers_nobody_until_it_is_thawed() {
    let server = Postgres::start(Durability::Fast);
    let database = connect(&server.url()).await;
    write(&database).await;
    server.freeze();
    assert!(rows_soon(&database).await.is_err());
    server.thaw();
    assert_eq!(rows(&connect(&server.url()).await).await.unwrap(), 1);
}

#[tokio::test]
async fn a_server_that_was_stopped_starts_with_its_data_and_its_settings() {
    let server = Postgres::start(Durability::Durable);
    let url = server.create_database();
    write(&connect(&url).await).await;
    server.stop();
    assert!(std::net::TcpStream::connect(("127.0.0.1", server.port())).is_err());
    server.start_again();
    assert_eq!(rows(&connect(&url).await).await.unwrap(), 1);
    server.restart();
    let database = connect(&url).await;
    assert_eq!(rows(&database).await.unwrap(), 1);
    for setting in ["fsync", "synchronous_commit", "full_page_writes"] {
        assert_eq!(ask(&database, &format!("SHOW {setting}")).await, "on");
    }
}

#[tokio::test]
async fn work_costs_processor_time() {
    let server = Postgres::start(Durability::Fast);
    let before = server.cpu_seconds();
    let database = connect(&server.url()).await;
    ask(&database, "SELECT md5(repeat('x', 300000000))").await;
    let while_connected = server.cpu_seconds();
    assert!(while_connected > before + 0.1, "{before} {while_connected}");
    database.close().await.unwrap();
    assert!(server.cpu_seconds() >= while_connected);
}
