//! Keys that can verify, and keys that cannot.

use Algorithm::{ES256, ES384, EdDSA, HS256, HS384, HS512, PS256, RS256, RS384};

use super::*;

fn claims() -> Value {
    json!({ "user_id": 5, "exp": NOW + 60 })
}

fn pem(name: &str) -> Vec<u8> {
    fs::read(key_file(name)).unwrap()
}

fn refusal(read: Result<Keys, NoKey>) -> String {
    read.unwrap_err().to_string()
}

fn public_jwk(name: &str, algorithm: Algorithm, more: Value) -> Value {
    let jwk = Jwk::from_encoding_key(&private_key(name), algorithm).unwrap();
    let mut jwk = serde_json::to_value(jwk).unwrap();
    jwk.as_object_mut().unwrap().remove("alg");
    let Value::Object(more) = more else { panic!("{more}") };
    jwk.as_object_mut().unwrap().extend(more);
    jwk
}

fn set(keys: &[Value]) -> Vec<u8> {
    json!({ "keys": keys }).to_string().into_bytes()
}

fn verify(keys: Keys, key: &str, header: &Header) -> Result<(), TokenError> {
    let token = encode(header, &claims(), &private_key(key)).unwrap();
    Verifier::new(keys, expectations()).verify(&token, at(NOW)).map(|_| ())
}

fn named(algorithm: Algorithm, kid: &str) -> Header {
    Header { kid: Some(kid.to_owned()), ..Header::new(algorithm) }
}

#[test]
fn a_file_whose_key_can_never_verify_is_refused_and_says_what_would_do() {
    for (name, algorithms, told) in [
        ("rsa.pem", &[RS256][..], "holds a private key"),
        ("rsa.pkcs1.pem", &[RS256], "holds a private key"),
        ("p256.pem", &[ES256], "holds a private key"),
        ("p256.sec1.pem", &[ES256], "holds a private key"),
        ("rsa.crt.pem", &[RS256], "openssl x509"),
        ("rsa1024.pub.pem", &[RS256, PS256], "1024 bits"),
        ("p521.pub.pem", &[ES256, ES384], "curve"),
        ("secp256k1.pub.pem", &[ES256, ES384], "curve"),
        ("p256.pub.pem", &[ES384], "curve"),
        ("ed448.pub.pem", &[EdDSA], "Ed25519"),
        ("rsa.pub.pem", &[ES256], "RS256"),
        ("README.md", &[RS256], "-----BEGIN PUBLIC KEY-----"),
    ] {
        let refusal = refusal(Keys::from_pem(&pem(name), algorithms));
        assert!(refusal.starts_with("holds ") && refusal.contains(told), "{name}: {refusal}");
    }
    let two = [pem("rsa.pub.pem"), pem("other_rsa.pub.pem")].concat();
    assert!(refusal(Keys::from_pem(&two, &[RS256])).contains("several public keys"));
}

#[test]
fn a_public_key_is_found_in_a_file_however_it_is_written() {
    let plain = String::from_utf8(pem("rsa.pub.pem")).unwrap();
    for text in [
        plain.clone(),
        plain.replace('\n', "\r\n"),
        plain.trim_end().to_owned(),
        format!("\u{feff}{plain}"),
        format!("The key of our issuer:\n\n{plain}\nThat was it.\n"),
        String::from_utf8(pem("rsa.pkcs1.pub.pem")).unwrap(),
        String::from_utf8([pem("rsa.crt.pem"), pem("rsa.pub.pem")].concat()).unwrap(),
    ] {
        let keys = Keys::from_pem(text.as_bytes(), &[RS256]).unwrap();
        assert_eq!(verify(keys, "rsa", &Header::new(RS256)), Ok(()), "{text}");
    }
}

#[test]
fn a_secret_is_used_with_the_algorithms_that_it_is_long_enough_for() {
    let secret = [7; 48];
    let keys = Keys::from_secret(&secret, &[HS256, HS384, HS512]).unwrap();
    let verifier = Verifier::new(keys, expectations());
    let key = EncodingKey::from_secret(&secret);
    for (algorithm, counts) in [(HS256, true), (HS384, true), (HS512, false)] {
        let token = encode(&Header::new(algorithm), &claims(), &key).unwrap();
        assert_eq!(verifier.verify(&token, at(NOW)).is_ok(), counts, "{algorithm:?}");
    }
    assert!(Keys::from_secret(&[7; 63], &[HS512]).is_err());
}

