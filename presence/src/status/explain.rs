//! Why a user is on- or offline, for whoever has to find out.

use std::{cmp::Reverse, time::Duration};

use crate::{Policy, Row, SessionId, Timestamp, UserId};

/// Everything that decides whether a user is online, and the sentence that says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// Who.
    pub user: UserId,
    /// Whether they are online, in truth.
    pub is_online: bool,
    /// Since when they hide from others, if they do.
    pub hidden_since: Option<Timestamp>,
    /// Why, in plain words.
    pub reason: String,
    /// Every session that is known: those that are online first, then those that ended last.
    pub sessions: Vec<SessionExplanation>,
    /// The store time that decided it.
    pub now: Timestamp,
}

/// How it stands with a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionExplanation {
    /// Which.
    pub session: SessionId,
    /// Whether it is online, and why not.
    pub state: SessionState,
    /// Its newest beat; nothing when a mark ended it.
    pub last_activity: Option<Timestamp>,
    /// How long ago that was, or that it was last seen.
    pub age: Duration,
    /// Its newest proof of life.
    pub last_seen: Timestamp,
    /// When the beat arrived that brought it online the last time.
    pub online_since: Option<Timestamp>,
    /// When its newest mark-offline arrived.
    pub offline_at: Option<Timestamp>,
    /// The newest trusted client stamp among its marks.
    pub offline_mark: Option<Timestamp>,
    /// When it will end without another beat, or when it ended.
    pub ends_at: Timestamp,
}

/// What keeps a session online, or ended it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionState {
    /// Its last beat is within the window.
    Online,
    /// The window after its last beat has passed.
    TimedOut,
    /// It said that it was leaving.
    MarkedOffline,
}

impl Explanation {
    /// What `rows`, all of `user`'s, mean at `now`.
    pub(crate) fn new(
        user: UserId,
        rows: &[Row],
        hidden_since: Option<Timestamp>,
        policy: &Policy,
        now: Timestamp,
    ) -> Self {
        let explained = rows.iter().map(|row| explain(row, policy, now));
        let (mut sessions, marks): (Vec<_>, Vec<_>) = explained.partition(was_online);
        if sessions.is_empty() {
            sessions = marks;
        }
        // What ended last decided it.
        let is_online = |session: &SessionExplanation| session.state == SessionState::Online;
        sessions.sort_by_key(|session| Reverse((is_online(session), session.ends_at)));
        let is_online = sessions.iter().any(is_online);
        let reason = reason(&sessions, hidden_since, policy);
        Self { user, is_online, hidden_since, reason, sessions, now }
    }
}

/// Or it is but the note of a mark, for a beat that the mark overtook (R4).
fn was_online(session: &SessionExplanation) -> bool {
    session.last_activity.is_some() || session.online_since.is_some()
}

fn explain(row: &Row, policy: &Policy, now: Timestamp) -> SessionExplanation {
    let ended = row.last_activity == Timestamp::EPOCH;
    let state = match () {
        () if ended => SessionState::MarkedOffline,
        () if row.last_activity >= policy.horizon(now) => SessionState::Online,
        () => SessionState::TimedOut,
    };
    let left = row.offline_at.unwrap_or(row.last_seen);
    SessionExplanation {
        session: row.session.clone(),
        state,
        last_activity: (!ended).then_some(row.last_activity),
        age: now.since(if ended { left } else { row.last_activity }),
        last_seen: row.last_seen,
        online_since: row.online_since,
        offline_at: row.offline_at,
        offline_mark: row.offline_mark,
        ends_at: if ended { left } else { row.last_activity.plus(policy.window) },
    }
}

fn reason(
    sessions: &[SessionExplanation],
    hidden_since: Option<Timestamp>,
    policy: &Policy,
) -> String {
    let Some(newest) = sessions.first() else {
        return "Offline: no heartbeat of this user was ever stored.".to_owned();
    };
    let name = match newest.session.as_str() {
        "" => "the session without a name".to_owned(),
        name => format!("session `{name}`"),
    };
    let (age, window) = (newest.age.as_secs(), policy.window.as_secs());
    let truth = match newest.state {
        SessionState::Online => format!(
            "Online: the last heartbeat of {name} was {age} s ago, which is within the window of \
             {window} s; without another one it ends in {} s.",
            window.saturating_sub(age)
        ),
        SessionState::TimedOut => format!(
            "Offline: the newest heartbeat was that of {name}, {age} s ago, which is longer than \
             the window of {window} s."
        ),
        SessionState::MarkedOffline if !was_online(newest) => {
            format!("Offline: the user was marked offline {age} s ago.")
        }
        SessionState::MarkedOffline => {
            format!("Offline: {name}, the last one, was marked offline {age} s ago.")
        }
    };
    match hidden_since {
        None => truth,
        Some(_) => format!("{truth} The user is invisible: to everybody else they are offline."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::tests::policy;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1000)
    }

    fn row(session: &str, last_activity: i64, last_seen: i64) -> Row {
        Row {
            last_activity: at(last_activity),
            last_seen: at(last_seen),
            online_since: Some(at(500)),
            ..Row::new(SessionId::parse(session).unwrap())
        }
    }

    fn explain_at(rows: &[Row], now: i64) -> Explanation {
        Explanation::new(UserId::integer(5).unwrap(), rows, None, &policy(), at(now))
    }

    #[test]
    fn the_newest_session_decides_and_the_sentence_says_when_it_ends() {
        let rows = [row("old", 1_000, 1_000), row("phone", 1_200, 1_200), row("gone", 0, 1_290)];
        let online = explain_at(&rows, 1_300);
        assert!(online.is_online);
        assert!(online.reason.contains("`phone` was 100 s ago"), "{}", online.reason);
        assert!(online.reason.contains("ends in 200 s"), "{}", online.reason);
        let states: Vec<_> = online.sessions.iter().map(|session| session.state).collect();
        let [phone, old, gone] =
            [SessionState::Online, SessionState::Online, SessionState::MarkedOffline];
        assert_eq!(states, [phone, old, gone]);
        assert_eq!(online.sessions[2].last_activity, None, "the epoch shows nowhere");
    }

    #[test]
    fn who_timed_out_was_marked_or_never_seen_is_told_so() {
        let late = explain_at(&[row("", 1_000, 1_000)], 1_301);
        assert!(!late.is_online && late.reason.contains("longer than"), "{}", late.reason);
        let marked = explain_at(&[row("", 0, 1_000)], 1_010);
        assert!(marked.reason.contains("marked offline 10 s ago"), "{}", marked.reason);
        let both = explain_at(&[row("timed out", 1_000, 1_000), row("left", 0, 1_305)], 1_310);
        assert!(both.reason.contains("`left`"), "{}", both.reason);
        assert!(explain_at(&[], 1_000).reason.contains("ever stored"));
        let mark = Row { online_since: None, ..row("", 0, 1_306) };
        let marked = explain_at(&[mark.clone(), row("left", 0, 1_306)], 1_310);
        assert!(marked.reason.contains("`left`") && marked.sessions.len() == 1, "{marked:?}");
        let unseen = explain_at(&[mark], 1_310);
        assert!(unseen.reason.contains("the user was marked"), "{}", unseen.reason);
    }
}
