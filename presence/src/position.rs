//! Positions in the one history that all nodes share, and the eras that they belong to.

use crate::Timestamp;

/// A point in the history of a store: microseconds of store time since the epoch.
///
/// Every write has a position of its own, later than that of the write before, so "as of a
/// position" says exactly which writes are in, and whose window has ended by then (R10).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position(i64);

const MICROS: i64 = 1000;

impl Position {
    /// Before everything.
    pub const START: Self = Self(0);

    /// The point `micros` microseconds after the epoch.
    #[must_use]
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Microseconds since the epoch.
    #[must_use]
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// The first position in the millisecond `time`.
    #[must_use]
    pub const fn first_at(time: Timestamp) -> Self {
        Self(time.millis().saturating_mul(MICROS))
    }

    /// The last position in the millisecond `time`.
    #[must_use]
    pub const fn last_at(time: Timestamp) -> Self {
        Self(Self::first_at(time).0.saturating_add(MICROS - 1))
    }

    /// The millisecond of store time that it is in.
    #[must_use]
    pub const fn time(self) -> Timestamp {
        Timestamp::from_millis(self.0.div_euclid(MICROS))
    }

    /// The position after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

/// Which history a position belongs to. A store begins a new era when it turns out to have been
/// restored: positions of the old one may stand for what never happened in the new.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Era(u32);

impl Era {
    /// The era with that number.
    #[must_use]
    pub const fn new(number: u32) -> Self {
        Self(number)
    }

    /// Its number, drawn at random when it began.
    #[must_use]
    pub const fn number(self) -> u32 {
        self.0
    }
}
