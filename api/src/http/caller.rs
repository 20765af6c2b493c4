//! Who is asking: from the bearer token to the claims in it.

use std::{
    borrow::Cow,
    future::{Ready, ready},
    pin::Pin,
    sync::Arc,
};

use actix_web::{
    FromRequest, HttpRequest,
    dev::Payload,
    http::header::{self, HeaderValue},
    web,
};
use actix_web_httpauth::headers::authorization::{Bearer, Scheme};
use futures::future::Either;
use presence::{Presence, SessionId, UserId};

use super::{error::ApiError, stranger};
use crate::{
    auth::{Claims, Scope, TokenError},
    issuer_keys::IssuerKeys,
    limits::Limits,
};

/// Somebody with a valid token: a user, or a service that may read.
#[derive(Clone, Debug)]
pub(super) struct Caller(Arc<Claims>);

impl Caller {
    /// The user whom the token names.
    ///
    /// # Errors
    ///
    /// [`ApiError::Forbidden`] when it names none: a service cannot come online.
    pub(super) fn user(&self) -> Result<UserId, ApiError> {
        let user = self.0.user.clone();
        user.ok_or(ApiError::Forbidden("this is about the token's user, and it names none"))
    }

    /// The user whom the token names, if it names one.
    pub(super) fn named(&self) -> Option<&UserId> {
        self.0.user.as_ref()
    }

    /// # Errors
    ///
    /// [`ApiError::Forbidden`] without the scope `presence:admin`.
    pub(super) fn must_be_admin(&self) -> Result<(), ApiError> {
        let admin = self.0.scopes.contains(&Scope::Admin);
        admin.then_some(()).ok_or(ApiError::Forbidden("this needs the scope presence:admin"))
    }

    /// The session that the token belongs to; empty if it says none.
    pub(super) fn session(&self) -> &SessionId {
        &self.0.session
    }
}

impl FromRequest for Caller {
    type Error = ApiError;
    /// Almost always at once; later if the keys have to be looked at first.
    type Future = Either<
        Ready<Result<Self, ApiError>>,
        Pin<Box<dyn Future<Output = Result<Self, ApiError>>>>,
    >;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let Some(keys) = request.app_data::<web::Data<IssuerKeys>>() else {
            return Either::Left(ready(Err(ApiError::Unauthenticated)));
        };
        match authenticate(request, keys) {
            Err(ApiError::Token(error)) if keys.may_know_later(error) => {
                let (request, keys) = (request.clone(), web::Data::clone(keys));
                Either::Right(Box::pin(async move {
                    keys.look_again().await;
                    let result = authenticate(&request, &keys);
                    count(&request, result)
                }))
            }
            result => Either::Left(ready(count(request, result))),
        }
    }
}

/// What `result` comes to if the limits allow it: a caller is counted by their user, everybody else
/// by their address. A service that names no user is trusted with any number.
fn count(request: &HttpRequest, result: Result<Caller, ApiError>) -> Result<Caller, ApiError> {
    let Ok(Caller(claims)) = &result else {
        return stranger::count(request).and(result);
    };
    let limits = request.app_data::<web::Data<Limits>>();
    if let Some((limits, user)) = limits.zip(claims.user.as_ref()) {
        limits.count_user(user)?;
    }
    result
}

/// The scheme as the library knows it: its case says nothing, and more than one space may follow
/// (RFC 9110, 11.1 and 11.4).
fn as_usual(given: &HeaderValue) -> Cow<'_, HeaderValue> {
    let rewritten = || {
        let (scheme, token) = given.to_str().ok()?.split_once(' ')?;
        let usual = scheme == "Bearer" && !token.starts_with(' ');
        if usual || !scheme.eq_ignore_ascii_case("Bearer") {
            return None;
        }
        HeaderValue::try_from(format!("Bearer {}", token.trim_start_matches(' '))).ok()
    };
    rewritten().map_or(Cow::Borrowed(given), Cow::Owned)
}

fn authenticate(request: &HttpRequest, keys: &IssuerKeys) -> Result<Caller, ApiError> {
    // Of two, a proxy may have checked the other.
    if request.headers().get_all(header::AUTHORIZATION).count() > 1 {
        return Err(ApiError::Token(TokenError::Several));
    }
    let given = request.headers().get(header::AUTHORIZATION).ok_or(ApiError::Unauthenticated)?;
    let bearer = Bearer::parse(&as_usual(given)).map_err(|_| ApiError::Unauthenticated)?;
    let presence = request.app_data::<web::Data<Presence>>().ok_or(ApiError::Unauthenticated)?;
    Ok(Caller(keys.verify(bearer.token(), presence.now())?))
}
