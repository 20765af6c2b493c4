//! Rows as the columns of the table, and back.

use entity::presence::Model;

use crate::{Row, SessionId, Timestamp, UserId, UserIdKind};

/// Whom a key of the table names; nothing if the user is not of the kind `ids`, and so cannot be
/// one of the application's users.
pub(super) fn key(user: &str, session: &str, ids: UserIdKind) -> Option<(UserId, SessionId)> {
    Some((UserId::parse(ids, user).ok()?, SessionId::parse(session).ok()?))
}

/// What a row of the table says, if its key names somebody.
pub(super) fn row(model: &Model, ids: UserIdKind) -> Option<(UserId, Row)> {
    let (user, session) = key(&model.user_id, &model.session_id, ids)?;
    let row = Row {
        session,
        last_activity: Timestamp::from_millis(model.last_activity),
        last_seen: Timestamp::from_millis(model.last_seen),
        online_since: model.online_since.map(Timestamp::from_millis),
        beat_stamp: model.beat_stamp.map(Timestamp::from_millis),
        offline_at: model.offline_at.map(Timestamp::from_millis),
        offline_mark: model.offline_mark.map(Timestamp::from_millis),
    };
    Some((user, row))
}

/// The row of the table that says this.
pub(super) fn model(user: &UserId, row: &Row) -> Model {
    Model {
        user_id: user.to_string(),
        session_id: row.session.as_str().to_owned(),
        last_activity: row.last_activity.millis(),
        last_seen: row.last_seen.millis(),
        online_since: row.online_since.map(Timestamp::millis),
        beat_stamp: row.beat_stamp.map(Timestamp::millis),
        offline_at: row.offline_at.map(Timestamp::millis),
        offline_mark: row.offline_mark.map(Timestamp::millis),
    }
}
