//! Which pages of other origins may ask (CORS): those that are configured, and none by default.

use actix_cors::{Cors, CorsError};
use actix_web::{
    body::{EitherBody, MessageBody},
    dev::ServiceResponse,
    http::{Method, header},
    middleware::Condition,
};

use super::error::ApiError;
use crate::settings::Origin;

/// For how long a browser need not ask again whether it may ask: a day. It takes less if it likes.
const PREFLIGHT_SECONDS: usize = 24 * 60 * 60;

/// The part of the application that tells browsers, if there is anything to tell.
pub(super) fn cors(origins: &[Origin]) -> Condition<Cors> {
    let cors = Cors::default()
        .allowed_methods([Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE])
        .allowed_headers([header::AUTHORIZATION, header::CONTENT_TYPE, header::IF_NONE_MATCH])
        .expose_headers(["etag", "retry-after", "age", "x-request-id"])
        .max_age(PREFLIGHT_SECONDS);
    let cors = origins.iter().fold(cors, |cors, origin| match origin {
        // Tokens are sent by scripts, never by browsers on their own: so this gives nothing away.
        Origin::Any => cors.allow_any_origin().send_wildcard(),
        Origin::One(origin) => cors.allowed_origin(origin),
    });
    Condition::new(!origins.is_empty(), cors)
}

/// A refusal in the form of all others.
pub(super) fn as_problem<B: MessageBody>(
    response: ServiceResponse<B>,
) -> ServiceResponse<EitherBody<B>> {
    let refusal = response.response().error().and_then(|error| error.as_error::<CorsError>());
    match refusal.map(|refusal| ApiError::field("origin", refusal)) {
        None => response.map_into_left_body(),
        Some(problem) => {
            let (request, _) = response.into_parts();
            ServiceResponse::from_err(problem, request).map_into_right_body()
        }
    }
}
