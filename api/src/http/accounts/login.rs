//! `POST /api/auth/login`

use accounts::{Accounts, AccountsError};
use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{self, HeaderValue},
    post, web,
};
use openapi::{
    failures::LoginFailures,
    model::{LoginReply, LoginRequest},
};
use presence::{Presence, StoreError};

use super::user;
use crate::{
    auth::Issuer,
    http::{
        address,
        error::ApiError,
        input::{Optional, required},
        stranger::Stranger,
    },
};

/// Get a token
///
/// Open: it needs none. Every login is a session of its own, so that a logout ends this one alone.
/// Beats without a `session_id` belong to it.
///
/// From the fifth wrong password on for one name and network, each is a 429 and costs a wait, which
/// doubles to a minute; until it is over the right password is a 429 as well. So it is, of names that nobody has too.
#[utoipa::path(
    tag = "accounts",
    request_body(content = LoginRequest),
    responses(
        (
            status = 200,
            description = "The name and the password are right",
            body = LoginReply,
            headers(("Cache-Control" = String, description = "`no-store`"))
        ),
        LoginFailures
    )
)]
#[post("/login")]
pub(super) async fn log_in(
    _counted: Stranger,
    origin: HttpRequest,
    request: Optional<LoginRequest>,
    accounts: web::Data<Accounts>,
    issuer: web::Data<Issuer>,
    presence: web::Data<Presence>,
) -> Result<HttpResponse, ApiError> {
    let Optional(request) = request;
    let username = required("username", request.username)?;
    let password = required("password", request.password)?;
    let (from, clock) = (address::of(&origin), presence.clone());
    let account = accounts.login(&username, password.0, from, move || clock.now()).await?;
    let account = account.ok_or(ApiError::WrongLogin)?;
    let token = issuer
        .issue(account.user.clone(), presence.now())
        .map_err(|error| AccountsError::Unavailable(StoreError::new(error)))?;
    let no_store = (header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(HttpResponse::Ok().insert_header(no_store).json(LoginReply {
        access_token: token.token,
        token_type: "Bearer",
        expires_in: token.ttl.as_secs(),
        user: user(account),
    }))
}
