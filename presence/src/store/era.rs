//! The era that a database is in: the one row of `presence_era`.

use std::time::Duration;

use entity::presence_era::{Column, Entity};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, sea_query::Expr};

use crate::Era;

/// A node that starts and finds that nobody has written for so long begins a new era: the file
/// may be a backup, and what happened after that is nowhere. Otherwise next to nobody is online,
/// and a full answer costs nothing.
pub(super) const SILENCE: Duration = Duration::from_mins(1);

pub(super) async fn current(db: &impl ConnectionTrait) -> Result<Era, DbErr> {
    let found = Entity::find().one(db).await?;
    let found = found.ok_or_else(|| DbErr::RecordNotFound("presence_era is empty".to_owned()))?;
    Ok(read(found.era))
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
