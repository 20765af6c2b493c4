//! Servers, as processes of their own.

use std::{
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, bail};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::sleep,
};

use crate::token::SECRET;

/// A server; killed when dropped.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    port: u16,
    /// How long it took from its start to its first ready answer.
    pub(crate) start: Duration,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

impl Server {
    /// Lastseen on the database at `url`, with these settings.
    pub(crate) async fn lastseen(url: &str, settings: &[(&str, &str)]) -> anyhow::Result<Self> {
        let port = free_port()?;
        let mut command = Command::new(beside_this("lastseen")?);
        command
            .env("LASTSEEN__SERVER__LISTEN", format!("127.0.0.1:{port}"))
            .env("LASTSEEN__DATABASE__URL", url)
            .env("LASTSEEN__AUTH__SECRET", SECRET)
            // Counted as in production, but no benchmark is to be told to slow down.
            .env("LASTSEEN__LIMITS__PER_USER", "1000000,1000000")
            .env("RUST_LOG", "warn");
        for (key, value) in settings {
            command.env(format!("LASTSEEN__{key}"), value);
        }
        Self::start(command, port).await
    }

    /// The baselines, with an empty database at `url` and a constant body.
    pub(crate) async fn baseline(url: &str, body: &Path) -> anyhow::Result<Self> {
        let port = free_port()?;
        let mut command = Command::new(beside_this("bench")?);
        command.arg("baseline").arg(port.to_string()).arg(url).arg(body);
        Self::start(command, port).await
    }

    async fn start(mut command: Command, port: u16) -> anyhow::Result<Self> {
        let begin = Instant::now();
        let child = command.stdin(Stdio::null()).spawn()?;
        let mut server = Self { child, port, start: Duration::ZERO };
        while !server.get("/readyz", "").await.is_ok_and(|answer| answer.contains(" 200 ")) {
            if let Some(status) = server.child.try_wait()? {
                bail!("a server ended: {status}");
            }
            if begin.elapsed() > Duration::from_mins(1) {
                bail!("a server does not get ready");
            }
            sleep(Duration::from_millis(5)).await;
        }
        server.start = begin.elapsed();
        Ok(server)
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// The answer to a GET, head and all.
    pub(crate) async fn get(&self, path: &str, token: &str) -> anyhow::Result<String> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).await?;
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\
             Connection: close\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        Ok(answer)
    }

    /// The processor time that it has used, in seconds.
    pub(crate) fn cpu_seconds(&self) -> anyhow::Result<f64> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        let (_, fields) = stat.rsplit_once(") ").context("no stat")?;
        // Fields 14 and 15 of proc(5), in ticks of a hundredth of a second.
        let ticks = fields.split(' ').skip(11).take(2).map(str::parse::<u32>);
        Ok(f64::from(ticks.sum::<Result<u32, _>>()?) / 100.0)
    }

    /// The memory that it occupies, in bytes.
    pub(crate) fn memory(&self) -> anyhow::Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|line| line.trim().strip_suffix(" kB")).context("no VmRSS")?;
        Ok(kib.parse::<u64>()? * 1024)
    }
}

fn free_port() -> anyhow::Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

fn beside_this(name: &str) -> anyhow::Result<PathBuf> {
    Ok(std::env::current_exe()?.with_file_name(name))
}
