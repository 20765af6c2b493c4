//! Databases full of users who are online.

use std::{path::Path, time::Duration};

use migration::{Migrator, MigratorTrait};
use presence::{
    Change, Clock, Database, Policy, PresenceStore, SessionId, SqliteStore, SystemClock, Timestamp,
    UserChange, UserId, UserIdKind,
};

/// Puts `users` who just beat into a new database at `path`.
pub(crate) async fn populate(path: &Path, users: u64) -> anyhow::Result<()> {
    let url = format!("sqlite://{}?mode=rwc", path.display());
    let db = Database::new(&url)?.connect(1, Duration::from_secs(10)).await?;
    Migrator::up(&db, None).await?;
    let store = SqliteStore::new(db.clone(), UserIdKind::Integer);
    let now = SystemClock::starting_at(Timestamp::EPOCH).now();
    let ids: Vec<_> = (0..users).collect();
    for ids in ids.chunks(1_000) {
        let beats: Vec<_> = ids.iter().map(|id| beat(*id)).collect::<Result<_, _>>()?;
        store.write(&beats, now, &policy()).await?;
    }
    Ok(db.close().await?)
}

fn beat(id: u64) -> anyhow::Result<UserChange> {
    let change = Change::Beat { session: SessionId::NONE, stamp: None };
    Ok(UserChange { user: UserId::integer(id)?, change })
}

fn policy() -> Policy {
    Policy {
        window: Duration::from_mins(5),
        heartbeat_interval: Duration::from_mins(2),
        clock_skew: Duration::from_secs(30),
        coalesce: Duration::from_secs(10),
        refresh: Duration::from_secs(1),
        max_sessions: 20,
    }
}
