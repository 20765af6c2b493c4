//! Between the vocabulary of presence and that of the wire.

use openapi::model::{Time, UserId as WireUserId};
use presence::{Timestamp, UserId, UserIdValue};

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
