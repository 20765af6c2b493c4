//! The table of accounts.

use std::{sync::Arc, time::Duration};

use entity::account::{ActiveModel, Column, Entity, Model};
use presence::{PresenceStore, StoreError, StoreResult, Timestamp, Trust};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, DatabaseConnection, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    RuntimeErr, SqlErr, TransactionTrait,
    sea_query::Expr,
};

use crate::{Field, Place, Profile, Search, Username, index, search::search_text, turns::Turns};

/// Accounts in a database.
#[derive(Clone)]
pub(crate) struct Store {
    db: DatabaseConnection,
    /// Of logins, and of all else that is about one account.
    turns: Turns,
    /// Of lists and searches, so that a storm of them holds up no login.
    lists: Turns,
}

impl Store {
    /// `connections` at most are used at once, half of them by lists.
    pub(crate) fn new(db: DatabaseConnection, connections: u32, timeout: Duration) -> Self {
        let of_lists = (connections / 2).max(1);
        let others = connections.saturating_sub(of_lists).max(1);
        Self { db, turns: Turns::new(others, timeout), lists: Turns::new(of_lists, timeout) }
    }

    pub(crate) fn beside(self, presence: &Arc<dyn PresenceStore>) -> Self {
        let [turns, lists] =
            [self.turns, self.lists].map(|turns| turns.beside(Arc::clone(presence)));
        Self { turns, lists, ..self }
    }

    pub(crate) fn trusting(self, trust: &Trust) -> Self {
        let [turns, lists] = [self.turns, self.lists].map(|turns| turns.trusting(trust.clone()));
        Self { turns, lists, ..self }
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
        let text = search_text(username.key(), display_name.as_deref());
        let model = ActiveModel {
            id: NotSet,
            username: Set(username.given().to_owned()),
            username_key: Set(username.key().to_owned()),
            search_text: Set(text.clone()),
            indexed_text: Set(Some(text.clone())),
            password_hash: Set(password_hash),
            display_name: Set(display_name),
            avatar_url: Set(value(Field::AvatarUrl)),
            gender: Set(value(Field::Gender)),
            birthdate: Set(value(Field::Birthdate)),
            phone_number: Set(value(Field::PhoneNumber)),
            created_at: Set(now.millis()),
        };
        let (db, username) = (self.db.clone(), username.clone());
        let insert = async move {
            for _ in 1..ATTEMPTS {
                match insert(&db, model.clone(), &username, &text).await {
                    Err(error) if is_conflict(&error) => {}
                    inserted => return taken(inserted),
                }
            }
            taken(insert(&db, model, &username, &text).await)
        };
        // It holds the whole account.
        Box::pin(self.turns.take(insert)).await
    }

    pub(crate) async fn by_name(&self, username: &Username) -> StoreResult<Option<Model>> {
        let (db, named) = (self.db.clone(), Column::UsernameKey.eq(username.key()));
        self.turns.take(async move { Entity::find().filter(named).one(&db).await }).await
    }

    pub(crate) async fn by_number(&self, number: i64) -> StoreResult<Option<Model>> {
        let db = self.db.clone();
        self.turns.take(async move { Entity::find_by_id(number).one(&db).await }).await
    }

    /// The first `limit` accounts after the number `after`, ascending.
    pub(crate) async fn list(&self, after: Option<i64>, limit: u64) -> StoreResult<Vec<Model>> {
        let mut query = Entity::find().order_by_asc(Column::Id).limit(limit);
        if let Some(after) = after {
            query = query.filter(Column::Id.gt(after));
        }
        let db = self.db.clone();
        self.lists.take(async move { query.all(&db).await }).await
    }

    /// The first `limit` accounts that `search` finds after the place `after`.
    pub(crate) async fn search(
        &self,
        search: &Search,
        after: Option<Place>,
        limit: usize,
    ) -> StoreResult<Vec<(Model, Place)>> {
        let (db, search) = (self.db.clone(), search.clone());
        self.lists.take(async move { index::find(&db, &search, after, limit).await }).await
    }

