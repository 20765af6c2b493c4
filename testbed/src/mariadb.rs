//! MariaDB.

use std::{
    io::Read as _,
    net::{Ipv4Addr, TcpStream},
    path::Path,
    process::Command,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use crate::{Durability, account::Account, binary, certificates, server::Server};

/// A MariaDB server with data of its own, which ends when dropped.
#[derive(Debug)]
pub struct MariaDb {
    server: Server,
    durability: Durability,
    options: Vec<String>,
    port: u16,
    databases: AtomicU32,
}

impl MariaDb {
    /// Starts one, in three to five seconds.
    #[must_use]
    pub fn start(durability: Durability) -> Self {
        Self::start_with(durability, &[])
    }

    /// Starts one with `options`, such as `--log-bin`. They win.
    #[must_use]
    pub fn start_with(durability: Durability, options: &[&str]) -> Self {
        let options = options.iter().map(|&option| option.to_owned()).collect();
        Self::prepared(durability, |_| options)
    }

    /// Starts one with a certificate for `localhost`: in its [folder](Self::folder) are `ca.crt`,
    /// and `other.crt` of an authority that it does not have.
    #[must_use]
    pub fn start_with_tls() -> Self {
        Self::prepared(Durability::Fast, |server| {
            certificates::make(server);
            let path = |name| server.folder().join(name).display().to_string();
            let files = [("ca", "ca.crt"), ("cert", "server.crt"), ("key", "server.key")];
            let option = |(what, name)| format!("--ssl-{what}={}", path(name));
            files.into_iter().map(option).chain(["--require-secure-transport".to_owned()]).collect()
        })
    }

    fn prepared(durability: Durability, options: impl FnOnce(&Server) -> Vec<String>) -> Self {
        let server = Server::prepare(Account::unless_root("mysql"), "KILL");
        let data = data_of(&server);
        let install = [&find("mariadb-install-db"), "--no-defaults", &data];
        let usual = ["--auth-root-authentication-method=normal", "--skip-test-db"];
        server.run(&[&install[..], &usual[..]].concat());
        let options = options(&server);
        let command = |port| command(port, &data, durability, &options);
        let port = server.start_anywhere(command, greets);
        Self { server, durability, options, port, databases: AtomicU32::new(0) }
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

    /// The URL of its own database `mysql`: for questions about the server, not for tables.
    #[must_use]
    pub fn url(&self) -> String {
        self.url_of("mysql")
    }

    /// The URL of a new and empty database, made in some fifty milliseconds.
    #[must_use]
    pub fn create_database(&self) -> String {
        let name = format!("lastseen_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        let mut client = Command::new(find("mariadb"));
        let socket = self.folder().join("data/mariadb.sock");
        client.args(["--no-defaults", "--user=root"]);
        client.arg(format!("--socket={}", socket.display()));
        let output = client.arg(format!("--execute=CREATE DATABASE {name}")).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        self.url_of(&name)
    }

    /// Stops it in an orderly way, without waiting for clients.
    pub fn stop(&self) {
        self.server.stop("TERM");
    }

    /// Starts it after a [stop](Self::stop), with its data and on its port.
    pub fn start_again(&self) {
        let data = data_of(&self.server);
        let command = command(self.port, &data, self.durability, &self.options);
        self.server.start(&command, || greets(self.port));
    }

    /// Stops it and starts it again.
    pub fn restart(&self) {
        self.stop();
        self.start_again();
    }

    /// Makes it hang: connections stay, and nothing answers.
    pub fn freeze(&self) {
        self.server.freeze();
    }

    /// Lets it go on after a [freeze](Self::freeze).
    pub fn thaw(&self) {
        self.server.thaw();
    }

    /// The processor time that it has used since it started, in seconds.
    #[must_use]
    pub fn cpu_seconds(&self) -> f64 {
        self.server.cpu_seconds()
    }

    fn url_of(&self, database: &str) -> String {
        format!("mysql://root@127.0.0.1:{}/{database}", self.port)
    }
}

fn find(program: &str) -> String {
    binary::find(program, "MariaDB", "mariadb-server")
}

/// A relative path would be relative to where MariaDB is installed.
fn data_of(server: &Server) -> String {
    format!("--datadir={}/data", server.folder().display())
}

fn command(port: u16, data: &str, durability: Durability, options: &[String]) -> Vec<String> {
    // The binary log, which has a setting of its own, is off unless asked for.
    let settings = match durability {
        Durability::Durable => ["--innodb-flush-log-at-trx-commit=1", "--innodb-doublewrite=on"],
        Durability::Fast => ["--innodb-flush-log-at-trx-commit=0", "--innodb-doublewrite=off"],
    };
    let command = [
        &find("mariadbd"),
        "--no-defaults",
        data,
        "--bind-address=127.0.0.1",
        &format!("--port={port}"),
        "--socket=mariadb.sock", // in the folder of the data
        "--skip-name-resolve",
        "--max-connections=300",
        "--max-connect-errors=1000000", // or tests of broken connections lock us out
        "--innodb-buffer-pool-size=256M",
        "--character-set-server=utf8mb4",
    ];
    let usual = [&command[..], &settings[..]].concat().into_iter().map(str::to_owned);
    usual.chain(options.iter().cloned()).collect()
}

/// It listens before it is ready, but says nothing. Its greeting begins with a length of three
/// bytes, a zero that counts packets, and the version of the protocol; an error has 255 there.
fn greets(port: u16) -> bool {
    let mut greeting = [0; 5];
    TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok_and(|mut server| {
        server.set_read_timeout(Some(Duration::from_secs(1))).unwrap();
        server.read_exact(&mut greeting).is_ok() && greeting[3..] == [0, 10]
    })
}
