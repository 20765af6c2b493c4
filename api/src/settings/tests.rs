use std::{ffi::OsString, fs, os::unix::ffi::OsStringExt, time::Duration};

use super::*;

const SECRET: &str = "00123456789012345678901234567890";

fn from(environment: &[(&str, &str)]) -> Result<Settings, String> {
    let environment = environment.iter().map(|(key, value)| (key.into(), value.into()));
    load(None, environment).map_err(|error| error.to_string())
}

fn refusal(environment: &[(&str, &str)]) -> String {
    let refusal = from(environment).unwrap_err();
    assert!(!refusal.contains('\n'), "one line: {refusal}");
    refusal
}

#[test]
fn the_defaults_are_those_of_the_contract() {
    let settings = from(&[]).unwrap();
    assert!(settings.is_development());
    assert_eq!(settings.server.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(settings.database.url, "sqlite://lastseen.db?mode=rwc");
    assert_eq!(settings.auth.algorithms.0, [Algorithm::HS256]);
    assert_eq!(settings.auth.leeway.0, Duration::from_secs(30));
    assert_eq!(settings.presence.window.0, Duration::from_mins(5));
    assert_eq!(settings.presence.max_sessions, 20);
    assert_eq!(settings.accounts.token_ttl.0, Duration::from_hours(12));
}

#[test]
fn the_environment_wins_over_the_file_and_the_file_over_the_defaults() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("lastseen.toml");
    fs::write(&file, "[presence]\nwindow = \"10m\"\nmax_sessions = 5\n[server]\nworkers = 3")
        .unwrap();
    let environment = [("LASTSEEN__PRESENCE__MAX_SESSIONS".into(), "7".into())];
    let settings = load(Some(&file), environment).unwrap();
    assert_eq!(settings.presence.window.0, Duration::from_mins(10));
    assert_eq!(settings.presence.max_sessions, 7);
    assert_eq!(settings.server.workers, Some(3));
    assert_eq!(settings.presence.heartbeat_interval.0, Duration::from_mins(2));
}

#[test]
fn an_unknown_key_is_refused_by_its_name() {
    for (name, refused) in [
        ("PRESENCE__WINDOWS", "presence.windows: there is no such key; presence.window is one"),
        ("PRESENSE__WINDOW", "presense.window: there is no such key; presence.window is one"),
        ("LISTEN", "listen: there is no such key; server.listen is one"),
        ("SERVER_LISTEN", "server_listen: there is no such key; server.listen is one"),
        ("AUTH__JWKSURL", "auth.jwksurl: there is no such key; auth.jwks_url is one"),
        ("SERVER__PORT", "server.port: there is no such key; server has "),
        ("QQQ", "qqq: there is no such key; the sections are accounts, auth, database, "),
        ("SERVER__LISTEN__PORT", "server.listen.port: there is no such key; "),
    ] {
        let refusal = refusal(&[(&format!("LASTSEEN__{name}"), "80")]);
        assert!(refusal.starts_with(refused), "{refusal}");
    }

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("settings");
    fs::write(&file, "[cache]\n").unwrap();
    let refusal = load(Some(&file), []).unwrap_err().to_string();
    assert!(refusal.starts_with("cache: there is no such key; "), "{refusal}");
}

#[test]
fn a_file_that_is_named_must_be_there_and_be_toml() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("settings.toml");
    assert!(load(Some(&file), []).is_err());
    fs::write(&file, "[auth]\nsecret = \"my-very-secret-secret").unwrap();
    let refusal = load(Some(&file), []).unwrap_err().to_string();
    assert!(refusal.contains("settings.toml: line 2, column "), "{refusal}");
    assert!(!refusal.contains('\n'), "one line: {refusal}");
    assert!(!refusal.contains("very-secret"), "{refusal}");
}

#[test]
fn variables_of_others_need_not_be_text() {
    let broken = || OsString::from_vec(vec![b'x', 0xff]);
    assert!(load(None, [("OTHER".into(), broken()), (broken(), "x".into())]).is_ok());
    let refusal = load(None, [("LASTSEEN__AUTH__SECRET".into(), broken())]).unwrap_err();
    assert_eq!(refusal.to_string(), "LASTSEEN__AUTH__SECRET: is not UTF-8");
}

