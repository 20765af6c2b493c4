//! The ids of all who are online, ascending, as of one version of the roster.

use std::{collections::BTreeMap, sync::Arc};

use super::{Roster, SetTag};
use crate::{Cursor, UserId};

/// The set of online users at one moment, shared by all who ask for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OnlineSet {
    ids: Arc<Vec<UserId>>,
    version: u64,
    tag: SetTag,
    cursor: Cursor,
}

/// What makes a later set out of an earlier one.
#[derive(Debug)]
pub(crate) struct News {
    ids: Ids,
    version: u64,
    tag: SetTag,
    cursor: Cursor,
}

#[derive(Debug)]
enum Ids {
    /// Whether those who came or went are online now.
    Changed(BTreeMap<UserId, bool>),
    /// Everyone, in no order: the earlier set is too old to go by.
    All(Vec<UserId>),
}

impl News {
    fn of(ids: Ids, roster: &Roster) -> Self {
        let (version, tag, cursor) = (roster.version(), roster.tag, roster.cursor());
        Self { ids, version, tag, cursor }
    }
}

impl OnlineSet {
    /// The set as the roster has it now.
    pub(crate) fn of(roster: &Roster) -> Self {
        let none = SetTag::default();
        let none = Self { ids: Arc::default(), version: 0, tag: none, cursor: roster.cursor() };
        none.next(News::of(Ids::All(roster.ids().cloned().collect()), roster))
    }

    /// What has happened since: a node is the first to follow its own deltas. Costs what changed.
    pub(crate) fn news(&self, roster: &Roster) -> News {
        let online = |user: &UserId| roster.visible(user).is_some();
        let turns = roster.history.since_version(self.version);
        let changed = turns.map(|turns| turns.into_keys().map(|user| (user.clone(), online(user))));
        let ids = changed.map_or_else(
            || Ids::All(roster.ids().cloned().collect()),
            |users| Ids::Changed(users.collect()),
        );
        News::of(ids, roster)
    }

    /// The set after `news`. Needs no roster, and so no lock: it may cost a copy of the set.
    pub(crate) fn next(&self, News { ids, version, tag, cursor }: News) -> Self {
        let ids = match ids {
            Ids::Changed(changed) if changed.is_empty() => Arc::clone(&self.ids),
            Ids::Changed(changed) => Arc::new(merge(&self.ids, &changed)),
            Ids::All(mut all) => {
                all.sort_unstable();
                Arc::new(all)
            }
        };
        Self { ids, version, tag, cursor }
    }

    /// Which version of the roster this is.
    pub(crate) fn version(&self) -> u64 {
        self.version
    }

    /// The users, ascending.
    #[must_use]
    pub fn ids(&self) -> &[UserId] {
        &self.ids
    }

    /// What tells this set from every other.
    #[must_use]
    pub fn tag(&self) -> SetTag {
        self.tag
    }

    /// The position in the history of the online set that this is.
    #[must_use]
    pub fn cursor(&self) -> Cursor {
        self.cursor
    }
}

/// `ids` with the users in `changes` who are online, and without those who are not.
fn merge(ids: &[UserId], changes: &BTreeMap<UserId, bool>) -> Vec<UserId> {
    let mut merged = Vec::with_capacity(ids.len() + changes.len());
    let mut rest = ids;
    for (user, online) in changes {
        let before = rest.partition_point(|id| id < user);
        merged.extend_from_slice(&rest[..before]);
        rest = &rest[before..];
        rest = rest.strip_prefix(std::slice::from_ref(user)).unwrap_or(rest);
        if *online {
            merged.push(user.clone());
        }
    }
    merged.extend_from_slice(rest);
    merged
}