#[test]
fn an_odd_member_of_a_set_is_passed_over_and_told_and_spoils_no_other() {
    let good = public_jwk("rsa", RS256, json!({ "kid": "good" }));
    let n = good["n"].as_str().unwrap().to_owned();
    let bad = |more: Value| public_jwk("rsa", RS256, more);
    let odd = [
        json!(null),
        json!("key"),
        json!([]),
        json!({}),
        json!({ "kty": 5 }),
        bad(json!({ "kid": 5 })),
        bad(json!({ "use": 5 })),
        bad(json!({ "alg": ["RS256"] })),
        bad(json!({ "key_ops": "verify" })),
        bad(json!({ "key_ops": { "verify": true } })),
        bad(json!({ "x5c": "MIIC" })),
        bad(json!({ "x5c": [5] })),
        bad(json!({ "n": format!("{n}==") })),
        bad(json!({ "n": "" })),
        bad(json!({ "e": "" })),
        bad(json!({ "e": null })),
        bad(json!({ "n": n[..170] })),
        bad(json!({ "d": "AQAB" })),
        public_jwk("p256", ES256, json!({ "x": "AQAB" })),
        public_jwk("p256", ES256, json!({ "y": null })),
        public_jwk("ed25519", EdDSA, json!({ "x": "AQAB" })),
        json!({ "kty": "oct", "k": "c2hvcnQ" }),
        json!({ "kty": "oct", "k": "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=" }),
    ];
    let algorithms = [RS256, ES256, EdDSA, HS256];
    for odd in odd {
        let keys = Keys::from_jwks(&set(&[odd.clone(), good.clone()]), &algorithms).unwrap();
        let told: Vec<_> = keys.passed_over().iter().map(ToString::to_string).collect();
        assert_eq!(told.len(), 1, "{odd}");
        assert!(told[0].starts_with("key 1"), "{told:?}");
        assert!(!told[0].contains(&n[..20]) && !told[0].contains("c2hvcnQ"), "{told:?}");
        assert_eq!(verify(keys, "rsa", &named(RS256, "good")), Ok(()), "{odd}");
        let alone = refusal(Keys::from_jwks(&set(std::slice::from_ref(&odd)), &algorithms));
        assert!(alone.starts_with("holds no key of these algorithms: key 1"), "{alone}");
    }
    let marked = [&b"\xef\xbb\xbf"[..], &set(&[good])[..]].concat();
    assert!(Keys::from_jwks(&marked, &algorithms).is_ok(), "a byte order mark says nothing");
    // What only looks like JSON in one member is JSON in none of the others.
    let wide = r#"{"keys":[{"kty":"RSA","n":1e999},{"kty":"oct","kid":"s","k":"K"}]}"#;
    let wide = wide.replace(":\"K\"", ":\"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY\"");
    assert!(Keys::from_jwks(wide.as_bytes(), &algorithms).is_ok());
}

#[test]
fn keys_for_something_else_are_passed_over_and_are_not_odd() {
    for jwk in [
        public_jwk("rsa", RS256, json!({ "use": "enc" })),
        public_jwk("rsa", RS256, json!({ "key_ops": ["encrypt", "wrapKey"] })),
        public_jwk("rsa", RS256, json!({ "key_ops": [] })),
        public_jwk("rsa", RS256, json!({ "alg": "RSA-OAEP" })),
        public_jwk("rsa", RS256, json!({ "alg": "PS256" })),
        public_jwk("rsa", RS256, json!({ "alg": "ES256" })),
        public_jwk("p256", ES256, json!({ "alg": "ES384" })),
        public_jwk("p256", ES256, json!({ "crv": "P-384", "alg": "ES256" })),
        public_jwk("p256", ES256, json!({ "crv": "P-521" })),
        public_jwk("p256", ES256, json!({ "crv": "secp256k1" })),
        public_jwk("ed25519", EdDSA, json!({ "crv": "X25519" })),
        public_jwk("ed25519", EdDSA, json!({ "crv": "Ed448" })),
        json!({ "kty": "AKP", "alg": "ML-DSA-44", "pub": "AQAB" }),
    ] {
        let algorithms = [RS256, RS384, ES256, ES384, EdDSA];
        let good = public_jwk("other_rsa", RS256, json!({ "kid": "good" }));
        let keys = Keys::from_jwks(&set(&[jwk.clone(), good]), &algorithms).unwrap();
        assert_eq!(keys.passed_over().len(), 1, "{jwk}");
        assert!(!keys.passed_over()[0].is_odd(), "{:?}", keys.passed_over());
    }
}