#[test]
fn a_bad_value_is_refused_with_its_key() {
    for (name, value, refused) in [
        (
            "PRESENCE__WINDOW",
            "5",
            "presence.window: \"5\" is not a duration such as 5m, 10s or 250ms",
        ),
        ("PRESENCE__REFRESH", "0s", "presence.refresh: 0s is too little: must be more than zero"),
        ("SERVER__LISTEN", "8080", "server.listen: without a key "),
        ("SERVER__WORKERS", "0", "server.workers: 0 is out of range: must be 1 to 512"),
        ("SERVER__WORKERS", "513", "server.workers: 513 is out of range: must be 1 to 512"),
        ("DATABASE__MAX_CONNECTIONS", "4000000000", "database.max_connections: 4000000000 is out"),
        ("DATABASE__TIMEOUT", "30d", "database.timeout: 30d is too long: must be an hour or less"),
        ("AUTH__ISSUER", "", "auth.issuer: is empty"),
        ("AUTH__AUDIENCE", "", "auth.audience: is empty"),
        ("AUTH__USER_ID_CLAIM", "", "auth.user_id_claim: is empty"),
        ("DATABASE__MAX_CONNECTIONS", "many", "database.max_connections: expected an integer"),
        ("DATABASE__MIGRATE", "perhaps", "database.migrate: expected a boolean"),
        (
            "DATABASE__URL",
            "oracle://x",
            "database.url: oracle://x: sqlite://, postgres:// and mysql:// are",
        ),
        ("DATABASE__URL", "sqlite::memory:", "database.url: sqlite::memory:: a database in memory"),
        ("AUTH__ALGORITHMS", "HS256,none", "auth.algorithms: \"none\" is not known"),
        ("AUTH__SECRET", "short", "auth.secret: a secret has at least 32 bytes"),
        ("AUTH__SECRET", "", "auth.secret: a secret has at least 32 bytes"),
        ("AUTH__USER_ID", "uuid", "auth.user_id: "),
        ("ACCOUNTS__ENABLED", "perhaps", "accounts.enabled: expected a boolean"),
        (
            "ACCOUNTS__TOKEN_TTL",
            "999ms",
            "accounts.token_ttl: 999ms is too short: must be a second or more",
        ),
    ] {
        let refusal = refusal(&[(&format!("LASTSEEN__{name}"), value)]);
        assert!(refusal.starts_with(refused), "{refusal}");
    }
}

#[test]
fn a_value_of_another_kind_is_not_made_to_fit() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("settings.toml");
    for (section, line, expected) in [
        ("presence", "max_sessions = 20.5", "presence.max_sessions: expected an integer"),
        ("presence", "max_sessions = true", "presence.max_sessions: expected an integer"),
        ("server", "workers = true", "server.workers: expected an integer"),
        ("database", "migrate = 5", "database.migrate: expected true or false"),
        ("server", "demo = 0.3", "server.demo: expected true or false"),
        ("auth", "issuer = 5", "auth.issuer: expected a string"),
    ] {
        fs::write(&file, format!("[{section}]\n{line}\n")).unwrap();
        let refusal = load(Some(&file), []).unwrap_err().to_string();
        assert!(refusal.starts_with(expected), "{line}: {refusal}");
    }
}

#[test]
fn a_secret_of_digits_stays_the_string_it_was_and_never_shows() {
    let settings = from(&[("LASTSEEN__AUTH__SECRET", SECRET)]).unwrap();
    assert!(!settings.is_development());
    let secret = settings.auth.secret.as_ref().unwrap();
    assert_eq!(secret.expose(), SECRET.as_bytes());
    let shown = [format!("{settings:?}"), toml::to_string(&settings).unwrap()];
    assert!(shown.iter().all(|shown| shown.contains("****") && !shown.contains("0123")));
}

#[test]
fn a_list_in_the_environment_is_separated_by_commas() {
    let secret = SECRET.repeat(2);
    let environment =
        [("LASTSEEN__AUTH__ALGORITHMS", "HS256, HS512"), ("LASTSEEN__AUTH__SECRET", &secret[..])];
    let settings = from(&environment).unwrap();
    assert_eq!(settings.auth.algorithms.0, [Algorithm::HS256, Algorithm::HS512]);
}

#[test]
fn a_secret_is_as_long_as_the_hash_of_each_algorithm() {
    for (algorithms, bytes, least) in
        [("HS384", 47, 48), ("HS256,HS384", 32, 48), ("HS512", 63, 64), ("HS256", 31, 32)]
    {
        let with = |bytes: usize| {
            let secret = "s".repeat(bytes);
            from(&[
                ("LASTSEEN__AUTH__ALGORITHMS", algorithms),
                ("LASTSEEN__AUTH__SECRET", &secret[..]),
            ])
        };
        let refusal = with(bytes).unwrap_err();
        let expected = format!("auth.secret: a secret has at least {least} bytes");
        assert!(refusal.starts_with(&expected), "{refusal}");
        assert!(!refusal.contains("sss"), "no secret shows");
        assert!(with(least).is_ok());
    }
}

