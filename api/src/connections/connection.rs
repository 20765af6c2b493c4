//! A connection as others see it: where it is, and since when.

use std::{
    future::poll_fn,
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Poll, Waker},
    time::Duration,
};

use futures::task::AtomicWaker;
use tokio::time::Instant;

use super::Connections;

/// Where a connection is. The task that serves it moves it on; others only ask it to close.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Phase {
    /// Nothing has come yet.
    Silent,
    /// Its last answer was sent, and nothing has come since.
    Idle,
    /// Part of a request's head has come.
    Head,
    /// A request is under way.
    Serving,
    /// The answer is made, and not all of it is sent.
    Answering,
    /// The client was told that it is too slow, or what it sent no HTTP.
    Refused,
    /// The answer is made, and was the last one.
    Leaving,
    /// The last answer is sent.
    Left,
    /// It is to close, unless a request comes first.
    Unwanted,
    /// It is to close.
    Cut,
    /// It is closed.
    Closed,
}

const PHASES: [Phase; 11] = [
    Phase::Silent,
    Phase::Idle,
    Phase::Head,
    Phase::Serving,
    Phase::Answering,
    Phase::Refused,
    Phase::Leaving,
    Phase::Left,
    Phase::Unwanted,
    Phase::Cut,
    Phase::Closed,
];

impl Phase {
    /// Whether nothing is under way, so that it may be closed to make room.
    pub(super) fn is_idle(self) -> bool {
        matches!(self, Self::Silent | Self::Idle | Self::Head)
    }

    /// Whether its place is about to be free.
    fn is_going(self) -> bool {
        matches!(self, Self::Leaving | Self::Left | Self::Unwanted | Self::Cut | Self::Closed)
    }
}

/// A phase and when it began: microseconds since the node did, and four bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Standing(u64);

impl Standing {
    pub(super) fn new(phase: Phase, since: Duration) -> Self {
        let micros = u64::try_from(since.as_micros()).unwrap_or(u64::MAX);
        Self((micros << 4) | phase as u64)
    }

    pub(super) fn phase(self) -> Phase {
        let phase = usize::try_from(self.0 & 15).ok().and_then(|number| PHASES.get(number));
        phase.copied().unwrap_or(Phase::Closed)
    }

    pub(super) fn since(self) -> Duration {
        Duration::from_micros(self.0 >> 4)
    }
}

/// A connection. What a request costs it is a few atomic operations, and no lock.
#[derive(Debug)]
pub(crate) struct Connection {
    all: Arc<Connections>,
    pub(super) network: IpAddr,
    standing: AtomicU64,
    waker: AtomicWaker,
}

impl Connection {
    pub(super) fn new(all: Arc<Connections>, network: IpAddr) -> Self {
        let standing = Standing::new(Phase::Silent, all.now());
        Self { all, network, standing: standing.0.into(), waker: AtomicWaker::new() }
    }

    pub(super) fn standing(&self) -> Standing {
        Standing(self.standing.load(Ordering::Acquire))
    }

    pub(crate) fn phase(&self) -> Phase {
        self.standing().phase()
    }

    /// When the phase began.
    pub(crate) fn since(&self) -> Instant {
        self.all.begun + self.standing().since()
    }

    /// Moves on to `phase`, and keeps count of those that stay.
    fn enter(&self, phase: Phase, since: Duration) {
        let next = Standing::new(phase, since);
        let before = Standing(self.standing.swap(next.0, Ordering::AcqRel)).phase();
        match (before.is_going(), phase.is_going()) {
            (false, true) => self.all.lose(),
            (true, false) => self.all.keep(),
            _ => {}
        }
    }

    /// Something was read. A head begins with it, unless more of a request comes.
    pub(crate) fn hear(&self) {
        if matches!(self.phase(), Phase::Silent | Phase::Idle | Phase::Unwanted) {
            self.enter(Phase::Head, self.all.now());
        }
    }

    /// The head of a request is there.
    pub(crate) fn begin(&self) {
        // When it began nobody asks.
        self.enter(Phase::Serving, Duration::ZERO);
    }

    /// The answer is made; after the last one, nothing is heard any more.
    pub(crate) fn answer(&self, is_last: bool) {
        self.enter(if is_last { Phase::Leaving } else { Phase::Answering }, self.all.now());
    }

    /// The client hears that it is too slow, or makes no sense.
    pub(crate) fn refuse(&self) {
        self.enter(Phase::Refused, self.all.now());
    }

    /// All that there was to send is sent.
    pub(crate) fn flushed(&self) {
        let standing = self.standing();
        if standing.phase() == Phase::Answering {
            self.enter(Phase::Idle, standing.since());
        } else if standing.phase() == Phase::Leaving {
            self.enter(Phase::Left, self.all.now());
            self.waker.wake();
        }
    }

    /// Whether the last answer is made: what comes now is not for us.
    pub(crate) fn is_leaving(&self) -> bool {
        matches!(self.phase(), Phase::Leaving | Phase::Left | Phase::Cut)
    }

    /// Waits until the last answer is sent; from then on nothing is heard and nothing said.
    pub(crate) async fn cut(&self) {
        poll_fn(|cx| {
            self.listen(cx.waker());
            if self.phase() == Phase::Leaving { Poll::Pending } else { Poll::Ready(()) }
        })
        .await;
        self.enter(Phase::Cut, self.all.now());
    }

    /// Whether there are more connections than may stay, and none of them rests.
    pub(crate) fn is_one_too_many(&self) -> bool {
        self.all.are_too_many()
    }

    /// It is closed. Its place is free.
    pub(super) fn end(&self) {
        self.enter(Phase::Closed, Duration::ZERO);
    }

    /// Wakes `waker` when it is to close. To be called before looking whether it is.
    pub(crate) fn listen(&self, waker: &Waker) {
        self.waker.register(waker);
    }

    /// Asks it to close, if it still is as it was when it stood at `seen`.
    pub(super) fn make_go(&self, seen: Standing) -> bool {
        let phase = if seen.phase() == Phase::Head { Phase::Cut } else { Phase::Unwanted };
        let next = Standing::new(phase, seen.since());
        let (relaxed, acquire) = (Ordering::Relaxed, Ordering::AcqRel);
        if self.standing.compare_exchange(seen.0, next.0, acquire, relaxed).is_err() {
            return false;
        }
        self.all.lose();
        self.waker.wake();
        true
    }
}
