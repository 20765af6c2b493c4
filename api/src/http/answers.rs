//! The answers to polls: bodies with the headers that let clients and caches save the next one.

use actix_web::{
    HttpRequest, HttpResponse, HttpResponseBuilder,
    http::header::{self, HeaderValue},
    web::Bytes,
};
use openapi::model::Seconds;
use presence::{Delta, GivenCursor, Presence, SetTag, UserId};

use super::{
    bodies, conditional,
    encoding::{self, Coding, WORTH_COMPRESSING},
    error::ApiError,
    freshness::Freshness,
    latest_answer::LatestAnswer,
};
use crate::metrics::Polls;

/// Answers polls from memory.
#[derive(Debug)]
pub(crate) struct Answers {
    poll_interval: Seconds,
    latest: LatestAnswer,
    pub(super) polls: Polls,
}

impl Answers {
    pub(super) fn new(poll_interval: Seconds, polls: Polls) -> Self {
        Self { poll_interval, latest: LatestAnswer::default(), polls }
    }

    /// Who is online, of `watched` alone if there are any; or that the client knows.
    pub(super) async fn full(
        &self,
        request: &HttpRequest,
        presence: &Presence,
        watched: Option<&[UserId]>,
    ) -> Result<HttpResponse, ApiError> {
        // Without a look at the set of all: that may have to be made first.
        let tag = || match watched {
            None => presence.tag(),
            Some(ids) => SetTag::of(&presence.online_among(ids.to_vec()).0),
        };
        let Some(mut response) = conditional::not_modified(request, tag) else {
            return self.full_with_cursor(request, presence, watched).await;
        };
        Freshness::at(request)?.add_age(&mut response);
        self.polls.unchanged.inc();
        Ok(response.finish())
    }

    /// As [`Self::full`], to a client that needs a cursor to go on from, which a 304 has not.
    pub(super) async fn full_with_cursor(
        &self,
        request: &HttpRequest,
        presence: &Presence,
        watched: Option<&[UserId]>,
    ) -> Result<HttpResponse, ApiError> {
        let freshness = Freshness::at(request)?;
        let (tag, encoded) = match watched {
            None => {
                let set = presence.online();
                let wanted = || encoding::wanted(request);
                (set.tag(), self.latest.encoded(&set, self.poll_interval, wanted).await?)
            }
            Some(ids) => {
                let (tag, body) = self.of_watched(presence, ids);
                (tag, encoding::encoded(request, body))
            }
        };
        self.polls.full.inc();
        let mut response = HttpResponse::Ok();
        conditional::add_headers(&mut response, tag);
        Ok(json(response, freshness, encoded))
    }

    /// Who came and who went, and what is new of those who are `watched`.
    pub(super) async fn delta(
        &self,
        request: &HttpRequest,
        presence: &Presence,
        delta: &Delta,
        watched: Option<&[UserId]>,
    ) -> Result<HttpResponse, ApiError> {
        let body = self.news(presence, delta, watched).await?;
        let freshness = Freshness::at(request)?;
        self.polls.delta.inc();
        let mut response = HttpResponse::Ok();
        // The next one has another address.
        response.insert_header((header::CACHE_CONTROL, HeaderValue::from_static("no-store")));
        Ok(json(response, freshness, encoding::encoded(request, body)))
    }

    async fn news(
        &self,
        presence: &Presence,
        delta: &Delta,
        watched: Option<&[UserId]>,
    ) -> Result<Bytes, ApiError> {
        let changed = match watched {
            Some(_) => Some(presence.statuses(&delta.changed).await?),
            None => None,
        };
        Ok(bodies::delta(delta, changed, self.poll_interval))
    }

    /// Either, as it is now, for a client that stands at `cursor`: the body alone.
    pub(super) async fn body(
        &self,
        presence: &Presence,
        cursor: GivenCursor,
        watched: Option<&[UserId]>,
    ) -> Result<Bytes, ApiError> {
        if let Some(delta) = presence.since(cursor, watched) {
            self.polls.delta.inc();
            return self.news(presence, &delta, watched).await;
        }
        self.polls.full.inc();
        if let Some(ids) = watched {
            return Ok(self.of_watched(presence, ids).1);
        }
        Ok(self.latest.encoded(&presence.online(), self.poll_interval, || None).await?.0)
    }

    /// The full answer to who watches `ids`.
    fn of_watched(&self, presence: &Presence, ids: &[UserId]) -> (SetTag, Bytes) {
        let (online, cursor) = presence.online_among(ids.to_vec());
        (SetTag::of(&online), bodies::full(&online, cursor, self.poll_interval))
    }
}

/// The answer with that body, as old as it is.
pub(super) fn json(
    mut response: HttpResponseBuilder,
    freshness: Freshness,
    (body, coding): (Bytes, Option<Coding>),
) -> HttpResponse {
    freshness.add_age(&mut response);
    if coding.is_some() || body.len() >= WORTH_COMPRESSING {
        response.insert_header((header::VARY, HeaderValue::from_static("accept-encoding")));
    }
    if let Some(coding) = coding {
        response.insert_header((header::CONTENT_ENCODING, coding.name()));
    }
    let json = HeaderValue::from_static("application/json");
    response.insert_header((header::CONTENT_TYPE, json)).body(body)
}
