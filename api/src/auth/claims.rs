//! What a token says of its bearer.

use std::fmt;

use presence::{SessionId, Timestamp, UserId, UserIdKind};
use serde::{
    Deserializer,
    de::{self, DeserializeSeed, IgnoredAny, MapAccess, Visitor},
};
use serde_json::Value;

use super::{Expectations, TokenError};

/// The claims of a token with a good signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claims {
    /// Whom it names; nobody, for a service that only reads.
    pub user: Option<UserId>,
    /// `sid`, the session that it belongs to; empty without it.
    pub session: SessionId,
    /// `scope` or `scp`, as far as we know them.
    pub scopes: Vec<Scope>,
    /// `exp`.
    pub expires: Timestamp,
    /// `nbf`.
    pub not_before: Option<Timestamp>,
}

/// What a token may allow beside speaking for its user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// `presence:read`: to read, without being a user.
    Read,
    /// `presence:admin`: to read, and to act on any user.
    Admin,
}

impl Scope {
    fn parse(word: &str) -> Option<Self> {
        match word {
            "presence:read" => Some(Self::Read),
            "presence:admin" => Some(Self::Admin),
            _ => None,
        }
    }
}

/// Reads claims out of a token's payload.
#[derive(Debug)]
pub(super) struct Reader(Expectations);

/// What is looked at. A claim of these that is there twice is not believed.
const CLAIMS: &[&str] = &[
    "exp",
    "nbf",
    "iss",
    "aud",
    "user_id",
    "sub",
    "sid",
    "scope",
    "scp",
    "token_type",
    "token_use",
    "type",
    "typ",
    "events",
];

/// Where issuers say what a token is for: simplejwt, Cognito, flask-jwt-extended, Keycloak.
const PURPOSES: &[&str] = &["token_type", "token_use", "type", "typ"];

/// What it then is when it is not for access.
const OTHER_PURPOSES: &[&str] = &["refresh", "refresh_token", "offline", "logout"];

/// `OpenID` Connect Back-Channel Logout, 2.4: the event in a logout token.
const LOGOUT: &str = "http://schemas.openid.net/event/backchannel-logout";

impl Reader {
    pub(super) fn new(expectations: Expectations) -> Self {
        Self(expectations)
    }

    /// The claims in `payload`, a JSON object.
    pub(super) fn read(&self, payload: &str) -> Result<Claims, TokenError> {
        let mut json = serde_json::Deserializer::from_str(payload);
        let found = self.deserialize(&mut json).map_err(|_| TokenError::Malformed)?;
        json.end().map_err(|_| TokenError::Malformed)?;
        self.check_issuer(&found)?;
        self.check_audience(&found)?;
        check_purpose(&found)?;
        let scopes = scopes(found.get("scope").or_else(|| found.get("scp")));
        let user = self.user(&found)?;
        if user.is_none() && scopes.is_empty() {
            return Err(TokenError::Claim("user id"));
        }
        Ok(Claims {
            user,
            session: session(found.get("sid")),
            scopes,
            expires: found.get("exp").and_then(date).ok_or(TokenError::Claim("exp"))?,
            not_before: found
                .get("nbf")
                .map(|nbf| date(nbf).ok_or(TokenError::Claim("nbf")))
                .transpose()?,
        })
    }

    /// Whom it names, if it names anybody. A name that cannot be a user's is no name of a service,
    /// whatever the scopes say: somebody is meant, and it is not clear who.
    fn user(&self, found: &Found) -> Result<Option<UserId>, TokenError> {
        let claim = match &self.0.user_id_claim {
            Some(name) => found.get(name),
            None => found.get("user_id").or_else(|| found.get("sub")),
        };
        let Some(claim) = claim else { return Ok(None) };
        let user = match (claim, self.0.user_id) {
            (Value::String(text), kind) => UserId::parse(kind, text).ok(),
            (Value::Number(number), UserIdKind::Integer) => {
                number.as_u64().and_then(|number| UserId::integer(number).ok())
            }
            _ => None,
        };
        user.map(Some).ok_or(TokenError::UserId(self.0.user_id))
    }

