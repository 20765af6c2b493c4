//! What a node tells Prometheus. Knows no HTTP but its names: `http/watch.rs` counts requests.
//!
//! Labels are few and their values are known beforehand: no user, no address, no path that a client
//! made up. What others count already is read when it is asked for, not counted again.

use prometheus::{
    Encoder, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, Opts, Registry,
    TextEncoder, core::Collector, proto::MetricFamily,
};

mod family;
mod node;

pub(crate) use self::node::Node;

/// The numbers that are counted here.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    pub(crate) requests: IntCounterVec,
    pub(crate) seconds: HistogramVec,
    pub(crate) connections: IntGauge,
    /// Idle connections that had to go.
    pub(crate) closed: IntCounter,
    pub(crate) received: IntCounter,
    pub(crate) sent: IntCounter,
    pub(crate) polls: Polls,
}

/// How polls were answered.
#[derive(Clone, Debug)]
pub(crate) struct Polls {
    pub(crate) full: IntCounter,
    pub(crate) delta: IntCounter,
    pub(crate) unchanged: IntCounter,
    /// Those that are being held.
    held: IntGauge,
}

impl Polls {
    /// Counts a long poll until what this returns is dropped.
    pub(crate) fn hold(&self) -> Held {
        self.held.inc();
        Held(self.held.clone())
    }
}

/// A long poll that waits.
#[derive(Debug)]
pub(crate) struct Held(IntGauge);

impl Drop for Held {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// Seconds up to which answers are told apart: from those out of memory to `database.timeout`.
const SECONDS: [f64; 13] =
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0];

impl Metrics {
    /// Nothing is counted yet.
    ///
    /// # Errors
    ///
    /// When two metrics have the same name.
    pub(crate) fn new() -> prometheus::Result<Self> {
        let registry = Registry::new();
        let seconds = HistogramOpts::new(
            "lastseen_http_request_duration_seconds",
            "Time to answer, long polls aside.",
        );
        let requests = Opts::new("lastseen_http_requests_total", "Requests answered.");
        let polls =
            IntCounterVec::new(Opts::new("lastseen_polls_total", "Polls answered."), &["answer"])?;
        let metrics = Self {
            requests: IntCounterVec::new(requests, &["method", "route", "status"])?,
            seconds: HistogramVec::new(seconds.buckets(SECONDS.into()), &["method", "route"])?,
            connections: IntGauge::new("lastseen_http_connections", "Clients connected.")?,
            closed: IntCounter::new(
                "lastseen_http_connections_closed_total",
                "Idle connections closed to make room for others.",
            )?,
            received: IntCounter::new("lastseen_http_received_bytes_total", "Bytes from clients.")?,
            sent: IntCounter::new("lastseen_http_sent_bytes_total", "Bytes to clients.")?,
            polls: Polls {
                full: polls.with_label_values(&["full"]),
                delta: polls.with_label_values(&["delta"]),
                unchanged: polls.with_label_values(&["unchanged"]),
                held: IntGauge::new("lastseen_polls_held", "Long polls that wait.")?,
            },
            registry,
        };
        let collectors: [Box<dyn Collector>; 8] = [
            Box::new(metrics.requests.clone()),
            Box::new(metrics.seconds.clone()),
            Box::new(metrics.connections.clone()),
            Box::new(metrics.closed.clone()),
            Box::new(metrics.received.clone()),
            Box::new(metrics.sent.clone()),
            Box::new(polls),
            Box::new(metrics.polls.held.clone()),
        ];
        collectors.into_iter().try_for_each(|metric| metrics.registry.register(metric))?;
        let process = prometheus::process_collector::ProcessCollector::for_self();
        metrics.registry.register(Box::new(process))?;
        Ok(metrics)
    }

    /// Counts a request that the server could not read.
    pub(crate) fn count_unparsed(&self, status: u16) {
        self.requests.with_label_values(&["other", "other", &status.to_string()]).inc();
    }

    /// All numbers, and those of `node`, in the text format of Prometheus.
    ///
    /// # Errors
    ///
    /// When two metrics have the same name.
    pub(crate) fn text(&self, node: &Node<'_>) -> prometheus::Result<Vec<u8>> {
        let mut families: Vec<MetricFamily> = self.registry.gather();
        families.extend(node.families());
        let mut text = Vec::new();
        TextEncoder::new().encode(&families, &mut text)?;
        Ok(text)
    }
}
