//! `lastseen`: who is online, and when was everyone else last seen?

use std::process::ExitCode;

use api::cli::{Cli, run};
use clap::Parser;

fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // With its causes, in one line.
            eprintln!("lastseen: {error:#}");
            ExitCode::FAILURE
        }
    }
}
