//! Reading the settings: the defaults compiled in, then a file, then the environment.

use std::{
    collections::{BTreeSet, HashMap},
    ffi::OsString,
    fs,
    path::Path,
};

use config::{Config, ConfigError, Environment, File, FileFormat, Value, ValueKind};
use serde_json::Value as Json;

use super::{Settings, SettingsError, kinds};

const DEFAULTS: &str = include_str!("../../config/default.toml");

/// What the names of our variables in the environment begin with, before two underscores.
const PREFIX: &str = "LASTSEEN";

/// The file that is read where the process starts, if it is there.
const FILE: &str = "lastseen.toml";

/// The settings of this process: defaults, then `file` (or `lastseen.toml`, if there is one),
/// then `environment`, pairs of a name and a value.
///
/// # Errors
///
/// A [`SettingsError`] for a file that cannot be read, an unknown key, a bad value or a rule that
/// the values break.
pub fn load(
    file: Option<&Path>,
    environment: impl IntoIterator<Item = (OsString, OsString)>,
) -> Result<Settings, SettingsError> {
    let file = match file {
        Some(path) => read_file(path)?,
        None if Path::new(FILE).exists() => read_file(Path::new(FILE))?,
        None => String::new(),
    };
    // Values stay strings, so that a secret of digits keeps its zeros; the fields know their types.
    let environment = Environment::with_prefix(PREFIX)
        .prefix_separator("__")
        .separator("__")
        .source(Some(ours(environment)?));
    let file = File::from_str(&file, FileFormat::Toml);
    let sources = defaults().add_source(file).add_source(environment);
    let config = sources.build().map_err(|error| unreadable(&error))?;
    refuse_unknown_keys(&config)?;
    let mut settings = read(config.clone())?;
    kinds::check(&config, &settings)?;
    let development = settings.is_development();
    settings.accounts.enabled.get_or_insert(development);
    settings.server.demo.get_or_insert(development);
    settings.check()?;
    Ok(settings)
}

fn defaults() -> config::ConfigBuilder<config::builder::DefaultState> {
    Config::builder().add_source(File::from_str(DEFAULTS, FileFormat::Toml))
}

/// The text of a file that is TOML. Its mistakes are told by their place alone: the line that the
/// parser would show may be the one with the secret.
fn read_file(path: &Path) -> Result<String, SettingsError> {
    let unusable = |reason: String| SettingsError::new(path.display().to_string(), reason);
    let text = fs::read_to_string(path).map_err(|error| unusable(error.to_string()))?;
    match toml::from_str::<toml::Table>(&text) {
        Ok(_) => Ok(text),
        Err(error) => {
            let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
            let line = before.lines().count().max(1);
            Err(unusable(format!("line {line} is not TOML: {}", one_line(error.message()))))
        }
    }
}

/// The variables that are meant for us. Others need not even be text.
fn ours(
    environment: impl IntoIterator<Item = (OsString, OsString)>,
) -> Result<HashMap<String, String>, SettingsError> {
    let names = environment.into_iter().filter_map(|(name, value)| {
        let name = name.into_string().ok()?;
        name.to_uppercase().starts_with(&format!("{PREFIX}__")).then_some((name, value))
    });
    let text = |(name, value): (String, OsString)| match value.into_string() {
        Ok(value) => Ok((name, value)),
        Err(_) => Err(SettingsError::new(name, "is not UTF-8")),
    };
    names.map(text).collect()
}

fn unreadable(error: &ConfigError) -> SettingsError {
    SettingsError::new("the configuration cannot be read", one_line(&error.to_string()))
}

fn read(config: Config) -> Result<Settings, SettingsError> {
    serde_path_to_error::deserialize(config).map_err(|error| {
        let key = error.path().to_string();
        SettingsError::new(key, one_line(&cause(error.inner())))
    })
}

/// What is wrong with a value, without the key that the caller knows and the file it came from.
fn cause(error: &ConfigError) -> String {
    if let ConfigError::At { error, .. } = error {
        cause(error)
    } else if let ConfigError::Type { unexpected, expected, .. } = error {
        format!("expected {expected}, found {unexpected}")
    } else {
        error.to_string()
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Every key that is set must be one that exists: a misspelt one would change nothing, silently.
fn refuse_unknown_keys(config: &Config) -> Result<(), SettingsError> {
    let known = known_keys()?;
    let mut set = BTreeSet::new();
    collect_keys("", &config.cache, &mut set);
    match set.difference(&known).next() {
        None => Ok(()),
        Some(key) => Err(SettingsError::new(key, "there is no such key")),
    }
}

/// The sections and the keys of the settings themselves, those without a default included.
fn known_keys() -> Result<BTreeSet<String>, SettingsError> {
    let defaults = read(defaults().build().map_err(|error| unreadable(&error))?)?;
    let Ok(Json::Object(sections)) = serde_json::to_value(defaults) else {
        return Ok(BTreeSet::new());
    };
    let keys = sections.iter().flat_map(|(section, keys)| {
        let keys = keys.as_object().into_iter().flat_map(|keys| keys.keys());
        keys.map(move |key| format!("{section}.{key}"))
    });
    Ok(keys.chain(sections.keys().cloned()).collect())
}

fn collect_keys(prefix: &str, value: &Value, keys: &mut BTreeSet<String>) {
    let ValueKind::Table(table) = &value.kind else {
        keys.insert(prefix.to_owned());
        return;
    };
    if table.is_empty() && !prefix.is_empty() {
        keys.insert(prefix.to_owned());
    }
    let dot = if prefix.is_empty() { "" } else { "." };
    for (name, value) in table {
        collect_keys(&format!("{prefix}{dot}{name}"), value, keys);
    }
}
