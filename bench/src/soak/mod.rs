//! A soak: mixed load, nodes killed at random, the database restarted, clocks wrong. All the time,
//! and once more when the dust has settled, the rules of the contract are checked from outside.

mod checks;
mod dice;
mod faults;
mod followers;
mod model;
mod node;
mod record;
mod report;
mod settle;
mod users;
mod world;

use std::{fs, path::Path, rc::Rc, sync::Arc, time::Duration};

use anyhow::ensure;
use testbed::{Durability, Postgres};
use tokio::{
    task::JoinSet,
    time::{Instant, sleep},
};

use self::{followers::Follower, node::Node, world::World};
use crate::token;

/// How many users there are. Ids from here on belong to those who check.
const USERS: usize = 400;
const FOLLOWERS: usize = 12;
/// The windows are short, so that users fall silent often, and clocks are worth a little.
const WINDOW: Duration = Duration::from_secs(20);
const SKEW: Duration = Duration::from_secs(2);
const COALESCE: Duration = Duration::from_secs(1);
/// How wrong the clocks of the nodes are.
const CLOCKS: [&str; 3] = ["+10m", "-10m", ""];
/// How much memory may grow while the load stays the same.
const FLAT: f64 = 1.2;

/// The memory of a node before and after a part of the soak without faults, in bytes.
#[derive(Clone, Debug)]
pub(crate) struct Memory {
    name: String,
    bytes: [f64; 2],
}

/// Runs the load for that long, prints the table, and fails if any rule was broken.
pub(crate) async fn run(minutes: u64) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let tokens = folder.path().join("tokens");
    token::write_all(&tokens)?;
    let tokens = fs::read_to_string(&tokens)?;
    let tokens = tokens.lines().take(2 * USERS).map(str::to_owned).collect();
    let database = Arc::new(Postgres::start(Durability::Durable));
    let mut nodes = start(&database.create_database(), folder.path())?;
    let world = Rc::new(World::new(nodes.iter().map(Node::url).collect(), tokens)?);
    faults::recovered(&world).await?;

    let users = users::strangers();
    let (mut clients, mut following) = (JoinSet::new(), JoinSet::new());
    let (there, everybody) = (Rc::clone(&world), Rc::clone(&users));
    clients.spawn_local(async move { users::live(&there, &everybody).await });
    let (there, everybody) = (Rc::clone(&world), Rc::clone(&users));
    clients.spawn_local(async move { checks::watch_lists(&there, &everybody).await });
    for node in 0..CLOCKS.len() {
        let (there, everybody) = (Rc::clone(&world), Rc::clone(&users));
        clients.spawn_local(async move {
            checks::watch_statuses(&there, &everybody, node).await;
        });
    }
    for _ in 0..FOLLOWERS {
        let world = Rc::clone(&world);
        following.spawn_local(async move { Follower::default().live(&world).await });
    }

    let memory = faults_and_calm(&world, &mut nodes, &database, minutes).await?;
    world.ended.set(true);
    clients.join_all().await;
    settle::settle(&world, &users, following.join_all().await).await;
    for node in &nodes {
        let panics = node.panics()?;
        world.record.check("no node panicked", panics.is_empty(), || format!("{panics:?}"));
    }
    report::print(&world.record, minutes, &memory);
    ensure!(world.record.all_held(), "a rule was broken");
    Ok(())
}

fn start(database: &str, folder: &Path) -> anyhow::Result<Vec<Node>> {
    let node =
        |(number, clock)| Node::start(database, clock, folder.join(format!("node-{number}.log")));
    (1..).zip(CLOCKS).map(node).collect()
}

/// Faults for three fifths of the time. In the rest there are none, and memory is to stay flat
/// once the nodes are warm again.
async fn faults_and_calm(
    world: &World,
    nodes: &mut [Node],
    database: &Arc<Postgres>,
    minutes: u64,
) -> anyhow::Result<Vec<Memory>> {
    let fifth = Duration::from_mins(minutes) / 5;
    faults::harm(world, nodes, database, Instant::now() + 3 * fifth).await?;
    sleep(fifth * 2 / 3).await;
    let before = nodes.iter().map(Node::memory).collect::<anyhow::Result<Vec<_>>>()?;
    sleep(fifth * 4 / 3).await;
    let mut memory = Vec::new();
    for (node, before) in nodes.iter().zip(before) {
        #[expect(clippy::cast_precision_loss, reason = "megabytes are what is shown")]
        let bytes = [before as f64, node.memory()? as f64];
        let clock = if node.clock.is_empty() { "right" } else { node.clock };
        let name = format!("the node whose clock is {clock}");
        world
            .record
            .check("memory is flat", bytes[1] <= FLAT * bytes[0], || format!("{name}: {bytes:?}"));
        memory.push(Memory { name, bytes });
    }
    Ok(memory)
}
