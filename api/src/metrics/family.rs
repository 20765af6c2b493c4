//! Metrics out of numbers that others keep.

use presence::Spread;
use prometheus::proto::{
    Bucket, Counter, Gauge, Histogram, LabelPair, Metric, MetricFamily, MetricType,
};

fn family(name: &str, help: &str, kind: MetricType, metrics: Vec<Metric>) -> MetricFamily {
    let mut family = MetricFamily::default();
    family.set_name(format!("lastseen_{name}"));
    family.set_help(help.to_owned());
    family.set_field_type(kind);
    family.set_metric(metrics);
    family
}

fn labelled(label: Option<(&str, &str)>) -> Metric {
    let pair = label.map(|(name, value)| {
        let mut pair = LabelPair::default();
        pair.set_name(name.to_owned());
        pair.set_value(value.to_owned());
        pair
    });
    Metric::from_label(pair.into_iter().collect())
}

/// Numbers that only grow, told apart by the label `label`.
#[expect(clippy::cast_precision_loss, reason = "Prometheus counts in floats")]
pub(super) fn counters(
    name: &str,
    help: &str,
    label: &str,
    values: &[(&str, u64)],
) -> MetricFamily {
    let metric = |&(of, value): &(&str, u64)| {
        let (mut metric, mut counter) = (labelled(Some((label, of))), Counter::default());
        counter.set_value(value as f64);
        metric.set_counter(counter);
        metric
    };
    family(name, help, MetricType::COUNTER, values.iter().map(metric).collect())
}

/// A number that goes up and down.
pub(super) fn gauge(name: &str, help: &str, value: f64) -> MetricFamily {
    let metric = gauge_metric(None, value);
    family(name, help, MetricType::GAUGE, vec![metric])
}

/// Numbers that go up and down, told apart by the label `label`.
pub(super) fn gauges(name: &str, help: &str, label: &str, values: &[(&str, f64)]) -> MetricFamily {
    let metric = |&(of, value): &(&str, f64)| gauge_metric(Some((label, of)), value);
    family(name, help, MetricType::GAUGE, values.iter().map(metric).collect())
}

fn gauge_metric(label: Option<(&str, &str)>, value: f64) -> Metric {
    let (mut metric, mut gauge) = (labelled(label), Gauge::default());
    gauge.set_value(value);
    metric.set_gauge(gauge);
    metric
}

/// A spread of values, each of which is `unit` of what the metric is in. Values up to `least` are
/// not told apart.
#[expect(clippy::cast_precision_loss, reason = "Prometheus counts in floats")]
pub(super) fn histogram(
    name: &str,
    help: &str,
    spread: &Spread,
    unit: f64,
    least: u64,
) -> MetricFamily {
    let (mut histogram, mut buckets) = (Histogram::default(), Vec::new());
    for (bound, count) in spread.cumulative() {
        histogram.set_sample_count(count);
        if let Some(bound) = bound.filter(|bound| *bound >= least) {
            let mut bucket = Bucket::default();
            bucket.set_upper_bound(bound as f64 * unit);
            bucket.set_cumulative_count(count);
            buckets.push(bucket);
        }
    }
    histogram.set_sample_sum(spread.sum() as f64 * unit);
    histogram.set_bucket(buckets);
    let mut metric = labelled(None);
    metric.set_histogram(histogram);
    family(name, help, MetricType::HISTOGRAM, vec![metric])
}
