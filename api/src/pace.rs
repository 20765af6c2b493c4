//! Connections whose clients have to keep pace: who drips in a request, or does not take the
//! answer, is cut off. What a request waits for on our side is not the client's fault and is not
//! counted.
//!
//! actix limits the first head of a connection alone.

use std::{
    cell::Cell,
    io,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
    time::Duration,
};

use actix_web::web::Data;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Instant, Sleep, sleep_until},
};

use crate::metrics::Metrics;

/// How long idle connections are kept: longer than load balancers keep theirs, or one would send
/// a request down a connection that is just being closed, and answer 502.
pub(crate) const KEEP_ALIVE: Duration = Duration::from_secs(75);

/// How long a client may take to send a head or a body, or to take any part of an answer.
pub(crate) const PATIENCE: Duration = Duration::from_secs(8);

/// How long to wait for a client to hang up that was told to.
pub(crate) const FAREWELL: Duration = Duration::from_secs(1);

/// Where a connection is. Told by the requests on it, and kept by the connection.
#[derive(Clone, Debug)]
pub(crate) struct Pace(Rc<Cell<Phase>>);

#[derive(Clone, Copy, Debug)]
enum Phase {
    /// No request is under way, since then.
    Idle(Instant),
    /// Part of one has come, the first of it then.
    Head(Instant),
    /// It is being served.
    Serving,
    /// The client was told since then that it is too slow.
    Refused(Instant),
}

impl Pace {
    fn new() -> Self {
        Self(Rc::new(Cell::new(Phase::Idle(Instant::now()))))
    }

    /// The head of a request is there.
    pub(crate) fn begin(&self) {
        self.0.set(Phase::Serving);
    }

    /// Its answer is made.
    pub(crate) fn end(&self) {
        self.0.set(Phase::Idle(Instant::now()));
    }

    /// Its answer is that the client is too slow.
    pub(crate) fn refuse(&self) {
        self.0.set(Phase::Refused(Instant::now()));
    }

    /// Something was read.
    fn hear(&self) {
        if let Phase::Idle(_) = self.0.get() {
            self.0.set(Phase::Head(Instant::now()));
        }
    }

    /// When to hang up, if nothing comes until then.
    fn deadline(&self) -> Option<Instant> {
        match self.0.get() {
            // Only in case that the server itself does not.
            Phase::Idle(since) => Some(since + KEEP_ALIVE + PATIENCE),
            Phase::Head(since) => Some(since + PATIENCE),
            Phase::Serving => None,
            Phase::Refused(since) => Some(since + FAREWELL),
        }
    }
}

/// A connection that hangs up on a client that does not keep pace.
#[derive(Debug)]
pub(crate) struct Paced<T> {
    io: T,
    pace: Pace,
    /// Since when the client takes nothing of what is to be written.
    stuck: Option<Instant>,
    metrics: Data<Metrics>,
    /// Never later than the next deadline, but perhaps earlier: to move it with every request would
    /// cost more than to look again.
    timer: Pin<Box<Sleep>>,
}

impl<T> Paced<T> {
    pub(crate) fn new(io: T, metrics: Data<Metrics>) -> Self {
        metrics.connections.inc();
        let timer = Box::pin(sleep_until(Instant::now() + PATIENCE));
        Self { io, pace: Pace::new(), stuck: None, metrics, timer }
    }

    /// What the requests on this connection tell.
    pub(crate) fn pace(&self) -> Pace {
        self.pace.clone()
    }

    /// Whether `deadline` has passed; if not, the task is woken when it has.
    fn is_over(&mut self, cx: &mut Context<'_>, deadline: Instant) -> bool {
        if self.timer.deadline() > deadline {
            self.timer.as_mut().reset(deadline);
        }
        while self.timer.as_mut().poll(cx).is_ready() {
            if Instant::now() >= deadline {
                return true;
            }
            self.timer.as_mut().reset(deadline);
        }
        false
    }

    /// What a write came to, unless the client has taken nothing for too long.
    fn written(
        &mut self,
        cx: &mut Context<'_>,
        result: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        if let Poll::Ready(written) = &result {
            self.stuck = None;
            self.metrics.sent.inc_by(written.as_ref().map_or(0, |bytes| *bytes as u64));
            return result;
        }
        let since = *self.stuck.get_or_insert_with(Instant::now);
        if self.is_over(cx, since + PATIENCE) {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        Poll::Pending
    }
}

impl<T> Drop for Paced<T> {
    fn drop(&mut self) {
        self.metrics.connections.dec();
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Paced<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let filled = buffer.filled().len();
        let result = Pin::new(&mut self.io).poll_read(cx, buffer);
        if result.is_ready() {
            self.metrics.received.inc_by((buffer.filled().len() - filled) as u64);
            self.pace.hear();
            return result;
        }
        match self.pace.deadline() {
            // As if the client had hung up.
            Some(deadline) if self.is_over(cx, deadline) => Poll::Ready(Ok(())),
            _ => Poll::Pending,
        }
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Paced<T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.io).poll_write(cx, bytes);
        self.written(cx, result)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.io).poll_write_vectored(cx, parts);
        self.written(cx, result)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}
