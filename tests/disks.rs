//! R7 on a disk that is full, and has room again.

use std::{collections::BTreeMap, fs, process::Command};

use reqwest::Method;
use sea_orm::{ConnectionTrait, Database};
use serde_json::{Value, json};
use tempfile::tempdir;

use crate::support::{Answer, Node, Run, SECRET, command_after};

/// What is written beyond a limit fails as on a full disk, and kills nobody.
const FAIL: &str = "trap '' XFSZ";

const ME: &str = "/api/user-status/me";

async fn node() -> Node {
    let folder = tempdir().unwrap();
    let settings = [
        ("AUTH__SECRET", SECRET),
        ("PRESENCE__COALESCE", "0s"),
        ("DATABASE__TIMEOUT", "1s"),
        ("ACCOUNTS__ENABLED", "true"),
    ];
    let node = Node::launch(command_after(FAIL, folder.path(), &settings), folder).await;
    node.ready().await;
    node
}

/// Lets the files of `node` grow up to so many bytes, or as they like.
fn limit(node: &Node, bytes: Option<u64>) {
    let bytes = bytes.map_or("unlimited".to_owned(), |bytes| bytes.to_string());
    let mut prlimit = Command::new("prlimit");
    prlimit.arg(format!("--pid={}", node.pid())).arg(format!("--fsize={bytes}:unlimited"));
    let status = prlimit.status().expect("prlimit is missing: apt-get install util-linux");
    assert!(status.success());
}

async fn say(node: &Node, user: u64, text: &str) -> Answer {
    node.user(user).put(ME, json!({ "text": text })).await
}

fn assert_refused(answer: &Answer) {
    answer.problem(503);
    assert!(answer.header("retry-after").parse::<u64>().is_ok(), "{answer:?}");
}

#[tokio::test]
async fn what_is_acknowledged_after_the_disk_was_full_survives_a_crash() {
    let node = node().await;
    for user in 0..5 {
        node.user(user).beat(json!({})).await.ok();
        say(&node, user, "before").await.ok();
    }
    let log = node.folder().join("lastseen.db-wal");
    limit(&node, Some(fs::metadata(log).unwrap().len()));
    for round in 0..4 {
        for user in 0..5 {
            assert_refused(&say(&node, user, &format!("full {round}")).await);
        }
        assert_refused(&node.user(100 + round).beat(json!({})).await);
        assert_refused(&node.user(1).leave(json!({ "session_id": "other" })).await);
        let account = json!({ "username": format!("ada{round}"), "password": "correct horse" });
        let register = node.request(Method::POST, "/api/auth/register").json(&account).send();
        assert_refused(&Answer::of(register.await.unwrap()).await);
        assert_eq!(node.user(0).online().await, json!([0, 1, 2, 3, 4]), "reads go on");
    }

    limit(&node, None);
    let mut acknowledged = BTreeMap::new();
    for round in 0..10 {
        for user in 0..5 {
            let text = format!("after {round}");
            say(&node, user, &text).await.ok();
            acknowledged.insert(user, text);
        }
        node.user(200 + round).beat(json!({})).await.ok();
    }
    let node = Node::in_folder(node.crash().await, &[]).await;
    for (user, text) in acknowledged {
        assert_eq!(node.user(user).get(ME).await.ok()["text"], json!(text), "{user}");
    }
    let online: Value = node.user(0).online().await;
    let all: Vec<u64> = (0..5).chain(200..210).collect();
    assert_eq!(online, json!(all));
}

#[tokio::test]
async fn a_schema_that_a_full_disk_left_half_done_is_completed_later() {
    let folder = tempdir().unwrap();
    let file = format!("sqlite://{}/lastseen.db?mode=rwc", folder.path().display());
    let db = Database::connect(file).await.unwrap();
    // The disk is full just when a table has been made, and is to be remembered.
    for statement in [
        "CREATE TABLE seaql_migrations
             (version varchar NOT NULL PRIMARY KEY, applied_at bigint NOT NULL)",
        "CREATE TRIGGER full BEFORE INSERT ON seaql_migrations
             WHEN NEW.version LIKE '%create_account'
             BEGIN SELECT RAISE(ABORT, 'the disk is full'); END",
    ] {
        db.execute_unprepared(statement).await.unwrap();
    }
    let settings = [("AUTH__SECRET", SECRET)];
    let run = Run::of(folder.path(), &settings, &["migrate", "up"]).await;
    assert!(!run.status.success() && run.stderr.contains("the disk is full"), "{run:?}");
    db.execute_unprepared("DROP TRIGGER full").await.unwrap();
    let run = Run::of(folder.path(), &settings, &["migrate", "up"]).await;
    assert!(run.status.success(), "{run:?}");
}
