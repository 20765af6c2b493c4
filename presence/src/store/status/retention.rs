//! Sessions that are too old to keep, and statuses that say nothing any more.

use std::cmp::Reverse;

use entity::{
    presence::{Column, Entity, Model},
    user_status,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, JoinType, QueryFilter, QueryOrder,
    QuerySelect, RelationDef,
};

use super::{Age, Unseen};
use crate::{Position, UserId, UserIdKind};

/// How many sessions are looked at in one go.
const PAGE: u64 = 1000;

/// Sessions that may be forgotten, and the user after whom to look on, if there is more.
pub(in crate::store) struct Old {
    pub(in crate::store) sessions: Vec<Model>,
    pub(in crate::store) next: Option<String>,
}

/// Those of the next users after `after` that are of this age.
pub(in crate::store) async fn find_old(
    db: &impl ConnectionTrait,
    age: Age,
    after: &str,
) -> Result<Old, DbErr> {
    let page = Entity::find()
        .filter(Column::UserId.gt(after))
        .order_by_asc(Column::UserId)
        .order_by_asc(Column::SessionId)
        .limit(PAGE);
    let mut models = page.all(db).await?;
    let last = models.last().map(|model| model.user_id.clone());
    let is_full = u64::try_from(models.len()).is_ok_and(|found| found == PAGE);
    if is_full && models.first().map(|first| &first.user_id) != last.as_ref() {
        // The last one's sessions may go on in the next page.
        models.retain(|model| Some(&model.user_id) != last.as_ref());
    }
    let next = models.last().map(|model| model.user_id.clone()).filter(|_| is_full);
    Ok(Old { sessions: too_old(&models, age).cloned().collect(), next })
}

/// The rows of this age. `models` are in the order of their keys.
fn too_old(models: &[Model], age: Age) -> impl Iterator<Item = &Model> {
    models.chunk_by(|a, b| a.user_id == b.user_id).flat_map(move |of_user| {
        let newest = of_user.iter().max_by_key(|row| (row.last_seen, Reverse(&row.session_id)));
        of_user.iter().filter(move |row| {
            let is_newest = newest.is_some_and(|newest| newest == *row);
            let kept_since = if is_newest { age.all } else { age.surplus.max(age.all) };
            row.last_seen < kept_since.millis()
        })
    })
}

/// Deletes a session, if it is still as it was found. By a statement of its own, which holds one lock
/// and waits for no second: so it cannot deadlock with a write of beats.
pub(in crate::store) async fn forget(
    db: &impl ConnectionTrait,
    model: &Model,
) -> Result<(), DbErr> {
    Entity::delete_many()
        .filter(Column::UserId.eq(&model.user_id))
        .filter(Column::SessionId.eq(&model.session_id))
        .filter(Column::LastSeen.eq(model.last_seen))
        .filter(Column::LastActivity.eq(model.last_activity))
        .exec(db)
        .await?;
    Ok(())
}

/// As [`StatusStore::unseen`](super::StatusStore::unseen).
pub(in crate::store) async fn unseen(
    db: &impl ConnectionTrait,
    ids: UserIdKind,
    oldest: Position,
    after: &str,
) -> Result<Unseen, DbErr> {
    let sessions: RelationDef = user_status::Entity::belongs_to(Entity)
        .from(user_status::Column::UserId)
        .to(Column::UserId)
        .into();
    let page = user_status::Entity::find()
        .select_only()
        .column(user_status::Column::UserId)
        .join(JoinType::LeftJoin, sessions)
        .filter(Column::UserId.is_null())
        .filter(user_status::Column::ChangedAt.lt(oldest.micros()))
        .filter(user_status::Column::UserId.gt(after))
        .order_by_asc(user_status::Column::UserId)
        .limit(PAGE);
    let keys: Vec<String> = page.into_tuple().all(db).await?;
    let is_full = u64::try_from(keys.len()).is_ok_and(|found| found == PAGE);
    let next = keys.last().filter(|_| is_full).cloned();
    let users = keys.iter().filter_map(|key| UserId::parse(ids, key).ok()).collect();
    Ok(Unseen { users, next })
}

/// As [`StatusStore::forget_erased`](super::StatusStore::forget_erased). Says how many there were.
pub(in crate::store) async fn forget_erased(
    db: &impl ConnectionTrait,
    oldest: Position,
) -> Result<u64, DbErr> {
    use user_status::Column;
    let empty = user_status::Entity::find()
        .select_only()
        .columns([Column::UserId, Column::ChangedAt])
        .filter(Column::ChangedAt.lt(oldest.micros()))
        .filter(Column::Availability.eq("available"))
        .filter(Column::Text.is_null())
        .filter(Column::Emoji.is_null())
        .filter(Column::ExpiresAt.is_null())
        .filter(Column::ShareLastSeen.eq(true))
        .filter(Column::HiddenAt.is_null());
    let empty: Vec<(String, i64)> = empty.into_tuple().all(db).await?;
    let mut deleted = 0;
    for (user, changed_at) in empty {
        // By itself, as above, and if it is still what was found.
        let one = user_status::Entity::delete_by_id(user)
            .filter(Column::ChangedAt.eq(changed_at))
            .exec(db)
            .await?;
        deleted += one.rows_affected;
    }
    Ok(deleted)
}
