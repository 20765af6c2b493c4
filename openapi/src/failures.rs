//! The error answers of the document, so that every route documents each one that it can give.

use std::collections::BTreeMap;

use utoipa::{
    IntoResponses, ToSchema,
    openapi::{
        ContentBuilder, HeaderBuilder, Ref, RefOr, Response, ResponseBuilder,
        schema::{ObjectBuilder, Type},
    },
};

use crate::model::Problem;

/// What a route with a token may fail with.
#[derive(Debug)]
pub struct TokenFailures;

/// What a route with a token and a query, answered from memory, may fail with.
#[derive(Debug)]
pub struct ReadFailures;

/// What a route that stores something about the token's user may fail with.
#[derive(Debug)]
pub struct WriteFailures;

/// What a readiness check may fail with.
#[derive(Debug)]
pub struct Unready;

type Responses = BTreeMap<String, RefOr<Response>>;

impl IntoResponses for TokenFailures {
    fn responses() -> Responses {
        failures(&[401])
    }
}

impl IntoResponses for ReadFailures {
    fn responses() -> Responses {
        failures(&[400, 401, 503])
    }
}

impl IntoResponses for WriteFailures {
    fn responses() -> Responses {
        failures(&[400, 401, 403, 413, 415, 503])
    }
}

impl IntoResponses for Unready {
    fn responses() -> Responses {
        failures(&[503])
    }
}

fn failures(statuses: &[u16]) -> Responses {
    statuses.iter().map(|status| (status.to_string(), failure(*status).into())).collect()
}

fn failure(status: u16) -> Response {
    let (description, header) = match status {
        400 => ("A field has the wrong type or is out of range; `errors` names it.", None),
        401 => (
            "No token, or one that is broken, expired, not valid yet, or not for this service.",
            Some(("WWW-Authenticate", Type::String)),
        ),
        403 => {
            ("The token is good but does not allow this.", Some(("WWW-Authenticate", Type::String)))
        }
        413 => ("The body is over 64 KiB.", None),
        415 => ("The body is not `application/json`.", None),
        _ => (
            "The store is out of reach, or too much waits for it. Trying again is safe.",
            Some(("Retry-After", Type::Integer)),
        ),
    };
    let problem =
        ContentBuilder::new().schema(Some(Ref::from_schema_name(Problem::name()))).build();
    let mut response = ResponseBuilder::new()
        .description(description)
        .content("application/problem+json", problem);
    if let Some((name, value)) = header {
        let schema = ObjectBuilder::new().schema_type(value);
        response = response.header(name, HeaderBuilder::new().schema(Some(schema)).build());
    }
    response.build()
}
