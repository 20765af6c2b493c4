//! Three times as many heartbeats as a node can store: what still gets through, how late, and what the
//! others are told.

use std::time::Duration;

use testbed::{Durability, Postgres, allow_many_files};

use crate::{crowd, far::Far, pace::Paced, process::Server, token};

/// To the database and back: so long that a batch of 1024 three times a second is all there is, and this
/// machine can send three times as much without being in its own way.
const ONE_WAY: Duration = Duration::from_millis(150);
/// So many beats go to the database at once.
const BATCH: f64 = 1024.0;
const DURATION: Duration = Duration::from_secs(15);

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
    let mut far = Far::start(server.port())?;
    let url = url.replace(&format!(":{}/", server.port()), &format!(":{}/", far.port));
    let settings = [("DATABASE__MIGRATE", "false"), ("PRESENCE__COALESCE", "0s")];
    let node = Server::lastseen(&url, &settings).await?;
    far.set_delay(ONE_WAY)?;

    // Its connections were made when the database was near; its statements are prepared now.
    crowd::beat(node.port(), &tokens, 100.0, DURATION / 3).await?;
    let mut runs = Vec::new();
    for times in [0.5, 1.0, 2.0, 3.0] {
        let offered = times * BATCH / (2 * ONE_WAY).as_secs_f64();
        runs.push((offered, crowd::beat(node.port(), &tokens, offered, DURATION).await?));
    }
    print(&runs);
    Ok(())
}

fn print(runs: &[(f64, Paced)]) {
    let accepted =
        |run: &Paced| f64::from(run.sent - run.refused - run.failed) / DURATION.as_secs_f64();
    let peak = runs.iter().map(|(_, run)| accepted(run)).fold(0.0, f64::max);
    println!("\n### Heartbeats beyond what a node can store\n");
    println!("| offered/s | accepted/s | ÷ peak | p50 ms | p99 ms | 429, 503 | other failures |");
    println!("|---|---|---|---|---|---|---|");
    for (offered, run) in runs {
        println!(
            "| {offered:.0} | {:.0} | {:.2} | {:.0} | {:.0} | {} | {} |",
            accepted(run),
            accepted(run) / peak,
            run.p50.as_secs_f64() * 1e3,
            run.p99.as_secs_f64() * 1e3,
            run.refused,
            run.failed,
        );
    }
}
