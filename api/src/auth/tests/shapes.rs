//! What tokens look like: those that issuers make, and those that only look like one.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::crypto;

use super::*;

/// A token of these parts, whatever they are, with a good signature.
pub(super) fn signed(header: &str, claims: &str, key: &EncodingKey, by: Algorithm) -> String {
    let message = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
    let signature = crypto::sign(message.as_bytes(), key, by).unwrap();
    format!("{message}.{signature}")
}

fn with_header(header: &str) -> Result<(), TokenError> {
    let claims = json!({ "user_id": 5, "exp": NOW + 60 }).to_string();
    let token = signed(header, &claims, &EncodingKey::from_secret(SECRET), Algorithm::HS256);
    hs256(expectations()).verify(&token, at(NOW)).map(|_| ())
}

fn with_claims(more: &Value) -> Result<Arc<Claims>, TokenError> {
    let mut claims = json!({ "user_id": 5, "exp": NOW + 60 });
    claims.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    read(&claims)
}

#[test]
fn a_token_for_something_else_than_access_is_none() {
    for more in [
        json!({ "token_type": "refresh", "jti": "1", "iat": NOW }),
        json!({ "token_use": "refresh" }),
        json!({ "type": "refresh", "fresh": false }),
        json!({ "typ": "Refresh" }),
        json!({ "typ": "Offline" }),
        json!({ "typ": "Logout" }),
        json!({ "events": { "http://schemas.openid.net/event/backchannel-logout": {} } }),
    ] {
        assert_eq!(with_claims(&more), Err(TokenError::Purpose), "{more}");
    }
    for typ in ["logout+jwt", "dpop+jwt", "application/secevent+jwt", "Refresh+JWT"] {
        let header = json!({ "alg": "HS256", "typ": typ }).to_string();
        assert_eq!(with_header(&header), Err(TokenError::Purpose), "{typ}");
    }
}

#[test]
fn access_tokens_are_taken_as_issuers_make_them() {
    for more in [
        json!({ "token_type": "access", "jti": "1", "iat": NOW, "user_id": "5" }),
        json!({ "token_type": "sliding", "refresh_exp": NOW + 600 }),
        json!({ "token_use": "access", "client_id": "x", "username": "ada" }),
        json!({ "token_use": "id", "cognito:username": "ada" }),
        json!({ "typ": "Bearer", "azp": "web", "realm_access": { "roles": [] }, "sid": "a-b" }),
        json!({ "typ": "ID", "nonce": "n", "at_hash": "x", "auth_time": NOW }),
        json!({ "type": "access", "fresh": true, "csrf": "x", "nbf": NOW }),
        json!({ "role": "authenticated", "aud": "authenticated", "session_id": "s", "aal": "aal1" }),
        json!({ "sid": "sess_2", "azp": "https://app.example", "fva": [1, -1], "v": 2 }),
        json!({ "events": ["login"], "iat": "yesterday", "exp": NOW as f64 + 60.5 }),
    ] {
        assert!(with_claims(&more).is_ok(), "{more}");
    }
    for header in [
        r#"{"alg":"HS256"}"#,
        r#"{"typ":"JWT","alg":"HS256"}"#,
        r#"{"typ":"at+jwt","alg":"HS256"}"#,
        r#"{"typ":"application/at+JWT","alg":"HS256","kid":"any"}"#,
        r#" { "alg" : "HS256" , "cty" : "json" , "x" : [ 1 ] } "#,
        r#"{"alg":"HS256","crit":null,"b64":true}"#,
    ] {
        assert_eq!(with_header(header), Ok(()), "{header}");
    }
}

#[test]
fn headers_that_are_not_understood_are_refused() {
    for header in [
        "\u{feff}{\"alg\":\"HS256\"}",
        r#"{"alg":"HS256","alg":"HS256"}"#,
        r#"{"alg":"HS256","kid":"a","kid":"b"}"#,
        r#"{"alg":"HS256","kid":5}"#,
        r#"{"alg":"HS256","typ":5}"#,
        r#"{"alg":"HS256","crit":[]}"#,
        r#"{"alg":"HS256","crit":["exp"]}"#,
        r#"{"alg":"HS256","b64":false}"#,
        r#"{"alg":"HS256","b64":"no"}"#,
        r#"["HS256",null,null,null,null]"#,
        r#"{"alg":"HS256"} x"#,
        r#"{"alg":["HS256"]}"#,
        r#"{"typ":"JWT"}"#,
        "null",
        "",
    ] {
        assert_eq!(with_header(header), Err(TokenError::Malformed), "{header}");
    }
    for alg in ["none", "HS384", "hs256", "ES256K", "ES512", "Ed448", "RS256", ""] {
        let header = json!({ "alg": alg }).to_string();
        assert_eq!(with_header(&header), Err(TokenError::Algorithm), "{alg}");
    }
}

