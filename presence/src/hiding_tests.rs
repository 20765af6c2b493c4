//! R11 against its own words: to everyone else, a history in which an online user hides is the one
//! in which they left at that moment, and one in which an offline user hides is the one in which
//! they did nothing.
//!
//! Two worlds go through the same steps, but for what the user does from the moment at which they
//! hide. In the second world they do none of it; for each write a bystander beats, who is online all
//! the time, so that both worlds have equally many writes. After every step all that can be asked
//! of any node is compared, by its text.

use std::{
    fmt::Write as _,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use proptest::prelude::*;
use tokio::runtime::Builder;

use crate::{
    Availability, Change, Cursor, GivenCursor, Policy, Position, Presence, SessionId, Sessions,
    StatusPatch, Timestamp, UserId, clock::ManualClock, policy::tests::policy,
    store::memory::MemoryStore,
};

const NODES: usize = 2;
/// Whoever hides.
const HIDER: u64 = 0;
const BYSTANDER: u64 = 9;
/// Who is looked at, the hider among them.
const WATCHED: u64 = 3;
const START: i64 = 1_000_000_000;

#[derive(Clone, Debug)]
enum Act {
    Beat(&'static str, Option<i64>),
    Leave(&'static str, Option<i64>),
    Declare(StatusPatch),
}

#[derive(Clone, Debug)]
enum Step {
    Act { node: usize, user: u64, act: Act },
    Wait(u64),
    Refresh(usize),
    Restart(usize),
    Reload(usize),
}

fn act() -> impl Strategy<Value = Act> {
    let session = || prop::sample::select(vec!["", "a", "b"]);
    let stamp = || prop::option::of(-40_000..40_000_i64);
    let availability = prop::sample::select(vec![Availability::Available, Availability::Busy]);
    let end =
        prop::option::of((0..2_000_000_i64).prop_map(|end| Timestamp::from_millis(START + end)));
    let declared = (prop::option::of(availability), prop::option::of(end), any::<Option<bool>>());
    let declare = declared.prop_map(|(availability, expires_at, share_last_seen)| {
        Act::Declare(StatusPatch {
            availability,
            expires_at,
            share_last_seen,
            ..StatusPatch::default()
        })
    });
    prop_oneof![
        4 => (session(), stamp()).prop_map(|(session, stamp)| Act::Beat(session, stamp)),
        2 => (session(), stamp()).prop_map(|(session, stamp)| Act::Leave(session, stamp)),
        2 => declare,
    ]
}

fn steps(length: usize) -> impl Strategy<Value = Vec<Step>> {
    let node = 0..NODES;
    let step = prop_oneof![
        6 => (node.clone(), 0..WATCHED, act())
            .prop_map(|(node, user, act)| Step::Act { node, user, act }),
        3 => prop_oneof![0..3_u64, 0..2_000_u64, 0..200_000_u64].prop_map(Step::Wait),
        3 => node.clone().prop_map(Step::Refresh),
        1 => node.clone().prop_map(Step::Restart),
        1 => node.prop_map(Step::Reload),
    ];
    prop::collection::vec(step, 0..length)
}

fn id(number: u64) -> UserId {
    UserId::integer(number).unwrap()
}

struct World {
    store: Arc<MemoryStore>,
    nodes: Vec<Presence>,
    /// Where those stand who follow, oldest first.
    cursors: Vec<Cursor>,
}

/// Every beat is written, so that both worlds have equally many writes.
fn every_beat() -> Policy {
    Policy { coalesce: Duration::ZERO, ..policy() }
}

async fn start(store: &Arc<MemoryStore>) -> Presence {
    let (node, writer) =
        Presence::new(Arc::clone(store) as _, every_beat(), Duration::from_secs(3));
    node.load().await.unwrap();
    tokio::spawn(writer.run());
    node
}

impl World {
    async fn new() -> Self {
        let clock = ManualClock::starting_at(Timestamp::from_millis(START));
        let store = Arc::new(MemoryStore::new(Arc::new(clock)));
        let nodes = vec![start(&store).await, start(&store).await];
        let world = Self { store, nodes, cursors: Vec::new() };
        world.pass(0).await;
        world
    }

    async fn act(&self, node: usize, user: u64, act: Act) {
        let node = &self.nodes[node];
        let stamp = |offset: Option<i64>| {
            offset.map(|offset| Timestamp::from_millis(node.now().millis() + offset))
        };
        let session = |name| SessionId::parse(name).unwrap();
        let change = match act {
            Act::Beat(name, offset) => {
                Change::Beat { session: session(name), stamp: stamp(offset) }
            }
            Act::Leave(name, offset) => {
                let sessions = Sessions::named(session(name));
                Change::Mark { sessions, stamp: stamp(offset) }
            }
            Act::Declare(patch) => {
                node.change_status(&id(user), patch).await.unwrap();
                return;
            }
        };
        node.record(id(user), change).await.unwrap();
    }

    fn writes(&self) -> usize {
        self.store.entries_until(Position::from_micros(i64::MAX)).len()
    }

    async fn bystand(&self, node: usize) {
        self.act(node, BYSTANDER, Act::Beat("", None)).await;
    }

    async fn pass(&self, millis: u64) {
        self.store.clock.advance(Duration::from_millis(millis));
        self.bystand(0).await;
    }

    /// What is not about the hider who hides.
    async fn step(&mut self, step: Step) {
        match step {
            Step::Act { node, user, act } => self.act(node, user, act).await,
            Step::Wait(millis) => self.pass(millis).await,
            Step::Refresh(node) => self.nodes[node].refresh().await,
            Step::Restart(node) => self.nodes[node] = start(&self.store).await,
            Step::Reload(node) => self.nodes[node].reload().await,
        }
    }

    /// All that anybody is told who is not the hider, and where they stand then.
    async fn answers(&mut self) -> String {
        let watched: Vec<_> = (0..WATCHED).map(id).collect();
        let mut text = String::new();
        let mut cursors = Vec::new();
        for node in &self.nodes {
            let (set, count, tag) = (node.online(), node.count(), node.tag());
            let among = node.online_among(watched.clone());
            let page = node.online_after(None, 2);
            // Of the bystander, who beats more often in one of the worlds.
            let page: Vec<_> = page.into_iter().filter(|it| it.user != id(BYSTANDER)).collect();
            let batch = node.statuses(&watched).await.unwrap();
            let single = node.status(&id(HIDER)).await.unwrap();
            let set = (set.ids(), set.tag(), set.cursor());
            writeln!(text, "{set:?} {count} {tag} {among:?} {page:?} {batch:?} {single:?}")
                .unwrap();
            for cursor in &self.cursors {
                let cursor = GivenCursor::Known(*cursor);
                let all = node.since(cursor, None);
                let some = node.since(cursor, Some(&watched));
                writeln!(text, "{all:?} {some:?}").unwrap();
            }
            cursors.push(set.2);
        }
        self.cursors.extend(cursors);
        text
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn to_others_who_hides_online_left_and_who_hides_offline_did_nothing(
        before in steps(25),
        after in steps(25),
    ) {
        Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
            let (mut hides, mut leaves) = (World::new().await, World::new().await);
            for step in before {
                hides.step(step.clone()).await;
                leaves.step(step).await;
                assert_eq!(hides.answers().await, leaves.answers().await);
            }
            // A node that is behind does not know; the store decides who is online.
            for world in [&hides, &leaves] {
                world.nodes[0].refresh().await;
            }
            let online = hides.nodes[0].own_status(&id(HIDER)).await.unwrap().status.is_online;
            let hide = StatusPatch { invisible: Some(true), ..StatusPatch::default() };
            hides.act(0, HIDER, Act::Declare(hide)).await;
            if online {
                leaves.act(0, HIDER, Act::Leave("", None)).await;
            } else {
                leaves.bystand(0).await;
            }
            assert_eq!(hides.answers().await, leaves.answers().await, "at the moment");
            for step in after {
                if let Step::Act { node, user: HIDER, act } = step {
                    let writes = hides.writes();
                    hides.act(node, HIDER, act).await;
                    for _ in writes..hides.writes() {
                        leaves.bystand(node).await;
                    }
                    // Every request may bring the news of others to its node.
                    for world in [&hides, &leaves] {
                        world.nodes[node].refresh().await;
                    }
                } else {
                    hides.step(step.clone()).await;
                    leaves.step(step).await;
                }
                assert_eq!(hides.answers().await, leaves.answers().await, "after it");
            }
        });
    }
}

#[tokio::test]
async fn no_cursor_tells_of_what_a_user_does_who_hides() {
    let world = World::new().await;
    let hide = StatusPatch { invisible: Some(true), ..StatusPatch::default() };
    world.act(0, HIDER, Act::Declare(hide)).await;
    world.store.clock.advance(Duration::from_secs(1));
    let node = &world.nodes[0];
    node.refresh().await;
    let cursors = || {
        let cursor = GivenCursor::Known(node.online().cursor());
        let (among, watched) = (node.online_among(vec![id(1)]).1, [id(HIDER)]);
        (cursor, among, node.since(cursor, None), node.since(cursor, Some(&watched)))
    };
    let before = cursors();
    for act in [Act::Beat("", None), Act::Leave("", None), Act::Beat("a", None)] {
        world.act(0, HIDER, act).await;
        assert_eq!(cursors(), before);
    }
}

#[tokio::test]
async fn while_the_store_is_away_who_hides_is_known_as_well_as_who_left_then() {
    let world = World::new().await;
    let [hider, leaver] = [HIDER, 1];
    for user in [hider, leaver] {
        world.act(0, user, Act::Beat("", None)).await;
    }
    let hide = StatusPatch { invisible: Some(true), ..StatusPatch::default() };
    world.act(0, hider, Act::Declare(hide)).await;
    world.act(0, leaver, Act::Leave("", None)).await;
    let known = async || {
        world.store.fails.store(true, Ordering::Relaxed);
        let [one, other] = [hider, leaver].map(id);
        let known = (world.nodes[0].status(&one).await, world.nodes[0].status(&other).await);
        world.store.fails.store(false, Ordering::Relaxed);
        (known.0.unwrap().last_seen.is_some(), known.1.unwrap().last_seen.is_some())
    };
    assert_eq!(known().await, (true, true));
    for _ in 0..4 {
        world.pass(200_000).await;
        world.act(0, hider, Act::Beat("", None)).await;
    }
    assert_eq!(known().await, (false, false), "long ago");
}

#[tokio::test]
async fn what_others_were_told_while_a_user_hid_is_not_taken_back() {
    let mut world = World::new().await;
    world.act(0, HIDER, Act::Beat("", None)).await;
    world.pass(60_000).await;
    let [hide, show] =
        [true, false].map(|it| StatusPatch { invisible: Some(it), ..StatusPatch::default() });
    world.act(0, HIDER, Act::Declare(hide)).await;
    let told = world.nodes[0].status(&id(HIDER)).await.unwrap().last_seen;
    assert_eq!(told, Some(Timestamp::from_millis(START + 60_000)));
    world.act(0, HIDER, Act::Declare(show)).await;
    for restart in [false, true] {
        if restart {
            world.step(Step::Restart(0)).await;
        }
        assert_eq!(world.nodes[0].status(&id(HIDER)).await.unwrap().last_seen, told);
    }
}
