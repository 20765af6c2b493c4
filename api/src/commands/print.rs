//! `lastseen openapi`, `lastseen config`

use std::io::{self, Write};

use crate::{http, settings::Settings};

/// Prints the OpenAPI document.
pub(crate) fn openapi() -> anyhow::Result<()> {
    print(&http::document().to_pretty_json()?)
}

/// Prints the settings as they are in effect, in the form of their file.
pub(crate) fn config(settings: &Settings) -> anyhow::Result<()> {
    print(toml::to_string(settings)?.trim_end())
}

/// `println!` panics when the reader is gone.
pub(super) fn print(text: &str) -> anyhow::Result<()> {
    Ok(writeln!(io::stdout(), "{text}")?)
}
