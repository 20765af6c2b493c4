//! How fast Lastseen is, against what, and how to repeat it: `bench/run`.
//!
//! Everything that is compared is measured in the same run, in turns, and quoted as medians and
//! ratios: machines are noisy.

mod baseline;
mod cost;
mod crowd;
mod far;
mod heartbeats;
mod logins;
mod memory;
mod mixed;
mod overload;
mod pace;
mod polls;
mod population;
mod process;
mod refresh;
mod soak;
mod statuses;
mod table;
mod token;
mod wrk;

use anyhow::bail;

/// What to measure; all of it without an argument. `baseline`, the server that the others are
/// compared with, and `far`, the way to a distant database, are started by them.
#[actix_web::main]
async fn main() -> anyhow::Result<()> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        [] => {
            heartbeats::measure().await?;
            polls::measure().await?;
            statuses::measure().await?;
            mixed::measure().await?;
            cost::measure().await?;
            refresh::measure().await?;
            overload::measure().await?;
            logins::measure().await?;
            memory::measure().await
        }
        ["heartbeats"] => heartbeats::measure().await,
        ["polls"] => polls::measure().await,
        ["statuses"] => statuses::measure().await,
        ["mixed"] => mixed::measure().await,
        ["cost"] => cost::measure().await,
        ["overload"] => overload::measure().await,
        ["refresh"] => refresh::measure().await,
        ["logins"] => logins::measure().await,
        ["memory"] => memory::measure().await,
        ["soak", minutes] => soak::run(minutes.parse()?).await,
        ["far", port] => far::serve(port.parse()?),
        ["baseline", port, database, body] => baseline::serve(port.parse()?, database, body).await,
        _ => bail!(
            "bench/run [heartbeats | polls | statuses | mixed | cost | refresh | overload | logins | memory]"
        ),
    }
}
