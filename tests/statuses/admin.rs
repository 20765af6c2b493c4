//! `POST /api/user-status/{user_id}/mark-offline`, `DELETE /api/user-status/{user_id}`

use serde_json::{Value, json};

use super::{ONLINE, QUICK, STATUS, admin, explain, ids, millis, never_seen, say, silent, status};
use crate::support::{Cluster, Follower, Node, until};

#[tokio::test]
async fn to_mark_a_user_offline_ends_all_of_their_sessions() {
    let node = Node::with(&QUICK).await;
    let user = node.user(5);
    for session in ["phone", "desk", ""] {
        user.beat(json!({ "session_id": session })).await.ok();
    }
    node.user(6).beat(json!({})).await.ok();
    let mut follower = Follower::start(&node.user(6)).await;
    let reply = admin(&node).post(&format!("{STATUS}/5/mark-offline"), json!({})).await.ok();
    let expected = json!({
        "user_id": 5,
        "status": "offline",
        "last_activity": "1970-01-01T00:00:00.000Z",
        "last_seen": reply["last_seen"],
        "server_time": reply["server_time"],
    });
    assert_eq!(reply, expected);
    assert!(millis(&reply["last_seen"]) <= millis(&reply["server_time"]));
    let delta = follower.follow(&node.user(6)).await;
    assert_eq!((&delta["came_online"], &delta["went_offline"]), (&json!([]), &json!([5])));
    assert_eq!(status(&user, 5).await, silent(5, false, &reply["last_seen"]));
    assert_eq!(ids(&user.get(ONLINE).await.ok()), json!([6]));
    let sessions = explain(&user, 5).await.ok()["sessions"].take();
    let states = sessions.as_array().unwrap().iter().map(|session| &session["state"]);
    assert!(states.clone().all(|state| state == "marked_offline"), "{sessions}");
    assert_eq!(states.count(), 3);

    user.beat(json!({ "session_id": "desk" })).await.ok();
    assert_eq!(node.user(6).online().await, json!([5, 6]), "a later beat counts");
}

#[tokio::test]
async fn a_user_who_was_never_here_may_be_marked_and_erased() {
    let node = Node::start().await;
    let reply = admin(&node).post(&format!("{STATUS}/7/mark-offline"), json!({})).await.ok();
    assert_eq!((&reply["user_id"], &reply["status"]), (&json!(7), &json!("offline")));
    for id in [7, 7, 8] {
        let erased = admin(&node).delete(&format!("{STATUS}/{id}")).await;
        assert_eq!((erased.status.as_u16(), &erased.text[..]), (204, ""));
        assert_eq!(status(&node.user(6), id).await, never_seen(id));
    }
}

#[tokio::test]
async fn of_a_user_who_is_erased_nothing_is_left_on_any_node() {
    let nodes: [Node; 2] = Cluster::new(&[]).nodes().await;
    let [here, there] = &nodes;
    for session in ["phone", "desk"] {
        here.user(5).beat(json!({ "session_id": session })).await.ok();
    }
    let said = json!({ "text": "here I am", "availability": "busy", "share_last_seen": false });
    here.user(6).beat(json!({})).await.ok();
    say(&here.user(5), said).await;
    until("all know", async || status(&there.user(6), 5).await["text"] == "here I am").await;
    let mut followers =
        [Follower::start(&here.user(6)).await, Follower::start(&there.user(6)).await];
    let watch = format!("since={}&ids=5,6", followers[0].cursor);

    assert_eq!(admin(here).delete(&format!("{STATUS}/5")).await.status, 204);
    let gone = async || there.user(6).online().await == json!([6]);
    until("the other node has heard of it", gone).await;
    for (node, follower) in nodes.iter().zip(&mut followers) {
        for viewer in [5, 6] {
            assert_eq!(status(&node.user(viewer), 5).await, never_seen(5));
        }
        assert_eq!(ids(&node.user(6).get(ONLINE).await.ok()), json!([6]));
        assert_eq!(explain(&node.user(5), 5).await.ok()["sessions"], json!([]));
        assert_eq!(node.user(5).get(super::ME).await.ok()["share_last_seen"], true);
        let delta = follower.follow(&node.user(6)).await;
        assert_eq!((&delta["came_online"], &delta["went_offline"]), (&json!([]), &json!([5])));
    }
    for node in &nodes {
        let delta = node.user(6).poll(&watch).await.ok();
        assert_eq!(delta["went_offline"], json!([5]));
        assert_eq!(delta["changed"], json!([never_seen(5)]));
    }

    let back = there.user(5).beat(json!({})).await.ok();
    assert_eq!(status(&there.user(6), 5).await, silent(5, true, &back["last_activity"]));
    let delta = followers[1].follow(&there.user(6)).await;
    assert_eq!((&delta["came_online"], &delta["went_offline"]), (&json!([5]), &json!([])));
}

#[tokio::test]
async fn a_restart_does_not_bring_back_who_was_erased() {
    let node = Node::start().await;
    node.user(5).beat(json!({})).await.ok();
    let mut follower = Follower::start(&node.user(6)).await;
    admin(&node).delete(&format!("{STATUS}/5")).await;
    let node = Node::in_folder(node.crash().await, &[]).await;
    assert_eq!(status(&node.user(6), 5).await, never_seen(5));
    let delta = follower.follow(&node.user(6)).await;
    assert_eq!(follower.shows(), json!([]), "{delta}");
    assert!(delta["online_users"] == Value::Null || delta["online_users"] == json!([]));
}
