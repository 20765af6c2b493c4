//! Store time of a server, as far as a node knows it without asking (R2).

use std::sync::{Mutex, PoisonError};

use tokio::time::{Duration, Instant};

use crate::{Clock, Position, Timestamp};

/// The server's clock, as last heard, carried on by this machine's monotonic one: a wrong wall
/// clock here changes nothing.
#[derive(Debug, Default)]
pub(in crate::store) struct ServerClock {
    heard: Mutex<Option<Heard>>,
    #[cfg(test)]
    stand_in: Option<std::sync::Arc<crate::clock::ManualClock>>,
}

#[derive(Clone, Copy, Debug)]
struct Heard {
    time: Position,
    at: Instant,
    /// The newest answer that was given.
    told: Timestamp,
}

/// Behind by more than this, the server's clock was set back, and is followed.
const STEP: Duration = Duration::from_secs(1);

/// An answer that took longer tells little, unless there has been no better one lately.
const PROMPT: Duration = Duration::from_millis(250);
const LATELY: Duration = Duration::from_mins(1);

impl ServerClock {
    /// The server said that it was `time`, when asked at `asked`.
    pub(super) fn heard(&self, time: Position, asked: Instant) {
        let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = asked.elapsed();
        if heard.is_some_and(|heard| taken > PROMPT && heard.at.elapsed() < LATELY) {
            return;
        }
        let at = asked + taken / 2;
        let told = heard.map_or(Timestamp::EPOCH, |heard| heard.told);
        let told = if told > time.time().plus(STEP) { Timestamp::EPOCH } else { told };
        *heard = Some(Heard { time, at, told });
    }

    #[cfg(not(test))]
    #[expect(clippy::unused_self, reason = "tests have a clock of their own")]
    pub(super) fn given(&self) -> Option<Position> {
        None
    }

    /// What to tell the server to take for its own time.
    #[cfg(test)]
    pub(super) fn given(&self) -> Option<Position> {
        self.stand_in.as_ref().map(|clock| Position::first_at(clock.now()))
    }

    /// The server's time, unless a clock stands in for it.
    pub(super) fn stand_in(&self, now: Position) -> Position {
        self.given().unwrap_or(now)
    }

    #[cfg(test)]
    pub(in crate::store) fn standing_in(clock: std::sync::Arc<crate::clock::ManualClock>) -> Self {
        Self { stand_in: Some(clock), ..Self::default() }
    }
}

impl Clock for ServerClock {
    fn now(&self) -> Timestamp {
        #[cfg(test)]
        if let Some(given) = self.given() {
            return given.time();
        }
        let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(Heard { time, at, told }) = heard.as_mut() else { return Timestamp::EPOCH };
        *told = time.time().plus(at.elapsed()).max(*told);
        *told
    }
}
