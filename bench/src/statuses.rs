//! Statuses per second on PostgreSQL: one by one, counted, and in batches, of users who are in memory
//! and of users who are not.

use std::{
    fmt::Write,
    fs,
    ops::Range,
    path::{Path, PathBuf},
};

use sea_orm::ConnectionTrait;
use testbed::{Durability, Postgres};

use crate::{
    population::populate,
    process::Server,
    table::{self, Row},
    token,
};

const CONNECTIONS: u32 = 64;
const ONLINE: Range<u64> = 0..100_000;
const OFFLINE: Range<u64> = 100_000..200_000;
/// How many users a batch names.
const BATCH: u64 = 100;
/// How many different requests there are of each kind.
const TARGETS: u64 = 10_000;

/// Since when those have been gone who are offline: long enough not to be in memory.
const GO_OFFLINE: &str = "
    UPDATE presence SET last_activity = last_activity - 86400000, last_seen = last_seen - 86400000,
        online_since = online_since - 86400000
    WHERE user_id::bigint >= 100000";

/// Measures, and prints the tables.
pub(crate) async fn measure() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let tokens = folder.path().join("tokens");
    token::write_all(&tokens)?;
    let server = Postgres::start(Durability::Durable);
    let [url, other] = std::array::from_fn(|_| server.create_database());
    populate(&url, OFFLINE.end).await?;
    let db = sea_orm::Database::connect(&url).await?;
    for statement in [GO_OFFLINE, "VACUUM ANALYZE presence"] {
        db.execute_unprepared(statement).await?;
    }
    let node = Server::lastseen(&url, &[("PRESENCE__WINDOW", "1h")]).await?;
    let baseline = Server::baseline(&other, Path::new("")).await?;

    let target = |name: &str, targets: String| -> anyhow::Result<PathBuf> {
        let path = folder.path().join(name);
        fs::write(&path, targets)?;
        Ok(path)
    };
    let row = |name: &str, method, path: &str| Row::new(name, method, node.url(path), CONNECTIONS);
    let single = |name: &str, users: Range<u64>| -> anyhow::Result<Row> {
        Ok(row(name, "GET", "/").to(target(name, singles(users)?)?))
    };
    let batch = |name: &str, users: Range<u64>| -> anyhow::Result<Row> {
        Ok(row(name, "POST", "/").to(target(name, batches(users)?)?))
    };
    let rows = vec![
        Row::new("ceiling", "POST", baseline.url("/ceiling"), CONNECTIONS),
        row("count", "GET", "/api/user-status/online/count"),
        single("single, online", ONLINE)?,
        single("single, offline", OFFLINE)?,
        batch("batch of 100, online", ONLINE)?,
        batch("batch of 100, offline", OFFLINE)?,
    ];
    let title = "Statuses on PostgreSQL, 100,000 users online and 100,000 offline";
    let rows = table::measure(title, rows, &["ceiling"], &tokens).await?;
    println!("\n| batch of 100 | statuses/s |\n|---|---|");
    for row in rows.iter().filter(|row| row.name.starts_with("batch")) {
        println!("| {} | {:.0} |", row.name, row.per_second() * 100.0);
    }
    Ok(())
}

/// `TARGETS` users, spread over all of `users`.
fn spread(users: Range<u64>) -> impl Iterator<Item = u64> {
    let step = (users.end - users.start) / TARGETS;
    (0..TARGETS).map(move |number| users.start + number * step)
}

fn singles(users: Range<u64>) -> anyhow::Result<String> {
    let mut lines = String::new();
    for user in spread(users) {
        writeln!(lines, "/api/user-status/{user}\t")?;
    }
    Ok(lines)
}

/// Batches of users who are not neighbours, as contacts are.
fn batches(users: Range<u64>) -> anyhow::Result<String> {
    let mut lines = String::new();
    let count = users.end - users.start;
    for first in spread(0..count) {
        let ids = (0..BATCH).map(|number| users.start + (first + number * 997) % count);
        let ids: Vec<_> = ids.map(|id| id.to_string()).collect();
        writeln!(lines, "/api/user-status/batch\t{{\"user_ids\":[{}]}}", ids.join(","))?;
    }
    Ok(lines)
}
