//! Reading what clients send: limits, and failures that name the field.

use std::{future::Future, pin::Pin};

use actix_web::{
    FromRequest, HttpMessage, HttpRequest,
    body::{BodyStream, to_bytes_limited},
    dev::Payload,
    http::header::{CONTENT_ENCODING, CONTENT_LENGTH},
    web::Bytes,
};
use percent_encoding::percent_decode_str;
use presence::SessionId;
use serde::de::DeserializeOwned;
use serde_path_to_error::Segment;
use tokio::time::timeout;

use super::{error::ApiError, fields};
use crate::pace::PATIENCE;

/// A JSON body of at most `KIB` KiB, in which every field is optional, and so is the body itself.
#[derive(Debug)]
pub(super) struct Optional<T, const KIB: usize = 64>(pub(super) T);

impl<T, const KIB: usize> FromRequest for Optional<T, KIB>
where
    T: DeserializeOwned + Default + 'static,
{
    type Error = ApiError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, ApiError>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (media_type, coded) = (is_json(request), is_coded(request));
        let length = request.headers().get(CONTENT_LENGTH).and_then(|text| text.to_str().ok());
        let length = length.and_then(|text| text.parse().ok()).unwrap_or(0);
        let payload = payload.take();
        Box::pin(async move {
            // It is never unpacked: 2 kB could be gigabytes.
            if coded && !matches!(payload, Payload::None) {
                return Err(ApiError::Coding);
            }
            let body = read(payload, length, KIB).await?;
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

/// Whether a body is sent in a coding, known or not (RFC 9110, 8.4).
fn is_coded(request: &HttpRequest) -> bool {
    let codings = request.headers().get_all(CONTENT_ENCODING);
    let mut codings = codings.flat_map(|line| line.as_bytes().split(|byte| *byte == b','));
    codings.any(|coding| {
        let coding = coding.trim_ascii();
        !coding.is_empty() && !coding.eq_ignore_ascii_case(b"identity")
    })
}

/// All that comes, of which `length` bytes are announced; as it was sent.
async fn read(payload: Payload, length: usize, kib: usize) -> Result<Bytes, ApiError> {
    let most = kib * 1024;
    if length > most {
        return Err(ApiError::TooLarge(kib));
    }
    let body = to_bytes_limited(BodyStream::new(payload), most);
    let body = timeout(PATIENCE, body).await.map_err(|_| ApiError::TooSlow)?;
    let body = body.map_err(|_| ApiError::TooLarge(kib))?;
    body.map_err(|_| ApiError::field("body", "it did not arrive whole"))
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
        let known = |key: &str| fields::names::<T>().iter().find(|name| **name == key).copied();
        let field = match error.path().iter().next() {
            Some(Segment::Map { key }) => known(key),
            _ => None,
        };
        ApiError::field(field.unwrap_or("body"), ours(error.inner()))
    })?;
    json.end().map_err(|error| ApiError::field("body", ours(&error)))?;
    Ok(value)
}

/// What of a message is ours: neither the value that cannot be used, which is the client's, nor
/// the position, which says nothing to whoever made the JSON by a library.
fn ours(error: &serde_json::Error) -> String {
    let message = error.to_string();
    let message = message.rsplit_once(" at line ").map_or(&*message, |(message, _)| message);
    match message.rsplit_once(", expected ") {
        Some((_, expected)) => format!("expected {expected}"),
        None => message.to_owned(),
    }
}

/// The value of `field`, which a request cannot do without.
///
/// # Errors
///
/// [`ApiError::Invalid`] when it has none.
pub(super) fn required<T>(field: &'static str, value: Option<T>) -> Result<T, ApiError> {
    value.ok_or_else(|| ApiError::field(field, "it is needed"))
}

/// The session that a request is about (R5): of its body, else of its token.
pub(super) fn session(named: Option<&str>, of_token: &SessionId) -> Result<SessionId, ApiError> {
    match named {
        Some(name) => SessionId::parse(name).map_err(|error| ApiError::id("session_id", error)),
        None => Ok(of_token.clone()),
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;
    use openapi::model::{BatchRequest, MarkOfflineRequest};

    use super::*;

    fn refusal<T: DeserializeOwned>(body: &str) -> String {
        parse::<T>(body.as_bytes()).map(drop).unwrap_err().to_string()
    }

    #[test]
    fn of_a_value_that_cannot_be_used_it_is_told_what_was_expected() {
        let mark = refusal::<MarkOfflineRequest>;
        assert_eq!(mark(r#"{"all_sessions":"x"}"#), "all_sessions: expected a boolean");
        let sly = r#"{"all_sessions":"x at line 5, expected y at line 7"}"#;
        assert_eq!(mark(sly), "all_sessions: expected a boolean");
        assert_eq!(mark(r#"{"session_id":{"a":5}}"#), "session_id: expected a string");
        assert!(mark(r#"{"timestamp":"x"}"#).starts_with("timestamp: expected an RFC 3339 time"));
        assert_eq!(refusal::<BatchRequest>(r#"{"user_ids":[-5]}"#), "user_ids: expected a user id");
        assert!(mark(r#"{"session_id":"a","session_id":"b"}"#).ends_with("`session_id`"));
    }

    #[test]
    fn what_a_client_calls_a_field_is_not_told() {
        for body in [r#"{"forged":!}"#, r#"{"forged":{"a":[}}"#, "{\"forged\\u0000\":\"\u{1}\"}"] {
            let refusal = refusal::<MarkOfflineRequest>(body);
            assert!(refusal.starts_with("body: ") && !refusal.contains("forged"), "{refusal}");
        }
    }

    #[test]
    fn whatever_is_not_identity_is_a_coding() {
        let is_coded = |lines: &[&str]| {
            let append = |request: TestRequest, line: &&str| {
                request.append_header((CONTENT_ENCODING, *line))
            };
            is_coded(&lines.iter().fold(TestRequest::post(), append).to_http_request())
        };
        for plain in [&[][..], &[""], &["identity"], &["IDENTITY , ,identity"], &["identity", ""]] {
            assert!(!is_coded(plain), "{plain:?}");
        }
        for coded in [&["gzip"][..], &["x"], &["identity,br"], &["identity", "zstd"], &["ü"]] {
            assert!(is_coded(coded), "{coded:?}");
        }
    }
}
