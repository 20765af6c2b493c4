//! What others see of what users say, and when that changed.

use std::{
    collections::{BTreeSet, HashMap, VecDeque},
    sync::{Arc, LazyLock},
};

use crate::{Position, Shown, Timestamp, UserId};

/// What others see of each user who has said something, or hides. Costs about 200 bytes for each
/// of these, and nothing for the others.
#[derive(Debug, Default)]
pub(crate) struct Statuses {
    shown: HashMap<UserId, Arc<Shown>>,
    /// Who said something else, or stopped, oldest first: as far back as the history of who came
    /// and went.
    edits: VecDeque<(Position, UserId)>,
    /// What has not expired yet.
    expiries: BTreeSet<(Timestamp, UserId)>,
}

static DEFAULT: LazyLock<Shown> = LazyLock::new(Shown::default);

impl Statuses {
    pub(crate) fn shown(&self, user: &UserId) -> &Shown {
        self.shown.get(user).map_or(&DEFAULT, |shown| shown)
    }

    pub(crate) fn hides(&self, user: &UserId) -> bool {
        self.shown(user).hidden.is_some()
    }

    /// Whose status changed after `position`, perhaps more than once.
    pub(crate) fn edited_since(&self, position: Position) -> impl Iterator<Item = &UserId> {
        let first = self.edits.partition_point(|(at, _)| *at <= position);
        self.edits.range(first..).map(|(_, user)| user)
    }

    /// Where that was last.
    pub(crate) fn newest_edit(&self) -> Position {
        self.edits.back().map_or(Position::START, |(at, _)| *at)
    }

    /// Somebody's status changes at `position`, which is not before the newest so far.
    pub(crate) fn edit(&mut self, position: Position, user: &UserId) {
        self.edits.push_back((position, user.clone()));
    }

    /// From now on `shown` is what others see of a user; nothing of one who was erased.
    pub(crate) fn set(&mut self, now: Position, user: &UserId, shown: Option<&Shown>) {
        let before = match shown {
            Some(shown) if *shown != *DEFAULT => {
                self.shown.insert(user.clone(), Arc::new(shown.clone()))
            }
            Some(_) | None => self.shown.remove(user),
        };
        if let Some(end) = before.and_then(|before| before.declared.expires_at) {
            self.expiries.remove(&(end, user.clone()));
        }
        self.expect_end(now, user, shown);
    }

    fn expect_end(&mut self, now: Position, user: &UserId, shown: Option<&Shown>) {
        let end = shown.and_then(|shown| shown.declared.expires_at);
        if let Some(end) = end.filter(|end| Position::first_at(*end) > now) {
            self.expiries.insert((end, user.clone()));
        }
    }

    /// As [`Self::set`], of what is found stored as of `now`. What happened up to `known_from` is
    /// of no interest.
    pub(crate) fn load(
        &mut self,
        user: &UserId,
        shown: &Shown,
        shown_at: Position,
        known_from: Position,
        now: Position,
    ) {
        let ended = shown.declared.expires_at.map(Position::first_at).filter(|end| *end <= now);
        let edits = [Some(shown_at), ended].into_iter().flatten();
        self.edits.extend(edits.filter(|at| *at > known_from).map(|at| (at, user.clone())));
        self.set(now, user, Some(shown));
    }

    /// Everything that is stored has been loaded.
    pub(crate) fn loaded(&mut self) {
        self.edits.make_contiguous().sort_unstable();
    }

    /// What expires up to `position` is said no longer.
    pub(crate) fn expire(&mut self, position: Position) {
        while let Some((end, user)) = self.expiries.pop_first() {
            let at = Position::first_at(end);
            if at > position {
                self.expiries.insert((end, user));
                break;
            }
            self.edits.push_back((at, user));
        }
    }

    /// Forgets the changes up to `position`.
    pub(crate) fn forget(&mut self, position: Position) {
        while self.edits.front().is_some_and(|(at, _)| *at <= position) {
            self.edits.pop_front();
        }
    }
}
