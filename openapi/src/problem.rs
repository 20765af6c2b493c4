//! The body of every failure.

use serde::Serialize;
use utoipa::ToSchema;

/// Why a request failed (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
pub struct Problem {
    /// What kind of problem it is. Clients may branch on it.
    #[serde(rename = "type")]
    #[schema(example = "/problems/invalid-request")]
    pub kind: String,
    /// The kind in words, the same for every occurrence.
    #[schema(example = "The request is not valid")]
    pub title: &'static str,
    /// The status of the answer.
    #[schema(example = 400)]
    pub status: u16,
    /// What is wrong this time.
    #[schema(example = "timestamp: expected an RFC 3339 time such as 2026-01-28T14:32:59.000Z")]
    pub detail: String,
    /// Which fields are wrong; only for bad input.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub errors: Vec<FieldError>,
}

/// What is wrong with a field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldError {
    /// Which field of the body or parameter of the query.
    #[schema(example = "timestamp")]
    pub field: String,
    /// What is wrong with it.
    #[schema(example = "expected an RFC 3339 time such as 2026-01-28T14:32:59.000Z")]
    pub detail: String,
}

/// The kinds of problems. Their statuses and `type`s are contract: clients branch on them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProblemKind {
    /// A body, a query or a path that cannot be used.
    InvalidRequest,
    /// No token, or one that does not count.
    Unauthenticated,
    /// A name and a password that are not those of an account.
    WrongLogin,
    /// A token that allows less than this.
    Forbidden,
    /// Nothing is served there.
    NotFound,
    /// The token's user has no account.
    NoAccount,
    /// Something is, but not by this method.
    MethodNotAllowed,
    /// Somebody has that user name.
    UsernameTaken,
    /// The body is over the limit.
    PayloadTooLarge,
    /// The body is not JSON.
    UnsupportedMediaType,
    /// The body comes too slowly.
    RequestTimeout,
    /// Something is expected that is not done here.
    ExpectationFailed,
    /// More than the limits allow.
    TooManyRequests,
    /// The head of the request is over the limit.
    HeaderFieldsTooLarge,
    /// The store is out of reach.
    StoreUnavailable,
    /// More waits to be done than can be in good time.
    Overloaded,
    /// The node is about to go.
    Draining,
}

impl ProblemKind {
    /// Its status, the last part of its `type`, and its title.
    #[must_use]
    pub fn parts(self) -> (u16, &'static str, &'static str) {
        match self {
            Self::InvalidRequest => (400, "invalid-request", "The request is not valid"),
            Self::Unauthenticated => (401, "unauthenticated", "A valid bearer token is required"),
            Self::WrongLogin => (401, "wrong-login", "The name or the password is wrong"),
            Self::Forbidden => (403, "forbidden", "The token does not allow this"),
            Self::NotFound => (404, "not-found", "No such route"),
            Self::NoAccount => (404, "no-account", "The user has no account"),
            Self::MethodNotAllowed => (405, "method-not-allowed", "The route has no such method"),
            Self::UsernameTaken => (409, "username-taken", "The user name is taken"),
            Self::PayloadTooLarge => (413, "payload-too-large", "The body is too large"),
            Self::UnsupportedMediaType => (415, "unsupported-media-type", "The body is not JSON"),
            Self::RequestTimeout => (408, "request-timeout", "The request came too slowly"),
            Self::ExpectationFailed => {
                (417, "expectation-failed", "What is expected is not done here")
            }
            Self::HeaderFieldsTooLarge => {
                (431, "header-fields-too-large", "The head of the request is too large")
            }
            Self::TooManyRequests => (429, "too-many-requests", "More requests than are answered"),
            Self::StoreUnavailable => (503, "store-unavailable", "The store is out of reach"),
            Self::Overloaded => (503, "overloaded", "Too much is waiting"),
            Self::Draining => (503, "draining", "The node is about to go"),
        }
    }
}

impl Problem {
    /// A problem of this kind.
    #[must_use]
    pub fn new(kind: ProblemKind, detail: String, errors: Vec<FieldError>) -> Self {
        let (status, slug, title) = kind.parts();
        Self { kind: format!("/problems/{slug}"), title, status, detail, errors }
    }
}
