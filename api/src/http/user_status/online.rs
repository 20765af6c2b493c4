//! `GET /api/user-status/online`, `GET /api/user-status/online/count`

use actix_web::{HttpRequest, HttpResponse, get, web};
use openapi::{
    failures::{CountFailures, OnlinePageFailures},
    model::{CountReply, OnlinePageReply},
};
use presence::{Presence, UserIdKind};
use utoipa::IntoParams;

use super::answer;
use crate::http::{
    caller::Caller,
    error::ApiError,
    page::{List, Page},
    query, wire,
};

/// The parameters, as documented.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documentation; queries are read by hand")]
pub(super) struct OnlineQuery {
    /// How many at most.
    #[param(required = false, minimum = 1, maximum = 1000, default = 100)]
    limit: Option<u32>,
    /// The `next` of the answer before, unchanged.
    #[param(required = false)]
    after: Option<String>,
}

/// Who is online, a page at a time
///
/// With their statuses, ascending by id. Whoever is online throughout is on exactly one page,
/// whoever comes and goes meanwhile. Answered from memory.
#[utoipa::path(
    tag = "status",
    security(("bearer" = [])),
    params(OnlineQuery),
    responses(
        (status = 200, description = "A page of users", body = OnlinePageReply),
        OnlinePageFailures
    )
)]
#[get("/online")]
pub(super) async fn list_online_statuses(
    _caller: Caller,
    request: HttpRequest,
    presence: web::Data<Presence>,
    ids: web::Data<UserIdKind>,
) -> Result<HttpResponse, ApiError> {
    let page = Page::read(List::Online, **ids, &query::pairs(request.query_string())?)?;
    let mut found = presence.online_after(page.after(), page.wanted());
    let next = page.cut(&mut found, |status| &status.user);
    let users = found.into_iter().map(wire::user_status).collect();
    answer(&request, &OnlinePageReply { users, count: presence.count(), next })
}

/// How many are online
///
/// Costs the same however many they are.
#[utoipa::path(
    tag = "status",
    security(("bearer" = [])),
    responses((status = 200, description = "That many", body = CountReply), CountFailures)
)]
#[get("/online/count")]
pub(super) async fn count_online_users(
    _caller: Caller,
    request: HttpRequest,
    presence: web::Data<Presence>,
) -> Result<HttpResponse, ApiError> {
    answer(&request, &CountReply { count: presence.count() })
}
