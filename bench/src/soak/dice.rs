//! Chance, with what the standard library has: nothing here needs more of it.

use std::{
    cell::Cell,
    hash::{BuildHasher, RandomState},
    time::Duration,
};

/// Throws that nobody can foresee.
#[derive(Debug, Default)]
pub(crate) struct Dice {
    keys: RandomState,
    thrown: Cell<u64>,
}

impl Dice {
    /// A number below `end`, which is not 0.
    pub(crate) fn below(&self, end: u64) -> u64 {
        self.thrown.set(self.thrown.get() + 1);
        self.keys.hash_one(self.thrown.get()) % end
    }

    /// One of `all`, which are not none.
    pub(crate) fn one_of<T: Copy>(&self, all: &[T]) -> T {
        all[usize::try_from(self.below(all.len() as u64)).unwrap_or_default()]
    }

    /// At least `from` and less than `to`, to the millisecond.
    pub(crate) fn between(&self, from: Duration, to: Duration) -> Duration {
        let width = u64::try_from(to.saturating_sub(from).as_millis()).unwrap_or(u64::MAX);
        from + Duration::from_millis(self.below(width.max(1)))
    }
}
