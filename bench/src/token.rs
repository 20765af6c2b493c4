//! Tokens of many users, and the check of one as most people write it.

use std::{
    fmt::Write,
    fs,
    path::Path,
    time::{SystemTime, UNIX_EPOCH},
};

use actix_web::{HttpRequest, error::ErrorUnauthorized};
use jsonwebtoken::{DecodingKey, EncodingKey, Header, Validation, decode, encode};
use serde::{Deserialize, Serialize};

/// What all servers of a run check tokens with.
pub(crate) const SECRET: &str = "a secret that is long enough for HS256";

/// How many users send requests.
pub(crate) const USERS: u64 = 100_000;

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Claims {
    pub(crate) user_id: u64,
    exp: u64,
}

/// Writes a token of each user to `path`, a line each.
pub(crate) fn write_all(path: &Path) -> anyhow::Result<()> {
    let key = EncodingKey::from_secret(SECRET.as_bytes());
    #[expect(clippy::disallowed_methods, reason = "the issuer of tokens has no store")]
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let mut lines = String::new();
    for user_id in 0..USERS {
        let claims = Claims { user_id, exp: now + 24 * 3600 };
        writeln!(lines, "{}", encode(&Header::default(), &claims, &key)?)?;
    }
    Ok(fs::write(path, lines)?)
}

/// Checks the token of a request; the key and the rules were made once.
#[derive(Debug)]
pub(crate) struct Checker {
    key: DecodingKey,
    validation: Validation,
}

impl Default for Checker {
    fn default() -> Self {
        Self { key: DecodingKey::from_secret(SECRET.as_bytes()), validation: Validation::default() }
    }
}

impl Checker {
    pub(crate) fn check(&self, request: &HttpRequest) -> actix_web::Result<Claims> {
        let header = request.headers().get("authorization").and_then(|value| value.to_str().ok());
        let token = header.and_then(|header| header.strip_prefix("Bearer "));
        let claims = token.and_then(|token| decode(token, &self.key, &self.validation).ok());
        Ok(claims.ok_or_else(|| ErrorUnauthorized("no"))?.claims)
    }
}
