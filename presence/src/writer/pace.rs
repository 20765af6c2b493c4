//! How fast changes are written: what the writer learns from each write, and who brings the next
//! change is judged by.

use std::{
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    time::Duration,
};

use super::{BATCH, RecordError};

/// The next write will take as long as the shorter of the last two: one that was held up, by a
/// connection that had to be made or a disk, says little about the next.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    /// Of the last write and the one before, in microseconds.
    last: AtomicU64,
    before: AtomicU64,
    failed: AtomicBool,
}

impl Pace {
    /// Learns from a write. One that failed counts twice: the store may be away.
    pub(crate) fn learn(&self, took: Duration, failed: bool) {
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let last = self.last.swap(micros, Ordering::Relaxed);
        self.before.store(if failed { micros } else { last }, Ordering::Relaxed);
        self.failed.store(failed, Ordering::Relaxed);
    }

    /// How long the next write will take.
    pub(crate) fn write(&self) -> Duration {
        let [last, before] =
            [&self.last, &self.before].map(|micros| micros.load(Ordering::Relaxed));
        Duration::from_micros(last.min(before))
    }

    /// How long `waiting` changes will take to be written, but for the last of their batches.
    pub(crate) fn wait(&self, waiting: usize) -> Duration {
        self.write().saturating_mul(u32::try_from(waiting / BATCH).unwrap_or(u32::MAX))
    }

    /// Why a change would come too late: because of the store, or of too many others.
    pub(crate) fn too_late(&self) -> RecordError {
        let failed = self.failed.load(Ordering::Relaxed);
        if failed { RecordError::Unavailable } else { RecordError::QueueFull }
    }
}
