//! What the procedures answer of the feed.

use entity::presence_feed::Model;
use sea_orm::{ConnectionTrait, DbErr, QueryResult, Statement, Value};
use tokio::time::Instant;

use super::ServerStore;
use crate::{Era, Position, store::era};

/// The feed, as one look at it finds it.
pub(super) struct Reading {
    /// Everything is committed that ever will be up to here.
    pub(super) until: Position,
    /// The newest write.
    pub(super) newest: Position,
    pub(super) era: Era,
    /// From the position on that was asked for, or the newest alone; what happened there itself is
    /// left out.
    pub(super) rows: Vec<Model>,
}

impl ServerStore {
    /// Looks at the feed from `since` on, or only where it stands, and hears the server's clock.
    /// Costs one round trip.
    pub(super) async fn reading(&self, since: Option<Position>) -> Result<Reading, DbErr> {
        let since: Value = since.map(Position::micros).into();
        let backend = self.db.get_database_backend();
        let call = Statement::from_sql_and_values(backend, self.dialect.read, [since]);
        let asked = Instant::now();
        let rows = self.db.query_all_raw(call).await?;
        let first = rows.first();
        let first =
            first.ok_or_else(|| DbErr::RecordNotFound("presence_feed is empty".to_owned()))?;
        let now = Position::from_micros(first.try_get_by_index(1)?);
        self.clock.heard(now, asked);
        let newest = Position::from_micros(first.try_get_by_index(2)?);
        // A write that is under way will get a later position than the newest before it.
        let settled = first.try_get_by_index::<bool>(0)?;
        let until = if settled { self.clock.stand_in(now).max(newest) } else { newest };
        let (era, rows) = feed(&rows, 3)?;
        Ok(Reading { until, newest, era, rows })
    }
}

/// What the procedure that writes tells: the era, and the feed up to what it wrote.
pub(super) fn written(rows: &[QueryResult]) -> Result<(Era, Vec<Model>), DbErr> {
    feed(rows, 0)
}

/// The era and the feed, in the columns from `column` on.
fn feed(rows: &[QueryResult], column: usize) -> Result<(Era, Vec<Model>), DbErr> {
    let era = rows.first().map(|row| row.try_get_by_index(column)).transpose()?.unwrap_or_default();
    let model = |row: &QueryResult| {
        let changed = row.try_get_by_index::<Option<String>>(column + 2)?.unwrap_or_default();
        Ok(Model { id: row.try_get_by_index(column + 1)?, changed })
    };
    let rows = rows.iter().map(model).collect::<Result<_, DbErr>>()?;
    Ok((era::read(era), rows))
}
