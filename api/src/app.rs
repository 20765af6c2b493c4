//! The application: the only file that sees HTTP, presence and the store together.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use actix_web::{
    HttpServer,
    dev::{Server, ServerHandle},
    rt::{
        self,
        task::JoinHandle,
        time::{interval, sleep},
    },
    web::Data,
};
use anyhow::Context;
use migration::{Migrator, MigratorTrait};
use presence::{
    Database, Presence, PresenceStore, ServingLock, SqliteStore, SystemClock, UserIdKind, Writer,
};
use tokio::time::MissedTickBehavior;

use crate::{
    auth::Verifier,
    credentials,
    http::{self, Cadence, LatestAnswer, StaleFor},
    lifecycle::Lifecycle,
    settings::Settings,
    signals::Signals,
};

/// A node: bound to its address, connected to its store, and not yet serving.
pub struct Application {
    address: SocketAddr,
    server: Server,
    lifecycle: Data<Lifecycle>,
    presence: Data<Presence>,
    writer: Writer,
    drain: Duration,
    /// Held for as long as this node serves its database.
    _lock: ServingLock,
}

/// How long idle connections are kept: longer than load balancers keep theirs, or one would send
/// a request down a connection that is just being closed, and answer 502.
const KEEP_ALIVE: Duration = Duration::from_secs(75);

impl Application {
    /// Checks the cryptography, reads the keys, opens the store, brings its schema up to date,
    /// and binds the address.
    ///
    /// # Errors
    ///
    /// Whatever of that fails, with what it was about.
    pub async fn build(settings: &Settings) -> anyhow::Result<Self> {
        crate::auth::self_check();
        let verifier = credentials::verifier(settings)?;
        let (store, lock) = open_store(settings).await?;
        let clock = SystemClock::starting_at(store.newest_time().await?);
        let patience = settings.database.timeout.0;
        let (presence, writer) = Presence::new(store, Arc::new(clock), settings.policy(), patience);
        let (presence, lifecycle) = (Data::new(presence), Data::new(Lifecycle::default()));
        let (address, server) = serve(settings, verifier, presence.clone(), lifecycle.clone())
            .with_context(|| format!("cannot listen on {}", settings.server.listen))?;
        let drain =
            if settings.is_development() { Duration::ZERO } else { settings.server.drain.0 };
        Ok(Self { address, server, lifecycle, presence, writer, drain, _lock: lock })
    }

    /// Where the node listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Loads, serves until it is told to stop, drains, finishes what is in flight and commits it.
    ///
    /// # Errors
    ///
    /// When the store cannot be loaded, or the server fails.
    pub async fn run_until_stopped(self, mut signals: Signals) -> anyhow::Result<()> {
        let Self { server, lifecycle, presence, writer, drain, .. } = self;
        let handle = server.handle();
        let server = rt::spawn(server);
        let sessions = presence.load().await.context("cannot load the store")?;
        log::info!("loaded {sessions} sessions");
        let writer = rt::spawn(writer.run());
        let refresher = rt::spawn(keep_fresh(presence));

        signals.next().await;
        lifecycle.drain();
        if !drain.is_zero() {
            log::info!("draining for {drain:?}");
        }
        tokio::select! { () = sleep(drain) => {}, () = signals.next() => {} }
        stop(&handle, signals, server).await?;
        refresher.abort();
        // With the server and the refresher gone, the writer ends when all is written.
        refresher.await.ok();
        writer.await?;
        log::info!("stopped");
        Ok(())
    }
}

async fn open_store(settings: &Settings) -> anyhow::Result<(Arc<SqliteStore>, ServingLock)> {
    let database = Database::new(&settings.database.url)?;
    let lock = database.serve()?;
    let db =
        database.connect(settings.database.max_connections, settings.database.timeout.0).await?;
    if settings.database.migrate {
        Migrator::up(&db, None).await.context("cannot bring the schema up to date")?;
    }
    Ok((Arc::new(SqliteStore::new(db, settings.auth.user_id.into())), lock))
}

fn serve(
    settings: &Settings,
    verifier: Verifier,
    presence: Data<Presence>,
    lifecycle: Data<Lifecycle>,
) -> io::Result<(SocketAddr, Server)> {
    let verifier = Data::new(verifier);
    let cadence = Data::new(Cadence::from(&settings.presence));
    let stale_for = Data::new(StaleFor(settings.presence.stale_for.0));
    let user_ids = Data::new(UserIdKind::from(settings.auth.user_id));
    let latest = Data::new(LatestAnswer::default());
    let routes = Data::new(http::route_table());
    let mut server = HttpServer::new(move || {
        http::app()
            .app_data(verifier.clone())
            .app_data(presence.clone())
            .app_data(lifecycle.clone())
            .app_data(cadence.clone())
            .app_data(stale_for.clone())
            .app_data(user_ids.clone())
            .app_data(latest.clone())
            .app_data(routes.clone())
    })
    .keep_alive(KEEP_ALIVE)
    .disable_signals()
    .shutdown_timeout(settings.database.timeout.0.as_secs().max(1));
    if let Some(workers) = settings.server.workers {
        server = server.workers(workers);
    }
    let server = server.bind(settings.server.listen)?;
    let address = server.addrs().first().copied().unwrap_or(settings.server.listen);
    Ok((address, server.run()))
}

/// Brings the roster up to date every `refresh` (R1, R8).
async fn keep_fresh(presence: Data<Presence>) {
    let mut ticks = interval(presence.policy().refresh);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        presence.refresh().await;
    }
}

/// Stops accepting and finishes what is in flight; at another signal it is cut off.
async fn stop(
    handle: &ServerHandle,
    mut signals: Signals,
    server: JoinHandle<io::Result<()>>,
) -> anyhow::Result<()> {
    tokio::select! {
        () = handle.stop(true) => {}
        () = signals.next() => handle.stop(false).await,
    }
    server.await?.context("the server failed")
}
