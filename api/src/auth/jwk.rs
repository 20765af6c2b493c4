//! JSON Web Key Sets (RFC 7517).

use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, DecodingKey, errors::Error};
use serde_json::{Map, Value, value::RawValue};

use super::{
    header::algorithm,
    key::{Key, Misfit},
    keys::{NoKey, PassedOver},
};

/// The keys of the set `json` that one of `algorithms` can use, and those that are passed over: a
/// key that is for something else, or that is not understood, spoils no other (RFC 7517, 5).
///
/// # Errors
///
/// [`NoKey`] when it is no set.
pub(super) fn keys(
    json: &[u8],
    algorithms: &[Algorithm],
) -> Result<(Vec<Key>, Vec<PassedOver>), NoKey> {
    let (mut keys, mut passed_over) = (Vec::new(), Vec::new());
    for (index, member) in members(json)?.iter().enumerate() {
        let member = serde_json::from_str(member.get());
        let id = member.as_ref().ok().and_then(|member: &Value| member["kid"].as_str());
        let place = place(index, id);
        match member.map_err(|_| Misfit::odd("is no JSON")).and_then(|jwk| key(&jwk, algorithms)) {
            Ok(key) => keys.push(key),
            Err(misfit) => passed_over.push(PassedOver { place, misfit }),
        }
    }
    Ok((keys, passed_over))
}

/// What is in the list `keys`. A byte order mark before it says nothing (RFC 8259, 8.1).
fn members(json: &[u8]) -> Result<Vec<Box<RawValue>>, NoKey> {
    let json = json.strip_prefix(b"\xef\xbb\xbf").unwrap_or(json);
    let set: BTreeMap<String, Box<RawValue>> = serde_json::from_slice(json).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        NoKey::new(format!(
            "holds no JSON Web Key Set, which is a JSON object: see line {line}, column {column}"
        ))
    })?;
    if !set.contains_key("keys") && set.contains_key("kty") {
        return Err(NoKey::new("holds a single key: put it into a set, {\"keys\": [ … ]}"));
    }
    let keys = set.get("keys").and_then(|keys| serde_json::from_str(keys.get()).ok());
    keys.ok_or_else(|| NoKey::new("holds no JSON Web Key Set: it has no list `keys`"))
}

/// Which key it is, for the log: an id is whatever the issuer says.
fn place(index: usize, id: Option<&str>) -> String {
    let id = id.map(|id| format!(" ({:?})", id.chars().take(64).collect::<String>()));
    format!("key {}{}", index + 1, id.unwrap_or_default())
}

fn key(jwk: &Value, algorithms: &[Algorithm]) -> Result<Key, Misfit> {
    let jwk = jwk.as_object().ok_or_else(|| Misfit::odd("is no object"))?;
    let id = text(jwk, "kid")?;
    check_purpose(jwk)?;
    let curve = text(jwk, "crv")?.unwrap_or_default();
    // RFC 7518, 6; RFC 8037, 2.
    let (decoding, able): (_, &[_]) = match (text(jwk, "kty")?.unwrap_or_default(), curve) {
        ("RSA", _) => {
            let (n, e) = (needed(jwk, "n")?, needed(jwk, "e")?);
            (DecodingKey::from_rsa_components(n, e), algorithms)
        }
        ("EC", "P-256") => (point(jwk), &[Algorithm::ES256]),
        ("EC", "P-384") => (point(jwk), &[Algorithm::ES384]),
        ("OKP", "Ed25519") => {
            (DecodingKey::from_ed_components(needed(jwk, "x")?), &[Algorithm::EdDSA])
        }
        ("oct", _) => (secret(needed(jwk, "k")?), algorithms),
        (kind, curve) => {
            let kind = format!("{kind} {curve}").escape_debug().take(64).collect::<String>();
            return Err(Misfit::Elsewhere(format!("is of a kind that is not used: {kind}")));
        }
    };
    let decoding = decoding.map_err(|_| Misfit::odd("is not in base64url without padding"))?;
    let own = text(jwk, "alg")?;
    let fits =
        |one: &Algorithm| able.contains(one) && own.is_none_or(|own| algorithm(own) == Some(*one));
    let fitting: Vec<_> = algorithms.iter().copied().filter(fits).collect();
    if fitting.is_empty() {
        let reason = "its kty, crv and alg go together with nothing in auth.algorithms";
        return Err(Misfit::Elsewhere(reason.to_owned()));
    }
    Key::new(id.map(ToOwned::to_owned), decoding, &fitting)
}

/// Whether it is there to verify signatures: RFC 7517, 4.2, 4.3 and 4.7.
fn check_purpose(jwk: &Map<String, Value>) -> Result<(), Misfit> {
    let elsewhere = |reason: &str| Err(Misfit::Elsewhere(reason.to_owned()));
    if text(jwk, "use")?.is_some_and(|usage| usage != "sig") {
        return elsewhere("its use is not sig");
    }
    let operations = list(jwk, "key_ops")?;
    if operations.is_some_and(|operations| !operations.contains(&"verify")) {
        return elsewhere("verify is not among its key_ops");
    }
    list(jwk, "x5c")?;
    if jwk.contains_key("d") {
        return Err(Misfit::odd("is a private key, which stays with the issuer"));
    }
    Ok(())
}

fn point(jwk: &Map<String, Value>) -> Result<DecodingKey, Error> {
    let coordinate = |name| jwk.get(name).and_then(Value::as_str).unwrap_or_default();
    DecodingKey::from_ec_components(coordinate("x"), coordinate("y"))
}

fn secret(text: &str) -> Result<DecodingKey, Error> {
    Ok(DecodingKey::from_secret(&URL_SAFE_NO_PAD.decode(text)?))
}

/// The member called `name`, which is a string if it is there; one that is null is not.
fn text<'a>(jwk: &'a Map<String, Value>, name: &str) -> Result<Option<&'a str>, Misfit> {
    match jwk.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(Misfit::odd(format!("its {name} is no string"))),
    }
}

fn needed<'a>(jwk: &'a Map<String, Value>, name: &str) -> Result<&'a str, Misfit> {
    text(jwk, name)?.ok_or_else(|| Misfit::odd(format!("it has no {name}")))
}

/// The member called `name`, which is a list of strings if it is there.
fn list<'a>(jwk: &'a Map<String, Value>, name: &str) -> Result<Option<Vec<&'a str>>, Misfit> {
    let Some(value) = jwk.get(name).filter(|value| !value.is_null()) else { return Ok(None) };
    let words = value.as_array().and_then(|words| words.iter().map(Value::as_str).collect());
    words.map(Some).ok_or_else(|| Misfit::odd(format!("its {name} is no list of strings")))
}
