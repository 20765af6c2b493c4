//! `lastseen healthcheck`

use std::{
    io::{Read, Write},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream},
    time::Duration,
};

use anyhow::bail;

use crate::settings::Settings;

/// Longer than a node that is well takes.
const TIMEOUT: Duration = Duration::from_secs(3);

/// Asks the node that listens as `settings` say for `/readyz`.
pub(crate) fn healthcheck(settings: &Settings) -> anyhow::Result<()> {
    let mut node = TcpStream::connect_timeout(&reachable(settings.server.listen), TIMEOUT)?;
    node.set_read_timeout(Some(TIMEOUT))?;
    node.set_write_timeout(Some(TIMEOUT))?;
    node.write_all(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
    let mut status_line = [0; 12];
    node.read_exact(&mut status_line)?;
    if !status_line.ends_with(b" 200") {
        bail!("not ready: {}", String::from_utf8_lossy(&status_line));
    }
    Ok(())
}

/// A node that listens on all addresses is reached by loopback.
fn reachable(mut listen: SocketAddr) -> SocketAddr {
    match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => listen.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(ip) if ip.is_unspecified() => listen.set_ip(Ipv6Addr::LOCALHOST.into()),
        IpAddr::V4(_) | IpAddr::V6(_) => {}
    }
    listen
}
