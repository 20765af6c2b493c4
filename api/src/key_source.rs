//! Where the keys that tokens are verified with come from.

use std::{fs, io, path::PathBuf, time::Duration};

use actix_web::web;
use jsonwebtoken::Algorithm;
use reqwest::{Client, StatusCode, Url, redirect};

use crate::{
    auth::{Keys, NoKey},
    settings::Secret,
};

/// How long an issuer may take to hand out its keys, from the first packet to the last.
const PATIENCE: Duration = Duration::from_secs(5);

/// The largest key set that is read from an issuer: a hundred keys have 50 KB.
const MAX_BYTES: usize = 256 * 1024;

/// Where keys are read.
#[derive(Clone, Debug)]
pub(crate) enum KeySource {
    /// The settings themselves: it never changes.
    Secret(Secret),
    /// A PEM file with one public key.
    PemFile(PathBuf),
    /// A JSON Web Key Set in a file.
    JwksFile(PathBuf),
    /// A JSON Web Key Set that the issuer serves.
    JwksUrl(Url),
}

/// Why keys could not be read, for the operator. Holds no key.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unreadable {
    #[error("cannot be read: {0}")]
    File(#[from] io::Error),
    #[error("cannot be fetched: {0}")]
    Fetch(String),
    #[error("the issuer answered {0}")]
    Status(StatusCode),
    #[error("the issuer sent more than {MAX_BYTES} bytes")]
    TooLarge,
    #[error(transparent)]
    NoKey(#[from] NoKey),
}

impl KeySource {
    /// Whether other keys may be there the next time.
    pub(crate) fn may_change(&self) -> bool {
        !matches!(self, Self::Secret(_))
    }

    /// How often to look for other keys without being asked to: a file is cheap to read, and an
    /// issuer that takes back a key is believed within minutes.
    pub(crate) fn look_every(&self) -> Duration {
        match self {
            Self::Secret(_) | Self::PemFile(_) | Self::JwksFile(_) => Duration::from_secs(5),
            Self::JwksUrl(_) => Duration::from_mins(5),
        }
    }

    /// How long not to look again because of a token whose key is not known: whoever sends such
    /// tokens shall not reach the issuer through us.
    pub(crate) fn pause(&self) -> Duration {
        match self {
            Self::Secret(_) | Self::PemFile(_) | Self::JwksFile(_) => Duration::from_secs(1),
            Self::JwksUrl(_) => Duration::from_secs(30),
        }
    }

    /// What is there now, to make keys of.
    pub(crate) async fn read(&self) -> Result<Vec<u8>, Unreadable> {
        match self {
            Self::Secret(secret) => Ok(secret.expose().to_vec()),
            Self::PemFile(path) | Self::JwksFile(path) => {
                let path = path.clone();
                let read = web::block(move || fs::read(path)).await;
                Ok(read.map_err(io::Error::other).flatten()?)
            }
            Self::JwksUrl(url) => fetch(url.clone()).await,
        }
    }

    /// The keys in what was read.
    pub(crate) fn keys(&self, read: &[u8], algorithms: &[Algorithm]) -> Result<Keys, Unreadable> {
        match self {
            Self::Secret(_) => Ok(Keys::from_secret(read, algorithms)?),
            Self::PemFile(_) => Ok(Keys::from_pem(read, algorithms)?),
            Self::JwksFile(_) | Self::JwksUrl(_) => Ok(Keys::from_jwks(read, algorithms)?),
        }
    }
}

/// What the issuer serves at `url`: that address and no other, so redirects are not followed.
async fn fetch(url: Url) -> Result<Vec<u8>, Unreadable> {
    let client = Client::builder().redirect(redirect::Policy::none()).timeout(PATIENCE).build();
    let response = client.map_err(failure)?.get(url).send().await;
    let mut response = response.map_err(failure)?;
    if response.status() != StatusCode::OK {
        return Err(Unreadable::Status(response.status()));
    }
    let mut read = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(failure)? {
        if read.len() + chunk.len() > MAX_BYTES {
            return Err(Unreadable::TooLarge);
        }
        read.extend_from_slice(&chunk);
    }
    Ok(read)
}

/// With its causes, and without the address, which the operator knows and may hold a password.
fn failure(error: reqwest::Error) -> Unreadable {
    Unreadable::Fetch(format!("{:#}", anyhow::Error::new(error.without_url())))
}
