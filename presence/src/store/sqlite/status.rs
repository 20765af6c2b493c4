//! Statuses in SQLite: the rules are applied in Rust, as for beats.

use std::collections::HashMap;

use async_trait::async_trait;
use entity::{presence, user_status};
use sea_orm::{
    ColumnTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter, TransactionTrait,
    sea_query::OnConflict,
};

use super::{SqliteStore, upsert};
use crate::{
    Age, Entry, Policy, Position, PresenceStore, Row, SessionActivity, StatusChange, StatusRow,
    StatusStore, StatusWrite, StoreError, StoreResult, Timestamp, Unseen, UserId,
    store::{
        columns as sessions,
        status::{columns, queries, retention},
    },
};

impl SqliteStore {
    /// Stores the status, and what it proves of one of the user's sessions.
    async fn put(
        &self,
        user: &UserId,
        status: &StatusRow,
        proven: Option<Row>,
    ) -> Result<(), DbErr> {
        use user_status::Column;
        let values = [
            Column::Availability,
            Column::Text,
            Column::Emoji,
            Column::ExpiresAt,
            Column::ShareLastSeen,
            Column::HiddenAt,
            Column::HiddenLastSeen,
            Column::HiddenWent,
            Column::HiddenShown,
            Column::ShownAt,
            Column::TurnedAt,
            Column::ChangedAt,
        ];
        let transaction = self.db.begin().await?;
        user_status::Entity::insert(columns::model(user, status).into_active_model())
            .on_conflict(OnConflict::column(Column::UserId).update_columns(values).to_owned())
            .exec_without_returning(&transaction)
            .await?;
        if let Some(row) = proven {
            upsert(&transaction, vec![sessions::model(user, &row).into_active_model()]).await?;
        }
        transaction.commit().await
    }

    async fn replace(&self, write: &StatusWrite, policy: &Policy) -> Result<bool, DbErr> {
        let user = &write.user;
        let writing = self.timeline.begin().await;
        let position = writing.position;
        let old = queries::status(&self.db, user, self.ids).await?;
        if old.changed_at != write.row.changed_at {
            writing.done();
            return Ok(false);
        }
        let rows = queries::sessions(&self.db, user, self.ids).await?;
        let row = write.at(position, &rows, policy);
        let proven = write.newest_unseen(&rows);
        let proven = proven.map(|(newest, last_seen)| Row { last_seen, ..rows[newest].clone() });
        self.put(user, &row, proven).await?;
        let told = write.told();
        let told = told.map(|_| StatusChange { user: user.clone(), shown: Some(row.shown()) });
        let statuses = told.into_iter().collect();
        self.append(Entry { position, sessions: Vec::new(), statuses });
        writing.done();
        Ok(true)
    }

    async fn delete(&self, user: &UserId) -> Result<(), DbErr> {
        let writing = self.timeline.begin().await;
        let position = writing.position;
        let rows = queries::sessions(&self.db, user, self.ids).await?;
        let known = queries::status(&self.db, user, self.ids).await?.changed_at;
        if rows.is_empty() && known == Position::START {
            writing.done();
            return Ok(());
        }
        let row = StatusRow::erased(position);
        let transaction = self.db.begin().await?;
        presence::Entity::delete_many()
            .filter(presence::Column::UserId.eq(user.to_string()))
            .exec(&transaction)
            .await?;
        user_status::Entity::delete_by_id(user.to_string()).exec(&transaction).await?;
        let empty = columns::model(user, &row).into_active_model();
        user_status::Entity::insert(empty).exec_without_returning(&transaction).await?;
        transaction.commit().await?;
        let sessions = rows.iter().map(|row| SessionActivity::gone(user, &row.session)).collect();
        let statuses = vec![StatusChange { user: user.clone(), shown: None }];
        self.append(Entry { position, sessions, statuses });
        writing.done();
        Ok(())
    }
}

#[async_trait]
impl StatusStore for SqliteStore {
    async fn last_seen(&self, users: &[UserId]) -> StoreResult<HashMap<UserId, Timestamp>> {
        queries::last_seen(self.db()?, users, self.ids).await.map_err(StoreError::new)
    }

    async fn status(&self, user: &UserId) -> StoreResult<StatusRow> {
        queries::status(self.db()?, user, self.ids).await.map_err(StoreError::new)
    }

    async fn sessions(&self, user: &UserId) -> StoreResult<Vec<Row>> {
        queries::sessions(self.db()?, user, self.ids).await.map_err(StoreError::new)
    }

    /// There are no others: what was written is told in memory alone.
    async fn told(&self, _user: &UserId) -> StoreResult<Vec<Entry>> {
        Ok(Vec::new())
    }

    async fn write_status(&self, write: &StatusWrite, policy: &Policy) -> StoreResult<bool> {
        self.check()?;
        self.replace(write, policy).await.map_err(StoreError::new)
    }

    async fn erase(&self, user: &UserId) -> StoreResult<()> {
        self.check()?;
        self.delete(user).await.map_err(StoreError::new)?;
        self.wipe_deleted().await;
        Ok(())
    }

    async fn forget_sessions(&self, age: Age, after: &str) -> StoreResult<Option<String>> {
        let db = self.db()?;
        let old = retention::find_old(db, age, after).await.map_err(StoreError::new)?;
        for session in &old.sessions {
            retention::forget(db, session).await.map_err(StoreError::new)?;
        }
        Ok(old.next)
    }

    async fn unseen(&self, oldest: Position, after: &str) -> StoreResult<Unseen> {
        let unseen = retention::unseen(self.db()?, self.ids, oldest, after).await;
        unseen.map_err(StoreError::new)
    }

    async fn forget_erased(&self, oldest: Position) -> StoreResult<()> {
        let db = self.db()?;
        if retention::forget_erased(db, oldest).await.map_err(StoreError::new)? > 0 {
            // Their ids were left until now.
            self.wipe_deleted().await;
        }
        Ok(())
    }
}
