//! Nodes that share a database.

use std::sync::LazyLock;

use futures::future::join_all;
use tempfile::{TempDir, tempdir};
use testbed::{Durability, Postgres};
use tokio::sync::{Mutex, MutexGuard};

use super::{Node, SECRET};

/// The server of all tests that leave it alone.
static POSTGRES: LazyLock<Postgres> = LazyLock::new(|| Postgres::start(Durability::Fast));

/// Held by tests that keep the machine busy, so that they measure nothing but themselves.
static MACHINE: Mutex<()> = Mutex::const_new(());

/// Waits for the other tests that keep the machine busy.
pub(crate) async fn alone() -> MutexGuard<'static, ()> {
    MACHINE.lock().await
}

/// A database, and the settings with which nodes serve it.
#[derive(Debug)]
pub(crate) struct Cluster {
    settings: Vec<(String, String)>,
}

impl Cluster {
    /// A new database on the shared server.
    pub(crate) fn new(settings: &[(&str, &str)]) -> Self {
        Self::at(&Self::database(), settings)
    }

    /// The database at `url`. Refreshes come often and beats do not coalesce, unless `settings`
    /// say otherwise.
    pub(crate) fn at(url: &str, settings: &[(&str, &str)]) -> Self {
        let usual = [
            ("AUTH__SECRET", SECRET),
            ("DATABASE__URL", url),
            ("SERVER__DRAIN", "0s"),
            ("SERVER__WORKERS", "2"),
            ("PRESENCE__REFRESH", "100ms"),
            ("PRESENCE__COALESCE", "0s"),
        ];
        let owned = |&(key, value): &(&str, &str)| (key.to_owned(), value.to_owned());
        Self { settings: usual.iter().chain(settings).map(owned).collect() }
    }

    /// A new and empty database on the shared server.
    pub(crate) fn database() -> String {
        POSTGRES.create_database()
    }

    /// The settings of its nodes, and `more`, which win.
    pub(crate) fn settings<'a>(&'a self, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
        let usual = self.settings.iter().map(|(key, value)| (&key[..], &value[..]));
        usual.chain(more.iter().copied()).collect()
    }

    /// Where its database is.
    pub(crate) fn url(&self) -> &str {
        self.settings(&[]).iter().rfind(|(key, _)| *key == "DATABASE__URL").unwrap().1
    }

    /// One more node.
    pub(crate) async fn node(&self) -> Node {
        self.node_with(&[]).await
    }

    /// One more node, with `more` settings of its own.
    pub(crate) async fn node_with(&self, more: &[(&str, &str)]) -> Node {
        Node::bare(folder(), &self.settings(more)).await
    }

    /// So many nodes, started at once.
    pub(crate) async fn nodes<const N: usize>(&self) -> [Node; N] {
        let nodes = join_all((0..N).map(|_| self.node())).await;
        nodes.try_into().unwrap()
    }
}

/// Where a node runs that keeps nothing there.
fn folder() -> TempDir {
    tempdir().unwrap()
}
