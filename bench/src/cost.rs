//! The cost card: what users who are online cost the database per minute, at default settings.

use std::time::Duration;

use sea_orm::{ConnectionTrait, DatabaseConnection, Statement};
use testbed::{Durability, Postgres};

use crate::{crowd, process::Server, token};

const ONLINE: f64 = 20_000.0;
const HEARTBEAT_INTERVAL: f64 = 120.0;
const DURATION: Duration = Duration::from_mins(1);

/// Measures, and prints the table.
pub(crate) async fn measure() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let tokens = folder.path().join("tokens");
    token::write_all(&tokens)?;
    let server = Postgres::start(Durability::Durable);
    let url = server.create_database();
    let node = Server::lastseen(&url, &[]).await?;
    let db = sea_orm::Database::connect(&url).await?;
    let idle = during(&server, &db, async {
        tokio::time::sleep(DURATION).await;
        Ok(())
    })
    .await?;
    let rate = ONLINE / HEARTBEAT_INTERVAL;
    let beats = crowd::beat(node.port(), &tokens, rate, DURATION);
    let busy = during(&server, &db, async { beats.await.map(drop) }).await?;
    println!("\n### The cost card: 1,000 users online, for a minute, at default settings\n");
    println!("| | by the users | by the node, without users |");
    println!("|---|---|---|");
    let thousands = ONLINE / 1000.0;
    let per = |busy: f64, idle: f64| (busy - idle) / thousands;
    println!("| transactions | {:.0} | {:.0} |", per(busy.commits, idle.commits), idle.commits);
    println!("| rows written | {:.0} | 0 |", rate * 60.0 / thousands);
    println!(
        "| write-ahead log, kB | {:.0} | {:.0} |",
        per(busy.wal, idle.wal) / 1e3,
        idle.wal / 1e3
    );
    println!(
        "| database time, ms | {:.0} | {:.0} |",
        per(busy.cpu, idle.cpu) * 1e3,
        idle.cpu * 1e3
    );
    Ok(())
}

struct Spent {
    cpu: f64,
    commits: f64,
    wal: f64,
}

async fn during(
    server: &Postgres,
    db: &DatabaseConnection,
    what: impl Future<Output = anyhow::Result<()>>,
) -> anyhow::Result<Spent> {
    let before = spent(server, db).await?;
    what.await?;
    let after = spent(server, db).await?;
    Ok(Spent {
        cpu: after.cpu - before.cpu,
        commits: after.commits - before.commits,
        wal: after.wal - before.wal,
    })
}

async fn spent(server: &Postgres, db: &DatabaseConnection) -> anyhow::Result<Spent> {
    let question = "SELECT xact_commit::float8, (pg_current_wal_lsn() - '0/0')::float8 \
                    FROM pg_stat_database WHERE datname = current_database()";
    let statement = Statement::from_string(db.get_database_backend(), question);
    let row = db.query_one_raw(statement).await?;
    let row = row.ok_or_else(|| anyhow::anyhow!("no statistics"))?;
    let (commits, wal) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
    Ok(Spent { cpu: server.cpu_seconds(), commits, wal })
}
