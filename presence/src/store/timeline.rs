//! Positions for a store that one process alone writes.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicI64, Ordering},
};

use tokio::sync::{Mutex, MutexGuard};

use crate::{Clock, Position};

/// Hands out positions, one write at a time, and knows up to where nothing more can happen.
pub(super) struct Timeline {
    clock: Arc<dyn Clock>,
    /// The newest position that was handed out or vouched for. Locked while a write is under way.
    newest: Mutex<Position>,
    /// Up to where everything is in, as was last known.
    settled: AtomicI64,
    /// A write failed, or the files were away: who knows what was left behind.
    doubtful: AtomicBool,
}

/// A write under way. If it is dropped without [`Self::done`], it is in doubt.
pub(super) struct Writing<'a> {
    pub(super) position: Position,
    timeline: &'a Timeline,
    _turn: MutexGuard<'a, Position>,
    done: bool,
}

impl Timeline {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            newest: Mutex::default(),
            settled: AtomicI64::default(),
            doubtful: AtomicBool::default(),
        }
    }

    pub(super) fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// Waits for the write that is under way, and gives the next one its position.
    pub(super) async fn begin(&self) -> Writing<'_> {
        let mut newest = self.newest.lock().await;
        *newest = self.present().max(*newest).next();
        Writing { position: *newest, timeline: self, _turn: newest, done: false }
    }

    /// Keeps writes away for as long as the answer lives, which is where they stand.
    pub(super) async fn pause(&self) -> MutexGuard<'_, Position> {
        let mut newest = self.newest.lock().await;
        *newest = self.present().max(*newest);
        newest
    }

    /// A position up to which every write is in, and no later one will be.
    pub(super) fn until(&self) -> Position {
        if let Ok(mut newest) = self.newest.try_lock() {
            *newest = self.present().max(*newest);
            self.settled.fetch_max(newest.micros(), Ordering::Relaxed);
        }
        Position::from_micros(self.settled.load(Ordering::Relaxed))
    }

    /// Whether a write failed since this was last asked.
    pub(super) fn take_doubt(&self) -> bool {
        self.doubtful.swap(false, Ordering::Relaxed)
    }

    /// Something else than a failed write leaves it open what is stored.
    pub(super) fn doubt(&self) {
        self.doubtful.store(true, Ordering::Relaxed);
    }

    fn present(&self) -> Position {
        Position::first_at(self.clock.now())
    }
}

impl Writing<'_> {
    /// It is committed.
    pub(super) fn done(mut self) {
        self.done = true;
        self.timeline.settled.fetch_max(self.position.micros(), Ordering::Relaxed);
    }
}

impl Drop for Writing<'_> {
    fn drop(&mut self) {
        if !self.done {
            self.timeline.doubt();
        }
    }
}
