//! `GET /metrics`

use actix_web::{HttpResponse, get, web};
use presence::Presence;

use super::error::ApiError;
use crate::{
    issuer_keys::IssuerKeys,
    lifecycle::Lifecycle,
    limits::Limits,
    metrics::{Metrics, Node},
};

/// What this node has counted
///
/// In the text format of Prometheus. Names no user.
#[utoipa::path(
    tag = "operations",
    responses((
        status = 200,
        description = "All numbers",
        body = String,
        content_type = "text/plain"
    ))
)]
#[get("/metrics")]
pub(super) async fn get_metrics(
    metrics: web::Data<Metrics>,
    presence: web::Data<Presence>,
    lifecycle: web::Data<Lifecycle>,
    keys: web::Data<IssuerKeys>,
    limits: web::Data<Limits>,
) -> Result<HttpResponse, ApiError> {
    let node = Node { presence: &presence, lifecycle: &lifecycle, keys: &keys, limits: &limits };
    let text = metrics.text(&node).map_err(|_| ApiError::Unknown)?;
    Ok(HttpResponse::Ok().content_type("text/plain; version=0.0.4; charset=utf-8").body(text))
}
