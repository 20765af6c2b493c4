//! `GET /api/chat/config`: how often clients are to call (R12).

use actix_web::{get, web};
use openapi::{
    failures::TokenFailures,
    model::{ConfigReply, Seconds},
};
use presence::Presence;

use super::{caller::Caller, error::ApiError, wire};
use crate::settings::PresenceSettings;

/// What answers tell clients about when to call next.
#[derive(Clone, Debug)]
pub(crate) struct Cadence {
    pub(super) window: Seconds,
    pub(super) heartbeat_interval: Seconds,
    pub(super) poll_interval: Seconds,
    stale_for: Seconds,
}

impl From<&PresenceSettings> for Cadence {
    fn from(settings: &PresenceSettings) -> Self {
        Self {
            window: settings.window.0.into(),
            heartbeat_interval: settings.heartbeat_interval.0.into(),
            poll_interval: settings.poll_interval.0.into(),
            stale_for: settings.stale_for.0.into(),
        }
    }
}

/// The cadence that clients are to keep
///
/// Every answer that needs it says it too; this is for a client that wants to know before its
/// first beat.
#[utoipa::path(
    tag = "presence",
    security(("bearer" = [])),
    responses((status = 200, description = "The cadence", body = ConfigReply), TokenFailures)
)]
#[get("/config")]
pub(super) async fn get_config(
    _caller: Caller,
    presence: web::Data<Presence>,
    cadence: web::Data<Cadence>,
) -> Result<web::Json<ConfigReply>, ApiError> {
    Ok(web::Json(ConfigReply {
        window: cadence.window,
        heartbeat_interval: cadence.heartbeat_interval,
        poll_interval: cadence.poll_interval,
        stale_for: cadence.stale_for,
        server_time: wire::time(presence.now()),
    }))
}
