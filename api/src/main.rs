//! `lastseen`: who is online, and when was everyone else last seen?

use std::process::ExitCode;

use api::cli::{Cli, run};
use clap::Parser;
use env_logger::Env;

fn main() -> ExitCode {
    let cli = Cli::parse();
    env_logger::Builder::from_env(Env::default().default_filter_or("info,actix_server=warn"))
        .init();
    match run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // With its causes, in one line.
            eprintln!("lastseen: {error:#}");
            ExitCode::FAILURE
        }
    }
}
