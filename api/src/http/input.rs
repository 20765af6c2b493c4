//! Reading what clients send: limits, and failures that name the field.

use std::{future::Future, pin::Pin};

use actix_web::{
    FromRequest, HttpMessage, HttpRequest,
    dev::Payload,
    error::PayloadError,
    web::{Bytes, PayloadConfig},
};
use percent_encoding::percent_decode_str;
use presence::SessionId;
use serde::de::DeserializeOwned;
use serde_path_to_error::Segment;
use tokio::time::timeout;

use super::error::ApiError;
use crate::pace::PATIENCE;

/// The largest body that is read.
pub(super) const MAX_BODY_BYTES: usize = 64 * 1024;

/// The limit on bodies, for the framework.
pub(super) fn limits() -> PayloadConfig {
    PayloadConfig::new(MAX_BODY_BYTES)
}

/// A JSON body in which every field is optional, and so is the body itself.
#[derive(Debug)]
pub(super) struct Optional<T>(pub(super) T);

impl<T: DeserializeOwned + Default + 'static> FromRequest for Optional<T> {
    type Error = ApiError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, ApiError>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let media_type = is_json(request);
        let body = Bytes::from_request(request, payload);
        Box::pin(async move {
            let body = timeout(PATIENCE, body).await.map_err(|_| ApiError::TooSlow)?;
            let body = body.map_err(|error| unreadable(&error))?;
            if body.is_empty() {
                return Ok(Self(T::default()));
            }
            if !media_type {
                return Err(ApiError::MediaType);
            }
            parse(&body).map(Self)
        })
    }
}

fn is_json(request: &HttpRequest) -> bool {
    let media_type = request.mime_type().ok().flatten();
    media_type.is_some_and(|media_type| media_type.essence_str() == "application/json")
}

fn unreadable(error: &actix_web::Error) -> ApiError {
    match error.as_error::<PayloadError>() {
        Some(PayloadError::Overflow) => ApiError::TooLarge,
        _ => {
            ApiError::field("body", "it did not arrive whole, or in another encoding than it says")
        }
    }
}

/// Whether what is percent-encoded in `raw` is UTF-8: or different bytes would name the same user.
pub(super) fn is_utf8(raw: &str) -> bool {
    percent_decode_str(raw).decode_utf8().is_ok()
}

pub(super) fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, ApiError> {
    // Of fields that are ignored serde would not look.
    if str::from_utf8(body).is_err() {
        return Err(ApiError::field("body", "it is not UTF-8"));
    }
    // serde would take an array for a struct as well, field by field.
    if body.iter().find(|byte| !byte.is_ascii_whitespace()) != Some(&b'{') {
        return Err(ApiError::field("body", "expected a JSON object"));
    }
    let mut json = serde_json::Deserializer::from_slice(body);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let field = match error.path().iter().next() {
            Some(Segment::Map { key }) => key,
            _ => "body",
        };
        ApiError::field(field, plain(error.inner()))
    })?;
    json.end().map_err(|error| ApiError::field("body", plain(&error)))?;
    Ok(value)
}

/// The message without the position, which says nothing to whoever made the JSON by a library.
fn plain(error: &serde_json::Error) -> String {
    let message = error.to_string();
    message.split(" at line ").next().unwrap_or_default().to_owned()
}

/// The value of `field`, which a request cannot do without.
///
/// # Errors
///
/// [`ApiError::Invalid`] when it has none.
pub(super) fn required<T>(field: &str, value: Option<T>) -> Result<T, ApiError> {
    value.ok_or_else(|| ApiError::field(field, "it is needed"))
}

/// The session that a request is about (R5): of its body, else of its token.
pub(super) fn session(named: Option<&str>, of_token: &SessionId) -> Result<SessionId, ApiError> {
    match named {
        Some(name) => SessionId::parse(name).map_err(|error| ApiError::id("session_id", error)),
        None => Ok(of_token.clone()),
    }
}
