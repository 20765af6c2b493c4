//! What a storm of logins costs those who are here: heartbeats alone, and beside logins at a fixed
//! rate.

use std::{path::Path, time::Duration};

use anyhow::ensure;
use reqwest::{Client, RequestBuilder};
use serde_json::json;

use crate::{
    heartbeats::sqlite,
    pace::{self, Paced},
    process::Server,
    table::{ROUNDS, SECONDS, median},
    token,
    wrk::{Load, Result as Beats},
};

const CONNECTIONS: u32 = 64;
/// Many, and more than can be served: of these most are refused with 503.
const LOGINS_PER_SECOND: [f64; 2] = [20.0, 200.0];

/// Measures at each rate, and prints a table for each.
pub(crate) async fn measure() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let tokens = folder.path().join("tokens");
    token::write_all(&tokens)?;
    let settings = [("ACCOUNTS__ENABLED", "true")];
    let node = Server::lastseen(&sqlite(&folder, "logins"), &settings).await?;
    let client = Client::new();
    let body = json!({ "username": "ada", "password": "correct horse battery staple" });
    let made = client.post(node.url("/api/auth/register")).json(&body).send().await?;
    ensure!(made.status() == 201, "cannot register: {}", made.status());

    for rate in LOGINS_PER_SECOND {
        compare(&node, &tokens, rate, || client.post(node.url("/api/auth/login")).json(&body))
            .await?;
    }
    Ok(())
}

/// In turns, and prints the table.
async fn compare(
    node: &Server,
    tokens: &Path,
    rate: f64,
    login: impl Fn() -> RequestBuilder,
) -> anyhow::Result<()> {
    let (mut alone, mut beside, mut logins) = (Vec::new(), Vec::new(), Vec::new());
    let duration = Duration::from_secs(SECONDS.into());
    for round in 0..=ROUNDS {
        let quiet = beats(node, tokens).await?;
        let paced = pace::send(rate, duration, || Ok(login()));
        let (busy, paced) = tokio::try_join!(beats(node, tokens), paced)?;
        // The first round warms up.
        if round > 0 {
            alone.push(quiet);
            beside.push(busy);
            logins.push(paced);
        }
    }
    print(rate, &alone, &beside, &logins);
    Ok(())
}

async fn beats(node: &Server, tokens: &Path) -> anyhow::Result<Beats> {
    let url = &node.url("/api/chat/heartbeat");
    let (method, headers) = ("POST", &[][..]);
    let (connections, seconds, targets) = (CONNECTIONS, SECONDS, None);
    let load = Load { url, method, headers, connections, seconds, tokens, targets };
    load.run().await
}

fn print(logins_per_second: f64, alone: &[Beats], beside: &[Beats], logins: &[Paced]) {
    println!(
        "\n### Heartbeats on SQLite, {CONNECTIONS} connections, beside {logins_per_second} \
         logins per second\n"
    );
    println!("| path | requests/s | p50 ms | p99 ms | refused | ÷ alone |");
    println!("|---|---|---|---|---|---|");
    let rate = |runs: &[Beats]| median(runs.iter().map(|run| run.per_second));
    for (name, runs) in [("heartbeats alone", alone), ("heartbeats beside logins", beside)] {
        println!(
            "| {name} | {:.0} | {:.2} | {:.2} | 0 | {:.2} |",
            rate(runs),
            median(runs.iter().map(|run| run.p50_ms)),
            median(runs.iter().map(|run| run.p99_ms)),
            rate(runs) / rate(alone),
        );
    }
    let millis = |latency: Duration| latency.as_secs_f64() * 1e3;
    println!(
        "| logins | {logins_per_second} | {:.0} | {:.0} | {} | |",
        median(logins.iter().map(|run| millis(run.p50))),
        median(logins.iter().map(|run| millis(run.p99))),
        logins.iter().map(|run| run.refused + run.failed).sum::<u32>(),
    );
}
