//! `PUT /api/users/me/password`

use accounts::{Accounts, OldPassword, Password};
use actix_web::{HttpRequest, HttpResponse, put, web};
use openapi::{failures::PasswordFailures, model::PasswordRequest};
use presence::{Change, Presence, Sessions};

use crate::http::{
    address,
    caller::Caller,
    error::ApiError,
    input::{Optional, required},
};

/// Change your password
///
/// All your sessions end, this one included: you are offline until one of them beats again. A wrong
/// old password is a 400, for the token is good, and counts as a wrong one of a login.
#[utoipa::path(
    tag = "accounts",
    security(("bearer" = [])),
    request_body(content = PasswordRequest),
    responses(
        (status = 204, description = "Stored: the new password counts, and all sessions have ended"),
        PasswordFailures
    )
)]
#[put("/me/password")]
pub(super) async fn change_password(
    caller: Caller,
    origin: HttpRequest,
    request: Optional<PasswordRequest>,
    accounts: web::Data<Accounts>,
    presence: web::Data<Presence>,
) -> Result<HttpResponse, ApiError> {
    let (user, Optional(request)) = (caller.user()?, request);
    let old = required("old_password", request.old_password)?.0;
    let new = Password::parse(&required("new_password", request.new_password)?.0)
        .map_err(|error| ApiError::field("new_password", error))?;
    let (from, clock) = (address::of(&origin), presence.clone());
    let checked = accounts.check_password(&user, (old, new), from, move || clock.now()).await?;
    let change = match checked {
        OldPassword::Right(change) => change,
        OldPassword::Wrong => return Err(wrong()),
        OldPassword::NoAccount => return Err(ApiError::NoAccount),
    };
    // First: who was feared to know the old one is out, even if the database is gone the next moment.
    let end = Change::Mark { sessions: Sessions::All, stamp: None };
    presence.record(user, end).await?;
    let changed = accounts.change_password(change).await?;
    if changed { Ok(HttpResponse::NoContent().finish()) } else { Err(wrong()) }
}

fn wrong() -> ApiError {
    ApiError::field("old_password", "this is not the password of your account")
}
