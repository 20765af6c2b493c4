//! PostgreSQL.

use std::{
    fs,
    path::Path,
    process::Command,
    sync::atomic::{AtomicU32, Ordering},
};

use crate::{Durability, account::Account, binary, certificates, server::Server};

/// A PostgreSQL server with a cluster of its own, which ends when dropped.
#[derive(Debug)]
pub struct Postgres {
    server: Server,
    durability: Durability,
    settings: Vec<String>,
    port: u16,
    databases: AtomicU32,
}

impl Postgres {
    /// Starts one, in about two seconds.
    #[must_use]
    pub fn start(durability: Durability) -> Self {
        Self::start_with(durability, &[])
    }

    /// Starts one with `settings`, each as `name=value`. They win.
    #[must_use]
    pub fn start_with(durability: Durability, settings: &[&str]) -> Self {
        Self::prepared(durability, settings, |_| ())
    }

    fn prepared(durability: Durability, settings: &[&str], prepare: impl Fn(&Server)) -> Self {
        // SIGQUIT is its immediate shutdown. SIGKILL would leave shared memory behind.
        let server = Server::prepare(Account::unless_root("postgres"), "QUIT");
        let initdb = [&find("initdb"), "--pgdata=data", "--username=postgres", "--auth=trust"];
        let options = ["--encoding=UTF8", "--locale=C", "--no-sync"];
        server.run(&[&initdb[..], &options[..]].concat());
        prepare(&server);
        let settings: Vec<_> = settings.iter().map(|&setting| setting.to_owned()).collect();
        let command = |port| command(port, durability, &settings);
        let port = server.start_anywhere(command, |_| is_ready(server.folder()));
        Self { server, durability, settings, port, databases: AtomicU32::new(0) }
    }

    /// Starts one that takes connections with TLS alone, as `localhost`: in its
    /// [folder](Self::folder) are `ca.crt`, `other.crt` of an authority that it does not have, and
    /// `client.crt` with `client.key`, whom it asks for if `asks` is set.
    #[must_use]
    pub fn start_with_tls(asks: bool) -> Self {
        let files = ["cert_file=../server.crt", "key_file=../server.key", "ca_file=../ca.crt"];
        let [cert, key, authority] = files.map(|file| format!("ssl_{file}"));
        Self::prepared(Durability::Fast, &["ssl=on", &cert, &key, &authority], |server| {
            certificates::make(server);
            let rule = format!("hostssl all all all {}\n", if asks { "cert" } else { "trust" });
            fs::write(server.folder().join("data/pg_hba.conf"), rule).unwrap();
        })
    }

    /// The port of 127.0.0.1 on which it listens, the same after each start.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The folder that holds its data and its log.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.server.folder()
    }

    /// The URL of its first database, which all tests share.
    #[must_use]
    pub fn url(&self) -> String {
        self.url_of("postgres")
    }

    /// The URL of a new and empty database, made in some fifty milliseconds.
    #[must_use]
    pub fn create_database(&self) -> String {
        let name = format!("lastseen_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        let mut psql = Command::new(find("psql"));
        psql.args(["--no-psqlrc", "--quiet", "--command", &format!("CREATE DATABASE {name}")]);
        let output = psql.arg(self.url()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        self.url_of(&name)
    }

    /// Stops it in an orderly way, without waiting for clients ("fast shutdown").
    pub fn stop(&self) {
        self.server.stop("INT");
    }

    /// Starts it after a [stop](Self::stop), with its data and on its port.
    pub fn start_again(&self) {
        let command = command(self.port, self.durability, &self.settings);
        self.server.start(&command, || is_ready(self.folder()));
    }

    /// Stops it and starts it again.
    pub fn restart(&self) {
        self.stop();
        self.start_again();
    }

    /// Makes it hang with all its backends: connections stay, and nothing answers.
    pub fn freeze(&self) {
        self.server.freeze();
    }

    /// Lets it go on after a [freeze](Self::freeze).
    pub fn thaw(&self) {
        self.server.thaw();
    }

    /// The processor time that all its processes have used since it started, in seconds.
    #[must_use]
    pub fn cpu_seconds(&self) -> f64 {
        self.server.cpu_seconds()
    }

    fn url_of(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }
}

fn find(program: &str) -> String {
    binary::find(program, "PostgreSQL", "postgresql")
}

fn command(port: u16, durability: Durability, more: &[String]) -> Vec<String> {
    let durable = match durability {
        Durability::Durable => "on",
        Durability::Fast => "off",
    };
    let settings = [
        "listen_addresses=127.0.0.1",
        &format!("port={port}"),
        "unix_socket_directories=",
        "max_connections=300",
        "dynamic_shared_memory_type=mmap", // in the folder, and gone with it
        &format!("fsync={durable}"),
        &format!("synchronous_commit={durable}"),
        &format!("full_page_writes={durable}"),
    ]
    .map(ToOwned::to_owned);
    let settings = settings.iter().chain(more);
    let settings: Vec<_> = settings.map(|setting| ["-c".to_owned(), setting.clone()]).collect();
    [&[find("postgres"), "-D".to_owned(), "data".to_owned()], settings.as_flattened()].concat()
}

/// Its last line is how `pg_ctl` knows, too.
fn is_ready(folder: &Path) -> bool {
    let pid_file = fs::read_to_string(folder.join("data/postmaster.pid")).unwrap_or_default();
    pid_file.lines().nth(7).is_some_and(|line| line.trim() == "ready")
}
