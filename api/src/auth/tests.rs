use std::{fs, path::PathBuf};

use jsonwebtoken::{Algorithm, EncodingKey, Header, encode, jwk::Jwk};
use presence::{SessionId, UserId};
use serde_json::{Value, json};

use super::*;
use crate::settings::Secret;

mod keys;
mod shapes;

const SECRET: &[u8] = b"0123456789abcdef0123456789abcdef";
const NOW: i64 = 1_795_200_000;

/// A file of `tests/keys`.
fn key_file(name: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/keys")).join(name)
}

fn private_key(name: &str) -> EncodingKey {
    let pem = fs::read(key_file(&format!("{name}.pem"))).unwrap();
    EncodingKey::from_rsa_pem(&pem)
        .or_else(|_| EncodingKey::from_ec_pem(&pem))
        .or_else(|_| EncodingKey::from_ed_pem(&pem))
        .unwrap()
}

/// The public key in a file of `tests/keys`.
fn public_key(name: &str, algorithms: &[Algorithm]) -> Keys {
    Keys::from_pem(&fs::read(key_file(name)).unwrap(), algorithms).unwrap()
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(seconds * 1000)
}

fn expectations() -> Expectations {
    Expectations {
        issuer: None,
        audience: None,
        leeway: Duration::from_secs(30),
        user_id_claim: None,
        user_id: UserIdKind::Integer,
    }
}

fn hs256(expectations: Expectations) -> Verifier {
    Verifier::new(Keys::from_secret(SECRET, &[Algorithm::HS256]).unwrap(), expectations)
}

fn token(claims: &Value) -> String {
    encode(&Header::default(), claims, &EncodingKey::from_secret(SECRET)).unwrap()
}

fn read(claims: &Value) -> Result<Arc<Claims>, TokenError> {
    hs256(expectations()).verify(&token(claims), at(NOW))
}

fn user(claims: Value) -> Result<String, TokenError> {
    let mut claims = claims;
    claims["exp"] = json!(NOW + 60);
    read(&claims).map(|claims| claims.user.as_ref().unwrap().to_string())
}

#[test]
fn every_family_is_verified_with_its_own_key_and_no_other() {
    use Algorithm::{ES256, ES384, EdDSA, PS256, PS384, PS512, RS256, RS384, RS512};
    let rsa = [RS256, RS384, RS512, PS256, PS384, PS512];
    let pairs: [(&str, &[Algorithm]); 4] =
        [("rsa", &rsa), ("p256", &[ES256]), ("p384", &[ES384]), ("ed25519", &[EdDSA])];
    let claims = json!({ "user_id": 5, "exp": NOW + 60 });
    for (name, algorithms) in pairs {
        let keys = public_key(&format!("{name}.pub.pem"), algorithms);
        let verifier = Verifier::new(keys, expectations());
        for algorithm in algorithms {
            let sign = |key: &EncodingKey| encode(&Header::new(*algorithm), &claims, key).unwrap();
            let good = sign(&private_key(name));
            for _ in 0..2 {
                let claims = verifier.verify(&good, at(NOW)).unwrap();
                assert_eq!(claims.user, Some(UserId::integer(5).unwrap()), "{algorithm:?}");
            }
            let cut = &good[..good.len() - 8];
            assert!(verifier.verify(cut, at(NOW)).is_err());
            if name == "rsa" {
                let other = sign(&private_key("other_rsa"));
                assert_eq!(verifier.verify(&other, at(NOW)), Err(TokenError::Signature));
            }
        }
        let symmetric = token(&claims);
        assert_eq!(verifier.verify(&symmetric, at(NOW)), Err(TokenError::Algorithm));
    }
    for algorithm in [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512] {
        let secret = [SECRET, SECRET].concat();
        let verifier =
            Verifier::new(Keys::from_secret(&secret, &[algorithm]).unwrap(), expectations());
        let secret = EncodingKey::from_secret(&secret);
        let token = encode(&Header::new(algorithm), &claims, &secret).unwrap();
        assert!(verifier.verify(&token, at(NOW)).is_ok());
    }
}

