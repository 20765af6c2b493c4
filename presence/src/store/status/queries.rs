//! What is asked about single users, in the same words of every database.

use std::{collections::HashMap, pin::pin};

use entity::{presence, user_status};
use futures::TryStreamExt;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, JoinType, QueryFilter, QuerySelect,
    RelationDef, StreamTrait,
};

use super::columns;
use crate::{
    Row, StatusRow, Timestamp, UserId, UserIdKind,
    store::{Intake, StoredStatus, columns as sessions},
};

/// As [`StatusStore::last_seen`](super::StatusStore::last_seen). One statement, so that nobody can
/// hide between two looks.
pub(in crate::store) async fn last_seen(
    db: &impl ConnectionTrait,
    users: &[UserId],
    ids: UserIdKind,
) -> Result<HashMap<UserId, Timestamp>, DbErr> {
    let status: RelationDef = presence::Entity::belongs_to(user_status::Entity)
        .from(presence::Column::UserId)
        .to(user_status::Column::UserId)
        .into();
    let seen = presence::Entity::find()
        .select_only()
        .column(presence::Column::UserId)
        .column_as(presence::Column::LastSeen.max(), "last_seen")
        .column_as(user_status::Column::HiddenAt.max(), "hidden_at")
        .column_as(user_status::Column::HiddenLastSeen.max(), "hidden_last_seen")
        .join(JoinType::LeftJoin, status)
        .filter(presence::Column::UserId.is_in(users.iter().map(ToString::to_string)))
        .group_by(presence::Column::UserId);
    let seen: Vec<(String, i64, Option<i64>, Option<i64>)> = seen.into_tuple().all(db).await?;
    let found = seen.into_iter().filter_map(|(user, last_seen, hidden_at, when_hidden)| {
        let at = if hidden_at.is_some() { when_hidden? } else { last_seen };
        Some((UserId::parse(ids, &user).ok()?, Timestamp::from_millis(at)))
    });
    Ok(found.collect())
}

pub(in crate::store) async fn status(
    db: &impl ConnectionTrait,
    user: &UserId,
    ids: UserIdKind,
) -> Result<StatusRow, DbErr> {
    let found = user_status::Entity::find_by_id(user.to_string()).one(db).await?;
    let row = found.map(|model| columns::row(model, ids)).transpose()?.flatten();
    Ok(row.map(|(_, row)| row).unwrap_or_default())
}

pub(in crate::store) async fn sessions(
    db: &impl ConnectionTrait,
    user: &UserId,
    ids: UserIdKind,
) -> Result<Vec<Row>, DbErr> {
    let of_user = presence::Column::UserId.eq(user.to_string());
    let found = presence::Entity::find().filter(of_user).all(db).await?;
    let rows = found.iter().filter_map(|model| sessions::row(model, ids));
    Ok(rows.map(|(_, row)| row).collect())
}

/// Hands every status to `intake`.
pub(in crate::store) async fn load(
    db: &(impl ConnectionTrait + StreamTrait),
    ids: UserIdKind,
    intake: &mut dyn Intake,
) -> Result<(), DbErr> {
    let mut models = pin!(user_status::Entity::find().stream(db).await?);
    while let Some(model) = models.try_next().await? {
        if let Some((user, row)) = columns::row(model, ids)? {
            let StatusRow { shown_at, turned_at, .. } = row;
            intake.take_status(StoredStatus { user, shown: row.shown(), shown_at, turned_at });
        }
    }
    Ok(())
}
