//! The rules that the settings must keep among themselves.

use std::time::Duration;

use jsonwebtoken::{Algorithm, AlgorithmFamily};
use presence::Database;

use super::{Listen, Secret, Settings, SettingsError, Span, masking::masked};
use crate::auth::{OWN_ISSUER, least_secret};

/// As many as the HTTP server takes.
const MOST_WORKERS: usize = 512;

/// A node needs a few; no database takes more.
const MOST_CONNECTIONS: usize = 10_000;

/// A client that waits for longer has long gone.
const LONGEST_TIMEOUT: Duration = Duration::from_hours(1);

type Check = Result<(), SettingsError>;

impl Settings {
    pub(super) fn check(&self) -> Check {
        self.check_values()?;
        self.check_keys()?;
        self.check_development()?;
        self.check_accounts()?;
        self.policy()
            .check_margin()
            .map_err(|error| SettingsError::new("presence.window", error.to_string()))
    }

    fn check_values(&self) -> Check {
        let Self { server, database, presence, auth, accounts, .. } = self;
        if server.metrics_listen.as_ref() == Some(&server.listen) && server.listen.port() != 0 {
            let reason = format!(
                "{} is server.listen: name another address, or leave it out to have /metrics there",
                server.listen
            );
            return Err(SettingsError::new("server.metrics_listen", reason));
        }
        within("server.workers", server.workers.unwrap_or(1), MOST_WORKERS)?;
        let connections = usize::try_from(database.max_connections).unwrap_or(usize::MAX);
        within("database.max_connections", connections, MOST_CONNECTIONS)?;
        not_zero("presence.max_sessions", "0", presence.max_sessions != 0)?;
        let spans: [(&str, Span); 5] = [
            ("database.timeout", database.timeout),
            ("presence.window", presence.window),
            ("presence.heartbeat_interval", presence.heartbeat_interval),
            ("presence.poll_interval", presence.poll_interval),
            ("presence.refresh", presence.refresh),
        ];
        for (key, span) in spans {
            not_zero(key, "0s", span.0 > Duration::ZERO)?;
        }
        if database.timeout.0 > LONGEST_TIMEOUT {
            let reason = format!("{} is too long: must be an hour or less", database.timeout);
            return Err(SettingsError::new("database.timeout", reason));
        }
        let texts = [
            ("auth.issuer", &auth.issuer),
            ("auth.audience", &auth.audience),
            ("auth.user_id_claim", &auth.user_id_claim),
        ];
        for (key, text) in texts {
            if text.as_deref() == Some("") {
                return Err(SettingsError::new(key, "is empty: leave it out, or say which"));
            }
        }
        self.check_paths()?;
        Database::new(&database.url).map_err(|error| {
            let key =
                if database.url_file.is_some() { "database.url_file" } else { "database.url" };
            // Where a URL ends that is none, and a password in it begins, nobody knows.
            let servers = ["postgres", "mysql", "mariadb"];
            let is_server = servers.iter().any(|scheme| database.url.starts_with(scheme));
            let url = masked(&database.url);
            let url = if is_server { String::new() } else { format!("{url}: ") };
            SettingsError::new(key, format!("{url}{error}"))
        })?;
        if auth.algorithms.0.is_empty() {
            return Err(SettingsError::new("auth.algorithms", "is empty: [\"HS256\"] would do"));
        }
        if let Some(retention) = presence.retention
            && retention.0 < 3 * presence.window.0
        {
            let reason = format!(
                "{retention} is less than three times presence.window, while cursors tell of who \
                 left meanwhile: {} would do",
                Span(3 * presence.window.0),
            );
            return Err(SettingsError::new("presence.retention", reason));
        }
        if accounts.token_ttl.0 < Duration::from_secs(1) {
            let reason = format!("{} is too short: must be a second or more", accounts.token_ttl);
            return Err(SettingsError::new("accounts.token_ttl", reason));
        }
        Ok(())
    }

    /// An empty path is what a variable without a value leaves behind.
    fn check_paths(&self) -> Check {
        let paths = [
            ("auth.secret_file", &self.auth.secret_file),
            ("auth.public_key_file", &self.auth.public_key_file),
            ("auth.jwks_file", &self.auth.jwks_file),
            ("database.url_file", &self.database.url_file),
        ];
        for (key, path) in paths {
            if path.as_deref().is_some_and(|path| path.as_os_str().is_empty()) {
                return Err(SettingsError::new(key, "is empty: leave it out, or say which file"));
            }
        }
        Ok(())
    }

