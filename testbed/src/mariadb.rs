//! MariaDB.

use std::{
    io::Read as _,
    net::{Ipv4Addr, TcpStream},
    path::Path,
    process::Command,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use crate::{Durability, account::Account, binary, server::Server};

/// A MariaDB server with data of its own, which ends when dropped.
#[derive(Debug)]
pub struct MariaDb {
    server: Server,
    durability: Durability,
    port: u16,
    databases: AtomicU32,
}

impl MariaDb {
    /// Starts one, in three to five seconds.
    #[must_use]
    pub fn start(durability: Durability) -> Self {
        let server = Server::prepare(Account::unless_root("mysql"), "KILL");
        let data = data_of(&server);
        let install = [&find("mariadb-install-db"), "--no-defaults", &data];
        let options = ["--auth-root-authentication-method=normal", "--skip-test-db"];
        server.run(&[&install[..], &options[..]].concat());
        let port = server.start_anywhere(|port| command(port, &data, durability), greets);
        Self { server, durability, port, databases: AtomicU32::new(0) }
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
        client.args(["--no-defaults", "--protocol=tcp", "--host=127.0.0.1", "--user=root"]);
        client.arg(format!("--port={}", self.port));
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
        let command = command(self.port, &data_of(&self.server), self.durability);
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

fn command(port: u16, data: &str, durability: Durability) -> Vec<String> {
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
    [&command[..], &settings[..]].concat().into_iter().map(str::to_owned).collect()
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
