//! `lastseen token`

use anyhow::Context;
use presence::{Clock, SessionId, SystemClock, Timestamp, UserId};

use super::print::print;
use crate::{
    auth::{NewToken, sign},
    cli::TokenArgs,
    credentials,
    settings::Settings,
};

/// Prints a token, and nothing else.
pub(crate) fn token(settings: &Settings, args: &TokenArgs) -> anyhow::Result<()> {
    let secret = credentials::existing_secret(settings)?;
    let expectations = credentials::expectations(settings);
    let user = args.user.as_ref().map(|user| UserId::parse(expectations.user_id, user));
    if let Some(session) = &args.session {
        SessionId::parse(session).context("--session")?;
    }
    let new = NewToken {
        user: user.transpose().context("--user")?,
        session: args.session.clone(),
        scope: args.scope.clone(),
        ttl: args.ttl.0,
    };
    let algorithm = settings.auth.algorithms.0.first().copied().unwrap_or_default();
    let now = SystemClock::starting_at(Timestamp::EPOCH).now();
    print(&sign(&new, &expectations, algorithm, secret.expose(), now)?)
}
