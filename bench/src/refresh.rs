//! What it costs a node and the database to follow what other nodes write.

use std::time::Duration;

use presence::{Database, News, Position, PresenceStore, UserIdKind};
use testbed::{Durability, Postgres};
use tokio::time::{Instant, MissedTickBehavior, interval};

use crate::{
    population::{beats, policy, populate},
    process::Server,
};

const USERS: u64 = 1_000_000;
const BATCHES_PER_SECOND: u32 = 8;
const BATCH: u64 = 1_000;
/// Longer than it takes until a node loads everything anew.
const DURATION: Duration = Duration::from_secs(50);

/// Measures, and prints the table.
pub(crate) async fn measure() -> anyhow::Result<()> {
    let server = Postgres::start(Durability::Durable);
    let url = server.create_database();
    populate(&url, USERS).await?;
    let alone = change_for(&server, &url, None).await?;
    let node = Server::lastseen(&url, &[("PRESENCE__WINDOW", "10h")]).await?;
    let followed = change_for(&server, &url, Some(&node)).await?;

    let changes = u64::from(BATCHES_PER_SECOND) * BATCH;
    println!("\n### Following {changes} changes/s of another node, {USERS} rows\n");
    println!("| | of a core |");
    println!("|---|---|");
    println!("| the database, for the writer alone | {:.1} % |", 100.0 * alone.database);
    println!(
        "| the database, for the node that follows | {:.1} % |",
        100.0 * (followed.database - alone.database)
    );
    println!("| the node that follows | {:.1} % |", 100.0 * followed.node);
    Ok(())
}

/// Processor time by the time that passed.
struct Cost {
    database: f64,
    node: f64,
}

/// Writes as another node would, in this process.
async fn change_for(server: &Postgres, url: &str, node: Option<&Server>) -> anyhow::Result<Cost> {
    let (database, timeout) = (Database::new(url)?, Duration::from_secs(10));
    let db = database.connect(1, timeout).await?;
    let store = database.open(db, UserIdKind::Integer, timeout).await?;
    let node_cpu = || node.map_or(Ok(0.0), Server::cpu_seconds);
    let (start, database_before, node_before) = (Instant::now(), server.cpu_seconds(), node_cpu()?);
    let mut ticks = interval(Duration::from_secs(1) / BATCHES_PER_SECOND);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let (mut since, mut first) = (Position::START, 0);
    while start.elapsed() < DURATION {
        ticks.tick().await;
        since = write(&*store, first, since).await?;
        first = (first + BATCH) % USERS;
    }
    let passed = start.elapsed().as_secs_f64();
    let database = (server.cpu_seconds() - database_before) / passed;
    Ok(Cost { database, node: (node_cpu()? - node_before) / passed })
}

async fn write(store: &dyn PresenceStore, first: u64, since: Position) -> anyhow::Result<Position> {
    let beats = beats(first..first + BATCH)?;
    Ok(match store.write(&beats, &policy(), since).await? {
        News::Feed(feed) => feed.until,
        News::Unknown | News::Restored => since,
    })
}
