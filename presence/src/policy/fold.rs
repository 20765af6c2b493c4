//! R5: how many sessions of a user are kept, and how long.

use std::cmp::{max, min};

use super::Policy;
use crate::{Row, SessionId, Timestamp};

/// How many ended sessions a user has at most. They are kept for their marks, which matter for as
/// long as a trusted stamp is old at most: for less than a minute.
const MAX_ENDED: usize = 20;

/// Folds away what `rows`, all rows of one user, hold too much of: live sessions beyond
/// `max_sessions`, and ended ones after `2*W`, or when there are more than [`MAX_ENDED`]. So a
/// client that names a new session with every request costs no more than that.
///
/// `current` is the session that the change was about: among equals it counts as the newest.
pub(super) fn fold(rows: &mut Vec<Row>, current: &SessionId, now: Timestamp, policy: &Policy) {
    let horizon = policy.horizon(now);
    let is_live = |row: &Row| row.last_activity >= horizon;
    while count(rows, is_live) > policy.max_sessions {
        fold_oldest_live(rows, current, now, policy);
    }
    while count(rows, |row| !is_live(row)) > MAX_ENDED {
        let ended = (0..rows.len()).filter(|at| !is_live(&rows[*at]));
        let oldest = ended.min_by_key(|at| (rows[*at].last_seen, rows[*at].session.clone()));
        oldest.map(|oldest| rows.swap_remove(oldest));
    }
    // The change that brought us here left a row that is newer: last seen is not lost.
    let forgotten = now.minus(2 * policy.window);
    rows.retain(|row| ended_at(row, policy) >= forgotten);
}

fn count(rows: &[Row], counts: impl Fn(&Row) -> bool) -> usize {
    rows.iter().filter(|row| counts(row)).count()
}

/// When a session ended or will end: by its mark, or with its window.
fn ended_at(row: &Row, policy: &Policy) -> Timestamp {
    if row.last_activity == Timestamp::EPOCH {
        row.last_seen
    } else {
        row.last_activity.plus(policy.window)
    }
}

/// Folds the oldest live session into the newest, which keeps what it proved. Its row goes, unless
/// its mark may still have to hold back a beat that it overtook (R4): the stamp of such a beat is
/// no older than `clock_skew`.
fn fold_oldest_live(rows: &mut Vec<Row>, current: &SessionId, now: Timestamp, policy: &Policy) {
    let horizon = policy.horizon(now);
    let age = |at: &usize| {
        let Row { last_activity, session, .. } = &rows[*at];
        (*last_activity, session == current, session.clone())
    };
    let live = || (0..rows.len()).filter(|at| rows[*at].last_activity >= horizon);
    let (Some(oldest), Some(newest)) = (live().min_by_key(age), live().max_by_key(age)) else {
        return;
    };
    let folded = rows[oldest].clone();
    let newest = &mut rows[newest];
    newest.last_seen = max(newest.last_seen, folded.last_seen);
    newest.online_since = min(newest.online_since, folded.online_since);
    if folded.offline_mark > Some(now.minus(policy.clock_skew)) {
        rows[oldest].last_activity = Timestamp::EPOCH;
    } else {
        rows.swap_remove(oldest);
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Display;

    use super::{super::tests::policy, *};
    use crate::{Change, Sessions, record};

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis((1_000_000 + seconds) * 1000)
    }

    fn session(name: impl Display) -> SessionId {
        SessionId::parse(&name.to_string()).unwrap()
    }

    fn beat(rows: &mut Vec<Row>, name: impl Display, now: i64) {
        let change = Change::Beat { session: session(name), stamp: None };
        record(rows, &change, at(now), &policy());
    }

    fn leave(rows: &mut Vec<Row>, name: impl Display, now: i64) {
        let sessions = Sessions::named(session(name));
        record(rows, &Change::Mark { sessions, stamp: Some(at(now)) }, at(now), &policy());
    }

    fn names(rows: &[Row]) -> Vec<&str> {
        let mut names: Vec<_> = rows.iter().map(|row| row.session.as_str()).collect();
        names.sort_unstable();
        names
    }

    #[test]
    fn the_oldest_of_too_many_live_sessions_is_folded_into_the_newest() {
        let mut rows = Vec::new();
        for number in 0..20 {
            beat(&mut rows, number, number);
        }
        leave(&mut rows, "ended", 20);
        assert_eq!(rows.len(), 21, "ended ones do not count");

        beat(&mut rows, "new", 21);
        assert!(!names(&rows).contains(&"0"));
        assert!(names(&rows).contains(&"1") && names(&rows).contains(&"new"));
        let newest = rows.iter().find(|row| row.session == session("new")).unwrap();
        assert_eq!(newest.online_since, Some(at(0)), "and inherits what it proved");
    }

    #[test]
    fn a_folded_session_keeps_a_mark_that_may_still_matter() {
        let late = |now: i64| {
            let mut rows = Vec::new();
            leave(&mut rows, "", 0);
            beat(&mut rows, "", 1);
            for number in 0..20 {
                beat(&mut rows, number, now);
            }
            leave(&mut rows, 7, now);
            let late = Change::Beat { session: session("late"), stamp: Some(at(-1)) };
            record(&mut rows, &late, at(now), &policy());
            names(&rows).contains(&"late")
        };
        assert!(!late(29), "the logout of all sessions overtook it");
        assert!(late(31), "its stamp is not trusted any more: it counts as it arrives");
    }

    #[test]
    fn last_seen_survives_the_fold() {
        let mut rows = Vec::new();
        beat(&mut rows, "newest", 10);
        leave(&mut rows, "oldest", 12);
        rows[1].offline_mark = None;
        let revived = Change::Beat { session: session("oldest"), stamp: Some(at(5)) };
        record(&mut rows, &revived, at(13), &Policy { max_sessions: 1, ..policy() });
        assert_eq!(names(&rows), ["newest"]);
        assert_eq!(rows[0].last_seen, at(12));
    }

    #[test]
    fn ended_sessions_go_after_two_windows_but_for_the_newest() {
        let mut rows = Vec::new();
        beat(&mut rows, "timed out", 0);
        beat(&mut rows, "left", 0);
        leave(&mut rows, "left", 10);
        leave(&mut rows, "last", 899);
        assert_eq!(names(&rows), ["last", "timed out"], "600 s after it left");
        leave(&mut rows, "last", 901);
        assert_eq!(names(&rows), ["last"], "600 s after its window of 300 s");
        leave(&mut rows, "other", 5_000);
        assert_eq!(names(&rows), ["other"]);
    }

    #[test]
    fn of_too_many_ended_sessions_the_newest_stay() {
        let mut rows = Vec::new();
        for number in 0..30 {
            leave(&mut rows, 99 - number, number);
        }
        let newest: Vec<_> = (70..90).map(|number| number.to_string()).collect();
        assert_eq!(names(&rows), newest);
    }

    #[test]
    fn a_new_session_with_every_request_costs_a_bounded_number_of_rows() {
        let mut rows = Vec::new();
        for number in 0..1_000 {
            beat(&mut rows, number, number);
            leave(&mut rows, number, number);
            beat(&mut rows, format!("live {number}"), number);
        }
        assert_eq!(rows.len(), 40);
        assert_eq!(rows.iter().map(|row| row.last_seen).max(), Some(at(999)));
    }
}
