//! `GET /api/user-status/me`, `PUT /api/user-status/me`

use actix_web::{HttpRequest, HttpResponse, get, put, web};
use openapi::{
    failures::{ChangeStatusFailures, OwnStatusFailures},
    model::{Given, OwnStatusRequest, OwnUserStatus},
};
use presence::{Availability, InvalidStatus, Presence, StatusPatch, Timestamp, emoji, text};

use super::{answer, own};
use crate::http::{caller::Caller, error::ApiError, input::Optional, wire};

/// Your own status
///
/// As it is, even if you hide.
#[utoipa::path(
    tag = "status",
    security(("bearer" = [])),
    responses((status = 200, description = "Your status", body = OwnUserStatus), OwnStatusFailures)
)]
#[get("/me")]
pub(super) async fn get_own_status(
    caller: Caller,
    request: HttpRequest,
    presence: web::Data<Presence>,
) -> Result<HttpResponse, ApiError> {
    answer(&request, &own(presence.own_status(&caller.user()?).await?))
}

/// Change your own status
///
/// What is left out stays as it is, and null is the default again. With `expires_at`, availability,
/// text and emoji hold until then. With `invisible`, others see you leave, if you are online, and
/// nothing more of you until you show yourself again.
#[utoipa::path(
    tag = "status",
    security(("bearer" = [])),
    request_body(content = Option<OwnStatusRequest>, examples(
        ("do not disturb" = (value = json!({ "availability": "dnd", "text": "in a meeting", "emoji": "📅" }))),
        ("hide" = (value = json!({ "invisible": true }))),
        ("back to normal" = (value = json!({ "availability": null, "text": null, "emoji": null, "expires_at": null, "invisible": false })))
    )),
    responses(
        (status = 200, description = "Stored: this is your status", body = OwnUserStatus),
        ChangeStatusFailures
    )
)]
#[put("/me")]
pub(super) async fn change_own_status(
    caller: Caller,
    body: Optional<OwnStatusRequest>,
    request: HttpRequest,
    presence: web::Data<Presence>,
) -> Result<HttpResponse, ApiError> {
    let (user, Optional(body)) = (caller.user()?, body);
    let patch = patch(body, presence.now())?;
    answer(&request, &own(presence.change_status(&user, patch).await?))
}

fn patch(request: OwnStatusRequest, now: Timestamp) -> Result<StatusPatch, ApiError> {
    let field = |name: &'static str| move |error: InvalidStatus| ApiError::field(name, error);
    let future = |time| {
        let end = wire::timestamp(time);
        (end > now).then_some(Some(end)).ok_or(InvalidStatus::ExpiresAt)
    };
    let availability = |word: String| word.parse::<Availability>();
    Ok(StatusPatch {
        availability: read(request.availability, availability).map_err(field("availability"))?,
        text: read(request.text, |given| text(&given)).map_err(field("text"))?,
        emoji: read(request.emoji, |given| emoji(&given)).map_err(field("emoji"))?,
        expires_at: read(request.expires_at, future).map_err(field("expires_at"))?,
        invisible: or(&request.invisible, false),
        share_last_seen: or(&request.share_last_seen, true),
    })
}

/// What is given, the default if that is null; nothing if nothing is.
fn read<T, V: Default, E>(
    given: Given<T>,
    read: impl FnOnce(T) -> Result<V, E>,
) -> Result<Option<V>, E> {
    match given {
        Given::Nothing => Ok(None),
        Given::Null => Ok(Some(V::default())),
        Given::Value(value) => read(value).map(Some),
    }
}

fn or(given: &Given<bool>, default: bool) -> Option<bool> {
    match given {
        Given::Nothing => None,
        Given::Null => Some(default),
        Given::Value(value) => Some(*value),
    }
}
