//! The error answers of the document, so that every route documents each one that it can give.

use std::collections::BTreeMap;

use utoipa::{
    IntoResponses, ToSchema,
    openapi::{
        ContentBuilder, HeaderBuilder, Ref, RefOr, Response, ResponseBuilder,
        schema::{ObjectBuilder, Type},
    },
};

use crate::model::{FieldError, Problem, ProblemKind};

mod accounts;
mod status;

pub use self::accounts::{
    LoginFailures, LogoutFailures, OwnUserFailures, PasswordFailures, ProfileFailures,
    RegisterFailures, UsersFailures,
};
pub use self::status::{
    AdminFailures, BatchFailures, ChangeStatusFailures, CountFailures, OnlinePageFailures,
    OwnStatusFailures, StatusFailures,
};

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
        failures([unauthenticated()])
    }
}

impl IntoResponses for ReadFailures {
    fn responses() -> Responses {
        let field = ("ids", "a user id is an integer from 0 to 9007199254740991");
        failures([invalid(field), unauthenticated(), unavailable()])
    }
}

impl IntoResponses for WriteFailures {
    fn responses() -> Responses {
        let field = ("timestamp", "expected an RFC 3339 time such as 2026-01-28T14:32:59.000Z");
        failures([
            invalid(field),
            unauthenticated(),
            forbidden(),
            too_large(),
            not_json(),
            unavailable(),
        ])
    }
}

impl IntoResponses for Unready {
    fn responses() -> Responses {
        let description = "No: it drains, has not loaded yet, or lost its store.";
        let detail = "this node is draining";
        failures([Failure { description, ..failure(ProblemKind::Draining, detail) }])
    }
}

/// An error answer as documented: what it means, and an example.
struct Failure {
    kind: ProblemKind,
    description: &'static str,
    detail: String,
    errors: Vec<FieldError>,
    header: Option<(&'static str, Type)>,
}

impl Failure {
    fn with_challenge(self) -> Self {
        Self { header: Some(("WWW-Authenticate", Type::String)), ..self }
    }

    fn with_retry(self) -> Self {
        Self { header: Some(("Retry-After", Type::Integer)), ..self }
    }
}

fn failure(kind: ProblemKind, detail: &str) -> Failure {
    Failure { kind, description: "", detail: detail.to_owned(), errors: Vec::new(), header: None }
}

fn invalid((field, detail): (&str, &str)) -> Failure {
    Failure {
        description: "A field has the wrong type or is out of range; `errors` names it.",
        errors: vec![FieldError { field: field.to_owned(), detail: detail.to_owned() }],
        ..failure(ProblemKind::InvalidRequest, &format!("{field}: {detail}"))
    }
}

fn unauthenticated() -> Failure {
    Failure {
        description: "No token, or one that is broken, expired, not valid yet, or not for this \
            service.",
        ..failure(ProblemKind::Unauthenticated, "the token has expired")
    }
    .with_challenge()
}

fn forbidden() -> Failure {
    Failure {
        description: "The token is good but does not allow this.",
        ..failure(ProblemKind::Forbidden, "this is about the token's user, and it names none")
    }
    .with_challenge()
}

fn too_large() -> Failure {
    Failure {
        description: "The body is over 64 KiB.",
        ..failure(ProblemKind::PayloadTooLarge, "a body has at most 64 KiB here")
    }
}

fn too_large_for_a_batch() -> Failure {
    Failure {
        description: "The body is over 320 KiB.",
        ..failure(ProblemKind::PayloadTooLarge, "a body has at most 320 KiB here")
    }
}

fn not_json() -> Failure {
    Failure {
        description: "The body is not `application/json`, or has a `Content-Encoding`.",
        ..failure(
            ProblemKind::UnsupportedMediaType,
            "send JSON, with Content-Type: application/json",
        )
    }
}

fn too_slow() -> Failure {
    Failure {
        description: "The body did not come within 8 seconds.",
        ..failure(ProblemKind::RequestTimeout, "a body has to come within 8 seconds")
    }
}

fn too_many() -> Failure {
    Failure {
        description: "More requests than the limits allow. Nothing was changed.",
        ..failure(ProblemKind::TooManyRequests, "more requests than are answered: slow down")
    }
    .with_retry()
}

fn unavailable() -> Failure {
    Failure {
        description: "The store is out of reach, or too much waits for it. Trying again is safe.",
        ..failure(ProblemKind::StoreUnavailable, "the store is out of reach")
    }
    .with_retry()
}

/// These, and those that go with them: where a token is read or a body, requests are counted, and
/// what may be too large may be too slow.
fn failures<const N: usize>(failures: [Failure; N]) -> Responses {
    let has = |kind| failures.iter().any(|failure| failure.kind == kind);
    let (token, body) = (has(ProblemKind::Unauthenticated), has(ProblemKind::PayloadTooLarge));
    let implied = [body.then(too_slow), (token || body).then(too_many)].into_iter().flatten();
    let document = |failure: Failure| {
        let (status, ..) = failure.kind.parts();
        (status.to_string(), response(failure).into())
    };
    failures.into_iter().chain(implied).map(document).collect()
}

fn response(Failure { kind, description, detail, errors, header }: Failure) -> Response {
    let problem = ContentBuilder::new()
        .schema(Some(Ref::from_schema_name(Problem::name())))
        .example(serde_json::to_value(Problem::new(kind, detail, errors)).ok())
        .build();
    let response = ResponseBuilder::new()
        .description(description)
        .content("application/problem+json", problem);
    let response = match header {
        None => response,
        Some((name, value)) => {
            let schema = ObjectBuilder::new().schema_type(value);
            response.header(name, HeaderBuilder::new().schema(Some(schema)).build())
        }
    };
    response.build()
}
