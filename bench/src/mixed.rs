//! What one machine carries: polls and heartbeats at the rates of so many users, an open loop.

use std::{fs, process::Stdio, time::Duration};

use anyhow::{Context, ensure};
use serde_json::Value;
use testbed::{Durability, Postgres};
use tokio::process::Command;

use crate::{crowd, population::populate, process::Server, token};

/// How many are online, and how many there are to poll and beat.
const ONLINE: u64 = 100_000;
const USERS: [u32; 4] = [100_000, 200_000, 300_000, 500_000];
/// A poll every 10 s, a heartbeat every 120 s.
const POLL_INTERVAL: f64 = 10.0;
const HEARTBEAT_INTERVAL: f64 = 120.0;
const DURATION: Duration = Duration::from_secs(15);

/// Measures, and prints the table.
pub(crate) async fn measure() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let tokens = folder.path().join("tokens");
    token::write_all(&tokens)?;
    let token = fs::read_to_string(&tokens)?.lines().next().unwrap_or_default().to_owned();
    let server = Postgres::start(Durability::Durable);
    let url = server.create_database();
    populate(&url, ONLINE).await?;
    let node = Server::lastseen(&url, &[]).await?;
    println!("\n### Polls and heartbeats of so many users, {ONLINE} online, at a fixed rate\n");
    println!("| users | polls/s | p50 ms | p99 ms | heartbeats/s | p50 ms | p99 ms | failed |");
    println!("|---|---|---|---|---|---|---|---|");
    for users in USERS {
        let answer = node.get("/api/chat/online-users", &token).await?;
        let cursor = answer.split("\"cursor\":\"").nth(1).and_then(|rest| rest.split('"').next());
        let cursor = cursor.context("no cursor")?;
        let polls = node.url(&format!("/api/chat/online-users?since={cursor}"));
        let polls = poll(&polls, &token, users);
        let per_second = f64::from(users) / HEARTBEAT_INTERVAL;
        let beats = crowd::beat(node.port(), &tokens, per_second, DURATION);
        let (polls, beats) = tokio::try_join!(polls, beats)?;
        println!(
            "| {users} | {:.0} | {:.2} | {:.2} | {:.0} | {:.2} | {:.2} | {} |",
            polls.per_second,
            polls.p50_ms,
            polls.p99_ms,
            f64::from(beats.sent) / DURATION.as_secs_f64(),
            beats.p50.as_secs_f64() * 1e3,
            beats.p99.as_secs_f64() * 1e3,
            polls.failed + u64::from(beats.refused + beats.failed),
        );
    }
    Ok(())
}

struct Polls {
    per_second: f64,
    p50_ms: f64,
    p99_ms: f64,
    failed: u64,
}

/// By oha, which counts a request's latency from when it was due.
async fn poll(url: &str, token: &str, users: u32) -> anyhow::Result<Polls> {
    let output = Command::new("oha")
        .args(["--no-tui", "--output-format", "json", "--latency-correction", "-c", "256"])
        .args(["-q", &format!("{:.0}", f64::from(users) / POLL_INTERVAL)])
        .args(["-z", &format!("{}s", DURATION.as_secs())])
        .args(["-H", &format!("Authorization: Bearer {token}"), url])
        .stderr(Stdio::inherit())
        .output()
        .await
        .context("oha is missing: cargo install --locked oha")?;
    ensure!(output.status.success(), "oha failed");
    let report: Value = serde_json::from_slice(&output.stdout)?;
    let number = |path: &str| report.pointer(path).and_then(Value::as_f64).context("oha's report");
    let codes = report["statusCodeDistribution"].as_object().context("oha's report")?;
    let failed = codes.iter().filter(|(code, _)| *code != "200");
    Ok(Polls {
        per_second: number("/summary/requestsPerSec")?,
        p50_ms: number("/latencyPercentiles/p50")? * 1e3,
        p99_ms: number("/latencyPercentiles/p99")? * 1e3,
        failed: failed.filter_map(|(_, count)| count.as_u64()).sum(),
    })
}
