//! What the feed tells, as it is written there.

use std::fmt;

use sea_orm::{DbErr, sea_query::LikeExpr};
use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, SeqAccess, Visitor, value::MapAccessDeserializer},
};

use crate::{
    Entry, Position, SessionActivity, Timestamp, UserId, UserIdKind,
    store::{columns, status::columns::ToldStatus},
};

/// One element of `presence_feed.changed`.
enum Told {
    /// An array.
    Session(ToldSession),
    /// An object.
    Status(ToldStatus),
}

struct ToldSession {
    user: String,
    session: String,
    last_activity: i64,
    proof: Proof,
}

/// What the last one or two elements of the array say: of what the session was last seen by.
enum Proof {
    /// None: the beat.
    Beat,
    /// One: a mark, which has this trusted stamp.
    Mark(Option<i64>),
    /// Two: something at this time, which the beat is older than.
    Earlier(i64),
}

/// What the row of the feed at `position` tells of users of the kind `ids`.
pub(super) fn entry(position: Position, changed: &str, ids: UserIdKind) -> Result<Entry, DbErr> {
    let told: Vec<Told> = serde_json::from_str(changed)
        .map_err(|error| DbErr::Type(format!("presence_feed.changed: {error}")))?;
    let mut entry = Entry { position, ..Entry::default() };
    for told in told {
        match told {
            Told::Session(session) => entry.sessions.extend(session.activity(position, ids)),
            Told::Status(status) => entry.statuses.extend(status.change(ids)),
        }
    }
    Ok(entry)
}

/// What `changed` is `LIKE` if it names `user`, and may be if it does not: the longest part of the id
/// that every database writes into JSON as it is.
pub(super) fn pattern(user: &UserId) -> LikeExpr {
    let id = user.to_string();
    let is_escaped = |char: char| char.is_control() || matches!(char, '"' | '\\' | '/');
    let part = id.split(is_escaped).max_by_key(|part| part.len()).unwrap_or_default();
    // In quotes a number is not found in all that have its digits.
    let part = if part == id { format!("\"{part}\"") } else { part.to_owned() };
    let part = part.replace('!', "!!").replace('%', "!%").replace('_', "!_");
    LikeExpr::new(format!("%{part}%")).escape('!')
}

impl ToldSession {
    /// What it tells; nothing if the user is not of the kind `ids`.
    fn activity(self, position: Position, ids: UserIdKind) -> Option<SessionActivity> {
        let (user, session) = columns::key(&self.user, &self.session, ids)?;
        let last_activity = Timestamp::from_millis(self.last_activity);
        let (last_seen, mark) = match self.proof {
            Proof::Beat => (last_activity, None),
            Proof::Mark(stamp) => (position.time(), stamp.map(Timestamp::from_millis)),
            Proof::Earlier(at) => (Timestamp::from_millis(at), None),
        };
        Some(SessionActivity { user, session, last_activity, last_seen, mark })
    }
}

impl<'de> Deserialize<'de> for Told {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Elements)
    }
}

struct Elements;

impl<'de> Visitor<'de> for Elements {
    type Value = Told;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("what became of a session or a status")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<Told, A::Error> {
        let missing = || A::Error::custom("an array of three or more");
        let user = array.next_element()?.ok_or_else(missing)?;
        let session = array.next_element()?.ok_or_else(missing)?;
        let last_activity = array.next_element()?.ok_or_else(missing)?;
        let stamp: Option<Option<i64>> = array.next_element()?;
        let last_seen: Option<i64> = array.next_element()?;
        let proof = match (stamp, last_seen) {
            (None, _) => Proof::Beat,
            (Some(stamp), None) => Proof::Mark(stamp),
            (Some(_), Some(at)) => Proof::Earlier(at),
        };
        Ok(Told::Session(ToldSession { user, session, last_activity, proof }))
    }

    fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<Told, A::Error> {
        ToldStatus::deserialize(MapAccessDeserializer::new(object)).map(Told::Status)
    }
}
