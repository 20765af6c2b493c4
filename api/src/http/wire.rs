//! Between the vocabulary of presence and that of the wire.

use openapi::model::{Time, UserId as WireUserId};
use presence::{InvalidId, Timestamp, UserId, UserIdKind, UserIdValue};

pub(super) fn time(timestamp: Timestamp) -> Time {
    Time::from_millis(timestamp.millis())
}

pub(super) fn timestamp(time: Time) -> Timestamp {
    Timestamp::from_millis(time.0.timestamp_millis())
}

pub(super) fn user_id(user: &UserId) -> WireUserId {
    match user.value() {
        UserIdValue::Integer(id) => WireUserId::Integer(id),
        UserIdValue::String(id) => WireUserId::String(id),
    }
}

/// The user whom a client means, where ids are of that kind.
pub(super) fn user(kind: UserIdKind, id: &WireUserId) -> Result<UserId, InvalidId> {
    match (kind, id) {
        (UserIdKind::Integer, WireUserId::Integer(id)) => UserId::integer(*id),
        (UserIdKind::Integer, WireUserId::String(_)) => Err(InvalidId::NotAnInteger),
        (UserIdKind::String, WireUserId::String(id)) => UserId::parse(kind, id),
        (UserIdKind::String, WireUserId::Integer(_)) => Err(InvalidId::NotAString),
    }
}
