//! The public key in a PEM file (RFC 7468).

use jsonwebtoken::{Algorithm, DecodingKey};

use super::{
    key::{Key, Misfit},
    keys::NoKey,
};

/// The public key in `text`, for those of `algorithms` that it can verify. What stands before,
/// between and after the blocks is no part of them.
///
/// # Errors
///
/// [`NoKey`] when there is not exactly one such key.
pub(super) fn key(text: &[u8], algorithms: &[Algorithm]) -> Result<Key, NoKey> {
    let blocks = pem::parse_many(text).map_err(|_| NoKey::new("holds a broken block of PEM"))?;
    let is_public = |block: &&pem::Pem| block.tag().ends_with("PUBLIC KEY");
    let mut public = blocks.iter().filter(is_public);
    let (Some(block), None) = (public.next(), public.next()) else {
        return Err(NoKey::new(not_one(&blocks)));
    };
    let one = pem::encode(block);
    let decoding = DecodingKey::from_rsa_pem(one.as_bytes())
        .or_else(|_| DecodingKey::from_ec_pem(one.as_bytes()))
        .or_else(|_| DecodingKey::from_ed_pem(one.as_bytes()));
    let decoding =
        decoding.map_err(|_| NoKey::new("holds no public key of the kinds RSA, EC and Ed25519"))?;
    Key::new(None, decoding, algorithms).map_err(|misfit| {
        let (Misfit::Elsewhere(reason) | Misfit::Odd(reason)) = misfit;
        NoKey::new(format!("holds no public key of these algorithms: it {reason}"))
    })
}

/// Why there is not one public key among `blocks`, and what would do.
fn not_one(blocks: &[pem::Pem]) -> &'static str {
    let has = |what: &str| blocks.iter().any(|block| block.tag().ends_with(what));
    if has("PUBLIC KEY") {
        "holds several public keys: leave one, or list them in auth.jwks_file"
    } else if has("PRIVATE KEY") {
        "holds a private key, which stays with the issuer: take its public half \
         (openssl pkey -in private.pem -pubout)"
    } else if has("CERTIFICATE") {
        "holds a certificate: take the public key out of it \
         (openssl x509 -in certificate.pem -noout -pubkey)"
    } else {
        "holds no public key: one begins with -----BEGIN PUBLIC KEY-----"
    }
}
