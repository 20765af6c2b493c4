//! Section 5: what stops a start, and what a start without settings is.

use std::{fs, os::unix::fs::PermissionsExt};

use serde_json::json;

use crate::support::{Caller, Node, Run, SECRET, key_file};

async fn refusal(settings: &[(&str, &str)]) -> String {
    let folder = tempfile::tempdir().unwrap();
    Run::of(folder.path(), settings, &[]).await.refusal().to_owned()
}

#[tokio::test]
async fn a_start_is_stopped_by_one_line_that_names_the_key() {
    let secret = ("AUTH__SECRET", SECRET);
    for (settings, key) in [
        (&[("PRESENCE__WINDOWS", "5m")][..], "presence.windows"),
        (&[("NONSENSE", "1")], "nonsense"),
        (&[("PRESENCE__WINDOW", "five minutes")], "presence.window"),
        (&[("PRESENCE__WINDOW", "4m")], "presence.window"),
        (&[("SERVER__LISTEN", "nowhere")], "server.listen"),
        (&[("AUTH__ALGORITHMS", "none")], "auth.algorithms"),
        (&[("AUTH__SECRET", "short")], "auth.secret"),
        (&[("AUTH__SECRET", "")], "auth.secret"),
        (&[secret, ("AUTH__JWKS_FILE", "keys.json")], "auth.jwks_file"),
        (&[secret, ("DATABASE__URL", "mongodb://x")], "database.url"),
        (&[("SERVER__LISTEN", "0.0.0.0:0")], "server.listen"),
        (
            &[("AUTH__PUBLIC_KEY_FILE", "missing.pem"), ("AUTH__ALGORITHMS", "RS256")],
            "auth.public_key_file",
        ),
        (&[("AUTH__JWKS_FILE", "missing.json"), ("AUTH__ALGORITHMS", "RS256")], "auth.jwks_file"),
    ] {
        let refusal = refusal(settings).await;
        assert!(refusal.starts_with(&format!("{key}: ")), "{settings:?}: {refusal}");
        assert!(!refusal.contains(SECRET), "{refusal}");
    }
}

#[tokio::test]
async fn a_margin_that_forgives_no_lost_beat_is_refused_with_the_sum_spelled_out() {
    let refusal = refusal(&[("PRESENCE__HEARTBEAT_INTERVAL", "150s")]).await;
    assert!(refusal.contains("2*150 + 30 + 10 + 1 = 341 s"), "{refusal}");
}

#[tokio::test]
async fn a_key_of_another_family_than_the_algorithms_is_refused() {
    let file = key_file("p256.pub.pem");
    let key = ("AUTH__PUBLIC_KEY_FILE", file.to_str().unwrap());
    let refusal = refusal(&[key, ("AUTH__ALGORITHMS", "RS256")]).await;
    assert!(refusal.starts_with("auth.public_key_file: "), "{refusal}");
}

#[tokio::test]
async fn a_secret_of_digits_in_the_environment_stays_a_string() {
    let digits = "00000000000000000000000000000000012345";
    let node = Node::bare(tempfile::tempdir().unwrap(), &[("AUTH__SECRET", digits)]).await;
    let settings = [("AUTH__SECRET", digits)];
    let run = Run::of(node.folder(), &settings, &["token", "--user", "5"]).await;
    Caller::new(&node, run.stdout.trim().to_owned()).beat(json!({})).await.ok();
}

#[tokio::test]
async fn settings_come_from_a_file_and_the_environment_wins() {
    let folder = tempfile::tempdir().unwrap();
    let file = format!(
        "[auth]\nsecret = \"{SECRET}\"\n[presence]\nwindow = \"7m\"\npoll_interval = \"9s\""
    );
    fs::write(folder.path().join("lastseen.toml"), file).unwrap();
    let node = Node::bare(folder, &[("PRESENCE__POLL_INTERVAL", "8s")]).await;
    let config = node.user(5).get("/api/chat/config").await.ok();
    assert_eq!((&config["window"], &config["poll_interval"]), (&json!(420), &json!(8)));
}

