//! How many connections a store has.

use sea_orm::{DatabaseConnection, DbBackend};

/// The connections of a store, now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Connections {
    /// All of them.
    pub open: usize,
    /// Those that nobody uses.
    pub idle: usize,
}

impl Connections {
    /// Those of `db`, if it is of a kind that has a pool.
    pub(super) fn of(db: &DatabaseConnection) -> Option<Self> {
        let (open, idle) = match db.get_database_backend() {
            DbBackend::Sqlite => {
                let pool = db.get_sqlite_connection_pool();
                (pool.size(), pool.num_idle())
            }
            DbBackend::Postgres => {
                let pool = db.get_postgres_connection_pool();
                (pool.size(), pool.num_idle())
            }
            DbBackend::MySql => {
                let pool = db.get_mysql_connection_pool();
                (pool.size(), pool.num_idle())
            }
            _ => return None,
        };
        Some(Self { open: open as usize, idle })
    }
}