#[test]
fn an_algorithm_that_is_not_configured_is_refused_even_with_the_right_key() {
    let claims = json!({ "user_id": 5, "exp": NOW + 60 });
    let secret = EncodingKey::from_secret(SECRET);
    let token = encode(&Header::new(Algorithm::HS512), &claims, &secret).unwrap();
    assert_eq!(hs256(expectations()).verify(&token, at(NOW)), Err(TokenError::Algorithm));

    let none = "eyJhbGciOiJub25lIn0.eyJ1c2VyX2lkIjo1LCJleHAiOjk5OTk5OTk5OTl9.";
    assert!(hs256(expectations()).verify(none, at(NOW)).is_err());
}

#[test]
fn a_public_key_is_no_secret() {
    let pem = fs::read(key_file("rsa.pub.pem")).unwrap();
    let claims = json!({ "user_id": 5, "exp": NOW + 60 });
    let forged = encode(&Header::default(), &claims, &EncodingKey::from_secret(&pem)).unwrap();
    let both = [Algorithm::RS256, Algorithm::HS256];
    let keys = public_key("rsa.pub.pem", &both);
    let verifier = Verifier::new(keys, expectations());
    assert_eq!(verifier.verify(&forged, at(NOW)), Err(TokenError::Algorithm));
}

#[test]
fn a_key_set_is_chosen_from_by_kid() {
    let jwk = |name: &str, algorithm, id: &str| {
        let mut jwk = Jwk::from_encoding_key(&private_key(name), algorithm).unwrap();
        jwk.common.key_id = Some(id.to_owned());
        serde_json::to_value(jwk).unwrap()
    };
    let mut encryption = jwk("other_rsa", Algorithm::RS256, "enc");
    encryption["use"] = json!("enc");
    let keys = [
        jwk("rsa", Algorithm::RS256, "a"),
        jwk("p256", Algorithm::ES256, "b"),
        jwk("other_rsa", Algorithm::RS512, "of an algorithm that is not configured"),
        json!({ "kty": "oct", "kid": "short", "k": "c2hvcnQ" }),
        json!({ "kty": "something new", "kid": "new" }),
        encryption,
    ];
    let set = json!({ "keys": keys }).to_string().into_bytes();
    let algorithms = [Algorithm::RS256, Algorithm::ES256, Algorithm::HS256];
    let keys = Keys::from_jwks(&set, &algorithms).unwrap();
    let verifier = Verifier::new(keys, expectations());

    let verify = |name: &str, algorithm, id: Option<&str>| {
        let header = Header { kid: id.map(ToOwned::to_owned), ..Header::new(algorithm) };
        let claims = json!({ "user_id": 5, "exp": NOW + 60 });
        let token = encode(&header, &claims, &private_key(name)).unwrap();
        verifier.verify(&token, at(NOW)).map(|_| ())
    };
    assert_eq!(verify("rsa", Algorithm::RS256, Some("a")), Ok(()));
    assert_eq!(verify("p256", Algorithm::ES256, Some("b")), Ok(()));
    assert_eq!(verify("p256", Algorithm::ES256, Some("a")), Err(TokenError::Algorithm));
    assert_eq!(verify("other_rsa", Algorithm::RS256, Some("a")), Err(TokenError::Signature));
    for id in [Some("c"), Some("enc"), Some("short"), Some("new"), Some("")] {
        assert_eq!(verify("rsa", Algorithm::RS256, id), Err(TokenError::UnknownKey), "{id:?}");
    }
    assert_eq!(verify("rsa", Algorithm::RS256, None), Ok(()), "its type names one of two");

    assert!(Keys::from_jwks(&set, &[Algorithm::EdDSA]).is_err(), "no key fits");
    assert!(Keys::from_jwks(b"[]", &algorithms).is_err(), "no key set");
}

#[test]
fn a_token_is_good_until_the_leeway_after_exp() {
    let verifier = hs256(expectations());
    let token = token(&json!({ "user_id": 5, "exp": NOW }));
    let before = Timestamp::from_millis((NOW + 30) * 1000 - 1);
    assert!(verifier.verify(&token, before).is_ok());
    assert_eq!(verifier.verify(&token, at(NOW + 30)), Err(TokenError::Expired));
}

