//! Reading the settings: the defaults compiled in, then a file, then the environment.

use std::{
    collections::{BTreeSet, HashMap},
    ffi::OsString,
    fs,
    io::ErrorKind,
    path::Path,
};

use config::{Config, ConfigError, Environment, File, FileFormat, Value, ValueKind};
use serde_json::Value as Json;

use super::{Settings, SettingsError, kinds, misspelt, mounted};

const DEFAULTS: &str = include_str!("../../config/default.toml");

/// What the names of our variables in the environment begin with, before two underscores.
pub(super) const PREFIX: &str = "LASTSEEN";

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
        Some(path) => read_file("--config: ", path)?,
        None if Path::new(FILE).exists() => read_file("", Path::new(FILE))?,
        None => String::new(),
    };
    let known = known_keys()?;
    // Values stay strings, so that a secret of digits keeps its zeros; the fields know their types.
    let environment = Environment::with_prefix(PREFIX)
        .prefix_separator("__")
        .separator("__")
        .source(Some(ours(environment, &known)?));
    let file = File::from_str(&file, FileFormat::Toml);
    let build = |sources: Sources| sources.build().map_err(|error| unreadable(&error));
    let given = build(Config::builder().add_source(file.clone()).add_source(environment.clone()))?;
    let config = build(defaults().add_source(file).add_source(environment))?;
    refuse_unknown_keys(&config, &known)?;
    let mut settings = read(config.clone())?;
    kinds::check(&config, &settings)?;
    mounted::read(&mut settings, &given)?;
    let development = settings.is_development();
    settings.accounts.enabled.get_or_insert(development);
    settings.server.demo.get_or_insert(development);
    settings.check()?;
    Ok(settings)
}

type Sources = config::ConfigBuilder<config::builder::DefaultState>;

fn defaults() -> Sources {
    Config::builder().add_source(File::from_str(DEFAULTS, FileFormat::Toml))
}

/// The text of a file that is TOML. Its mistakes are told by their place alone: the line that the
/// parser would show may be the one with the secret.
fn read_file(option: &str, path: &Path) -> Result<String, SettingsError> {
    let unusable =
        |reason: String| SettingsError::new(format!("{option}{}", path.display()), reason);
    let text = fs::read_to_string(path).map_err(|error| {
        let is_text = error.kind() != ErrorKind::InvalidData;
        unusable(if is_text {
            format!("cannot be read: {error}")
        } else {
            "is not UTF-8".to_owned()
        })
    })?;
    match toml::from_str::<toml::Table>(&text) {
        Ok(_) => Ok(text),
        Err(error) => {
            let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
            let line = before.matches('\n').count() + 1;
            let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
            let reason = one_line(error.message());
            Err(unusable(format!("line {line}, column {column} is not TOML: {reason}")))
        }
    }
}

/// The variables that are meant for us. Others need not even be text.
fn ours(
    environment: impl IntoIterator<Item = (OsString, OsString)>,
    known: &BTreeSet<String>,
) -> Result<HashMap<String, String>, SettingsError> {
    let mut ours = HashMap::new();
    for (name, value) in environment {
        let Ok(name) = name.into_string() else { continue };
        if name.to_uppercase().starts_with(&format!("{PREFIX}__")) {
            let value = value.into_string();
            let value = value.map_err(|_| SettingsError::new(&name, "is not UTF-8"))?;
            ours.insert(name, value);
        } else if let Some(meant) = misspelt::variable(&name, known) {
            let reason = format!("sections and keys are set apart by two underscores: {meant}");
            return Err(SettingsError::new(name, reason));
        }
    }
    Ok(ours)
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
fn refuse_unknown_keys(config: &Config, known: &BTreeSet<String>) -> Result<(), SettingsError> {
    let mut set = BTreeSet::new();
    collect_keys("", &config.cache, &mut set);
    match set.difference(known).next() {
        None => Ok(()),
        Some(key) => {
            let reason = format!("there is no such key; {}", misspelt::instead_of(key, known));
            Err(SettingsError::new(key, reason))
        }
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
