//! A server process, its folder, and the watchdog that ends both.

use std::{
    fs,
    io::{BufRead as _, BufReader, Write as _},
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::{Mutex, MutexGuard, PoisonError},
    thread::sleep,
    time::{Duration, Instant},
};

use crate::{
    account::Account,
    free_port,
    tree::{self, Process},
};

const WATCHDOG: &str = include_str!("watchdog.sh");

/// How long a server may take to come up.
const PATIENCE: Duration = Duration::from_mins(1);

/// A folder with a server that can be started and stopped in it. Both go when it is dropped.
#[derive(Debug)]
pub(crate) struct Server {
    folder: PathBuf,
    watchdog: Mutex<Watchdog>,
}

#[derive(Debug)]
struct Watchdog {
    process: Child,
    /// Its end is what the watchdog waits for.
    orders: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    /// The server, while it runs.
    server: Option<i32>,
}

impl Server {
    /// A new folder that belongs to `account`, in which nothing runs yet.
    ///
    /// `last_signal` ends the server once nobody needs its data.
    pub(crate) fn prepare(account: Account, last_signal: &str) -> Self {
        let folder = tempfile::Builder::new().prefix("lastseen-testbed-").tempdir().unwrap();
        account.own(folder.path());
        let mut command = Command::new("sh");
        account.run(&mut command);
        let mut process = command
            .args(["-c", WATCHDOG, "watchdog", last_signal])
            .current_dir(folder.path())
            .env("LC_ALL", "C")
            // A MariaDB that starts clears away the temporary tables of all who share its folder.
            .env("TMPDIR", folder.path())
            .process_group(0) // a Ctrl-C is for the tests; the watchdog has to outlive them
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let orders = process.stdin.take();
        let answers = BufReader::new(process.stdout.take().unwrap());
        let watchdog = Mutex::new(Watchdog { process, orders, answers, server: None });
        Self { folder: folder.keep(), watchdog }
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Runs a command in the folder, to its end.
    pub(crate) fn run(&self, command: &[&str]) {
        let status = self.watchdog().obey("run", &quoted(command));
        assert!(status == 0, "{command:?} failed:\n{}", self.log(0));
    }

    /// Starts the server on a free port; `command` says how, for a port.
    pub(crate) fn start_anywhere(
        &self,
        command: impl Fn(u16) -> Vec<String>,
        is_ready: impl Fn(u16) -> bool,
    ) -> u16 {
        for _ in 0..5 {
            let port = free_port();
            match self.try_start(&command(port), || is_ready(port)) {
                Ok(()) => return port,
                Err(log) if log.contains("Address already in use") => {}
                Err(log) => panic!("it does not start:\n{log}"),
            }
        }
        panic!("every port that was free a moment ago is taken");
    }

    /// Starts the server, and waits until it is ready.
    pub(crate) fn start(&self, command: &[String], is_ready: impl Fn() -> bool) {
        if let Err(log) = self.try_start(command, is_ready) {
            panic!("it does not start:\n{log}");
        }
    }

    /// Fails with what the server logged.
    fn try_start(&self, command: &[String], is_ready: impl Fn() -> bool) -> Result<(), String> {
        let logged = self.log(0).len();
        let mut watchdog = self.watchdog();
        assert!(watchdog.server.is_none(), "it runs already");
        let server = watchdog.obey("start", &quoted(command));
        let start = Instant::now();
        while start.elapsed() < PATIENCE && Process::of(server).is_some_and(|it| !it.has_ended()) {
            if is_ready() {
                watchdog.server = Some(server);
                return Ok(());
            }
            sleep(Duration::from_millis(5));
        }
        watchdog.obey("stop", "KILL");
        Err(self.log(logged))
    }

    /// Sends a signal that ends the server, and waits for the end. Does nothing if none runs.
    pub(crate) fn stop(&self, signal: &str) {
        let mut watchdog = self.watchdog();
        watchdog.obey("stop", signal);
        watchdog.server = None;
    }

    pub(crate) fn freeze(&self) {
        if let Some(server) = self.watchdog().server {
            tree::freeze(server);
        }
    }

    pub(crate) fn thaw(&self) {
        if let Some(server) = self.watchdog().server {
            tree::thaw(server);
        }
    }

    pub(crate) fn cpu_seconds(&self) -> f64 {
        self.watchdog().server.map(tree::cpu_seconds).unwrap_or_default()
    }

    /// The end of what was logged after the first `skip` bytes.
    fn log(&self, skip: usize) -> String {
        let log = fs::read(self.folder.join("log")).unwrap_or_default();
        let tail = &log[skip.max(log.len().saturating_sub(4000)).min(log.len())..];
        String::from_utf8_lossy(tail).into_owned()
    }

    /// A test that panicked while it held the lock changed nothing by halves.
    fn watchdog(&self) -> MutexGuard<'_, Watchdog> {
        self.watchdog.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Watchdog {
    fn obey(&mut self, order: &str, argument: &str) -> i32 {
        let mut answer = String::new();
        writeln!(self.orders.as_ref().unwrap(), "{order} {argument}").unwrap();
        self.answers.read_line(&mut answer).unwrap();
        answer.trim().parse().expect("the watchdog has died")
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        self.orders.take();
        self.process.wait().ok();
    }
}

/// The words of a command as the shell reads them.
fn quoted(command: &[impl AsRef<str>]) -> String {
    let quote = |word: &str| format!("'{}'", word.replace('\'', r"'\''"));
    command.iter().map(|word| quote(word.as_ref())).collect::<Vec<_>>().join(" ")
}
