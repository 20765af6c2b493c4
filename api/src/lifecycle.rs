//! Where the process is between its start and its end.

use std::sync::atomic::{AtomicBool, Ordering};

/// Whether the node is about to go: it serves on, and tells everybody to look elsewhere.
#[derive(Debug, Default)]
pub struct Lifecycle {
    draining: AtomicBool,
}

impl Lifecycle {
    /// From now on the node is about to go.
    pub fn drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }

    /// Whether it is.
    #[must_use]
    pub fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }
}
