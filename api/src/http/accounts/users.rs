//! `GET /api/users`

use accounts::{Accounts, Search};
use actix_web::{HttpRequest, get, web};
use openapi::{
    failures::UsersFailures,
    model::{Contact, UsersReply},
};
use presence::{Presence, UserIdKind};
use utoipa::IntoParams;

use super::user;
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
pub(super) struct UsersQuery {
    /// How many at most.
    #[param(required = false, minimum = 1, maximum = 1000, default = 100)]
    limit: Option<u32>,
    /// The `next` of the answer before, unchanged.
    #[param(required = false)]
    after: Option<String>,
    /// Only users with this in their user name or their display name, whatever the case: at most
    /// 100 characters.
    #[param(required = false, max_length = 100, example = "ada")]
    q: Option<String>,
}

/// Who has an account
///
/// With their statuses, in the order in which they registered, a page at a time. A user who was there when the first
/// page was read, and stays, is neither skipped nor repeated.
#[utoipa::path(
    tag = "accounts",
    security(("bearer" = [])),
    params(UsersQuery),
    responses((status = 200, description = "A page of users", body = UsersReply), UsersFailures)
)]
#[get("")]
pub(super) async fn list_users(
    _caller: Caller,
    request: HttpRequest,
    accounts: web::Data<Accounts>,
    presence: web::Data<Presence>,
    ids: web::Data<UserIdKind>,
) -> Result<web::Json<UsersReply>, ApiError> {
    let pairs = query::pairs(request.query_string())?;
    let page = Page::read(List::Users, **ids, &pairs)?;
    let search = pairs.iter().find(|(name, _)| name == "q").map(|(_, text)| Search::parse(text));
    let search = search.transpose().map_err(|error| ApiError::field("q", error))?.flatten();
    let mut found = accounts.list(page.after(), page.wanted() as u64, search.as_ref()).await?;
    let next = page.cut(&mut found, |account| &account.user);
    let ids: Vec<_> = found.iter().map(|account| account.user.clone()).collect();
    let statuses = presence.statuses(&ids).await?.into_iter().map(wire::user_status);
    let contact = |(account, status)| Contact { user: user(account), status };
    Ok(web::Json(UsersReply {
        users: found.into_iter().zip(statuses).map(contact).collect(),
        next,
    }))
}
