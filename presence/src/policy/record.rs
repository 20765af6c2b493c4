//! What a beat or a mark makes of the rows of its user: order (R4), sessions (R5), last seen (R6).

use std::cmp::{max, min};

use super::{Policy, fold::fold};
use crate::{Change, Row, SessionId, Sessions, Timestamp};

/// Applies `change`, which arrived at `now`, to `rows`: all rows of one user, in any order.
///
/// Rows that the change does not concern stay as they are; a row that is gone from `rows` was
/// folded into another (R5).
pub fn record(rows: &mut Vec<Row>, change: &Change, now: Timestamp, policy: &Policy) {
    let turned = match change {
        Change::Beat { session, stamp } => beat(rows, session, *stamp, now, policy),
        Change::Mark { sessions, stamp } => {
            let stamp = policy.trusted(*stamp, now);
            mark(rows, sessions, stamp, now, policy.horizon(now));
            true
        }
    };
    if turned {
        fold(rows, change.session(), now, policy);
    }
}

/// Says whether it brought the session online: one that goes on needs no folding.
fn beat(
    rows: &mut Vec<Row>,
    session: &SessionId,
    stamp: Option<Timestamp>,
    now: Timestamp,
    policy: &Policy,
) -> bool {
    let activity = policy.activity(stamp, now);
    let overtaken = activity.stamp.is_some() && activity.stamp < newest_mark(rows, session);
    if overtaken {
        return false;
    }
    let row = row_of(rows, session);
    let comes = row.last_activity < policy.horizon(now);
    if comes {
        row.online_since = Some(now);
        row.beat_stamp = None;
    }
    row.last_activity = max(row.last_activity, activity.at);
    row.last_seen = max(row.last_seen, activity.at);
    row.beat_stamp = max(row.beat_stamp, activity.stamp);
    comes
}

/// R4: the newest trusted stamp among the marks that speak of `session`: its own, and those that
/// ended all sessions of the user, which the row of the empty session keeps (R5). So a session
/// whose first beat a logout overtook stays ended, although it had no row to mark.
fn newest_mark(rows: &[Row], session: &SessionId) -> Option<Timestamp> {
    let concerned = |row: &&Row| row.session == *session || row.session.is_empty();
    rows.iter().filter(concerned).filter_map(|row| row.offline_mark).max()
}

fn mark(
    rows: &mut Vec<Row>,
    sessions: &Sessions,
    stamp: Option<Timestamp>,
    now: Timestamp,
    horizon: Timestamp,
) {
    match sessions {
        Sessions::One(session) => end(row_of(rows, session), stamp, now),
        Sessions::All => {
            row_of(rows, &SessionId::default());
            let concerned = |row: &&mut Row| row.session.is_empty() || row.last_activity >= horizon;
            for row in rows.iter_mut().filter(concerned) {
                end(row, stamp, now);
            }
        }
    }
}

/// Ends the session, but for the beats that are newer than the mark by the client's own clock
/// (R4): the mark was overtaken by them. Then nothing later than their newest stamp is proven.
fn end(row: &mut Row, stamp: Option<Timestamp>, now: Timestamp) {
    row.last_seen = max(row.last_seen, now);
    row.offline_at = max(row.offline_at, Some(now));
    row.offline_mark = max(row.offline_mark, stamp);
    let newer = row.beat_stamp.filter(|beat| stamp.is_some_and(|stamp| *beat > stamp));
    row.last_activity = newer.map_or(Timestamp::EPOCH, |beat| min(row.last_activity, beat));
}

fn row_of<'a>(rows: &'a mut Vec<Row>, session: &SessionId) -> &'a mut Row {
    let at = rows.iter().position(|row| row.session == *session).unwrap_or_else(|| {
        rows.push(Row::new(session.clone()));
        rows.len() - 1
    });
    &mut rows[at]
}

#[cfg(test)]
mod tests {
    use super::{super::tests::policy, *};

