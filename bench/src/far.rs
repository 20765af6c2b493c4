//! A database that is far away, by a proxy in a process of its own: what it costs is not taken from
//! the load, and the load cannot hold it up.

use std::{
    io::{BufRead, BufReader, Write, stdin},
    net::{Ipv4Addr, SocketAddr},
    process::{Child, ChildStdin, Command, Stdio},
    time::Duration,
};

use anyhow::Context;
use testbed::{DelayProxy, allow_many_files};

/// A proxy before a database of this machine; it ends when dropped.
#[derive(Debug)]
pub(crate) struct Far {
    child: Child,
    orders: ChildStdin,
    /// Where it listens.
    pub(crate) port: u16,
}

impl Far {
    /// Starts one before the database at `port`, near as yet.
    pub(crate) fn start(port: u16) -> anyhow::Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("far").arg(port.to_string()).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn()?;
        let orders = child.stdin.take().context("no stdin")?;
        let mut port = String::new();
        BufReader::new(child.stdout.take().context("no stdout")?).read_line(&mut port)?;
        Ok(Self { child, orders, port: port.trim().parse().context("the proxy ended")? })
    }

    /// Delays all that is sent from soon on by `delay`, each way.
    pub(crate) fn set_delay(&mut self, delay: Duration) -> anyhow::Result<()> {
        Ok(writeln!(self.orders, "{}", delay.as_millis())?)
    }
}

impl Drop for Far {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// What the other process does: says its port, then takes a delay in milliseconds from each line.
pub(crate) fn serve(port: u16) -> anyhow::Result<()> {
    allow_many_files();
    let proxy = DelayProxy::start(SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
    println!("{}", proxy.address().port());
    for line in stdin().lines() {
        proxy.set_delay(Duration::from_millis(line?.parse()?));
    }
    Ok(())
}
