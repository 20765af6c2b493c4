//! `GET /api/chat/online-users`

use std::sync::Arc;

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

/// The answer for the latest set, encoded once for all who ask while it is that.
#[derive(Debug, Default)]
pub(crate) struct LatestAnswer(ArcSwapOption<(Arc<OnlineSet>, web::Bytes)>);

impl LatestAnswer {
    fn of(&self, set: &Arc<OnlineSet>, cadence: &Cadence) -> web::Bytes {
        if let Some(latest) = &*self.0.load()
            && Arc::ptr_eq(&latest.0, set)
        {
            return latest.1.clone();
        }
        let body = encode(set.ids(), set.cursor(), cadence);
        self.0.store(Some(Arc::new((Arc::clone(set), body.clone()))));
        body
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
