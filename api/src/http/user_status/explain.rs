//! `GET /api/user-status/{user_id}/explain`

use actix_web::{HttpRequest, HttpResponse, get, web};
use openapi::{
    failures::AdminFailures,
    model::{ExplainReply, SessionExplanation, SessionState, Status, UserId},
};
use presence::{Explanation, Presence};

use super::{answer, named_user::NamedUser};
use crate::http::{caller::Caller, error::ApiError, wire};

/// Why a user is on- or offline
///
/// In plain words, with every session that counts or did. In truth, even if the user hides; so this
/// is for the user themselves, and for tokens with the scope `presence:admin`.
#[utoipa::path(
    tag = "status",
    security(("bearer" = [])),
    params(("user_id" = UserId, Path, description = "Who")),
    responses((status = 200, description = "The reason", body = ExplainReply), AdminFailures)
)]
#[get("/{user_id}/explain")]
pub(super) async fn explain_status(
    caller: Caller,
    user: NamedUser,
    request: HttpRequest,
    presence: web::Data<Presence>,
) -> Result<HttpResponse, ApiError> {
    let NamedUser(user) = user;
    if caller.named() != Some(&user) {
        caller.must_be_admin()?;
    }
    answer(&request, &reply(presence.explain(&user).await?))
}

fn reply(explanation: Explanation) -> ExplainReply {
    ExplainReply {
        user_id: wire::user_id(&explanation.user),
        is_online: explanation.is_online,
        status: Status::of(explanation.is_online),
        hidden_since: explanation.hidden_since.map(wire::time),
        reason: explanation.reason,
        sessions: explanation.sessions.iter().map(session).collect(),
        server_time: wire::time(explanation.now),
    }
}

fn session(of: &presence::SessionExplanation) -> SessionExplanation {
    SessionExplanation {
        session_id: of.session.as_str().to_owned(),
        state: match of.state {
            presence::SessionState::Online => SessionState::Online,
            presence::SessionState::TimedOut => SessionState::TimedOut,
            presence::SessionState::MarkedOffline => SessionState::MarkedOffline,
        },
        last_activity: of.last_activity.map(wire::time),
        age: of.age.into(),
        last_seen: wire::time(of.last_seen),
        online_since: of.online_since.map(wire::time),
        offline_at: of.offline_at.map(wire::time),
        offline_mark: of.offline_mark.map(wire::time),
        ends_at: wire::time(of.ends_at),
    }
}
