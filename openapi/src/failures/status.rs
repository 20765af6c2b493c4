//! The error answers of the routes about statuses.

use utoipa::IntoResponses;

use super::{
    Failure, Responses, failure, failures, forbidden, invalid, not_json, too_large,
    too_large_for_a_batch, unauthenticated, unavailable,
};
use crate::model::ProblemKind;

/// What a look at the number of online users may fail with.
#[derive(Debug)]
pub struct CountFailures;

/// What a look at a page of online users may fail with.
#[derive(Debug)]
pub struct OnlinePageFailures;

/// What a look at the status of a user may fail with.
#[derive(Debug)]
pub struct StatusFailures;

/// What a look at the statuses of several users may fail with.
#[derive(Debug)]
pub struct BatchFailures;

/// What a look at one's own status may fail with.
#[derive(Debug)]
pub struct OwnStatusFailures;

/// What a change of one's own status may fail with.
#[derive(Debug)]
pub struct ChangeStatusFailures;

/// What a request about another user may fail with, which only some may make.
#[derive(Debug)]
pub struct AdminFailures;

const ID: (&str, &str) = ("user_id", "a user id is an integer from 0 to 9007199254740991");

impl IntoResponses for CountFailures {
    fn responses() -> Responses {
        failures([unauthenticated(), unavailable()])
    }
}

impl IntoResponses for OnlinePageFailures {
    fn responses() -> Responses {
        let field = ("limit", "expected a number from 1 to 1000");
        failures([invalid(field), unauthenticated(), unavailable()])
    }
}

impl IntoResponses for StatusFailures {
    fn responses() -> Responses {
        failures([invalid(ID), unauthenticated(), unavailable()])
    }
}

impl IntoResponses for BatchFailures {
    fn responses() -> Responses {
        let field = ("user_ids", "1 to 1000 ids, not 1001");
        failures([
            invalid(field),
            unauthenticated(),
            too_large_for_a_batch(),
            not_json(),
            unavailable(),
        ])
    }
}

impl IntoResponses for OwnStatusFailures {
    fn responses() -> Responses {
        failures([unauthenticated(), forbidden(), unavailable()])
    }
}

impl IntoResponses for ChangeStatusFailures {
    fn responses() -> Responses {
        let field = ("expires_at", "a time in the future is needed");
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

impl IntoResponses for AdminFailures {
    fn responses() -> Responses {
        let forbidden = Failure {
            description: "The token has no scope `presence:admin`.",
            ..failure(ProblemKind::Forbidden, "this needs the scope presence:admin")
        };
        failures([invalid(ID), unauthenticated(), forbidden.with_challenge(), unavailable()])
    }
}