#[test]
fn eddsa_has_two_names_and_what_is_not_served_is_named() {
    let key = ("LASTSEEN__AUTH__PUBLIC_KEY_FILE", "key.pem");
    let settings = from(&[key, ("LASTSEEN__AUTH__ALGORITHMS", "Ed25519,EdDSA,ES256")]).unwrap();
    assert_eq!(settings.auth.algorithms.0, [Algorithm::EdDSA, Algorithm::EdDSA, Algorithm::ES256]);
    for name in ["ES512", "ES256K", "Ed448", "none", "RSA-OAEP", "rs256"] {
        let refusal = refusal(&[key, ("LASTSEEN__AUTH__ALGORITHMS", name)]);
        assert!(
            refusal.starts_with(&format!("auth.algorithms: {name:?} is not known")),
            "{refusal}"
        );
    }
}

#[test]
fn more_than_one_key_is_refused() {
    let refusal =
        refusal(&[("LASTSEEN__AUTH__SECRET", SECRET), ("LASTSEEN__AUTH__JWKS_FILE", "keys.json")]);
    assert_eq!(
        refusal,
        "auth.jwks_file: exactly one key is wanted, not auth.secret and auth.jwks_file: \
         leave out one"
    );
}

#[test]
fn a_variable_with_one_underscore_is_refused_with_the_one_that_was_meant() {
    for (name, meant) in [
        ("LASTSEEN_SERVER_LISTEN", "LASTSEEN__SERVER__LISTEN"),
        ("LASTSEEN_SERVER__LISTEN", "LASTSEEN__SERVER__LISTEN"),
        ("lastseen_auth_jwks_url", "LASTSEEN__AUTH__JWKS_URL"),
    ] {
        let refusal = refusal(&[(name, "x")]);
        assert!(refusal.starts_with(&format!("{name}: ")) && refusal.ends_with(meant), "{refusal}");
    }
    // Kubernetes makes such for a service called lastseen; the others are of nobody.
    for name in ["LASTSEEN_PORT", "LASTSEEN_SERVICE_HOST", "LASTSEEN_SECRET", "LASTSEEN"] {
        assert!(from(&[(name, "x")]).is_ok(), "{name}");
    }
}

#[test]
fn secrets_are_read_from_the_files_that_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mounted");
    let file = path.to_str().unwrap();
    let secret = ("LASTSEEN__AUTH__SECRET_FILE", file);
    let url = ("LASTSEEN__DATABASE__URL_FILE", file);
    for (written, read) in
        [(SECRET, SECRET), (&format!("{SECRET}\n"), SECRET), (&format!("{SECRET}\r\n"), SECRET)]
    {
        fs::write(&path, written).unwrap();
        let settings = from(&[secret]).unwrap();
        assert!(!settings.is_development());
        assert_eq!(settings.auth.secret.unwrap().expose(), read.as_bytes());
    }
    fs::write(&path, "postgres://ada:word@db/x\n").unwrap();
    let settings = from(&[url]).unwrap();
    assert_eq!(settings.database.url, "postgres://ada:word@db/x");
    assert!(!toml::to_string(&settings).unwrap().contains("word"));

    for (environment, refused) in [
        (&[secret][..], "auth.secret_file: a secret has at least 32 bytes"),
        (&[secret, ("LASTSEEN__AUTH__SECRET", SECRET)], "auth.secret_file: auth.secret is set as"),
        (&[url, ("LASTSEEN__DATABASE__URL", "sqlite://x")], "database.url_file: database.url is"),
        (&[("LASTSEEN__AUTH__SECRET_FILE", "")], "auth.secret_file: "),
        (&[("LASTSEEN__AUTH__SECRET_FILE", "/missing")], "auth.secret_file: /missing: cannot be"),
        (&[("LASTSEEN__DATABASE__URL_FILE", "/dev/zero")], "database.url_file: /dev/zero: "),
    ] {
        let refusal = refusal(environment);
        assert!(refusal.starts_with(refused), "{refusal}");
    }
    for (written, refused) in [(&b"\n"[..], "is empty"), (&[0xff; 40], "is not UTF-8")] {
        fs::write(&path, written).unwrap();
        assert!(refusal(&[secret]).contains(refused), "{written:?}");
    }
}

