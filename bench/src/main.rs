//! How fast Lastseen is, against what, and how to repeat it: `bench/run`.
//!
//! Everything that is compared is measured in the same run, in turns, and quoted as medians and
//! ratios: machines are noisy.

mod baseline;
mod memory;
mod population;
mod process;
mod speed;
mod token;
mod wrk;

use anyhow::bail;

/// What a table is about; both without an argument. `baseline` is the server that the others are
/// compared with, started by them.
#[actix_web::main]
async fn main() -> anyhow::Result<()> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        [] => {
            speed::measure().await?;
            memory::measure().await
        }
        ["speed"] => speed::measure().await,
        ["memory"] => memory::measure().await,
        ["baseline", port, database, body] => baseline::serve(port.parse()?, database, body).await,
        _ => bail!("bench/run [speed | memory]"),
    }
}
