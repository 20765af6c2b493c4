//! `POST /api/chat/mark-offline`

use actix_web::{post, web};
use openapi::{
    failures::WriteFailures,
    model::{MarkOfflineReply, MarkOfflineRequest, Status},
};
use presence::{Change, Outcome, Presence, Sessions, Timestamp, UserId};

use super::{
    caller::Caller,
    error::ApiError,
    input::{self, Optional},
    wire,
};

/// Say "I am leaving"
///
/// Ends the session that is named, or all of the user's if none is: the user is offline at once,
/// unless another session lives. A beat that was sent before this and arrives after it brings
/// nobody back, if both carry a `timestamp`.
#[utoipa::path(
    tag = "presence",
    security(("bearer" = [])),
    request_body(content = Option<MarkOfflineRequest>),
    responses(
        (status = 200, description = "Stored: the session has ended", body = MarkOfflineReply),
        WriteFailures
    )
)]
#[post("/mark-offline")]
pub(super) async fn mark_offline(
    caller: Caller,
    request: Optional<MarkOfflineRequest>,
    presence: web::Data<Presence>,
) -> Result<web::Json<MarkOfflineReply>, ApiError> {
    let Optional(request) = request;
    let (user, outcome) = end(&caller, &request, &presence).await?;
    Ok(web::Json(reply(&user, &outcome, &presence)))
}

/// What became of `user`'s sessions.
pub(super) fn reply(user: &UserId, outcome: &Outcome, presence: &Presence) -> MarkOfflineReply {
    MarkOfflineReply {
        user_id: wire::user_id(user),
        status: Status::of(outcome.user.is_some()),
        last_activity: wire::time(Timestamp::EPOCH),
        // R6: a mark sets it to store time.
        last_seen: wire::time(outcome.now),
        server_time: wire::time(presence.now()),
    }
}

/// Ends the session that is named, or all of the caller's (R5).
pub(super) async fn end(
    caller: &Caller,
    request: &MarkOfflineRequest,
    presence: &Presence,
) -> Result<(UserId, Outcome), ApiError> {
    let user = caller.user()?;
    let session = input::session(request.session_id.as_deref(), caller.session())?;
    let all = request.all_sessions == Some(true);
    let sessions = if all { Sessions::All } else { Sessions::named(session) };
    let mark = Change::Mark { sessions, stamp: request.timestamp.map(wire::timestamp) };
    let outcome = presence.record(user.clone(), mark).await?;
    Ok((user, outcome))
}
