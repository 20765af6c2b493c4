//! Reading rows, applying the rules to them, and finding what is to be written: the part of a
//! write that is the same for every store that nobody else writes to.

use std::collections::HashMap;

use super::SessionActivity;
use crate::{Change, Policy, Row, SessionId, Timestamp, UserChange, UserId, record};

/// The rows of some users.
pub(super) type Rows = HashMap<UserId, Vec<Row>>;

/// What a write made of the rows of one user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Written {
    /// Whose.
    pub(super) user: UserId,
    /// The rows that changed or are new, as they are now.
    pub(super) rows: Vec<Row>,
    /// The sessions whose rows are gone, folded into another (R5).
    pub(super) folded: Vec<SessionId>,
}

/// What `changes` make of `before`, which holds all rows of the users that they concern: the
/// users with rows that changed, with nothing but those rows.
pub(super) fn rewrite(
    before: &Rows,
    changes: &[UserChange],
    now: Timestamp,
    policy: &Policy,
) -> Vec<Written> {
    let mut after: HashMap<&UserId, Vec<Row>> = HashMap::with_capacity(changes.len());
    for UserChange { user, change } in changes {
        let rows =
            after.entry(user).or_insert_with(|| before.get(user).cloned().unwrap_or_default());
        record(rows, change, now, policy);
    }
    let written = after.into_iter().map(|(user, rows)| {
        let before = before.get(user).map(Vec::as_slice).unwrap_or_default();
        difference(user.clone(), before, rows)
    });
    written.filter(|written| !written.rows.is_empty() || !written.folded.is_empty()).collect()
}

fn difference(user: UserId, before: &[Row], mut after: Vec<Row>) -> Written {
    let kept = |session: &SessionId| after.iter().any(|row| row.session == *session);
    let gone = before.iter().map(|row| &row.session).filter(|session| !kept(session));
    let folded = gone.cloned().collect();
    after.retain(|row| !before.contains(row));
    Written { user, rows: after, folded }
}

/// The same, as others are told of it. `changes` hold one for each user.
pub(super) fn activities(
    written: &[Written],
    changes: &[UserChange],
    now: Timestamp,
    policy: &Policy,
) -> Vec<SessionActivity> {
    let marks: HashMap<_, _> = changes
        .iter()
        .filter_map(|UserChange { user, change }| match change {
            Change::Mark { stamp, .. } => Some((user, policy.trusted(*stamp, now)?)),
            Change::Beat { .. } => None,
        })
        .collect();
    let of = |Written { user, rows, folded }: &Written| {
        let kept = rows.iter().map(|row| (row.session.clone(), row.last_activity, row.last_seen));
        let gone = folded.iter().map(|id| (id.clone(), Timestamp::EPOCH, Timestamp::EPOCH));
        let mark = marks.get(user).copied();
        let activity = |(session, last_activity, last_seen)| {
            let user = user.clone();
            SessionActivity { user, session, last_activity, last_seen, mark }
        };
        kept.chain(gone).map(activity).collect::<Vec<_>>()
    };
    written.iter().flat_map(of).collect()
}
