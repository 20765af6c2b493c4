//! The servers start, obey and leave nothing behind.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod balancer;
mod delay_proxy;
mod leftovers;
mod mariadb;
mod postgres;
mod support;
