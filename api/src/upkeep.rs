//! What a node does by itself, now and then.

use std::time::Duration;

use actix_web::{
    rt::time::{interval, sleep},
    web::Data,
};
use futures::future::join5;
use presence::Presence;
use tokio::time::MissedTickBehavior;

/// How often the roster is built anew.
const RELOAD_EVERY: Duration = Duration::from_secs(45);

/// How often a node says that it is there.
const SIGN_EVERY: Duration = Duration::from_secs(45);

/// Keeps the roster up to date, and the database free of what is too old, for ever.
pub(crate) async fn keep_up(presence: Data<Presence>, retention: Option<Duration>) {
    let (refresh, reload) = (refresh(&presence), reload(&presence));
    join5(refresh, reload, sign(&presence), tidy(&presence), sweep(&presence, retention)).await;
}

/// Brings the roster up to date every `refresh` (R1, R8).
async fn refresh(presence: &Presence) {
    let mut ticks = interval(presence.policy().refresh);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        presence.refresh().await;
    }
}

/// Builds the roster anew: so rows that were written by other means are noticed.
async fn reload(presence: &Presence) {
    loop {
        sleep(RELOAD_EVERY).await;
        presence.reload().await;
    }
}

/// Tells nodes that start later that somebody has been there all the time.
async fn sign(presence: &Presence) {
    loop {
        sleep(SIGN_EVERY).await;
        presence.sign().await;
    }
}

/// Throws away what the nodes told each other, and what is left of erased users.
async fn tidy(presence: &Presence) {
    loop {
        sleep(presence.tidy_interval()).await;
        if let Err(error) = presence.tidy().await {
            log::warn!("cannot throw away what is too old: {}", error.trace());
        }
    }
}

/// Sweeps often enough for what is too old to be gone soon, and no more than once an hour.
async fn sweep(presence: &Presence, retention: Option<Duration>) {
    let pause = retention.map_or(3 * presence.surplus_age(), |retention| retention / 16);
    let pause = pause.clamp(Duration::from_secs(1), Duration::from_hours(1));
    // Soon, for nodes that are started more often than that.
    sleep(pause.min(Duration::from_mins(1))).await;
    loop {
        if let Err(error) = presence.sweep(retention).await {
            log::warn!("cannot sweep away what is too old: {}", error.trace());
        }
        sleep(pause).await;
    }
}
