//! `POST /api/user-status/{user_id}/mark-offline`, `DELETE /api/user-status/{user_id}`

use accounts::Accounts;
use actix_web::{HttpResponse, delete, post, web};
use openapi::{
    failures::AdminFailures,
    model::{MarkOfflineReply, UserId},
};
use presence::{Change, Presence, Sessions};

use super::named_user::NamedUser;
use crate::http::{caller::Caller, error::ApiError, mark_offline};

/// End all sessions of a user
///
/// For one who was banned, or signed out elsewhere: they are offline at once. A later heartbeat
/// brings them back, so take away their token as well.
#[utoipa::path(
    tag = "status",
    security(("bearer" = [])),
    params(("user_id" = UserId, Path, description = "Whose")),
    responses(
        (status = 200, description = "Stored: they have ended", body = MarkOfflineReply),
        AdminFailures
    )
)]
#[post("/{user_id}/mark-offline")]
pub(super) async fn mark_user_offline(
    caller: Caller,
    user: NamedUser,
    presence: web::Data<Presence>,
) -> Result<web::Json<MarkOfflineReply>, ApiError> {
    caller.must_be_admin()?;
    let NamedUser(user) = user;
    let mark = Change::Mark { sessions: Sessions::All, stamp: None };
    let outcome = presence.record(user.clone(), mark).await?;
    Ok(web::Json(mark_offline::reply(&user, &outcome, &presence)))
}

/// Erase a user
///
/// Every trace of them: sessions, status, and the account if there is one. They are offline, and were
/// never seen. A later heartbeat is that of somebody new.
#[utoipa::path(
    tag = "status",
    security(("bearer" = [])),
    params(("user_id" = UserId, Path, description = "Whom")),
    responses((status = 204, description = "Nothing of them is left"), AdminFailures)
)]
#[delete("/{user_id}")]
pub(super) async fn erase_user(
    caller: Caller,
    user: NamedUser,
    presence: web::Data<Presence>,
    accounts: Option<web::Data<Accounts>>,
) -> Result<HttpResponse, ApiError> {
    caller.must_be_admin()?;
    let NamedUser(user) = user;
    // First, so that nobody logs in again.
    if let Some(accounts) = accounts {
        accounts.erase(&user).await?;
    }
    presence.erase(&user).await?;
    Ok(HttpResponse::NoContent().finish())
}
