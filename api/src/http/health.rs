//! `GET /livez`, `GET /readyz`

use actix_web::{HttpResponse, get, web};
use openapi::failures::Unready;
use presence::Presence;

use super::{
    error::ApiError,
    freshness::{Freshness, StaleFor},
};
use crate::lifecycle::Lifecycle;

/// Whether the process lives
///
/// Touches nothing.
#[utoipa::path(
    tag = "operations",
    responses((status = 200, description = "It does", body = String, content_type = "text/plain"))
)]
#[get("/livez")]
pub(super) async fn is_alive() -> &'static str {
    "ok\n"
}

/// Whether to send requests here
///
/// Not before the first load, not while draining, and not when the store has been out of reach
/// for longer than `presence.stale_for`, or is a file that was moved or replaced.
#[utoipa::path(
    tag = "operations",
    responses(
        (status = 200, description = "Yes", body = String, content_type = "text/plain"),
        Unready
    )
)]
#[get("/readyz")]
pub(super) async fn is_ready(
    lifecycle: web::Data<Lifecycle>,
    presence: web::Data<Presence>,
    stale_for: web::Data<StaleFor>,
) -> Result<HttpResponse, ApiError> {
    if lifecycle.is_draining() {
        return Err(ApiError::Draining);
    }
    Freshness::of(&presence, **stale_for)?;
    if !presence.has_store() {
        return Err(ApiError::Unknown);
    }
    Ok(HttpResponse::Ok().content_type("text/plain; charset=utf-8").body("ok\n"))
}
