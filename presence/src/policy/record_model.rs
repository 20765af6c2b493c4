//! [`record`] against a model that remembers every beat and every mark and compares each pair, as
//! R4 is written, where the rows remember a few times per session.

use std::{collections::BTreeMap, time::Duration};

use proptest::prelude::*;

use super::{Policy, record, tests::policy};
use crate::{Change, Row, SessionId, Sessions, Timestamp};

/// What a client sends: `wait` after the request before it arrived, with a stamp that its clock
/// and the network put away from store time.
#[derive(Clone, Debug)]
struct Request {
    wait: i64,
    stamp: Stamp,
    kind: Kind,
    /// Sent twice: arrives again with the same stamp, this much later.
    repeat: Option<i64>,
}

#[derive(Clone, Debug)]
enum Stamp {
    None,
    /// So far from store time at its arrival.
    Off(i64),
    /// That of the request before it: sent in the same millisecond.
    Same,
}

#[derive(Clone, Debug)]
enum Kind {
    Beat(&'static str),
    MarkOne(&'static str),
    MarkAll,
}

const SESSIONS: [&str; 3] = ["", "phone", "desk"];

fn request() -> impl Strategy<Value = Request> {
    let kind = prop_oneof![
        6 => prop::sample::select(&SESSIONS[..]).prop_map(Kind::Beat),
        2 => prop::sample::select(&SESSIONS[1..]).prop_map(Kind::MarkOne),
        1 => Just(Kind::MarkAll),
    ];
    // Late, early and wrong clocks, on both sides of the 30 s of clock_skew and at its edges.
    let stamp = prop_oneof![
        4 => (-8_000..8_000_i64).prop_map(Stamp::Off),
        2 => (-40_000..40_000_i64).prop_map(Stamp::Off),
        1 => prop::sample::select(&[-30_001, -30_000, -1, 0, 1, 30_000, 30_001][..])
            .prop_map(Stamp::Off),
        2 => Just(Stamp::Same),
        2 => Just(Stamp::None),
    ];
    let wait = prop_oneof![8 => 0..6_000_i64, 2 => Just(0), 1 => 0..320_000_i64];
    let repeat = prop::option::weighted(0.2, 0..20_000_i64);
    (wait, stamp, kind, repeat).prop_map(|(wait, stamp, kind, repeat)| Request {
        wait,
        stamp,
        kind,
        repeat,
    })
}

/// A request that arrived, with its stamp as sent.
#[derive(Clone, Debug)]
struct Arrival {
    now: Timestamp,
    stamp: Option<Timestamp>,
    kind: Kind,
}

/// Every request at its time of arrival, repeats included.
fn arrivals(requests: &[Request]) -> Vec<Arrival> {
    let (mut now, mut last) = (1_000_000, None);
    let mut all = Vec::new();
    for request in requests {
        now += request.wait;
        let stamp = match request.stamp {
            Stamp::None => None,
            Stamp::Off(offset) => Some(Timestamp::from_millis(now + offset)),
            Stamp::Same => last,
        };
        last = stamp;
        for delay in [Some(0), request.repeat].into_iter().flatten() {
            let now = Timestamp::from_millis(now + delay);
            all.push(Arrival { now, stamp, kind: request.kind.clone() });
        }
    }
    all.sort_by_key(|arrival| arrival.now);
    all
}

/// The rule R4 for a pair: whether `mark` comes after `beat`.
fn ends(policy: &Policy, mark: (usize, &Arrival), beat: (usize, &Arrival)) -> bool {
    let trusted = |arrival: &Arrival| policy.trusted(arrival.stamp, arrival.now);
    match (trusted(mark.1), trusted(beat.1)) {
        (Some(marked), Some(beaten)) if marked != beaten => marked > beaten,
        _ => mark.0 > beat.0,
    }
}

fn concerns(kind: &Kind, session: &str) -> bool {
    match kind {
        Kind::Beat(_) => false,
        Kind::MarkOne(marked) => *marked == session,
        Kind::MarkAll => true,
    }
}

/// A session that was folded into another, right after the arrival of that number.
type Fold = (usize, &'static str);

/// The newest activity of `session` that no mark ended and no fold took, and whether a stamp in
/// the future was among its beats: only then may the rows know it less exactly, by `clock_skew` at
/// most.
fn model(policy: &Policy, past: &[Arrival], folds: &[Fold], session: &str) -> (Timestamp, bool) {
    let (mut newest, mut future) = (Timestamp::EPOCH, false);
    for (at, beat) in past.iter().enumerate() {
        if !matches!(beat.kind, Kind::Beat(of) if of == session) {
            continue;
        }
        let ended = past.iter().enumerate().any(|(mark_at, mark)| {
            concerns(&mark.kind, session) && ends(policy, (mark_at, mark), (at, beat))
        });
        let folded = folds.iter().any(|(after, of)| *of == session && *after >= at);
        let activity = policy.activity(beat.stamp, beat.now);
        future |= activity.stamp.is_some_and(|stamp| stamp > beat.now);
        if !ended && !folded {
            newest = newest.max(activity.at);
        }
    }
    (newest, future)
}

fn change(arrival: &Arrival) -> Change {
    let session = |name: &str| SessionId::parse(name).unwrap();
    match arrival.kind {
        Kind::Beat(name) => Change::Beat { session: session(name), stamp: arrival.stamp },
        Kind::MarkOne(name) => {
            Change::Mark { sessions: Sessions::One(session(name)), stamp: arrival.stamp }
        }
        Kind::MarkAll => Change::Mark { sessions: Sessions::All, stamp: arrival.stamp },
    }
}

/// R5: while too many sessions are live, the oldest is folded away.
fn fold(policy: &Policy, past: &[Arrival], folds: &mut Vec<Fold>) {
    let Some(Arrival { now, .. }) = past.last() else { return };
    loop {
        let current = |session| matches!(past.last(), Some(Arrival { kind: Kind::Beat(of), .. }) if *of == session);
        let activity = |session| (model(policy, past, folds, session).0, current(session), session);
        let mut live: Vec<_> = SESSIONS.into_iter().map(activity).collect();
        live.retain(|(at, ..)| *at >= policy.horizon(*now));
        if live.len() <= policy.max_sessions {
            return;
        }
        folds.extend(live.into_iter().min().map(|(.., oldest)| (past.len() - 1, oldest)));
    }
}

/// The `last_activity` of each session that is online at `now`.
fn online(policy: &Policy, rows: &[Row], now: Timestamp) -> BTreeMap<String, Timestamp> {
    let live = rows.iter().filter(|row| row.last_activity >= policy.horizon(now));
    live.map(|row| (row.session.as_str().to_owned(), row.last_activity)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// R1, R3, R4 and R5: whatever is lost, late, repeated or reordered.
    #[test]
    fn rows_agree_with_a_model_that_remembers_everything(
        requests in prop::collection::vec(request(), 1..40),
    ) {
        let policy = policy();
        let arrivals = arrivals(&requests);
        let mut rows = Vec::new();
        for (index, arrival) in arrivals.iter().enumerate() {
            record(&mut rows, &change(arrival), arrival.now, &policy);
            let past = &arrivals[..=index];
            let online = online(&policy, &rows, arrival.now);
            for session in SESSIONS {
                let (expected, future) = model(&policy, past, &[], session);
                let slack = if future { policy.clock_skew } else { Duration::ZERO };
                let found = online.get(session).copied().unwrap_or_default();
                let live = expected >= policy.horizon(arrival.now);
                prop_assert!(
                    if live { found >= expected && found <= expected.plus(slack) }
                    else { found <= expected.plus(slack) },
                    "session {session:?}: {found:?}, not {expected:?}, after {past:#?}"
                );
            }
        }
    }

    /// R5 together with R4: what is folded away is neither missed nor brought back. Without stamps
    /// in the future, where the rows are exact.
    #[test]
    fn folding_loses_no_mark_and_brings_nobody_back(
        requests in prop::collection::vec(request(), 1..40),
        max_sessions in 1..3_usize,
    ) {
        let policy = Policy { max_sessions, ..policy() };
        let mut arrivals = arrivals(&requests);
        for arrival in &mut arrivals {
            arrival.stamp = arrival.stamp.map(|stamp| stamp.min(arrival.now));
        }
        let (mut rows, mut folds) = (Vec::new(), Vec::new());
        for (index, arrival) in arrivals.iter().enumerate() {
            record(&mut rows, &change(arrival), arrival.now, &policy);
            let past = &arrivals[..=index];
            fold(&policy, past, &mut folds);
            let live = SESSIONS.into_iter().map(|session| {
                (session.to_owned(), model(&policy, past, &folds, session).0)
            });
            let expected: BTreeMap<_, _> =
                live.filter(|(_, at)| *at >= policy.horizon(arrival.now)).collect();
            prop_assert_eq!(online(&policy, &rows, arrival.now), expected, "after {:#?}", past);
        }
    }

    /// R6: last seen is kept apart from the epoch, never goes backwards and is never ahead of
    /// store time; a mark sets it to store time.
    #[test]
    fn last_seen_only_grows(requests in prop::collection::vec(request(), 1..40)) {
        let policy = policy();
        let (mut rows, mut before) = (Vec::new(), Timestamp::EPOCH);
        for arrival in arrivals(&requests) {
            record(&mut rows, &change(&arrival), arrival.now, &policy);
            let seen = rows.iter().map(|row| row.last_seen).max().unwrap_or_default();
            prop_assert!(seen >= before && seen <= arrival.now);
            if !matches!(arrival.kind, Kind::Beat(_)) {
                prop_assert_eq!(seen, arrival.now);
            }
            prop_assert!(rows.iter().all(|row| row.last_seen > Timestamp::EPOCH));
            before = seen;
        }
    }
}
