//! A key, and what it can verify.

use aws_lc_rs::{
    rsa,
    signature::{
        ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519, ParsedPublicKey,
        RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents,
    },
};
use jsonwebtoken::{Algorithm, AlgorithmFamily, DecodingKey, DecodingKeyKind};

/// A key, and the algorithms that it may be used with.
#[derive(Debug)]
pub(super) struct Key {
    pub(super) id: Option<String>,
    pub(super) decoding: DecodingKey,
    pub(super) algorithms: Vec<Algorithm>,
}

/// Why a key is of no use. Holds nothing of the key.
#[derive(Debug, thiserror::Error)]
pub(super) enum Misfit {
    /// It is for something else, as keys of a set may be.
    #[error("{0}")]
    Elsewhere(String),
    /// Something is wrong with it.
    #[error("{0}")]
    Odd(String),
}

impl Misfit {
    pub(super) fn odd(reason: impl Into<String>) -> Self {
        Self::Odd(reason.into())
    }
}

/// The bits that RSA keys have: RFC 7518, 3.3, and what our cryptography takes.
const RSA_BITS: std::ops::RangeInclusive<usize> = 2048..=8192;

/// How many bytes a secret for `algorithm` has at least, or it can be guessed: as many as the hash
/// (RFC 7518, 3.2).
#[must_use]
pub fn least_secret(algorithm: Algorithm) -> usize {
    #[expect(clippy::wildcard_enum_match_arm, reason = "the others take no secret")]
    match algorithm {
        Algorithm::HS384 => 48,
        Algorithm::HS512 => 64,
        _ => 32,
    }
}

impl Key {
    /// A key for those of `algorithms` that it can verify.
    ///
    /// # Errors
    ///
    /// [`Misfit`] when there is none.
    pub(super) fn new(
        id: Option<String>,
        decoding: DecodingKey,
        algorithms: &[Algorithm],
    ) -> Result<Self, Misfit> {
        let family = decoding.family();
        let of_family: Vec<_> =
            algorithms.iter().copied().filter(|algorithm| algorithm.family() == family).collect();
        let mut reason = Misfit::Elsewhere(format!(
            "is a key for {}, none of which auth.algorithms accepts",
            names(family.algorithms())
        ));
        let mut able = Vec::new();
        for algorithm in of_family {
            match check(&decoding, algorithm) {
                Ok(()) => able.push(algorithm),
                Err(problem) => reason = Misfit::Odd(problem),
            }
        }
        if able.is_empty() { Err(reason) } else { Ok(Self { id, decoding, algorithms: able }) }
    }
}

/// What `algorithms` are called, for people.
pub(super) fn names(algorithms: &[Algorithm]) -> String {
    let names: Vec<_> = algorithms.iter().map(|algorithm| format!("{algorithm:?}")).collect();
    names.join(", ")
}

/// Whether `key`, which is of the family of `algorithm`, can verify anything.
fn check(key: &DecodingKey, algorithm: Algorithm) -> Result<(), String> {
    let bytes = key.try_get_as_bytes().unwrap_or_default();
    match algorithm.family() {
        AlgorithmFamily::Hmac => {
            let least = least_secret(algorithm);
            let told = || format!("has {} bytes, and {algorithm:?} wants {least}", bytes.len());
            (bytes.len() >= least).then_some(()).ok_or_else(told)
        }
        AlgorithmFamily::Rsa => match rsa_bits(key) {
            Some(bits) if RSA_BITS.contains(&bits) => Ok(()),
            Some(bits) => Err(format!("is an RSA key of {bits} bits, and 2048 to 8192 are wanted")),
            None => Err("is no RSA public key".to_owned()),
        },
        AlgorithmFamily::Ec => {
            let curve = if algorithm == Algorithm::ES256 {
                &ECDSA_P256_SHA256_FIXED
            } else {
                &ECDSA_P384_SHA384_FIXED
            };
            let told = |_| "is no key of the curve P-256 (ES256) or P-384 (ES384)".to_owned();
            ParsedPublicKey::new(curve, bytes).map(drop).map_err(told)
        }
        AlgorithmFamily::Ed => {
            let told = |_| "is no Ed25519 public key".to_owned();
            ParsedPublicKey::new(&ED25519, bytes).map(drop).map_err(told)
        }
    }
}

/// How many bits the modulus has, if it is that of an RSA public key.
fn rsa_bits(key: &DecodingKey) -> Option<usize> {
    let modulus = match key.kind() {
        DecodingKeyKind::SecretOrDer(der) => {
            let key = rsa::PublicKey::from_der(der).ok()?;
            RsaPublicKeyComponents::<Vec<u8>>::from(&key).n
        }
        DecodingKeyKind::RsaModulusExponent { n, e } => {
            let components = RsaPublicKeyComponents { n, e };
            components.to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256).ok()?;
            n.clone()
        }
    };
    let first = modulus.iter().position(|byte| *byte != 0)?;
    Some((modulus.len() - first) * 8 - modulus[first].leading_zeros() as usize)
}
