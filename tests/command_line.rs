//! Section 6: the commands.

use serde_json::json;

use crate::support::{Caller, Node, Run, SECRET};

const SETTINGS: [(&str, &str); 1] = [("AUTH__SECRET", SECRET)];

async fn run(arguments: &[&str]) -> Run {
    let folder = tempfile::tempdir().unwrap();
    Run::of(folder.path(), &SETTINGS, arguments).await
}

#[tokio::test]
async fn token_prints_a_token_that_the_node_takes_and_nothing_else() {
    let node = Node::start().await;
    let arguments = ["token", "--user", "5", "--ttl", "1h", "--session", "tab"];
    let run = Run::of(node.folder(), &SETTINGS, &arguments).await;
    assert!(run.status.success());
    assert_eq!((run.stdout.lines().count(), &run.stderr[..]), (1, ""));
    let caller = Caller::new(&node, run.stdout.trim().to_owned());
    assert_eq!(caller.beat(json!({})).await.ok()["user_id"], 5);
    let left = caller.leave(json!({ "session_id": "tab" })).await.ok();
    assert_eq!(left["status"], "offline", "it beat for the session of the token");

    let arguments = ["token", "--scope", "presence:read"];
    let run = Run::of(node.folder(), &SETTINGS, &arguments).await;
    let service = Caller::new(&node, run.stdout.trim().to_owned());
    assert_eq!(service.online().await, json!([]));
    service.beat(json!({})).await.problem(403);
}

#[tokio::test]
async fn token_refuses_what_the_node_would_not_take() {
    for arguments in [
        &["token", "--user", "ada"][..],
        &["token", "--user", "5", "--session", "a\nb"],
        &["token", "--user", "5", "--ttl", "soon"],
        &["token"],
    ] {
        let run = run(arguments).await;
        assert!(!run.status.success() && run.stdout.is_empty(), "{run:?}");
    }
    let folder = tempfile::tempdir().unwrap();
    let key = crate::support::key_file("rsa.pub.pem");
    let settings =
        [("AUTH__PUBLIC_KEY_FILE", key.to_str().unwrap()), ("AUTH__ALGORITHMS", "RS256")];
    let run = Run::of(folder.path(), &settings, &["token", "--user", "5"]).await;
    assert!(run.refusal().contains("public key"), "symmetric keys only");
}

#[tokio::test]
async fn migrate_goes_up_and_down_and_tells_where_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let migrate = async |direction: &[&str]| {
        let arguments = [&["migrate"], direction].concat();
        let run = Run::of(folder.path(), &SETTINGS, &arguments).await;
        assert!(run.status.success(), "{run:?}");
        let state = |line: &str| line.split(' ').next().unwrap_or_default().to_owned();
        run.stdout.lines().map(state).collect::<Vec<_>>()
    };
    let steps = migrate(&["status"]).await.len();
    let standing_at =
        |applied| [vec!["Applied"; applied], vec!["Pending"; steps - applied]].concat();
    assert_eq!(migrate(&["status"]).await, standing_at(0));
    assert_eq!(migrate(&[]).await, standing_at(steps));
    assert_eq!(migrate(&["up"]).await, standing_at(steps), "twice changes nothing");
    for left in (0..steps).rev() {
        assert_eq!(migrate(&["down"]).await, standing_at(left), "one step at a time");
    }
    assert_eq!(migrate(&["up"]).await, standing_at(steps));
}

#[tokio::test]
async fn config_prints_what_is_in_effect_with_secrets_masked() {
    let run = run(&["config"]).await;
    assert!(run.status.success());
    assert!(run.stdout.contains("window = \"5m\""), "{}", run.stdout);
    assert!(run.stdout.contains("secret = \"********\""), "{}", run.stdout);
    assert!(!run.stdout.contains(SECRET));
}

#[tokio::test]
async fn a_file_may_be_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("other.toml");
    std::fs::write(&file, "[presence]\nwindow = \"8m\"").unwrap();
    let arguments = ["--config", file.to_str().unwrap(), "config"];
    let run = Run::of(folder.path(), &SETTINGS, &arguments).await;
    assert!(run.stdout.contains("window = \"8m\""), "{run:?}");
    let missing = Run::of(folder.path(), &SETTINGS, &["--config", "missing.toml"]).await;
    assert!(missing.refusal().contains("missing.toml"));
}

#[tokio::test]
async fn healthcheck_exits_0_while_the_node_is_ready_and_1_otherwise() {
    let node = Node::start().await;
    let listen = node.url().trim_start_matches("http://").to_owned();
    let settings = [SETTINGS[0], ("SERVER__LISTEN", &listen)];
    let folder = tempfile::tempdir().unwrap();
    let healthcheck = async || Run::of(folder.path(), &settings, &["healthcheck"]).await;
    assert_eq!(healthcheck().await.status.code(), Some(0));
    node.crash().await;
    let run = healthcheck().await;
    assert_eq!(run.status.code(), Some(1));
    assert!(run.refusal().contains(&listen) && run.refusal().contains("refused"), "{run:?}");
}

#[tokio::test]
async fn token_makes_no_secret_that_no_server_knows() {
    let folder = tempfile::tempdir().unwrap();
    let run = Run::of(folder.path(), &[], &["token", "--user", "5"]).await;
    assert!(run.refusal().starts_with("auth.secret: "), "{run:?}");
    assert!(run.refusal().contains("lastseen.db.secret"), "{run:?}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}
