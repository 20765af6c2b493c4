//! Connections whose clients have to keep pace: who drips in a request, or does not take the
//! answer, is cut off. What a request waits for on our side is not the client's fault and is not
//! counted.
//!
//! actix limits the first head of a connection alone.

use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use actix_web::web::Data;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Instant, Sleep, sleep_until},
};

use crate::{
    connections::{Connection, Phase, Place},
    http::unparsed,
    metrics::Metrics,
};

/// How long idle connections are kept: longer than load balancers keep theirs, or one would send
/// a request down a connection that is just being closed, and answer 502.
pub(crate) const KEEP_ALIVE: Duration = Duration::from_secs(75);

/// How long a client may take to send a head or a body, or to take any part of an answer.
pub(crate) const PATIENCE: Duration = Duration::from_secs(8);

/// How long to wait for a client to hang up that was told to.
pub(crate) const FAREWELL: Duration = Duration::from_secs(1);

/// When to hang up, if nothing comes until then.
fn deadline(connection: &Connection) -> Option<Instant> {
    let patience = match connection.phase() {
        // Only in case that the server itself does not.
        Phase::Silent | Phase::Idle | Phase::Answering | Phase::Leaving => KEEP_ALIVE + PATIENCE,
        Phase::Head => PATIENCE,
        Phase::Serving => return None,
        Phase::Refused | Phase::Left => FAREWELL,
        Phase::Unwanted | Phase::Cut | Phase::Closed => Duration::ZERO,
    };
    Some(connection.since() + patience)
}

/// A connection that hangs up on a client that does not keep pace.
#[derive(Debug)]
pub(crate) struct Paced<T> {
    io: T,
    place: Place,
    /// Since when the client takes nothing of what is to be written.
    stuck: Option<Instant>,
    /// What is left to say to a client that sent no HTTP, while it is being said.
    refusal: Option<Vec<u8>>,
    metrics: Data<Metrics>,
    /// Never later than the next deadline, but perhaps earlier: to move it with every request would
    /// cost more than to look again.
    timer: Pin<Box<Sleep>>,
}

impl<T> Paced<T> {
    pub(crate) fn new(io: T, place: Place, metrics: Data<Metrics>) -> Self {
        metrics.connections.inc();
        let timer = Box::pin(sleep_until(Instant::now() + PATIENCE));
        Self { io, place, stuck: None, refusal: None, metrics, timer }
    }

    /// What the requests on this connection tell.
    pub(crate) fn connection(&self) -> Arc<Connection> {
        Arc::clone(&self.place.connection)
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

impl<T: AsyncRead + AsyncWrite + Unpin> Paced<T> {
    /// Says what is wrong, and listens no more, but waits until the client has hung up: or the
    /// answer would be lost with what the client still sends.
    fn poll_refusal(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while let Some(rest) = self.refusal.take_if(|rest| !rest.is_empty()) {
            let result = Pin::new(&mut self.io).poll_write(cx, &rest);
            let result = self.written(cx, result);
            let written = if let Poll::Ready(Ok(written)) = result { written } else { 0 };
            self.refusal = Some(rest[written..].to_vec());
            ready!(result)?;
        }
        ready!(Pin::new(&mut self.io).poll_shutdown(cx))?;
        let mut buffer = [0; 4096];
        loop {
            let mut unread = ReadBuf::new(&mut buffer);
            let result = Pin::new(&mut self.io).poll_read(cx, &mut unread);
            let until = self.place.connection.since() + FAREWELL;
            if self.is_over(cx, until) {
                return Poll::Ready(Ok(()));
            }
            ready!(result)?;
            if unread.filled().is_empty() {
                return Poll::Ready(Ok(()));
            }
        }
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
        // As if the client had hung up.
        let end = Poll::Ready(Ok(()));
        if self.place.connection.phase() == Phase::Cut {
            return end;
        }
        let filled = buffer.filled().len();
        let result = Pin::new(&mut self.io).poll_read(cx, buffer);
        if result.is_ready() {
            self.metrics.received.inc_by((buffer.filled().len() - filled) as u64);
            self.place.connection.hear();
            return result;
        }
        self.place.connection.listen(cx.waker());
        match deadline(&self.place.connection) {
            Some(deadline) if self.is_over(cx, deadline) => end,
            _ => Poll::Pending,
        }
    }
}

impl<T: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Paced<T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.place.connection.phase() == Phase::Cut {
            // Nobody is to hear it.
            return Poll::Ready(Ok(bytes.len()));
        }
        let mut part = bytes;
        if self.refusal.is_none()
            && let Some(unparsed) = unparsed::answer(bytes)
        {
            if unparsed.start == 0 {
                self.place.connection.refuse();
                self.metrics.count_unparsed(unparsed.status);
                self.refusal = Some(unparsed.better);
            }
            part = &bytes[..unparsed.start];
        }
        if self.refusal.is_some() {
            ready!(self.poll_refusal(cx))?;
            return Poll::Ready(Ok(bytes.len()));
        }
        let result = Pin::new(&mut self.io).poll_write(cx, part);
        self.written(cx, result)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let result = Pin::new(&mut self.io).poll_flush(cx);
        if result.is_ready() {
            self.place.connection.flushed();
        }
        result
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}
