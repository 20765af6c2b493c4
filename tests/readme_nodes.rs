//! The README's lines for many nodes do what it says.

use std::{path::Path, process::Stdio, time::Duration};

use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use testbed::free_port;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::Command,
    time::timeout,
};

use crate::support::{Cluster, lastseen, until};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// The commands of the first console block of the README's chapter on many nodes, as a script.
fn script(readme: &str) -> String {
    let (_, chapter) = readme.split_once("\n## Many nodes\n").unwrap();
    let block = chapter.split("```").nth(1).unwrap().strip_prefix("console\n").unwrap();
    block.lines().map(|line| line.strip_prefix("$ ").unwrap_or(line).to_owned() + "\n").collect()
}

/// `script` with what is different here: each of it has to be there.
fn here(script: &str, database: &str, ports: [u16; 4]) -> String {
    let mut script = script.to_owned();
    let mut replace = |old: &str, new: &str| {
        assert!(script.contains(old), "{old}");
        script = script.replace(old, new);
    };
    replace("postgres://lastseen:password@127.0.0.1:5432/lastseen", database);
    replace("target/release/lastseen", lastseen().to_str().unwrap());
    replace("deploy/", &format!("{}/deploy/", Path::new(ROOT).display()));
    replace("bind :8080/", &format!("bind 127.0.0.1:{}/", ports[0]));
    for (index, port) in (1..).zip(&ports[1..]) {
        replace(&format!("127.0.0.1:808{index}"), &format!("127.0.0.1:{port}"));
    }
    script
}

#[tokio::test]
async fn the_lines_of_the_readme_start_three_nodes_behind_haproxy() {
    let readme = std::fs::read_to_string(Path::new(ROOT).join("README.md")).unwrap();
    let ports: [u16; 4] = std::array::from_fn(|_| free_port());
    let lines = here(&script(&readme), &Cluster::database(), ports);
    // At last it prints a token, and ends all that it started when nobody holds its input.
    let token = format!("echo $({} token --user 5)", lastseen().display());
    let script =
        format!("set -e\n{lines}\n{token}\ntrap 'kill $(jobs -p)' EXIT\nread -r || true\n");
    let folder = tempfile::tempdir().unwrap();
    let mut shell = Command::new("bash");
    shell.args(["-c", &script]).current_dir(folder.path()).env("LASTSEEN__SERVER__DRAIN", "0s");
    shell.env("PATH", format!("{}:/usr/sbin", std::env::var("PATH").unwrap()));
    let mut shell =
        shell.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut lines = BufReader::new(shell.stdout.take().unwrap()).lines();
    let mut token = String::new();
    while let Some(line) = lines.next_line().await.unwrap() {
        // haproxy may say something, too.
        if line.matches('.').count() == 2 && line.starts_with("ey") {
            token = line;
            break;
        }
    }
    assert!(!token.is_empty(), "the lines failed: {script}");

    let client = Client::new();
    let url = |port: u16, path: &str| format!("http://127.0.0.1:{port}{path}");
    for port in ports {
        until("it is ready", async || {
            let answer = client.get(url(port, "/readyz")).send().await;
            answer.is_ok_and(|answer| answer.status() == StatusCode::OK)
        })
        .await;
    }
    let beat = client.post(url(ports[0], "/api/chat/heartbeat")).bearer_auth(&token);
    assert_eq!(beat.send().await.unwrap().status(), StatusCode::OK);
    for port in ports {
        until("everybody shows it", async || {
            let poll = client.get(url(port, "/api/chat/online-users")).bearer_auth(&token);
            let answer: Value = poll.send().await.unwrap().json().await.unwrap();
            answer["online_users"] == json!([5])
        })
        .await;
    }
    drop(shell.stdin.take());
    timeout(Duration::from_secs(30), shell.wait()).await.unwrap().unwrap();
}
