//! The table of accounts.

use std::{sync::Arc, time::Duration};

use entity::account::{ActiveModel, Column, Entity, Model};
use presence::{StoreError, StoreResult, Timestamp, Trust};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, DatabaseConnection, DbBackend, DbErr, EntityTrait, ExprTrait, QueryFilter,
    QueryOrder, QuerySelect, SqlErr,
    sea_query::{Expr, Func},
};
use tokio::{sync::Semaphore, time::timeout};

use crate::{Field, Profile, Search, Username, search::search_text};

/// Accounts in a database.
#[derive(Clone, Debug)]
pub(crate) struct Store {
    db: DatabaseConnection,
    /// How many requests may be on their way: presence has the same connections, and is not to
    /// wait for them behind a storm of logins or searches.
    turns: Arc<Semaphore>,
    /// How long the database may take, the wait for a turn included.
    timeout: Duration,
    /// Who hears of failures of connections.
    pub(crate) trust: Trust,
}

impl Store {
    pub(crate) fn new(db: DatabaseConnection, connections: u32, timeout: Duration) -> Self {
        Self {
            db,
            turns: Arc::new(Semaphore::new(connections as usize)),
            timeout,
            trust: Trust::default(),
        }
    }

    /// Adds an account, and says its number; nothing when the name is taken, of which the database
    /// is the judge.
    pub(crate) async fn insert(
        &self,
        username: &Username,
        password_hash: String,
        profile: &Profile,
        now: Timestamp,
    ) -> StoreResult<Option<i64>> {
        let value = |field| profile.value(field).map(ToOwned::to_owned);
        let display_name = value(Field::DisplayName);
        let model = ActiveModel {
            id: NotSet,
            username: Set(username.given().to_owned()),
            username_key: Set(username.key().to_owned()),
            search_text: Set(search_text(username.key(), display_name.as_deref())),
            password_hash: Set(password_hash),
            display_name: Set(display_name),
            avatar_url: Set(value(Field::AvatarUrl)),
            gender: Set(value(Field::Gender)),
            birthdate: Set(value(Field::Birthdate)),
            phone_number: Set(value(Field::PhoneNumber)),
            created_at: Set(now.millis()),
        };
        self.in_time(async {
            match Entity::insert(model).exec(&self.db).await {
                Ok(inserted) => Ok(Some(inserted.last_insert_id)),
                Err(error) => match error.sql_err() {
                    Some(SqlErr::UniqueConstraintViolation(_)) => Ok(None),
                    _ => Err(error),
                },
            }
        })
        .await
    }

    pub(crate) async fn by_name(&self, username: &Username) -> StoreResult<Option<Model>> {
        let named = Column::UsernameKey.eq(username.key());
        self.in_time(Entity::find().filter(named).one(&self.db)).await
    }

    pub(crate) async fn by_number(&self, number: i64) -> StoreResult<Option<Model>> {
        self.in_time(Entity::find_by_id(number).one(&self.db)).await
    }

    /// The first `limit` accounts after the number `after` of those that `search` finds, ascending.
    /// A search costs a look at every account from there on.
    pub(crate) async fn list(
        &self,
        after: Option<i64>,
        limit: u64,
        search: Option<&Search>,
    ) -> StoreResult<Vec<Model>> {
        let mut query = Entity::find().order_by_asc(Column::Id).limit(limit);
        if let Some(after) = after {
            query = query.filter(Column::Id.gt(after));
        }
        if let Some(search) = search {
            let texts = [Expr::col(Column::SearchText), Expr::val(search.folded())];
            query = query.filter(Expr::from(Func::cust(self.position()).args(texts)).gt(0));
        }
        self.in_time(query.all(&self.db)).await
    }

    /// The function that tells where in a text another one is, 0 if nowhere. Unlike LIKE, it gives
    /// no character a meaning of its own.
    fn position(&self) -> &'static str {
        if self.db.get_database_backend() == DbBackend::Postgres { "STRPOS" } else { "INSTR" }
    }

    /// Changes `model` as `profile` says.
    pub(crate) async fn update(&self, model: &Model, profile: Profile) -> StoreResult<()> {
        let mut change = Entity::update_many().filter(Column::Id.eq(model.id));
        if profile.names(Field::DisplayName) {
            let text = search_text(&model.username_key, profile.value(Field::DisplayName));
            change = change.col_expr(Column::SearchText, Expr::value(text));
        }
        for (field, value) in profile.into_values() {
            change = change.col_expr(column(field), Expr::value(value));
        }
        self.in_time(change.exec(&self.db)).await?;
        Ok(())
    }

    /// Deletes an account, and says whether it was there.
    pub(crate) async fn delete(&self, number: i64) -> StoreResult<bool> {
        let deleted = self.in_time(Entity::delete_by_id(number).exec(&self.db)).await?;
        Ok(deleted.rows_affected > 0)
    }

    async fn in_time<T>(&self, answer: impl Future<Output = Result<T, DbErr>>) -> StoreResult<T> {
        let answer = async {
            // It is never closed.
            let _turn = self.turns.acquire().await;
            answer.await
        };
        let answer = match timeout(self.timeout, answer).await {
            Ok(answer) => {
                answer.inspect_err(|error| self.trust.judge(error)).map_err(StoreError::new)
            }
            Err(elapsed) => Err(StoreError::new(elapsed)),
        };
        answer.inspect_err(|error| log::warn!("accounts: {}", error.trace()))
    }
}

fn column(field: Field) -> Column {
    match field {
        Field::DisplayName => Column::DisplayName,
        Field::AvatarUrl => Column::AvatarUrl,
        Field::Gender => Column::Gender,
        Field::Birthdate => Column::Birthdate,
        Field::PhoneNumber => Column::PhoneNumber,
    }
}
