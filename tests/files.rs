//! The files of a SQLite database: who may read them, what is left in them, and what happens when they
//! go.

use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt,
    path::Path,
};

use serde_json::json;
use tempfile::tempdir;

use crate::support::{Node, SECRET, SHORT_WINDOW, command_after, until};

const FILE: &str = "lastseen.db";

/// Each file in `folder`.
fn files(folder: &Path) -> Vec<(String, std::path::PathBuf)> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    entries.map(|entry| (entry.file_name().into_string().unwrap(), entry.path())).collect()
}

/// Which files hold `text`, whatever it stands for there.
fn holding(folder: &Path, text: &str) -> Vec<String> {
    let holds = |path: &Path| {
        let bytes = fs::read(path).unwrap();
        bytes.windows(text.len()).any(|window| window == text.as_bytes())
    };
    files(folder).into_iter().filter(|(_, path)| holds(path)).map(|(name, _)| name).collect()
}

#[tokio::test]
async fn what_was_erased_is_in_no_file() {
    let settings =
        [("AUTH__USER_ID", "string"), ("ACCOUNTS__ENABLED", "true"), ("PRESENCE__RETENTION", "5s")];
    let node = Node::with(&[&SHORT_WINDOW[..], &settings].concat()).await;
    let user = |name: &str| node.bearer(json!({ "user_id": name }));
    let say = async |name: &str, text: &str| {
        user(name).put("/api/user-status/me", json!({ "text": text })).await.ok();
    };
    for round in 0..40 {
        // Others, so that pages fill up and are split.
        user(&format!("crowd-{round}")).beat(json!({})).await.ok();
        say(&format!("crowd-{round}"), "one of many").await;
        user("zanzibar").beat(json!({ "session_id": format!("xylophone-{round}") })).await.ok();
        say("zanzibar", &format!("a secret of {round} letters")).await;
    }
    let account = json!({
        "username": "Quetzalcoatl", "password": "correct horse", "display_name": "Popocatepetl",
    });
    let register = node.request(reqwest::Method::POST, "/api/auth/register").json(&account);
    let account = register.send().await.unwrap().json::<serde_json::Value>().await.unwrap();
    let (account, folder) = (account["id"].as_str().unwrap(), node.folder());
    let traces = ["zanzibar", "xylophone-", "a secret of", "uetzalcoatl", "Popocatepetl"];
    for trace in traces {
        assert!(!holding(folder, trace).is_empty(), "{trace}");
    }

    let admin = node.bearer(json!({ "user_id": "root", "scope": "presence:admin" }));
    for id in ["zanzibar", account] {
        assert_eq!(admin.delete(&format!("/api/user-status/{id}")).await.status, 204);
    }
    for trace in &traces[1..] {
        until("nothing of it is left", async || holding(folder, trace).is_empty()).await;
    }
    until("even the bare id is gone", async || holding(folder, "zanzibar").is_empty()).await;
    node.signal("TERM");
    let (status, log, folder) = node.end().await;
    assert!(status.success(), "{log}");
    for trace in traces {
        assert_eq!(holding(folder.path(), trace), Vec::<String>::new(), "{trace}");
    }
}

#[tokio::test]
async fn the_files_are_their_owners_alone() {
    let settings = [("AUTH__SECRET", SECRET), ("SERVER__DRAIN", "0s")];
    let mut folder = tempdir().unwrap();
    for mask in ["umask 000", "umask 027", "umask 277"] {
        let node = Node::launch(command_after(mask, folder.path(), &settings), folder).await;
        node.ready().await;
        node.user(5).beat(json!({})).await.ok();
        let modes: Vec<_> = files(node.folder())
            .into_iter()
            .map(|(name, path)| (name, fs::metadata(path).unwrap().permissions().mode() & 0o777))
            .collect();
        assert_eq!(modes.len(), 4, "{modes:?}");
        assert!(modes.iter().all(|(_, mode)| *mode == 0o600), "{mask}: {modes:?}");
        folder = node.crash().await;
        // As an older version left them.
        for (_, path) in files(folder.path()) {
            fs::set_permissions(path, Permissions::from_mode(0o664)).unwrap();
        }
    }
}

/// What may be done to the files in `folder`.
type Harm = fn(&Path);

fn replace(path: &Path) {
    let copy = path.with_extension("copy");
    fs::copy(path, &copy).unwrap();
    fs::rename(copy, path).unwrap();
}

const HARMS: [(&str, Harm); 6] = [
    ("removed", |folder| fs::remove_file(folder.join(FILE)).unwrap()),
    ("moved", |folder| fs::rename(folder.join(FILE), folder.join("elsewhere")).unwrap()),
    ("replaced", |folder| replace(&folder.join(FILE))),
    ("log removed", |folder| fs::remove_file(folder.join("lastseen.db-wal")).unwrap()),
    ("log replaced", |folder| replace(&folder.join("lastseen.db-wal"))),
    ("index removed", |folder| fs::remove_file(folder.join("lastseen.db-shm")).unwrap()),
];

const MISSED: &str = "was moved, removed or replaced while it was open";

#[tokio::test]
async fn files_that_were_removed_or_replaced_under_a_node_are_missed() {
    for (harm, harms) in HARMS {
        let settings = [("SERVER__DRAIN", "0s"), ("ACCOUNTS__ENABLED", "true")];
        let node = Node::with(&settings).await;
        node.user(5).beat(json!({})).await.ok();
        harms(node.folder());
        let account = json!({ "username": "ada", "password": "correct horse" });
        let register = node.request(reqwest::Method::POST, "/api/auth/register").json(&account);
        for refused in [
            node.get("/readyz").await,
            node.user(6).beat(json!({})).await,
            node.user(5).leave(json!({})).await,
            node.user(5).put("/api/user-status/me", json!({ "text": "hi" })).await,
            crate::support::Answer::of(register.send().await.unwrap()).await,
        ] {
            let problem = refused.problem(503);
            assert!(!problem.to_string().contains(FILE), "{harm}: {problem}");
        }
        assert_eq!(node.user(5).online().await, json!([5]), "{harm}: reads go on");
        node.signal("TERM");
        let (status, log, _folder) = node.end().await;
        assert!(status.success(), "{harm}: {log}");
        assert_eq!(log.matches(MISSED).count(), 1, "{harm}: {log}");
    }
}

#[tokio::test]
async fn files_that_are_back_in_their_places_are_used_again() {
    let node = Node::with(&[("SERVER__DRAIN", "0s")]).await;
    node.user(5).beat(json!({})).await.ok();
    let (file, away) = (node.folder().join(FILE), node.folder().join("away"));
    for user in [6, 7] {
        fs::rename(&file, &away).unwrap();
        node.user(user).beat(json!({})).await.problem(503);
        until("it is missed", async || !node.is_ready().await).await;
        fs::rename(&away, &file).unwrap();
        node.ready().await;
        node.user(user).beat(json!({})).await.ok();
    }
    let node = Node::in_folder(node.crash().await, &[]).await;
    assert_eq!(node.user(5).online().await, json!([5, 6, 7]));
}
