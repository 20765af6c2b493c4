//! The user whom a path names.

use actix_web::{FromRequest, HttpRequest, dev::Payload, web};
use futures::future::{Ready, ready};
use presence::{UserId, UserIdKind};

use crate::http::{error::ApiError, fallback, input::is_utf8};

/// `{user_id}` in the path.
#[derive(Clone, Debug)]
pub(super) struct NamedUser(pub(super) UserId);

/// The other things that stand in that place, at the end of a path. Users of these names are reached
/// by batch alone.
const OTHERS: [&str; 3] = ["online", "me", "batch"];

impl FromRequest for NamedUser {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        ready(read(request, payload))
    }
}

fn read(request: &HttpRequest, payload: &mut Payload) -> Result<NamedUser, ApiError> {
    let path = web::Path::<String>::from_request(request, payload).into_inner();
    let text = path.map_err(|_| ApiError::NotFound)?.into_inner();
    if OTHERS.contains(&&*text) && request.path().ends_with(&text) {
        return Err(fallback::refusal(request));
    }
    if !is_utf8(request.path()) {
        return Err(ApiError::field("user_id", "it is not UTF-8"));
    }
    let kind = request.app_data::<web::Data<UserIdKind>>();
    let kind = kind.map_or(UserIdKind::Integer, |kind| ***kind);
    UserId::parse(kind, &text).map(NamedUser).map_err(|error| match &*text {
        "last-seen" => fallback::refusal(request),
        _ => ApiError::id("user_id", error),
    })
}
