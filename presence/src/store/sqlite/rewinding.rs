//! A file from the far future: written while this machine's clock was wrong, which is right again.
//!
//! Store time never steps back within a history (R2), so the history ends here, and another begins
//! now: else every token would have expired, and nobody would go offline, until that future comes.

use std::time::Duration;

use sea_orm::{ConnectionTrait, DatabaseConnection, DbErr, TransactionTrait};

use crate::{Clock, Position, SystemClock, Timestamp, store::era};

/// How far store time may be ahead of this machine's clock at a start, and be waited for.
const MAX_AHEAD: Duration = Duration::from_hours(24);

/// When what is stored is from the far future: has every time in it that is still to come be now,
/// and begins a new era. `newest` is the newest time that is stored; says which is from then on.
///
/// Whoever beat in that future is online now, and for one window at most: nobody knows when it
/// was, and a beat that was acknowledged counts (R7).
pub(super) async fn rewind(db: &DatabaseConnection, newest: Timestamp) -> Result<Timestamp, DbErr> {
    let now = SystemClock::starting_at(Timestamp::EPOCH).now();
    let ahead = newest.since(now);
    if ahead <= MAX_AHEAD {
        return Ok(newest);
    }
    log::warn!(
        "the newest time in the database is {} hours ahead of this machine's clock: every time \
         in it that is still to come is taken for now, and clients are told everything anew",
        ahead.as_secs() / 3600
    );
    rewind_to(db, now).await?;
    Ok(now)
}

async fn rewind_to(db: &DatabaseConnection, now: Timestamp) -> Result<(), DbErr> {
    let transaction = db.begin().await?;
    for statement in [sessions_at(now), statuses_at(now)] {
        transaction.execute_unprepared(&statement).await?;
    }
    era::begin(&transaction, era::current(&transaction).await?).await?;
    era::sign(&transaction, now).await?;
    transaction.commit().await
}

/// Stamps from the future are forgotten: a mark that has one would win over every beat (R4).
fn sessions_at(now: Timestamp) -> String {
    let now = now.millis();
    format!(
        "UPDATE presence SET last_activity = min(last_activity, {now}),
                             last_seen     = min(last_seen, {now}),
                             online_since  = min(online_since, {now}),
                             beat_stamp    = iif(beat_stamp <= {now}, beat_stamp, NULL),
                             offline_at    = min(offline_at, {now}),
                             offline_mark  = iif(offline_mark <= {now}, offline_mark, NULL)"
    )
}

fn statuses_at(now: Timestamp) -> String {
    let (position, now) = (Position::first_at(now).micros(), now.millis());
    format!(
        "UPDATE user_status SET hidden_at        = min(hidden_at, {now}),
                                hidden_last_seen = min(hidden_last_seen, {now}),
                                hidden_went      = min(hidden_went, {position}),
                                shown_at         = min(shown_at, {position}),
                                turned_at        = min(turned_at, {position}),
                                changed_at       = min(changed_at, {position})"
    )
}