#[test]
fn what_is_no_set_is_refused_and_says_why() {
    let single = public_jwk("rsa", RS256, json!({})).to_string();
    for (text, told) in [
        (&single[..], "holds a single key"),
        ("{\"keys\":[{\"kty\":\"RSA\",}]}", "line 1"),
        ("{\"keys\":[]}", "holds no key of these algorithms"),
        ("{\"keys\":{}}", "no list `keys`"),
        ("{\"keys\":null}", "no list `keys`"),
        ("{}", "no list `keys`"),
        ("[]", "is a JSON object"),
        ("[[]]", "is a JSON object"),
        ("", "is a JSON object"),
        ("-----BEGIN PUBLIC KEY-----", "is a JSON object"),
    ] {
        let refusal = refusal(Keys::from_jwks(text.as_bytes(), &[RS256]));
        assert!(refusal.starts_with("holds ") && refusal.contains(told), "{text}: {refusal}");
    }
}

#[test]
fn a_key_is_chosen_by_its_name_its_type_and_its_algorithm() {
    let algorithms = [RS256, ES256, EdDSA];
    let keys = |jwks: &[Value]| Keys::from_jwks(&set(jwks), &algorithms).unwrap();
    let one = json!({ "kid": "one" });
    let types = [
        public_jwk("rsa", RS256, one.clone()),
        public_jwk("p256", ES256, one.clone()),
        public_jwk("ed25519", EdDSA, one.clone()),
    ];
    let twice =
        [public_jwk("other_rsa", RS256, one.clone()), public_jwk("rsa", RS256, one.clone())];
    for (name, algorithm) in [("rsa", RS256), ("p256", ES256), ("ed25519", EdDSA)] {
        let by_name = verify(keys(&types), name, &named(algorithm, "one"));
        assert_eq!(by_name, Ok(()), "{name}: one kid for three types");
        assert_eq!(verify(keys(&types), name, &Header::new(algorithm)), Ok(()), "{name}: no kid");
    }
    assert_eq!(verify(keys(&twice), "rsa", &named(RS256, "one")), Ok(()), "one kid for two keys");
    assert_eq!(verify(keys(&twice), "rsa", &Header::new(RS256)), Ok(()), "no kid, two keys");
    let other = verify(keys(&types[1..]), "rsa", &named(RS256, "one"));
    assert_eq!(other, Err(TokenError::Algorithm));
    assert_eq!(verify(keys(&types), "rsa", &named(RS256, "new")), Err(TokenError::UnknownKey));
    assert_eq!(verify(keys(&types), "other_rsa", &named(RS256, "one")), Err(TokenError::Signature));

    let nameless = [public_jwk("rsa", RS256, json!({})), public_jwk("p256", ES256, one)];
    assert_eq!(verify(keys(&nameless), "rsa", &named(RS256, "any")), Ok(()));
    let later = verify(keys(&nameless), "other_rsa", &named(RS256, "any"));
    assert_eq!(later, Err(TokenError::UnknownKey), "the issuer may have it by now");
}

#[test]
fn a_symmetric_key_beside_a_public_one_verifies_its_own_family_alone() {
    let secret =
        json!({ "kty": "oct", "kid": "one", "k": "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY" });
    let set = set(&[secret, public_jwk("rsa", RS256, json!({ "kid": "one" }))]);
    let keys = Keys::from_jwks(&set, &[RS256, HS256]).unwrap();
    let verifier = Verifier::new(keys, expectations());
    let public = EncodingKey::from_secret(&pem("rsa.pub.pem"));
    let forged = encode(&named(HS256, "one"), &claims(), &public).unwrap();
    assert_eq!(verifier.verify(&forged, at(NOW)), Err(TokenError::Signature));
    let good = encode(&named(HS256, "one"), &claims(), &EncodingKey::from_secret(SECRET)).unwrap();
    assert!(verifier.verify(&good, at(NOW)).is_ok());
}

#[test]
fn eddsa_is_known_by_the_name_that_rfc_9864_gives_it() {
    let jwk = public_jwk("ed25519", EdDSA, json!({ "alg": "Ed25519", "kid": "one" }));
    let set = set(&[jwk]);
    for pem_or_set in [true, false] {
        let keys = if pem_or_set {
            public_key("ed25519.pub.pem", &[EdDSA])
        } else {
            Keys::from_jwks(&set, &[EdDSA]).unwrap()
        };
        let verifier = Verifier::new(keys, expectations());
        for name in ["Ed25519", "EdDSA"] {
            let header = json!({ "alg": name, "kid": "one" }).to_string();
            let claims = claims().to_string();
            let token = shapes::signed(&header, &claims, &private_key("ed25519"), EdDSA);
            assert!(verifier.verify(&token, at(NOW)).is_ok(), "{name}");
        }
    }
}
