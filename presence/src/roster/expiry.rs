//! When to look at whom: a calendar of slots, so that a refresh touches only users who may have
//! timed out, and a beat touches the calendar not at all.

use std::{collections::BTreeMap, time::Duration};

use super::users::Place;
use crate::Timestamp;

/// Users by the slot of time in which their window ends.
///
/// A user stands in one slot. A beat moves the end of the window but not the user: who is found
/// alive when the slot comes up is put into a later one, once per window instead of once per beat.
#[derive(Debug)]
pub(crate) struct Expiry {
    slots: BTreeMap<i64, Vec<Place>>,
    width: i64,
}

impl Expiry {
    /// A calendar for ends of a `window`; a slot is about a 256th of it, at most a second.
    pub(crate) fn new(window: Duration) -> Self {
        let width = i64::try_from(window.as_millis() / 256).unwrap_or(i64::MAX).clamp(1, 1000);
        Self { slots: BTreeMap::new(), width }
    }

    /// The slot of a window that ends at `end`.
    pub(crate) fn slot(&self, end: Timestamp) -> i64 {
        end.millis().div_euclid(self.width)
    }

    pub(crate) fn put(&mut self, slot: i64, place: Place) {
        self.slots.entry(slot).or_default().push(place);
    }

    /// Takes the slots that have begun by `now`: the last of them may hold users whose window has
    /// not ended yet.
    pub(crate) fn take_begun(&mut self, now: Timestamp) -> BTreeMap<i64, Vec<Place>> {
        let later = self.slots.split_off(&(self.slot(now) + 1));
        std::mem::replace(&mut self.slots, later)
    }
}
