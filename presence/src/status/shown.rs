//! R11: the one place that decides what others see of a user.

use super::Declared;
use crate::{Policy, Position, Row, Timestamp, UserId};

/// What is kept of a user for others to see: all of it, or what it was when the user hid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// What the user says, or said when they hid.
    pub declared: Declared,
    /// Whether others are told when the user was last seen.
    pub share_last_seen: bool,
    /// How the user left the sight of others, who hides.
    pub hidden: Option<Hidden>,
}

/// The moment at which a user hid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hidden {
    /// When it was, in store time.
    pub since: Timestamp,
    /// When they were last seen, as of then: if they were online, that was then.
    pub last_seen: Option<Timestamp>,
    /// Where others saw them go: then, or when they went before that. The start if they never did.
    pub went: Position,
}

impl Hidden {
    /// What it is for a user who has `rows` and hides at `now`: if they are online, it looks as
    /// though a mark-offline came; if not, nothing changes.
    #[must_use]
    pub fn at(now: Timestamp, rows: &[Row], policy: &Policy) -> Self {
        if rows.iter().any(|row| row.last_activity >= policy.horizon(now)) {
            return Self { since: now, last_seen: Some(now), went: Position::last_at(now) };
        }
        let went = |row: &Row| {
            let left = row.offline_at.map(Position::last_at);
            let active = Some(row.last_activity).filter(|at| *at != Timestamp::EPOCH);
            left.max(active.map(|at| Position::first_at(policy.end(at))))
        };
        Self {
            since: now,
            last_seen: rows.iter().map(|row| row.last_seen).max(),
            went: rows.iter().filter_map(went).max().unwrap_or_default(),
        }
    }
}

impl Default for Shown {
    fn default() -> Self {
        Self { declared: Declared::default(), share_last_seen: true, hidden: None }
    }
}

/// A status object: how it stands with a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserStatus {
    /// Who.
    pub user: UserId,
    /// Whether they are online.
    pub is_online: bool,
    /// The newest proof of life (R6); nothing when there never was one, or when it is not shared.
    pub last_seen: Option<Timestamp>,
    /// What they say, as long as it holds.
    pub declared: Declared,
}

/// A user's own status object: the truth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnStatus {
    /// The object.
    pub status: UserStatus,
    /// Whether they hide.
    pub invisible: bool,
    /// Whether others are told when they were last seen.
    pub share_last_seen: bool,
}

impl Shown {
    /// What everybody but `user` sees at `now` of a user who in truth is online or not, and was
    /// last seen then. Whoever hides is offline since they hid, as far as others can tell.
    #[must_use]
    pub fn to_others(
        &self,
        user: UserId,
        is_online: bool,
        last_seen: Option<Timestamp>,
        now: Timestamp,
    ) -> UserStatus {
        let (is_online, last_seen) = match self.hidden {
            Some(hidden) => (false, hidden.last_seen),
            None => (is_online, last_seen),
        };
        let last_seen = last_seen.filter(|_| self.share_last_seen);
        UserStatus { user, is_online, last_seen, declared: self.declared.at(now) }
    }
}
