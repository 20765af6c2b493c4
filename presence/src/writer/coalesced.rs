//! Beats that were acknowledged without a write, for as long as a mark may still turn up that is
//! older than they are (R7).

use std::{collections::HashMap, time::Duration};

use crate::{Change, SessionId, Sessions, Timestamp, UserChange, UserId};

/// The newest of the unwritten beats of each session.
///
/// Only those with a trusted stamp: marks reach this node's store through this node, so that a
/// beat without one has always arrived before a mark that turns up now, and ends with it.
#[derive(Debug)]
pub(crate) struct Coalesced {
    beats: HashMap<UserId, Vec<Unwritten>>,
    /// How long they are remembered: twice the refresh.
    memory: Duration,
    swept: Timestamp,
}

/// A beat that was acknowledged without a write.
#[derive(Clone, Debug)]
pub(crate) struct Unwritten {
    pub(crate) user: UserId,
    pub(crate) session: SessionId,
    pub(crate) stamp: Timestamp,
    pub(crate) arrival: Timestamp,
}

impl Unwritten {
    /// The beat, to be written after all.
    pub(crate) fn change(&self) -> UserChange {
        let Self { user, session, stamp, .. } = self.clone();
        UserChange { user, change: Change::Beat { session, stamp: Some(stamp) } }
    }
}

impl Coalesced {
    pub(crate) fn new(memory: Duration) -> Self {
        Self { beats: HashMap::new(), memory, swept: Timestamp::EPOCH }
    }

    pub(crate) fn remember(&mut self, new: Unwritten) {
        let beats = self.beats.entry(new.user.clone()).or_default();
        match beats.iter_mut().find(|beat| beat.session == new.session) {
            Some(beat) => {
                beat.stamp = beat.stamp.max(new.stamp);
                beat.arrival = beat.arrival.max(new.arrival);
            }
            None => beats.push(new),
        }
    }

    /// The unwritten beats of the sessions that a mark is about to end, to be written before it.
    pub(crate) fn take(&mut self, user: &UserId, sessions: &Sessions) -> Vec<Unwritten> {
        let Some(beats) = self.beats.get_mut(user) else { return Vec::new() };
        let taken = beats.extract_if(.., |beat| match sessions {
            Sessions::All => true,
            Sessions::One(ended) => beat.session == *ended,
        });
        taken.collect()
    }

    /// Forgets what has been remembered long enough, once in that time.
    pub(crate) fn forget(&mut self, now: Timestamp) {
        if self.swept.plus(self.memory) > now {
            return;
        }
        self.swept = now;
        let oldest = now.minus(self.memory);
        self.beats.retain(|_, beats| {
            beats.retain(|beat| beat.arrival >= oldest);
            !beats.is_empty()
        });
    }
}
