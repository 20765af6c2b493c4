//! `POST /api/auth/logout`

use actix_web::{HttpResponse, post, web};
use openapi::{failures::LogoutFailures, model::MarkOfflineRequest};
use presence::Presence;

use crate::http::{caller::Caller, error::ApiError, input::Optional, mark_offline};

/// Say that the session is over
///
/// Does what mark-offline does: the session of the token ends, and the user is offline at once
/// unless another one lives. The token itself stays good until it expires: forget it.
#[utoipa::path(
    tag = "accounts",
    security(("bearer" = [])),
    request_body(content = Option<MarkOfflineRequest>),
    responses((status = 204, description = "Stored: the session has ended"), LogoutFailures)
)]
#[post("/logout")]
pub(super) async fn log_out(
    caller: Caller,
    request: Optional<MarkOfflineRequest>,
    presence: web::Data<Presence>,
) -> Result<HttpResponse, ApiError> {
    let Optional(request) = request;
    mark_offline::end(&caller, &request, &presence).await?;
    Ok(HttpResponse::NoContent().finish())
}
