//! The place where a node listens: taken before anything else is touched, opened when there is
//! something to say.

use std::{
    io::{self, ErrorKind},
    net::{SocketAddr, TcpListener},
};

use anyhow::anyhow;
use tokio::net::TcpSocket;

use crate::settings::Listen;

/// How many connections may wait to be accepted.
const BACKLOG: u32 = 2048;

/// An address that is bound, and refuses connections until it [listens](Self::listen).
#[derive(Debug)]
pub(crate) struct Place {
    /// The setting that says where.
    key: &'static str,
    socket: TcpSocket,
    address: SocketAddr,
}

impl Place {
    /// Takes the first of the addresses that `listen`, which is the value of `key`, means and that is to
    /// be had.
    ///
    /// # Errors
    ///
    /// When none is, with what would do.
    pub(crate) fn take(key: &'static str, listen: &Listen) -> anyhow::Result<Self> {
        let addresses = listen.resolve().map_err(|error| {
            anyhow!("{key}: cannot look up {listen}: {error}; an address would do")
        })?;
        let mut refusal = None;
        for address in addresses {
            match bind(address) {
                Ok(socket) => return Ok(Self { key, address: socket.local_addr()?, socket }),
                Err(error) => {
                    // That of another address says less.
                    let in_use = error.kind() == ErrorKind::AddrInUse;
                    refusal = Some(refused(key, &listen, address, &error));
                    if in_use {
                        break;
                    }
                }
            }
        }
        Err(anyhow!(refusal.unwrap_or_else(|| format!("{key}: {listen} has no address"))))
    }

    /// Lets connections come; they queue up until they are accepted.
    ///
    /// # Errors
    ///
    /// When another process was quicker, with what would do.
    pub(crate) fn listen(self) -> anyhow::Result<TcpListener> {
        let Self { key, socket, address } = self;
        let listener = socket.listen(BACKLOG).and_then(tokio::net::TcpListener::into_std);
        listener.map_err(|error| anyhow!(refused(key, &address, address, &error)))
    }
}

fn bind(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // Or a node could not start again where one has just ended.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    Ok(socket)
}

#[expect(clippy::wildcard_enum_match_arm, reason = "most kinds need no word of their own")]
fn refused(key: &str, listen: &impl ToString, address: SocketAddr, error: &io::Error) -> String {
    let (listen, address) = (listen.to_string(), address.to_string());
    let which = if listen == address { String::new() } else { format!(" ({address})") };
    let remedy = match error.kind() {
        ErrorKind::AddrInUse => "; stop what listens there, or choose another port",
        ErrorKind::AddrNotAvailable => {
            "; this machine has no such address: one of its own would do, or 0.0.0.0 for all"
        }
        ErrorKind::PermissionDenied => {
            "; a port below 1024 takes the capability CAP_NET_BIND_SERVICE, one from 1024 on does not"
        }
        _ => "",
    };
    format!("{key}: cannot listen on {listen}{which}: {error}{remedy}")
}
