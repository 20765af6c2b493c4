//! Failures as answers: the only place that maps one to a status, headers and a body.

use std::{fmt, time::Duration};

use accounts::AccountsError;
use actix_web::{
    HttpResponse, HttpResponseBuilder, ResponseError,
    http::{
        Method, StatusCode,
        header::{self, HeaderValue},
    },
};
use openapi::model::{FieldError, Problem, ProblemKind};
use presence::{InvalidId, RecordError, StoreError};

use crate::{auth::TokenError, limits::TooMuch, plain_text::plain_text};

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
    /// A name and a password that are not those of an account.
    #[error("there is no account of that name with that password")]
    WrongLogin,
    /// A token that allows less than this.
    #[error("{0}")]
    Forbidden(&'static str),
    /// Nothing is served here.
    #[error("there is nothing here")]
    NotFound,
    /// The token's user has no account.
    #[error("the token's user has no account here")]
    NoAccount,
    /// Something is, but not by this method.
    #[error("use {}", list(.0))]
    Method(Vec<Method>),
    /// More KiB than a body may have.
    #[error("a body has at most {0} KiB here")]
    TooLarge(usize),
    /// A body that has to be unpacked.
    #[error("send the body as it is, without Content-Encoding")]
    Coding,
    /// A body that says it is something else than JSON.
    #[error("send JSON, with Content-Type: application/json")]
    MediaType,
    /// A body that comes too slowly.
    #[error("a body has to come within 8 seconds")]
    TooSlow,
    /// A request that is no HTTP.
    #[error(
        "this is no request of HTTP/1.1: look at its first line, its headers, and how it says how long its body is"
    )]
    Malformed,
    /// A head that comes too slowly.
    #[error("the head of a request has to come within 5 seconds")]
    HeadTooSlow,
    /// A head that is too large.
    #[error(
        "the head of a request has at most 128 KiB and 96 headers: look at the length of the token and of the cookies"
    )]
    HeadTooLarge,
    /// An `Expect` that is not understood.
    #[error("of what a request may expect, 100-continue alone is understood")]
    Expectation,
    /// More requests than the limits allow.
    #[error("more requests than are answered: slow down")]
    TooMany(Duration),
    /// A change that was not recorded.
    #[error("{0}")]
    Record(#[from] RecordError),
    /// A request about accounts that was not carried out.
    #[error("{0}")]
    Accounts(#[from] AccountsError),
    /// Nothing is known yet, or no longer well enough.
    #[error("who is online is not known at the moment")]
    Unknown,
    /// What is known cannot be changed. Said by the node's readiness alone.
    #[error("nothing can be stored at the moment")]
    Unwritable,
    /// The node is about to go. Said by its readiness alone.
    #[error("this node is draining")]
    Draining,
}

/// More characters of what is wrong with a field are not told.
const LONGEST_DETAIL: usize = 300;

/// How soon to try again after a 503. A node that lost its store looks for it every second.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// What kind of problem each failure is. No failure can be forgotten here.
fn kind(error: &ApiError) -> ProblemKind {
    match error {
        ApiError::Invalid(_) | ApiError::Malformed => ProblemKind::InvalidRequest,
        ApiError::Unauthenticated | ApiError::Token(_) => ProblemKind::Unauthenticated,
        ApiError::Forbidden(_) => ProblemKind::Forbidden,
        ApiError::WrongLogin => ProblemKind::WrongLogin,
        ApiError::NotFound => ProblemKind::NotFound,
        ApiError::NoAccount => ProblemKind::NoAccount,
        ApiError::Method(_) => ProblemKind::MethodNotAllowed,
        ApiError::TooLarge(_) => ProblemKind::PayloadTooLarge,
        ApiError::MediaType | ApiError::Coding => ProblemKind::UnsupportedMediaType,
        ApiError::TooSlow | ApiError::HeadTooSlow => ProblemKind::RequestTimeout,
        ApiError::HeadTooLarge => ProblemKind::HeaderFieldsTooLarge,
        ApiError::Expectation => ProblemKind::ExpectationFailed,
        ApiError::TooMany(_) | ApiError::Accounts(AccountsError::Guessing(_)) => {
            ProblemKind::TooManyRequests
        }
        ApiError::Accounts(AccountsError::Taken) => ProblemKind::UsernameTaken,
        ApiError::Record(RecordError::QueueFull)
        | ApiError::Accounts(AccountsError::Overloaded) => ProblemKind::Overloaded,
        ApiError::Record(RecordError::Unavailable)
        | ApiError::Accounts(AccountsError::Unavailable(_))
        | ApiError::Unknown
        | ApiError::Unwritable => ProblemKind::StoreUnavailable,
        ApiError::Draining => ProblemKind::Draining,
    }
}

/// The cause is for the log alone.
impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        log::warn!("a look at the store failed: {}", error.trace());
        Self::Record(RecordError::Unavailable)
    }
}

