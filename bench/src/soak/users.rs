//! Users, each of whom follows whims of their own, at a fixed rate for all of them together.

use std::{rc::Rc, sync::Arc, time::Duration};

use reqwest::Method;
use serde_json::{Value, json};
use tokio::{
    sync::Mutex,
    task::JoinSet,
    time::{Instant, interval},
};

use super::{
    USERS, WINDOW,
    model::{ECHO, Model, SESSIONS, Wish},
    world::{Answer, Request, World},
};

/// Requests per second, by turns: an open loop. A user who still waits for an answer loses the turn.
const PER_SECOND: u32 = 300;

/// Everybody, by id. A user is locked while their request is under way.
pub(crate) type Users = Rc<Vec<Arc<Mutex<User>>>>;

/// One user.
#[derive(Debug)]
pub(crate) struct User {
    id: usize,
    pub(crate) model: Model,
    /// Until then they only look.
    silent_until: Instant,
    /// The time of the store as of their last beat, which is what they stamp with. Soon it is too
    /// old to be trusted, as that of a clock that is slow.
    stamp: Value,
    /// The tag of the last full list that they saw.
    tag: Option<String>,
}

/// `USERS` of whom nobody has heard.
pub(crate) fn strangers() -> Users {
    let stranger = |id| {
        let (model, silent_until) = (Model::new(), Instant::now());
        let user = User { id, model, silent_until, stamp: Value::Null, tag: None };
        Arc::new(Mutex::new(user))
    };
    Rc::new((0..USERS).map(stranger).collect())
}

/// Lets them act until the world has ended, and waits for the last answer.
pub(crate) async fn live(world: &Rc<World>, users: &Users) {
    let mut turns = interval(Duration::from_secs(1) / PER_SECOND);
    let mut acting = JoinSet::new();
    for user in users.iter().cycle() {
        turns.tick().await;
        while acting.try_join_next().is_some() {}
        if world.ended.get() {
            break;
        }
        if let Ok(mut user) = Arc::clone(user).try_lock_owned() {
            let world = Rc::clone(world);
            acting.spawn_local(async move { user.act(&world).await });
        } else {
            world.record.skipped.set(world.record.skipped.get() + 1);
        }
    }
    acting.join_all().await;
}

impl User {
    async fn act(&mut self, world: &World) {
        let whim = world.dice.below(100);
        if Instant::now() < self.silent_until {
            return self.look(world).await;
        }
        let session = world.dice.one_of(&[0, 1, 2]);
        match whim {
            0..55 => self.beat(world, session).await,
            55..60 => self.wish(world, Wish::Leave { session: Some(session.max(1)) }).await,
            60..63 => self.wish(world, Wish::Leave { session: None }).await,
            63..66 => {
                let silence = world.dice.between(Duration::from_secs(5), 2 * WINDOW);
                self.silent_until = Instant::now() + silence;
            }
            66..72 => {
                let all = ["available", "away", "busy", "dnd"];
                self.wish(world, Wish::Be(world.dice.one_of(&all))).await;
            }
            72..74 => self.wish(world, Wish::Hide(true)).await,
            74..80 => self.wish(world, Wish::Hide(false)).await,
            _ => self.look(world).await,
        }
    }

    /// Looks at what others do, which is no proof of life.
    async fn look(&mut self, world: &World) {
        let (kind, path) = match world.dice.below(3) {
            0 => ("counts", "/api/user-status/online/count"),
            1 => ("pages", "/api/user-status/online?limit=100"),
            _ => ("full lists", "/api/chat/online-users"),
        };
        let tag = (kind == "full lists").then(|| self.tag.take()).flatten();
        let request = Request { tag, ..Request::get(kind, self.id, path) };
        let answer = world.send(world.any_node(), request).await;
        if let Answer::Given { tag, .. } = answer
            && kind == "full lists"
        {
            self.tag = Some(tag);
        }
    }

    /// A beat of that session, stamped or not.
    pub(crate) async fn beat(&mut self, world: &World, session: usize) {
        let stamped = world.dice.below(2) == 0 && !self.stamp.is_null();
        self.wish(world, Wish::Beat { session, stamped }).await;
    }

    async fn wish(&mut self, world: &World, wish: Wish) {
        let (kind, method, path, body) = self.request(wish);
        let sent = Instant::now();
        let request = Request { method, body: Some(body), ..Request::get(kind, self.id, path) };
        match world.send(world.any_node(), request).await {
            Answer::Given { body, .. } => {
                self.model.acknowledged(wish, sent);
                self.believe(world, wish, &body);
            }
            Answer::NotSent => {}
            Answer::Unknown | Answer::Unchanged => {
                self.model.unanswered(wish);
                // Whatever was sent before takes effect before what is sent next.
                self.silent_until = self.silent_until.max(Instant::now() + ECHO);
            }
        }
    }

    fn request(&self, wish: Wish) -> (&'static str, Method, &'static str, Value) {
        let me = "/api/user-status/me";
        match wish {
            Wish::Beat { session, stamped } => {
                let stamp = if stamped { self.stamp.clone() } else { Value::Null };
                let body = json!({ "session_id": SESSIONS[session], "timestamp": stamp });
                ("beats", Method::POST, "/api/chat/heartbeat", body)
            }
            Wish::Leave { session } => {
                let session = session.map(|session| SESSIONS[session]);
                let body = json!({ "session_id": session, "timestamp": self.stamp });
                ("mark-offline", Method::POST, "/api/chat/mark-offline", body)
            }
            Wish::Hide(hidden) => {
                ("hide and show", Method::PUT, me, json!({ "invisible": hidden }))
            }
            Wish::Be(availability) => {
                let body = json!({ "availability": availability, "text": availability });
                ("availability", Method::PUT, me, body)
            }
        }
    }

    /// What the answer itself must say.
    fn believe(&mut self, world: &World, wish: Wish, body: &Value) {
        let want = match wish {
            Wish::Beat { .. } => "online",
            Wish::Leave { session: None } => "offline",
            Wish::Leave { session: Some(_) } | Wish::Hide(_) | Wish::Be(_) => return,
        };
        self.stamp = body["server_time"].clone();
        let rule = "R4: a beat answers online, a goodbye of all sessions offline";
        let breach = || format!("user {}: {wish:?}: {body}", self.id);
        world.record.check(rule, body["status"] == want, breach);
    }
}
