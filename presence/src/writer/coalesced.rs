//! Beats that were acknowledged without a write, for as long as a mark may still turn up that is
//! older than they are (R7).

use std::{collections::HashMap, time::Duration};

use crate::{Change, SessionId, Sessions, Timestamp, UserChange, UserId};

/// The newest stamp of the unwritten beats of each session, and when its beat arrived.
///
/// Only trusted stamps: marks reach this node's store through this node, so that a beat without
/// one has always arrived before a mark that turns up now, and ends with it.
#[derive(Debug)]
pub(crate) struct Coalesced {
    beats: HashMap<UserId, Vec<Unwritten>>,
    /// How long they are remembered: twice the refresh.
    memory: Duration,
    swept: Timestamp,
}

#[derive(Debug)]
struct Unwritten {
    session: SessionId,
    stamp: Timestamp,
    arrival: Timestamp,
}

impl Coalesced {
    pub(crate) fn new(memory: Duration) -> Self {
        Self { beats: HashMap::new(), memory, swept: Timestamp::EPOCH }
    }

    pub(crate) fn remember(
        &mut self,
        user: &UserId,
        session: &SessionId,
        stamp: Timestamp,
        now: Timestamp,
    ) {
        let beats = self.beats.entry(user.clone()).or_default();
        match beats.iter_mut().find(|beat| beat.session == *session) {
            Some(beat) => {
                beat.stamp = beat.stamp.max(stamp);
                beat.arrival = now;
            }
            None => beats.push(Unwritten { session: session.clone(), stamp, arrival: now }),
        }
    }

    /// The unwritten beats of the sessions that a mark is about to end, to be written before it.
    pub(crate) fn take(
        &mut self,
        user: &UserId,
        sessions: &Sessions,
    ) -> impl Iterator<Item = UserChange> {
        let user = user.clone();
        let mut beats = self.beats.remove(&user).unwrap_or_default();
        if let Sessions::One(ended) = sessions {
            let (taken, kept) = beats.into_iter().partition(|beat| beat.session == *ended);
            beats = taken;
            self.beats.insert(user.clone(), kept);
        }
        beats.into_iter().map(move |Unwritten { session, stamp, .. }| UserChange {
            user: user.clone(),
            change: Change::Beat { session, stamp: Some(stamp) },
        })
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
