//! How many connections a database lets its user have.

use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr, Statement};

/// That of the role and of the database, whichever is lower; a superuser has none.
const POSTGRES: &str = "SELECT LEAST(NULLIF(r.rolconnlimit, -1), NULLIF(d.datconnlimit, -1))::bigint \
    FROM pg_roles r, pg_database d \
    WHERE r.rolname = current_user AND NOT r.rolsuper AND d.datname = current_database()";

/// That of the account, or else the server's for each account.
const MYSQL: &str = "SELECT CAST(NULLIF(@@max_user_connections, 0) AS SIGNED)";

/// The most connections that the user of `db` may have, of all nodes together; `None` if only the
/// server's own limit counts.
///
/// # Errors
///
/// [`DbErr`] when the database does not answer.
pub async fn allowance(db: &DatabaseConnection) -> Result<Option<u32>, DbErr> {
    let backend = db.get_database_backend();
    let question = match backend {
        DbBackend::Postgres => POSTGRES,
        DbBackend::MySql => MYSQL,
        DbBackend::Sqlite | _ => return Ok(None),
    };
    let Some(row) = db.query_one_raw(Statement::from_string(backend, question)).await? else {
        return Ok(None);
    };
    let limit: Option<i64> = row.try_get_by_index(0)?;
    Ok(limit.and_then(|limit| u32::try_from(limit).ok()))
}
