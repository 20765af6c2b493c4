//! The nodes: processes that can be killed and started again on their port, with clocks that may be
//! wrong.

use std::{
    fs::{self, File, OpenOptions},
    path::PathBuf,
    process::Stdio,
    time::Duration,
};

use anyhow::{Context, ensure};
use testbed::free_port;
use tokio::{
    process::{Child, Command},
    time::timeout,
};

use super::{COALESCE, SKEW, WINDOW};
use crate::token::SECRET;

/// One node; killed when dropped.
#[derive(Debug)]
pub(crate) struct Node {
    child: Option<Child>,
    port: u16,
    database: String,
    /// How wrong its wall clock is, as libfaketime reads it; empty when it is right.
    pub(crate) clock: &'static str,
    log: PathBuf,
}

impl Node {
    /// Starts one on the database at that URL. It logs to `log`, and need not be ready yet.
    pub(crate) fn start(database: &str, clock: &'static str, log: PathBuf) -> anyhow::Result<Self> {
        let (child, port, database) = (None, free_port(), database.to_owned());
        let mut node = Self { child, port, database, clock, log };
        node.start_again()?;
        Ok(node)
    }

    /// Starts it after its end, on its port.
    pub(crate) fn start_again(&mut self) -> anyhow::Result<()> {
        let log: File = OpenOptions::new().create(true).append(true).open(&self.log)?;
        let mut command = Command::new(std::env::current_exe()?.with_file_name("lastseen"));
        for (key, value) in [
            ("SERVER__LISTEN", format!("127.0.0.1:{}", self.port)),
            ("SERVER__DRAIN", "1s".to_owned()),
            ("DATABASE__URL", self.database.clone()),
            ("AUTH__SECRET", SECRET.to_owned()),
            ("PRESENCE__WINDOW", format!("{}s", WINDOW.as_secs())),
            ("PRESENCE__HEARTBEAT_INTERVAL", "5s".to_owned()),
            ("PRESENCE__POLL_INTERVAL", "2s".to_owned()),
            ("PRESENCE__CLOCK_SKEW", format!("{}s", SKEW.as_secs())),
            ("PRESENCE__COALESCE", format!("{}s", COALESCE.as_secs())),
            ("LIMITS__PER_USER", "1000000,1000000".to_owned()),
        ] {
            command.env(format!("LASTSEEN__{key}"), value);
        }
        if !self.clock.is_empty() {
            // The monotonic clock goes on by itself, as it does on a machine whose clock was set.
            command.env("LD_PRELOAD", faketime()?).env("FAKETIME", self.clock);
            command.env("FAKETIME_DONT_FAKE_MONOTONIC", "1").env("DONT_FAKE_MONOTONIC", "1");
        }
        command.env("RUST_LOG", "warn").stdin(Stdio::null()).stderr(log).kill_on_drop(true);
        self.child = Some(command.spawn()?);
        Ok(())
    }

    /// The URL of its root, without a slash at the end.
    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Ends it as a crash would.
    pub(crate) async fn kill(&mut self) -> anyhow::Result<()> {
        Ok(self.child.take().context("it runs")?.kill().await?)
    }

    /// Ends it in an orderly way.
    pub(crate) async fn terminate(&mut self) -> anyhow::Result<()> {
        let mut child = self.child.take().context("it runs")?;
        let pid = child.id().context("it runs")?.to_string();
        let sent = Command::new("kill").args(["-s", "TERM", &pid]).status().await?;
        ensure!(sent.success(), "a node has ended by itself");
        let status = timeout(Duration::from_secs(30), child.wait()).await??;
        ensure!(status.success(), "a node that was told to end: {status}");
        Ok(())
    }

    /// The memory that it occupies, in bytes.
    pub(crate) fn memory(&self) -> anyhow::Result<u64> {
        let pid = self.child.as_ref().and_then(Child::id).context("it runs")?;
        let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|line| line.trim().strip_suffix(" kB")).context("no VmRSS")?;
        Ok(kib.parse::<u64>()? * 1024)
    }

    /// What it logged of panics, over all its lives.
    pub(crate) fn panics(&self) -> anyhow::Result<Vec<String>> {
        let log = fs::read(&self.log)?;
        let log = String::from_utf8_lossy(&log);
        Ok(log.lines().filter(|line| line.contains("panicked")).map(str::to_owned).collect())
    }
}

/// The library that lies to a process about the time.
fn faketime() -> anyhow::Result<PathBuf> {
    let folders = fs::read_dir("/usr/lib")?.filter_map(|entry| Some(entry.ok()?.path()));
    let mut libraries = folders.map(|folder| folder.join("faketime/libfaketimeMT.so.1"));
    let found = libraries.find(|library| library.is_file());
    found.context("libfaketime is missing: apt-get install faketime")
}
