//! Bytes to a node and back, without a library that knows what HTTP allows.

use std::{io::ErrorKind, net::SocketAddr, time::Duration};

use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
    time::timeout,
};

use super::Node;

/// A connection of ours.
#[derive(Debug)]
pub(crate) struct Raw(TcpStream);

/// An answer as it came.
#[derive(Clone, Debug)]
pub(crate) struct RawAnswer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

/// Longer than a node takes to say anything, or to hang up on who says nothing.
const PATIENCE: Duration = Duration::from_secs(20);

impl Raw {
    pub(crate) async fn connect(node: &Node) -> Self {
        Self::from(node, [127, 0, 0, 1]).await
    }

    /// A connection from that address of this machine.
    pub(crate) async fn from(node: &Node, address: [u8; 4]) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(SocketAddr::from((address, 0))).unwrap();
        let to = node.url().trim_start_matches("http://").parse().unwrap();
        Self(socket.connect(to).await.unwrap())
    }

    /// Sends what it can: a node that has heard enough may have hung up.
    pub(crate) async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.0.write_all(bytes.as_ref()).await.ok();
    }

    /// The next answer; none if the node hangs up.
    pub(crate) async fn answer(&mut self) -> Option<RawAnswer> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let read = timeout(PATIENCE, self.0.read_u8()).await.expect("it says nothing");
            let Ok(byte) = read else {
                assert!(head.is_empty(), "{head:?}");
                return None;
            };
            head.push(byte);
        }
        let head = String::from_utf8(head).unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let mut answer = RawAnswer { status, head, body: String::new() };
        let mut body = vec![0; answer.header("content-length").parse().unwrap_or(0)];
        timeout(PATIENCE, self.0.read_exact(&mut body)).await.expect("a body").unwrap();
        answer.body = String::from_utf8(body).unwrap();
        Some(answer)
    }

    /// All that comes until the node hangs up, which is a head and nothing else.
    pub(crate) async fn head(&mut self) -> String {
        let mut head = String::new();
        timeout(PATIENCE, self.0.read_to_string(&mut head)).await.expect("an end").unwrap();
        assert!(head.ends_with("\r\n\r\n") && head.matches("\r\n\r\n").count() == 1, "{head}");
        head
    }

    /// All answers until the node hangs up.
    pub(crate) async fn answers(&mut self) -> Vec<RawAnswer> {
        let mut answers = Vec::new();
        while let Some(answer) = self.answer().await {
            answers.push(answer);
        }
        answers
    }

    /// Whether the node has hung up, as far as can be seen now, if it has nothing to say.
    pub(crate) fn is_closed(&self) -> bool {
        let read = self.0.try_read(&mut [0]);
        read.map_or_else(|error| error.kind() != ErrorKind::WouldBlock, |length| length == 0)
    }
}

impl RawAnswer {
    pub(crate) fn header(&self, name: &str) -> &str {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        let mut values = lines.filter(|(key, _)| key.eq_ignore_ascii_case(name));
        values.next().map_or("", |(_, value)| value)
    }

    /// The body of a failure, which every failure has (section 4).
    #[track_caller]
    pub(crate) fn problem(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{self:?}");
        assert_eq!(self.header("content-type"), "application/problem+json", "{self:?}");
        let problem: Value = serde_json::from_str(&self.body).unwrap();
        assert_eq!(problem["status"], status);
        assert!(problem["type"].as_str().unwrap().contains("/problems/"), "{problem}");
        problem
    }
}

/// What `bytes` are answered until the node hangs up.
pub(crate) async fn answers(node: &Node, bytes: impl AsRef<[u8]>) -> Vec<RawAnswer> {
    let mut client = Raw::connect(node).await;
    client.send(bytes).await;
    client.answers().await
}
