//! Statuses: how it stands with users, and why.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{self, HeaderValue},
    web::Bytes,
};
use openapi::model::OwnUserStatus;
use presence::OwnStatus;
use serde::Serialize;
use utoipa_actix_web::{scope, service_config::ServiceConfig};

use super::{answers, encoding, error::ApiError, freshness::Freshness, wire};

mod admin;
mod batch;
mod explain;
mod export;
mod last_seen;
mod me;
mod named_user;
mod online;
mod single;

/// In this order: what is no user's id comes before those that are.
pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(
        scope::scope("/api/user-status")
            .service(online::list_online_statuses)
            .service(online::count_online_users)
            .service(batch::get_statuses)
            .service(last_seen::record_activity)
            .service(me::get_own_status)
            .service(me::change_own_status)
            .service(single::get_status)
            .service(explain::explain_status)
            .service(export::export_user)
            .service(admin::mark_user_offline)
            .service(admin::erase_user),
    );
}

/// Like all that is said of single users, for nobody's cache.
fn answer(request: &HttpRequest, body: &impl Serialize) -> Result<HttpResponse, ApiError> {
    let freshness = Freshness::at(request)?;
    let mut response = HttpResponse::Ok();
    response.insert_header((header::CACHE_CONTROL, HeaderValue::from_static("no-store")));
    let body: Bytes = serde_json::to_vec(body).unwrap_or_default().into();
    Ok(answers::json(response, freshness, encoding::encoded(request, body)))
}

fn own(OwnStatus { status, invisible, share_last_seen }: OwnStatus) -> OwnUserStatus {
    OwnUserStatus { status: wire::user_status(status), invisible, share_last_seen }
}
