//! Building a roster from what is stored: who is online, and who came or went within two windows,
//! so that a node that has just started answers the cursors of the others (R10).

use super::{History, Roster, Turn};
use crate::{Intake, Origin, Policy, Position, StoredSession, StoredStatus, UserId};

/// A roster that is being built.
#[derive(Debug)]
pub(crate) struct Loading<'a> {
    policy: &'a Policy,
    roster: Roster,
    /// Who may have come or gone, and where.
    turns: Vec<(Position, UserId)>,
}

impl<'a> Loading<'a> {
    /// Nobody yet.
    pub(crate) fn new(policy: &'a Policy) -> Self {
        let origin = Origin::default();
        Self { policy, roster: Roster::new(policy.window, &origin), turns: Vec::new() }
    }

    /// The roster.
    pub(crate) fn finish(mut self) -> Roster {
        self.turns.sort_unstable_by_key(|(position, _)| *position);
        for (position, user) in self.turns {
            self.roster.history.push(position, user, Turn::Perhaps);
        }
        self.roster.statuses.loaded();
        self.roster
    }
}

impl Intake for Loading<'_> {
    fn begin(&mut self, origin: Origin) {
        let recent = self.policy.recent(origin.until.time());
        let known_from = Position::first_at(recent.answered_since);
        self.roster = Roster::new(self.policy.window, &origin);
        self.roster.history = History::new(known_from);
    }

    /// Whoever hides came and went where others saw it, and nowhere after that (R11).
    fn take_status(&mut self, stored: StoredStatus) {
        let StoredStatus { user, shown, shown_at, turned_at } = stored;
        let known_from = self.roster.history.newest();
        let now = self.roster.position;
        let went = shown.hidden.map(|hidden| hidden.went.min(now));
        for turn in [Some(turned_at), went].into_iter().flatten() {
            if turn > known_from {
                self.turns.push((turn, user.clone()));
            }
        }
        self.roster.statuses.load(&user, &shown, shown_at, known_from, now);
    }

    /// What the row of a session tells of the past is its user's last arrival and departure:
    /// whoever was not online at a cursor and is now has a session that came since, and whoever
    /// was and is not any more has one that left or timed out since.
    fn take(&mut self, stored: StoredSession) {
        let StoredSession { activity, online_since, offline_at } = stored;
        let (now, known_from) = (self.roster.position, self.roster.history.newest());
        // As late as the millisecond allows: the position itself is not stored.
        let arrivals = [online_since, offline_at].into_iter().flatten().map(Position::last_at);
        let ended = Position::first_at(self.roster.end(activity.last_activity));
        let ended = Some(ended).filter(|ended| *ended <= now);
        let hidden = self.roster.statuses.hides(&activity.user);
        for turn in arrivals.map(|arrival| arrival.min(now)).chain(ended) {
            if turn > known_from && !hidden {
                self.turns.push((turn, activity.user.clone()));
            }
        }
        if activity.last_activity >= self.roster.horizon() {
            self.roster.admit(&activity);
        } else {
            self.roster.see(&activity.user, Some(activity.last_seen));
        }
    }
}
