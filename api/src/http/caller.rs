//! Who is asking: from the bearer token to the claims in it.

use std::{
    future::{Ready, ready},
    sync::Arc,
};

use actix_web::{FromRequest, HttpRequest, dev::Payload, http::header, web};
use actix_web_httpauth::extractors::bearer::BearerAuth;
use presence::{Presence, SessionId, UserId};

use super::error::ApiError;
use crate::auth::{Claims, Scope, Verifier};

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
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        ready(authenticate(request, payload))
    }
}

fn authenticate(request: &HttpRequest, payload: &mut Payload) -> Result<Caller, ApiError> {
    // Of two, a proxy may have checked the other.
    if request.headers().get_all(header::AUTHORIZATION).count() > 1 {
        return Err(ApiError::Unauthenticated);
    }
    let bearer = BearerAuth::from_request(request, payload).into_inner();
    let bearer = bearer.map_err(|_| ApiError::Unauthenticated)?;
    let (Some(verifier), Some(presence)) =
        (request.app_data::<web::Data<Verifier>>(), request.app_data::<web::Data<Presence>>())
    else {
        return Err(ApiError::Unauthenticated);
    };
    Ok(Caller(verifier.verify(bearer.token(), presence.now())?))
}
