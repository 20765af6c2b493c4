//! What is known about a user from the outside: what was acknowledged, and what may have come of
//! requests without an answer.

use std::time::Duration;

use tokio::time::Instant;

use super::{COALESCE, SKEW, WINDOW};

/// The sessions of a user. The first is the one that a beat without a name belongs to.
pub(crate) const SESSIONS: [&str; 3] = ["", "a", "b"];

/// How long what was sent may still take effect when no answer came.
pub(crate) const ECHO: Duration = Duration::from_secs(5);

/// For so long after its window a user who is silent may show: a refresh, and as much again.
const GRACE: Duration = Duration::from_secs(2);

/// One user.
#[derive(Clone, Debug)]
pub(crate) struct Model {
    sessions: [Session; SESSIONS.len()],
    /// `None`: either.
    pub(crate) hidden: Option<bool>,
    /// `None`: any.
    pub(crate) availability: Option<&'static str>,
    /// When what it says last changed, other than by the passing of time.
    since: Instant,
}

/// A session that is online at least and at most until then.
#[derive(Clone, Copy, Debug, Default)]
struct Session {
    certain: Option<Instant>,
    possible: Option<Instant>,
}

/// What was asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Wish {
    /// A beat of that session; `stamped` by the client, or not.
    Beat {
        session: usize,
        stamped: bool,
    },
    /// The end of that session, or of all.
    Leave {
        session: Option<usize>,
    },
    Hide(bool),
    Be(&'static str),
}

impl Model {
    pub(crate) fn new() -> Self {
        let (sessions, since) = (Default::default(), Instant::now());
        Self { sessions, hidden: Some(false), availability: Some("available"), since }
    }

    /// A wish that was sent then was acknowledged now.
    pub(crate) fn acknowledged(&mut self, wish: Wish, sent: Instant) {
        self.changing(|model| match wish {
            Wish::Beat { session, stamped } => {
                // It may have gone unwritten for so long after the stored one.
                let late = COALESCE + if stamped { SKEW } else { Duration::ZERO };
                let session = &mut model.sessions[session];
                session.certain = session.certain.max(Some(sent + WINDOW - late));
                session.possible = session.possible.max(Some(Instant::now() + WINDOW));
            }
            Wish::Leave { session } => {
                model.named(session).fill(Session::default());
            }
            Wish::Hide(hidden) => model.hidden = Some(hidden),
            Wish::Be(availability) => model.availability = Some(availability),
        });
    }

    /// A wish was sent, and perhaps it is granted.
    pub(crate) fn unanswered(&mut self, wish: Wish) {
        self.changing(|model| match wish {
            Wish::Beat { session, .. } => {
                let session = &mut model.sessions[session];
                session.possible = session.possible.max(Some(Instant::now() + ECHO + WINDOW));
            }
            Wish::Leave { session } => {
                for session in model.named(session) {
                    session.certain = None;
                }
            }
            Wish::Hide(_) => model.hidden = None,
            Wish::Be(_) => model.availability = None,
        });
    }

    /// Whether others see the user online at that moment; `None`: either.
    pub(crate) fn online(&self, at: Instant) -> Option<bool> {
        if self.hidden? {
            return Some(false);
        }
        let certain = self.sessions.iter().any(|it| it.certain.is_some_and(|end| at < end));
        let possible =
            self.sessions.iter().any(|it| it.possible.is_some_and(|end| at < end + GRACE));
        if certain { Some(true) } else { (!possible).then_some(false) }
    }

    /// What others saw all the time between the two moments, the later of which is not to come.
    pub(crate) fn throughout(&self, from: Instant, to: Instant) -> Option<bool> {
        let online = self.online(to)?;
        (self.since <= from && self.online(from) == Some(online)).then_some(online)
    }

    fn named(&mut self, session: Option<usize>) -> &mut [Session] {
        match session {
            Some(session) => &mut self.sessions[session..=session],
            None => &mut self.sessions,
        }
    }

    fn changing(&mut self, change: impl FnOnce(&mut Self)) {
        let before = self.online(Instant::now());
        change(self);
        let after = self.online(Instant::now());
        if before.is_none() || before != after {
            self.since = Instant::now();
        }
    }
}