#[test]
fn a_token_is_good_from_the_leeway_before_nbf() {
    let verifier = hs256(expectations());
    let token = token(&json!({ "user_id": 5, "exp": NOW + 600, "nbf": NOW }));
    let before = Timestamp::from_millis((NOW - 30) * 1000 - 1);
    assert_eq!(verifier.verify(&token, before), Err(TokenError::NotYetValid));
    assert!(verifier.verify(&token, at(NOW - 30)).is_ok());
}

#[test]
fn a_remembered_token_expires_like_any_other() {
    let keys = public_key("p256.pub.pem", &[Algorithm::ES256]);
    let verifier = Verifier::new(keys, expectations());
    let claims = json!({ "user_id": 5, "exp": NOW });
    let token = encode(&Header::new(Algorithm::ES256), &claims, &private_key("p256")).unwrap();
    let remembered = || verifier.ring.load().cache.as_ref().unwrap().len();
    assert!(verifier.verify(&token, at(NOW)).is_ok());
    assert_eq!(remembered(), 1);
    for _ in 0..2 {
        assert_eq!(verifier.verify(&token, at(NOW + 30)), Err(TokenError::Expired));
        assert_eq!(remembered(), 0, "it never outlives its exp");
    }
}

#[test]
fn times_that_are_missing_or_no_numbers_are_refused() {
    for exp in [json!(null), json!("1"), json!("99999999999"), json!([NOW]), json!({}), json!(true)]
    {
        let claims = json!({ "user_id": 5, "exp": exp });
        assert!(read(&claims).is_err(), "{claims}");
    }
    assert_eq!(read(&json!({ "user_id": 5 })), Err(TokenError::Claim("exp")));
    let claims = json!({ "user_id": 5, "exp": NOW + 60, "nbf": "soon" });
    assert_eq!(read(&claims), Err(TokenError::Claim("nbf")));
    assert!(read(&json!({ "user_id": 5, "exp": 1e300 })).is_ok(), "never");
    assert!(read(&json!({ "user_id": 5, "exp": 1_795_200_000.5 })).is_ok());
    assert_eq!(read(&json!({ "user_id": 5, "exp": -1e300 })), Err(TokenError::Expired));
}

