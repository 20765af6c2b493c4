//! `POST /api/user-status/batch`

use actix_web::{HttpRequest, HttpResponse, post, web};
use openapi::{
    failures::BatchFailures,
    model::{BatchReply, BatchRequest},
};
use presence::{Presence, UserId, UserIdKind};

use super::answer;
use crate::http::{
    caller::Caller,
    error::ApiError,
    input::{Optional, required},
    wire,
};

/// The most users that a batch may name.
const MAX_USERS: usize = 1000;

/// A body has room for so many of the longest ids.
const MAX_KIB: usize = 320;

/// How it stands with several users
///
/// In the order asked, each as often as asked. Answered from memory and, if any of them is offline,
/// one query.
#[utoipa::path(
    tag = "status",
    security(("bearer" = [])),
    request_body(content = BatchRequest),
    responses((status = 200, description = "Their statuses", body = BatchReply), BatchFailures)
)]
#[post("/batch")]
pub(super) async fn get_statuses(
    caller: Caller,
    body: Optional<BatchRequest, MAX_KIB>,
    request: HttpRequest,
    presence: web::Data<Presence>,
    ids: web::Data<UserIdKind>,
) -> Result<HttpResponse, ApiError> {
    let Optional(body) = body;
    let users = read(body, **ids)?;
    let mut statuses = presence.statuses(&users).await?;
    // The truth about the caller, for the caller (R11).
    if let Some(own) = caller.named().filter(|own| users.contains(own)) {
        let truth = presence.own_status(own).await?.status;
        for status in statuses.iter_mut().filter(|status| status.user == *own) {
            status.clone_from(&truth);
        }
    }
    let users = statuses.into_iter().map(wire::user_status).collect();
    answer(&request, &BatchReply { users })
}

fn read(body: BatchRequest, kind: UserIdKind) -> Result<Vec<UserId>, ApiError> {
    let ids = required("user_ids", body.user_ids)?;
    if ids.is_empty() || ids.len() > MAX_USERS {
        let detail = format!("1 to {MAX_USERS} ids, not {}", ids.len());
        return Err(ApiError::field("user_ids", detail));
    }
    let users = ids.iter().map(|id| wire::user(kind, id)).collect::<Result<_, _>>();
    users.map_err(|error| ApiError::id("user_ids", error))
}
