//! `POST /api/auth/register`

use accounts::{Accounts, Field, Password, Profile, Username};
use actix_web::{HttpResponse, post, web};
use openapi::{
    failures::RegisterFailures,
    model::{RegisterRequest, User},
};
use presence::Presence;

use super::user;
use crate::http::{
    error::ApiError,
    input::{Optional, required},
    stranger::Stranger,
};

/// Make an account
///
/// Open: it needs no token. To have one, log in afterwards.
#[utoipa::path(
    tag = "accounts",
    request_body(content = RegisterRequest),
    responses(
        (status = 201, description = "Made: the name is theirs", body = User),
        RegisterFailures
    )
)]
#[post("/register")]
pub(super) async fn register_user(
    _counted: Stranger,
    request: Optional<RegisterRequest>,
    accounts: web::Data<Accounts>,
    presence: web::Data<Presence>,
) -> Result<HttpResponse, ApiError> {
    let (now, Optional(request)) = (presence.now(), request);
    let username = Username::parse(&required("username", request.username)?)
        .map_err(|error| ApiError::field("username", error))?;
    let password = Password::parse(&required("password", request.password)?.0)
        .map_err(|error| ApiError::field("password", error))?;
    let mut profile = Profile::default();
    if let Some(name) = request.display_name {
        profile
            .set(Field::DisplayName, Some(name), now)
            .map_err(|error| ApiError::field("display_name", error))?;
    }
    let account = accounts.register(&username, password, &profile, now).await?;
    Ok(HttpResponse::Created().json(user(account)))
}
