//! `GET /api/chat/online-users`

use std::sync::{Arc, OnceLock};

use actix_web::{
    HttpResponse, get,
    http::header::{self, HeaderValue},
    web,
};
use arc_swap::ArcSwapOption;
use openapi::{failures::ReadFailures, model::OnlineUsersReply};
use presence::{Cursor, OnlineSet, Presence, UserId};

use super::{
    cadence::Cadence,
    caller::Caller,
    error::ApiError,
    freshness::Freshness,
    query::{OnlineUsersQuery, WatchList},
    wire,
};

/// Who is online
///
/// All of them, or those of `ids` who are. Answered from memory: a poll costs no query. Poll
/// again after `poll_interval` seconds.
#[utoipa::path(
    tag = "presence",
    security(("bearer" = [])),
    params(OnlineUsersQuery),
    responses(
        (
            status = 200,
            description = "Who is online",
            body = OnlineUsersReply,
            headers(("Age" = u64, description = "Seconds since the store was last in reach, if it is not"))
        ),
        ReadFailures
    )
)]
#[get("/online-users")]
pub(super) async fn list_online_users(
    _caller: Caller,
    freshness: Freshness,
    watched: WatchList,
    presence: web::Data<Presence>,
    cadence: web::Data<Cadence>,
    latest: web::Data<LatestAnswer>,
) -> Result<HttpResponse, ApiError> {
    let body = match watched.0 {
        None => latest.of(&presence.online(), &cadence),
        Some(ids) => {
            let (online, cursor) = presence.online_among(ids);
            encode(&online, cursor, &cadence)
        }
    };
    let mut response = HttpResponse::Ok();
    freshness.add_age(&mut response);
    let json = HeaderValue::from_static("application/json");
    Ok(response.insert_header((header::CONTENT_TYPE, json)).body(body))
}

/// The answer for the latest set, encoded once, by whoever asks for it first.
#[derive(Debug, Default)]
pub(crate) struct LatestAnswer(ArcSwapOption<Answer>);

#[derive(Debug)]
struct Answer {
    set: Arc<OnlineSet>,
    body: OnceLock<web::Bytes>,
}

impl LatestAnswer {
    fn of(&self, set: &Arc<OnlineSet>, cadence: &Cadence) -> web::Bytes {
        let is_of_set = |answer: &Option<Arc<Answer>>| {
            answer.as_ref().is_some_and(|answer| Arc::ptr_eq(&answer.set, set))
        };
        if !is_of_set(&self.0.load()) {
            let fresh = Arc::new(Answer { set: Arc::clone(set), body: OnceLock::new() });
            // Of all who find the set new, one puts its answer here; the others take that.
            self.0.rcu(
                |latest| if is_of_set(latest) { latest.clone() } else { Some(Arc::clone(&fresh)) },
            );
        }
        let encode = || encode(set.ids(), set.cursor(), cadence);
        match &*self.0.load() {
            Some(answer) if Arc::ptr_eq(&answer.set, set) => {
                answer.body.get_or_init(encode).clone()
            }
            // Overtaken by the next set already.
            Some(_) | None => encode(),
        }
    }
}

fn encode(ids: &[UserId], cursor: Cursor, cadence: &Cadence) -> web::Bytes {
    let reply = OnlineUsersReply {
        online_users: ids.iter().map(wire::user_id).collect(),
        count: ids.len(),
        cursor: cursor.to_string(),
        poll_interval: cadence.poll_interval,
    };
    serde_json::to_vec(&reply).unwrap_or_default().into()
}
