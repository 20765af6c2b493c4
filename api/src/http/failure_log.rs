//! A line in the log for each failure, with an id that the answer carries too.

use std::{
    num::NonZeroU32,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use actix_web::{
    dev::ServiceResponse,
    http::header::{HeaderMap, HeaderName, HeaderValue},
};
use governor::{
    Quota, RateLimiter,
    clock::MonotonicClock,
    state::{InMemoryState, NotKeyed},
};
use log::Level;

use super::{address, error::ApiError};

/// Logs failures: those of clients apart from our own, so that neither drowns the other, and neither
/// fills a disk. Whoever sends a million wrong tokens gets some lines and a number.
#[derive(Debug)]
pub(super) struct FailureLog {
    theirs: Budget,
    ours: Budget,
}

/// Lines that may still be written.
#[derive(Debug)]
struct Budget {
    lines: RateLimiter<NotKeyed, InMemoryState, MonotonicClock>,
    /// How many were not, since the last one that was.
    unwritten: AtomicU64,
}

/// Lines per second in the long run, of each kind.
const LINES: u32 = 20;

/// The header with the id of a request.
pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

impl Default for FailureLog {
    fn default() -> Self {
        Self { theirs: Budget::new(), ours: Budget::new() }
    }
}

impl FailureLog {
    /// Logs that `response` to such a request is a failure, and puts the id of its request into it: that of the
    /// client or of a proxy, if it sent one that will do.
    pub(super) fn tell<B>(
        &self,
        response: &mut ServiceResponse<B>,
        (method, route): (&str, &str),
        took: Duration,
    ) {
        let id = given_id(response.request().headers()).unwrap_or_else(new_id);
        let status = response.status();
        let (budget, level) = if status.is_server_error() {
            (&self.ours, Level::Error)
        } else {
            (&self.theirs, Level::Info)
        };
        if log::log_enabled!(level)
            && let Some(unwritten) = budget.take()
        {
            let request = response.request();
            let error = response.response().error().and_then(|error| error.as_error::<ApiError>());
            let cause = error.map_or_else(|| "refused".to_owned(), ApiError::cause);
            log::log!(
                level,
                request_id = id.to_str().unwrap_or_default(),
                method = method,
                route = route,
                status = status.as_u16(),
                millis = u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
                address:% = address::of(request),
                unlogged = unwritten;
                "{cause}"
            );
        }
        response.headers_mut().insert(REQUEST_ID, id);
    }
}

impl Budget {
    fn new() -> Self {
        let quota = Quota::per_second(NonZeroU32::MIN.saturating_add(LINES - 1));
        let lines = RateLimiter::new(quota, InMemoryState::default(), MonotonicClock);
        Self { lines, unwritten: AtomicU64::default() }
    }

    /// Whether a line may be written; and if so, how many were not before it.
    fn take(&self) -> Option<u64> {
        if self.lines.check().is_err() {
            self.unwritten.fetch_add(1, Ordering::Relaxed);
            return None;
        }
        Some(self.unwritten.swap(0, Ordering::Relaxed))
    }
}

/// An id that was sent along, if it is short and plain: it goes into the log.
fn given_id(headers: &HeaderMap) -> Option<HeaderValue> {
    let id = headers.get(REQUEST_ID)?;
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.".contains(byte);
    ((1..=64).contains(&id.len()) && id.as_bytes().iter().all(is_plain)).then(|| id.clone())
}

fn new_id() -> HeaderValue {
    let id = format!("{:016x}", rand::random::<u64>());
    HeaderValue::from_str(&id).unwrap_or(HeaderValue::from_static("none"))
}
