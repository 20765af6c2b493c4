//! Values of another kind than their key's, which the library would make fit: 20.5 sessions, or a
//! truth of 5.

use config::{Config, Value, ValueKind};
use serde_json::Value as Json;

use super::{Settings, SettingsError};

/// # Errors
///
/// [`SettingsError`] when a value in `config` is of another kind than what `settings` took it for.
pub(super) fn check(config: &Config, settings: &Settings) -> Result<(), SettingsError> {
    match serde_json::to_value(settings) {
        Ok(settings) => compare("", &config.cache, &settings),
        Err(error) => Err(SettingsError::new("the configuration", error.to_string())),
    }
}

fn compare(key: &str, given: &Value, taken: &Json) -> Result<(), SettingsError> {
    use ValueKind::{Boolean, Float, I64, I128, U64, U128};
    let expected = match (&given.kind, taken) {
        (ValueKind::Table(table), Json::Object(fields)) => {
            let dot = if key.is_empty() { "" } else { "." };
            return table.iter().try_for_each(|(name, value)| {
                let taken = fields.get(name).unwrap_or(&Json::Null);
                compare(&format!("{key}{dot}{name}"), value, taken)
            });
        }
        (Float(_) | Boolean(_), Json::Number(_)) => "an integer",
        (Float(_) | I64(_) | I128(_) | U64(_) | U128(_), Json::Bool(_)) => "true or false",
        (Float(_) | Boolean(_) | I64(_) | I128(_) | U64(_) | U128(_), Json::String(_)) => {
            let reason = format!("expected a string, found {0}: \"{0}\" would do", given.kind);
            return Err(SettingsError::new(key, reason));
        }
        // What the environment says are strings, and the fields have read them.
        _ => return Ok(()),
    };
    Err(SettingsError::new(key, format!("expected {expected}, found {}", given.kind)))
}
