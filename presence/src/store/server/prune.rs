//! Throwing away what every node has read.

use entity::presence_feed::{Column, Entity as Feeds};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QuerySelect, sea_query::Expr,
};

use crate::Position;

/// So many statements one after the other.
pub(super) const STATEMENTS: u32 = 3;

/// Throws away what is older than `oldest`, but for the last of it: after a silence it is where
/// everybody stands. Of that only the position stays.
pub(super) async fn prune(db: &impl ConnectionTrait, oldest: Position) -> Result<(), DbErr> {
    let last = Feeds::find().select_only().column_as(Column::Id.max(), "id");
    let last = last.filter(Column::Id.lt(oldest.micros()));
    let last = last.into_tuple::<Option<i64>>().one(db).await?.flatten().unwrap_or_default();
    Feeds::delete_many().filter(Column::Id.lt(last)).exec(db).await?;
    // Whoever stands there has read it; and it may name somebody who has been erased.
    Feeds::update_many()
        .col_expr(Column::Changed, Expr::value("[]"))
        .filter(Column::Id.eq(last))
        .filter(Column::Changed.ne("[]"))
        .exec(db)
        .await?;
    Ok(())
}
