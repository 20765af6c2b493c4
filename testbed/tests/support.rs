//! What the tests share.

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    time::Duration,
};

use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbErr, Statement};
use tokio::time::{error::Elapsed, timeout};

/// One connection to a database.
pub(crate) async fn connect(url: &str) -> DatabaseConnection {
    let mut options = ConnectOptions::new(url);
    options.max_connections(1).sqlx_logging(false);
    Database::connect(options).await.unwrap()
}

/// A table with one row.
pub(crate) async fn write(database: &DatabaseConnection) {
    database.execute_unprepared("CREATE TABLE beats (id INT)").await.unwrap();
    database.execute_unprepared("INSERT INTO beats VALUES (1)").await.unwrap();
}

/// How many rows the table has.
pub(crate) async fn rows(database: &DatabaseConnection) -> Result<u64, DbErr> {
    let deleted = database.execute_unprepared("DELETE FROM beats WHERE id = 0").await?;
    assert_eq!(deleted.rows_affected(), 0);
    Ok(database.execute_unprepared("UPDATE beats SET id = id + 1").await?.rows_affected())
}

/// The same, unless there is no answer in half a second.
pub(crate) async fn rows_soon(database: &DatabaseConnection) -> Result<u64, Elapsed> {
    timeout(Duration::from_millis(500), async { rows(database).await.unwrap() }).await
}

/// The first field of the answer to a question.
pub(crate) async fn ask(database: &DatabaseConnection, question: &str) -> String {
    let row =
        database.query_one_raw(Statement::from_string(database.get_database_backend(), question));
    row.await.unwrap().unwrap().try_get_by_index(0).unwrap()
}

/// Something to put a balancer before.
pub(crate) fn node() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _request = stream.read(&mut [0; 4096]);
            let head = "HTTP/1.1 200 OK\r\nContent-Length: 8\r\nConnection: close\r\n\r\n";
            stream.write_all(format!("{head}the node").as_bytes()).unwrap();
        }
    });
    address
}

/// The whole answer to a request.
pub(crate) fn get(address: SocketAddr) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}
