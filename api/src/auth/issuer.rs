//! The tokens of those who log in here.

use std::{fmt, time::Duration};

use jsonwebtoken::{Algorithm, errors::Error};
use presence::{Timestamp, UserId};

use super::{Expectations, NewToken, sign};
use crate::settings::Secret;

/// The `iss` of the tokens that this server signs for its own accounts.
pub const OWN_ISSUER: &str = "lastseen";

/// Signs tokens for users who have logged in.
#[derive(Debug)]
pub struct Issuer {
    expectations: Expectations,
    algorithm: Algorithm,
    secret: Secret,
    ttl: Duration,
}

/// A token that has just been signed, with no way to print it by accident.
#[derive(Clone, PartialEq, Eq)]
pub struct IssuedToken {
    /// As it is sent.
    pub token: String,
    /// How long it is good.
    pub ttl: Duration,
}

impl Issuer {
    /// An issuer whose tokens meet `expectations` and are good for `ttl`. `algorithm` is to be of
    /// the HS family.
    #[must_use]
    pub fn new(
        expectations: Expectations,
        algorithm: Algorithm,
        secret: Secret,
        ttl: Duration,
    ) -> Self {
        let expectations = Expectations { issuer: Some(OWN_ISSUER.to_owned()), ..expectations };
        Self { expectations, algorithm, secret, ttl }
    }

    /// A token for `user` from `now` on, which is store time. It has a session of its own, so that
    /// to log out with it ends nobody else's.
    ///
    /// # Errors
    ///
    /// When the algorithm is of another family.
    pub fn issue(&self, user: UserId, now: Timestamp) -> Result<IssuedToken, Error> {
        let session = Some(format!("{:032x}", rand::random::<u128>()));
        let new = NewToken { user: Some(user), session, scope: None, ttl: self.ttl };
        let token = sign(&new, &self.expectations, self.algorithm, self.secret.expose(), now)?;
        Ok(IssuedToken { token, ttl: self.ttl })
    }
}

impl fmt::Debug for IssuedToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IssuedToken").field("ttl", &self.ttl).finish_non_exhaustive()
    }
}
