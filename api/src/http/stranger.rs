//! Somebody who needs no token.

use std::future::{Ready, ready};

use actix_web::{FromRequest, HttpRequest, dev::Payload, web};

use super::{address, error::ApiError};
use crate::limits::Limits;

/// Whoever asks, counted by their address. For routes that cost something and are open.
#[derive(Debug)]
pub(super) struct Stranger;

impl FromRequest for Stranger {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(count(request).map(|()| Self))
    }
}

/// Counts a request without a valid token.
///
/// # Errors
///
/// [`ApiError::TooMany`] when it is one too many.
pub(super) fn count(request: &HttpRequest) -> Result<(), ApiError> {
    let limits = request.app_data::<web::Data<Limits>>();
    Ok(limits.map_or(Ok(()), |limits| limits.count_address(address::of(request)))?)
}
