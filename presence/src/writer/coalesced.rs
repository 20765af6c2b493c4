//! Beats that were acknowledged without a write, for as long as a mark may still turn up that is
//! older than they are (R7).

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::sync::Notify;

use crate::{
    Change, Entry, SessionActivity, SessionId, Sessions, StatusChange, Timestamp, UserChange,
    UserId,
};

/// The newest of the unwritten beats of each session.
///
/// A mark that reaches this node itself is written after those that are newer by the client's own
/// clock. A mark that another node wrote is seen when the feed tells of it, and what is newer is
/// written after all.
#[derive(Debug, Default)]
pub(crate) struct Coalesced {
    beats: Mutex<Beats>,
    /// Tells the writer that there is something to write after all.
    due: Notify,
}

#[derive(Debug, Default)]
struct Beats {
    unwritten: HashMap<UserId, Vec<Unwritten>>,
    /// What is to be written after all.
    due: Vec<Unwritten>,
    swept: Timestamp,
}

/// A beat that was acknowledged without a write.
#[derive(Clone, Debug)]
pub(crate) struct Unwritten {
    pub(crate) user: UserId,
    pub(crate) session: SessionId,
    /// Of those that came with a trusted stamp the newest.
    pub(crate) stamp: Option<Timestamp>,
    pub(crate) arrival: Timestamp,
}

impl Unwritten {
    /// The beat, to be written after all.
    pub(crate) fn change(&self) -> UserChange {
        let Self { user, session, stamp, .. } = self.clone();
        UserChange { user, change: Change::Beat { session, stamp } }
    }
}

impl Coalesced {
    fn beats(&self) -> MutexGuard<'_, Beats> {
        self.beats.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn remember(&self, new: Unwritten) {
        let mut beats = self.beats();
        let beats = beats.unwritten.entry(new.user.clone()).or_default();
        match beats.iter_mut().find(|beat| beat.session == new.session) {
            Some(beat) => {
                beat.stamp = beat.stamp.max(new.stamp);
                beat.arrival = beat.arrival.max(new.arrival);
            }
            None => beats.push(new),
        }
    }

    /// The unwritten beats of the sessions that a mark is about to end, to be written before it.
    /// One without a stamp arrived before the mark, and ends with it.
    pub(crate) fn take(&self, user: &UserId, sessions: &Sessions) -> Vec<Unwritten> {
        let mut beats = self.beats();
        let Some(beats) = beats.unwritten.get_mut(user) else { return Vec::new() };
        let taken = beats.extract_if(.., |beat| match sessions {
            Sessions::All => true,
            Sessions::One(ended) => beat.session == *ended,
        });
        taken.filter(|beat| beat.stamp.is_some()).collect()
    }

    /// Looks for sessions that a mark ended which was written at another node. A beat that is newer
    /// than the mark becomes due (R4): by their stamps if both have one, else by their arrival.
    pub(crate) fn hear(&self, entry: &Entry) {
        let ended = |activity: &&SessionActivity| activity.last_activity == Timestamp::EPOCH;
        let mut beats = self.beats();
        let Beats { unwritten, due, .. } = &mut *beats;
        for StatusChange { user, .. } in entry.statuses.iter().filter(|it| it.shown.is_none()) {
            // Who was erased does not come back by what they did before.
            due.retain(|beat| beat.user != *user || beat.arrival > entry.position.time());
        }
        if unwritten.is_empty() {
            return;
        }
        let before = due.len();
        for SessionActivity { user, session, mark, .. } in entry.sessions.iter().filter(ended) {
            let Some(beats) = unwritten.get_mut(user) else { continue };
            let newer = |beat: &Unwritten| match (beat.stamp, mark) {
                (Some(beat), Some(mark)) => beat >= *mark,
                _ => beat.arrival > entry.position.time(),
            };
            let heard = beats.extract_if(.., |beat| beat.session == *session);
            due.extend(heard.filter(newer));
        }
        if due.len() > before {
            self.due.notify_one();
        }
    }

    /// The store refused what was due: it still is, when the store is back.
    pub(crate) fn postpone(&self, beat: Unwritten) {
        self.beats().due.push(beat);
    }

    /// The store is in reach.
    pub(crate) fn retry(&self) {
        if !self.beats().due.is_empty() {
            self.due.notify_one();
        }
    }

    pub(crate) fn take_due(&self) -> Vec<Unwritten> {
        std::mem::take(&mut self.beats().due)
    }

    /// Waits for what is to be written after all.
    pub(crate) async fn due(&self) -> Vec<Unwritten> {
        loop {
            self.due.notified().await;
            let due = self.take_due();
            if !due.is_empty() {
                return due;
            }
        }
    }

    /// Forgets what has been remembered for as long as `memory`, once in that time.
    pub(crate) fn forget(&self, now: Timestamp, memory: Duration) {
        let mut beats = self.beats();
        if beats.swept.plus(memory) > now {
            return;
        }
        beats.swept = now;
        let oldest = now.minus(memory);
        beats.unwritten.retain(|_, beats| {
            beats.retain(|beat| beat.arrival >= oldest);
            !beats.is_empty()
        });
    }
}
