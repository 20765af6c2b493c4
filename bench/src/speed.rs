//! Requests per second: heartbeat and online-users against the baselines.

use std::path::Path;

use tempfile::TempDir;

use crate::{
    population::populate,
    process::Server,
    token,
    wrk::{Load, Result},
};

/// How often each load is run, in turns.
const ROUNDS: usize = 5;
/// How long each run takes.
const SECONDS: u32 = 6;
const CONNECTIONS: u32 = 64;
/// How many are online while online-users is asked for.
const ONLINE: u64 = 10_000;

/// A row of the table: a load, and what came of each run.
struct Row {
    name: &'static str,
    url: String,
    method: &'static str,
    runs: Vec<Result>,
}

/// Measures, and prints the table.
pub(crate) async fn measure() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let tokens = folder.path().join("tokens");
    token::write_all(&tokens)?;
    let (servers, mut rows) = start(&folder, &tokens).await?;
    for round in 0..=ROUNDS {
        for row in &mut rows {
            let Row { url, method, .. } = row;
            let load =
                Load { url, method, connections: CONNECTIONS, seconds: SECONDS, tokens: &tokens };
            let run = load.run(folder.path()).await?;
            // The first round warms caches up and lets databases grow.
            if round > 0 {
                row.runs.push(run);
            }
        }
    }
    drop(servers);
    print(&rows);
    Ok(())
}

async fn start(folder: &TempDir, tokens: &Path) -> anyhow::Result<(Vec<Server>, Vec<Row>)> {
    let path = |name: &str| folder.path().join(name);
    // The window is so long that nobody leaves during the run.
    let window = [("PRESENCE__WINDOW", "10h")];
    populate(&path("online.db"), ONLINE).await?;
    let online = Server::lastseen(&path("online.db"), &window).await?;
    let token = std::fs::read_to_string(tokens)?.lines().next().unwrap_or_default().to_owned();
    let answer = online.get("/api/chat/online-users", &token).await?;
    let body = answer.split_once("\r\n\r\n").map(|(_, body)| body).unwrap_or_default();
    std::fs::write(path("body"), body)?;

    let baseline = Server::baseline(&path("baseline.db"), &path("body")).await?;
    let every = Server::lastseen(&path("every.db"), &[("PRESENCE__COALESCE", "0s")]).await?;
    let default = Server::lastseen(&path("default.db"), &[]).await?;
    let heartbeat = "/api/chat/heartbeat";
    let rows = [
        ("ceiling", baseline.url("/ceiling"), "POST"),
        ("one-upsert", baseline.url("/one-upsert"), "POST"),
        ("heartbeat, every one written", every.url(heartbeat), "POST"),
        ("heartbeat, default settings", default.url(heartbeat), "POST"),
        ("static", baseline.url("/static"), "GET"),
        ("online-users", online.url("/api/chat/online-users"), "GET"),
    ];
    let rows = rows.map(|(name, url, method)| Row { name, url, method, runs: Vec::new() });
    Ok((vec![online, baseline, every, default], rows.into()))
}

fn print(rows: &[Row]) {
    let of =
        |name: &str| rows.iter().find(|row| row.name == name).map_or(f64::NAN, Row::per_second);
    println!(
        "| path | requests/s | spread | p50 ms | p99 ms | ÷ ceiling | ÷ one-upsert | ÷ static |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    for row in rows {
        let per_second = row.per_second();
        let mut all: Vec<_> = row.runs.iter().map(|run| run.per_second).collect();
        all.sort_by(f64::total_cmp);
        let ratio = |name: &str, wanted: bool| {
            if wanted { format!("{:.2}", per_second / of(name)) } else { String::new() }
        };
        println!(
            "| {} | {:.0} | {:.0}–{:.0} | {:.2} | {:.2} | {} | {} | {} |",
            row.name,
            per_second,
            all.first().copied().unwrap_or_default(),
            all.last().copied().unwrap_or_default(),
            median(row.runs.iter().map(|run| run.p50_ms)),
            median(row.runs.iter().map(|run| run.p99_ms)),
            ratio("ceiling", true),
            ratio("one-upsert", row.method == "POST"),
            ratio("static", row.method == "GET"),
        );
    }
}

impl Row {
    fn per_second(&self) -> f64 {
        median(self.runs.iter().map(|run| run.per_second))
    }
}

/// The middle one; of an even number the upper of the two.
fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<_> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
