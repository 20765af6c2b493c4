//! How to say it to PostgreSQL.

use sea_orm::{
    DbBackend, Statement, Value,
    sea_query::{ArrayType, Value as QueryValue},
};

use super::{
    Dialect, Write,
    changes::{kind, millis, stamp},
};
use crate::Position;

pub(super) const DIALECT: Dialect = Dialect {
    write,
    read: "SELECT * FROM presence_read_1($1)",
    call: |procedure, values| {
        let values: Vec<_> = (1..=values).map(|number| format!("${number}")).collect();
        format!("SELECT {procedure}({})", values.join(", "))
    },
};

fn write(write: &Write<'_>) -> Statement {
    let Write { changes, policy, since, given } = write;
    let text = |texts: Vec<String>| array(ArrayType::String, texts);
    let sessions = changes.iter().map(|change| change.change.session().as_str().to_owned());
    let values: [Value; 9] = [
        since.micros().into(),
        given.map(Position::micros).into(),
        millis(policy.window).into(),
        millis(policy.clock_skew).into(),
        i64::try_from(policy.max_sessions).unwrap_or(i64::MAX).into(),
        text(changes.iter().map(|change| change.user.to_string()).collect()),
        text(sessions.collect()),
        array(ArrayType::BigInt, changes.iter().map(|change| kind(&change.change)).collect()),
        array(ArrayType::BigInt, changes.iter().map(|change| stamp(&change.change)).collect()),
    ];
    let call = "SELECT * FROM presence_write_1($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    Statement::from_sql_and_values(DbBackend::Postgres, call, values)
}

fn array<T: Into<QueryValue>>(kind: ArrayType, values: Vec<T>) -> Value {
    Value::Array(kind, Some(Box::new(values.into_iter().map(Into::into).collect())))
}
