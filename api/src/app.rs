//! The application: the only file that sees HTTP, presence and the store together.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use accounts::Accounts;
use actix_server::Server;
use actix_web::rt::{
    self,
    time::{sleep, timeout},
};
use anyhow::{Context, bail};
use presence::{ConnectError, Database, Presence, PresenceStore, ServingLock, Writer, allowance};
use sea_orm::DatabaseConnection;

use crate::{
    credentials,
    http::{self, Services},
    place::Place,
    server::{self, Accept},
    settings::Settings,
    signals::Signals,
    store_refusals, upkeep,
};

/// A node: bound to its address, connected to its store, and not yet serving.
pub struct Application {
    address: SocketAddr,
    /// Makes it accept: until then, connections queue up.
    accept: Accept,
    /// The same for the address that is apart for operators, if one is.
    operations: Option<Accept>,
    services: Services,
    writer: Writer,
    drain: Duration,
    retention: Option<Duration>,
    stale_for: Duration,
    db: DatabaseConnection,
    /// Held for as long as this node serves its database.
    _lock: Option<ServingLock>,
}

/// A load that takes no longer is over before the first connection is accepted: or a balancer
/// that asks nobody for their health would send requests to a node that knows nothing yet.
const SHORT_LOAD: Duration = Duration::from_secs(1);

/// A database that is out of reach is not waited for at the end.
const LAST_WORDS: Duration = Duration::from_secs(1);