    /// Makes all accounts findable that nodes of an older version wrote, and tells how many. It takes its
    /// time, as a migration does.
    pub(crate) async fn catch_up(&self) -> StoreResult<usize> {
        let (mut count, mut after) = (0, 0);
        while let Some((some, last)) =
            index::catch_up(&self.db, after).await.map_err(StoreError::new)?
        {
            (count, after) = (count + some, last);
        }
        Ok(count)
    }

    /// Changes `model` as `profile` says.
    pub(crate) async fn update(&self, model: &Model, profile: Profile) -> StoreResult<()> {
        let mut change = Entity::update_many().filter(Column::Id.eq(model.id));
        let renamed = profile.names(Field::DisplayName);
        let text = search_text(&model.username_key, profile.value(Field::DisplayName));
        if renamed {
            for column in [Column::SearchText, Column::IndexedText] {
                change = change.col_expr(column, Expr::value(text.clone()));
            }
        }
        for (field, value) in profile.into_values() {
            change = change.col_expr(column(field), Expr::value(value));
        }
        let (db, number) = (self.db.clone(), model.id);
        let update = async move {
            let transaction = db.begin().await?;
            let changed = change.exec(&transaction).await?;
            // Or it was erased meanwhile.
            if renamed && changed.rows_affected > 0 {
                index::put_terms(&transaction, number, &text).await?;
            }
            transaction.commit().await
        };
        Box::pin(self.turns.take(update)).await
    }

    /// Replaces a password's hash, unless another has replaced it before; says whether it did.
    pub(crate) async fn replace_hash(
        &self,
        number: i64,
        old: String,
        new: String,
    ) -> StoreResult<bool> {
        let change = Entity::update_many()
            .filter(Column::Id.eq(number))
            .filter(Column::PasswordHash.eq(old))
            .col_expr(Column::PasswordHash, Expr::value(new));
        let db = self.db.clone();
        Ok(self.turns.take(async move { change.exec(&db).await }).await?.rows_affected > 0)
    }

    /// Deletes an account with all that is kept beside it, and says whether it was there.
    pub(crate) async fn delete(&self, number: i64) -> StoreResult<bool> {
        let db = self.db.clone();
        let delete = async move { Entity::delete_by_id(number).exec(&db).await };
        Ok(self.turns.take(delete).await?.rows_affected > 0)
    }
}

/// Adds `model` with all that is kept beside it, and says its number.
async fn insert(
    db: &DatabaseConnection,
    model: ActiveModel,
    username: &Username,
    text: &str,
) -> Result<i64, DbErr> {
    let transaction = db.begin().await?;
    let number = Entity::insert(model).exec(&transaction).await?.last_insert_id;
    index::insert_shapes(&transaction, number, username).await?;
    index::insert_terms(&transaction, number, text).await?;
    transaction.commit().await?;
    Ok(number)
}

/// How often an account is tried to be added when others want the same name at the same moment: of
/// these MySQL ends some as deadlocks, and the next attempt finds the name taken.
const ATTEMPTS: usize = 10;

/// Whether the database ended a transaction in favour of another one (SQLSTATE class 40).
fn is_conflict(error: &DbErr) -> bool {
    let (DbErr::Exec(RuntimeErr::SqlxError(error)) | DbErr::Query(RuntimeErr::SqlxError(error))) =
        error
    else {
        return false;
    };
    let code = error.as_database_error().and_then(sea_orm::sqlx::error::DatabaseError::code);
    code.is_some_and(|code| code.starts_with("40"))
}

/// Nothing when a unique key was in the way: the name is taken, or looks like one that is.
fn taken(inserted: Result<i64, DbErr>) -> Result<Option<i64>, DbErr> {
    match inserted {
        Ok(number) => Ok(Some(number)),
        Err(error) => match error.sql_err() {
            Some(SqlErr::UniqueConstraintViolation(_)) => Ok(None),
            _ => Err(error),
        },
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