#[tokio::test]
async fn development_makes_a_secret_for_its_owner_alone_and_says_so() {
    let node = Node::bare(tempfile::tempdir().unwrap(), &[]).await;
    let secret = node.folder().join("lastseen.db.secret");
    assert_eq!(fs::metadata(&secret).unwrap().permissions().mode() & 0o777, 0o600);

    let run = Run::of(node.folder(), &[], &["token", "--user", "5"]).await;
    let caller = Caller::new(&node, run.stdout.trim().to_owned());
    assert_eq!(caller.beat(json!({})).await.ok()["user_id"], 5);

    let secret = fs::read_to_string(secret).unwrap();
    node.signal("TERM");
    let (status, log, folder) = node.end().await;
    assert!(status.success());
    for said in ["development", "token --user 5", "accounts are on"] {
        assert!(log.contains(said), "{log}");
    }
    assert!(!log.contains(&secret), "{log}");

    let node = Node::bare(folder, &[]).await;
    let again = Run::of(node.folder(), &[], &["token", "--user", "6"]).await;
    Caller::new(&node, again.stdout.trim().to_owned()).beat(json!({})).await.ok();
    assert_eq!(fs::read_to_string(node.folder().join("lastseen.db.secret")).unwrap(), secret);
}

#[tokio::test]
async fn migrations_may_be_a_step_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let settings = [("AUTH__SECRET", SECRET), ("DATABASE__MIGRATE", "false")];
    let run = Run::of(folder.path(), &settings, &[]).await;
    assert!(run.refusal().contains("run `lastseen migrate`"), "without tables: {}", run.stderr);
    assert!(Run::of(folder.path(), &settings, &["migrate"]).await.status.success());
    Node::bare(folder, &settings).await.user(5).beat(json!({})).await.ok();
}

#[tokio::test]
async fn a_port_that_is_taken_is_found_before_the_database_is_touched() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let folder = tempfile::tempdir().unwrap();
    let settings = [("AUTH__SECRET", SECRET), ("SERVER__LISTEN", &address)];
    let run = Run::of(folder.path(), &settings, &[]).await;
    let refusal = run.refusal();
    assert!(
        refusal.starts_with(&format!("server.listen: cannot listen on {address}: ")),
        "{refusal}"
    );
    assert!(refusal.contains("choose another port"), "{refusal}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "nothing was made");
}

#[tokio::test]
async fn a_database_that_cannot_be_used_is_told_with_what_would_do() {
    for (url, said) in [
        ("sqlite://missing/x.db", &["there is no folder", "missing", "mkdir -p"][..]),
        ("sqlite://x.db?mode=ro", &["mode=rwc would do"]),
        ("sqlite://x.db?mode=rw", &["cannot open x.db", "the file is /"]),
        ("sqlite:///proc/x.db", &["/proc"]),
        ("postgres://ada:word@127.0.0.1:1/x", &["127.0.0.1:1"]),
    ] {
        let refusal = refusal(&[
            ("AUTH__SECRET", SECRET),
            ("DATABASE__URL", url),
            ("DATABASE__TIMEOUT", "1s"),
        ])
        .await;
        assert!(refusal.starts_with("database.url: "), "{refusal}");
        assert!(said.iter().all(|said| refusal.contains(said)), "{url}: {refusal}");
        assert!(!refusal.contains("word"), "{refusal}");
    }
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("x.db"), "this is no database, but a text of some length")
        .unwrap();
    let settings = [("AUTH__SECRET", SECRET), ("DATABASE__URL", "sqlite://x.db")];
    let run = Run::of(folder.path(), &settings, &[]).await;
    assert!(run.refusal().contains("it is no SQLite file"), "{run:?}");
}

#[tokio::test]
async fn a_sqlite_file_that_is_not_there_is_made() {
    let settings = [("AUTH__SECRET", SECRET), ("DATABASE__URL", "sqlite://x.db")];
    let node = Node::bare(tempfile::tempdir().unwrap(), &settings).await;
    node.user(5).beat(json!({})).await.ok();
    assert!(node.folder().join("x.db").exists());
}

#[tokio::test]
async fn a_node_listens_at_a_name_and_on_all_addresses() {
    for listen in ["localhost:0", ":0"] {
        let settings = [("AUTH__SECRET", SECRET), ("SERVER__LISTEN", listen)];
        Node::bare(tempfile::tempdir().unwrap(), &settings).await;
    }
}
