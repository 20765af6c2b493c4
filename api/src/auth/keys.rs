//! The keys that tokens may be signed with.

use jsonwebtoken::{
    Algorithm, AlgorithmFamily, DecodingKey, TokenData, Validation, decode, decode_header,
    errors::{Error, ErrorKind},
    jwk::{Jwk, JwkSet, PublicKeyUse},
};
use serde_json::value::RawValue;

use super::TokenError;
use crate::settings::MIN_SECRET_BYTES;

/// One key or several.
#[derive(Debug)]
pub struct Keys(Vec<Key>);

/// A key, and what it may be used for.
#[derive(Debug)]
struct Key {
    id: Option<String>,
    decoding: DecodingKey,
    validation: Validation,
}

/// What was read is no public key of the algorithms' family, or no key set. Says nothing of the
/// contents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("holds no {0}")]
pub struct NoKey(&'static str);

impl Keys {
    /// The key of the HS family.
    #[must_use]
    pub fn from_secret(secret: &[u8], algorithms: &[Algorithm]) -> Self {
        let decoding = DecodingKey::from_secret(secret);
        Self(Key::new(None, decoding, algorithms).into_iter().collect())
    }

    /// The public key in `pem`, of the family of the first of `algorithms`.
    ///
    /// # Errors
    ///
    /// [`NoKey`] when there is no such key.
    pub fn from_pem(pem: &[u8], algorithms: &[Algorithm]) -> Result<Self, NoKey> {
        let key = match algorithms.first().map(|algorithm| algorithm.family()) {
            Some(AlgorithmFamily::Rsa) => DecodingKey::from_rsa_pem(pem),
            Some(AlgorithmFamily::Ec) => DecodingKey::from_ec_pem(pem),
            Some(AlgorithmFamily::Ed) => DecodingKey::from_ed_pem(pem),
            Some(AlgorithmFamily::Hmac) | None => Err(ErrorKind::InvalidKeyFormat.into()),
        };
        let key = key.ok().and_then(|key| Key::new(None, key, algorithms));
        key.map(|key| Self(vec![key])).ok_or(NoKey("public key of these algorithms"))
    }

    /// The keys of a JSON Web Key Set that one of `algorithms` can use. A key that is for
    /// something else is passed over, as RFC 7517 has it.
    ///
    /// # Errors
    ///
    /// [`NoKey`] when there is none.
    pub fn from_jwks(json: &[u8], algorithms: &[Algorithm]) -> Result<Self, NoKey> {
        let set: JwkSet = serde_json::from_slice(json).map_err(|_| NoKey("JSON Web Key Set"))?;
        let keys: Vec<_> =
            set.keys.iter().filter_map(|jwk| Key::from_jwk(jwk, algorithms)).collect();
        if keys.is_empty() {
            return Err(NoKey("key of these algorithms"));
        }
        Ok(Self(keys))
    }

    /// These keys for tokens of `issuer` and for `audience`.
    pub(super) fn expecting(mut self, issuer: Option<&str>, audience: Option<&str>) -> Self {
        for Key { validation, .. } in &mut self.0 {
            validation.validate_aud = audience.is_some();
            validation.required_spec_claims.clear();
            if let Some(issuer) = issuer {
                validation.set_issuer(&[issuer]);
                validation.required_spec_claims.insert("iss".to_owned());
            }
            if let Some(audience) = audience {
                validation.set_audience(&[audience]);
                validation.required_spec_claims.insert("aud".to_owned());
            }
        }
        self
    }

    /// Whether any of them is asymmetric.
    pub(super) fn are_costly(&self) -> bool {
        self.0.iter().any(|key| key.decoding.family() != AlgorithmFamily::Hmac)
    }

    /// The payload of a token with a good signature.
    pub(super) fn verify(&self, token: &str) -> Result<Box<RawValue>, TokenError> {
        let key = self.of(token)?;
        let TokenData { header, claims } =
            decode::<Box<RawValue>>(token, &key.decoding, &key.validation)
                .map_err(|e| refusal(&e))?;
        // RFC 7515, 4.1.11: an extension that must be understood, of which we understand none.
        if header.crit.is_some() {
            return Err(TokenError::Malformed);
        }
        Ok(claims)
    }

    /// The key that `token` names by its `kid`. A single key without a name serves all tokens.
    fn of(&self, token: &str) -> Result<&Key, TokenError> {
        if let [key @ Key { id: None, .. }] = &self.0[..] {
            return Ok(key);
        }
        let header = decode_header(token).map_err(|_| TokenError::Malformed)?;
        let named = |key: &&Key| header.kid.is_some() && key.id == header.kid;
        let only = || if header.kid.is_none() && self.0.len() == 1 { self.0.first() } else { None };
        self.0.iter().find(named).or_else(only).ok_or(TokenError::UnknownKey)
    }
}

impl Key {
    /// A key for those of `algorithms` that are of its family.
    fn new(id: Option<String>, decoding: DecodingKey, algorithms: &[Algorithm]) -> Option<Self> {
        let fits = |algorithm: &&Algorithm| algorithm.family() == decoding.family();
        let algorithms: Vec<_> = algorithms.iter().filter(fits).copied().collect();
        let mut validation = Validation::new(*algorithms.first()?);
        validation.algorithms = algorithms;
        // Times are checked against store time, at every use.
        validation.validate_exp = false;
        validation.validate_nbf = false;
        Some(Self { id, decoding, validation })
    }

    fn from_jwk(jwk: &Jwk, algorithms: &[Algorithm]) -> Option<Self> {
        if matches!(&jwk.common.public_key_use, Some(usage) if *usage != PublicKeyUse::Signature) {
            return None;
        }
        let decoding = DecodingKey::from_jwk(jwk).ok()?;
        if decoding.family() == AlgorithmFamily::Hmac
            && decoding.try_get_as_bytes().ok()?.len() < MIN_SECRET_BYTES
        {
            return None;
        }
        let own = jwk.common.key_algorithm.map(|algorithm| algorithm.to_string());
        let fits = |algorithm: &&Algorithm| {
            own.as_ref().is_none_or(|own| *own == format!("{algorithm:?}"))
        };
        let algorithms: Vec<_> = algorithms.iter().filter(fits).copied().collect();
        Self::new(jwk.common.key_id.clone(), decoding, &algorithms)
    }
}

fn refusal(error: &Error) -> TokenError {
    #[expect(clippy::wildcard_enum_match_arm, reason = "the library's enum is open-ended")]
    match error.kind() {
        ErrorKind::InvalidSignature => TokenError::Signature,
        ErrorKind::InvalidAlgorithm | ErrorKind::InvalidAlgorithmName => TokenError::Algorithm,
        ErrorKind::InvalidIssuer | ErrorKind::InvalidAudience => TokenError::Stranger,
        ErrorKind::MissingRequiredClaim(claim) if claim == "iss" => TokenError::Claim("iss"),
        ErrorKind::MissingRequiredClaim(_) => TokenError::Claim("aud"),
        _ => TokenError::Malformed,
    }
}