impl ApiError {
    /// A single field that cannot be used.
    ///
    /// Fields have names of ours: what a client calls them is neither logged nor told.
    pub(super) fn field(field: &'static str, detail: impl fmt::Display) -> Self {
        let detail = plain_text(&detail.to_string(), LONGEST_DETAIL);
        Self::Invalid(vec![FieldError { field: field.to_owned(), detail }])
    }

    /// An id in `field` that is none.
    pub(super) fn id(field: &'static str, error: InvalidId) -> Self {
        Self::field(field, error)
    }

    /// What happened, for the log: without what the client sent, which may be a password in the
    /// wrong place.
    pub(super) fn cause(&self) -> String {
        if let Self::Invalid(errors) = self {
            let fields: Vec<_> = errors.iter().map(|error| &*error.field).collect();
            return format!("cannot be used: {}", fields.join(", "));
        }
        if let Self::Accounts(AccountsError::Unavailable(error)) = self {
            return error.trace();
        }
        self.to_string()
    }

    /// What is told.
    pub(super) fn problem(&self) -> Problem {
        let errors = if let Self::Invalid(errors) = self { errors.clone() } else { Vec::new() };
        Problem::new(kind(self), self.to_string(), errors)
    }

    fn add_headers(&self, response: &mut HttpResponseBuilder) {
        match self {
            // RFC 6750, 3.1: whoever brought no token is told no more than what to bring.
            Self::Unauthenticated | Self::WrongLogin => {
                response.insert_header((header::WWW_AUTHENTICATE, "Bearer"));
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
            Self::Record(_)
            | Self::Accounts(AccountsError::Overloaded | AccountsError::Unavailable(_))
            | Self::Unknown
            | Self::Unwritable
            | Self::Draining => {
                response.insert_header((header::RETRY_AFTER, RETRY_AFTER.as_secs()));
            }
            Self::TooMany(wait) => {
                // Whole seconds, and rather too long than too short.
                response.insert_header((header::RETRY_AFTER, wait.as_secs() + 1));
            }
            Self::Accounts(AccountsError::Guessing(wait)) => {
                let seconds = wait.as_millis().div_ceil(1000);
                response.insert_header((header::RETRY_AFTER, seconds.to_string()));
            }
            Self::TooSlow => {
                response.force_close();
            }
            // RFC 9110, 15.5.16: what would have been taken.
            Self::MediaType => {
                response.insert_header((header::ACCEPT, "application/json"));
            }
            Self::Coding => {
                response.insert_header((header::ACCEPT_ENCODING, "identity"));
            }
            Self::Invalid(_)
            | Self::NotFound
            | Self::NoAccount
            | Self::Accounts(AccountsError::Taken)
            | Self::TooLarge(_)
            | Self::Malformed
            | Self::HeadTooSlow
            | Self::HeadTooLarge
            | Self::Expectation => {}
        }
    }
}

impl From<TooMuch> for ApiError {
    fn from(TooMuch(wait): TooMuch) -> Self {
        Self::TooMany(wait)
    }
}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        let (status, ..) = kind(self).parts();
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        self.add_headers(&mut response);
        response
            .insert_header((
                header::CONTENT_TYPE,
                HeaderValue::from_static("application/problem+json"),
            ))
            .body(serde_json::to_string(&self.problem()).unwrap_or_default())
    }
}

fn challenge(error: &str, description: &ApiError) -> String {
    // RFC 6750, 3 leaves out quotes and what is not ASCII; our messages use backquotes.
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
