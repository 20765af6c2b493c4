//! What a token says of its own signature.

use std::str::FromStr;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::Algorithm;
use serde::{Deserialize, de::IgnoredAny};

use super::TokenError;

/// A token in its three parts (RFC 7515, 7.1).
#[derive(Debug)]
pub(super) struct Parts<'a> {
    /// Header and payload as they were signed.
    pub(super) message: &'a str,
    header: &'a str,
    payload: &'a str,
    /// As it was sent.
    pub(super) signature: &'a str,
}

/// The header as far as it is of use. Keys that it brings along (`jwk`, `jku`, `x5c`, `x5u`) are
/// not.
#[derive(Debug)]
pub(super) struct Header {
    /// What the token says that it is signed with.
    pub(super) algorithm: Algorithm,
    /// The name of the key.
    pub(super) kid: Option<String>,
}

/// The members that are looked at. One that is there twice is a mistake, as RFC 7515, 4 allows.
#[derive(Deserialize)]
struct Members {
    alg: String,
    kid: Option<String>,
    typ: Option<String>,
    crit: Option<IgnoredAny>,
    b64: Option<bool>,
}

impl<'a> Parts<'a> {
    /// # Errors
    ///
    /// [`TokenError::Malformed`] when there are not three.
    pub(super) fn of(token: &'a str) -> Result<Self, TokenError> {
        let split = || {
            let (message, signature) = token.rsplit_once('.')?;
            let (header, payload) = message.split_once('.')?;
            (!payload.contains('.')).then_some(Self { message, header, payload, signature })
        };
        split().ok_or(TokenError::Malformed)
    }

    /// # Errors
    ///
    /// [`TokenError`] when no key could verify a token with this header.
    pub(super) fn header(&self) -> Result<Header, TokenError> {
        let text = decode(self.header)?;
        // serde takes a list for an object whose members are in order.
        if !text.trim_start().starts_with('{') {
            return Err(TokenError::Malformed);
        }
        let members: Members = serde_json::from_str(&text).map_err(|_| TokenError::Malformed)?;
        // RFC 7515, 4.1.11: an extension that must be understood, of which we understand none;
        // RFC 7797, 7: a payload that is not encoded is none of a token.
        if members.crit.is_some() || members.b64 == Some(false) {
            return Err(TokenError::Malformed);
        }
        if members.typ.is_some_and(|typ| is_of_another_kind(&typ)) {
            return Err(TokenError::Purpose);
        }
        let algorithm = algorithm(&members.alg).ok_or(TokenError::Algorithm)?;
        Ok(Header { algorithm, kid: members.kid })
    }

    /// # Errors
    ///
    /// [`TokenError::Malformed`] when it is no text.
    pub(super) fn payload(&self) -> Result<String, TokenError> {
        decode(self.payload)
    }
}

/// The algorithm called `name`. RFC 9864 calls the only `EdDSA` that we know Ed25519.
pub(crate) fn algorithm(name: &str) -> Option<Algorithm> {
    match name {
        "Ed25519" => Some(Algorithm::EdDSA),
        _ => Algorithm::from_str(name).ok(),
    }
}

/// RFC 8725, 3.11: `typ` says what a token is for. `at+jwt` is for access (RFC 9068); `dpop+jwt`,
/// `logout+jwt`, `secevent+jwt` and their like are not. `JWT` and other words say nothing.
fn is_of_another_kind(typ: &str) -> bool {
    let typ = typ.to_ascii_lowercase();
    let typ = typ.strip_prefix("application/").unwrap_or(&typ);
    typ.ends_with("+jwt") && typ != "at+jwt"
}

fn decode(part: &str) -> Result<String, TokenError> {
    let bytes = URL_SAFE_NO_PAD.decode(part).map_err(|_| TokenError::Malformed)?;
    String::from_utf8(bytes).map_err(|_| TokenError::Malformed)
}
