//! When the store last answered, and how it stands with that.

use std::{
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    time::Duration,
};

use tokio::time::Instant;

use crate::StoreError;

/// The last contact with the store. Read by every poll, so it takes no lock.
#[derive(Debug)]
pub(crate) struct Contact {
    origin: Instant,
    /// Milliseconds from `origin`; `NEVER` before the first.
    last: AtomicU64,
    failing: AtomicBool,
}

const NEVER: u64 = u64::MAX;

impl Contact {
    pub(crate) fn new() -> Self {
        Self { origin: Instant::now(), last: NEVER.into(), failing: AtomicBool::default() }
    }

    /// The store answered.
    pub(crate) fn made(&self) {
        self.last.store(self.clock(), Ordering::Relaxed);
        if self.failing.swap(false, Ordering::Relaxed) {
            log::info!("the store is back");
        }
    }

    /// The store did not answer. Logged once until it does.
    pub(crate) fn failed(&self, error: &StoreError) {
        if !self.failing.swap(true, Ordering::Relaxed) {
            log::error!("lost the store: {}", error.trace());
        }
    }

    /// Whether it did not answer when it was last asked what is new.
    pub(crate) fn is_lost(&self) -> bool {
        self.failing.load(Ordering::Relaxed)
    }

    /// How long ago the store last answered; nothing before it ever did.
    pub(crate) fn age(&self) -> Option<Duration> {
        let last = self.last.load(Ordering::Relaxed);
        (last != NEVER).then(|| Duration::from_millis(self.clock().saturating_sub(last)))
    }

    fn clock(&self) -> u64 {
        u64::try_from(self.origin.elapsed().as_millis()).unwrap_or(NEVER - 1)
    }
}
