//! The HTTP server of Lastseen: a library and a thin binary.
//!
//! A request goes `http` → [`presence::Presence`]; what it may do is decided by `auth`, which
//! knows no HTTP. [`app`] is the only place that sees HTTP, presence and the store together.

pub mod app;
pub mod auth;
pub mod cli;
mod commands;
mod connections;
pub mod credentials;
#[cfg(test)]
mod fuzz;
pub mod http;
pub mod issuer_keys;
mod key_source;
pub mod lifecycle;
pub mod limits;
mod logging;
mod metrics;
mod pace;
mod place;
mod plain_text;
mod server;
pub mod settings;
pub mod signals;
mod store_refusals;
mod upkeep;