impl Application {
    /// Checks the cryptography, takes the address, reads the keys, opens the store, brings its
    /// schema up to date, and listens.
    ///
    /// # Errors
    ///
    /// Whatever of that fails, with what it was about.
    pub async fn build(settings: &Settings) -> anyhow::Result<Self> {
        crate::auth::self_check();
        http::check_base_path(&settings.server.base_path)?;
        // Before the store: a second node that was started by mistake leaves no trace there.
        let place = Place::take("server.listen", &settings.server.listen)?;
        let operations = settings.server.metrics_listen.as_ref();
        let operations = operations.map(|listen| Place::take("server.metrics_listen", listen));
        let operations = operations.transpose()?;
        store_refusals::check_folder(settings)?;
        let keys = credentials::issuer_keys(settings).await?;
        let issuer = credentials::issuer(settings)?;
        let Opened { db, store, accounts, lock } = open_store(settings).await?;
        let patience = settings.database.timeout.0;
        let (presence, writer) = Presence::new(store, settings.policy(), patience);
        let services = Services::new(settings, keys, presence, accounts.zip(issuer))?;
        let (address, accept) = server::prepare(settings, place.listen()?, services.clone())?;
        let operations = operations.map(|place| {
            Ok::<_, anyhow::Error>(server::prepare_operations(place.listen()?, services.clone())?)
        });
        let operations = operations.transpose()?;
        let drain =
            if settings.is_development() { Duration::ZERO } else { settings.server.drain.0 };
        let retention = settings.presence.retention.map(|retention| retention.0);
        let stale_for = settings.presence.stale_for.0;
        Ok(Self {
            address,
            accept,
            operations,
            services,
            writer,
            drain,
            retention,
            stale_for,
            db,
            _lock: lock,
        })
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
    /// When the store cannot be loaded, or any part of the node ends by itself.
    pub async fn run_until_stopped(self, mut signals: Signals) -> anyhow::Result<()> {
        let Self { accept, operations, services, writer, drain, retention, stale_for, .. } = self;
        let Self { db, _lock, .. } = self;
        let Services { presence, lifecycle, keys, .. } = services;
        let mut load = Box::pin(presence.load());
        let loaded = tokio::select! {
            loaded = timeout(SHORT_LOAD, &mut load) => loaded.ok(),
            () = signals.next() => return Ok(()),
        };
        let operations = operations.map(|accept| accept());
        let operators = operations.as_ref().map(Server::handle);
        operations.map(rt::spawn);
        let server = accept();
        let handle = server.handle();
        let mut server = rt::spawn(server);
        let loaded = if let Some(loaded) = loaded {
            loaded
        } else {
            tokio::select! {
                loaded = load.as_mut() => loaded,
                () = signals.next() => return Ok(()),
            }
        };
        log::info!("loaded {} sessions", loaded.context("cannot load the store")?);
        drop(load);
        let mut writer = rt::spawn(writer.run());
        let mut refresher = rt::spawn(upkeep::keep_up(presence, retention, stale_for));
        // It holds nothing that the end would wait for.
        rt::spawn(keys.into_inner().keep_current());
        tokio::select! {
            () = signals.next() => {}
            _ = &mut server => bail!("the server ended by itself"),
            _ = &mut writer => bail!("the writer ended by itself"),
            _ = &mut refresher => bail!("the refresher ended by itself"),
        }

        lifecycle.drain();
        if !drain.is_zero() {
            log::info!("draining for {drain:?}");
        }
        tokio::select! { () = sleep(drain) => {}, () = signals.next() => {} }
        tokio::select! {
            () = handle.stop(true) => {}
            () = signals.next() => handle.stop(false).await,
        }
        server.await?.context("the server failed")?;
        if let Some(operators) = operators {
            operators.stop(false).await;
        }
        refresher.abort();
        // With the server and the refresher gone, the writer ends when all is written.
        refresher.await.ok();
        writer.await?;
        // So that a SQLite database is one file then, without a write-ahead log beside it.
        timeout(LAST_WORDS, db.close()).await.ok();
        log::info!("stopped");
        Ok(())
    }
}

/// What the database holds.
struct Opened {
    db: DatabaseConnection,
    store: Arc<dyn PresenceStore>,
    accounts: Option<Accounts>,
    lock: Option<ServingLock>,
}

async fn open_store(settings: &Settings) -> anyhow::Result<Opened> {
    let refused = |error: ConnectError| store_refusals::explain(settings, &error);
    let database = Database::new(&settings.database.url).map_err(refused)?;
    let timeout = settings.database.timeout.0;
    let lock = database.serve().map_err(refused)?;
    update_schema(settings, &database).await?;
    let most = settings.database.max_connections;
    let db = database.connect(most, timeout).await.map_err(refused)?;
    let ids = settings.auth.user_id.into();
    let store = database.open(db.clone(), ids, timeout).await.map_err(refused)?;
    let open = || {
        // The others are for presence, whatever is asked of accounts.
        let connections = settings.database.max_connections.div_ceil(3);
        let limited = settings.limits.per_address.0.is_some();
        let accounts = Accounts::new(db.clone(), connections, ids, timeout, limited)?;
        let accounts = accounts.beside(&store).trusting(&database.trust());
        Ok::<_, io::Error>(accounts)
    };
    let accounts = settings.has_accounts().then(open).transpose();
    let accounts = accounts.context("cannot start the threads that hash passwords")?;
    if let Some(accounts) = &accounts {
        let count = accounts.catch_up().await.context("cannot make accounts findable")?;
        if count > 0 {
            log::info!("made {count} accounts findable that an older version wrote");
        }
    }
    Ok(Opened { db, store, accounts, lock })
}

/// Brings the schema up to date, or makes sure that somebody else has.
async fn update_schema(settings: &Settings, database: &Database) -> anyhow::Result<()> {
    let refused = |error: ConnectError| store_refusals::explain(settings, &error);
    let db = database.connect(1, settings.database.timeout.0).await.map_err(refused)?;
    let refused = |error| refused(ConnectError::refused(error));
    if settings.database.migrate {
        migration::up(&db).await.map_err(refused)?;
    } else if !migration::is_up_to_date(&db).await.map_err(refused)? {
        bail!(
            "database.migrate: is false, and the schema is not up to date: run `lastseen migrate` \
             first"
        );
    }
    store_refusals::check_allowance(settings, allowance(&db).await.ok().flatten())?;
    // It counts against that.
    db.close().await.ok();
    Ok(())
}
