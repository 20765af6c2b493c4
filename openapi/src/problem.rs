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
