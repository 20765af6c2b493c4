//! Three times as many heartbeats as a node can store: what still gets through, how late, and what the
//! others are told.

use std::{
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

use testbed::{DelayProxy, Durability, Postgres, allow_many_files};

use crate::{pace, process::Server, table::SECONDS, token, wrk::Load};

/// To the database and back: so long that a batch of 1024 twice a second is all there is, and this
/// machine can send three times as much without being in its own way.
const ONE_WAY: Duration = Duration::from_millis(240);
/// So many wait at once for the peak: more than two batches.
const CONNECTIONS: u32 = 3000;
const DURATION: Duration = Duration::from_secs(15);
/// A node gives up after that.
const TIMEOUT: &str = "2s";

/// Measures, and prints the table.
pub(crate) async fn measure() -> anyhow::Result<()> {
    allow_many_files();
    let folder = tempfile::tempdir()?;
    let tokens = folder.path().join("tokens");
    token::write_all(&tokens)?;
    let server = Postgres::start(Durability::Durable);
    let url = server.create_database();
    let near = Server::lastseen(&url, &[]).await?;
    drop(near);
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, server.port()));
    let proxy = DelayProxy::start(address);
    let far =
        url.replace(&format!(":{}/", server.port()), &format!(":{}/", proxy.address().port()));
    let settings = [
        ("DATABASE__TIMEOUT", TIMEOUT),
        ("DATABASE__MIGRATE", "false"),
        ("PRESENCE__COALESCE", "0s"),
    ];
    let node = Server::lastseen(&far, &settings).await?;
    proxy.set_delay(ONE_WAY);

    let beat = &node.url("/api/chat/heartbeat");
    let load = Load {
        url: beat,
        method: "POST",
        headers: &[],
        connections: CONNECTIONS,
        seconds: 5 * SECONDS,
        tokens: &tokens,
        targets: None,
    };
    let peak = load.run().await?.per_second;
    println!("\n### Heartbeats beyond what a node can store\n");
    println!("| offered/s | accepted/s | ÷ peak | p50 ms | p99 ms | 429, 503 | other failures |");
    println!("|---|---|---|---|---|---|---|");
    println!("| the peak, {CONNECTIONS} at once | {peak:.0} | 1.00 | | | 0 | 0 |");
    for times in [1.0, 2.0, 3.0] {
        let paced = pace::beat(beat, &tokens, times * peak, DURATION).await?;
        let accepted = f64::from(paced.sent - paced.refused - paced.failed);
        let accepted = accepted / DURATION.as_secs_f64();
        println!(
            "| {:.0} | {accepted:.0} | {:.2} | {:.0} | {:.0} | {} | {} |",
            times * peak,
            accepted / peak,
            paced.p50.as_secs_f64() * 1e3,
            paced.p99.as_secs_f64() * 1e3,
            paced.refused,
            paced.failed,
        );
    }
    Ok(())
}
