//! Many clients that beat or poll for as long as a test wants.

use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use futures::future::join_all;
use reqwest::{Client, StatusCode};
use serde_json::json;
use tokio::task::JoinHandle;

use super::sign;

/// No client waits longer for an answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Clients that are refused are in no hurry.
const PAUSE: Duration = Duration::from_millis(50);

/// Clients in the background, each with a connection of its own, and each request by a new user.
#[derive(Debug)]
pub(crate) struct Load {
    record: Arc<Record>,
    lanes: Vec<JoinHandle<()>>,
}

/// What became of the requests.
#[derive(Debug, Default)]
pub(crate) struct Record {
    ended: AtomicBool,
    next: AtomicU64,
    acknowledged: Mutex<BTreeSet<u64>>,
    /// Answers other than 200, and what else went wrong.
    failures: Mutex<Vec<String>>,
    /// The longest that an answer of 200 took.
    slowest: Mutex<Duration>,
}

/// What a client does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Work {
    Beat,
    Poll,
}

impl Load {
    /// So many `lanes` at each of `urls`, which beat.
    pub(crate) fn start(urls: &[&str], lanes: usize) -> Self {
        Self::of(Work::Beat, urls, lanes, Duration::ZERO)
    }

    /// So many `lanes` at each of `urls`, which beat, and think for so long after each.
    pub(crate) fn of_thinkers(urls: &[&str], lanes: usize, think: Duration) -> Self {
        Self::of(Work::Beat, urls, lanes, think)
    }

    /// So many `lanes` at each of `urls`, which poll, and think for so long after each.
    pub(crate) fn of_polls(urls: &[&str], lanes: usize, think: Duration) -> Self {
        Self::of(Work::Poll, urls, lanes, think)
    }

    fn of(work: Work, urls: &[&str], lanes: usize, think: Duration) -> Self {
        let record = Arc::new(Record::default());
        let lane =
            |url: &&str| tokio::spawn(client(Arc::clone(&record), work, (*url).to_owned(), think));
        let lanes = urls.iter().flat_map(|url| (0..lanes).map(move |_| url)).map(lane).collect();
        Self { record, lanes }
    }

    pub(crate) fn acknowledged(&self) -> usize {
        self.record.acknowledged.lock().unwrap().len()
    }

    /// Ends it, and tells what became of it.
    pub(crate) async fn end(self) -> Arc<Record> {
        self.record.ended.store(true, Ordering::Relaxed);
        join_all(self.lanes).await.into_iter().for_each(Result::unwrap);
        self.record
    }
}

impl Record {
    /// Who was answered with 200.
    pub(crate) fn acknowledged(&self) -> BTreeSet<u64> {
        self.acknowledged.lock().unwrap().clone()
    }

    pub(crate) fn failures(&self) -> Vec<String> {
        self.failures.lock().unwrap().clone()
    }

    pub(crate) fn slowest(&self) -> Duration {
        *self.slowest.lock().unwrap()
    }

    async fn failed(&self, failure: String) {
        self.failures.lock().unwrap().push(failure);
        tokio::time::sleep(PAUSE).await;
    }
}

async fn client(record: Arc<Record>, work: Work, url: String, think: Duration) {
    let client = Client::builder().timeout(PATIENCE).build().unwrap();
    while !record.ended.load(Ordering::Relaxed) {
        let id = record.next.fetch_add(1, Ordering::Relaxed);
        let start = Instant::now();
        let request = match work {
            Work::Beat => client.post(format!("{url}/api/chat/heartbeat")).json(&json!({})),
            Work::Poll => client.get(format!("{url}/api/chat/online-users?ids={id}")),
        };
        let answer = request.bearer_auth(sign(json!({ "user_id": id }))).send().await;
        let answer = match answer {
            Ok(answer) => Ok((answer.status(), answer.text().await.unwrap_or_default())),
            Err(error) => Err(error),
        };
        match answer {
            Ok((StatusCode::OK, _)) => {
                record.acknowledged.lock().unwrap().insert(id);
                let mut slowest = record.slowest.lock().unwrap();
                *slowest = slowest.max(start.elapsed());
            }
            Ok((status, text)) => record.failed(format!("{status} {text}")).await,
            Err(error) => record.failed(format!("{error:?}")).await,
        }
        if !think.is_zero() {
            tokio::time::sleep(think).await;
        }
    }
}
