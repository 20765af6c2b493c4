//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::{
    commands, logging,
    settings::{Span, load},
};

/// Who is online, and when was everyone else last seen?
#[derive(Debug, Parser)]
#[command(name = "lastseen", version)]
pub struct Cli {
    /// The settings, instead of ./lastseen.toml
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve (what no command means)
    Serve,
    /// Bring the database's schema up to date, one step back, or tell where it is
    Migrate {
        #[arg(value_enum, default_value = "up")]
        direction: Direction,
    },
    /// Print a token; with a symmetric key only
    Token(TokenArgs),
    /// Print the OpenAPI document
    Openapi,
    /// Ask the node of these settings whether it is ready; exit 0 or 1
    Healthcheck,
    /// Print the effective configuration, secrets masked
    Config,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Direction {
    /// All that is new
    Up,
    /// The last change back
    Down,
    /// What is applied and what is not
    Status,
}

#[derive(Debug, Args)]
pub(crate) struct TokenArgs {
    /// Whom it names; nobody, for a service with a scope
    #[arg(long, required_unless_present = "scope")]
    pub(crate) user: Option<String>,
    /// How long it is good
    #[arg(long, default_value = "1h")]
    pub(crate) ttl: Span,
    /// Which session it belongs to
    #[arg(long)]
    pub(crate) session: Option<String>,
    /// presence:read, presence:admin
    #[arg(long)]
    pub(crate) scope: Option<String>,
}

/// Does what the command line says.
///
/// # Errors
///
/// What went wrong, for one line on the standard error.
pub fn run(cli: Cli) -> anyhow::Result<()> {
    if let Some(Command::Openapi) = cli.command {
        return commands::openapi();
    }
    let settings = load(cli.config.as_deref(), std::env::vars_os())?;
    logging::start(settings.log.format);
    match cli.command.unwrap_or(Command::Serve) {
        Command::Serve => commands::serve(&settings),
        Command::Migrate { direction } => commands::migrate(&settings, direction),
        Command::Token(token) => commands::token(&settings, &token),
        Command::Openapi => commands::openapi(),
        Command::Healthcheck => commands::healthcheck(&settings),
        Command::Config => commands::config(&settings),
    }
}
