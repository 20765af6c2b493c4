//! What each store promises of statuses.

use std::{collections::BTreeMap, time::Duration};

use super::{START, beat, feed, fresh::Fresh, session_id};
use crate::{
    Age, Availability, Change, Declared, Entry, Hidden, Position, Sessions, Shown, StatusPatch,
    StatusRow, Timestamp, Unseen, UserChange, UserId, policy::tests::policy,
};

pub(super) async fn suite(fresh: impl AsyncFn() -> Fresh) {
    keeps_what_is_written(&fresh().await).await;
    refuses_to_overwrite_what_it_was_not_made_from(&fresh().await).await;
    hides_who_is_online_as_if_they_left(&fresh().await).await;
    hides_who_is_offline_as_if_nothing_happened(&fresh().await).await;
    tells_nothing_of_what_changes_while_hidden(&fresh().await).await;
    erases_every_trace(&fresh().await).await;
    throws_away_what_was_told(&fresh().await).await;
    forgets_all_but_the_newest_session(&fresh().await).await;
}

fn user(id: u64) -> UserId {
    UserId::integer(id).unwrap()
}

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(START + millis)
}

fn leave(id: u64, session: &str) -> UserChange {
    let sessions = Sessions::One(session_id(session));
    UserChange { user: user(id), change: Change::Mark { sessions, stamp: None } }
}

impl Fresh {
    /// Merges a patch into what is stored, and says what the store told of it.
    async fn patch(&self, id: u64, patch: &StatusPatch) -> Option<Entry> {
        let since = self.load().await.origin.written;
        let row = self.store.status(&user(id)).await.unwrap();
        let write = patch.merge(user(id), &row, self.now())?;
        assert!(self.store.write_status(&write, &policy()).await.unwrap());
        let mut told = feed(self.store.read(since).await.unwrap()).entries;
        assert_eq!(told.len(), 1);
        told.pop()
    }

    fn wait(&self, millis: u64) {
        self.clock.advance(Duration::from_millis(millis));
    }

    async fn last_seen(&self, ids: &[u64]) -> BTreeMap<UserId, Timestamp> {
        let users: Vec<_> = ids.iter().copied().map(user).collect();
        self.store.last_seen(&users).await.unwrap().into_iter().collect()
    }
}

fn busy() -> StatusPatch {
    StatusPatch {
        availability: Some(Availability::Busy),
        text: Some(Some("thinking, \"hard\" \\ 思考".into())),
        emoji: Some(Some("👩🏽‍🚀".into())),
        expires_at: Some(Some(at(1_000_000))),
        share_last_seen: Some(false),
        invisible: None,
    }
}

fn hide(hides: bool) -> StatusPatch {
    StatusPatch { invisible: Some(hides), ..StatusPatch::default() }
}

fn shown(entry: &Entry) -> Shown {
    let [status] = &entry.statuses[..] else { panic!("{entry:?}") };
    assert!(entry.sessions.is_empty());
    status.shown.clone().unwrap()
}

/// What is written is stored, told and loaded, whatever characters it has.
async fn keeps_what_is_written(fresh: &Fresh) {
    assert_eq!(fresh.store.status(&user(1)).await.unwrap(), StatusRow::default());
    let told = fresh.patch(1, &busy()).await.unwrap();
    let row = fresh.store.status(&user(1)).await.unwrap();
    let declared = Declared {
        availability: Availability::Busy,
        text: Some("thinking, \"hard\" \\ 思考".into()),
        emoji: Some("👩🏽‍🚀".into()),
        expires_at: Some(at(1_000_000)),
    };
    assert_eq!((&row.declared, row.share_last_seen), (&declared, false));
    assert_eq!((row.shown_at, row.changed_at), (told.position, told.position));
    assert_eq!(shown(&told), row.shown());
    let found = fresh.load().await;
    let stored = &found.statuses[&user(1)];
    assert_eq!((&stored.shown, stored.shown_at), (&row.shown(), told.position));
    assert_eq!(fresh.patch(1, &busy()).await, None, "nothing changes");
}

async fn refuses_to_overwrite_what_it_was_not_made_from(fresh: &Fresh) {
    let first = busy().merge(user(1), &StatusRow::default(), fresh.now()).unwrap();
    assert!(fresh.store.write_status(&first, &policy()).await.unwrap());
    let since = fresh.load().await.origin.written;
    assert!(!fresh.store.write_status(&first, &policy()).await.unwrap());
    assert_eq!(feed(fresh.store.read(since).await.unwrap()).entries, []);
}

