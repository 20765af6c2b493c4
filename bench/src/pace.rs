//! Requests at a fixed rate, whatever the answers take (an open loop): each is sent when it is due,
//! and its latency counts from then.

use std::{path::Path, time::Duration};

use anyhow::Context;
use reqwest::{Client, RequestBuilder};
use tokio::{
    task::JoinSet,
    time::{Instant, MissedTickBehavior, interval},
};

/// What came of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Paced {
    pub(crate) sent: u32,
    /// Answered with 429 or 503.
    pub(crate) refused: u32,
    /// Answered with another failure, or not at all.
    pub(crate) failed: u32,
    pub(crate) p50: Duration,
    pub(crate) p99: Duration,
}

/// Ticks come in no finer steps than a millisecond: what is due by then is sent together.
const TICK: Duration = Duration::from_millis(5);

/// Sends `per_second` beats to `url` for as long as `duration`, one user after another.
pub(crate) async fn beat(
    url: &str,
    tokens: &Path,
    per_second: f64,
    duration: Duration,
) -> anyhow::Result<Paced> {
    let tokens = std::fs::read_to_string(tokens)?;
    let mut users = tokens.lines().cycle();
    let client = Client::new();
    let beat = || Ok(client.post(url).bearer_auth(users.next().context("no tokens")?));
    send(per_second, duration, beat).await
}

/// Sends `per_second` requests for as long as `duration`; `next` makes each.
pub(crate) async fn send(
    per_second: f64,
    duration: Duration,
    mut next: impl FnMut() -> anyhow::Result<RequestBuilder>,
) -> anyhow::Result<Paced> {
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let start = Instant::now();
    let mut sending = JoinSet::new();
    let mut sent = 0_u32;
    while start.elapsed() < duration {
        let due = ticks.tick().await;
        while f64::from(sent) < per_second * due.duration_since(start).as_secs_f64() {
            let request = next()?.send();
            sending.spawn(async move {
                let answer = request.await.map_err(|_| None)?;
                let status = answer.status();
                answer.bytes().await.map_err(|_| None)?;
                if status.is_success() { Ok(due.elapsed()) } else { Err(Some(status.as_u16())) }
            });
            sent += 1;
        }
    }
    let answers = sending.join_all().await;
    let is_refused = |answer: &&_| matches!(answer, Err(Some(429 | 503)));
    let refused = u32::try_from(answers.iter().filter(is_refused).count())?;
    let failures = answers.iter().filter(|answer| answer.is_err()).count();
    let failed = u32::try_from(failures)? - refused;
    let mut latencies: Vec<Duration> = answers.into_iter().flatten().collect();
    latencies.sort_unstable();
    let part = |part: usize| latencies.get(latencies.len() * part / 100).copied();
    let [p50, p99] = [50, 99].map(|hundredth| part(hundredth).unwrap_or_default());
    Ok(Paced { sent, refused, failed, p50, p99 })
}
