//! What is kept beside accounts: the terms that they are found by, and the shapes of their names.

use std::collections::HashMap;

use entity::{
    account::{Column, Entity, Model},
    account_shape as shape, account_term as term,
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, DatabaseConnection, DbErr, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect, Select, TransactionTrait,
    sea_query::{Expr, ExprTrait},
};

use crate::{
    Search, Username,
    search::{Place, terms},
};

/// So many rows are inserted at once: two values each, and no database takes less than 32,766.
const ROWS: usize = 1000;

/// Makes `text` what the account `number` is found by.
pub(crate) async fn put_terms(
    db: &impl ConnectionTrait,
    number: i64,
    text: &str,
) -> Result<(), DbErr> {
    term::Entity::delete_many().filter(term::Column::AccountId.eq(number)).exec(db).await?;
    insert_terms(db, number, text).await
}

/// Adds what the account `number` is found by.
pub(crate) async fn insert_terms(
    db: &impl ConnectionTrait,
    number: i64,
    text: &str,
) -> Result<(), DbErr> {
    let row = |term| term::ActiveModel { term: Set(term), account_id: Set(number) };
    add_terms(db, terms(text).into_iter().map(row).collect()).await
}

async fn add_terms(db: &impl ConnectionTrait, rows: Vec<term::ActiveModel>) -> Result<(), DbErr> {
    for rows in rows.chunks(ROWS) {
        let insert = term::Entity::insert_many(rows.to_vec()).on_conflict_do_nothing();
        insert.exec_without_returning(db).await?;
    }
    Ok(())
}

/// Adds what the name of the account `number` looks like. Fails as a unique key does if another looks
/// the same.
pub(crate) async fn insert_shapes(
    db: &impl ConnectionTrait,
    number: i64,
    name: &Username,
) -> Result<(), DbErr> {
    shape::Entity::insert_many(shapes(number, name)).exec_without_returning(db).await?;
    Ok(())
}

fn shapes(number: i64, name: &Username) -> impl Iterator<Item = shape::ActiveModel> {
    let row = move |shape| shape::ActiveModel { shape: Set(shape), account_id: Set(number) };
    name.shapes().into_iter().map(row)
}

/// The first `limit` accounts that `search` finds after the place `after`, in the order of the terms
/// that it finds them by, each once. Reads some `limit` terms, however many there are.
pub(crate) async fn find(
    db: &DatabaseConnection,
    search: &Search,
    after: Option<Place>,
    limit: usize,
) -> Result<Vec<(Model, Place)>, DbErr> {
    let (mut found, mut after) = (Vec::new(), after);
    loop {
        let rows = read(db, search, after.as_ref(), limit).await?;
        let is_last = rows.len() < limit;
        after = rows.last().map(place).or(after);
        let numbers = rows.iter().map(|row| row.account_id);
        let models = Entity::find().filter(Column::Id.is_in(numbers)).all(db).await?;
        let models: HashMap<_, _> = models.into_iter().map(|model| (model.id, model)).collect();
        found.extend(rows.iter().filter_map(|row| {
            let model = models.get(&row.account_id)?;
            // By its other terms it was found before, or is not.
            let is_first = search.first_of(&model.search_text).as_ref() == Some(&row.term);
            is_first.then(|| (model.clone(), place(row)))
        }));
        if is_last || found.len() >= limit {
            found.truncate(limit);
            return Ok(found);
        }
    }
}

fn place(row: &term::Model) -> Place {
    Place { term: row.term.clone(), number: row.account_id }
}

/// The next `limit` terms that `search` finds: those that are the same as that of `after`, then
/// those behind it. As one range no database would read them from the middle of the same ones.
async fn read(
    db: &DatabaseConnection,
    search: &Search,
    after: Option<&Place>,
    limit: usize,
) -> Result<Vec<term::Model>, DbErr> {
    let limit = limit as u64;
    let Some(after) = after else {
        return first(search).limit(limit).all(db).await;
    };
    let mut rows = same(after).limit(limit).all(db).await?;
    let left = limit - rows.len() as u64;
    if left > 0 {
        rows.extend(behind(search, after).limit(left).all(db).await?);
    }
    Ok(rows)
}

fn first(search: &Search) -> Select<term::Entity> {
    range(search).filter(term::Column::Term.gte(search.begin()))
}

fn behind(search: &Search, after: &Place) -> Select<term::Entity> {
    range(search).filter(term::Column::Term.gt(&*after.term))
}

fn range(search: &Search) -> Select<term::Entity> {
    term::Entity::find()
        .filter(term::Column::Term.lt(search.end()))
        .order_by_asc(term::Column::Term)
        .order_by_asc(term::Column::AccountId)
}

fn same(after: &Place) -> Select<term::Entity> {
    term::Entity::find()
        .filter(term::Column::Term.eq(&*after.term))
        .filter(term::Column::AccountId.gt(after.number))
        .order_by_asc(term::Column::AccountId)
}

/// What a search asks the database, without limits.
#[cfg(test)]
pub(crate) fn queries(search: &Search, after: &Place) -> [Select<term::Entity>; 3] {
    [first(search), same(after), behind(search, after)]
}

/// How many accounts are made up to date in one transaction.
const BATCH: u64 = 500;

/// Gives their terms and shapes to some accounts that were written by nodes that know of none, and
/// tells how many these were. Of accounts that look the same the first one keeps the shape.
pub(crate) async fn catch_up(db: &DatabaseConnection) -> Result<usize, DbErr> {
    let is_old = Column::IndexedText
        .is_null()
        .or(Expr::col(Column::IndexedText).ne(Expr::col(Column::SearchText)));
    let old = Entity::find().filter(is_old).order_by_asc(Column::Id).limit(BATCH).all(db).await?;
    if old.is_empty() {
        return Ok(0);
    }
    let transaction = db.begin().await?;
    let numbers: Vec<_> = old.iter().map(|model| model.id).collect();
    let stale = term::Column::AccountId.is_in(numbers.clone());
    term::Entity::delete_many().filter(stale).exec(&transaction).await?;
    let row = |model: &Model| {
        let number = model.id;
        let row = move |term| term::ActiveModel { term: Set(term), account_id: Set(number) };
        terms(&model.search_text).into_iter().map(row)
    };
    add_terms(&transaction, old.iter().flat_map(row).collect()).await?;
    let names = old.iter().filter_map(|model| {
        Some(shapes(model.id, &Username::of_login(&model.username).ok()?).collect::<Vec<_>>())
    });
    for rows in names.flatten().collect::<Vec<_>>().chunks(ROWS) {
        let insert = shape::Entity::insert_many(rows.to_vec()).on_conflict_do_nothing();
        insert.exec_without_returning(&transaction).await?;
    }
    Entity::update_many()
        .col_expr(Column::IndexedText, Expr::col(Column::SearchText))
        .filter(Column::Id.is_in(numbers))
        .exec(&transaction)
        .await?;
    transaction.commit().await?;
    Ok(old.len())
}