/// R11: others see a mark-offline at that moment.
async fn hides_who_is_online_as_if_they_left(fresh: &Fresh) {
    fresh.write(&[beat(1, "a")], &policy(), Position::START).await;
    fresh.write(&[leave(1, "b")], &policy(), Position::START).await;
    fresh.wait(300_000);
    let told = fresh.patch(1, &hide(true)).await.unwrap();
    let now = at(300_000);
    let moment = Hidden { since: now, last_seen: Some(now), went: Position::last_at(now) };
    assert_eq!(shown(&told).hidden, Some(moment));
    assert_eq!(fresh.load().await.statuses[&user(1)].shown_at, Position::START);

    fresh.wait(7);
    fresh.write(&[beat(1, "a"), beat(2, "")], &policy(), Position::START).await;
    let seen = fresh.last_seen(&[2, 1, 3, 1]).await;
    assert_eq!(seen, BTreeMap::from([(user(1), now), (user(2), at(300_007))]));

    let told = fresh.patch(1, &hide(false)).await.unwrap();
    assert_eq!(shown(&told), Shown::default());
    assert_eq!(fresh.last_seen(&[1]).await[&user(1)], at(300_007));
}

/// R11: others see what they saw before.
async fn hides_who_is_offline_as_if_nothing_happened(fresh: &Fresh) {
    fresh.patch(1, &busy()).await;
    let before = fresh.load().await.statuses[&user(1)].shown_at;
    fresh.write(&[beat(1, "timed out")], &policy(), Position::START).await;
    fresh.wait(1_000);
    fresh.write(&[beat(2, "left"), beat(3, "both")], &policy(), Position::START).await;
    fresh.write(&[leave(2, "left"), leave(3, "left")], &policy(), Position::START).await;
    fresh.wait(300_001);
    let went = |told: Option<Entry>| {
        let hidden = shown(&told.unwrap()).hidden.unwrap();
        assert_eq!(hidden.since, at(301_001));
        (hidden.last_seen, hidden.went)
    };
    let timed_out = went(fresh.patch(1, &hide(true)).await);
    assert_eq!(timed_out, (Some(at(0)), Position::first_at(at(300_001))));
    let left = went(fresh.patch(2, &hide(true)).await);
    assert_eq!(left, (Some(at(1_000)), Position::last_at(at(1_000))));
    let both = went(fresh.patch(3, &hide(true)).await);
    assert_eq!(both, (Some(at(1_000)), Position::first_at(at(301_001))));
    let never = went(fresh.patch(4, &hide(true)).await);
    assert_eq!(never, (None, Position::START));

    let found = fresh.load().await.statuses;
    assert_eq!(found[&user(1)].shown_at, before);
    assert_eq!(found[&user(2)].shown_at, Position::START);
    assert_eq!(fresh.last_seen(&[4]).await, BTreeMap::new());
}

async fn tells_nothing_of_what_changes_while_hidden(fresh: &Fresh) {
    fresh.patch(1, &hide(true)).await;
    let before = fresh.load().await.statuses;
    fresh.wait(1);
    let told = fresh.patch(1, &busy()).await.unwrap();
    assert_eq!((told.sessions, told.statuses), (vec![], vec![]));
    assert_eq!(fresh.load().await.statuses, before);
    let row = fresh.store.status(&user(1)).await.unwrap();
    assert_eq!((row.declared.availability, row.changed_at), (Availability::Busy, told.position));
}

async fn erases_every_trace(fresh: &Fresh) {
    for session in ["", "a", "b"] {
        fresh.write(&[beat(1, session), beat(2, session)], &policy(), Position::START).await;
    }
    fresh.patch(1, &busy()).await;
    let since = fresh.load().await.origin.written;
    fresh.store.erase(&user(1)).await.unwrap();
    let [entry] = &feed(fresh.store.read(since).await.unwrap()).entries[..] else { panic!() };
    let mut ended: Vec<_> =
        entry.sessions.iter().map(|ended| (ended.session.as_str(), ended.last_activity)).collect();
    ended.sort_unstable();
    assert_eq!(ended, ["", "a", "b"].map(|name| (name, Timestamp::EPOCH)));
    assert_eq!(entry.statuses[0].shown, None);

    assert_eq!(fresh.store.sessions(&user(1)).await.unwrap(), []);
    assert_eq!(fresh.store.sessions(&user(2)).await.unwrap().len(), 3);
    let stored = &fresh.load().await.statuses[&user(1)];
    assert_eq!((&stored.shown, stored.shown_at), (&Shown::default(), entry.position));
    fresh.store.forget_erased(entry.position).await.unwrap();
    assert!(fresh.load().await.statuses.contains_key(&user(1)));
    fresh.patch(3, &busy()).await;
    fresh.store.forget_erased(entry.position.next()).await.unwrap();
    let left: Vec<_> = fresh.load().await.statuses.into_keys().collect();
    assert_eq!(left, [user(3)], "what says something stays");
}