    const T: i64 = 1_000_000;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis((T + seconds) * 1000)
    }

    fn session(name: &str) -> SessionId {
        SessionId::parse(name).unwrap()
    }

    /// A beat of `name` that arrives at `now`, stamped `stamp`.
    fn beat(rows: &mut Vec<Row>, name: &str, now: i64, stamp: impl Into<Option<i64>>) {
        let change = Change::Beat { session: session(name), stamp: stamp.into().map(at) };
        record(rows, &change, at(now), &policy());
    }

    fn leave(rows: &mut Vec<Row>, name: &str, now: i64, stamp: impl Into<Option<i64>>) {
        let sessions = Sessions::named(session(name));
        record(rows, &Change::Mark { sessions, stamp: stamp.into().map(at) }, at(now), &policy());
    }

    fn last_activity(rows: &[Row], name: &str) -> Timestamp {
        let row = rows.iter().find(|row| row.session.as_str() == name);
        row.map(|row| row.last_activity).unwrap_or_default()
    }

    #[test]
    fn a_beat_that_a_logout_overtook_brings_nobody_back() {
        let mut rows = Vec::new();
        beat(&mut rows, "tab", 0, 0);
        leave(&mut rows, "tab", 5, 5);
        let left = rows.clone();
        beat(&mut rows, "tab", 6, 4);
        assert_eq!(rows, left, "acknowledged, and nothing changes");

        beat(&mut rows, "tab", 7, 6);
        assert_eq!(last_activity(&rows, "tab"), at(6), "a new login does");
    }

    #[test]
    fn a_logout_of_all_sessions_also_holds_back_the_first_beat_of_one_it_never_saw() {
        let mut rows = Vec::new();
        leave(&mut rows, "", 5, 5);
        beat(&mut rows, "tab", 6, 4);
        assert_eq!(last_activity(&rows, "tab"), Timestamp::EPOCH);
        beat(&mut rows, "tab", 7, None);
        assert_eq!(last_activity(&rows, "tab"), at(7), "without a stamp arrival decides");
    }

    #[test]
    fn a_mark_that_a_new_login_overtook_ends_nothing() {
        let mut rows = Vec::new();
        beat(&mut rows, "tab", 10, 10);
        leave(&mut rows, "tab", 11, 8);
        assert_eq!(last_activity(&rows, "tab"), at(10));
    }

    #[test]
    fn at_equal_milliseconds_arrival_decides() {
        let mut rows = Vec::new();
        beat(&mut rows, "tab", 1, 1);
        leave(&mut rows, "tab", 2, 1);
        assert_eq!(last_activity(&rows, "tab"), Timestamp::EPOCH);
        beat(&mut rows, "tab", 3, 1);
        assert_eq!(last_activity(&rows, "tab"), at(1));
    }

    #[test]
    fn a_mark_ends_its_session_and_without_a_name_all_of_them() {
        let mut rows = Vec::new();
        beat(&mut rows, "phone", 0, None);
        beat(&mut rows, "desk", 0, None);
        leave(&mut rows, "phone", 1, None);
        assert_eq!(last_activity(&rows, "phone"), Timestamp::EPOCH);
        assert_eq!(last_activity(&rows, "desk"), at(0));

        leave(&mut rows, "", 2, None);
        assert!(rows.iter().all(|row| row.last_activity == Timestamp::EPOCH));
        assert_eq!(rows.iter().map(|row| row.last_seen).max(), Some(at(2)));
        assert_eq!(rows.iter().map(|row| row.offline_at).max(), Some(Some(at(2))));
    }

    #[test]
    fn online_since_is_the_arrival_of_the_beat_that_brought_the_session_online() {
        let since = |rows: &[Row]| rows[0].online_since;
        let mut rows = Vec::new();
        beat(&mut rows, "", 0, -20);
        assert_eq!(since(&rows), Some(at(0)));
        beat(&mut rows, "", 280, None);
        assert_eq!(since(&rows), Some(at(0)), "still online at exactly the window");
        beat(&mut rows, "", 581, None);
        assert_eq!(since(&rows), Some(at(581)), "had timed out");
        leave(&mut rows, "", 590, None);
        beat(&mut rows, "", 600, None);
        assert_eq!(since(&rows), Some(at(600)), "had left");
    }
}
