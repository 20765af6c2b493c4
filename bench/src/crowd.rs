//! Beats at a fixed rate, whatever the answers take (an open loop), over a bounded number of
//! connections: each is sent when it is due, and its latency counts from then.
//!
//! A request is some bytes that are written and some that are read, with no client library between,
//! so that the load takes little of the processors that it shares with what it measures.

use std::{
    io,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use anyhow::Context;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::{Mutex, mpsc},
    task::JoinSet,
    time::{Instant, MissedTickBehavior, interval},
};

use crate::pace::Paced;

/// Connections at most, and so requests under way; as many are opened as are needed. When all of them
/// wait, what is due next waits as well: clients without number would measure how many sockets a
/// machine can open.
const CONNECTIONS: usize = 8192;

/// What is due within so long is sent together.
const TICK: Duration = Duration::from_millis(2);

/// No answer to a beat is longer.
const ANSWER: usize = 4096;

/// When a beat is due, and the bytes of it.
type Due = (Instant, Arc<[u8]>);

/// How late an answer came, or its status, or nothing.
pub(crate) type Answer = Result<Duration, Option<u16>>;

/// Sends `per_second` beats to the node at `port` for as long as `duration`, one user after another.
///
/// # Errors
///
/// When `tokens` cannot be read or has none.
pub(crate) async fn beat(
    port: u16,
    tokens: &Path,
    per_second: f64,
    duration: Duration,
) -> anyhow::Result<Paced> {
    let tokens = std::fs::read_to_string(tokens)?;
    let requests: Vec<Arc<[u8]>> = tokens.lines().map(|token| request(token).into()).collect();
    let mut requests = requests.iter().cycle();
    // Nothing that is due is dropped: it waits, and that counts.
    let (hand_out, receive) = mpsc::unbounded_channel();
    let receive = Arc::new(Mutex::new(receive));
    let (mut clients, idle) = (JoinSet::new(), Arc::new(AtomicUsize::new(0)));
    let mut engage = || {
        let take = |idle: usize| idle.checked_sub(1);
        let engaged = idle.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take);
        if engaged.is_err() && clients.len() < CONNECTIONS {
            clients.spawn(client(port, Arc::clone(&receive), Arc::clone(&idle)));
        }
    };
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let start = Instant::now();
    let mut sent = 0_u32;
    while start.elapsed() < duration {
        let due = ticks.tick().await;
        while f64::from(sent) < per_second * due.duration_since(start).as_secs_f64() {
            engage();
            hand_out.send((due, Arc::clone(requests.next().context("no tokens")?)))?;
            sent += 1;
        }
    }
    drop(hand_out);
    Ok(Paced::of(sent, clients.join_all().await.into_iter().flatten()))
}

fn request(token: &str) -> Vec<u8> {
    format!(
        "POST /api/chat/heartbeat HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\
         Content-Length: 0\r\n\r\n"
    )
    .into_bytes()
}

/// Sends what is due next, until there is no more, over one connection at a time.
async fn client(
    port: u16,
    due: Arc<Mutex<mpsc::UnboundedReceiver<Due>>>,
    idle: Arc<AtomicUsize>,
) -> Vec<Answer> {
    let mut answers = Vec::new();
    let mut open = None;
    loop {
        let next = due.lock().await.recv().await;
        let Some((due, request)) = next else { return answers };
        answers.push(match exchange(&mut open, port, &request).await {
            Ok(200) => Ok(due.elapsed()),
            Ok(status) => Err(Some(status)),
            Err(_) => {
                open = None;
                Err(None)
            }
        });
        idle.fetch_add(1, Ordering::Relaxed);
    }
}

/// Sends a request over the connection that is open, or a new one, and reads the answer's status.
async fn exchange(open: &mut Option<TcpStream>, port: u16, request: &[u8]) -> io::Result<u16> {
    let stream = match open {
        Some(stream) => stream,
        None => open.insert(TcpStream::connect(("127.0.0.1", port)).await?),
    };
    stream.write_all(request).await?;
    let mut answer = [0; ANSWER];
    let mut length = 0;
    loop {
        let read = stream.read(&mut answer[length..]).await?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        length += read;
        if let Some(status) = status(&answer[..length]) {
            return Ok(status);
        }
    }
}

/// The status of an answer, once all of it is there.
fn status(answer: &[u8]) -> Option<u16> {
    let answer = str::from_utf8(answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let mut fields = head.split("\r\n").filter_map(|line| line.split_once(':'));
    let (_, length) = fields.find(|(name, _)| name.eq_ignore_ascii_case("content-length"))?;
    let length: usize = length.trim().parse().ok()?;
    (body.len() >= length).then(|| head.split(' ').nth(1)?.parse().ok())?
}
