//! What a poll is answered, as JSON.

use actix_web::web::Bytes;
use openapi::model::{DeltaReply, Seconds};
use presence::{Cursor, Delta, UserId, UserStatus};
use serde::{Serialize, Serializer};

use super::wire;

/// `OnlineUsersReply`, but for the list of wire ids: each is made as it is written, in little more
/// than half the time.
#[derive(Serialize)]
struct Full<'a> {
    #[serde(serialize_with = "write_ids")]
    online_users: &'a [UserId],
    count: usize,
    cursor: String,
    poll_interval: Seconds,
}

fn write_ids<S: Serializer>(ids: &[UserId], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(ids.iter().map(wire::user_id))
}

/// Who is online.
pub(super) fn full(ids: &[UserId], cursor: Cursor, poll_interval: Seconds) -> Bytes {
    let cursor = cursor.to_string();
    json(&Full { online_users: ids, count: ids.len(), cursor, poll_interval })
}

/// Who came and who went, and the statuses that changed of those who are watched, if any are.
pub(super) fn delta(
    delta: &Delta,
    changed: Option<Vec<UserStatus>>,
    poll_interval: Seconds,
) -> Bytes {
    json(&DeltaReply {
        came_online: delta.came_online.iter().map(wire::user_id).collect(),
        went_offline: delta.went_offline.iter().map(wire::user_id).collect(),
        changed: changed.map(|changed| changed.into_iter().map(wire::user_status).collect()),
        cursor: delta.cursor.to_string(),
        poll_interval,
    })
}

/// The members of both objects in one.
pub(super) fn join(one: &impl Serialize, other: &[u8]) -> Bytes {
    let mut joined = serde_json::to_vec(one).unwrap_or_default();
    joined.pop();
    joined.push(b',');
    joined.extend_from_slice(other.get(1..).unwrap_or_default());
    joined.into()
}

fn json(body: &impl Serialize) -> Bytes {
    serde_json::to_vec(body).unwrap_or_default().into()
}

#[cfg(test)]
mod tests {
    use openapi::model::OnlineUsersReply;
    use presence::{GivenCursor, UserIdKind};

    use super::*;

    #[test]
    fn joined_objects_are_one() {
        let one = serde_json::json!({ "a": 1 });
        assert_eq!(join(&one, b"{\"b\":[2]}"), "{\"a\":1,\"b\":[2]}");
    }

    #[test]
    fn the_full_answer_is_the_documented_one() {
        let GivenCursor::Known(cursor) = "AsD_7gAABmC5kk0bggAGYLlWsjYI8rc".parse().unwrap() else {
            panic!("of another version")
        };
        let poll_interval = Seconds::Whole(10);
        for (kind, ids) in [
            (UserIdKind::Integer, vec![]),
            (UserIdKind::Integer, vec!["0", "5", "9007199254740991"]),
            (UserIdKind::String, vec!["\"quoted\\\"", "ünï"]),
        ] {
            let ids: Vec<_> = ids.iter().map(|id| UserId::parse(kind, id).unwrap()).collect();
            let documented = OnlineUsersReply {
                online_users: ids.iter().map(wire::user_id).collect(),
                count: ids.len(),
                cursor: cursor.to_string(),
                poll_interval,
            };
            assert_eq!(full(&ids, cursor, poll_interval), json(&documented));
        }
    }
}
