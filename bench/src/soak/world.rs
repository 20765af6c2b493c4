//! What all clients share: where the nodes are, who may ask, and which failures are to be expected.

use std::{cell::Cell, time::Duration};

use reqwest::{Client, Method, StatusCode, header};
use serde_json::Value;
use tokio::time::Instant;

use super::{dice::Dice, record::Record};

/// A failure is excused for so long after a fault is over, and nodes may differ.
const SETTLED: Duration = Duration::from_secs(10);

/// No client waits longer for an answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// The nodes as clients see them.
#[derive(Debug)]
pub(crate) struct World {
    /// The URLs of the nodes.
    pub(crate) nodes: Vec<String>,
    /// A token of each user, and of some more.
    tokens: Vec<String>,
    client: Client,
    pub(crate) dice: Dice,
    pub(crate) record: Record,
    /// Since when there has been no fault; `None` while there is one.
    calm: Cell<Option<Instant>>,
    /// Whether the clients of the load have been told to stop.
    pub(crate) ended: Cell<bool>,
}

/// A request.
#[derive(Clone, Debug)]
pub(crate) struct Request<'a> {
    /// What it is counted as.
    pub(crate) kind: &'static str,
    pub(crate) user: usize,
    pub(crate) method: Method,
    pub(crate) path: &'a str,
    pub(crate) body: Option<Value>,
    /// The tag of what the client has.
    pub(crate) tag: Option<String>,
}

/// What came back.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    /// A 200.
    Given {
        body: Value,
        tag: String,
    },
    Unchanged,
    /// The node did not hear of it.
    NotSent,
    /// No answer, or a 503: it may have been granted.
    Unknown,
}

impl<'a> Request<'a> {
    pub(crate) fn get(kind: &'static str, user: usize, path: &'a str) -> Self {
        Self { kind, user, method: Method::GET, path, body: None, tag: None }
    }
}

impl Answer {
    /// The body of a 200.
    pub(crate) fn body(self) -> Option<Value> {
        match self {
            Self::Given { body, .. } => Some(body),
            Self::Unchanged | Self::NotSent | Self::Unknown => None,
        }
    }
}

impl World {
    pub(crate) fn new(nodes: Vec<String>, tokens: Vec<String>) -> anyhow::Result<Self> {
        let client = Client::builder().timeout(PATIENCE).build()?;
        let (dice, record, ended) = (Dice::default(), Record::default(), Cell::default());
        Ok(Self {
            nodes,
            tokens,
            client,
            dice,
            record,
            calm: Cell::new(Some(Instant::now())),
            ended,
        })
    }

    pub(crate) fn fault_begins(&self) {
        self.calm.set(None);
    }

    pub(crate) fn fault_ends(&self) {
        self.calm.set(Some(Instant::now()));
    }

    /// Whether the last fault has long been over at that moment.
    pub(crate) fn settled(&self, at: Instant) -> bool {
        self.calm.get().is_some_and(|since| since + SETTLED <= at)
    }

    /// Any of the nodes.
    pub(crate) fn any_node(&self) -> usize {
        self.dice.one_of(&[0, 1, 2])
    }

    /// Sends a request to that node. An answer that nobody should get is a breach.
    pub(crate) async fn send(&self, node: usize, request: Request<'_>) -> Answer {
        let Request { kind, user, method, path, body, tag } = request;
        let sent = Instant::now();
        let url = format!("{}{path}", self.nodes[node]);
        let mut builder = self.client.request(method, url).bearer_auth(&self.tokens[user]);
        if let Some(body) = &body {
            builder = builder.json(body);
        }
        if let Some(tag) = tag {
            builder = builder.header(header::IF_NONE_MATCH, tag);
        }
        self.record.request(kind);
        let whole = async {
            let answer = builder.send().await?;
            let tag = answer.headers().get(header::ETAG).and_then(|tag| tag.to_str().ok());
            let (status, tag) = (answer.status(), tag.unwrap_or_default().to_owned());
            Ok((status, tag, answer.bytes().await?))
        };
        let whole: reqwest::Result<_> = whole.await;
        let (answer, failure) = match &whole {
            Ok((StatusCode::OK, tag, bytes)) => {
                let body = serde_json::from_slice(bytes).unwrap_or_default();
                (Answer::Given { body, tag: tag.clone() }, None)
            }
            Ok((StatusCode::NOT_MODIFIED, ..)) => (Answer::Unchanged, None),
            Ok((status, ..)) => (Answer::Unknown, Some(status.as_str())),
            Err(error) if error.is_connect() => (Answer::NotSent, Some("connection refused")),
            Err(error) if error.is_timeout() => (Answer::Unknown, Some("no answer in 10 s")),
            Err(_) => (Answer::Unknown, Some("connection lost")),
        };
        if let Some(failure) = failure {
            self.record.failure(failure);
        } else if kind != "long polls" {
            self.record.latencies.borrow_mut().push(sent.elapsed());
        }
        let may_fail = matches!(whole, Ok((StatusCode::SERVICE_UNAVAILABLE, ..)) | Err(_));
        let expected = failure.is_none() || may_fail && !self.settled(sent);
        self.record.check("answers: 200 and 304, and 503 beside faults", expected, || {
            let text = whole.map_or_else(
                |error| format!("{error:?}"),
                |(status, _, bytes)| format!("{status} {}", String::from_utf8_lossy(&bytes)),
            );
            format!("node {node}: {kind} of user {user}: {path} {body:?}: {text}")
        });
        answer
    }
}
