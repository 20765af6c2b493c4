//! Rows as the columns of the table, and back.

use std::pin::pin;

use entity::presence::{Column, Entity, Model};
use futures::TryStreamExt;
use sea_orm::{
    ColumnTrait, Condition, DbErr, EntityTrait, QueryFilter, QuerySelect, QueryTrait, StreamTrait,
};

use super::{Intake, SessionActivity, StoredSession};
use crate::{Row, SessionId, Timestamp, UserId, UserIdKind, policy::Recent};

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

/// Hands every session that is recent to `intake`, and says how many there were.
pub(super) async fn load(
    db: &impl StreamTrait,
    ids: UserIdKind,
    recent: Recent,
    intake: &mut dyn Intake,
) -> Result<u64, DbErr> {
    let active = Column::LastActivity.gte(recent.active_since.millis());
    let left = Column::OfflineAt.gte(recent.answered_since.millis());
    let rows = Entity::find()
        .select_only()
        .columns([
            Column::UserId,
            Column::SessionId,
            Column::LastActivity,
            Column::LastSeen,
            Column::OnlineSince,
            Column::OfflineAt,
        ])
        .filter(Condition::any().add(active).add(left))
        .build(StreamTrait::get_database_backend(db));
    // By index: to find a million rows' columns by their names takes a second.
    let mut rows = pin!(db.stream_raw(rows).await?);
    let (mut loaded, mut foreign) = (0, 0_u64);
    while let Some(row) = rows.try_next().await? {
        let user: String = row.try_get_by_index(0)?;
        let session: String = row.try_get_by_index(1)?;
        let last_activity: i64 = row.try_get_by_index(2)?;
        let last_seen: i64 = row.try_get_by_index(3)?;
        let since: Option<i64> = row.try_get_by_index(4)?;
        let left: Option<i64> = row.try_get_by_index(5)?;
        let Some((user, session)) = key(&user, &session, ids) else {
            foreign += 1;
            continue;
        };
        let last_activity = Timestamp::from_millis(last_activity);
        let last_seen = Timestamp::from_millis(last_seen);
        intake.take(StoredSession {
            activity: SessionActivity { user, session, last_activity, last_seen, mark: None },
            online_since: since.map(Timestamp::from_millis),
            offline_at: left.map(Timestamp::from_millis),
        });
        loaded += 1;
    }
    if foreign > 0 {
        log::warn!("{foreign} sessions were skipped: their user ids are not of this kind");
    }
    Ok(loaded)
}
