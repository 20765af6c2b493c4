//! What the parts of a node count for themselves.

use std::time::Duration;

use presence::Presence;
use prometheus::proto::MetricFamily;

use super::family::{counters, gauge, gauges, histogram};
use crate::{issuer_keys::IssuerKeys, lifecycle::Lifecycle, limits::Limits};

/// The parts of a node that are looked at when somebody asks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Node<'a> {
    pub(crate) presence: &'a Presence,
    pub(crate) lifecycle: &'a Lifecycle,
    pub(crate) keys: &'a IssuerKeys,
    pub(crate) limits: &'a Limits,
}

/// Seconds in a microsecond.
const MICROSECOND: f64 = 1e-6;

/// Microseconds that no commit and no refresh stays below.
const SHORT: u64 = 64;

impl Node<'_> {
    pub(super) fn families(&self) -> Vec<MetricFamily> {
        let mut families = self.of_writes();
        families.extend(self.of_refreshes());
        families.extend(self.of_callers());
        families
    }

    #[expect(clippy::cast_precision_loss, reason = "Prometheus counts in floats")]
    fn of_writes(&self) -> Vec<MetricFamily> {
        let (tally, (waiting, most)) = (self.presence.tally(), self.presence.queue());
        vec![
            counters(
                "changes_total",
                "Beats and goodbyes acknowledged: written, or coalesced with a stored beat.",
                "outcome",
                &[("written", tally.written.get()), ("coalesced", tally.coalesced.get())],
            ),
            histogram("batch_changes", "Changes in a commit.", &tally.batches, 1.0, 1),
            histogram(
                "commit_duration_seconds",
                "Time of a commit.",
                &tally.writes,
                MICROSECOND,
                SHORT,
            ),
            gauges(
                "queue_changes",
                "Changes that wait for the writer, and how many may.",
                "of",
                &[("waiting", waiting as f64), ("capacity", most as f64)],
            ),
            counters(
                "store_errors_total",
                "Times that the store did not do as it was asked.",
                "operation",
                &[("write", tally.failed_writes.get()), ("refresh", tally.failed_refreshes.get())],
            ),
        ]
    }

    #[expect(clippy::cast_precision_loss, reason = "Prometheus counts in floats")]
    fn of_refreshes(&self) -> Vec<MetricFamily> {
        let age = self.presence.age().as_ref().map_or(f64::INFINITY, Duration::as_secs_f64);
        let connections = self.presence.connections().map(|connections| {
            let (open, idle) = (connections.open, connections.idle);
            let busy = open.saturating_sub(idle);
            gauges(
                "database_connections",
                "Connections to the database.",
                "state",
                &[("busy", busy as f64), ("idle", idle as f64)],
            )
        });
        let mut families = vec![
            gauge("online_users", "Users online.", self.presence.count() as f64),
            gauge("store_age_seconds", "Time since the store last answered.", age),
            histogram(
                "refresh_duration_seconds",
                "Time of a refresh.",
                &self.presence.tally().refreshes,
                MICROSECOND,
                SHORT,
            ),
        ];
        families.extend(connections);
        families
    }

    #[expect(clippy::cast_precision_loss, reason = "Prometheus counts in floats")]
    fn of_callers(&self) -> Vec<MetricFamily> {
        let (by_user, by_address) = self.limits.refused();
        let cache = self.keys.cache();
        let draining = if self.lifecycle.is_draining() { 1.0 } else { 0.0 };
        let version = env!("CARGO_PKG_VERSION");
        vec![
            counters(
                "limited_total",
                "Requests over a limit.",
                "limit",
                &[("per_user", by_user), ("per_address", by_address)],
            ),
            counters(
                "token_cache_lookups_total",
                "Looks for a token that was verified before.",
                "result",
                &[("hit", cache.hits), ("miss", cache.misses)],
            ),
            gauge("token_cache_tokens", "Tokens remembered.", cache.tokens as f64),
            gauge("draining", "1 while the node is about to go.", draining),
            gauges("build_info", "Which version this is.", "version", &[(version, 1.0)]),
        ]
    }
}
