//! What others see of who is here (R11): whoever hides is not.

use std::collections::HashMap;

use super::{KEPT_WINDOWS, Roster, Turn, users::User};
use crate::{Shown, StatusChange, Timestamp, UserId, UserStatus};

impl Roster {
    /// As everybody sees it: whoever hides is not there (R11).
    pub(crate) fn visible(&self, user: &UserId) -> Option<&User> {
        self.users.find(user).filter(|user| !user.hidden)
    }

    /// Who is online, in no order.
    pub(super) fn ids(&self) -> impl Iterator<Item = &UserId> {
        self.users.iter().filter(|user| !user.hidden).map(|user| &user.id)
    }

    /// How many are online.
    pub(crate) fn count(&self) -> usize {
        self.users.len() - self.hidden
    }

    /// The status object of a user, as everybody sees it, if that can be told: of users who have been
    /// offline for long it is not kept when they were last seen. Whether they hide makes no
    /// difference, not even to what an answer costs (R11).
    pub(crate) fn status(&self, user: &UserId) -> Option<UserStatus> {
        let shown = self.shown(user);
        let online = self.visible(user);
        let now = self.position.time();
        let last_seen = match (online, shown.hidden) {
            (Some(user), _) => Some(user.last_seen),
            (None, None) => self.gone.last_seen(user),
            (None, Some(hidden)) => hidden.last_seen,
        };
        let kept = last_seen.is_some_and(|at| at >= now.minus(KEPT_WINDOWS * self.window));
        let known = online.is_some() || kept || !shown.share_last_seen;
        known.then(|| shown.to_others(user.clone(), online.is_some(), last_seen, now))
    }

    /// The same of a user who is offline, if `last_seen` was looked up. If not, it is not told of who
    /// hides either, of whom it is known (R11).
    pub(crate) fn offline(
        &self,
        user: &UserId,
        last_seen: Option<&HashMap<UserId, Timestamp>>,
    ) -> UserStatus {
        let at = last_seen.and_then(|found| found.get(user).copied());
        let now = self.position.time();
        let status = self.shown(user).to_others(user.clone(), false, at, now);
        UserStatus { last_seen: status.last_seen.filter(|_| last_seen.is_some()), ..status }
    }

    /// What others see of what a user says.
    pub(crate) fn shown(&self, user: &UserId) -> &Shown {
        self.statuses.shown(user)
    }

    /// Takes over what others see of a user from now on. Whoever hides goes, if they were online,
    /// and else nothing happened (R11).
    pub(super) fn show(&mut self, StatusChange { user: id, shown }: &StatusChange) {
        let hides = shown.as_ref().is_some_and(|shown| shown.hidden.is_some());
        let before = (self.status(id), self.shown(id).clone());
        let place = self.users.place(id);
        if let Some(user) = place.and_then(|place| self.users.at(place))
            && user.hidden != hides
        {
            user.hidden = hides;
            if hides {
                self.hidden += 1;
                self.tag.remove(id);
                self.history.push(self.position, id.clone(), Turn::Went);
            } else {
                self.hidden -= 1;
                self.tag.add(id);
                self.history.push(self.position, id.clone(), Turn::Came);
            }
        }
        self.see(id, self.statuses.shown(id).hidden.and_then(|hidden| hidden.last_seen));
        if shown.is_none() {
            self.gone.erase(id);
        }
        self.statuses.set(self.position, id, shown.as_ref());
        if !hides && self.looks_other_than(before, id) {
            self.statuses.edit(self.position, id);
        }
    }

    /// Whether others see something else of a user than before. Where nothing is known of when they
    /// were last seen, it may be that as well if they hid.
    fn looks_other_than(&self, before: (Option<UserStatus>, Shown), id: &UserId) -> bool {
        let (now, shown) = (self.position.time(), self.shown(id));
        match (before, self.status(id)) {
            ((Some(before), _), Some(after)) => before != after,
            ((None, before), None) => {
                before.hidden.is_some() || before.declared.at(now) != shown.declared.at(now)
            }
            _ => true,
        }
    }

    /// What others were told while somebody hid, they were told: it is never taken back (R6).
    pub(super) fn see(&mut self, user: &UserId, last_seen: Option<Timestamp>) {
        let Some(at) = last_seen else { return };
        match self.users.place(user).and_then(|place| self.users.at(place)) {
            Some(user) => user.last_seen = user.last_seen.max(at),
            None => self.gone.saw(user, at),
        }
    }
}
