//! Nodes: the real binary in a folder of its own, on a port of its own.

use std::{
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
    sync::OnceLock,
    time::Duration,
};

use reqwest::{Client, Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, BufReader},
    process::{Child, Command},
    task::JoinHandle,
    time::timeout,
};

use super::{Answer, Caller, SECRET, sign, until};

/// The binary, built from the sources that are being tested.
pub(crate) fn lastseen() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| {
        let profile = if cfg!(debug_assertions) { "dev" } else { "release" };
        let mut build = std::process::Command::new(env!("CARGO"));
        build.args(["build", "--quiet", "--package", "api", "--bin", "lastseen"]);
        // What cargo tells this test about itself: build scripts of dependencies would see it, find
        // that something changed, and build half of the tree anew, each time.
        for (name, _) in std::env::vars_os() {
            let about_us = ["CARGO_PKG_", "CARGO_MANIFEST_"];
            if name.to_str().is_some_and(|name| about_us.iter().any(|us| name.starts_with(us))) {
                build.env_remove(name);
            }
        }
        assert!(build.args(["--profile", profile]).status().unwrap().success());
        let test = std::env::current_exe().unwrap();
        test.ancestors().nth(2).unwrap().join("lastseen")
    })
}

/// A node that runs; killed when dropped, and its folder removed.
#[derive(Debug)]
pub(crate) struct Node {
    child: Child,
    log: JoinHandle<String>,
    url: String,
    client: Client,
    folder: TempDir,
}

/// How a run of the binary ended.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Node {
    /// A node with the defaults and a secret.
    pub(crate) async fn start() -> Self {
        Self::with(&[]).await
    }

    /// A node with the defaults, a secret and `settings`, which win.
    pub(crate) async fn with(settings: &[(&str, &str)]) -> Self {
        Self::in_folder(tempfile::tempdir().unwrap(), settings).await
    }

    pub(crate) async fn in_folder(folder: TempDir, settings: &[(&str, &str)]) -> Self {
        let mut settings = settings.to_vec();
        if !settings.iter().any(|(key, _)| key.ends_with("_FILE")) {
            settings.insert(0, ("AUTH__SECRET", SECRET));
        }
        Self::bare(folder, &settings).await
    }

    /// A node with `settings` and nothing else: development, unless they name a key.
    pub(crate) async fn bare(folder: TempDir, settings: &[(&str, &str)]) -> Self {
        let node = Self::launch(command(folder.path(), settings), folder).await;
        node.ready().await;
        node
    }

    /// A node that `command` starts, as soon as it listens.
    pub(crate) async fn launch(mut command: Command, folder: TempDir) -> Self {
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let mut log = String::new();
        let url = loop {
            let Some(line) =
                timeout(Duration::from_secs(30), lines.next_line()).await.unwrap().unwrap()
            else {
                panic!("it does not start: {log}");
            };
            log.push_str(&line);
            log.push('\n');
            if let Some((_, url)) = line.split_once("listening on ") {
                // In a log of JSON the line goes on.
                break url.split('"').next().unwrap().to_owned();
            }
        };
        let log = tokio::spawn(async move {
            while let Ok(Some(line)) = lines.next_line().await {
                log.push_str(&line);
                log.push('\n');
            }
            log
        });
        Self { child, log, url, client: Client::new(), folder }
    }

    /// Waits until it wants requests.
    pub(crate) async fn ready(&self) {
        until("the node is ready", async || self.is_ready().await).await;
    }

    /// Whether it wants requests.
    pub(crate) async fn is_ready(&self) -> bool {
        self.get("/readyz").await.status == StatusCode::OK
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.url))
    }

    /// Asks without a token.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        Answer::of(self.request(Method::GET, path).send().await.unwrap()).await
    }

    /// The user `id`, with a token.
    pub(crate) fn user(&self, id: u64) -> Caller<'_> {
        self.bearer(json!({ "user_id": id }))
    }

    /// Somebody whose token says `claims`.
    pub(crate) fn bearer(&self, claims: Value) -> Caller<'_> {
        Caller::new(self, sign(claims))
    }

    pub(crate) fn signal(&self, name: &str) {
        let pid = self.child.id().unwrap().to_string();
        let kill = std::process::Command::new("kill").args(["-s", name, &pid]).status();
        assert!(kill.unwrap().success());
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id().unwrap()
    }

    /// How many files and connections the process has open.
    pub(crate) fn open_files(&self) -> usize {
        std::fs::read_dir(format!("/proc/{}/fd", self.child.id().unwrap())).unwrap().count()
    }

    /// How much memory it has, in bytes.
    pub(crate) fn memory(&self) -> usize {
        let status = format!("/proc/{}/status", self.child.id().unwrap());
        let status = std::fs::read_to_string(status).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").parse::<usize>().unwrap() * 1024
    }

    /// Kills it as a crash would, and hands over what it stored.
    pub(crate) async fn crash(mut self) -> TempDir {
        self.child.kill().await.unwrap();
        self.folder
    }

    /// Waits for its end; says how it ended and what it logged, and hands over what it stored.
    pub(crate) async fn end(mut self) -> (ExitStatus, String, TempDir) {
        let status = timeout(Duration::from_secs(30), self.child.wait()).await.unwrap().unwrap();
        (status, self.log.await.unwrap(), self.folder)
    }
}

impl Run {
    /// The binary with these arguments, to its end.
    pub(crate) async fn of(folder: &Path, settings: &[(&str, &str)], arguments: &[&str]) -> Self {
        let mut child = command(folder, settings).args(arguments).spawn().unwrap();
        let (mut stdout, mut stderr) = (String::new(), String::new());
        let (mut out, mut err) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
        let reads = async {
            tokio::try_join!(out.read_to_string(&mut stdout), err.read_to_string(&mut stderr))
        };
        timeout(Duration::from_secs(30), reads).await.expect("it does not end").unwrap();
        Self { status: child.wait().await.unwrap(), stdout, stderr }
    }

    /// The one line on the standard error of a run that failed.
    #[track_caller]
    pub(crate) fn refusal(&self) -> &str {
        assert!(!self.status.success(), "{self:?}");
        let line = self.stderr.strip_prefix("lastseen: ").unwrap_or_else(|| panic!("{self:?}"));
        assert_eq!(line.lines().count(), 1, "{line}");
        line.trim_end()
    }
}

/// The binary in `folder`, with `settings`.
pub(crate) fn command(folder: &Path, settings: &[(&str, &str)]) -> Command {
    prepared(Command::new(lastseen()), folder, settings)
}

/// The same, after a shell has done `first`.
pub(crate) fn command_after(first: &str, folder: &Path, settings: &[(&str, &str)]) -> Command {
    let mut shell = Command::new("sh");
    shell.arg("-c").arg(format!("{first}; exec \"$0\" \"$@\"")).arg(lastseen());
    prepared(shell, folder, settings)
}

fn prepared(mut command: Command, folder: &Path, settings: &[(&str, &str)]) -> Command {
    command
        .current_dir(folder)
        .env("LASTSEEN__SERVER__LISTEN", "127.0.0.1:0")
        // Tests are in more of a hurry than users are.
        .env("LASTSEEN__LIMITS__PER_USER", "0")
        .env("LASTSEEN__LIMITS__PER_ADDRESS", "0")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    for (key, value) in settings {
        command.env(format!("LASTSEEN__{key}"), value);
    }
    command
}