    /// RFC 7519, 4.1.1: one string, compared as it is.
    fn check_issuer(&self, found: &Found) -> Result<(), TokenError> {
        let Some(issuer) = &self.0.issuer else { return Ok(()) };
        match found.get("iss") {
            Some(Value::String(said)) if said == issuer => Ok(()),
            Some(Value::String(_)) => Err(TokenError::Stranger),
            _ => Err(TokenError::Claim("iss")),
        }
    }

    /// RFC 7519, 4.1.3: a string or a list of them.
    fn check_audience(&self, found: &Found) -> Result<(), TokenError> {
        let Some(audience) = &self.0.audience else { return Ok(()) };
        let is_us = |said: &Value| said.as_str() == Some(audience);
        match found.get("aud") {
            Some(Value::Array(said)) if said.iter().any(is_us) => Ok(()),
            Some(said) if is_us(said) => Ok(()),
            Some(Value::String(_) | Value::Array(_)) => Err(TokenError::Stranger),
            _ => Err(TokenError::Claim("aud")),
        }
    }

    fn wants(&self, name: &str) -> bool {
        CLAIMS.contains(&name) || self.0.user_id_claim.as_deref() == Some(name)
    }
}

/// A refresh token is signed like any other, and lives for weeks.
fn check_purpose(found: &Found) -> Result<(), TokenError> {
    let is_other = |word: &str| OTHER_PURPOSES.iter().any(|other| other.eq_ignore_ascii_case(word));
    let mut said = PURPOSES.iter().filter_map(|name| found.get(name)).filter_map(Value::as_str);
    let is_logout = found.get("events").is_some_and(|events| events.get(LOGOUT).is_some());
    if is_logout || said.any(is_other) { Err(TokenError::Purpose) } else { Ok(()) }
}

/// RFC 7519, 2: seconds since the epoch, perhaps with a fraction.
fn date(claim: &Value) -> Option<Timestamp> {
    #[expect(clippy::cast_possible_truncation, reason = "saturates: that is never, or always")]
    claim.as_f64().map(|seconds| Timestamp::from_millis((seconds * 1000.0) as i64))
}

/// Issuers say what they like in `sid` (`OpenID` Connect Front-Channel Logout, 3): what is no id of
/// a session here is none, and no reason to refuse its user.
fn session(claim: Option<&Value>) -> SessionId {
    let name = claim.and_then(Value::as_str).and_then(|name| SessionId::parse(name).ok());
    name.unwrap_or_default()
}

/// RFC 8693, 4.2: words in a string; some issuers write a list.
fn scopes(claim: Option<&Value>) -> Vec<Scope> {
    match claim {
        Some(Value::String(words)) => words.split(' ').filter_map(Scope::parse).collect(),
        Some(Value::Array(words)) => {
            words.iter().filter_map(Value::as_str).filter_map(Scope::parse).collect()
        }
        _ => Vec::new(),
    }
}

/// The claims that are of use, each at most once.
#[derive(Debug, Default)]
pub(super) struct Found(Vec<(String, Value)>);

impl Found {
    /// The claim called `name`; one that is null counts as absent.
    fn get(&self, name: &str) -> Option<&Value> {
        let (_, value) = self.0.iter().find(|(found, _)| found == name)?;
        Some(value).filter(|value| !value.is_null())
    }
}

impl<'de> DeserializeSeed<'de> for &Reader {
    type Value = Found;

    fn deserialize<D: Deserializer<'de>>(self, payload: D) -> Result<Found, D::Error> {
        payload.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for &Reader {
    type Value = Found;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of claims")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut claims: A) -> Result<Found, A::Error> {
        let mut found = Found::default();
        while let Some(name) = claims.next_key::<String>()? {
            if !self.wants(&name) {
                claims.next_value::<IgnoredAny>()?;
            } else if found.0.iter().any(|(seen, _)| *seen == name) {
                // Readers differ in which of two they believe, so neither is to be believed.
                return Err(de::Error::custom("a claim is there twice"));
            } else {
                found.0.push((name, claims.next_value()?));
            }
        }
        Ok(found)
    }
}
