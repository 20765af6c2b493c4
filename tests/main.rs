//! Black box: HTTP in, HTTP out, against the real binary, each test with a node of its own.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "all of this is test code, its helpers included"
)]

mod accounts;
mod backups;
mod bad_input;
mod balancers;
mod base_path;
mod bodies;
mod browser;
mod caching;
mod clocks;
mod command_line;
mod compression;
mod conditional;
mod configuration;
mod connections;
mod contract;
mod cross_origin;
mod deltas;
mod deploy;
mod disks;
mod document;
mod durability;
mod faults;
mod files;
mod heartbeat;
mod heartbeat_since;
mod key_rotation;
mod limits;
mod logs;
mod long_poll;
mod mark_offline;
mod metrics;
mod networks;
mod nodes;
mod online_users;
mod operations;
mod postgres;
mod problem_pages;
mod protocol;
mod readme;
mod readme_nodes;
mod refusals;
mod schema;
mod servers;
mod shown;
mod site;
mod slow_clients;
mod statuses;
mod support;
mod token_attacks;
mod tokens;
