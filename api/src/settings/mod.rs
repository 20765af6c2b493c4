//! The settings: defaults, then a file, then the environment; checked before anything connects.
//! `config/default.toml` says what each means.

use std::path::PathBuf;

use jsonwebtoken::Algorithm;
use presence::{Policy, UserIdKind};
use serde::{Deserialize, Serialize};

mod base_path;
mod check;
mod header;
mod kinds;
mod list;
mod listen;
mod load;
mod masking;
mod misspelt;
mod mounted;
mod network;
mod origin;
mod rate;
mod remote;
mod secret;
mod span;
#[cfg(test)]
mod tests;

pub(crate) use self::secret::without_last_newline;
pub use self::{
    base_path::BasePath,
    header::AllowedHeader,
    list::List,
    listen::Listen,
    load::load,
    network::Network,
    origin::Origin,
    rate::{Limit, Rate},
    remote::RemoteUrl,
    secret::Secret,
    span::Span,
};

/// Everything that an operator may set.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Settings {
    /// How to serve.
    pub server: ServerSettings,
    /// Where presence is kept.
    pub database: DatabaseSettings,
    /// Whose tokens count.
    pub auth: AuthSettings,
    /// The rules' settings.
    pub presence: PresenceSettings,
    /// Who may have an account.
    pub accounts: AccountsSettings,
    /// How much may be asked for.
    pub limits: LimitSettings,
    /// How to log.
    pub log: LogSettings,
}

/// `[server]`
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct ServerSettings {
    /// Where to listen.
    pub listen: Listen,
    /// How many threads serve requests; one for each core by default.
    pub workers: Option<usize>,
    /// How long to go on serving after SIGTERM.
    pub drain: Span,
    /// Whether `/` is the demo page; in development alone by default, which [`load()`] puts here.
    pub demo: Option<bool>,
    /// Which pages of other origins may ask.
    pub allowed_origins: List<Origin>,
    /// What they may send along beside what is usual.
    pub allowed_headers: List<AllowedHeader>,
    /// Where a proxy puts all of it.
    pub base_path: BasePath,
    /// Who is believed when they say for whom they ask.
    pub trusted_proxies: List<Network>,
    /// Where to tell Prometheus what is counted, if not where everything else is served.
    pub metrics_listen: Option<Listen>,
}

/// `[database]`
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct DatabaseSettings {
    /// Which database.
    #[serde(serialize_with = "masking::serialize")]
    pub url: String,
    /// A file that holds the URL; [`load()`] puts what it holds into its place.
    pub url_file: Option<PathBuf>,
    /// How many connections at most.
    pub max_connections: u32,
    /// How long the store may take.
    pub timeout: Span,
    /// Whether to bring the schema up to date at the start.
    pub migrate: bool,
}

/// `[auth]`
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct AuthSettings {
    /// What a token may be signed with.
    pub algorithms: List<Algorithm>,
    /// The key of the HS family.
    pub secret: Option<Secret>,
    /// A file that holds it; [`load()`] puts what it holds into its place.
    pub secret_file: Option<PathBuf>,
    /// A PEM file with one public key.
    pub public_key_file: Option<PathBuf>,
    /// A JSON Web Key Set.
    pub jwks_file: Option<PathBuf>,
    /// Where the issuer serves one.
    pub jwks_url: Option<RemoteUrl>,
    /// Who must have issued a token.
    pub issuer: Option<String>,
    /// For whom a token must be.
    pub audience: Option<String>,
    /// By how much `exp` and `nbf` may be missed.
    pub leeway: Span,
    /// Which claim names the user.
    pub user_id_claim: Option<String>,
    /// What user ids are.
    pub user_id: IdKind,
}

/// `[presence]`
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct PresenceSettings {
    /// How long after their last beat a user stays online.
    pub window: Span,
    /// How often clients are told to beat.
    pub heartbeat_interval: Span,
    /// How often clients are told to poll.
    pub poll_interval: Span,
    /// How far a client's clock may be off.
    pub clock_skew: Span,
    /// How soon after a stored beat another may go unwritten.
    pub coalesce: Span,
    /// How often a node brings its picture up to date.
    pub refresh: Span,
    /// How long reads outlive the store.
    pub stale_for: Span,
    /// How many live sessions a user may have.
    pub max_sessions: usize,
    /// For how long users are kept who are not seen; for ever, without.
    pub retention: Option<Span>,
}

/// `[accounts]`
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct AccountsSettings {
    /// Whether there are any; in development alone by default, which [`load()`] puts here.
    pub enabled: Option<bool>,
    /// How long their tokens are good.
    pub token_ttl: Span,
}

/// `[limits]`
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct LimitSettings {
    /// For each user.
    pub per_user: Limit,
    /// For each address, of requests without a valid token.
    pub per_address: Limit,
}

/// `[log]`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct LogSettings {
    /// For whom.
    pub format: LogFormat,
}

/// What a line of the log looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// As people read it.
    Text,
    /// An object of JSON.
    Json,
}

/// What user ids are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum IdKind {
    /// 0 to 2^53-1.
    Integer,
    /// 1 to 128 bytes.
    String,
}

/// Why the settings cannot be used: one line that names the key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{key}: {reason}")]
pub struct SettingsError {
    key: String,
    reason: String,
}

impl SettingsError {
    /// `key` cannot be used, for `reason`.
    pub fn new(key: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { key: key.into(), reason: reason.into() }
    }
}

impl Settings {
    /// Whether no key is configured, which means development: loopback only, with a secret that
    /// is made up and kept beside the database.
    #[must_use]
    pub fn is_development(&self) -> bool {
        self.auth.keys().count() == 0
    }

    /// Whether users may have accounts here.
    #[must_use]
    pub fn has_accounts(&self) -> bool {
        self.accounts.enabled == Some(true)
    }

    /// Whether to serve the demo page.
    #[must_use]
    pub fn has_demo(&self) -> bool {
        self.server.demo == Some(true)
    }

    /// The rules' settings.
    #[must_use]
    pub fn policy(&self) -> Policy {
        let presence = &self.presence;
        Policy {
            window: presence.window.0,
            heartbeat_interval: presence.heartbeat_interval.0,
            clock_skew: presence.clock_skew.0,
            coalesce: presence.coalesce.0,
            refresh: presence.refresh.0,
            max_sessions: presence.max_sessions,
        }
    }
}

impl AuthSettings {
    /// The names of the keys that are configured.
    fn keys(&self) -> impl Iterator<Item = &'static str> {
        [
            ("auth.secret", self.secret.is_some() && self.secret_file.is_none()),
            ("auth.secret_file", self.secret_file.is_some()),
            ("auth.public_key_file", self.public_key_file.is_some()),
            ("auth.jwks_file", self.jwks_file.is_some()),
            ("auth.jwks_url", self.jwks_url.is_some()),
        ]
        .into_iter()
        .filter_map(|(key, configured)| configured.then_some(key))
    }
}

impl From<IdKind> for UserIdKind {
    fn from(kind: IdKind) -> Self {
        match kind {
            IdKind::Integer => Self::Integer,
            IdKind::String => Self::String,
        }
    }
}
