//! The processes of a server, as `/proc` shows them.

use std::{collections::HashSet, fs, path::Path};

use rustix::{
    param::clock_ticks_per_second,
    process::{Pid, Signal, kill_process},
};

/// One process.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Process {
    pid: i32,
    parent: i32,
    state: char,
    /// What it and the children that it has waited for used of the processors.
    ticks: u64,
}

impl Process {
    /// The process `pid`, if there is one.
    pub(crate) fn of(pid: i32) -> Option<Self> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // The name, in parentheses, may hold anything; proc_pid_stat(5) counts from the pid.
        let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_ascii_whitespace().collect();
        let ticks = fields.get(11..15)?.iter().filter_map(|field| field.parse::<u64>().ok()).sum();
        Some(Self { pid, parent: fields[1].parse().ok()?, state: fields[0].chars().next()?, ticks })
    }

    /// Whether it has ended, though its parent has not taken notice.
    pub(crate) fn has_ended(self) -> bool {
        matches!(self.state, 'Z' | 'X')
    }

    fn is_stopped(self) -> bool {
        matches!(self.state, 'T' | 't')
    }
}

/// The process `root` and all below it.
///
/// By descent, and not by process group: each backend of PostgreSQL leaves the group.
fn family(root: i32) -> Vec<Process> {
    let entries = Path::new("/proc").read_dir().unwrap();
    let pids = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    let mut strangers: Vec<Process> = pids.filter_map(Process::of).collect();
    let mut known = HashSet::from([root]);
    let mut family = Vec::new();
    loop {
        let (found, rest): (Vec<_>, Vec<_>) = strangers.into_iter().partition(|process| {
            !process.has_ended() && (process.pid == root || known.contains(&process.parent))
        });
        if found.is_empty() {
            return family;
        }
        known.extend(found.iter().map(|process| process.pid));
        family.extend(found);
        strangers = rest;
    }
}

fn signal(processes: &[Process], signal: Signal) {
    for process in processes {
        // One that has just ended needs no signal.
        let _ended = kill_process(Pid::from_raw(process.pid).unwrap(), signal);
    }
}

/// Stops all of them, and returns once none of them runs.
pub(crate) fn freeze(root: i32) {
    loop {
        let mut family = family(root);
        family.retain(|process| !process.is_stopped());
        if family.is_empty() {
            return;
        }
        signal(&family, Signal::STOP);
    }
}

/// Lets all of them go on.
pub(crate) fn thaw(root: i32) {
    signal(&family(root), Signal::CONT);
}

/// The processor time that all of them have used, in seconds, to a hundredth or so.
pub(crate) fn cpu_seconds(root: i32) -> f64 {
    let ticks: u64 = family(root).iter().map(|process| process.ticks).sum();
    #[expect(clippy::cast_precision_loss, reason = "a tick is some ten milliseconds")]
    let seconds = ticks as f64 / clock_ticks_per_second() as f64;
    seconds
}
