//! `GET /api/users`

use accounts::{Account, Accounts, Search};
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
    /// Only users whose user name or display name has a word that begins like this, or goes on like it
    /// from some word, whatever the case: `lov` and `ada l` find Ada Lovelace. At most 100 characters, of
    /// which 64 count.
    #[param(required = false, max_length = 100, example = "ada")]
    q: Option<String>,
}

/// Who has an account
///
/// With their statuses, a page at a time: in the order in which they registered, or with `q` in that of what
/// it finds in their names. A user who was there when the first page was read, and stays under that
/// name, is neither skipped nor repeated.
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
    let search = pairs.iter().find(|(name, _)| name == "q").map(|(_, text)| Search::parse(text));
    let search = search.transpose().map_err(|error| ApiError::field("q", error))?.flatten();
    let (found, next) = match search {
        Some(search) => search_page(&accounts, &search, &pairs).await?,
        None => list_page(&accounts, **ids, &pairs).await?,
    };
    let ids: Vec<_> = found.iter().map(|account| account.user.clone()).collect();
    let statuses = presence.statuses(&ids).await?.into_iter().map(wire::user_status);
    let contact = |(account, status)| Contact { user: user(account), status };
    Ok(web::Json(UsersReply {
        users: found.into_iter().zip(statuses).map(contact).collect(),
        next,
    }))
}

type Pairs = [(String, String)];

async fn list_page(
    accounts: &Accounts,
    ids: UserIdKind,
    pairs: &Pairs,
) -> Result<(Vec<Account>, Option<String>), ApiError> {
    let page = Page::read(List::Users, ids, pairs)?;
    let mut found = accounts.list(page.after(), page.wanted() as u64).await?;
    let next = page.cut(&mut found, |account| &account.user);
    Ok((found, next))
}

async fn search_page(
    accounts: &Accounts,
    search: &Search,
    pairs: &Pairs,
) -> Result<(Vec<Account>, Option<String>), ApiError> {
    let (page, after) = Page::read_by(List::Search, pairs, |text| search.place(text))?;
    let mut found = accounts.search(search, after, page.wanted()).await?;
    let next = page.cut_by(&mut found, |(_, place)| place.text());
    Ok((found.into_iter().map(|(account, _)| account).collect(), next))
}
