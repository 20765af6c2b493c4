//! Status objects: to others, what they were at the moment of hiding.

use serde_json::{Value, json};

use super::{HIDER, IN_THE_OPEN, Place, Sights, UNSEEN, VIEWER, everywhere, story};
use crate::{
    accounts::{USERS, created, register},
    statuses::{BATCH, STATUS, admin, never_seen, silent, status},
    support::{Answer, Caller},
};

/// Sees that the status objects among `sights` are those of R11.
fn are_as_of_the_moment_of_hiding(sights: &Sights) {
    assert_eq!(sights.before, never_seen(HIDER));
    let online = |text: &str, last_seen: &Value| {
        let mut status = silent(HIDER, true, last_seen);
        status["text"] = json!(text);
        status
    };
    assert_eq!(sights.online, online(IN_THE_OPEN, &sights.online["last_seen"]));
    let mut hidden = silent(HIDER, false, &sights.hidden_since);
    hidden["text"] = json!(IN_THE_OPEN);
    assert_eq!(sights.hidden, hidden, "as though they had left then");
    let mut shown = online(UNSEEN, &sights.shown["last_seen"]);
    for (name, value) in [("availability", "busy"), ("emoji", "🌴")] {
        shown[name] = json!(value);
    }
    shown["expires_at"] = sights.shown["expires_at"].clone();
    assert_eq!(sights.shown, shown, "all of the truth");
    assert!(sights.shown["last_seen"].as_str() > sights.hidden["last_seen"].as_str());
}

#[tokio::test]
async fn a_single_status_is_that_of_the_moment_of_hiding() {
    everywhere(async |place: &Place| {
        let look = async |caller: &Caller<'_>| status(caller, HIDER).await;
        are_as_of_the_moment_of_hiding(&story(place, &[VIEWER], look).await);
    })
    .await;
}

#[tokio::test]
async fn a_status_in_a_batch_is_that_of_the_moment_of_hiding() {
    everywhere(async |place: &Place| {
        let look = async |caller: &Caller<'_>| {
            let ids = json!({ "user_ids": [HIDER, 7, HIDER] });
            let reply = caller.post(BATCH, ids).await.ok();
            assert_eq!(reply["users"][0], reply["users"][2]);
            reply["users"][0].clone()
        };
        are_as_of_the_moment_of_hiding(&story(place, &[VIEWER], look).await);
    })
    .await;
}

#[tokio::test]
async fn a_contacts_status_is_that_of_the_moment_of_hiding_to_everybody() {
    everywhere(async |place: &Place| {
        for name in ["hider", "viewer", "marker"] {
            created(&register(place.here(), name).await);
        }
        let look = async |caller: &Caller<'_>| {
            let contacts = caller.get(&format!("{USERS}?q=hider")).await.ok();
            assert_eq!(contacts["users"][0]["id"], HIDER);
            contacts["users"][0]["status"].clone()
        };
        are_as_of_the_moment_of_hiding(&story(place, &[VIEWER, HIDER], look).await);
    })
    .await;
}

#[tokio::test]
async fn a_scope_is_no_way_around_it_but_by_explain() {
    everywhere(async |place: &Place| {
        let look = async |caller: &Caller<'_>| {
            let seen = status(caller, HIDER).await;
            let reader = json!({ "scope": "presence:read" });
            for service in [place.there().bearer(reader), admin(place.there())] {
                assert_eq!(status(&service, HIDER).await, seen);
                let batch = service.post(BATCH, json!({ "user_ids": [HIDER] })).await.ok();
                assert_eq!(batch["users"], json!([seen]));
            }
            seen
        };
        are_as_of_the_moment_of_hiding(&story(place, &[VIEWER], look).await);
    })
    .await;
}

#[tokio::test]
async fn who_does_not_share_when_they_were_seen_does_not_when_they_hide() {
    everywhere(async |place: &Place| {
        let hider = place.hider();
        hider.beat(json!({})).await.ok();
        for change in [json!({ "share_last_seen": false }), json!({ "invisible": true })] {
            hider.put(crate::statuses::ME, change).await.ok();
        }
        hider.put(crate::statuses::ME, json!({ "share_last_seen": true })).await.ok();
        place.settle().await;
        let path = format!("{STATUS}/{HIDER}");
        let seen: Answer = place.there().user(VIEWER).get(&path).await;
        assert_eq!(seen.ok(), never_seen(HIDER), "to share it again is told to nobody");
    })
    .await;
}
