//! Statuses on a server: a procedure for each write, under the lock of all writes.

use std::collections::HashMap;

use async_trait::async_trait;
use entity::presence_feed::{Column, Entity as Feeds, Model};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, Statement, Value,
};

use super::{ServerStore, changes::millis, told};
use crate::{
    Age, Entry, Policy, Position, Row, StatusRow, StatusStore, StatusWrite, StoreResult, Timestamp,
    Unseen, UserId,
    store::status::{
        columns::{self, ShownJson},
        queries, retention,
    },
};

impl ServerStore {
    /// Calls a procedure that answers its position, or null if it had nothing to do.
    async fn call(&self, procedure: &str, values: Vec<Value>) -> Result<bool, DbErr> {
        let call = (self.dialect.call)(procedure, values.len());
        let backend = self.db.get_database_backend();
        let call = Statement::from_sql_and_values(backend, call, values);
        let row = self.db.query_one_raw(call).await?;
        let row = row.ok_or_else(|| DbErr::RecordNotFound(procedure.to_owned()))?;
        Ok(row.try_get_by_index::<Option<i64>>(0)?.is_some())
    }

    fn given(&self) -> Value {
        self.clock.given().map(Position::micros).into()
    }
}

#[async_trait]
impl StatusStore for ServerStore {
    async fn last_seen(&self, users: &[UserId]) -> StoreResult<HashMap<UserId, Timestamp>> {
        self.in_time(queries::last_seen(&self.db, users, self.ids)).await
    }

    async fn status(&self, user: &UserId) -> StoreResult<StatusRow> {
        self.in_time(queries::status(&self.db, user, self.ids)).await
    }

    async fn sessions(&self, user: &UserId) -> StoreResult<Vec<Row>> {
        self.in_time(queries::sessions(&self.db, user, self.ids)).await
    }

    async fn told(&self, user: &UserId) -> StoreResult<Vec<Entry>> {
        self.in_time(async {
            let rows = Feeds::find()
                .filter(Column::Changed.like(told::pattern(user)))
                .order_by_asc(Column::Id)
                .all(&self.db)
                .await?;
            let entry =
                |row: &Model| told::entry(Position::from_micros(row.id), &row.changed, self.ids);
            let entries = rows.iter().map(entry).collect::<Result<Vec<_>, _>>()?;
            Ok(entries.into_iter().filter_map(|entry| entry.of(user)).collect())
        })
        .await
    }

    async fn write_status(&self, write: &StatusWrite, policy: &Policy) -> StoreResult<bool> {
        let model = columns::model(&write.user, &write.row);
        let tells = write.told().as_ref().map(ShownJson::of);
        let values = vec![
            self.given(),
            millis(policy.window).into(),
            model.user_id.into(),
            model.changed_at.into(),
            model.availability.into(),
            model.text.into(),
            model.emoji.into(),
            model.expires_at.into(),
            model.share_last_seen.into(),
            write.hides.into(),
            model.hidden_shown.into(),
            tells.into(),
        ];
        self.in_time(self.call("presence_status_1", values)).await
    }

    async fn erase(&self, user: &UserId) -> StoreResult<()> {
        let values = vec![self.given(), user.to_string().into()];
        self.in_time(self.call("presence_erase_1", values)).await.map(drop)
    }

    async fn forget_sessions(&self, age: Age, after: &str) -> StoreResult<Option<String>> {
        let old = self.in_time(retention::find_old(&self.db, age, after)).await?;
        for session in &old.sessions {
            self.in_time(retention::forget(&self.db, session)).await?;
        }
        Ok(old.next)
    }

    async fn unseen(&self, oldest: Position, after: &str) -> StoreResult<Unseen> {
        self.in_time(retention::unseen(&self.db, self.ids, oldest, after)).await
    }

    async fn forget_erased(&self, oldest: Position) -> StoreResult<()> {
        self.in_time(retention::forget_erased(&self.db, oldest)).await.map(drop)
    }
}
