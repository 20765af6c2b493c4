//! Configuration: whatever the file and the environment say, a start is refused in one line that shows
//! no secret, or the settings keep the rules.

use std::{fs, time::Duration};

use proptest::prelude::*;

use super::for_a_while;
use crate::settings::load;

const SECRET: &str = "a-secret-that-must-never-be-shown-0123";

const URL: &str = "postgres://ada:a-secret-that-must-never-be-shown-0123@db/x";

const KEYS: &[&str] = &[
    "SERVER__LISTEN",
    "SERVER__WORKERS",
    "SERVER__DRAIN",
    "SERVER__TRUSTED_PROXIES",
    "SERVER__ALLOWED_ORIGINS",
    "DATABASE__URL",
    "DATABASE__TIMEOUT",
    "DATABASE__URL_FILE",
    "AUTH__SECRET",
    "AUTH__SECRET_FILE",
    "AUTH__ALGORITHMS",
    "AUTH__JWKS_URL",
    "AUTH__USER_ID",
    "AUTH__LEEWAY",
    "PRESENCE__WINDOW",
    "PRESENCE__REFRESH",
    "PRESENCE__MAX_SESSIONS",
    "LIMITS__PER_USER",
    "LIMITS__PER_ADDRESS",
    "LOG__FORMAT",
    "ACCOUNTS__ENABLED",
    "NONSENSE",
    "SERVER",
    "SERVER__LISTEN__X",
    "",
];

const VALUES: &[&str] = &[
    "",
    "0",
    "-1",
    "5m",
    "250ms",
    "99999999999d",
    "20,40",
    "HS256",
    "HS256,RS256",
    "json",
    "true",
    "127.0.0.1:0",
    "0.0.0.0:80",
    "[::1]:1",
    "localhost:0",
    ":0",
    "10.0.0.0/8,::1",
    "10.0.0.0/99",
    "*",
    "https://a.example",
    "http://a.example",
    "http://127.0.0.1/jwks",
    "sqlite://x.db",
    "integer",
    "string",
    "\u{0}",
];

/// A key and a value. A secret stands where secrets do: anywhere else it would be shown as wrong.
fn pair() -> impl Strategy<Value = (&'static str, &'static str)> {
    prop_oneof![
        4 => (proptest::sample::select(KEYS), proptest::sample::select(VALUES)),
        1 => Just(("AUTH__SECRET", SECRET)),
        1 => Just(("DATABASE__URL", URL)),
    ]
}

fn check(file: Option<&str>, environment: &[(String, String)]) -> Result<(), TestCaseError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("settings.toml");
    fs::write(&path, file.unwrap_or_default()).unwrap();
    let environment = environment.iter().map(|(key, value)| (key.into(), value.into()));
    match load(Some(&path), environment) {
        Ok(settings) => {
            prop_assert!(settings.presence.refresh.0 > Duration::ZERO);
            prop_assert!(settings.policy().check_margin().is_ok());
            let mut listens = settings.server.listen.resolve().unwrap_or_default().into_iter();
            prop_assert!(!settings.is_development() || listens.all(|at| at.ip().is_loopback()));
            let shown = toml::to_string(&settings).unwrap() + &format!("{:?}", settings.auth);
            prop_assert!(!shown.contains(SECRET), "{}", shown);
        }
        Err(refusal) => {
            let refusal = refusal.to_string();
            prop_assert!(!refusal.is_empty() && refusal.lines().count() == 1, "{:?}", refusal);
            prop_assert!(!refusal.contains(SECRET), "{}", refusal);
        }
    }
    Ok(())
}

#[test]
fn an_environment_is_taken_or_refused_in_one_line() {
    let known = pair().prop_map(|(key, value)| (format!("LASTSEEN__{key}"), value.to_owned()));
    let variable = prop_oneof![4 => known, 1 => ("LASTSEEN__[A-Z_]{0,12}", ".{0,20}")];
    for_a_while(proptest::collection::vec(variable, 0..6), |environment| check(None, &environment));
}

#[test]
fn a_file_is_taken_or_refused_in_one_line() {
    let word = prop_oneof![
        proptest::sample::select(KEYS).prop_map(|key| key.to_lowercase().replace("__", ".")),
        proptest::sample::select(VALUES).prop_map(|value| format!("{value:?}")),
        proptest::sample::select(
            &["[auth]", "[server]", "[presence]", "=", "\n", "[", "]", "{", "\"", "#", "5"][..]
        )
        .prop_map(str::to_owned),
        ".{0,6}",
    ];
    let line = pair().prop_map(|(key, value)| {
        format!("{} = {value:?}\n", key.to_lowercase().replace("__", "."))
    });
    let text = prop_oneof![
        proptest::collection::vec(word, 0..16).prop_map(|words| words.join(" ")),
        proptest::collection::vec(line, 0..6).prop_map(|lines| lines.concat()),
    ];
    for_a_while(text, |text| check(Some(&text), &[]));
}
