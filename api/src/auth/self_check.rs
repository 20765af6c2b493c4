//! A check at the start that tokens can be verified at all.

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use serde_json::{Value, json};

/// Signs a token and verifies it.
///
/// jsonwebtoken takes its cryptography from exactly one of two backends. Built with none, or with
/// both because another crate asked for the other, it compiles and panics at its first use: better
/// at the start than at the first request.
///
/// # Panics
///
/// When there is not exactly one backend.
pub fn self_check() {
    let secret = b"a secret for the self-check only";
    let token = encode(&Header::default(), &json!({ "exp": 0 }), &EncodingKey::from_secret(secret));
    let mut validation = Validation::new(Algorithm::HS256);
    validation.validate_exp = false;
    let decoded = token
        .and_then(|token| decode::<Value>(token, &DecodingKey::from_secret(secret), &validation));
    assert!(decoded.is_ok(), "the cryptography of JSON Web Tokens does not work");
}
