//! What is left of users who are erased, and for how long.

use std::{sync::Arc, time::Duration};

use super::{Node, beat, settle, user};
use crate::{Position, Presence, StatusPatch, policy::tests::policy, store::memory::MemoryStore};

fn says(text: &str) -> StatusPatch {
    StatusPatch { text: Some(Some(text.into())), ..StatusPatch::default() }
}

/// All that is stored of user 5, printed.
async fn stored(presence: &Presence, store: &MemoryStore) -> (String, bool) {
    let export = presence.export(&user(5)).await.unwrap();
    let empty = export.sessions.is_empty() && export.status.is_none() && export.told.is_empty();
    let entries = store.entries_until(Position::from_micros(i64::MAX));
    (format!("{export:?} {:?} {entries:?}", store.all()), empty)
}

#[tokio::test]
async fn four_windows_after_an_erasure_nothing_is_stored_though_nobody_writes() {
    let node = Node::start().await;
    let other = Node::over(Arc::clone(&node.store), policy()).await;
    node.send(5, beat("their tab", None)).await.unwrap().unwrap();
    node.presence.change_status(&user(5), says("their words")).await.unwrap();
    let (before, _) = stored(&node.presence, &node.store).await;
    assert!(before.contains("their tab") && before.contains("their words"), "{before}");
    node.presence.erase(&user(5)).await.unwrap();

    let (window, step) = (policy().window, node.presence.tidy_interval());
    let mut passed = Duration::ZERO;
    while passed + step <= 4 * window {
        passed += step;
        node.wait(step.as_secs()).await;
        node.presence.tidy().await.unwrap();
        other.presence.refresh().await;
    }
    let (left, empty) = stored(&node.presence, &node.store).await;
    assert!(empty && !left.contains("their"), "{left}");
    for node in [&node, &other] {
        node.send(6, beat("", None)).await.unwrap().unwrap();
        node.presence.refresh().await;
        settle().await;
        assert_eq!(node.online(), [user(6)], "and all goes on");
    }
}

#[tokio::test(start_paused = true)]
async fn who_is_not_seen_for_the_retention_is_forgotten_with_all_that_they_said() {
    let node = Node::start().await;
    let other = Node::over(Arc::clone(&node.store), policy()).await;
    node.send(5, beat("their tab", None)).await.unwrap().unwrap();
    for id in [5, 6] {
        node.presence.change_status(&user(id), says("their words")).await.unwrap();
        let hide = StatusPatch { invisible: Some(true), ..says("their secret") };
        node.presence.change_status(&user(id), hide).await.unwrap();
    }
    let retention = 10 * policy().window;
    node.wait(retention.as_secs()).await;
    node.send(6, beat("", None)).await.unwrap().unwrap();
    let is_kept = || node.store.all().iter().any(|(of, _)| *of == user(5));
    for retention in [None, Some(retention)] {
        node.presence.sweep(retention).await.unwrap();
        assert!(is_kept(), "{retention:?}");
    }
    node.wait(1).await;
    node.presence.sweep(Some(retention)).await.unwrap();
    assert!(!is_kept());
    for node in [&node, &other] {
        node.presence.refresh().await;
        let own = node.presence.own_status(&user(5)).await.unwrap();
        let left = (own.invisible, own.status.declared.text, own.status.last_seen);
        assert_eq!(left, (false, None, None));
        let seen = node.presence.own_status(&user(6)).await.unwrap();
        assert_eq!(seen.status.declared.text.as_deref(), Some("their secret"), "they were here");
    }
    node.wait(4 * policy().window.as_secs()).await;
    node.presence.tidy().await.unwrap();
    let (left, empty) = stored(&node.presence, &node.store).await;
    assert!(empty, "{left}");
}

#[tokio::test]
async fn an_export_tells_what_is_stored_of_one_and_of_nobody_else() {
    let node = Node::start().await;
    for (id, session) in [(5, "b"), (5, "a"), (6, "other")] {
        node.send(id, beat(session, None)).await.unwrap().unwrap();
    }
    let hide = StatusPatch { invisible: Some(true), ..says("unseen") };
    node.presence.change_status(&user(5), says("seen")).await.unwrap();
    node.presence.change_status(&user(5), hide).await.unwrap();
    let export = node.presence.export(&user(5)).await.unwrap();
    let sessions: Vec<_> = export.sessions.iter().map(|row| row.session.as_str()).collect();
    assert_eq!(sessions, ["a", "b"]);
    let status = export.status.clone().unwrap();
    assert_eq!(status.declared.text.as_deref(), Some("unseen"));
    assert_eq!(status.hidden.unwrap().declared.text.as_deref(), Some("seen"));
    assert_eq!(export.told.len(), 4);
    assert!(!format!("{export:?}").contains("other"), "{export:?}");
    let nobody = node.presence.export(&user(7)).await.unwrap();
    assert!(nobody.sessions.is_empty() && nobody.status.is_none() && nobody.told.is_empty());
}
