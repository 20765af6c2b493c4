//! How well the node knows what it answers: what a read needs before it is answered.

use std::time::Duration;

use actix_web::{HttpRequest, HttpResponseBuilder, http::header, web};
use presence::Presence;

use super::error::ApiError;

/// How long the store may have been out of reach before reads are refused.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StaleFor(pub(crate) Duration);

/// What the node knows is good enough to answer from, and this old.
#[derive(Clone, Copy, Debug)]
pub(super) struct Freshness {
    /// How long ago the store was last in reach, if that is longer than it should be.
    age: Option<Duration>,
}

impl Freshness {
    /// # Errors
    ///
    /// [`ApiError::Unknown`] before the first load, and when the store has been out of reach for
    /// too long.
    pub(super) fn of(presence: &Presence, stale_for: StaleFor) -> Result<Self, ApiError> {
        // All being well, the last contact is up to a refresh ago, and as long as that one took.
        let usual = 2 * presence.policy().refresh;
        let age = presence.age().filter(|age| *age <= usual.max(stale_for.0));
        let age = age.ok_or(ApiError::Unknown)?;
        let late = age > usual;
        Ok(Self { age: late.then_some(age) })
    }

    /// As of now, at the node that serves `request`.
    ///
    /// # Errors
    ///
    /// As [`Self::of`].
    pub(super) fn at(request: &HttpRequest) -> Result<Self, ApiError> {
        let presence = request.app_data::<web::Data<Presence>>();
        let stale_for = request.app_data::<web::Data<StaleFor>>();
        let (presence, stale_for) = presence.zip(stale_for).ok_or(ApiError::Unknown)?;
        Self::of(presence, ***stale_for)
    }

    /// RFC 9111, 5.1: how old the answer is, if it is not fresh.
    pub(super) fn add_age(self, response: &mut HttpResponseBuilder) {
        if let Some(age) = self.age {
            response.insert_header((header::AGE, age.as_secs().max(1)));
        }
    }
}
