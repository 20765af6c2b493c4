//! Rows as the columns of the table, and back.

use entity::presence::Model;

use crate::{Row, SessionId, Timestamp, UserId, UserIdKind};

/// What a row of the table says; nothing if its user is not of the kind `ids`, and so cannot be
/// one of the application's users.
pub(super) fn row(model: &Model, ids: UserIdKind) -> Option<(UserId, Row)> {
    let user = UserId::parse(ids, &model.user_id).ok()?;
    let row = Row {
        session: SessionId::parse(&model.session_id).ok()?,
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
