//! What `deploy/` holds is right as far as tools can tell. Balancers, alerts and dashboard have tests of
//! their own.

use std::{collections::HashSet, fs, process::Command};

use crate::support::{lastseen, python_tool};

fn deploy(file: &str) -> String {
    format!("{}/../deploy/{file}", env!("CARGO_MANIFEST_DIR"))
}

/// What `command` says, if it is content.
fn content(command: &mut Command) -> String {
    let output = command.output().expect("missing: apt-get install systemd");
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {said}");
    said.into_owned()
}

#[test]
fn systemd_takes_the_unit_and_finds_it_hardened() {
    let unit = fs::read_to_string(deploy("lastseen.service")).unwrap();
    let binary = lastseen().to_str().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("lastseen.service");
    fs::write(&file, unit.replace("/usr/local/bin/lastseen", binary)).unwrap();
    let said = content(Command::new("systemd-analyze").arg("verify").arg(&file));
    assert!(!said.contains("lastseen.service"), "{said}");
    // Of ten, in tenths: services are at 9.6 without any of it.
    let security = ["security", "--offline=true", "--threshold=15"];
    content(Command::new("systemd-analyze").args(security).arg(&file));
}

/// The system calls of a group, and of the groups in it.
fn system_calls(group: &str) -> HashSet<String> {
    if !group.starts_with('@') {
        return HashSet::from([group.to_owned()]);
    }
    let said = content(Command::new("systemd-analyze").args(["syscall-filter", group]));
    let lines = said.lines().filter_map(|line| line.strip_prefix("    "));
    lines.filter(|line| !line.starts_with('#')).flat_map(system_calls).collect()
}

#[test]
fn under_systemd_the_threads_that_hash_passwords_lower_their_priority() {
    let unit = fs::read_to_string(deploy("lastseen.service")).unwrap();
    let mut allowed = HashSet::new();
    // The first line allows, so the others add, and with a tilde take away (systemd.exec(5)).
    for line in unit.lines().filter_map(|line| line.strip_prefix("SystemCallFilter=")) {
        let denied = line.strip_prefix('~');
        for group in denied.unwrap_or(line).split(' ') {
            let calls = system_calls(group);
            if denied.is_some() {
                allowed.retain(|call| !calls.contains(call));
            } else {
                allowed.extend(calls);
            }
        }
    }
    for call in ["sched_setscheduler", "setpriority", "prlimit64", "accept4"] {
        assert!(allowed.contains(call), "{call}");
    }
    for call in ["sched_setaffinity", "setrlimit", "mount", "ptrace", "reboot"] {
        assert!(!allowed.contains(call), "{call}");
    }
}

#[test]
fn kubernetes_takes_the_manifests() {
    let manifests = deploy("kubernetes.yml");
    content(Command::new(python_tool("kubernetes-validate")).arg("--strict").arg(manifests));
}

/// The seconds in the first line of `file` with `key`.
fn seconds(file: &str, key: &str) -> u64 {
    let text = fs::read_to_string(deploy(file)).unwrap();
    let line = text.lines().find(|line| line.trim_start().starts_with(key));
    let line = line.unwrap_or_else(|| panic!("no {key} in {file}"));
    let value = &line[line.find(key).unwrap() + key.len()..];
    value.chars().filter(char::is_ascii_digit).collect::<String>().parse().unwrap()
}

#[test]
fn a_drain_fits_into_the_time_that_each_allows_for_an_end() {
    // To finish what is in flight takes no longer than database.timeout.
    let (drain, finish) = (5, 3);
    assert!(seconds("lastseen.service", "TimeoutStopSec=") > drain + finish);
    assert!(seconds("compose.yml", "stop_grace_period:") > drain + finish);
    let drain = seconds("kubernetes.yml", "- { name: LASTSEEN__SERVER__DRAIN, value:");
    assert!(seconds("kubernetes.yml", "terminationGracePeriodSeconds:") > drain + finish);
}
