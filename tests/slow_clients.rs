//! Clients that drip, stall, sit idle or come in floods. Honest ones do not notice.

use std::time::{Duration, Instant};

use futures::future::join_all;
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
    time::{sleep, timeout},
};

use crate::support::{Load, Node, alone, sign, until};

/// By then a client that does not keep pace has been cut off.
const LATEST: Duration = Duration::from_secs(10);

const GOOD: &[u8] = b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n";

async fn connect(node: &Node) -> TcpStream {
    TcpStream::connect(node.url().trim_start_matches("http://")).await.unwrap()
}

/// Sends `bytes` one by one until the node hangs up; says what it answered.
async fn drip(mut client: TcpStream, bytes: &[u8]) -> String {
    let (mut read, mut write) = client.split();
    let drips = async {
        for byte in bytes.iter().cycle() {
            sleep(Duration::from_millis(300)).await;
            if write.write_all(&[*byte]).await.is_err() {
                break;
            }
        }
        std::future::pending::<()>().await;
    };
    let mut answer = Vec::new();
    let cut = async {
        tokio::select! { _ = read.read_to_end(&mut answer) => {}, () = drips => {} }
    };
    timeout(LATEST, cut).await.expect("it is still connected");
    String::from_utf8(answer).unwrap()
}

async fn first_answer(client: &mut TcpStream) -> String {
    let mut answer = [0; 1024];
    let length = client.read(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer[..length]).into_owned()
}

#[tokio::test]
async fn a_head_that_drips_in_is_cut_off() {
    let node = Node::start().await;
    let first = drip(connect(&node).await, b"GET /livez HTTP/1.1\r\nX: ");
    let mut kept = connect(&node).await;
    kept.write_all(GOOD).await.unwrap();
    assert!(first_answer(&mut kept).await.starts_with("HTTP/1.1 200 OK"));
    let later = drip(kept, b"GET /livez HTTP/1.1\r\nX: ");
    let endless = drip(connect(&node).await, b"X");
    let (first, later, endless) = tokio::join!(first, later, endless);
    for answer in [first, later, endless] {
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 408 "), "{answer}");
    }
}

#[tokio::test]
async fn a_body_that_drips_in_is_cut_off_with_a_408_and_nothing_is_stored() {
    let node = Node::start().await;
    let token = sign(json!({ "user_id": 5 }));
    let head = |path: &str, length: &str| {
        format!(
            "POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\
             Content-Type: application/json\r\n{length}\r\n\r\n"
        )
    };
    let body = async |head: String| {
        let mut client = connect(&node).await;
        client.write_all(head.as_bytes()).await.unwrap();
        drip(client, b" ").await
    };
    let (beat, leave, unread, chunked) = tokio::join!(
        body(head("/api/chat/heartbeat", "Content-Length: 1000")),
        body(head("/api/chat/mark-offline", "Content-Length: 60000")),
        body(head("/no/such/route", "Content-Length: 1000")),
        body(head("/api/chat/heartbeat", "Transfer-Encoding: chunked") + "ffff\r\n"),
    );
    for answer in [beat, leave, chunked] {
        assert!(answer.starts_with("HTTP/1.1 408 Request Timeout\r\n"), "{answer}");
        assert!(answer.contains("/problems/request-timeout"), "{answer}");
    }
    assert!(unread.starts_with("HTTP/1.1 404 "), "{unread}");
    assert_eq!(node.user(6).online().await, json!([]));
}

#[tokio::test]
async fn who_does_not_take_the_answer_is_cut_off() {
    let node = Node::start().await;
    let before = node.open_files();
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let address = node.url().trim_start_matches("http://").parse().unwrap();
    let mut client = socket.connect(address).await.unwrap();
    // Answers that fill every buffer on the way, and that nobody reads.
    let asks = async {
        loop {
            client
                .write_all(b"GET /swagger-ui/swagger-ui-bundle.js HTTP/1.1\r\nHost: x\r\n\r\n")
                .await?;
        }
        #[expect(unreachable_code, reason = "gives the block its type")]
        Ok::<(), std::io::Error>(())
    };
    let start = Instant::now();
    timeout(LATEST * 2, asks).await.expect("it is still connected").unwrap_err();
    assert!(start.elapsed() < LATEST + Duration::from_secs(1), "{:?}", start.elapsed());
    until("the connection is closed", async || node.open_files() <= before).await;
}

#[tokio::test]
async fn a_poll_that_is_held_and_an_idle_connection_are_not_slow() {
    let node = Node::start().await;
    let cursor = node.user(5).poll("").await.ok()["cursor"].as_str().unwrap().to_owned();
    let mut idle = connect(&node).await;
    idle.write_all(GOOD).await.unwrap();
    first_answer(&mut idle).await;
    let held = node.user(5).poll(&format!("since={cursor}&wait=12")).await.ok();
    assert!(held["came_online"].is_array());
    idle.write_all(GOOD).await.unwrap();
    assert!(first_answer(&mut idle).await.starts_with("HTTP/1.1 200 OK"), "after 12 s");
}

#[tokio::test]
async fn ten_thousand_idle_connections_and_a_flood_do_not_keep_honest_users_from_beating() {
    let _alone = alone().await;
    testbed::allow_many_files();
    let node = Node::start().await;
    let mut idle = Vec::new();
    for _ in 0..100 {
        let opened = join_all((0..100).map(|_| connect(&node))).await;
        idle.extend(opened);
    }
    // Some of them have asked before, and are kept.
    for client in idle.iter_mut().take(1000) {
        client.write_all(GOOD).await.unwrap();
    }
    let honest = Load::start(&[node.url()], 4);
    let flood = async {
        let mut opened = 0;
        while opened < 2000 {
            opened += join_all((0..50).map(|_| connect(&node))).await.len();
        }
    };
    flood.await;
    until("honest users have beaten", async || honest.acknowledged() >= 300).await;
    let honest = honest.end().await;
    assert_eq!(honest.failures(), [""; 0]);
    // Long before idle clients are hung up on, and how quick a busy machine is says nothing.
    assert!(honest.slowest() < LATEST, "{:?}", honest.slowest());
    drop(idle);
}
