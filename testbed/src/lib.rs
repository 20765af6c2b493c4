//! Real servers for tests and benchmarks: started on free ports of 127.0.0.1, in folders of their
//! own, with nothing configured outside of them.
//!
//! A server ends when it is dropped, and also when the process that started it ends, however it
//! ends: so it may live in a `static`, and a killed test run leaves nothing behind.
//!
//! Starting blocks for as long as the server needs (a second or two for a database), and needs no
//! async runtime. Whatever goes wrong is a panic with the end of the server's log. Linux only.

#![expect(
    clippy::expect_used,
    clippy::missing_panics_doc,
    clippy::panic,
    clippy::unwrap_used,
    reason = "only tests and benchmarks use this: they shall fail where it hurts"
)]

mod account;
mod balancer;
mod binary;
mod certificates;
mod delay_proxy;
mod files;
mod mariadb;
mod pooler;
mod port;
mod postgres;
mod server;
mod tree;

pub use self::{
    balancer::Balancer, delay_proxy::DelayProxy, files::allow_many_files, mariadb::MariaDb,
    pooler::Pooler, port::free_port, postgres::Postgres,
};

/// What a database does before it says that a transaction is committed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// Everything that production does: each commit is on the disk.
    Durable,
    /// Nothing: for tests in which no machine loses power.
    Fast,
}
