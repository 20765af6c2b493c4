//! What the databases say differently.

use sea_orm_migration::sea_orm::{ConnectionTrait, DbErr, Statement};

/// MariaDB and MySQL each have a collation that compares by bytes, trailing spaces included, and
/// no two of them have the same: `utf8mb4_bin`, which both have, takes `a` and `a ` for equal. A
/// MariaDB that knows both names is to keep its own.
const BYTEWISE: &str = "
    SELECT collation_name AS name FROM information_schema.collations
    WHERE collation_name IN ('utf8mb4_nopad_bin', 'utf8mb4_0900_bin')
    ORDER BY collation_name DESC LIMIT 1";

/// `sql` for the MySQL or MariaDB at `db`, with the name of its collation for `{bytewise}`.
pub(crate) async fn collated(db: &impl ConnectionTrait, sql: &str) -> Result<String, DbErr> {
    let query = Statement::from_string(db.get_database_backend(), BYTEWISE);
    let Some(found) = db.query_one_raw(query).await? else {
        let needed = "MySQL 8.0.17 or MariaDB 10.6, or a later one, is needed";
        return Err(DbErr::Migration(needed.to_owned()));
    };
    Ok(sql.replace("{bytewise}", &found.try_get_by_index::<String>(0)?))
}

/// A database that no migration was written for.
pub(crate) fn unknown() -> DbErr {
    DbErr::Migration("no migration was written for this kind of database".to_owned())
}
