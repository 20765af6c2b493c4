//! `POST /api/chat/heartbeat`

use actix_web::{HttpRequest, HttpResponse, post, web};
use openapi::{
    failures::WriteFailures,
    model::{HeartbeatAnswer, HeartbeatReply, HeartbeatRequest, Status},
};
use presence::{Change, Outcome, Presence, UserId, UserIdKind};

use super::{
    answers::{self, Answers},
    bodies,
    cadence::Cadence,
    caller::Caller,
    encoding,
    error::ApiError,
    freshness::Freshness,
    input::{self, Optional},
    query::Poll,
    watch_list::WatchList,
    wire,
};

/// Say "I am here"
///
/// Call it when the user comes, and again whenever `heartbeat_interval` has passed; one lost beat
/// is forgiven. Answered once it is stored, so that a 200 survives a crash. With `since`, one
/// request does for a beat and a poll.
#[utoipa::path(
    tag = "presence",
    security(("bearer" = [])),
    request_body(content = Option<HeartbeatRequest>, example = json!({ "session_id": "tab-1" })),
    responses(
        (
            status = 200,
            description = "Stored: the user is online",
            body = HeartbeatAnswer,
            headers(
                ("Age" = u64, description = "With `since`: seconds since the store was last in \
                    reach, if it is not")
            )
        ),
        WriteFailures
    )
)]
#[post("/heartbeat")]
pub(super) async fn record_heartbeat(
    caller: Caller,
    body: Optional<HeartbeatRequest>,
    request: HttpRequest,
    presence: web::Data<Presence>,
    user_ids: web::Data<UserIdKind>,
    cadence: web::Data<Cadence>,
    answers: web::Data<Answers>,
) -> Result<HttpResponse, ApiError> {
    let Optional(body) = body;
    // Of a beat that cannot be answered, nothing is stored.
    let Poll { since, watched } = Poll::of_beat(&body, **user_ids)?;
    let (user, outcome) = beat(&caller, &body, &presence).await?;
    let reply = reply(&user, &outcome, &presence, &cadence);
    let Some(since) = since else { return Ok(HttpResponse::Ok().json(reply)) };

    let freshness = Freshness::at(&request)?;
    let watched = watched.as_ref().map(WatchList::ids);
    let news = answers.body(&presence, since.cursor, watched).await?;
    let reply = HeartbeatReply { poll_interval: None, ..reply };
    let encoded = encoding::encoded(&request, bodies::join(&reply, &news));
    Ok(answers::json(HttpResponse::Ok(), freshness, encoded))
}

/// Records the beat of the caller's session.
pub(super) async fn beat(
    caller: &Caller,
    body: &HeartbeatRequest,
    presence: &Presence,
) -> Result<(UserId, Outcome), ApiError> {
    let user = caller.user()?;
    let session = input::session(body.session_id.as_deref(), caller.session())?;
    let beat = Change::Beat { session, stamp: body.timestamp.map(wire::timestamp) };
    let outcome = presence.record(user.clone(), beat).await?;
    Ok((user, outcome))
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
        poll_interval: Some(cadence.poll_interval),
    }
}
