//! The era that a database is in: the one row of `presence_era`.

use std::time::Duration;

use entity::presence_era::{Column, Entity, Model};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, sea_query::Expr};

use crate::{Era, Timestamp};

/// After so long without a sign of life the file may be a backup, and what happened since then is
/// nowhere. Nodes sign more often than that.
const SILENCE: Duration = Duration::from_mins(2);

/// For a node that starts at `now`: begins a new era, if nobody has written since `newest`, and no
/// node signed, for so long that what cursors stand for may be lost.
pub(super) async fn enter(
    db: &impl ConnectionTrait,
    now: Timestamp,
    newest: Timestamp,
) -> Result<(), DbErr> {
    let found = find(db).await?;
    let newest = newest.max(Timestamp::from_millis(found.signed_at));
    if now.since(newest) > SILENCE {
        begin(db, read(found.era)).await?;
    }
    sign(db, now).await
}

/// Says that a node is there.
pub(super) async fn sign(db: &impl ConnectionTrait, now: Timestamp) -> Result<(), DbErr> {
    let now = Expr::value(now.millis());
    Entity::update_many().col_expr(Column::SignedAt, now).exec(db).await?;
    Ok(())
}

/// When a node said the last time that it is there.
pub(super) async fn signed_at(db: &impl ConnectionTrait) -> Result<Timestamp, DbErr> {
    Ok(Timestamp::from_millis(find(db).await?.signed_at))
}

pub(super) async fn current(db: &impl ConnectionTrait) -> Result<Era, DbErr> {
    Ok(read(find(db).await?.era))
}

async fn find(db: &impl ConnectionTrait) -> Result<Model, DbErr> {
    let found = Entity::find().one(db).await?;
    found.ok_or_else(|| DbErr::RecordNotFound("presence_era is empty".to_owned()))
}

/// Begins a new era, unless `old` has ended already.
pub(super) async fn begin(db: &impl ConnectionTrait, old: Era) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::Era, Expr::value(i64::from(draw())))
        .filter(Column::Era.eq(i64::from(old.number())))
        .exec(db)
        .await?;
    Ok(())
}

pub(super) fn read(column: i64) -> Era {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "32 bits are kept")]
    Era::new(column as u32)
}

/// A number that no era is likely to have had.
fn draw() -> u32 {
    rand::random()
}
