//! `POST /api/chat/heartbeat`

use actix_web::{post, web};
use openapi::{
    failures::WriteFailures,
    model::{HeartbeatReply, HeartbeatRequest, Status},
};
use presence::{Change, Outcome, Presence, UserId};

use super::{
    cadence::Cadence,
    caller::Caller,
    error::ApiError,
    input::{self, Optional},
    wire,
};

/// Say "I am here"
///
/// Call it when the user comes, and again whenever `heartbeat_interval` has passed; one lost beat
/// is forgiven. Answered once it is stored, so that a 200 survives a crash.
#[utoipa::path(
    tag = "presence",
    security(("bearer" = [])),
    request_body(content = Option<HeartbeatRequest>),
    responses(
        (status = 200, description = "Stored: the user is online", body = HeartbeatReply),
        WriteFailures
    )
)]
#[post("/heartbeat")]
pub(super) async fn record_heartbeat(
    caller: Caller,
    request: Optional<HeartbeatRequest>,
    presence: web::Data<Presence>,
    cadence: web::Data<Cadence>,
) -> Result<web::Json<HeartbeatReply>, ApiError> {
    let (user, Optional(request)) = (caller.user()?, request);
    let session = input::session(request.session_id.as_deref(), caller.session())?;
    let beat = Change::Beat { session, stamp: request.timestamp.map(wire::timestamp) };
    let outcome = presence.record(user.clone(), beat).await?;
    Ok(web::Json(reply(&user, &outcome, &presence, &cadence)))
}

fn reply(
    user: &UserId,
    outcome: &Outcome,
    presence: &Presence,
    cadence: &Cadence,
) -> HeartbeatReply {
    let window = presence.policy().window;
    HeartbeatReply {
        user_id: wire::user_id(user),
        status: Status::of(outcome.user.is_some()),
        last_activity: outcome.session.map(wire::time),
        online_until: outcome.user.map(|last_activity| wire::time(last_activity.plus(window))),
        server_time: wire::time(presence.now()),
        heartbeat_interval: cadence.heartbeat_interval,
        poll_interval: cadence.poll_interval,
    }
}
