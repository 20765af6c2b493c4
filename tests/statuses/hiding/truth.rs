//! Who hides sees the truth about themself, where it is about them alone.

use serde_json::{Value, json};

use super::{HIDER, Place, UNSEEN, VIEWER, everywhere};
use crate::{
    statuses::{BATCH, LAST_SEEN, ME, explain, say, silent, status},
    support::Caller,
};

/// Sees that all that speaks of the caller alone says `expected`.
async fn is_told(caller: &Caller<'_>, expected: &Value, what: &str) {
    assert_eq!(status(caller, HIDER).await, *expected, "{what}");
    let ids = json!({ "user_ids": [VIEWER, HIDER, HIDER] });
    let batch = caller.post(BATCH, ids).await.ok();
    assert_eq!((&batch["users"][1], &batch["users"][2]), (expected, expected), "{what}");
    let mut own = expected.clone();
    own["invisible"] = json!(true);
    own["share_last_seen"] = json!(true);
    assert_eq!(caller.get(ME).await.ok(), own, "{what}");
    let explanation = explain(caller, HIDER).await.ok();
    assert_eq!(explanation["is_online"], expected["is_online"], "{what}");
}

#[tokio::test]
async fn who_hides_is_told_the_truth_of_themself_at_every_node() {
    everywhere(async |place: &Place| {
        let (hider, elsewhere) = (place.hider(), place.there().user(HIDER));
        hider.beat(json!({ "session_id": "a" })).await.ok();
        say(&hider, json!({ "invisible": true, "text": UNSEEN })).await;
        let beat = hider.beat(json!({ "session_id": "b" })).await.ok();
        assert_eq!(beat["status"], "online");
        assert!(beat["online_until"].is_string() && beat["last_activity"].is_string(), "{beat}");
        let mut expected = silent(HIDER, true, &beat["last_activity"]);
        expected["text"] = json!(UNSEEN);
        is_told(&hider, &expected, "online").await;
        place.settle().await;
        is_told(&elsewhere, &expected, "online").await;

        let online = elsewhere.put(LAST_SEEN, json!({ "session_id": "b" })).await.ok();
        expected["last_seen"] = online["last_seen"].clone();
        assert_eq!(online, expected, "the answer to activity");
        let left = hider.leave(json!({ "session_id": "b" })).await.ok();
        assert_eq!(left["status"], "online", "the other session lives");
        let left = elsewhere.leave(json!({})).await.ok();
        assert_eq!(left["status"], "offline");
        let mut expected = silent(HIDER, false, &left["last_seen"]);
        expected["text"] = json!(UNSEEN);
        is_told(&elsewhere, &expected, "offline").await;
        place.settle().await;
        is_told(&hider, &expected, "offline").await;
    })
    .await;
}
