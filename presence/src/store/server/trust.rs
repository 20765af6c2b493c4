//! Which connections are believed to be of use.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use sea_orm::{
    DbErr, RuntimeErr,
    sqlx::{Error, error::DatabaseError, mysql::MySqlDatabaseError},
};
use tokio::time::Instant;

/// Since when connections are trusted. A server that became a standby, a session that was made
/// while the default was to read only, a role or a search path that changed: whatever a failure
/// says of the connection holds for all of its age, and new ones may work. So all that were made
/// before such a failure are closed when their turn comes.
#[derive(Clone, Debug, Default)]
pub struct Trust(Arc<Mutex<Option<Instant>>>);

/// A server that fails for good is not asked for new connections more often than that.
const PATIENCE: Duration = Duration::from_secs(1);

impl Trust {
    /// Hears of a failure: unless it is about the statement alone, no connection of today is
    /// trusted any more.
    pub fn judge(&self, error: &DbErr) {
        if !is_about_the_connection(error) {
            return;
        }
        let mut since = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if since.is_none_or(|since| since.elapsed() >= PATIENCE) {
            *since = Some(Instant::now());
        }
    }

    /// Whether a connection of that `age` is trusted.
    pub(super) fn includes(&self, age: Duration) -> bool {
        let since = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        since.is_none_or(|since| age < since.elapsed())
    }
}

fn is_about_the_connection(error: &DbErr) -> bool {
    let (DbErr::Exec(RuntimeErr::SqlxError(error)) | DbErr::Query(RuntimeErr::SqlxError(error))) =
        error
    else {
        return false;
    };
    if let Error::Database(error) = &**error {
        return !is_about_the_statement(&**error);
    }
    matches!(&**error, Error::Io(_) | Error::Tls(_) | Error::Protocol(_) | Error::WorkerCrashed)
}

/// Whether another connection would have answered the same: to these values, or at this moment.
///
/// SQLSTATE classes 22 (data), 23 (constraints), 40 (deadlocks), 45 and P0 (raised by procedures) and
/// 53 (resources); a lock or a time-out that was waited for in vain, or a statement that was
/// cancelled. Of MySQL and MariaDB some of these have a number alone.
fn is_about_the_statement(error: &dyn DatabaseError) -> bool {
    const NUMBERS: [u16; 5] = [1205, 1213, 1317, 1969, 3024];
    const STATES: [&str; 2] = ["55P03", "57014"];
    const CLASSES: [&str; 6] = ["22", "23", "40", "45", "53", "P0"];
    let number = error.try_downcast_ref::<MySqlDatabaseError>().map(MySqlDatabaseError::number);
    let state = error.code().unwrap_or_default();
    number.is_some_and(|number| NUMBERS.contains(&number))
        || STATES.contains(&&*state)
        || CLASSES.iter().any(|class| state.starts_with(class))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn connections_that_are_older_than_a_broken_one_are_not_trusted() {
        let trust = Trust::default();
        assert!(trust.includes(Duration::from_hours(1)));
        let error = std::io::Error::from(std::io::ErrorKind::BrokenPipe);
        trust.judge(&DbErr::Query(RuntimeErr::SqlxError(Arc::new(Error::Io(error)))));
        tokio::time::advance(Duration::from_secs(2)).await;
        assert!(trust.includes(Duration::from_secs(1)), "made after that");
        assert!(!trust.includes(Duration::from_secs(3)), "made before that");
    }

    #[test]
    fn what_is_no_failure_of_the_database_is_not_held_against_connections() {
        let trust = Trust::default();
        trust.judge(&DbErr::RecordNotFound("presence_feed is empty".to_owned()));
        trust.judge(&DbErr::Query(RuntimeErr::SqlxError(Arc::new(Error::RowNotFound))));
        assert!(trust.includes(Duration::from_hours(1)));
    }
}
