//! Whether a database can do what a node needs: found at the start, not by the first client.

use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr, Statement};

use super::{Server, ServerStore, advice::POOLER};
use crate::ConnectError;

/// Whether every text can be stored, and where, and whether a session remains one.
///
/// # Errors
///
/// With what would help.
pub(in crate::store) async fn check_database(
    db: &DatabaseConnection,
    server: &Server,
) -> Result<(), ConnectError> {
    if db.get_database_backend() != DbBackend::Postgres {
        return Ok(());
    }
    let question = "
        SELECT pg_encoding_to_char(encoding)::text, current_schema()::text, pg_backend_pid()
        FROM pg_database WHERE datname = current_database()";
    let question = Statement::from_string(DbBackend::Postgres, question);
    let answer = db.query_one_raw(question).await.map_err(ConnectError::refused)?;
    let Some(answer) = answer else { return Ok(()) };
    let encoding: String = answer.try_get_by_index(0)?;
    if encoding != "UTF8" {
        let cause = format!("the database holds texts as {encoding}, which is not all there is");
        let help = "CREATE DATABASE lastseen ENCODING 'UTF8' TEMPLATE template0".to_owned();
        return Err(ConnectError::Unfit { cause, help });
    }
    if answer.try_get_by_index::<Option<String>>(1)?.is_none() {
        let cause = "search_path names no schema that is there and may be used".to_owned();
        let help = "CREATE SCHEMA, GRANT USAGE ON SCHEMA, or name another in database.url";
        return Err(ConnectError::Unfit { cause, help: help.to_owned() });
    }
    if server.shares_session(answer.try_get_by_index(2)?).await {
        let cause = "there is a pooler of transactions in between".to_owned();
        return Err(ConnectError::Unfit { cause, help: POOLER.to_owned() });
    }
    Ok(())
}

/// The tables that a server has, and what a node does to them.
const TABLES: [&str; 4] = ["presence", "presence_feed", "presence_era", "user_status"];

/// What changes nothing, and is refused whenever the same about rows that are there would be.
fn trials(table: &str) -> [String; 2] {
    [
        format!("INSERT INTO {table} SELECT * FROM {table} WHERE 1 = 0"),
        format!("DELETE FROM {table} WHERE 1 = 0"),
    ]
}

impl ServerStore {
    /// Tries what a node does by and by, and writes as a beat does, of nobody.
    ///
    /// # Errors
    ///
    /// What the database refuses.
    pub(super) async fn try_everything(&self) -> Result<(), DbErr> {
        for trial in TABLES.into_iter().flat_map(trials) {
            self.db.execute_unprepared(&trial).await?;
        }
        self.write_nothing().await?;
        // No user has this name, and no status this version.
        self.call("presence_erase_1", vec![self.given(), "".into()]).await?;
        self.call("presence_status_1", self.no_status()).await?;
        Ok(())
    }
}
