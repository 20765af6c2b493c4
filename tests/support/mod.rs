//! What the tests drive: nodes, callers with tokens, a browser.

mod answer;
pub(crate) mod browser;
mod cluster;
mod follower;
mod issuer;
mod load;
mod node;
mod python;
mod raw;
mod swagger_ui;
mod token;

use std::{
    future::Future,
    time::{Duration, Instant},
};

pub(crate) use self::{
    answer::Answer,
    cluster::{Cluster, alone},
    follower::Follower,
    issuer::{Issuer, jwk, private_key, signed},
    load::Load,
    node::{Node, Run, command, command_after, lastseen},
    python::python_tool,
    raw::{Raw, RawAnswer, answers},
    swagger_ui::SwaggerUi,
    token::{Caller, SECRET, key_file, now, sign},
};

/// A window so short that a test can see its end; R9 holds.
pub(crate) const SHORT_WINDOW: [(&str, &str); 6] = [
    ("PRESENCE__WINDOW", "1500ms"),
    ("PRESENCE__HEARTBEAT_INTERVAL", "300ms"),
    ("PRESENCE__CLOCK_SKEW", "500ms"),
    ("PRESENCE__COALESCE", "0s"),
    ("PRESENCE__REFRESH", "100ms"),
    ("PRESENCE__STALE_FOR", "1s"),
];

/// Waits until `condition` holds, and says how long that took.
pub(crate) async fn until<F: Future<Output = bool>>(
    what: &str,
    condition: impl Fn() -> F,
) -> Duration {
    let start = Instant::now();
    while !condition().await {
        assert!(start.elapsed() < Duration::from_secs(30), "waited in vain until {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    start.elapsed()
}
