//! What is new to a client that says where it stands, now or as soon as there is something.

use std::time::Duration;

use presence::{Delta, GivenCursor, Presence, UserId};

use super::error::ApiError;
use crate::lifecycle::Lifecycle;

/// Where a client stands, and how long it will wait for something new.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Since {
    pub(super) cursor: GivenCursor,
    pub(super) wait: Duration,
}

/// The longest that an answer is held: less than what proxies usually wait for one.
const LONGEST_WAIT: Duration = Duration::from_mins(1);

impl Since {
    /// # Errors
    ///
    /// [`ApiError::Invalid`], naming `since`, when `cursor` was never a cursor.
    pub(super) fn new(cursor: &str, wait: Duration) -> Result<Self, ApiError> {
        let cursor = cursor.parse().map_err(|error| ApiError::field("since", error))?;
        Ok(Self { cursor, wait: wait.min(LONGEST_WAIT) })
    }

    /// What is new, of `watched` alone if there are any. Waits while nothing is, but on a node that
    /// drains. Nothing when only the full answer will do.
    pub(super) async fn news(
        self,
        watched: Option<&[UserId]>,
        presence: &Presence,
        lifecycle: &Lifecycle,
    ) -> Option<Delta> {
        let now = || presence.since(self.cursor, watched);
        if self.wait.is_zero() {
            return now();
        }
        tokio::select! {
            biased;
            () = lifecycle.drained() => now(),
            delta = presence.wait_since(self.cursor, watched, self.wait) => delta,
        }
    }
}
