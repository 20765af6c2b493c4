//! Whose token it is: token → [`Claims`], for a given store time. Knows no HTTP.

use std::{sync::Arc, time::Duration};

use arc_swap::ArcSwap;
use presence::{Timestamp, UserIdKind};

mod cache;
mod claims;
mod header;
mod issuer;
mod jwk;
mod key;
mod keys;
mod pem;
mod self_check;
mod sign;
#[cfg(test)]
mod tests;

pub(crate) use self::header::algorithm;
use self::{cache::Cache, claims::Reader};
pub use self::{
    cache::CacheState,
    claims::{Claims, Scope},
    issuer::{IssuedToken, Issuer, OWN_ISSUER},
    key::least_secret,
    keys::{Keys, NoKey, PassedOver},
    self_check::self_check,
    sign::{NewToken, sign},
};

/// Why a token does not count. The messages may be shown: they tell nothing of the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Not three parts of the right form, or a header that cannot be served.
    #[error("the token is malformed")]
    Malformed,
    /// Two of them, or two places for one.
    #[error("there is more than one token")]
    Several,
    /// Longer than tokens are read.
    #[error("the token is too long: one has at most 8 KiB")]
    TooLong,
    /// `alg` is not among those configured for the key.
    #[error("the token's algorithm is not accepted")]
    Algorithm,
    /// No key has the token's `kid`.
    #[error("the token's key is not known")]
    UnknownKey,
    /// The signature does not fit.
    #[error("the token's signature is wrong")]
    Signature,
    /// A claim that is needed is missing or of the wrong form.
    #[error("the token has no usable `{0}`")]
    Claim(&'static str),
    /// It names a user by what is no id of the kind that is configured.
    #[error("{}", wrong_kind(*.0))]
    UserId(UserIdKind),
    /// It says of itself that it is a refresh token, a logout token or the like.
    #[error("the token is not for access: it says that it is for something else")]
    Purpose,
    /// `iss` or `aud` is not what is configured.
    #[error("the token was issued by or for somebody else")]
    Stranger,
    /// `exp` has passed.
    #[error("the token has expired")]
    Expired,
    /// `nbf` is still to come.
    #[error("the token is not valid yet")]
    NotYetValid,
}

/// For whoever configured it: `auth.user_id` and the issuer do not go together.
fn wrong_kind(kind: UserIdKind) -> &'static str {
    match kind {
        UserIdKind::Integer => {
            "the token's user id is no integer from 0 to 2^53-1, as `auth.user_id` has it"
        }
        UserIdKind::String => {
            "the token's user id is no string of a length that ids have, as `auth.user_id` has it"
        }
    }
}

/// What a token must say beside its signature.
#[derive(Clone, Debug)]
pub struct Expectations {
    /// `iss`.
    pub issuer: Option<String>,
    /// One of `aud`.
    pub audience: Option<String>,
    /// By how much `exp` and `nbf` may be missed.
    pub leeway: Duration,
    /// Which claim names the user; `user_id` if there is one, else `sub`, without it.
    pub user_id_claim: Option<String>,
    /// What user ids are.
    pub user_id: UserIdKind,
}

/// Tells valid tokens from others.
#[derive(Debug)]
pub struct Verifier {
    ring: ArcSwap<Ring>,
    reader: Reader,
    leeway: Duration,
}

/// The keys that count now, and the tokens that were verified by them: when other keys take their
/// place, what was verified by those that are gone is forgotten with them.
#[derive(Debug)]
struct Ring {
    keys: Keys,
    /// Only for keys whose check takes longer than the look-up.
    cache: Option<Cache>,
}

/// A longer token is refused unread.
const MAX_TOKEN_BYTES: usize = 8 * 1024;

impl Verifier {
    /// A verifier by `keys` that holds tokens to `expectations`.
    #[must_use]
    pub fn new(keys: Keys, expectations: Expectations) -> Self {
        let ring = ArcSwap::from_pointee(Ring::new(keys));
        let leeway = expectations.leeway;
        Self { ring, reader: Reader::new(expectations), leeway }
    }

    /// From now on tokens are verified by `keys`, and by no others.
    pub fn replace_keys(&self, keys: Keys) {
        self.ring.store(Arc::new(Ring::new(keys)));
    }

    /// How many tokens are remembered; none with a secret, which is as quick to check.
    #[must_use]
    pub fn cache(&self) -> CacheState {
        self.ring.load().cache.as_ref().map_or_else(CacheState::default, Cache::state)
    }

    /// What `token` says, if it is valid at `now`.
    ///
    /// Costs a signature check; with asymmetric keys, whose check takes ten to thirty times as
    /// long as an HMAC, a look-up if the token was seen before.
    ///
    /// # Errors
    ///
    /// [`TokenError`] when it is not valid.
    pub fn verify(&self, token: &str, now: Timestamp) -> Result<Arc<Claims>, TokenError> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(TokenError::TooLong);
        }
        let ring = self.ring.load();
        let verify = || Ok(Arc::new(self.reader.read(&ring.keys.verify(token)?)?));
        let check = |claims: &Claims| self.check_times(claims, now);
        match &ring.cache {
            Some(cache) => cache.get_or_verify(token, verify, check),
            None => verify().and_then(|claims| check(&claims).map(|()| claims)),
        }
    }

    /// By store time (R2), and so at every use: a cached token expires like any other.
    fn check_times(&self, claims: &Claims, now: Timestamp) -> Result<(), TokenError> {
        let leeway = self.leeway;
        if now >= claims.expires.plus(leeway) {
            return Err(TokenError::Expired);
        }
        if claims.not_before.is_some_and(|from| now.plus(leeway) < from) {
            return Err(TokenError::NotYetValid);
        }
        Ok(())
    }
}

impl Ring {
    fn new(keys: Keys) -> Self {
        let cache = keys.are_costly().then(Cache::default);
        Self { keys, cache }
    }
}
