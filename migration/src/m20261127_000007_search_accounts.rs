//! Creates `account_term`, by which accounts are found, and `account_shape`, by which a name that looks
//! like another's is refused; and adds `account.indexed_text`, which tells what they were made of.
//!
//! Accounts that are there already get their rows when a node starts: how names are folded is not for
//! a migration to know, which stays as it is while that moves on. So do those of nodes of the previous
//! version, which go on to write `account` alone.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

use crate::dialect::{collated, unknown};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// The rows of an account go with it, also when a node of the previous version erases it.
const SQLITE: [&str; 5] = [
    "CREATE TABLE account_term (
        term       TEXT    NOT NULL,
        account_id INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
        PRIMARY KEY (term, account_id)
    ) STRICT, WITHOUT ROWID",
    "CREATE INDEX account_term_account ON account_term (account_id)",
    "CREATE TABLE account_shape (
        shape      TEXT    NOT NULL PRIMARY KEY,
        account_id INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE
    ) STRICT, WITHOUT ROWID",
    "CREATE INDEX account_shape_account ON account_shape (account_id)",
    "ALTER TABLE account ADD COLUMN indexed_text TEXT",
];

const POSTGRES: [&str; 5] = [
    r#"CREATE TABLE account_term (
        term       text COLLATE "C" NOT NULL,
        account_id bigint NOT NULL REFERENCES account (id) ON DELETE CASCADE,
        PRIMARY KEY (term, account_id)
    )"#,
    "CREATE INDEX account_term_account ON account_term (account_id)",
    r#"CREATE TABLE account_shape (
        shape      text COLLATE "C" NOT NULL PRIMARY KEY,
        account_id bigint NOT NULL REFERENCES account (id) ON DELETE CASCADE
    )"#,
    "CREATE INDEX account_shape_account ON account_shape (account_id)",
    r#"ALTER TABLE account ADD COLUMN indexed_text text COLLATE "C""#,
];

/// A migration that fails half-way is run once more.
const MYSQL: [&str; 4] = [
    "DROP TABLE IF EXISTS account_term, account_shape",
    "CREATE TABLE account_term (
        term       VARCHAR(64) COLLATE {bytewise} NOT NULL,
        account_id BIGINT NOT NULL,
        PRIMARY KEY (term, account_id),
        FOREIGN KEY (account_id) REFERENCES account (id) ON DELETE CASCADE
    ) ENGINE = InnoDB CHARACTER SET utf8mb4",
    "CREATE TABLE account_shape (
        shape      VARCHAR(255) COLLATE {bytewise} NOT NULL PRIMARY KEY,
        account_id BIGINT NOT NULL,
        FOREIGN KEY (account_id) REFERENCES account (id) ON DELETE CASCADE
    ) ENGINE = InnoDB CHARACTER SET utf8mb4",
    // Last: it is the only one that cannot be run once more.
    "ALTER TABLE account ADD COLUMN indexed_text TEXT COLLATE {bytewise}",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        let statements: &[&str] = match manager.get_database_backend() {
            DbBackend::Sqlite => &SQLITE,
            DbBackend::Postgres => &POSTGRES,
            DbBackend::MySql => &MYSQL,
            _ => return Err(unknown()),
        };
        for statement in statements {
            let is_mysql = manager.get_database_backend() == DbBackend::MySql;
            let statement =
                if is_mysql { collated(db, statement).await? } else { (*statement).to_owned() };
            db.execute_unprepared(&statement).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        for statement in [
            "DROP TABLE IF EXISTS account_term",
            "DROP TABLE IF EXISTS account_shape",
            "ALTER TABLE account DROP COLUMN indexed_text",
        ] {
            db.execute_unprepared(statement).await?;
        }
        Ok(())
    }
}
