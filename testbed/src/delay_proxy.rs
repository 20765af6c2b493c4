//! A slow, and sometimes broken, network.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    thread::{JoinHandle, spawn},
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{
        TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::{mpsc, oneshot},
    time::{Instant, sleep_until},
};

use crate::free_port;

/// How many chunks may be under way on each side of a connection.
const UNDER_WAY: usize = 64;

/// A TCP proxy within this process, in a thread of its own, which ends when dropped.
///
/// What it is told holds once the call returns.
#[derive(Debug)]
pub struct DelayProxy {
    address: SocketAddr,
    target: SocketAddr,
    delay: Delay,
    /// `None` while the network is cut.
    running: Mutex<Option<Running>>,
}

#[derive(Debug)]
struct Running {
    /// The thread and all its connections end when this is dropped.
    stop: oneshot::Sender<()>,
    thread: JoinHandle<()>,
}

/// The delay in nanoseconds, shared with all connections.
#[derive(Clone, Debug, Default)]
struct Delay(Arc<AtomicU64>);

impl DelayProxy {
    /// Starts one before `target`, which need not listen yet, without a delay.
    #[must_use]
    pub fn start(target: SocketAddr) -> Self {
        let address = (Ipv4Addr::LOCALHOST, free_port()).into();
        let proxy = Self { address, target, delay: Delay::default(), running: Mutex::default() };
        proxy.mend();
        proxy
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Delays all that is sent from now on by `delay`, each way, to the millisecond.
    ///
    /// It is the distance that grows; as much as before gets through in a second, up to 64
    /// chunks under way. A connection is accepted at once.
    pub fn set_delay(&self, delay: Duration) {
        self.delay.0.store(delay.as_nanos().try_into().unwrap(), Ordering::Relaxed);
    }

    /// Drops all connections and refuses new ones.
    pub fn cut(&self) {
        if let Some(Running { stop, thread }) = self.running().take() {
            drop(stop);
            thread.join().unwrap();
        }
    }

    /// Accepts connections again after a [cut](Self::cut).
    pub fn mend(&self) {
        let mut running = self.running();
        if running.is_none() {
            let listener = TcpListener::bind(self.address).unwrap();
            listener.set_nonblocking(true).unwrap();
            let (stop, stopped) = oneshot::channel();
            let (target, delay) = (self.target, self.delay.clone());
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let thread = spawn(move || {
                // Dropping the runtime drops the connections.
                runtime.unwrap().block_on(async {
                    tokio::select! {
                        _ = stopped => {}
                        Err(error) = accept(listener, target, delay) => panic!("{error}"),
                    }
                });
            });
            *running = Some(Running { stop, thread });
        }
    }

    fn running(&self) -> MutexGuard<'_, Option<Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for DelayProxy {
    fn drop(&mut self) {
        self.cut();
    }
}

impl Delay {
    /// When that arrives which is sent now.
    fn due(&self) -> Instant {
        Instant::now() + Duration::from_nanos(self.0.load(Ordering::Relaxed))
    }
}

async fn accept(listener: TcpListener, target: SocketAddr, delay: Delay) -> io::Result<()> {
    let listener = tokio::net::TcpListener::from_std(listener)?;
    loop {
        let (client, _) = listener.accept().await?;
        tokio::spawn(forward(client, target, delay.clone()));
    }
}

/// Both ways, until either side fails.
async fn forward(client: TcpStream, target: SocketAddr, delay: Delay) -> io::Result<()> {
    let server = TcpStream::connect(target).await?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let ((from_client, to_client), (from_server, to_server)) =
        (client.into_split(), server.into_split());
    tokio::try_join!(pass(from_client, to_server, &delay), pass(from_server, to_client, &delay))?;
    Ok(())
}

/// One way, to the end. Chunks follow one another as they came, each so much later.
async fn pass(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, delay: &Delay) -> io::Result<()> {
    let (send, mut receive) = mpsc::channel::<(Instant, Vec<u8>)>(UNDER_WAY);
    let reads = async move {
        let mut buffer = vec![0; 64 * 1024];
        loop {
            let length = from.read(&mut buffer).await?;
            let chunk = (delay.due(), buffer[..length].to_vec());
            if send.send(chunk).await.is_err() || length == 0 {
                return io::Result::Ok(());
            }
        }
    };
    let writes = async move {
        while let Some((due, chunk)) = receive.recv().await {
            sleep_until(due).await;
            to.write_all(&chunk).await?;
        }
        to.shutdown().await
    };
    tokio::try_join!(reads, writes)?;
    Ok(())
}
