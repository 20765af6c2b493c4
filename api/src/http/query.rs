//! Reading queries.

use std::future::{Ready, ready};

use actix_web::{
    FromRequest, HttpRequest,
    dev::Payload,
    web::{self, Query},
};
use presence::{UserId, UserIdKind};
use utoipa::IntoParams;

use super::error::ApiError;

/// The most users that a watch list may name.
const MAX_WATCHED: usize = 200;

/// The parameters of `GET /api/chat/online-users`, as documented.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documentation; repeated parameters are read by hand")]
pub(super) struct OnlineUsersQuery {
    /// Only these users, at most 200: separated by commas, or the parameter repeated, which is
    /// the only form for string ids.
    #[param(style = Form, explode, max_items = 200, required = false)]
    ids: Option<Vec<String>>,
}

/// The users whom a client watches; nobody in particular without `ids`.
#[derive(Debug)]
pub(super) struct WatchList(pub(super) Option<Vec<UserId>>);

impl FromRequest for WatchList {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let kind =
            request.app_data::<web::Data<UserIdKind>>().map_or(UserIdKind::Integer, |kind| ***kind);
        ready(watch_list(request.query_string(), kind).map(Self))
    }
}

fn watch_list(query: &str, kind: UserIdKind) -> Result<Option<Vec<UserId>>, ApiError> {
    if query.is_empty() {
        return Ok(None);
    }
    let pairs = Query::<Vec<(String, String)>>::from_query(query)
        .map_err(|_| ApiError::field("query", "it cannot be read"))?;
    let lists: Vec<_> =
        pairs.iter().filter(|(name, _)| name == "ids").map(|(_, list)| list.as_str()).collect();
    if lists.is_empty() {
        return Ok(None);
    }
    let words = lists.into_iter().flat_map(|list| match kind {
        UserIdKind::Integer => list.split(',').collect(),
        UserIdKind::String => vec![list],
    });
    let ids: Vec<_> = words
        .map(|word| UserId::parse(kind, word).map_err(|error| ApiError::id("ids", error)))
        .collect::<Result<_, _>>()?;
    if ids.len() > MAX_WATCHED {
        return Err(ApiError::field(
            "ids",
            format!("at most {MAX_WATCHED} ids, not {}", ids.len()),
        ));
    }
    Ok(Some(ids))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(kind: UserIdKind, query: &str) -> Result<Option<Vec<String>>, String> {
        let ids = watch_list(query, kind).map_err(|error| error.to_string())?;
        Ok(ids.map(|ids| ids.iter().map(ToString::to_string).collect()))
    }

    fn ids(ids: &[&str]) -> Vec<String> {
        ids.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn integers_are_separated_by_commas_or_by_repeating() {
        let read = |query| read(UserIdKind::Integer, query);
        assert_eq!(read("ids=1,2%2C3"), Ok(Some(ids(&["1", "2", "3"]))));
        assert_eq!(read("ids=1&x=9&ids=2"), Ok(Some(ids(&["1", "2"]))));
        assert_eq!(read(""), Ok(None));
        assert_eq!(read("id=5"), Ok(None));
        for wrong in ["ids=", "ids=a", "ids=1,", "ids=-1", "ids=9007199254740992", "ids=%FF"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn strings_may_hold_commas() {
        assert_eq!(read(UserIdKind::String, "ids=a,b&ids=c+d"), Ok(Some(ids(&["a,b", "c d"]))));
        assert!(read(UserIdKind::String, "ids=").is_err());
    }

    #[test]
    fn a_watch_list_has_at_most_200_ids() {
        let list = |count: usize| format!("ids={}", vec!["7"; count].join(","));
        assert!(read(UserIdKind::Integer, &list(200)).is_ok());
        assert_eq!(
            read(UserIdKind::Integer, &list(201)),
            Err("ids: at most 200 ids, not 201".to_owned())
        );
    }
}
