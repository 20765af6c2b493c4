//! What `deploy/` holds is right as far as tools can tell. Balancers, alerts and dashboard have tests of
//! their own.

use std::{fs, process::Command};

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
