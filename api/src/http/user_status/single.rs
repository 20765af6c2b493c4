//! `GET /api/user-status/{user_id}`

use actix_web::{HttpRequest, HttpResponse, get, web};
use openapi::{
    failures::StatusFailures,
    model::{UserId, UserStatus},
};
use presence::Presence;

use super::{answer, named_user::NamedUser};
use crate::http::{caller::Caller, error::ApiError, wire};

/// How it stands with a user
///
/// Somebody never heard of is offline and was never seen. To yourself you are shown as you are, even
/// if you hide. Answered from memory, but for when a user who is offline was last seen.
#[utoipa::path(
    tag = "status",
    security(("bearer" = [])),
    params(("user_id" = UserId, Path, description = "Who")),
    responses((status = 200, description = "Their status", body = UserStatus), StatusFailures)
)]
#[get("/{user_id}")]
pub(super) async fn get_status(
    caller: Caller,
    user: NamedUser,
    request: HttpRequest,
    presence: web::Data<Presence>,
) -> Result<HttpResponse, ApiError> {
    let NamedUser(user) = user;
    let status = if caller.named() == Some(&user) {
        presence.own_status(&user).await?.status
    } else {
        presence.status(&user).await?
    };
    answer(&request, &wire::user_status(status))
}
