//! Ports that nobody uses.

use std::net::{Ipv4Addr, TcpListener};

/// A port of 127.0.0.1 on which nobody listens, for a server that is about to start.
///
/// It lies below the ports that the kernel gives to clients. One of those could be taken by any
/// connection while a server is stopped; and a client that tries and tries again to reach the
/// stopped server would at last be given that very port, and be connected to itself.
#[must_use]
pub fn free_port() -> u16 {
    (0..1000)
        .map(|_| rand::random_range(10_240..32_768))
        .find(|&port| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok())
        .expect("no port is free")
}
