//! Tokens: whatever comes, a token that was not signed with the key does not count, one that was says
//! what it must, and nothing panics.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, crypto};
use presence::{Timestamp, UserIdKind};
use proptest::{
    prelude::*,
    test_runner::{TestCaseError, TestCaseResult},
};
use serde_json::{Value, json};

use super::{for_a_while, json};
use crate::auth::{Expectations, Keys, Verifier};

const SECRET: &[u8] = b"0123456789abcdef0123456789abcdef";
const NOW: i64 = 1_795_200_000;

fn expectations(user_id: UserIdKind) -> Expectations {
    Expectations {
        issuer: None,
        audience: None,
        leeway: std::time::Duration::from_secs(30),
        user_id_claim: None,
        user_id,
    }
}

fn verifier(user_id: UserIdKind) -> Verifier {
    let keys = Keys::from_secret(SECRET, &[Algorithm::HS256]).unwrap();
    Verifier::new(keys, expectations(user_id))
}

fn now() -> Timestamp {
    Timestamp::from_millis(NOW * 1000)
}

/// A token with these parts and a good signature.
fn signed(header: &[u8], claims: &[u8]) -> String {
    let (header, claims) = (URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
    let message = format!("{header}.{claims}");
    let key = EncodingKey::from_secret(SECRET);
    let signature = crypto::sign(message.as_bytes(), &key, Algorithm::HS256).unwrap();
    format!("{message}.{signature}")
}

fn good() -> String {
    let claims = json!({ "user_id": 5, "exp": NOW + 60 }).to_string();
    signed(br#"{"alg":"HS256","typ":"JWT"}"#, claims.as_bytes())
}

#[test]
fn a_token_that_was_changed_anywhere_does_not_count() {
    let (verifier, good) = (verifier(UserIdKind::Integer), good());
    assert!(verifier.verify(&good, now()).is_ok());
    let edits = (0..good.len(), 0..3_u8, "[A-Za-z0-9_.=-]{1,3}|.{1,3}");
    for_a_while(edits, |(at, how, text)| {
        let mut changed = good.clone();
        match how {
            0 => changed.insert_str(at, &text),
            1 => changed.truncate(at),
            _ => changed.replace_range(at..=at, &text),
        }
        prop_assume!(changed != good);
        prop_assert!(verifier.verify(&changed, now()).is_err(), "{changed}");
        Ok(())
    });
}

#[test]
fn claims_that_count_name_a_user_or_a_scope_and_a_time_to_come() {
    const NAMES: &[&str] =
        &["user_id", "sub", "exp", "nbf", "sid", "scope", "scp", "iss", "aud", "typ"];
    const WORDS: &[&str] = &["5", "ada", "presence:read", "presence:admin", "9999999999", "1e400"];
    let kinds = [UserIdKind::Integer, UserIdKind::String].map(verifier);
    let claims = (json(NAMES, WORDS), any::<bool>());
    for_a_while(claims, |(mut claims, is_dated)| -> TestCaseResult {
        if let (Value::Object(members), true) = (&mut claims, is_dated) {
            members.insert("exp".to_owned(), json!(NOW + 60));
        }
        let token = signed(br#"{"alg":"HS256"}"#, claims.to_string().as_bytes());
        for verifier in &kinds {
            if let Ok(read) = verifier.verify(&token, now()) {
                prop_assert!(read.user.is_some() || !read.scopes.is_empty(), "{claims}");
                prop_assert!(read.expires.millis() > (NOW - 30) * 1000, "{claims}");
                prop_assert!(claims["exp"].is_number(), "{claims}");
            }
        }
        Ok(())
    });
}

#[test]
fn headers_that_count_say_the_algorithm_and_demand_nothing() {
    const NAMES: &[&str] = &["alg", "typ", "kid", "crit", "jku", "jwk", "x5u", "b64", "zip"];
    const WORDS: &[&str] = &["HS256", "none", "RS256", "exp", "b64", "http://127.0.0.1/"];
    let verifier = verifier(UserIdKind::Integer);
    let claims = json!({ "user_id": 5, "exp": NOW + 60 }).to_string();
    for_a_while((json(NAMES, WORDS), any::<bool>()), |(mut header, is_named)| {
        if let (Value::Object(members), true) = (&mut header, is_named) {
            members.insert("alg".to_owned(), json!("HS256"));
        }
        if verifier.verify(&signed(header.to_string().as_bytes(), claims.as_bytes()), now()).is_ok()
        {
            prop_assert_eq!(&header["alg"], "HS256");
            prop_assert!(header["crit"].is_null(), "{}", header);
        }
        Ok(())
    });
}

#[test]
fn key_sets_of_nonsense_hold_no_key_or_one_that_verifies_and_spoil_no_other() {
    const NAMES: &[&str] =
        &["kty", "kid", "use", "key_ops", "alg", "crv", "n", "e", "x", "y", "k", "d", "x5c"];
    const WORDS: &[&str] =
        &["RSA", "EC", "OKP", "oct", "sig", "verify", "P-256", "Ed25519", "AQAB"];
    let algorithms = [Algorithm::HS256, Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA];
    let good = json!({ "kty": "oct", "kid": "good", "k": URL_SAFE_NO_PAD.encode(SECRET) });
    let claims = json!({ "user_id": 5, "exp": NOW + 60 }).to_string();
    let token = signed(br#"{"alg":"HS256","kid":"good"}"#, claims.as_bytes());
    for_a_while(json(NAMES, WORDS), |odd| {
        drop(Keys::from_jwks(odd.to_string().as_bytes(), &algorithms));
        let set = json!({ "keys": [odd, good] }).to_string();
        let keys = Keys::from_jwks(set.as_bytes(), &algorithms);
        let expectations = expectations(UserIdKind::Integer);
        let verifier = Verifier::new(keys.map_err(|_| TestCaseError::fail(set))?, expectations);
        prop_assert!(verifier.verify(&token, now()).is_ok());
        Ok(())
    });
}
