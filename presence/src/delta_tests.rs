//! R10 against the definition: clients that follow cursors across nodes always hold the set that
//! their cursor stands for.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use proptest::prelude::*;
use tokio::runtime::Builder;

use crate::{
    Availability, Change, Clock, Cursor, GivenCursor, Presence, SessionId, Sessions, Shown,
    StatusPatch, Timestamp, UserId, clock::ManualClock, policy::tests::policy,
    store::memory::MemoryStore,
};

const NODES: usize = 3;
const CLIENTS: usize = 3;
const USERS: u64 = 6;

#[derive(Clone, Debug)]
enum Step {
    Beat {
        node: usize,
        user: u64,
        session: usize,
        stamp: Option<i64>,
    },
    Leave {
        node: usize,
        user: u64,
        session: usize,
        stamp: Option<i64>,
    },
    Wait(u64),
    Refresh(usize),
    Restart(usize),
    Reload(usize),
    Declare {
        node: usize,
        user: u64,
        patch: StatusPatch,
    },
    Erase {
        node: usize,
        user: u64,
    },
    Poll {
        client: usize,
        node: usize,
    },
    /// The store goes back to where it was when the test began.
    Restore,
}

const SESSIONS: [&str; 3] = ["", "a", "b"];

fn step() -> impl Strategy<Value = Step> {
    let (node, user, session) = (0..NODES, 0..USERS, 0..SESSIONS.len());
    let stamp = prop::option::of(-40_000..40_000_i64);
    prop_oneof![
        8 => (node.clone(), user.clone(), session.clone(), stamp.clone())
            .prop_map(|(node, user, session, stamp)| Step::Beat { node, user, session, stamp }),
        3 => (node.clone(), user.clone(), patch())
            .prop_map(|(node, user, patch)| Step::Declare { node, user, patch }),
        1 => (node.clone(), user.clone()).prop_map(|(node, user)| Step::Erase { node, user }),
        3 => (node.clone(), user, session, stamp)
            .prop_map(|(node, user, session, stamp)| Step::Leave { node, user, session, stamp }),
        5 => prop_oneof![0..3_u64, 0..2_000_u64, 0..200_000_u64].prop_map(Step::Wait),
        6 => node.clone().prop_map(Step::Refresh),
        1 => node.clone().prop_map(Step::Restart),
        1 => node.clone().prop_map(Step::Reload),
        9 => (0..CLIENTS, node).prop_map(|(client, node)| Step::Poll { client, node }),
    ]
}

/// A change of availability, until some time from `START` on, or of who is in sight.
fn patch() -> impl Strategy<Value = StatusPatch> {
    let availability = prop::sample::select(vec![Availability::Available, Availability::Busy]);
    let end = prop::option::of((0..2_000_000_i64).prop_map(|after| after + START));
    let declared = (prop::option::of(availability), prop::option::of(end));
    let others = (prop::option::of(any::<bool>()), prop::option::of(any::<bool>()));
    (declared, others).prop_map(|((availability, end), (invisible, share_last_seen))| StatusPatch {
        availability,
        expires_at: end.map(|end| end.map(Timestamp::from_millis)),
        invisible,
        share_last_seen,
        ..StatusPatch::default()
    })
}

const START: i64 = 1_000_000_000;

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![60 => step(), 1 => Just(Step::Restore)];
    prop::collection::vec(step, 1..120)
}

/// A client: the set that it holds, and the cursor that it holds it as of.
#[derive(Debug, Default)]
struct Client {
    online: BTreeSet<UserId>,
    cursor: Option<Cursor>,
}

struct World {
    store: Arc<MemoryStore>,
    nodes: Vec<Presence>,
    clients: Vec<Client>,
    restarted: bool,
    restored: bool,
    /// By node, the newest time at which each user was said to be last seen; nothing once somebody
    /// was erased.
    seen: Option<Vec<BTreeMap<UserId, Timestamp>>>,
}

impl World {
    async fn new() -> Self {
        let clock = ManualClock::starting_at(Timestamp::from_millis(START));
        let store = Arc::new(MemoryStore::new(Arc::new(clock)));
        let mut nodes = Vec::new();
        for _ in 0..NODES {
            nodes.push(start(&store).await);
        }
        let clients = (0..CLIENTS).map(|_| Client::default()).collect();
        let seen = Some(vec![BTreeMap::new(); NODES]);
        Self { store, nodes, clients, restarted: false, restored: false, seen }
    }

    async fn step(&mut self, step: Step) {
        match step {
            Step::Beat { node, user, session, stamp } => {
                let session = self::session(session);
                self.record(node, user, Change::Beat { session, stamp: self.stamp(stamp) }).await;
            }
            Step::Leave { node, user, session, stamp } => {
                let sessions = Sessions::named(self::session(session));
                self.record(node, user, Change::Mark { sessions, stamp: self.stamp(stamp) }).await;
            }
            Step::Wait(millis) => self.store.clock.advance(Duration::from_millis(millis)),
            Step::Refresh(node) => self.nodes[node].refresh().await,
            Step::Restart(node) => {
                self.nodes[node] = start(&self.store).await;
                self.restarted = true;
            }
            Step::Reload(node) => {
                self.nodes[node].reload().await;
                self.restarted = true;
            }
            Step::Declare { node, user, patch } => {
                let user = UserId::integer(user).unwrap();
                self.nodes[node].change_status(&user, patch).await.unwrap();
            }
            Step::Erase { node, user } => {
                self.seen = None;
                self.nodes[node].erase(&UserId::integer(user).unwrap()).await.unwrap();
            }
            Step::Poll { client, node } => self.poll(client, node),
            Step::Restore => {
                self.store.restore();
                self.restored = true;
                self.seen = None;
                // Whoever followed the lost writes notices at its next refresh, and the others hear
                // of the new era at theirs.
                for node in self.nodes.iter().chain(&self.nodes) {
                    node.refresh().await;
                }
            }
        }
    }

