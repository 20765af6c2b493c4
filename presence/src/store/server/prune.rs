//! Throwing away what every node has read.

use std::{sync::PoisonError, time::Duration};

use entity::presence_feed::{Column, Entity as Feeds};
use sea_orm::{
    ColumnTrait, DatabaseConnection, DbErr, EntityTrait, QueryFilter, QuerySelect, sea_query::Expr,
};
use tokio::time::Instant;

use super::{ServerStore, within};
use crate::{Clock, Position};

/// How long entries stay in the feed. A node that was away for longer loads anew.
const FEED_AGE: Duration = Duration::from_mins(2);
const PRUNE_EVERY: Duration = Duration::from_secs(20);

/// So many statements one after the other.
const STATEMENTS: u32 = 3;

impl ServerStore {
    /// Throws old entries away, unless this node just did. Nobody waits for it.
    pub(super) fn prune_now_and_then(&self) {
        let mut pruned = self.pruned.lock().unwrap_or_else(PoisonError::into_inner);
        if pruned.elapsed() < PRUNE_EVERY {
            return;
        }
        *pruned = Instant::now();
        let old = Position::first_at(self.clock.now().minus(FEED_AGE));
        let (db, trust) = (self.db.clone(), self.trust.clone());
        let patience = STATEMENTS * self.timeout;
        tokio::spawn(async move {
            if let Err(error) = within(&trust, patience, prune(&db, old)).await {
                log::warn!("cannot prune the feed: {}", error.trace());
            }
        });
    }
}

async fn prune(db: &DatabaseConnection, old: Position) -> Result<(), DbErr> {
    // Not the last of the old ones: after a silence it is where everybody stands.
    let last = Feeds::find().select_only().column_as(Column::Id.max(), "id");
    let last = last.filter(Column::Id.lte(old.micros()));
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
