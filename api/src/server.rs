//! The server: from sockets to the application of each worker.

use std::{
    future::ready,
    io,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    num::NonZero,
    rc::Rc,
    sync::Arc,
    thread,
    time::Duration,
};

use actix_http::HttpService;
use actix_server::{Server, ServerBuilder};
use actix_service::{
    IntoServiceFactory, ServiceFactory, ServiceFactoryExt, fn_factory, fn_service, map_config,
};
use actix_web::{HttpServer, dev::AppConfig, rt::net::TcpStream};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::{
    connections::{Connections, REMEDY},
    http::{self, Services, expect},
    pace::{FAREWELL, KEEP_ALIVE, Paced},
    settings::Settings,
};

/// Makes a server accept: until then, connections queue up.
pub(crate) type Accept = Box<dyn FnOnce() -> Server>;

/// How long a client may take for its first head. Later ones, and bodies, have their own limits.
const FIRST_HEAD: Duration = Duration::from_secs(5);

/// Files beside the clients' connections: the database's, the log, what a scrape reads.
const OTHER_FILES: usize = 128;

/// More than that would need more memory for their buffers than a node should take.
const CONNECTIONS_PER_WORKER: usize = 50_000;

/// A node for which that is enough has few users, and others will miss the rest.
const FEW_FILES: usize = 10_000;

/// Places at most that are free for who comes when all others are taken.
const SPARE: usize = 32;

/// Connections at most of those who look after the node.
const OPERATORS: usize = 16;

/// The server for the connections that come to `listener`.
///
/// # Errors
///
/// When the operating system refuses.
pub(crate) fn prepare(
    settings: &Settings,
    listener: TcpListener,
    services: Services,
) -> io::Result<(SocketAddr, Accept)> {
    let workers = settings.server.workers;
    let workers =
        workers.unwrap_or_else(|| thread::available_parallelism().map_or(1, NonZero::get));
    let most = connections_per_worker(workers, allowed_files());
    let connections = connections(most * workers, &services);
    let server = ServerBuilder::new()
        .workers(workers)
        .max_concurrent_connections(most)
        .disable_signals()
        .shutdown_timeout(settings.database.timeout.0.as_secs().max(1));
    let drained = server.graceful_shutdown_signal();
    let address = listener.local_addr()?;
    let factory = move || {
        let (connections, metrics) = (Arc::clone(&connections), services.metrics.clone());
        let drained = drained.clone();
        let app = http::app(services.clone()).into_factory();
        let app = app.map_err(|error: actix_web::Error| error.error_response());
        let app = map_config(app, |()| AppConfig::default());
        let http = fn_factory(move || {
            let (app, drained) = (app.new_service(()), drained.clone());
            async move {
                let app = Rc::new(app.await?);
                let same = Rc::clone(&app);
                let http = HttpService::build()
                    .graceful_shutdown_signal(move || {
                        let drained = drained.clone();
                        async move { drained.notified().await }
                    })
                    .keep_alive(KEEP_ALIVE)
                    .client_request_timeout(FIRST_HEAD)
                    .client_disconnect_timeout(FAREWELL)
                    // Or a client that is gone would be waited for until its long poll ends.
                    .h1_allow_half_closed(false)
                    .local_addr(address)
                    .on_connect_ext(|client: &Paced<TcpStream>, data| {
                        data.insert(client.connection());
                    })
                    .expect(fn_service(move |request| expect::begin(Rc::clone(&app), request)))
                    .h1(fn_service(move |request| expect::serve(&*same, request)));
                http.new_service(()).await
            }
        });
        fn_service(move |client: TcpStream| {
            let address = client.peer_addr().ok();
            let from = address.map_or(Ipv4Addr::UNSPECIFIED.into(), |from| from.ip());
            let place = connections.open(from);
            ready(Ok((Paced::new(client, place, metrics.clone()), address)))
        })
        .and_then(http)
    };
    let server = server.listen("lastseen", listener, factory)?;
    Ok((address, Box::new(|| server.run())))
}

/// The server of what operators ask for: apart from clients, so that these cannot keep it from them.
///
/// # Errors
///
/// When `listener` cannot be used.
pub(crate) fn prepare_operations(listener: TcpListener, services: Services) -> io::Result<Accept> {
    let server = HttpServer::new(move || http::operators(services.clone()))
        .workers(1)
        .max_connections(OPERATORS)
        .disable_signals()
        .listen(listener)?;
    Ok(Box::new(|| server.run()))
}

/// Room for `most` connections, some of which are left free, so that new ones are accepted while others
/// go.
fn connections(most: usize, services: &Services) -> Arc<Connections> {
    let spare = (most / 8).clamp(1, SPARE);
    let closed = services.metrics.closed.clone();
    Arc::new(Connections::new(most.saturating_sub(spare).max(1), spare, closed))
}

/// How many files there may be open. Shells give 1024; what is allowed beyond that is taken.
fn allowed_files() -> usize {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let raised = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum });
    let files = if raised.is_ok() { maximum } else { current };
    let files = usize::try_from(files.unwrap_or(u64::MAX)).unwrap_or(usize::MAX);
    if files < FEW_FILES {
        let clients = files.saturating_sub(OTHER_FILES);
        log::warn!(
            "only {files} files may be open, so {clients} clients at most may be connected. {REMEDY}"
        );
    }
    files
}

/// As many as there may be open files, but for those that are needed for the rest: a node that ran
/// out of them could neither accept nor reach its database.
fn connections_per_worker(workers: usize, files: usize) -> usize {
    (files.saturating_sub(OTHER_FILES) / workers).clamp(2, CONNECTIONS_PER_WORKER)
}
