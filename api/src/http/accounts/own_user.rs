//! `GET /api/users/me`, `PATCH /api/users/me`

use accounts::{Account, Accounts, Field, Profile};
use actix_web::{
    HttpResponse, get,
    http::header::{self, HeaderValue},
    patch, web,
};
use openapi::{
    failures::{OwnUserFailures, ProfileFailures},
    model::{Given, OwnUser, ProfileRequest},
};
use presence::{Presence, Timestamp};

use super::own_user;
use crate::http::{caller::Caller, error::ApiError, input::Optional};

/// Who you are
///
/// What others see of you, and what you alone do.
#[utoipa::path(
    tag = "accounts",
    security(("bearer" = [])),
    responses((status = 200, description = "The token's user", body = OwnUser), OwnUserFailures)
)]
#[get("/me")]
pub(super) async fn get_own_user(
    caller: Caller,
    accounts: web::Data<Accounts>,
) -> Result<HttpResponse, ApiError> {
    show(accounts.find(&caller.user()?).await?)
}

/// Change what you say of yourself
///
/// A field that is left out stays as it is, and null clears it. Of an invalid request nothing is
/// changed.
#[utoipa::path(
    tag = "accounts",
    security(("bearer" = [])),
    request_body(
        content = Option<ProfileRequest>,
        example = json!({ "display_name": "Ada Lovelace", "gender": null })
    ),
    responses(
        (status = 200, description = "Changed: this is how it is now", body = OwnUser),
        ProfileFailures
    )
)]
#[patch("/me")]
pub(super) async fn change_own_user(
    caller: Caller,
    request: Optional<ProfileRequest>,
    accounts: web::Data<Accounts>,
    presence: web::Data<Presence>,
) -> Result<HttpResponse, ApiError> {
    let (user, Optional(request)) = (caller.user()?, request);
    show(accounts.change(&user, profile(request, presence.now())?).await?)
}

/// For its owner's eyes, and no cache's.
fn show(account: Option<Account>) -> Result<HttpResponse, ApiError> {
    let account = account.ok_or(ApiError::NoAccount)?;
    let no_store = (header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(HttpResponse::Ok().insert_header(no_store).json(own_user(account)))
}

fn profile(request: ProfileRequest, now: Timestamp) -> Result<Profile, ApiError> {
    let mut profile = Profile::default();
    for (name, field, given) in [
        ("display_name", Field::DisplayName, request.display_name),
        ("avatar_url", Field::AvatarUrl, request.avatar_url),
        ("gender", Field::Gender, request.gender),
        ("birthdate", Field::Birthdate, request.birthdate),
        ("phone_number", Field::PhoneNumber, request.phone_number),
    ] {
        let value = match given {
            Given::Nothing => continue,
            Given::Null => None,
            Given::Value(text) => Some(text),
        };
        profile.set(field, value, now).map_err(|error| ApiError::field(name, error))?;
    }
    Ok(profile)
}
