//! From the settings to the keys and secrets that tokens are checked and signed with.

use std::{
    fs,
    io::{self, Write},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf, absolute},
};

use anyhow::{Context, bail};
use aws_lc_rs::rand;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use presence::Database;
use tempfile::NamedTempFile;

use crate::{
    auth::{Expectations, Issuer, least_secret},
    issuer_keys::IssuerKeys,
    key_source::KeySource,
    settings::{Secret, Settings, without_last_newline},
};

/// The keys that the settings name, read.
///
/// # Errors
///
/// When they cannot be read, or the secret of development cannot be made.
pub async fn issuer_keys(settings: &Settings) -> anyhow::Result<IssuerKeys> {
    let auth = &settings.auth;
    let (name, source) = if let Some(path) = &auth.public_key_file {
        (format!("auth.public_key_file: {}", path.display()), KeySource::PemFile(path.clone()))
    } else if let Some(path) = &auth.jwks_file {
        (format!("auth.jwks_file: {}", path.display()), KeySource::JwksFile(path.clone()))
    } else if let Some(url) = &auth.jwks_url {
        (format!("auth.jwks_url: {url}"), KeySource::JwksUrl(url.to_url()))
    } else {
        let name = if auth.secret_file.is_some() { "auth.secret_file" } else { "auth.secret" };
        (name.to_owned(), KeySource::Secret(secret(settings)?))
    };
    IssuerKeys::read(source, &auth.algorithms.0, expectations(settings)).await.context(name)
}

/// The issuer of tokens for accounts, if there are accounts.
///
/// # Errors
///
/// When the secret of development cannot be made.
pub fn issuer(settings: &Settings) -> anyhow::Result<Option<Issuer>> {
    if !settings.has_accounts() {
        return Ok(None);
    }
    // With a secret all of them are of the HS family.
    let algorithm = settings.auth.algorithms.0.first().copied().unwrap_or_default();
    let ttl = settings.accounts.token_ttl.0;
    Ok(Some(Issuer::new(expectations(settings), algorithm, secret(settings)?, ttl)))
}

/// What tokens must say.
#[must_use]
pub fn expectations(settings: &Settings) -> Expectations {
    let auth = &settings.auth;
    Expectations {
        issuer: auth.issuer.clone(),
        audience: auth.audience.clone(),
        leeway: auth.leeway.0,
        user_id_claim: auth.user_id_claim.clone(),
        user_id: auth.user_id.into(),
    }
}

/// The secret that tokens are signed with: the configured one, or that of development.
///
/// # Errors
///
/// When there is none, because a public key is configured.
pub fn secret(settings: &Settings) -> anyhow::Result<Secret> {
    if let Some(secret) = &settings.auth.secret {
        return Ok(secret.clone());
    }
    if !settings.is_development() {
        bail!("a public key signs nothing: tokens come from your own issuer");
    }
    let path = secret_path(settings)?;
    let least = settings.auth.algorithms.0.iter().copied().map(least_secret).max();
    kept_secret(&path, least.unwrap_or_default())
        .with_context(|| format!("the secret of development, {}", path.display()))
}

/// The secret that a server of these settings signs with, which is not made if it is not there: a
/// new one would sign tokens that no server takes.
///
/// # Errors
///
/// As [`secret`]; and when development has not made its secret here.
pub fn existing_secret(settings: &Settings) -> anyhow::Result<Secret> {
    let path = secret_path(settings)?;
    if settings.is_development() && !path.exists() {
        bail!(
            "auth.secret: none is set, and no server has made one here: there is no {}; start the \
             server first, and run this in its folder, with its --config and its environment",
            absolute(&path).unwrap_or(path).display()
        );
    }
    secret(settings)
}

/// Where development keeps its secret: beside its database, or in the folder that it runs in.
///
/// # Errors
///
/// When `database.url` is not that of a database.
pub fn secret_path(settings: &Settings) -> anyhow::Result<PathBuf> {
    let database = Database::new(&settings.database.url)?;
    let mut path = database.path().unwrap_or(Path::new("lastseen")).as_os_str().to_owned();
    path.push(".secret");
    Ok(path.into())
}

/// The secret in the file `path`, which is made if it is not there, and has `least` bytes or more.
fn kept_secret(path: &Path, least: usize) -> anyhow::Result<Secret> {
    if !path.exists() {
        make_secret(path)?;
    }
    let mode = fs::metadata(path)?.permissions().mode();
    if mode & 0o077 != 0 {
        bail!("is open to others than its owner: chmod 600 it");
    }
    let secret = Secret::from(without_last_newline(&fs::read_to_string(path)?).to_owned());
    if secret.expose().len() < least {
        bail!("holds less than {least} bytes; remove it to have it made anew");
    }
    Ok(secret)
}

/// As text these are 64 bytes, which is enough for every algorithm.
const RANDOM_BYTES: usize = 48;

/// Puts a new secret at `path`, readable by its owner alone. It is there whole or not at all: two
/// processes may start at once, and the first one's secret is the one that stays.
fn make_secret(path: &Path) -> anyhow::Result<()> {
    let mut bytes = [0; RANDOM_BYTES];
    rand::fill(&mut bytes).map_err(|_| io::Error::other("no randomness"))?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let mut draft = NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))?;
    draft.write_all(URL_SAFE_NO_PAD.encode(bytes).as_bytes())?;
    draft.as_file().sync_all()?;
    match draft.persist_noclobber(path) {
        Err(error) if error.error.kind() != io::ErrorKind::AlreadyExists => Err(error.into()),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;

    use super::*;

    #[test]
    fn the_secret_of_development_is_made_once_and_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.db.secret");
        let first = kept_secret(&path, 64).unwrap();
        assert!(first.expose().len() >= 64, "enough for HS512");
        assert_eq!(first, kept_secret(&path, 32).unwrap());
        make_secret(&path).unwrap();
        assert_eq!(first, kept_secret(&path, 32).unwrap(), "the first one stays");
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else is left");

        fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
        assert!(kept_secret(&path, 32).is_err(), "others may read it");
        fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        fs::write(&path, format!("{}\n", "s".repeat(48))).unwrap();
        assert_eq!(kept_secret(&path, 48).unwrap().expose(), "s".repeat(48).as_bytes());
        assert!(kept_secret(&path, 49).is_err(), "the newline is no part of it");
    }
}
