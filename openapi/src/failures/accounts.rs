//! The error answers of the routes about accounts.

use utoipa::IntoResponses;

use super::{
    Failure, Responses, failure, failures, forbidden, invalid, not_json, too_large,
    unauthenticated, unavailable,
};
use crate::model::ProblemKind;

/// What a registration may fail with.
#[derive(Debug)]
pub struct RegisterFailures;

/// What a login may fail with.
#[derive(Debug)]
pub struct LoginFailures;

/// What a logout may fail with.
#[derive(Debug)]
pub struct LogoutFailures;

/// What a look at the list of users may fail with.
#[derive(Debug)]
pub struct UsersFailures;

/// What a look at oneself may fail with.
#[derive(Debug)]
pub struct OwnUserFailures;

/// What a change of a password may fail with.
#[derive(Debug)]
pub struct PasswordFailures;

/// What a change of oneself may fail with.
#[derive(Debug)]
pub struct ProfileFailures;

impl IntoResponses for RegisterFailures {
    fn responses() -> Responses {
        let field = ("password", "a password has 8 to 128 characters");
        failures([invalid(field), off(), taken(), too_large(), not_json(), busy()])
    }
}

impl IntoResponses for LoginFailures {
    fn responses() -> Responses {
        let field = ("username", "it is needed");
        failures([invalid(field), wrong_login(), off(), too_large(), not_json(), busy()])
    }
}

impl IntoResponses for LogoutFailures {
    fn responses() -> Responses {
        let field = ("session_id", "a session id has at most 128 bytes and no control characters");
        failures([
            invalid(field),
            unauthenticated(),
            forbidden(),
            off(),
            too_large(),
            not_json(),
            unavailable(),
        ])
    }
}

impl IntoResponses for UsersFailures {
    fn responses() -> Responses {
        let field = ("limit", "expected a number from 1 to 1000");
        failures([invalid(field), unauthenticated(), off(), unavailable()])
    }
}

impl IntoResponses for OwnUserFailures {
    fn responses() -> Responses {
        failures([unauthenticated(), forbidden(), no_account(), unavailable()])
    }
}

impl IntoResponses for ProfileFailures {
    fn responses() -> Responses {
        let field =
            ("birthdate", "a date of birth is written YYYY-MM-DD, from 1900-01-01 to today");
        failures([
            invalid(field),
            unauthenticated(),
            forbidden(),
            no_account(),
            too_large(),
            not_json(),
            unavailable(),
        ])
    }
}

impl IntoResponses for PasswordFailures {
    fn responses() -> Responses {
        let field = ("old_password", "this is not the password of your account");
        failures([
            invalid(field),
            unauthenticated(),
            forbidden(),
            no_account(),
            too_large(),
            not_json(),
            unavailable(),
        ])
    }
}

fn off() -> Failure {
    Failure {
        description: "There are no accounts here: `accounts.enabled` is false.",
        ..failure(ProblemKind::NotFound, "there is nothing here")
    }
}

fn no_account() -> Failure {
    Failure {
        description: "The token's user has no account; or there are none here: \
            `accounts.enabled` is false.",
        ..failure(ProblemKind::NoAccount, "the token's user has no account here")
    }
}

fn taken() -> Failure {
    Failure {
        description: "Somebody has that name, or one that counts as the same.",
        ..failure(ProblemKind::UsernameTaken, "this user name is taken")
    }
}

fn wrong_login() -> Failure {
    Failure {
        description: "The name or the password is wrong; which of the two is not told.",
        ..failure(ProblemKind::WrongLogin, "there is no account of that name with that password")
    }
    .with_challenge()
}

fn busy() -> Failure {
    Failure {
        description: "Too many are logging in, or the store is out of reach. Trying again is safe.",
        ..failure(ProblemKind::Overloaded, "too many are logging in at the moment")
    }
    .with_retry()
}
