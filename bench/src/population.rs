//! Databases full of users who are online.

use std::{path::Path, time::Duration};

use presence::{
    Change, Database, News, Policy, Position, PresenceStore, SessionId, SqliteStore, UserChange,
    UserId, UserIdKind,
};

/// Puts `users` who just beat into a new database at `path`.
pub(crate) async fn populate(path: &Path, users: u64) -> anyhow::Result<()> {
    let url = format!("sqlite://{}?mode=rwc", path.display());
    let db = Database::new(&url)?.connect(1, Duration::from_secs(10)).await?;
    migration::up(&db).await?;
    let store = SqliteStore::open(db.clone(), UserIdKind::Integer).await?;
    let mut since = Position::START;
    let ids: Vec<_> = (0..users).collect();
    for ids in ids.chunks(1_000) {
        let beats: Vec<_> = ids.iter().map(|id| beat(*id)).collect::<Result<_, _>>()?;
        if let News::Feed(feed) = store.write(&beats, &policy(), since).await? {
            since = feed.until;
        }
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
