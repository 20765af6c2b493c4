//! The roster against the definition: online is who has a session with `last_activity` within the
//! window.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use proptest::prelude::*;

use super::*;
use crate::UserId;

const WINDOW: Duration = Duration::from_mins(5);

#[derive(Clone, Debug)]
enum Step {
    /// A row was written: its last activity is so long ago, or the epoch.
    Write {
        user: u64,
        session: u8,
        age: Option<u64>,
    },
    Fold {
        user: u64,
        session: u8,
    },
    Wait(u64),
    /// Somebody asks for the set.
    Read,
}

fn step() -> impl Strategy<Value = Step> {
    let session = 0..3_u8;
    prop_oneof![
        6 => (0..12_u64, session.clone(), prop::option::weighted(0.8, 0..310_000_u64))
            .prop_map(|(user, session, age)| Step::Write { user, session, age }),
        1 => (0..12_u64, session).prop_map(|(user, session)| Step::Fold { user, session }),
        3 => prop_oneof![0..5_000_u64, 0..200_000_u64, Just(700_000_u64)].prop_map(Step::Wait),
        2 => Just(Step::Read),
    ]
}

fn user(id: u64) -> UserId {
    UserId::integer(id).unwrap()
}

fn session(number: u8) -> SessionId {
    SessionId::parse(&"s".repeat(number.into())).unwrap()
}

fn activity(id: u64, number: u8, last_activity: Timestamp) -> SessionActivity {
    let (user, session) = (user(id), session(number));
    SessionActivity { user, session, last_activity, last_seen: last_activity, mark: None }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn the_roster_holds_exactly_who_is_within_the_window(
        steps in prop::collection::vec(step(), 1..80),
    ) {
        let mut now = Timestamp::from_millis(1_000_000_000);
        let until = Position::first_at(now);
        let mut roster = Roster::new(WINDOW, &Origin { until, ..Origin::default() });
        let follow = |roster: &mut Roster, sessions: Vec<SessionActivity>, now| {
            let position = Position::first_at(now).max(roster.position().next());
            let entry = Entry { position, sessions, ..Entry::default() };
            let entries = if entry.sessions.is_empty() { Vec::new() } else { vec![entry] };
            let feed = Feed { era: Era::default(), entries, until: position };
            roster.follow(&feed).unwrap();
        };
        let mut set = OnlineSet::of(&roster);
        let mut rows = BTreeMap::<(u64, u8), Timestamp>::new();
        for step in steps {
            match step {
                Step::Write { user: id, session: number, age } => {
                    let last_activity = age.map_or(Timestamp::EPOCH, |age| {
                        now.minus(Duration::from_millis(age))
                    });
                    rows.insert((id, number), last_activity);
                    follow(&mut roster, vec![activity(id, number, last_activity)], now);
                }
                Step::Fold { user: id, session: number } => {
                    rows.remove(&(id, number));
                    follow(&mut roster, vec![activity(id, number, Timestamp::EPOCH)], now);
                }
                Step::Wait(millis) => now = now.plus(Duration::from_millis(millis)),
                Step::Read => set = set.next(set.news(&roster)),
            }
            follow(&mut roster, Vec::new(), now);

            let live = rows.iter().filter(|(_, at)| **at >= now.minus(WINDOW));
            let live: BTreeMap<_, _> = live.collect();
            let expected: BTreeSet<_> = live.keys().map(|(id, _)| user(*id)).collect();
            let followed = set.next(set.news(&roster));
            let fresh = OnlineSet::of(&roster);
            prop_assert!(followed.ids().iter().eq(&expected));
            prop_assert_eq!(followed.ids(), fresh.ids());
            prop_assert_eq!(followed.tag(), SetTag::of(fresh.ids()));
            for id in 0..12 {
                let of_user = live.iter().filter(|((of, _), _)| *of == id);
                let newest = of_user.map(|(_, at)| **at).max();
                prop_assert_eq!(roster.find(&user(id)).map(User::last_activity), newest);
            }
        }
    }
}
