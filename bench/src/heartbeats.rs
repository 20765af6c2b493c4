//! Heartbeats per second on each database, against the baselines.

use std::path::Path;

use tempfile::TempDir;
use testbed::{Durability, MariaDb, Postgres};

use crate::{
    process::Server,
    table::{self, Row},
    token,
};

/// Measures on every database, and prints a table for each.
pub(crate) async fn measure() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let tokens = folder.path().join("tokens");
    token::write_all(&tokens)?;

    let file = |name: &str| sqlite(&folder, name);
    compare("SQLite", &[64], [file("baseline"), file("every"), file("default")], &tokens).await?;

    let server = Postgres::start(Durability::Durable);
    let urls = std::array::from_fn(|_| server.create_database());
    compare("PostgreSQL", &[64, 512], urls, &tokens).await?;
    drop(server);

    let server = MariaDb::start(Durability::Durable);
    let urls = std::array::from_fn(|_| server.create_database());
    compare("MariaDB", &[64, 512], urls, &tokens).await
}

/// The URL of a SQLite file of that name.
pub(crate) fn sqlite(folder: &TempDir, name: &str) -> String {
    format!("sqlite://{}/{name}.db?mode=rwc", folder.path().display())
}

async fn compare(
    database: &str,
    connections: &[u32],
    [baseline, every, default]: [String; 3],
    tokens: &Path,
) -> anyhow::Result<()> {
    let baseline = Server::baseline(&baseline, Path::new("")).await?;
    let every = Server::lastseen(&every, &[("PRESENCE__COALESCE", "0s")]).await?;
    let default = Server::lastseen(&default, &[]).await?;
    let heartbeat = "/api/chat/heartbeat";
    for connections in connections {
        let rows = [
            ("ceiling", baseline.url("/ceiling")),
            ("one-upsert", baseline.url("/one-upsert")),
            ("heartbeat, every one written", every.url(heartbeat)),
            ("heartbeat, default settings", default.url(heartbeat)),
        ];
        let rows = rows.map(|(name, url)| Row::new(name, "POST", url, *connections));
        let title = format!("Heartbeats on {database}, {connections} connections");
        table::measure(&title, rows.into(), &["ceiling", "one-upsert"], tokens).await?;
    }
    Ok(())
}