#[test]
fn a_token_that_is_written_in_another_way_is_another() {
    let good = token(&json!({ "user_id": 5, "exp": NOW + 60 }));
    let [header, payload, signature] =
        <[&str; 3]>::try_from(good.split('.').collect::<Vec<_>>()).unwrap();
    // 32 bytes are 43 characters, of which the last has two bits that say nothing.
    let last = signature.chars().last().unwrap();
    let spare = char::from(u8::try_from(u32::from(last) + 1).unwrap());
    let nested = URL_SAFE_NO_PAD.encode(format!("\"{good}\""));
    for text in [
        format!("{good}="),
        format!("{header}=.{payload}.{signature}"),
        format!("{good} "),
        format!(" {good}"),
        format!("{header}.{payload}.\n{signature}"),
        format!("{header}.{payload}.{}{spare}", &signature[..42]),
        format!("{header}.{nested}.{signature}"),
        format!("{header}.key.iv.{payload}.{signature}"),
        format!("{header}.{payload}"),
        format!("{header}..{signature}"),
        format!("{}.{payload}.{signature}", URL_SAFE_NO_PAD.encode(b"\xff{")),
    ] {
        assert!(hs256(expectations()).verify(&text, at(NOW)).is_err(), "{text}");
    }
    let long = token(&json!({ "user_id": 5, "exp": NOW + 60, "x": "x".repeat(8192) }));
    let told = hs256(expectations()).verify(&long, at(NOW)).unwrap_err();
    assert!(told.to_string().contains("too long") && told.to_string().contains("8 KiB"), "{told}");
}

#[test]
fn a_payload_that_goes_on_after_its_object_is_none() {
    let key = EncodingKey::from_secret(SECRET);
    for claims in [r#"{"user_id":5,"exp":9999999999}{}"#, r#"{"user_id":5,"exp":9999999999} ,"#] {
        let token = signed(r#"{"alg":"HS256"}"#, claims, &key, Algorithm::HS256);
        assert_eq!(hs256(expectations()).verify(&token, at(NOW)), Err(TokenError::Malformed));
    }
}

#[test]
fn signatures_of_curves_have_one_form() {
    let claims = json!({ "user_id": 5, "exp": NOW + 60 }).to_string();
    for (name, algorithm) in [("p256", Algorithm::ES256), ("ed25519", Algorithm::EdDSA)] {
        let header = json!({ "alg": format!("{algorithm:?}") }).to_string();
        let good = signed(&header, &claims, &private_key(name), algorithm);
        let (message, signature) = good.rsplit_once('.').unwrap();
        let raw = URL_SAFE_NO_PAD.decode(signature).unwrap();
        let (r, s) = raw.split_at(32);
        // RFC 7518, 3.4: not the DER of other protocols. RFC 8032, 8.4: s below the order.
        let part = |part: &[u8]| [&[2, 33, 0], part].concat();
        let order = ED25519_ORDER.map(u16::from);
        let mut carry = 0;
        let malleable: Vec<u8> = s
            .iter()
            .zip(order)
            .map(|(byte, order)| {
                let sum = u16::from(*byte) + order + carry;
                carry = sum >> 8;
                sum.to_le_bytes()[0]
            })
            .collect();
        let verifier =
            Verifier::new(public_key(&format!("{name}.pub.pem"), &[algorithm]), expectations());
        let verify = |signature: &[u8]| {
            let token = format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature));
            verifier.verify(&token, at(NOW)).map(|_| ())
        };
        assert_eq!(verify(&raw), Ok(()));
        for signature in [
            [&[48, 70][..], &part(r), &part(s)].concat(),
            [&[0; 32], s].concat(),
            [r, &[0; 32]].concat(),
            vec![0; 64],
            vec![255; 64],
            raw[..63].to_vec(),
            [&raw[..], &[0]].concat(),
            [&[0], r, &[0], s].concat(),
            [r, &malleable].concat(),
            Vec::new(),
        ] {
            assert_eq!(verify(&signature), Err(TokenError::Signature), "{name} {signature:?}");
        }
    }
}

/// 2^252 + 27742317777372353535851937790883648493, little-endian (RFC 8032, 5.1).
const ED25519_ORDER: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

#[test]
fn what_is_told_of_a_token_may_stand_in_a_challenge() {
    // RFC 6750, 3: error_description.
    let allowed = |byte: u8| matches!(byte, 0x20..=0x21 | 0x23..=0x5b | 0x5d..=0x7e);
    for error in [
        TokenError::Malformed,
        TokenError::TooLong,
        TokenError::Several,
        TokenError::Algorithm,
        TokenError::UnknownKey,
        TokenError::Signature,
        TokenError::Claim("exp"),
        TokenError::UserId(UserIdKind::Integer),
        TokenError::UserId(UserIdKind::String),
        TokenError::Purpose,
        TokenError::Stranger,
        TokenError::Expired,
        TokenError::NotYetValid,
    ] {
        assert!(error.to_string().bytes().all(allowed), "{error}");
    }
}
