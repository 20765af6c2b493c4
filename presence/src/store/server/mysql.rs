//! How to say it to MySQL and MariaDB.

use sea_orm::{DbBackend, Statement, Value};

use super::{
    Dialect, Write,
    changes::{kind, millis, stamp},
};
use crate::Position;

pub(super) const DIALECT: Dialect = Dialect {
    write,
    read: "CALL presence_read_1(?)",
    call: |procedure, values| format!("CALL {procedure}({})", vec!["?"; values].join(", ")),
};

fn write(write: &Write<'_>) -> Statement {
    let Write { changes, policy, since, given } = write;
    let changes = changes.iter().map(|change| {
        let user = change.user.to_string();
        let session = change.change.session().as_str();
        serde_json::json!([user, session, kind(&change.change), stamp(&change.change)])
    });
    let values: [Value; 6] = [
        since.micros().into(),
        given.map(Position::micros).into(),
        millis(policy.window).into(),
        millis(policy.clock_skew).into(),
        i64::try_from(policy.max_sessions).unwrap_or(i64::MAX).into(),
        changes.collect::<serde_json::Value>().to_string().into(),
    ];
    let call = "CALL presence_write_1(?, ?, ?, ?, ?, ?)";
    Statement::from_sql_and_values(DbBackend::MySql, call, values)
}
