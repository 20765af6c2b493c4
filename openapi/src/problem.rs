//! The body of every failure.

use serde::Serialize;
use utoipa::ToSchema;

/// Where the pages are that explain each kind, by the last part of its `type`.
pub const PROBLEMS_PATH: &str = "/problems/";

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

/// The kinds of problems. Their statuses and `type`s are contract: clients branch on them. The last one
/// stays the last: by it [`ProblemKind::ALL`] knows how many there are.
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
    /// All of them; none can be left out.
    pub const ALL: [Self; Self::Draining as usize + 1] = [
        Self::InvalidRequest,
        Self::Unauthenticated,
        Self::WrongLogin,
        Self::Forbidden,
        Self::NotFound,
        Self::NoAccount,
        Self::MethodNotAllowed,
        Self::UsernameTaken,
        Self::PayloadTooLarge,
        Self::UnsupportedMediaType,
        Self::RequestTimeout,
        Self::ExpectationFailed,
        Self::TooManyRequests,
        Self::HeaderFieldsTooLarge,
        Self::StoreUnavailable,
        Self::Overloaded,
        Self::Draining,
    ];

    /// What it means and what to do about it, for whoever writes a client.
    #[must_use]
    pub fn advice(self) -> &'static str {
        match self {
            Self::InvalidRequest => {
                "A field of the body, a parameter of the query or a part of the path is missing, has \
                 the wrong type or is out of range. The member errors names each field and says what \
                 was expected. Mend the request: sent again as it is, it fails again."
            }
            Self::Unauthenticated => {
                "The request has no bearer token, or one that is broken, expired, not valid yet, or \
                 not for this service; detail says which. Get a new token and ask once more."
            }
            Self::WrongLogin => {
                "There is no account of that name with that password. Which of the two is wrong is \
                 not told. Ask the user again."
            }
            Self::Forbidden => {
                "The token is good but does not allow this: it lacks a scope, or names no user where \
                 one is needed. Another token is needed, and a new one of the same kind will not do."
            }
            Self::NotFound => {
                "Nothing is served under this path. Compare it with the document of the API. Routes \
                 about accounts are there only where accounts are on."
            }
            Self::NoAccount => {
                "The token is good, but its user has no account in this service: it was issued by \
                 somebody else."
            }
            Self::MethodNotAllowed => {
                "The path is served, but not by this method. The header Allow lists those that are."
            }
            Self::UsernameTaken => {
                "Somebody has that user name, or one that counts as the same. Ask the user for another."
            }
            Self::PayloadTooLarge => {
                "The body is larger than this route takes; detail says how much that is. Send less, or \
                 in several requests."
            }
            Self::UnsupportedMediaType => {
                "Bodies are JSON, sent with Content-Type: application/json and without a \
                 Content-Encoding: they are not unpacked."
            }
            Self::RequestTimeout => {
                "The request did not come within 8 seconds, and the connection is closed. Try again, \
                 on a new one."
            }
            Self::ExpectationFailed => {
                "Of what a request may expect, the server knows 100-continue alone. Leave the header \
                 Expect out."
            }
            Self::HeaderFieldsTooLarge => {
                "The head of a request has at most 128 KiB and 96 headers. Mostly the token is too long, \
                 or cookies of other services come along."
            }
            Self::TooManyRequests => {
                "The user, or the address of a request without a valid token, asks more often than is \
                 answered. Nothing was changed. Wait for as many seconds as Retry-After says. Behind a \
                 proxy, see that its operator set server.trusted_proxies."
            }
            Self::StoreUnavailable => {
                "The database does not answer in time. Nothing is lost that was acknowledged. Try again \
                 after Retry-After: that is safe."
            }
            Self::Overloaded => {
                "More is waiting to be done than can be in good time. Try again after Retry-After: that \
                 is safe."
            }
            Self::Draining => {
                "This node is about to stop and is not ready for new clients. A balancer sends them to \
                 another one."
            }
        }
    }

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
            Self::UnsupportedMediaType => {
                (415, "unsupported-media-type", "The body is not plain JSON")
            }
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
        Self { kind: format!("{PROBLEMS_PATH}{slug}"), title, status, detail, errors }
    }
}
