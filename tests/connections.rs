//! More clients than files allow: idle ones make room, and nobody else does.

use std::{process::Stdio, time::Duration};

use futures::future::join_all;
use serde_json::json;
use tempfile::tempdir;
use tokio::{process::Command, time::timeout};

use crate::support::{Node, Raw, SECRET, answers, command, lastseen, sign, until};

const GET: &str = "GET /livez HTTP/1.1\r\nHost: x\r\n\r\n";

/// A node that may have `files` open, and on two workers.
async fn node_with_files(files: u32) -> Node {
    testbed::allow_many_files();
    let folder = tempdir().unwrap();
    let settings = [("AUTH__SECRET", SECRET), ("SERVER__WORKERS", "2")];
    let plain = command(folder.path(), &settings);
    let mut limited = Command::new("prlimit");
    limited.arg(format!("--nofile={files}:{files}")).arg(lastseen()).current_dir(folder.path());
    for (key, value) in plain.as_std().get_envs() {
        limited.env(key, value.unwrap());
    }
    limited.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let node = Node::launch(limited, folder).await;
    node.ready().await;
    node
}

/// A client that has asked once, and is kept.
async fn kept(node: &Node, address: [u8; 4]) -> Raw {
    let mut client = Raw::from(node, address).await;
    client.send(GET).await;
    assert_eq!(client.answer().await.unwrap().status, 200);
    client
}

async fn many(node: &Node, number: usize, address: [u8; 4]) -> Vec<Raw> {
    let mut clients = Vec::new();
    while clients.len() < number {
        clients.extend(join_all((0..50).map(|_| kept(node, address))).await);
    }
    clients
}

/// What is counted by that name. On a connection of its own: one that is kept might be closed.
async fn counted(node: &Node, name: &str) -> u32 {
    let get = "GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    let text = answers(node, get).await.remove(0).body;
    let line = text.lines().find_map(|line| line.strip_prefix(name)).unwrap().to_owned();
    line.trim().parse().unwrap()
}

/// A long poll of user `id`, on a connection of its own.
async fn held(node: &Node, id: u64, cursor: &str) -> Raw {
    let mut client = Raw::connect(node).await;
    let token = sign(json!({ "user_id": id }));
    client
        .send(format!(
            "GET /api/chat/online-users?since={cursor}&wait=30 HTTP/1.1\r\nHost: x\r\n\
             Authorization: Bearer {token}\r\n\r\n"
        ))
        .await;
    client
}

async fn cursor(node: &Node) -> String {
    node.user(5).poll("").await.ok()["cursor"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_thousand_idle_clients_of_one_address_starve_nobody_and_no_long_poll_goes_for_them() {
    let node = node_with_files(1024).await;
    let mut poll = held(&node, 5, &cursor(&node).await).await;
    let mut honest = kept(&node, [127, 0, 0, 2]).await;
    let idle = many(&node, 1000, [127, 0, 0, 1]).await;
    let newcomer = timeout(Duration::from_secs(10), kept(&node, [127, 0, 0, 3])).await;
    let newcomer = newcomer.expect("it is served at once");
    until("the longest idle one is closed", async || idle[0].is_closed()).await;
    assert!(!idle[999].is_closed() && !newcomer.is_closed());
    honest.send(GET).await;
    assert_eq!(honest.answer().await.unwrap().status, 200, "its address has one connection");
    assert_eq!(counted(&node, "lastseen_polls_held ").await, 1);
    let closed = counted(&node, "lastseen_http_connections_closed_total ").await;
    assert!((100..400).contains(&closed), "no more than had to: {closed}");
    node.user(6).beat(json!({})).await.ok();
    assert!(poll.answer().await.unwrap().body.contains("\"came_online\":[6]"));

    drop(idle);
    node.signal("TERM");
    let (_, log, _) = node.end().await;
    assert!(log.contains("only 1024 files may be open"), "{log}");
    assert!(log.contains("ulimit -n") && log.contains("LimitNOFILE"), "{log}");
    let told = log.lines().filter(|line| line.contains("idle connections closed")).count();
    assert!((1..10).contains(&told), "{log}");
}

#[tokio::test]
async fn clients_that_say_nothing_make_room_for_those_who_do() {
    let node = node_with_files(192).await;
    let mut honest = kept(&node, [127, 0, 0, 2]).await;
    let silent: Vec<_> = join_all((0..200).map(|_| Raw::connect(&node))).await;
    let newcomer = timeout(Duration::from_secs(10), kept(&node, [127, 0, 0, 3])).await;
    newcomer.expect("it is served at once");
    honest.send(GET).await;
    assert_eq!(honest.answer().await.unwrap().status, 200);
    let closed = silent.iter().filter(|client| client.is_closed()).count();
    assert!(closed >= 100, "{closed}");
}

#[tokio::test]
async fn when_all_have_a_request_under_way_others_wait_for_one_to_end() {
    let node = node_with_files(192).await;
    let cursor = cursor(&node).await;
    let mut polls = Vec::new();
    // It may have 64 connections.
    for number in 1..64_u32 {
        polls.push(held(&node, 5, &cursor).await);
        let is_held = async || counted(&node, "lastseen_polls_held ").await == number;
        until("the poll is held", is_held).await;
    }
    polls.push(held(&node, 5, &cursor).await);
    let mut patient = Raw::connect(&node).await;
    patient.send(GET).await;
    let early = timeout(Duration::from_millis(300), patient.answer()).await;
    assert!(early.is_err(), "there is no place: {early:?}");
    drop(polls.pop());
    let answer = patient.answer().await.unwrap();
    assert_eq!((answer.status, answer.header("connection")), (200, "close"), "others wait");
    assert!(polls.iter().all(|poll| !poll.is_closed()));
    drop(polls);
    node.signal("TERM");
    let (_, log, _) = node.end().await;
    assert!(log.contains("each has a request under way"), "{log}");
}