#[test]
fn payloads_that_readers_could_read_differently_are_refused() {
    let sign = |payload: &str| {
        let payload = serde_json::value::RawValue::from_string(payload.to_owned());
        payload
            .map(|payload| encode(&Header::default(), &payload, &EncodingKey::from_secret(SECRET)))
    };
    for payload in [
        r#"{"user_id":5,"exp":9999999999,"user_id":6}"#,
        r#"{"user_id":5,"exp":1,"exp":9999999999}"#,
        "[5,9999999999]",
        "null",
    ] {
        let token = sign(payload).unwrap().unwrap();
        assert_eq!(hs256(expectations()).verify(&token, at(NOW)), Err(TokenError::Malformed));
    }
    let twice_of_no_use = sign(r#"{"user_id":5,"exp":9999999999,"x":1,"x":2}"#).unwrap().unwrap();
    assert!(hs256(expectations()).verify(&twice_of_no_use, at(NOW)).is_ok());
}

#[test]
fn the_user_is_the_first_of_user_id_and_sub() {
    assert_eq!(user(json!({ "user_id": 5, "sub": "6" })).unwrap(), "5");
    assert_eq!(user(json!({ "user_id": null, "sub": "6" })).unwrap(), "6");
    assert_eq!(user(json!({ "user_id": "7" })).unwrap(), "7", "a decimal string counts");
    assert_eq!(user(json!({ "user_id": 0 })).unwrap(), "0");
    assert_eq!(user(json!({ "sub": "9007199254740991" })).unwrap(), "9007199254740991");
    for claims in [
        json!({}),
        json!({ "user_id": -1, "sub": "6" }),
        json!({ "user_id": 5.5 }),
        json!({ "user_id": 9_007_199_254_740_992_u64 }),
        json!({ "sub": "ada" }),
        json!({ "sub": "" }),
        json!({ "sub": "+5" }),
        json!({ "user_id": true }),
        json!({ "user_id": [5] }),
    ] {
        let names_nobody = claims == json!({});
        let wrong = TokenError::UserId(UserIdKind::Integer);
        let refusal = if names_nobody { TokenError::Claim("user id") } else { wrong };
        assert_eq!(user(claims.clone()), Err(refusal), "{claims}");
    }
    let told = TokenError::UserId(UserIdKind::Integer).to_string();
    assert!(told.contains("auth.user_id") && told.contains("2^53-1"), "{told}");
}

#[test]
fn the_claim_and_the_kind_of_user_ids_are_configurable() {
    let verifier = hs256(Expectations {
        user_id_claim: Some("uid".to_owned()),
        user_id: UserIdKind::String,
        ..expectations()
    });
    let verify = |uid: Value| {
        let claims = json!({ "uid": uid, "sub": "other", "exp": NOW + 60 });
        let claims = verifier.verify(&token(&claims), at(NOW))?;
        Ok(claims.user.as_ref().unwrap().to_string())
    };
    assert_eq!(verify(json!("ada")), Ok("ada".to_owned()));
    for uid in [json!(5), json!(""), json!("x".repeat(1000)), json!("a\u{0}b")] {
        assert_eq!(verify(uid), Err(TokenError::UserId(UserIdKind::String)));
    }
    assert_eq!(verify(json!(null)), Err(TokenError::Claim("user id")));
}

#[test]
fn issuer_and_audience_are_checked_when_configured() {
    let strict = hs256(Expectations {
        issuer: Some("me".to_owned()),
        audience: Some("lastseen".to_owned()),
        ..expectations()
    });
    let verify = |verifier: &Verifier, iss: Value, aud: Value| {
        let claims = json!({ "user_id": 5, "exp": NOW + 60, "iss": iss, "aud": aud });
        verifier.verify(&token(&claims), at(NOW)).map(|_| ())
    };
    assert_eq!(verify(&strict, json!("me"), json!("lastseen")), Ok(()));
    assert_eq!(verify(&strict, json!("me"), json!(["other", "lastseen"])), Ok(()));
    assert_eq!(verify(&strict, json!("you"), json!("lastseen")), Err(TokenError::Stranger));
    assert_eq!(verify(&strict, json!("me"), json!("other")), Err(TokenError::Stranger));
    assert_eq!(verify(&strict, json!(null), json!("lastseen")), Err(TokenError::Claim("iss")));
    assert_eq!(verify(&strict, json!("me"), json!(null)), Err(TokenError::Claim("aud")));
    for iss in [json!(7), json!(["me"]), json!(["you", "me"]), json!({ "me": "me" })] {
        assert_eq!(verify(&strict, iss, json!("lastseen")), Err(TokenError::Claim("iss")));
    }
    assert_eq!(verify(&strict, json!("me "), json!("lastseen")), Err(TokenError::Stranger));
    assert_eq!(verify(&strict, json!("me"), json!([])), Err(TokenError::Stranger));
    assert_eq!(verify(&strict, json!("me"), json!([["lastseen"]])), Err(TokenError::Stranger));
    assert_eq!(verify(&strict, json!("me"), json!({})), Err(TokenError::Claim("aud")));
    let any = hs256(expectations());
    assert_eq!(verify(&any, json!("anyone"), json!("anybody")), Ok(()));
}

#[test]
fn sessions_and_scopes_come_from_their_claims() {
    let read = |more: Value| {
        let mut claims = json!({ "user_id": 5, "exp": NOW + 60 });
        claims.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        read(&claims)
    };
    assert_eq!(read(json!({ "sid": "tab" })).unwrap().session, SessionId::parse("tab").unwrap());
    assert!(read(json!({ "sid": null })).unwrap().session.is_empty());
    for sid in [json!(5), json!("s".repeat(1000)), json!(["a"]), json!({}), json!("a\u{0}b")] {
        assert!(read(json!({ "sid": sid })).unwrap().session.is_empty(), "{sid}");
    }
    let scopes = |more| read(more).unwrap().scopes.clone();
    assert_eq!(scopes(json!({ "scope": "openid presence:read" })), [Scope::Read]);
    assert_eq!(scopes(json!({ "scp": ["presence:admin", 5] })), [Scope::Admin]);
    assert_eq!(
        scopes(json!({ "scp": "presence:admin presence:read" })),
        [Scope::Admin, Scope::Read]
    );
    assert_eq!(scopes(json!({ "scope": 5 })), []);
}

#[test]
fn a_service_may_read_without_being_a_user() {
    let claims = json!({ "scope": "presence:read", "exp": NOW + 60 });
    let claims = read(&claims).unwrap();
    assert_eq!((claims.user.as_ref(), &claims.scopes[..]), (None, &[Scope::Read][..]));
    for claims in [json!({ "sub": "ada" }), json!({ "user_id": -1 }), json!({ "user_id": {} })] {
        for scope in ["presence:read", "presence:admin"] {
            let mut claims = claims.clone();
            claims["exp"] = json!(NOW + 60);
            claims["scope"] = json!(scope);
            assert_eq!(read(&claims), Err(TokenError::Claim("user id")), "{claims}");
        }
    }
}

#[test]
fn extensions_that_must_be_understood_are_not() {
    let header = Header { crit: Some(vec!["b64".to_owned()]), ..Header::default() };
    let claims = json!({ "user_id": 5, "exp": NOW + 60 });
    let token = encode(&header, &claims, &EncodingKey::from_secret(SECRET)).unwrap();
    assert_eq!(hs256(expectations()).verify(&token, at(NOW)), Err(TokenError::Malformed));
}

#[test]
fn what_is_no_token_is_refused() {
    let verifier = hs256(expectations());
    let good = token(&json!({ "user_id": 5, "exp": NOW + 60 }));
    let long = format!("{good}{}", "A".repeat(MAX_TOKEN_BYTES));
    let dotless = good.replace('.', "!");
    for text in ["", ".", "..", "a.b.c", "é.é.é", &long, &dotless, &good[1..]] {
        assert!(verifier.verify(text, at(NOW)).is_err(), "{text:.20}");
    }
}

#[test]
fn a_signed_token_is_taken() {
    let expectations = Expectations {
        issuer: Some("me".to_owned()),
        audience: Some("lastseen".to_owned()),
        ..expectations()
    };
    let new = NewToken {
        user: Some(UserId::integer(5).unwrap()),
        session: Some("tab".to_owned()),
        scope: Some("presence:admin".to_owned()),
        ttl: Duration::from_hours(1),
    };
    let token = sign(&new, &expectations, Algorithm::HS256, SECRET, at(NOW)).unwrap();
    let claims = hs256(expectations).verify(&token, at(NOW)).unwrap();
    assert_eq!(claims.user, new.user);
    assert_eq!(claims.session.as_str(), "tab");
    assert_eq!(claims.scopes, [Scope::Admin]);
    assert_eq!(claims.expires, at(NOW + 3600));
}

#[test]
fn the_cryptography_works() {
    self_check();
}

#[test]
fn a_token_of_an_account_is_taken_and_is_a_session_of_its_own() {
    let (user, ttl) = (UserId::integer(5).unwrap(), Duration::from_mins(1));
    for expectations in [
        expectations(),
        Expectations {
            issuer: Some(OWN_ISSUER.to_owned()),
            audience: Some("us".to_owned()),
            user_id_claim: Some("uid".to_owned()),
            ..expectations()
        },
    ] {
        let secret = Secret::from(str::from_utf8(SECRET).unwrap().to_owned());
        let issuer = Issuer::new(expectations.clone(), Algorithm::HS256, secret, ttl);
        assert!(!format!("{issuer:?}").contains("0123"), "no secret shows");
        let verifier = hs256(expectations);
        let [one, other] = [(); 2].map(|()| {
            let token = issuer.issue(user.clone(), at(NOW)).unwrap();
            assert!(!format!("{token:?}").contains(&token.token), "no token shows");
            verifier.verify(&token.token, at(NOW)).unwrap()
        });
        assert_eq!((&one.user, one.expires), (&Some(user.clone()), at(NOW + 60)));
        assert!(!one.session.is_empty() && one.session != other.session);
    }
}
