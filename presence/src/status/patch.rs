//! A change of a user's own status, merged into what there is.

use std::sync::Arc;

use super::{Availability, Hidden, Shown, StatusRow, StatusWrite};
use crate::{Position, Timestamp, UserId};

/// What a user changes: what is left out stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StatusPatch {
    /// Whether they want to be talked to.
    pub availability: Option<Availability>,
    /// In their own words, or no more.
    pub text: Option<Option<Arc<str>>>,
    /// One emoji, or none any more.
    pub emoji: Option<Option<Arc<str>>>,
    /// Until when all of it holds, or for ever.
    pub expires_at: Option<Option<Timestamp>>,
    /// Whether they hide.
    pub invisible: Option<bool>,
    /// Whether others are told when they were last seen.
    pub share_last_seen: Option<bool>,
}

impl StatusPatch {
    /// What it makes of `row` at `now`; nothing if that is the same.
    #[must_use]
    pub fn merge(&self, user: UserId, row: &StatusRow, now: Timestamp) -> Option<StatusWrite> {
        let mut next = row.clone();
        next.declared = row.declared.at(now);
        let declared = &mut next.declared;
        assign(&mut declared.availability, self.availability);
        assign(&mut declared.text, self.text.clone());
        assign(&mut declared.emoji, self.emoji.clone());
        assign(&mut declared.expires_at, self.expires_at);
        assign(&mut next.share_last_seen, self.share_last_seen);
        let hides = row.hidden.is_none() && self.invisible == Some(true);
        if hides {
            // As it was before: what changes with it is hidden already.
            let moment = Hidden { since: now, last_seen: None, went: Position::START };
            next.hidden = Some(Shown { hidden: Some(moment), ..row.shown() });
        } else if self.invisible == Some(false) {
            next.hidden = None;
        }
        let shows = if next.hidden.is_none() { row.hidden.as_ref() } else { None };
        let shows = shows.and_then(|shown| shown.hidden);
        (next != *row).then_some(StatusWrite { user, row: next, hides, shows })
    }
}

fn assign<T>(to: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *to = value;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::status::Declared;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    fn merge(patch: &StatusPatch, row: &StatusRow, now: i64) -> Option<StatusWrite> {
        patch.merge(UserId::integer(5).unwrap(), row, at(now))
    }

    fn busy_until(end: i64) -> StatusRow {
        let declared = Declared {
            availability: Availability::Busy,
            text: Some("thinking".into()),
            expires_at: Some(at(end)),
            ..Declared::default()
        };
        StatusRow { declared, ..StatusRow::default() }
    }

    #[test]
    fn what_is_left_out_stays_and_what_expired_does_not() {
        let patch = StatusPatch { emoji: Some(Some("🌴".into())), ..StatusPatch::default() };
        let early = merge(&patch, &busy_until(100), 99).unwrap().row.declared;
        assert_eq!((early.availability, early.expires_at), (Availability::Busy, Some(at(100))));
        let late = merge(&patch, &busy_until(100), 100).unwrap().row.declared;
        assert_eq!(late, Declared { emoji: Some("🌴".into()), ..Declared::default() });
    }

    #[test]
    fn a_change_that_changes_nothing_is_none() {
        assert_eq!(merge(&StatusPatch::default(), &busy_until(100), 99), None);
        let visible = StatusPatch { invisible: Some(false), ..StatusPatch::default() };
        assert_eq!(merge(&visible, &busy_until(100), 99), None);
    }

    #[test]
    fn what_changes_with_hiding_and_after_it_is_told_to_nobody() {
        let hide = StatusPatch {
            invisible: Some(true),
            availability: Some(Availability::Dnd),
            share_last_seen: Some(false),
            ..StatusPatch::default()
        };
        let hidden = merge(&hide, &busy_until(100), 50).unwrap();
        let shown = hidden.told().unwrap();
        assert_eq!(shown.declared, busy_until(100).declared);
        assert!(shown.share_last_seen);
        assert_eq!(hidden.row.declared.availability, Availability::Dnd);

        let away = StatusPatch { availability: Some(Availability::Away), ..StatusPatch::default() };
        let later = merge(&away, &hidden.row, 60).unwrap();
        assert_eq!(later.told(), None);
        assert_eq!(later.row.shown(), shown);

        let show = StatusPatch { invisible: Some(false), ..StatusPatch::default() };
        let shown = merge(&show, &later.row, 70).unwrap().told().unwrap();
        assert_eq!(shown.declared.availability, Availability::Away);
        assert_eq!((shown.share_last_seen, shown.hidden), (false, None));
    }
}
