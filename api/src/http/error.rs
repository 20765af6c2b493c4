//! Failures as answers: the only place that maps one to a status, headers and a body.

use std::{fmt, time::Duration};

use actix_web::{
    HttpResponse, HttpResponseBuilder, ResponseError,
    http::{
        Method, StatusCode,
        header::{self, HeaderValue},
    },
};
use openapi::model::{FieldError, Problem};
use presence::{InvalidId, RecordError};

use crate::auth::TokenError;

/// Everything that a handler can fail with. The message reaches the client; a cause that is not
/// theirs goes to the log alone.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ApiError {
    /// A body, a query or a path that cannot be used.
    #[error("{}", describe(.0))]
    Invalid(Vec<FieldError>),
    /// No bearer token.
    #[error("a bearer token is needed")]
    Unauthenticated,
    /// A token that does not count.
    #[error("{0}")]
    Token(#[from] TokenError),
    /// A token that allows less than this.
    #[error("{0}")]
    Forbidden(&'static str),
    /// Nothing is served here.
    #[error("there is nothing here")]
    NotFound,
    /// Something is, but not by this method.
    #[error("use {}", list(.0))]
    Method(Vec<Method>),
    /// More than the limit on bodies.
    #[error("a body has at most 64 KiB")]
    TooLarge,
    /// A body that says it is something else than JSON.
    #[error("send JSON, with Content-Type: application/json")]
    MediaType,
    /// A change that was not recorded.
    #[error("{0}")]
    Record(#[from] RecordError),
    /// Nothing is known yet, or no longer well enough.
    #[error("who is online is not known at the moment")]
    Unknown,
    /// The node is about to go. Said by its readiness alone.
    #[error("this node is draining")]
    Draining,
}

/// How soon to try again after a 503. A node that lost its store looks for it every second.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// Status, stable last part of `type`, and title of each failure. All three are contract.
fn kind(error: &ApiError) -> (StatusCode, &'static str, &'static str) {
    use StatusCode as S;
    match error {
        ApiError::Invalid(_) => (S::BAD_REQUEST, "invalid-request", "The request is not valid"),
        ApiError::Unauthenticated | ApiError::Token(_) => {
            (S::UNAUTHORIZED, "unauthenticated", "A valid bearer token is required")
        }
        ApiError::Forbidden(_) => (S::FORBIDDEN, "forbidden", "The token does not allow this"),
        ApiError::NotFound => (S::NOT_FOUND, "not-found", "No such route"),
        ApiError::Method(_) => {
            (S::METHOD_NOT_ALLOWED, "method-not-allowed", "The route has no such method")
        }
        ApiError::TooLarge => (S::PAYLOAD_TOO_LARGE, "payload-too-large", "The body is too large"),
        ApiError::MediaType => {
            (S::UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type", "The body is not JSON")
        }
        ApiError::Record(RecordError::QueueFull) => {
            (S::SERVICE_UNAVAILABLE, "overloaded", "Too much is waiting to be stored")
        }
        ApiError::Record(RecordError::Unavailable) | ApiError::Unknown => {
            (S::SERVICE_UNAVAILABLE, "store-unavailable", "The store is out of reach")
        }
        ApiError::Draining => (S::SERVICE_UNAVAILABLE, "draining", "The node is about to go"),
    }
}

impl ApiError {
    /// A single field that cannot be used.
    pub(super) fn field(field: impl Into<String>, detail: impl fmt::Display) -> Self {
        Self::Invalid(vec![FieldError { field: field.into(), detail: detail.to_string() }])
    }

    /// An id in `field` that is none.
    pub(super) fn id(field: &str, error: InvalidId) -> Self {
        Self::field(field, error)
    }

    fn body(&self) -> Problem {
        let (status, slug, title) = kind(self);
        let errors = if let Self::Invalid(errors) = self { errors.clone() } else { Vec::new() };
        Problem {
            kind: format!("/problems/{slug}"),
            title,
            status: status.as_u16(),
            detail: self.to_string(),
            errors,
        }
    }

    fn add_headers(&self, response: &mut HttpResponseBuilder) {
        match self {
            // RFC 6750, 3.
            Self::Unauthenticated => {
                response
                    .insert_header((header::WWW_AUTHENTICATE, challenge("invalid_request", self)));
            }
            Self::Token(_) => {
                response
                    .insert_header((header::WWW_AUTHENTICATE, challenge("invalid_token", self)));
            }
            Self::Forbidden(_) => {
                response.insert_header((
                    header::WWW_AUTHENTICATE,
                    challenge("insufficient_scope", self),
                ));
            }
            Self::Method(methods) => {
                response.insert_header(header::Allow(methods.clone()));
            }
            Self::Record(_) | Self::Unknown | Self::Draining => {
                response.insert_header((header::RETRY_AFTER, RETRY_AFTER.as_secs()));
            }
            Self::Invalid(_) | Self::NotFound | Self::TooLarge | Self::MediaType => {}
        }
    }
}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        kind(self).0
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        self.add_headers(&mut response);
        response
            .insert_header((
                header::CONTENT_TYPE,
                HeaderValue::from_static("application/problem+json"),
            ))
            .body(serde_json::to_string(&self.body()).unwrap_or_default())
    }
}

fn challenge(error: &str, description: &ApiError) -> String {
    // A quoted string of RFC 9110 takes no quotes; our messages use backquotes.
    format!("Bearer error=\"{error}\", error_description=\"{description}\"")
}

fn describe(errors: &[FieldError]) -> String {
    let lines: Vec<_> =
        errors.iter().map(|error| format!("{}: {}", error.field, error.detail)).collect();
    lines.join("; ")
}

fn list(methods: &[Method]) -> String {
    methods.iter().map(Method::as_str).collect::<Vec<_>>().join(" or ")
}
