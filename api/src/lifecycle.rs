//! Where the process is between its start and its end.

use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;

/// Whether the node is about to go: it serves on, and tells everybody to look elsewhere.
#[derive(Debug, Default)]
pub struct Lifecycle {
    draining: AtomicBool,
    drained: Notify,
}

impl Lifecycle {
    /// From now on the node is about to go.
    pub fn drain(&self) {
        self.draining.store(true, Ordering::Release);
        self.drained.notify_waiters();
    }

    /// Whether it is.
    #[must_use]
    pub fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Acquire)
    }

    /// Waits until it is.
    pub async fn drained(&self) {
        // In this order: a drain between the two wakes what was made before it.
        let notified = self.drained.notified();
        if !self.is_draining() {
            notified.await;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;

    #[actix_web::test]
    async fn who_waits_for_the_drain_is_woken_and_who_comes_later_does_not_wait() {
        let lifecycle = Lifecycle::default();
        let mut early = Box::pin(lifecycle.drained());
        assert!(timeout(Duration::ZERO, &mut early).await.is_err());
        lifecycle.drain();
        timeout(Duration::from_secs(5), early).await.unwrap();
        timeout(Duration::from_secs(5), lifecycle.drained()).await.unwrap();
    }
}
