//! A pooler of connections to PostgreSQL: `pgbouncer`.

use std::{
    fs,
    net::{Ipv4Addr, TcpStream},
};

use crate::{Postgres, account::Account, binary, server::Server};

/// A pooler, which ends when dropped.
#[derive(Debug)]
pub struct Pooler {
    #[expect(dead_code, reason = "ends the process with it")]
    server: Server,
    port: u16,
}

impl Pooler {
    /// Starts one before `postgres`, with that `pool_mode`.
    #[must_use]
    pub fn start(postgres: &Postgres, pool_mode: &str) -> Self {
        let pgbouncer = binary::find("pgbouncer", "PgBouncer", "pgbouncer");
        let server = Server::prepare(Account::unless_root("postgres"), "KILL");
        let database = format!("* = host=127.0.0.1 port={} user=postgres", postgres.port());
        let config = |port: u16| {
            format!(
                "[databases]\n{database}\n[pgbouncer]\nlisten_addr = 127.0.0.1\n\
                 listen_port = {port}\nunix_socket_dir =\nauth_type = any\n\
                 pool_mode = {pool_mode}\ndefault_pool_size = 20\n"
            )
        };
        let port = server.start_anywhere(
            |port| {
                fs::write(server.folder().join("config"), config(port)).unwrap();
                vec![pgbouncer.clone(), "config".to_owned()]
            },
            |port| TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok(),
        );
        Self { server, port }
    }

    /// The way through it to the database at `url`.
    #[must_use]
    pub fn url(&self, url: &str) -> String {
        let name = url.rsplit('/').next().unwrap_or_default();
        format!("postgres://postgres@127.0.0.1:{}/{name}", self.port)
    }
}
