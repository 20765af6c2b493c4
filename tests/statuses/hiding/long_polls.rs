//! Answers that are held: hiding ends the wait, and what follows does not.

use std::{
    pin::pin,
    time::{Duration, Instant},
};

use futures::future::join_all;
use serde_json::{Value, json};
use tokio::time::timeout;

use super::{HIDER, Place, VIEWER, carry_on, everywhere};
use crate::{
    statuses::say,
    support::{Answer, Follower},
};

/// How long the polls are held that nothing shall wake: longer than all that is done meanwhile.
const WAIT: Duration = Duration::from_secs(3);

/// Holds polls of the viewer and of the hider, at both nodes, with and without a watch list, while
/// `change` happens; what they were answered, and after how long.
async fn hold(place: &Place, change: impl AsyncFnOnce()) -> Vec<(Answer, Duration)> {
    let cursor = Follower::start(&place.there().user(VIEWER)).await.cursor;
    let callers = place.nodes.iter().flat_map(|node| [VIEWER, HIDER].map(|id| node.user(id)));
    let polls = callers.flat_map(|caller| {
        ["", "&ids=1,2"].map(|ids| {
            let query = format!("since={cursor}&wait={}{ids}", WAIT.as_secs());
            let caller = caller.clone();
            async move {
                let asked = Instant::now();
                (caller.poll(&query).await, asked.elapsed())
            }
        })
    });
    let mut polls = pin!(join_all(polls));
    let early = timeout(Duration::from_millis(300), &mut polls).await;
    assert!(early.is_err(), "not held: {early:?}");
    let start = Instant::now();
    let (answers, ()) = tokio::join!(polls, change());
    assert!(start.elapsed() < WAIT + Duration::from_secs(2));
    answers
}

/// Sees that all were woken, each with `expected` in the list of that name.
fn were_woken(answers: &[(Answer, Duration)], name: &str, expected: &Value) {
    for (answer, after) in answers {
        assert_eq!(answer.ok()[name], *expected, "{}", answer.text);
        assert!(*after < WAIT, "{after:?}");
    }
}

#[tokio::test]
async fn to_hide_and_to_show_oneself_wake_all_who_wait() {
    everywhere(async |place: &Place| {
        let hider = place.hider();
        hider.beat(json!({})).await.ok();
        place.settle().await;
        let hide = async || drop(say(&hider, json!({ "invisible": true })).await);
        were_woken(&hold(place, hide).await, "went_offline", &json!([HIDER]));
        place.settle().await;
        let show = async || drop(say(&hider, json!({ "invisible": false })).await);
        were_woken(&hold(place, show).await, "came_online", &json!([HIDER]));
    })
    .await;
}

#[tokio::test]
async fn nothing_that_who_hides_does_wakes_anybody() {
    everywhere(async |place: &Place| {
        let hider = place.hider();
        hider.beat(json!({})).await.ok();
        say(&hider, json!({ "invisible": true })).await;
        place.settle().await;
        let all = async || {
            carry_on(place, async |_| {}).await;
            say(&hider, json!({ "text": "soon over", "expires_at": super::super::in_millis(500) }))
                .await;
        };
        for (answer, after) in hold(place, all).await {
            let delta = answer.ok();
            for name in ["came_online", "went_offline", "changed"] {
                let nothing = delta[name].is_null() || delta[name] == json!([]);
                assert!(nothing, "{name}: {}", answer.text);
            }
            assert!(after >= WAIT, "{after:?}: {}", answer.text);
        }
    })
    .await;
}
