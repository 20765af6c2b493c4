//! What a node has done since its start, in numbers that only grow.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

/// Numbers that may be read at any time, each for itself.
#[derive(Debug, Default)]
pub struct Tally {
    /// Changes that were written and committed.
    pub written: Count,
    /// Beats that were answered without a write (R7).
    pub coalesced: Count,
    /// Changes in a batch.
    pub batches: Spread,
    /// Microseconds from a batch to its commit and back.
    pub writes: Spread,
    /// Batches that were not stored.
    pub failed_writes: Count,
    /// Microseconds of a refresh.
    pub refreshes: Spread,
    /// Refreshes, and loads in their place, that failed.
    pub failed_refreshes: Count,
}

/// A number.
#[derive(Debug, Default)]
pub struct Count(AtomicU64);

impl Count {
    /// The number.
    #[must_use]
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    pub(crate) fn add(&self, more: u64) {
        self.0.fetch_add(more, Ordering::Relaxed);
    }
}

/// How values are spread, by powers of two.
#[derive(Debug, Default)]
pub struct Spread {
    /// Values up to 2^0, 2^1 and so on; the last holds all that are larger.
    counts: [Count; POWERS + 1],
    sum: Count,
}

/// The largest value that is told from larger ones is 2^23: eight seconds, in microseconds.
const POWERS: usize = 24;

impl Spread {
    /// The sum of all values.
    #[must_use]
    pub fn sum(&self) -> u64 {
        self.sum.get()
    }

    /// Upper bounds, ascending, each with the number of values up to there; the last is that of all
    /// values and has no bound.
    pub fn cumulative(&self) -> impl Iterator<Item = (Option<u64>, u64)> {
        let mut total = 0;
        self.counts.iter().enumerate().map(move |(power, count)| {
            total += count.get();
            ((power < POWERS).then(|| 1 << power), total)
        })
    }

    pub(crate) fn add(&self, value: u64) {
        let power = u64::BITS - value.saturating_sub(1).leading_zeros();
        self.counts[POWERS.min(power as usize)].add(1);
        self.sum.add(value);
    }

    pub(crate) fn add_duration(&self, duration: Duration) {
        self.add(u64::try_from(duration.as_micros()).unwrap_or(u64::MAX));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_counted_up_to_the_next_power_of_two() {
        for (value, bound) in
            [(0, Some(1)), (1, Some(1)), (2, Some(2)), (3, Some(4)), (4, Some(4)), (5, Some(8))]
                .into_iter()
                .chain([(1 << 23, Some(1 << 23)), ((1 << 23) + 1, None), (u64::MAX, None)])
        {
            let spread = Spread::default();
            spread.add(value);
            let (first, _) = spread.cumulative().find(|(_, count)| *count == 1).unwrap();
            assert_eq!(first, bound, "{value}");
            assert_eq!((spread.cumulative().last().unwrap().1, spread.sum()), (1, value));
        }
    }
}