#[test]
fn algorithms_must_go_with_the_key() {
    let rs256 = ("LASTSEEN__AUTH__ALGORITHMS", "RS256");
    for (key, refused) in [
        (("LASTSEEN__AUTH__SECRET", SECRET), "auth.algorithms: RS256 does not go with a secret"),
        (("LASTSEEN__AUTH__LEEWAY", "0s"), "auth.algorithms: RS256 does not go with development"),
    ] {
        assert_eq!(refusal(&[rs256, key]), refused);
    }
    let public_key = ("LASTSEEN__AUTH__PUBLIC_KEY_FILE", "key.pem");
    assert_eq!(refusal(&[public_key]), "auth.algorithms: HS256 does not go with a public key");
    assert!(from(&[public_key, rs256]).is_ok());
}

#[test]
fn development_listens_on_loopback_only() {
    let refusal = refusal(&[("LASTSEEN__SERVER__LISTEN", "0.0.0.0:8080")]);
    assert!(refusal.starts_with("server.listen: without a key "), "{refusal}");
    let listen = ("LASTSEEN__SERVER__LISTEN", "0.0.0.0:8080");
    assert!(from(&[listen, ("LASTSEEN__AUTH__SECRET", SECRET)]).is_ok());
    assert!(from(&[("LASTSEEN__SERVER__LISTEN", "[::1]:0")]).is_ok());
}

#[test]
fn a_window_that_forgives_no_lost_beat_is_refused_with_the_sum() {
    let refusal = refusal(&[("LASTSEEN__PRESENCE__HEARTBEAT_INTERVAL", "130s")]);
    assert!(refusal.starts_with("presence.window: one lost beat would"), "{refusal}");
    assert!(refusal.contains("2*130 + 30 + 10 + 1 = 301 s"), "{refusal}");
}

#[test]
fn accounts_are_on_in_development_alone_unless_they_are_asked_for() {
    let secret = ("LASTSEEN__AUTH__SECRET", SECRET);
    let [on, off] = ["true", "false"].map(|value| ("LASTSEEN__ACCOUNTS__ENABLED", value));
    for (environment, enabled) in [
        (&[][..], true),
        (&[off], false),
        (&[secret], false),
        (&[secret, off], false),
        (&[secret, on], true),
    ] {
        let settings = from(environment).unwrap();
        assert_eq!(settings.has_accounts(), enabled, "{environment:?}");
        let shown = toml::to_string(&settings).unwrap();
        assert!(shown.contains(&format!("enabled = {enabled}")), "{shown}");
    }
}

#[test]
fn the_demo_is_on_in_development_alone_unless_it_is_asked_for() {
    let secret = ("LASTSEEN__AUTH__SECRET", SECRET);
    let [on, off] = ["true", "false"].map(|value| ("LASTSEEN__SERVER__DEMO", value));
    for (environment, demo) in
        [(&[][..], true), (&[off], false), (&[secret], false), (&[secret, on], true)]
    {
        assert_eq!(from(environment).unwrap().has_demo(), demo, "{environment:?}");
    }
}

#[test]
fn accounts_do_not_go_with_another_issuer() {
    let on = ("LASTSEEN__ACCOUNTS__ENABLED", "true");
    let secret = ("LASTSEEN__AUTH__SECRET", SECRET);
    let rs256 = ("LASTSEEN__AUTH__ALGORITHMS", "RS256");
    let key = |name| [(name, "file"), rs256, on];
    let issuer = |issuer| [secret, ("LASTSEEN__AUTH__ISSUER", issuer), on];
    for (environment, with) in [
        (key("LASTSEEN__AUTH__PUBLIC_KEY_FILE"), "auth.public_key_file"),
        (key("LASTSEEN__AUTH__JWKS_FILE"), "auth.jwks_file"),
        (issuer("https://issuer/"), "another auth.issuer than \"lastseen\""),
    ] {
        let refusal = refusal(&environment);
        assert!(refusal.starts_with("accounts.enabled: "), "{refusal}");
        assert!(refusal.contains(with), "{refusal}");
        assert!(from(&environment[..2]).is_ok(), "without accounts {with} is fine");
    }
    assert!(from(&issuer("lastseen")).is_ok());
    assert_eq!(refusal(&[secret, rs256, on]), "auth.algorithms: RS256 does not go with a secret");
}
