//! Load balancers: `haproxy` and `nginx`.

use std::{
    fs::{self, Permissions},
    net::{Ipv4Addr, SocketAddr, TcpStream},
    os::unix::fs::PermissionsExt as _,
};

use crate::{account::Account, binary, server::Server};

/// A load balancer, which ends when dropped.
#[derive(Debug)]
pub struct Balancer {
    server: Server,
    command: Vec<String>,
    port: u16,
}

impl Balancer {
    /// Starts `haproxy`. `config` is its whole configuration, for a port on which it shall listen.
    #[must_use]
    pub fn haproxy(config: impl Fn(u16) -> String) -> Self {
        let haproxy = binary::find("haproxy", "HAProxy", "haproxy");
        // -db: in the foreground, as one process, whatever the configuration says.
        Self::start(config, |_| [&haproxy, "-db", "-f", "config"].map(str::to_owned).to_vec())
    }

    /// Starts `nginx`. `config` is its whole configuration, for a port on which it shall listen.
    ///
    /// It must say neither `daemon` nor `pid`. Relative paths lead into a folder of its own.
    #[must_use]
    pub fn nginx(config: impl Fn(u16) -> String) -> Self {
        let nginx = binary::find("nginx", "nginx", "nginx");
        Self::start(config, |folder| {
            let (prefix, settings) = (format!("{folder}/"), "daemon off; pid nginx.pid;");
            [&nginx, "-p", &prefix, "-c", "config", "-e", "stderr", "-g", settings]
                .map(str::to_owned)
                .to_vec()
        })
    }

    fn start(config: impl Fn(u16) -> String, command: impl Fn(&str) -> Vec<String>) -> Self {
        let server = Server::prepare(Account::ourselves(), "TERM");
        let folder = server.folder();
        // Started by root, workers of nginx become somebody else, who keeps bodies here.
        fs::set_permissions(folder, Permissions::from_mode(0o755)).unwrap();
        let command = command(folder.to_str().unwrap());
        let port = server.start_anywhere(
            |port| {
                fs::write(folder.join("config"), config(port)).unwrap();
                command.clone()
            },
            accepts,
        );
        Self { server, command, port }
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.port).into()
    }

    /// The URL of its root, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address())
    }

    /// Stops it at once, with all connections through it.
    pub fn stop(&self) {
        self.server.stop("TERM");
    }

    /// Starts it after a [stop](Self::stop), on its port.
    pub fn start_again(&self) {
        self.server.start(&self.command, || accepts(self.port));
    }
}

fn accepts(port: u16) -> bool {
    TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok()
}
