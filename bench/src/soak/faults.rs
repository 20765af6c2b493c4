//! What goes wrong: nodes that die or are told to end, and a database that restarts.

use std::{sync::Arc, time::Duration};

use anyhow::ensure;
use reqwest::Method;
use testbed::Postgres;
use tokio::{
    task::spawn_blocking,
    time::{Instant, sleep},
};

use super::{
    USERS,
    node::Node,
    world::{Request, World},
};

/// Between two faults.
const PAUSE: [Duration; 2] = [Duration::from_secs(20), Duration::from_secs(40)];

/// How long a node or a database is gone, at most.
const GONE: Duration = Duration::from_secs(3);

/// How long it may take until all is well again.
const RECOVERY: Duration = Duration::from_mins(1);

#[derive(Clone, Copy, Debug)]
enum Fault {
    Kill,
    Terminate,
    Database,
}

/// In turns, so that each comes in a run of any length.
const FAULTS: [Fault; 7] = {
    use Fault::{Database, Kill, Terminate};
    [Kill, Database, Terminate, Kill, Kill, Terminate, Kill]
};

/// Does harm until then, and returns once everything has recovered.
pub(crate) async fn harm(
    world: &World,
    nodes: &mut [Node],
    database: &Arc<Postgres>,
    until: Instant,
) -> anyhow::Result<()> {
    for fault in FAULTS.into_iter().cycle() {
        let pause = world.dice.between(PAUSE[0], PAUSE[1]);
        if Instant::now() + pause > until {
            break;
        }
        sleep(pause).await;
        world.fault_begins();
        let (name, back) = strike(world, fault, nodes, database).await?;
        recovered(world).await?;
        world.record.recovery(name, back.elapsed());
        world.fault_ends();
    }
    sleep(until.saturating_duration_since(Instant::now())).await;
    Ok(())
}

/// Answers what it was, and when that came back which had gone.
async fn strike(
    world: &World,
    fault: Fault,
    nodes: &mut [Node],
    database: &Arc<Postgres>,
) -> anyhow::Result<(&'static str, Instant)> {
    let gone = world.dice.between(Duration::ZERO, GONE);
    let node = &mut nodes[world.any_node()];
    let name = match fault {
        Fault::Kill => {
            node.kill().await?;
            "node killed (SIGKILL)"
        }
        Fault::Terminate => {
            node.terminate().await?;
            "node told to end (SIGTERM)"
        }
        Fault::Database => {
            let stopping = Arc::clone(database);
            spawn_blocking(move || stopping.stop()).await?;
            sleep(gone).await;
            let back = Instant::now();
            let starting = Arc::clone(database);
            spawn_blocking(move || starting.start_again()).await?;
            return Ok(("database restarted", back));
        }
    };
    sleep(gone).await;
    let back = Instant::now();
    node.start_again()?;
    Ok((name, back))
}

/// Waits until every node stores a beat of somebody who is nobody else.
pub(crate) async fn recovered(world: &World) -> anyhow::Result<()> {
    let begin = Instant::now();
    for node in 0..world.nodes.len() {
        let beat = || {
            let path = "/api/chat/heartbeat";
            Request { method: Method::POST, ..Request::get("probes", USERS + node, path) }
        };
        while world.send(node, beat()).await.body().is_none() {
            ensure!(begin.elapsed() < RECOVERY, "node {node} does not recover");
            sleep(Duration::from_millis(20)).await;
        }
    }
    Ok(())
}
