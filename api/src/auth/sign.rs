//! Making tokens.

use std::time::Duration;

use jsonwebtoken::{Algorithm, EncodingKey, Header, encode, errors::Error};
use presence::{Timestamp, UserId};
use serde_json::{Map, Value, json};

use super::Expectations;

/// What a new token is to say.
#[derive(Clone, Debug)]
pub struct NewToken {
    /// Whom it names.
    pub user: Option<UserId>,
    /// Its `sid`.
    pub session: Option<String>,
    /// Its `scope`.
    pub scope: Option<String>,
    /// How long it is good.
    pub ttl: Duration,
}

/// A token that a [`Verifier`](super::Verifier) with these `expectations` takes from `now` on.
///
/// # Errors
///
/// When `algorithm` is not of the HS family.
pub fn sign(
    token: &NewToken,
    expectations: &Expectations,
    algorithm: Algorithm,
    secret: &[u8],
    now: Timestamp,
) -> Result<String, Error> {
    let seconds = |at: Timestamp| at.millis() / 1000;
    let mut claims = Map::new();
    claims.insert("iat".to_owned(), json!(seconds(now)));
    claims.insert("exp".to_owned(), json!(seconds(now.plus(token.ttl))));
    // RFC 7519, 4.1.2: `sub` is a string, whatever the ids are.
    let user = token.user.as_ref().map(ToString::to_string);
    let texts = [
        ("sub", user.clone()),
        (expectations.user_id_claim.as_deref().unwrap_or("sub"), user),
        ("sid", token.session.clone()),
        ("scope", token.scope.clone()),
        ("iss", expectations.issuer.clone()),
        ("aud", expectations.audience.clone()),
    ];
    for (name, text) in texts {
        if let Some(text) = text {
            claims.insert(name.to_owned(), Value::String(text));
        }
    }
    encode(&Header::new(algorithm), &claims, &EncodingKey::from_secret(secret))
}
