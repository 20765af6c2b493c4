//! What a million users cost a node: memory, and time at its start.

use std::fs;

use crate::{heartbeats::sqlite, population::populate, process::Server, token};

const USERS: u64 = 1_000_000;

/// Measures, and prints the table.
pub(crate) async fn measure() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let tokens = folder.path().join("tokens");
    token::write_all(&tokens)?;
    let token = fs::read_to_string(&tokens)?.lines().next().unwrap_or_default().to_owned();
    let million = sqlite(&folder, "million");
    populate(&million, USERS).await?;

    let empty = Server::lastseen(&sqlite(&folder, "empty"), &[]).await?.memory()?;
    let node = Server::lastseen(&million, &[("PRESENCE__WINDOW", "1h")]).await?;
    let per_user = |memory: u64| memory.saturating_sub(empty) / USERS;
    let loaded = node.memory()?;
    let list = node.get("/api/chat/online-users", &token).await?;
    let listed = node.memory()?;
    println!("\n### Memory and start\n");
    println!("| a node with {USERS} users online | |");
    println!("|---|---|");
    println!("| from its start to ready | {:.2} s |", node.start.as_secs_f64());
    println!("| memory without users | {} MB |", empty / 1_000_000);
    println!("| memory per user, loaded | {} bytes |", per_user(loaded));
    println!("| memory per user, once the full list was asked for | {} bytes |", per_user(listed));
    println!("| size of that list | {} MB |", list.len() / 1_000_000);
    Ok(())
}
