//! The answers to polls: bodies with the headers that let clients and caches save the next one.

use actix_web::{
    HttpRequest, HttpResponse, HttpResponseBuilder,
    http::header::{self, HeaderValue},
    web::Bytes,
};
use openapi::model::Seconds;
use presence::{Delta, Presence, SetTag, UserId};

use super::{
    bodies, conditional, encoding, error::ApiError, freshness::Freshness,
    latest_answer::LatestAnswer,
};

/// Answers polls from memory.
#[derive(Debug)]
pub(crate) struct Answers {
    poll_interval: Seconds,
    latest: LatestAnswer,
}

impl Answers {
    pub(super) fn new(poll_interval: Seconds) -> Self {
        Self { poll_interval, latest: LatestAnswer::default() }
    }

    /// Who is online, of `watched` alone if there are any; or that the client knows.
    pub(super) async fn full(
        &self,
        request: &HttpRequest,
        presence: &Presence,
        watched: Option<&[UserId]>,
    ) -> Result<HttpResponse, ApiError> {
        // Without a look at the set: that may have to be made first.
        let tag = watched.map_or_else(
            || presence.tag(),
            |ids| SetTag::of(&presence.online_among(ids.to_vec()).0),
        );
        if conditional::has_set(request, tag) {
            let mut response = conditional::not_modified(tag);
            Freshness::at(request)?.add_age(&mut response);
            return Ok(response.finish());
        }
        self.full_with_cursor(request, presence, watched).await
    }

    /// As [`Self::full`], to a client that needs a cursor to go on from, which a 304 has not.
    pub(super) async fn full_with_cursor(
        &self,
        request: &HttpRequest,
        presence: &Presence,
        watched: Option<&[UserId]>,
    ) -> Result<HttpResponse, ApiError> {
        let freshness = Freshness::at(request)?;
        let (tag, body, coding) = match watched {
            None => {
                let set = presence.online();
                let wanted = encoding::wanted(request);
                let (body, coding) = self.latest.encoded(&set, self.poll_interval, wanted).await?;
                (set.tag(), body, coding)
            }
            Some(ids) => {
                let (online, cursor) = presence.online_among(ids.to_vec());
                (SetTag::of(&online), bodies::full(&online, cursor, self.poll_interval), None)
            }
        };
        let mut response = HttpResponse::Ok();
        conditional::add_headers(&mut response, tag);
        if let Some(coding) = coding {
            response.insert_header((header::CONTENT_ENCODING, coding.name()));
        }
        Ok(json(response, freshness, body))
    }

    /// Who came and who went.
    pub(super) fn delta(
        &self,
        request: &HttpRequest,
        delta: &Delta,
    ) -> Result<HttpResponse, ApiError> {
        let freshness = Freshness::at(request)?;
        let mut response = HttpResponse::Ok();
        // The next one has another address.
        response.insert_header((header::CACHE_CONTROL, HeaderValue::from_static("no-store")));
        Ok(json(response, freshness, bodies::delta(delta, self.poll_interval)))
    }
}

fn json(mut response: HttpResponseBuilder, freshness: Freshness, body: Bytes) -> HttpResponse {
    freshness.add_age(&mut response);
    let json = HeaderValue::from_static("application/json");
    response.insert_header((header::CONTENT_TYPE, json)).body(body)
}
