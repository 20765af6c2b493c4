//! Between the vocabulary of presence and that of the wire.

use openapi::model::{
    Availability as WireAvailability, Status, Time, UserId as WireUserId, UserStatus as WireStatus,
};
use presence::{Availability, InvalidId, Timestamp, UserId, UserIdKind, UserIdValue, UserStatus};

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

pub(super) fn availability(availability: Availability) -> WireAvailability {
    match availability {
        Availability::Available => WireAvailability::Available,
        Availability::Away => WireAvailability::Away,
        Availability::Busy => WireAvailability::Busy,
        Availability::Dnd => WireAvailability::Dnd,
    }
}

/// A status object.
pub(super) fn user_status(status: UserStatus) -> WireStatus {
    let UserStatus { user, is_online, last_seen, declared } = status;
    WireStatus {
        user_id: user_id(&user),
        is_online,
        status: Status::of(is_online),
        last_seen: last_seen.map(time),
        availability: availability(declared.availability),
        text: declared.text.as_deref().map(Into::into),
        emoji: declared.emoji.as_deref().map(Into::into),
        expires_at: declared.expires_at.map(time),
    }
}
