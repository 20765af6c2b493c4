//! `PUT /api/user-status/last-seen`

use actix_web::{HttpRequest, HttpResponse, put, web};
use openapi::{
    failures::WriteFailures,
    model::{HeartbeatRequest, UserStatus},
};
use presence::{Presence, UserIdKind};

use super::answer;
use crate::http::{caller::Caller, error::ApiError, heartbeat, input::Optional, query::Poll, wire};

/// Record activity
///
/// Does what a heartbeat does, and answers your own status.
#[utoipa::path(
    tag = "status",
    security(("bearer" = [])),
    request_body(content = Option<HeartbeatRequest>, example = json!({ "session_id": "tab-1" })),
    responses((status = 200, description = "Stored: this is your status", body = UserStatus), WriteFailures)
)]
#[put("/last-seen")]
pub(super) async fn record_activity(
    caller: Caller,
    body: Optional<HeartbeatRequest>,
    request: HttpRequest,
    presence: web::Data<Presence>,
    user_ids: web::Data<UserIdKind>,
) -> Result<HttpResponse, ApiError> {
    let Optional(body) = body;
    // What is wrong in a heartbeat is wrong here, too.
    Poll::of_beat(&body, **user_ids)?;
    let (user, _) = heartbeat::beat(&caller, &body, &presence).await?;
    answer(&request, &wire::user_status(presence.own_status(&user).await?.status))
}
