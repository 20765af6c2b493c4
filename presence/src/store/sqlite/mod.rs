//! SQLite: one file, one serving node, nothing to set up.
//!
//! Since nobody else writes, a write reads the rows it concerns, applies the rules in Rust and
//! writes back what changed. The database's own answer to a lock that another process holds is
//! waited for as long as `database.timeout`.

use std::collections::HashSet;

use async_trait::async_trait;
use entity::presence::{ActiveModel, Column, Entity};
use futures::TryStreamExt;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseConnection, DbErr, EntityTrait, IntoActiveModel,
    QueryFilter, QuerySelect, TransactionTrait, sea_query::OnConflict,
};

mod database;

pub use self::database::{ConnectError, Database, ServingLock};
use super::{
    EachLive, PresenceStore, StoreError, StoreResult, Written, columns,
    rewrite::{Rows, rewrite},
};
use crate::{Policy, SessionId, Timestamp, UserChange, UserIdKind};

/// The table `presence` of a SQLite database that this process alone serves.
#[derive(Debug)]
pub struct SqliteStore {
    db: DatabaseConnection,
    ids: UserIdKind,
}

impl SqliteStore {
    /// The store in `db`, whose schema is up to date, with user ids of the kind `ids`.
    #[must_use]
    pub fn new(db: DatabaseConnection, ids: UserIdKind) -> Self {
        Self { db, ids }
    }

    /// All rows of the users whom `changes` concern.
    async fn rows_of(&self, changes: &[UserChange]) -> Result<Rows, DbErr> {
        let users: HashSet<_> = changes.iter().map(|change| &change.user).collect();
        let users = users.into_iter().map(ToString::to_string);
        let found = Entity::find().filter(Column::UserId.is_in(users)).all(&self.db).await?;
        let mut rows = Rows::new();
        for (user, row) in found.into_iter().filter_map(|model| columns::row(&model, self.ids)) {
            rows.entry(user).or_default().push(row);
        }
        Ok(rows)
    }

    /// One statement in the usual case, in which it is a transaction of its own.
    async fn store(&self, written: &[Written]) -> Result<(), DbErr> {
        let models = written.iter().flat_map(|Written { user, rows, .. }| {
            rows.iter().map(|row| columns::model(user, row).into_active_model())
        });
        let models: Vec<_> = models.collect();
        if models.len() <= MAX_ROWS && written.iter().all(|written| written.folded.is_empty()) {
            return upsert(&self.db, models).await;
        }
        let transaction = self.db.begin().await?;
        for models in models.chunks(MAX_ROWS) {
            upsert(&transaction, models.to_vec()).await?;
        }
        delete_folded(&transaction, written).await?;
        transaction.commit().await
    }
}

/// The most rows in one statement: SQLite takes 32766 values.
const MAX_ROWS: usize = 4000;

async fn upsert(db: &impl ConnectionTrait, models: Vec<ActiveModel>) -> Result<(), DbErr> {
    let values = [
        Column::LastActivity,
        Column::LastSeen,
        Column::OnlineSince,
        Column::BeatStamp,
        Column::OfflineAt,
        Column::OfflineMark,
    ];
    let key = [Column::UserId, Column::SessionId];
    Entity::insert_many(models)
        .on_conflict(OnConflict::columns(key).update_columns(values).to_owned())
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Rare, and so a statement for each user.
async fn delete_folded(db: &impl ConnectionTrait, written: &[Written]) -> Result<(), DbErr> {
    for Written { user, folded, .. } in written.iter().filter(|written| !written.folded.is_empty())
    {
        Entity::delete_many()
            .filter(Column::UserId.eq(user.to_string()))
            .filter(Column::SessionId.is_in(folded.iter().map(SessionId::as_str)))
            .exec(db)
            .await?;
    }
    Ok(())
}

#[async_trait]
impl PresenceStore for SqliteStore {
    async fn write(
        &self,
        changes: &[UserChange],
        now: Timestamp,
        policy: &Policy,
    ) -> StoreResult<Vec<Written>> {
        let before = self.rows_of(changes).await.map_err(StoreError::new)?;
        let written = rewrite(&before, changes, now, policy);
        if !written.is_empty() {
            self.store(&written).await.map_err(StoreError::new)?;
        }
        Ok(written)
    }

    async fn load(&self, since: Timestamp, each: &mut EachLive<'_>) -> StoreResult<u64> {
        let live = Entity::find()
            .select_only()
            .columns([Column::UserId, Column::SessionId, Column::LastActivity])
            .filter(Column::LastActivity.gte(since.millis()))
            .into_tuple::<(String, String, i64)>();
        let mut sessions = live.stream(&self.db).await.map_err(StoreError::new)?;
        let (mut loaded, mut foreign) = (0, 0_u64);
        while let Some(found) = sessions.try_next().await.map_err(StoreError::new)? {
            if let Some((user, session)) = columns::key(&found.0, &found.1, self.ids) {
                each(user, session, Timestamp::from_millis(found.2));
                loaded += 1;
            } else {
                foreign += 1;
            }
        }
        if foreign > 0 {
            log::warn!("{foreign} sessions were skipped: their user ids are not of this kind");
        }
        Ok(loaded)
    }

    async fn newest_time(&self) -> StoreResult<Timestamp> {
        let newest = Entity::find()
            .select_only()
            .column_as(Column::LastSeen.max(), "seen")
            .column_as(Column::OnlineSince.max(), "since")
            .into_tuple::<(Option<i64>, Option<i64>)>();
        let found = newest.one(&self.db).await.map_err(StoreError::new)?.unwrap_or_default();
        Ok(Timestamp::from_millis(found.0.max(found.1).unwrap_or_default()))
    }

    async fn ping(&self) -> StoreResult<()> {
        Entity::find().limit(1).one(&self.db).await.map_err(StoreError::new)?;
        Ok(())
    }
}
