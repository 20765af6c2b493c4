//! The server: from sockets to the application of each worker.

use std::{
    future::ready,
    io,
    net::{SocketAddr, TcpListener},
    num::NonZero,
    thread,
    time::Duration,
};

use actix_http::HttpService;
use actix_server::{Server, ServerBuilder};
use actix_service::{IntoServiceFactory, ServiceFactoryExt, fn_service, map_config};
use actix_web::{dev::AppConfig, rt::net::TcpStream};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::{
    http::{self, Services},
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
    let server = ServerBuilder::new()
        .workers(workers)
        .max_concurrent_connections(connections_per_worker(workers))
        .disable_signals()
        .shutdown_timeout(settings.database.timeout.0.as_secs().max(1));
    let drained = server.graceful_shutdown_signal();
    let address = listener.local_addr()?;
    let factory = move || {
        let (drained, metrics) = (drained.clone(), services.metrics.clone());
        let app = http::app(services.clone()).into_factory();
        let app = app.map_err(|error: actix_web::Error| error.error_response());
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
                data.insert(client.pace());
            })
            .h1(map_config(app, |()| AppConfig::default()));
        fn_service(move |client: TcpStream| {
            let address = client.peer_addr().ok();
            ready(Ok((Paced::new(client, metrics.clone()), address)))
        })
        .and_then(http)
    };
    let server = server.listen("lastseen", listener, factory)?;
    Ok((address, Box::new(|| server.run())))
}

/// As many as there may be open files, but for those that are needed for the rest: a node that ran
/// out of them could neither accept nor reach its database. Shells give 1024; what is allowed
/// beyond that is taken.
fn connections_per_worker(workers: usize) -> usize {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let raised = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum });
    let files = if raised.is_ok() { maximum } else { current };
    let files = usize::try_from(files.unwrap_or(u64::MAX)).unwrap_or(usize::MAX);
    (files.saturating_sub(OTHER_FILES) / workers).clamp(1, CONNECTIONS_PER_WORKER)
}
