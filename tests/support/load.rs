//! Many clients that beat for as long as a test wants.

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

/// Clients in the background, each beating for one new user after another.
#[derive(Debug)]
pub(crate) struct Load {
    record: Arc<Record>,
    lanes: Vec<JoinHandle<()>>,
}

/// What became of the beats.
#[derive(Debug, Default)]
pub(crate) struct Record {
    ended: AtomicBool,
    next: AtomicU64,
    acknowledged: Mutex<BTreeSet<u64>>,
    /// Answers other than 200, and what else went wrong.
    failures: Mutex<Vec<String>>,
    /// The longest that an acknowledged beat took.
    slowest: Mutex<Duration>,
}

impl Load {
    /// So many `lanes` at each of `urls`, each with a connection of its own.
    pub(crate) fn start(urls: &[&str], lanes: usize) -> Self {
        let record = Arc::new(Record::default());
        let lane = |url: &&str| tokio::spawn(beat(Arc::clone(&record), (*url).to_owned()));
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
    /// Whose beat was acknowledged.
    pub(crate) fn acknowledged(&self) -> BTreeSet<u64> {
        self.acknowledged.lock().unwrap().clone()
    }

    pub(crate) fn failures(&self) -> Vec<String> {
        self.failures.lock().unwrap().clone()
    }

    async fn failed(&self, failure: String) {
        self.failures.lock().unwrap().push(failure);
        tokio::time::sleep(PAUSE).await;
    }

    pub(crate) fn slowest(&self) -> Duration {
        *self.slowest.lock().unwrap()
    }
}

/// Clients that are refused are in no hurry.
const PAUSE: Duration = Duration::from_millis(50);

async fn beat(record: Arc<Record>, url: String) {
    let client = Client::builder().timeout(PATIENCE).build().unwrap();
    while !record.ended.load(Ordering::Relaxed) {
        let id = record.next.fetch_add(1, Ordering::Relaxed);
        let start = Instant::now();
        let request = client
            .post(format!("{url}/api/chat/heartbeat"))
            .bearer_auth(sign(json!({ "user_id": id })))
            .json(&json!({}));
        match request.send().await {
            Ok(answer) if answer.status() == StatusCode::OK => {
                record.acknowledged.lock().unwrap().insert(id);
                let mut slowest = record.slowest.lock().unwrap();
                *slowest = slowest.max(start.elapsed());
            }
            Ok(answer) => {
                let text =
                    format!("{} {}", answer.status(), answer.text().await.unwrap_or_default());
                record.failed(text).await;
            }
            Err(error) => record.failed(format!("{error:?}")).await,
        }
    }
}
