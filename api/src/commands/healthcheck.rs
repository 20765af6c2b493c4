//! `lastseen healthcheck`

use std::{
    io::{self, ErrorKind, Read, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use anyhow::{Context, bail};

use crate::settings::Settings;

/// Longer than a node that is well takes.
const TIMEOUT: Duration = Duration::from_secs(3);

/// Asks the node that listens as `settings` say for `/readyz`.
pub(crate) fn healthcheck(settings: &Settings) -> anyhow::Result<()> {
    let listen = &settings.server.listen;
    if listen.port() == 0 {
        bail!("server.listen: {listen} is any port that is free, which only the node's log tells");
    }
    let addresses = listen.reachable();
    let addresses = addresses.with_context(|| format!("server.listen: cannot look up {listen}"))?;
    let mut answer = None;
    for address in addresses {
        let asked = ask(address);
        let is_there = asked.is_ok();
        answer = Some((address, asked));
        if is_there {
            break;
        }
    }
    let (address, asked) = answer.context("server.listen: there is no address")?;
    let status = asked.map_err(in_words);
    let status =
        status.with_context(|| format!("cannot ask the node at {address} (server.listen)"))?;
    match status.strip_prefix("HTTP/1.1 ") {
        Some("200") => Ok(()),
        Some(status) => bail!("the node at {address} is not ready: it answers {status}"),
        None => bail!("what listens at {address} (server.listen) does not speak HTTP"),
    }
}

/// The first twelve bytes of the answer: version and status.
fn ask(address: SocketAddr) -> io::Result<String> {
    let mut node = TcpStream::connect_timeout(&address, TIMEOUT)?;
    node.set_read_timeout(Some(TIMEOUT))?;
    node.set_write_timeout(Some(TIMEOUT))?;
    node.write_all(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
    let mut status_line = [0; 12];
    node.read_exact(&mut status_line)?;
    Ok(String::from_utf8_lossy(&status_line).into_owned())
}

#[expect(clippy::wildcard_enum_match_arm, reason = "most kinds need no word of their own")]
fn in_words(error: io::Error) -> io::Error {
    match error.kind() {
        ErrorKind::WouldBlock | ErrorKind::TimedOut => {
            io::Error::other(format!("no answer within {} s", TIMEOUT.as_secs()))
        }
        ErrorKind::UnexpectedEof => io::Error::other("it hung up without an answer"),
        _ => error,
    }
}
