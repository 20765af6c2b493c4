//! `GET /api/chat/online-users`

use actix_web::{HttpRequest, HttpResponse, get, web};
use openapi::{failures::ReadFailures, model::PollReply};
use presence::Presence;

use super::{
    answers::Answers,
    caller::Caller,
    error::ApiError,
    freshness::Freshness,
    query::{OnlineUsersQuery, Poll},
    watch_list::WatchList,
};
use crate::lifecycle::Lifecycle;

/// Who is online
///
/// All of them, or those of `ids` who are. Answered from memory: a poll costs no query. Poll
/// again after `poll_interval` seconds, and cheaply: with `since`, which is answered with what
/// changed, or with `If-None-Match`, which is answered with 304 while nothing did. With `since` and
/// `ids`, the answer also holds the status objects of those among them whose status changed.
#[utoipa::path(
    tag = "presence",
    security(("bearer" = [])),
    params(
        OnlineUsersQuery,
        ("If-None-Match" = Option<String>, Header, description = "The `ETag` of an earlier full \
            answer. Without `since`"),
    ),
    responses(
        (
            status = 200,
            description = "Who is online, or with `since` what changed",
            body = PollReply,
            headers(
                ("Age" = u64, description = "Seconds since the store was last in reach, if it is not"),
                ("ETag" = String, description = "Depends on the set of users and on nothing else, \
                    and all nodes agree on it. Full answers only"),
                ("Cache-Control" = String, description = "`private, no-cache`; of a delta, `no-store`"),
                ("Vary" = String, description = "`accept-encoding`, of full answers and whatever else is large")
            )
        ),
        (
            status = 304,
            description = "The set is the one that `If-None-Match` says. No body",
            headers(
                ("Age" = u64, description = "Seconds since the store was last in reach, if it is not"),
                ("ETag" = String, description = "The same again"),
                ("Cache-Control" = String, description = "`private, no-cache`"),
                ("Vary" = String, description = "`accept-encoding`")
            )
        ),
        ReadFailures
    )
)]
#[get("/online-users")]
pub(super) async fn list_online_users(
    _caller: Caller,
    poll: Poll,
    request: HttpRequest,
    presence: web::Data<Presence>,
    lifecycle: web::Data<Lifecycle>,
    answers: web::Data<Answers>,
) -> Result<HttpResponse, ApiError> {
    let watched = poll.watched.as_ref().map(WatchList::ids);
    let Some(since) = poll.since else {
        return answers.full(&request, &presence, watched).await;
    };
    // A node that knows nothing says so at once; what it knows after the wait, it says then.
    Freshness::at(&request)?;
    let held = (!since.wait.is_zero()).then(|| answers.polls.hold());
    let news = since.news(watched, &presence, &lifecycle).await;
    drop(held);
    match news {
        Some(delta) => answers.delta(&request, &presence, &delta, watched).await,
        None => answers.full_with_cursor(&request, &presence, watched).await,
    }
}
