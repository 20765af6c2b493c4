//! Secrets in files of their own, as Docker and Kubernetes mount them.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

use config::Config;

use super::{Secret, Settings, SettingsError, secret::without_last_newline};

/// More than any secret or URL has; a file without end, such as `/dev/zero`, is not read to it.
const MAX_BYTES: u64 = 64 * 1024;

/// Reads the files that stand for other keys, and puts what they hold into the place of those.
/// `given` is what the operator set: the defaults are not in it.
///
/// # Errors
///
/// [`SettingsError`] when a file cannot be used, or the key that it stands for is set as well.
pub(super) fn read(settings: &mut Settings, given: &Config) -> Result<(), SettingsError> {
    if let Some(path) = &settings.auth.secret_file {
        let secret = content("auth.secret_file", path, "auth.secret", given)?;
        settings.auth.secret = Some(Secret::from(secret));
    }
    if let Some(path) = &settings.database.url_file {
        settings.database.url = content("database.url_file", path, "database.url", given)?;
    }
    Ok(())
}

fn content(key: &str, path: &Path, other: &str, given: &Config) -> Result<String, SettingsError> {
    if given.get::<config::Value>(other).is_ok() {
        return Err(SettingsError::new(key, format!("{other} is set as well: leave out one")));
    }
    let refuse = |reason: String| SettingsError::new(key, format!("{}: {reason}", path.display()));
    let text = text(path).map_err(|error| refuse(reason(&error)))?;
    let text = without_last_newline(&text);
    if text.is_empty() {
        return Err(refuse(format!("is empty: it must hold what {other} would be")));
    }
    Ok(text.to_owned())
}

fn text(path: &Path) -> io::Result<String> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(io::Error::other(format!("has more than {MAX_BYTES} bytes")));
    }
    String::from_utf8(bytes).map_err(|_| io::ErrorKind::InvalidData.into())
}

fn reason(error: &io::Error) -> String {
    if error.kind() == io::ErrorKind::InvalidData {
        return "is not UTF-8: write it as text, for example in base64".to_owned();
    }
    format!("cannot be read: {error}")
}
