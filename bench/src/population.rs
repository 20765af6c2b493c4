//! Databases full of users who are online.

use std::{ops::Range, time::Duration};

use presence::{
    Change, Database, News, Policy, Position, SessionId, UserChange, UserId, UserIdKind,
};

/// Puts `users` who just beat into the new database at `url`.
pub(crate) async fn populate(url: &str, users: u64) -> anyhow::Result<()> {
    let (database, timeout) = (Database::new(url)?, Duration::from_secs(10));
    let db = database.connect(1, timeout).await?;
    migration::up(&db).await?;
    let store = database.open(db.clone(), UserIdKind::Integer, timeout).await?;
    let mut since = Position::START;
    for first in (0..users).step_by(1_000) {
        let beats = beats(first..users.min(first + 1_000))?;
        if let News::Feed(feed) = store.write(&beats, &policy(), since).await? {
            since = feed.until;
        }
    }
    Ok(db.close().await?)
}

/// A beat of each user.
pub(crate) fn beats(users: Range<u64>) -> anyhow::Result<Vec<UserChange>> {
    users.map(beat).collect()
}

fn beat(id: u64) -> anyhow::Result<UserChange> {
    let change = Change::Beat { session: SessionId::NONE, stamp: None };
    Ok(UserChange { user: UserId::integer(id)?, change })
}

pub(crate) fn policy() -> Policy {
    Policy {
        window: Duration::from_mins(5),
        heartbeat_interval: Duration::from_mins(2),
        clock_skew: Duration::from_secs(30),
        coalesce: Duration::from_secs(10),
        refresh: Duration::from_secs(1),
        max_sessions: 20,
    }
}
