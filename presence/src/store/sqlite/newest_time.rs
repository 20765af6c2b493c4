//! Store time of a SQLite database: this machine's, but never behind what is stored.

use std::time::Duration;

use entity::{
    presence::{Column, Entity},
    user_status,
};
use sea_orm::{ColumnTrait, DatabaseConnection, DbErr, EntityTrait, QuerySelect};

use crate::{Position, SystemClock, Timestamp, store::era};

/// The newest point in store time that the file knows of; the epoch when there is none.
pub(super) async fn newest_time(db: &DatabaseConnection) -> Result<Timestamp, DbErr> {
    let newest = Entity::find()
        .select_only()
        .column_as(Column::LastSeen.max(), "seen")
        .column_as(Column::OnlineSince.max(), "since")
        .into_tuple::<(Option<i64>, Option<i64>)>();
    let (seen, since) = newest.one(db).await?.unwrap_or_default();
    let changed = user_status::Entity::find()
        .select_only()
        .column_as(user_status::Column::ChangedAt.max(), "changed")
        .into_tuple::<Option<i64>>();
    let changed = changed.one(db).await?.flatten().unwrap_or_default();
    let changed = Position::from_micros(changed).time();
    let rows = Timestamp::from_millis(seen.max(since).unwrap_or_default()).max(changed);
    // Cursors go on in times without a write.
    Ok(rows.max(era::signed_at(db).await?))
}

/// A clock that never steps back behind `newest`, which may have been stored while this machine's
/// clock was ahead.
pub(super) fn clock_from(newest: Timestamp) -> SystemClock {
    let clock = SystemClock::starting_at(newest);
    let ahead = clock.ahead();
    if ahead > Duration::from_secs(1) {
        log::warn!(
            "this machine's clock was set back by {ahead:?}: presence time runs at half speed \
             until it has caught up"
        );
    }
    clock
}
