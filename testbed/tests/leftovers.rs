//! Nothing is left of a server, however its process ended.

use std::{
    env,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use testbed::{Durability, MariaDb, Postgres};

/// Names the part that this test binary plays when a test runs it once more.
const PART: &str = "TESTBED_PART";

/// How many processes run in `folder` or below it.
fn processes_in(folder: &Path) -> usize {
    let entries = Path::new("/proc").read_dir().unwrap();
    entries
        .filter_map(|entry| entry.ok()?.path().join("cwd").read_link().ok())
        .filter(|cwd| cwd.starts_with(folder))
        .count()
}

#[track_caller]
fn assert_nothing_is_left(folder: &Path) {
    let start = Instant::now();
    while folder.exists() || processes_in(folder) > 0 {
        assert!(start.elapsed() < Duration::from_secs(20), "{} is left", folder.display());
        sleep(Duration::from_millis(20));
    }
}

/// Runs this binary again, to play `part`, until it says in which folder its server is.
fn victim(part: &str) -> (Child, PathBuf) {
    let mut child = Command::new(env::current_exe().unwrap())
        .args(["--exact", "leftovers::the_victim", "--nocapture"])
        .env(PART, part)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let folder = lines.map_while(Result::ok).find_map(|line| {
        let (_, folder) = line.split_once("folder=")?;
        Some(PathBuf::from(folder))
    });
    (child, folder.unwrap())
}

/// Not a test of its own: what the tests below run, and kill.
#[test]
fn the_victim() {
    let Ok(part) = env::var(PART) else { return };
    let server = Postgres::start(Durability::Fast);
    match &part[..] {
        "frozen" => server.freeze(),
        "stopped" => server.stop(),
        _ => {}
    }
    println!("folder={}", server.folder().display());
    sleep(Duration::from_mins(1));
}

#[test]
fn a_dropped_postgres_leaves_nothing() {
    let server = Postgres::start(Durability::Fast);
    let folder = server.folder().to_owned();
    assert!(processes_in(&folder) > 3);
    drop(server);
    assert!(!folder.exists() && processes_in(&folder) == 0);
}

#[test]
fn a_dropped_mariadb_leaves_nothing_even_if_it_is_frozen() {
    let server = MariaDb::start(Durability::Fast);
    let folder = server.folder().to_owned();
    assert_eq!(processes_in(&folder), 2); // one of them the watchdog
    server.freeze();
    drop(server);
    assert!(!folder.exists() && processes_in(&folder) == 0);
}

#[test]
fn a_killed_process_leaves_nothing() {
    let (mut child, folder) = victim("running");
    assert!(processes_in(&folder) > 3);
    child.kill().unwrap();
    child.wait().unwrap();
    assert_nothing_is_left(&folder);
}

#[test]
fn a_killed_process_leaves_no_frozen_server() {
    let (mut child, folder) = victim("frozen");
    child.kill().unwrap();
    child.wait().unwrap();
    assert_nothing_is_left(&folder);
}

#[test]
fn a_killed_process_leaves_no_folder_of_a_stopped_server() {
    let (mut child, folder) = victim("stopped");
    assert_eq!(processes_in(&folder), 1); // the watchdog
    child.kill().unwrap();
    child.wait().unwrap();
    assert_nothing_is_left(&folder);
}