    fn check_keys(&self) -> Check {
        let keys: Vec<_> = self.auth.keys().collect();
        if let [_, second, ..] = keys[..] {
            let reason =
                format!("exactly one key is wanted, not {}: leave out one", keys.join(" and "));
            return Err(SettingsError::new(second, reason));
        }
        if let Some(secret) = &self.auth.secret {
            self.check_algorithms("a secret", |family| family == AlgorithmFamily::Hmac)?;
            self.check_strength(secret)?;
        }
        if self.auth.public_key_file.is_some() {
            self.check_algorithms("a public key", |family| family != AlgorithmFamily::Hmac)?;
        }
        if self.auth.jwks_url.is_some() {
            // A secret that is served is none.
            self.check_algorithms("auth.jwks_url", |family| family != AlgorithmFamily::Hmac)?;
        }
        Ok(())
    }

    fn check_strength(&self, secret: &Secret) -> Check {
        let has = secret.expose().len();
        match self.auth.algorithms.0.iter().find(|algorithm| has < least_secret(**algorithm)) {
            None => Ok(()),
            Some(algorithm) => {
                let least = least_secret(*algorithm);
                let reason = format!(
                    "a secret has at least {least} bytes for {algorithm:?}, and this one has {has}: \
                     make one with `openssl rand -base64 {least}`"
                );
                let key = if self.auth.secret_file.is_some() { "_file" } else { "" };
                Err(SettingsError::new(format!("auth.secret{key}"), reason))
            }
        }
    }

    /// Development is open to whoever reaches it, so nobody but this machine may.
    fn check_development(&self) -> Check {
        if !self.is_development() {
            return Ok(());
        }
        let addresses = [
            ("server.listen", Some(&self.server.listen)),
            ("server.metrics_listen", self.server.metrics_listen.as_ref()),
        ];
        for (key, listen) in addresses {
            listen.map_or(Ok(()), |listen| check_loopback(key, listen))?;
        }
        self.check_algorithms("development", |family| family == AlgorithmFamily::Hmac)
    }

    /// Whoever else signs tokens has users of their own, and their ids would be those of accounts.
    fn check_accounts(&self) -> Check {
        if !self.has_accounts() {
            return Ok(());
        }
        let refuse = |what: &str| {
            let reason = format!(
                "accounts sign their own tokens, with auth.secret, and do not go with {what}, \
                 whose users would have the same ids"
            );
            Err(SettingsError::new("accounts.enabled", reason))
        };
        if let Some(key) = self.auth.keys().find(|key| !key.starts_with("auth.secret")) {
            return refuse(key);
        }
        match &self.auth.issuer {
            Some(issuer) if issuer != OWN_ISSUER => {
                refuse(&format!("another auth.issuer than {OWN_ISSUER:?}"))
            }
            _ => Ok(()),
        }
    }

    fn check_algorithms(&self, key: &str, fits: impl Fn(AlgorithmFamily) -> bool) -> Check {
        let misfit = |algorithm: &&Algorithm| !fits(algorithm.family());
        match self.auth.algorithms.0.iter().find(misfit) {
            None => Ok(()),
            Some(misfit) => {
                let reason = format!("{misfit:?} does not go with {key}");
                Err(SettingsError::new("auth.algorithms", reason))
            }
        }
    }
}

/// Without a key anybody could make a token.
fn check_loopback(key: &str, listen: &Listen) -> Check {
    let addresses = listen
        .resolve()
        .map_err(|error| SettingsError::new(key, format!("cannot look up {listen}: {error}")))?;
    let Some(address) = addresses.iter().find(|address| !address.ip().is_loopback()) else {
        return Ok(());
    };
    let address = if address.to_string() == listen.to_string() {
        address.to_string()
    } else {
        format!("{listen}, which is {address},")
    };
    let reason = format!(
        "without a key (auth.secret, auth.secret_file, auth.public_key_file, auth.jwks_file or \
         auth.jwks_url) this is development, which listens on loopback only, and {address} is not: \
         set a key, or listen on 127.0.0.1:{}",
        listen.port(),
    );
    Err(SettingsError::new(key, reason))
}

fn within(key: &str, number: usize, most: usize) -> Check {
    if (1..=most).contains(&number) {
        return Ok(());
    }
    Err(SettingsError::new(key, format!("{number} is out of range: must be 1 to {most}")))
}

fn not_zero(key: &str, zero: &str, holds: bool) -> Check {
    if holds {
        return Ok(());
    }
    Err(SettingsError::new(key, format!("{zero} is too little: must be more than zero")))
}
