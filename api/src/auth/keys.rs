//! The keys that tokens may be signed with.

use jsonwebtoken::{Algorithm, AlgorithmFamily, DecodingKey, crypto};

use super::{
    TokenError,
    header::{Header, Parts},
    jwk,
    key::{Key, Misfit},
    pem,
};

/// One key or several.
#[derive(Debug)]
pub struct Keys {
    all: Vec<Key>,
    /// Those that are configured, whether or not a key is there for them.
    algorithms: Vec<Algorithm>,
    passed_over: Vec<PassedOver>,
}

/// What was read holds no key that could verify anything. Says nothing of the contents.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NoKey(String);

/// A key of a set that is not used.
#[derive(Debug, thiserror::Error)]
#[error("{place}: {misfit}")]
pub struct PassedOver {
    pub(super) place: String,
    pub(super) misfit: Misfit,
}

/// How many keys a refusal tells of, that it stays a line.
const TOLD: usize = 3;

impl NoKey {
    pub(super) fn new(reason: impl Into<String>) -> Self {
        Self(reason.into())
    }
}

impl PassedOver {
    /// Whether something is wrong with it, and not only that it is for something else.
    #[must_use]
    pub fn is_odd(&self) -> bool {
        matches!(self.misfit, Misfit::Odd(_))
    }
}

impl Keys {
    /// The key of the HS family.
    ///
    /// # Errors
    ///
    /// [`NoKey`] when it is too short.
    pub fn from_secret(secret: &[u8], algorithms: &[Algorithm]) -> Result<Self, NoKey> {
        let key = Key::new(None, DecodingKey::from_secret(secret), algorithms);
        let key = key.map_err(|misfit| NoKey(misfit.to_string()))?;
        Ok(Self::new(vec![key], algorithms, Vec::new()))
    }

    /// The public key in `text`, which is PEM.
    ///
    /// # Errors
    ///
    /// [`NoKey`] when there is none that one of `algorithms` can use, or several.
    pub fn from_pem(text: &[u8], algorithms: &[Algorithm]) -> Result<Self, NoKey> {
        Ok(Self::new(vec![pem::key(text, algorithms)?], algorithms, Vec::new()))
    }

    /// The keys of a JSON Web Key Set that one of `algorithms` can use. A key that is for
    /// something else or odd is passed over, as RFC 7517, 5 has it.
    ///
    /// # Errors
    ///
    /// [`NoKey`] when there is none.
    pub fn from_jwks(json: &[u8], algorithms: &[Algorithm]) -> Result<Self, NoKey> {
        let (keys, passed_over) = jwk::keys(json, algorithms)?;
        if keys.is_empty() {
            let told: Vec<_> = passed_over.iter().take(TOLD).map(ToString::to_string).collect();
            let colon = if told.is_empty() { "" } else { ": " };
            let reason = format!("holds no key of these algorithms{colon}{}", told.join("; "));
            return Err(NoKey(reason));
        }
        Ok(Self::new(keys, algorithms, passed_over))
    }

    fn new(keys: Vec<Key>, algorithms: &[Algorithm], passed_over: Vec<PassedOver>) -> Self {
        Self { all: keys, algorithms: algorithms.to_vec(), passed_over }
    }

    /// The keys of the set that are not used.
    #[must_use]
    pub fn passed_over(&self) -> &[PassedOver] {
        &self.passed_over
    }

    /// Whether any of them is asymmetric.
    pub(super) fn are_costly(&self) -> bool {
        self.all.iter().any(|key| key.decoding.family() != AlgorithmFamily::Hmac)
    }

    /// The payload of a token with a good signature.
    ///
    /// Costs a check by each key that the token may mean: one, unless it names none.
    pub(super) fn verify(&self, token: &str) -> Result<String, TokenError> {
        let parts = Parts::of(token)?;
        let header = parts.header()?;
        if !self.algorithms.contains(&header.algorithm) {
            return Err(TokenError::Algorithm);
        }
        let mut refusal = self.refusal(&header);
        for key in self.meant_by(&header) {
            let message = parts.message.as_bytes();
            let verified =
                crypto::verify(parts.signature, message, &key.decoding, header.algorithm);
            if verified.map_err(|_| TokenError::Malformed)? {
                return parts.payload();
            }
            if refusal == TokenError::Algorithm {
                refusal = TokenError::Signature;
            }
        }
        Err(refusal)
    }

    /// The keys that a token may mean: those that it names, or if there are none, those without a
    /// name; without a `kid` all; of these the ones that go with its algorithm (RFC 7517, 4.5: two
    /// keys of different types may have one name).
    fn meant_by(&self, header: &Header) -> impl Iterator<Item = &Key> {
        let is_known = self.knows(header);
        self.all.iter().filter(move |key| {
            let named = match &header.kid {
                Some(_) if is_known => key.id == header.kid,
                Some(_) => key.id.is_none(),
                None => true,
            };
            named && key.algorithms.contains(&header.algorithm)
        })
    }

    fn knows(&self, header: &Header) -> bool {
        self.all.iter().any(|key| key.id == header.kid)
    }

    /// Why no key verifies a token with `header`, if none is meant by it.
    fn refusal(&self, header: &Header) -> TokenError {
        let has_names = self.all.iter().any(|key| key.id.is_some());
        if header.kid.is_some() && has_names && !self.knows(header) {
            TokenError::UnknownKey
        } else {
            TokenError::Algorithm
        }
    }
}
