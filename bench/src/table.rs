//! Loads that are compared, run in turns, and the table of what came of them.

use std::path::{Path, PathBuf};

use crate::wrk::{Load, Result};

/// How often each load is run, in turns.
pub(crate) const ROUNDS: usize = 3;
/// How long each run takes.
pub(crate) const SECONDS: u32 = 3;

/// A row of the table: a load, and what came of each run.
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) url: String,
    pub(crate) method: &'static str,
    pub(crate) connections: u32,
    /// Sent with every request.
    pub(crate) headers: Vec<(&'static str, String)>,
    /// Of what each request is a random one: see [`Load`].
    pub(crate) targets: Option<PathBuf>,
    runs: Vec<Result>,
}

impl Row {
    pub(crate) fn new(
        name: impl Into<String>,
        method: &'static str,
        url: String,
        connections: u32,
    ) -> Self {
        let (name, headers, runs) = (name.into(), Vec::new(), Vec::new());
        Self { name, url, method, connections, headers, targets: None, runs }
    }

    pub(crate) fn to(mut self, targets: PathBuf) -> Self {
        self.targets = Some(targets);
        self
    }

    pub(crate) fn with(mut self, header: &'static str, value: String) -> Self {
        self.headers.push((header, value));
        self
    }

    /// The median of its runs.
    pub(crate) fn per_second(&self) -> f64 {
        median(self.runs.iter().map(|run| run.per_second))
    }
}

/// Runs the loads in turns, with the tokens in the file `tokens`, and prints a table with the
/// ratios of each to the rows called `baselines`. Answers the rows.
pub(crate) async fn measure(
    title: &str,
    mut rows: Vec<Row>,
    baselines: &[&str],
    tokens: &Path,
) -> anyhow::Result<Vec<Row>> {
    for round in 0..=ROUNDS {
        for row in &mut rows {
            let Row { url, method, headers, connections, targets, .. } = row;
            let (connections, targets) = (*connections, targets.as_deref());
            let load =
                Load { url, method, headers, connections, seconds: SECONDS, tokens, targets };
            let run = load.run().await?;
            // The first round warms caches up and lets databases grow.
            if round > 0 {
                row.runs.push(run);
            }
        }
    }
    print(title, &rows, baselines);
    Ok(rows)
}

fn print(title: &str, rows: &[Row], baselines: &[&str]) {
    println!("\n### {title}\n");
    let titles: Vec<_> = baselines.iter().map(|name| format!("÷ {name}")).collect();
    println!("| path | requests/s | spread | p50 ms | p99 ms | {} |", titles.join(" | "));
    println!("|---|---|---|---|---|{}", "---|".repeat(baselines.len()));
    let of = |name: &str| rows.iter().find(|row| row.name == name).map(Row::per_second);
    for row in rows {
        let per_second = row.per_second();
        let mut all: Vec<_> = row.runs.iter().map(|run| run.per_second).collect();
        all.sort_by(f64::total_cmp);
        let ratio = |name: &&str| match of(name) {
            Some(baseline) => format!("{:.2}", per_second / baseline),
            None => "–".to_owned(),
        };
        let ratios: Vec<_> = baselines.iter().map(ratio).collect();
        println!(
            "| {} | {:.0} | {:.0}–{:.0} | {:.2} | {:.2} | {} |",
            row.name,
            per_second,
            all.first().copied().unwrap_or_default(),
            all.last().copied().unwrap_or_default(),
            median(row.runs.iter().map(|run| run.p50_ms)),
            median(row.runs.iter().map(|run| run.p99_ms)),
            ratios.join(" | "),
        );
    }
}

/// The middle one; of an even number the upper of the two.
pub(crate) fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<_> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
