//! The table for RESULTS.md.

use std::time::Duration;

use super::{Memory, record::Record};
use crate::table::median;

/// Prints what came of `minutes` of load.
pub(crate) fn print(record: &Record, minutes: u64, memory: &[Memory]) {
    println!("\n### A soak of {minutes} minutes\n\n| what | figure |\n|---|---|");
    let requests = record.requests.borrow();
    println!("| requests | {} |", requests.values().sum::<u64>());
    for (kind, count) in &*requests {
        println!("| – {kind} | {count} |");
    }
    let mut latencies: Vec<f64> =
        record.latencies.borrow().iter().map(|took| took.as_secs_f64() * 1e3).collect();
    latencies.sort_by(f64::total_cmp);
    let hundredth = latencies.len() * 99 / 100;
    println!("| p50 of answers | {:.2} ms |", median(latencies.iter().copied()));
    println!("| p99 of answers | {:.2} ms |", latencies.get(hundredth).unwrap_or(&f64::NAN));
    println!("| turns of users who still waited | {} |", record.skipped.get());
    for (failure, count) in &*record.failures.borrow() {
        println!("| failed: {failure} | {count} |");
    }
    for (fault, took) in &*record.recoveries.borrow() {
        let longest = took.iter().max().map_or(f64::NAN, Duration::as_secs_f64);
        println!(
            "| {fault} | {} times, all well {longest:.2} s after its return at most |",
            took.len()
        );
    }
    for ([before, after], name) in memory.iter().map(|it| (it.bytes, &it.name)) {
        let (before, after) = (before / 1e6, after / 1e6);
        println!("| memory of {name} | {before:.1} → {after:.1} MB, × {:.2} |", after / before);
    }
    println!("\n| rule | looked at | broken |\n|---|---|---|");
    for (rule, [passed, failed]) in &*record.rules.borrow() {
        println!("| {rule} | {} | {failed} |", passed + failed);
    }
}