    /// R6: nobody was last seen earlier than was said before.
    async fn look(&mut self) {
        let Some(seen) = &mut self.seen else { return };
        let users: Vec<_> = (0..USERS).map(|id| UserId::integer(id).unwrap()).collect();
        for (node, seen) in self.nodes.iter().zip(seen) {
            for status in node.statuses(&users).await.unwrap() {
                let Some(at) = status.last_seen else { continue };
                let before = seen.insert(status.user.clone(), at);
                assert!(before.is_none_or(|before| before <= at), "{status:?}, before {before:?}");
            }
        }
    }

    async fn record(&self, node: usize, user: u64, change: Change) {
        self.nodes[node].record(UserId::integer(user).unwrap(), change).await.unwrap();
    }

    fn stamp(&self, offset: Option<i64>) -> Option<Timestamp> {
        let now = self.store.clock.now().millis();
        offset.map(|offset| Timestamp::from_millis(now + offset))
    }

    fn poll(&mut self, client: usize, node: usize) {
        let (client, node) = (&mut self.clients[client], &self.nodes[node]);
        let before = client.cursor;
        let watched: Vec<_> = (0..USERS).map(|id| UserId::integer(id).unwrap()).collect();
        let known = before.map(GivenCursor::Known);
        let changed = known.and_then(|cursor| node.since(cursor, Some(&watched)));
        let delta = before.and_then(|cursor| node.since(GivenCursor::Known(cursor), None));
        if let Some(delta) = delta {
            if !self.restarted {
                assert!(delta.came_online.iter().all(|user| !client.online.contains(user)));
                assert!(delta.went_offline.iter().all(|user| client.online.contains(user)));
            }
            let watching = changed.unwrap();
            assert_eq!(watching.came_online, delta.came_online);
            assert_eq!(watching.went_offline, delta.went_offline);
            let silent = watched.iter().filter(|user| !watching.changed.contains(user));
            // Of one who hides, others see what they saw before.
            let seen = |cursor, user| {
                let seen = Self::seen_at(&self.store, cursor, user);
                (seen.declared, seen.share_last_seen)
            };
            for user in silent {
                let changed = seen(before.unwrap(), user) != seen(delta.cursor, user);
                assert!(!changed, "{user} changed between {before:?} and {:?}", delta.cursor);
            }
            client.online.extend(delta.came_online);
            client.online.retain(|user| !delta.went_offline.contains(user));
            client.cursor = Some(delta.cursor);
        } else {
            let set = node.online();
            assert_eq!(set.tag(), crate::SetTag::of(set.ids()));
            client.online = set.ids().iter().cloned().collect();
            client.cursor = Some(set.cursor());
            let age = set.cursor().position.time().since(
                before
                    .map_or_else(|| set.cursor().position.time(), |before| before.position.time()),
            );
            let fresh = before.is_some() && age <= 2 * policy().window;
            assert!(!fresh || self.restored, "a cursor is good for two windows");
        }
        let cursor = client.cursor.unwrap();
        assert!(self.restored || before.is_none_or(|before| before.position <= cursor.position));
        let held = client.online.clone();
        assert_eq!(held, self.online_at(cursor), "as of {cursor:?}");
    }

    /// The set at `cursor`, by the definition.
    fn online_at(&self, cursor: Cursor) -> BTreeSet<UserId> {
        let mut sessions = BTreeMap::new();
        for entry in self.store.entries_until(cursor.position) {
            for activity in entry.sessions {
                sessions.insert((activity.user, activity.session), activity.last_activity);
            }
        }
        let horizon = cursor.position.time().minus(policy().window);
        let online = sessions.into_iter().filter(|(_, at)| *at >= horizon);
        let online = online.map(|((user, _), _)| user);
        let hides = |user: &UserId| Self::seen_at(&self.store, cursor, user).hidden.is_some();
        online.filter(|user| !hides(user)).collect()
    }

    /// What others see at `cursor` of what `user` says, by the definition.
    fn seen_at(store: &MemoryStore, cursor: Cursor, user: &UserId) -> Shown {
        let changes = store.entries_until(cursor.position).into_iter().flat_map(|it| it.statuses);
        let newest = changes.filter(|change| change.user == *user).last();
        let shown = newest.and_then(|change| change.shown).unwrap_or_default();
        Shown { declared: shown.declared.at(cursor.position.time()), ..shown }
    }
}

async fn start(store: &Arc<MemoryStore>) -> Presence {
    let (presence, writer) =
        Presence::new(Arc::clone(store) as _, policy(), Duration::from_secs(3));
    presence.load().await.unwrap();
    tokio::spawn(writer.run());
    presence
}

fn session(index: usize) -> SessionId {
    SessionId::parse(SESSIONS[index]).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn following_cursors_across_nodes_loses_nobody_and_takes_nothing_back(steps in steps()) {
        Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
            let mut world = World::new().await;
            for step in steps {
                world.step(step).await;
                world.look().await;
            }
        });
    }
}
