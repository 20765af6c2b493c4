//! What helps when a database server refuses to do what a node needs.

use sea_orm::{
    DbErr, RuntimeErr,
    sqlx::{Error, error::DatabaseError, mysql::MySqlDatabaseError},
};

use crate::ConnectError;

impl ConnectError {
    /// What `cause` says, with what helps if that is known.
    #[must_use]
    pub fn refused(cause: DbErr) -> Self {
        match advice(&cause) {
            Some(help) => Self::Unfit { cause: said(&cause), help: help.to_owned() },
            None => Self::Read(cause),
        }
    }
}

/// What the server said, without what sea-orm and sqlx say around it.
fn said(error: &DbErr) -> String {
    let said = database_error(error).map(|error| error.message().to_owned());
    said.unwrap_or_else(|| error.to_string())
}

fn database_error(error: &DbErr) -> Option<&dyn DatabaseError> {
    let (DbErr::Conn(RuntimeErr::SqlxError(error))
    | DbErr::Exec(RuntimeErr::SqlxError(error))
    | DbErr::Query(RuntimeErr::SqlxError(error))) = error
    else {
        return None;
    };
    if let Error::Database(error) = &**error { Some(&**error) } else { None }
}

fn advice(error: &DbErr) -> Option<&'static str> {
    let error = database_error(error)?;
    if let Some(error) = error.try_downcast_ref::<MySqlDatabaseError>() {
        return mysql(error.number());
    }
    match &*error.code()? {
        "25006" => Some(
            "nothing can be written: name the primary in database.url, or if it is that, ALTER \
             ROLE, ALTER DATABASE or ALTER SYSTEM SET default_transaction_read_only = off",
        ),
        "42501" => Some(
            "the owner of the tables may GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN \
             SCHEMA public, and EXECUTE ON ALL FUNCTIONS IN SCHEMA public; to create them takes \
             GRANT CREATE ON SCHEMA public, or `lastseen migrate` by somebody who may",
        ),
        "42P01" | "42883" | "42703" => {
            Some("the schema is missing or old: run `lastseen migrate`, by the same search_path")
        }
        "3F000" => Some("search_path names no schema: CREATE SCHEMA, or name another one"),
        "08P01" => Some(
            "a pooler may stand in between: see Poolers in docs/operate.md, or name the server \
             itself in database.url",
        ),
        "26000" | "42P05" => Some(POOLER),
        _ => None,
    }
}

/// A transaction pooler gives every transaction another session of the server.
pub(super) const POOLER: &str = "a pooler hands each transaction to another session, and what was \
    prepared is lost: let it pool sessions (pgbouncer: pool_mode = session), or name the server \
    itself in database.url";

fn mysql(number: u16) -> Option<&'static str> {
    match number {
        1290 | 1836 | 3100 => Some(
            "nothing can be written: name the primary in database.url, or if it is that, SET \
             GLOBAL read_only = OFF",
        ),
        1792 => Some("SET GLOBAL TRANSACTION READ WRITE, and tx_read_only in its configuration"),
        1665 => Some("SET GLOBAL binlog_format = 'ROW', and in its configuration"),
        1418 | 1419 => Some("SET GLOBAL log_bin_trust_function_creators = 1"),
        1044 | 1142 | 1143 | 1227 | 1370 => Some(
            "GRANT SELECT, INSERT, UPDATE, DELETE, EXECUTE ON the database to the user; to create \
             the tables takes CREATE, ALTER, DROP, INDEX and CREATE ROUTINE as well, or `lastseen \
             migrate` by somebody who may",
        ),
        1046 => Some("name one: mysql://user:password@host:3306/database"),
        1054 | 1146 | 1305 => Some("the schema is missing or old: run `lastseen migrate`"),
        _ => None,
    }
}