/// What was told long ago names nobody, not even the last of it; where everybody stands stays.
async fn throws_away_what_was_told(fresh: &Fresh) {
    for (id, session) in [(1, "a"), (2, "b"), (1, "c")] {
        fresh.wait(1);
        fresh.write(&[beat(id, session)], &policy(), Position::START).await;
    }
    fresh.patch(1, &busy()).await;
    let (one, two) = (user(1), user(2));
    let told = fresh.store.told(&one).await.unwrap();
    if !fresh.store.has_other_writers() {
        return assert_eq!(told, [], "nobody has to be told");
    }
    let names = |entry: &Entry| entry.sessions.first().map(|it| it.session.as_str().to_owned());
    let sessions: Vec<_> = told.iter().map(names).collect();
    assert_eq!(sessions, [Some("a".to_owned()), Some("c".to_owned()), None]);
    let text = told[2].statuses[0].shown.as_ref().unwrap().declared.text.clone();
    assert_eq!(text, busy().text.unwrap());

    fresh.store.forget_told(told[1].position).await.unwrap();
    let left = fresh.store.told(&one).await.unwrap();
    assert_eq!((&left[..], fresh.store.told(&two).await.unwrap()), (&told[1..], vec![]));
    let last = told[2].position;
    fresh.store.forget_told(last.next()).await.unwrap();
    assert_eq!(fresh.store.told(&one).await.unwrap(), []);
    assert_eq!(feed(fresh.store.read(last).await.unwrap()).entries, [], "and all goes on");
    assert_eq!(fresh.write(&[beat(1, "a")], &policy(), last).await.entries.len(), 1);
}

fn surplus(surplus: Timestamp) -> Age {
    Age { surplus, all: Timestamp::EPOCH }
}

async fn forgets_all_but_the_newest_session(fresh: &Fresh) {
    for (session, wait) in [("a", 0), ("b", 10), ("c", 10), ("d", 10)] {
        fresh.wait(wait);
        let beats = [beat(1, session), beat(2, session)];
        fresh.write(&beats[..if session == "d" { 1 } else { 2 }], &policy(), Position::START).await;
    }
    let mut after = Some(String::new());
    while let Some(from) = after {
        after = fresh.store.forget_sessions(surplus(at(15)), &from).await.unwrap();
    }
    let rows = fresh.rows().await;
    let left = |id| rows[&user(id)].iter().map(|row| row.session.as_str()).collect::<Vec<_>>();
    assert_eq!((left(1), left(2)), (vec!["c", "d"], vec!["c"]));
    fresh.store.forget_sessions(surplus(at(1_000)), "").await.unwrap();
    let left: Vec<_> = fresh.rows().await.into_values().flatten().collect();
    assert_eq!(left.iter().map(|row| row.session.as_str()).collect::<Vec<_>>(), ["d", "c"]);

    for id in [1, 2, 3] {
        fresh.patch(id, &busy()).await;
    }
    let all = Age { surplus: at(0), all: at(30) };
    fresh.store.forget_sessions(all, "").await.unwrap();
    let kept: Vec<_> = fresh.rows().await.into_values().flatten().collect();
    assert_eq!(kept.len(), 1, "one was seen at that time: {kept:?}");
    let unseen = async |oldest| {
        let mut unseen = fresh.store.unseen(oldest, "").await.unwrap();
        unseen.users.sort_unstable();
        unseen
    };
    let changed = fresh.store.status(&user(2)).await.unwrap().changed_at;
    assert_eq!(unseen(changed).await, Unseen::default());
    let users = vec![user(2), user(3)];
    assert_eq!(unseen(Position::from_micros(i64::MAX)).await, Unseen { users, next: None });
}
