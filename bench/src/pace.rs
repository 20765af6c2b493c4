//! Requests of any kind at a fixed rate, whatever the answers take (an open loop): each is sent when it
//! is due, and its latency counts from then. Beats have [`crate::crowd`].

use std::time::Duration;

use reqwest::RequestBuilder;
use tokio::{
    task::JoinSet,
    time::{Instant, MissedTickBehavior, interval},
};

use crate::crowd::Answer;

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

impl Paced {
    /// What `sent` requests came to.
    pub(crate) fn of(sent: u32, answers: impl IntoIterator<Item = Answer>) -> Self {
        let (mut refused, mut failed, mut latencies) = (0, 0, Vec::new());
        for answer in answers {
            match answer {
                Ok(latency) => latencies.push(latency),
                Err(Some(429 | 503)) => refused += 1,
                Err(_) => failed += 1,
            }
        }
        latencies.sort_unstable();
        let part = |part: usize| latencies.get(latencies.len() * part / 100).copied();
        let [p50, p99] = [50, 99].map(|hundredth| part(hundredth).unwrap_or_default());
        Self { sent, refused, failed, p50, p99 }
    }
}

/// Ticks come in no finer steps than a millisecond: what is due by then is sent together.
const TICK: Duration = Duration::from_millis(5);

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
    Ok(Paced::of(sent, sending.join_all().await))
}
