//! Why a database cannot be used, for whoever starts a node: which key, which value, what would do.

use std::{
    io::{self, ErrorKind},
    path::{Path, PathBuf, absolute},
};

use anyhow::{anyhow, bail};
use presence::{ConnectError, Database};
use rustix::fs::{Access, access};
use sea_orm::{DbErr, RuntimeErr, SqlxError, SqlxMySqlError, sqlx::error::DatabaseError};

use crate::settings::Settings;

/// Makes sure that the folder of a SQLite file is there and may be written to: the file, its log,
/// its lock and, in development, the secret lie in it.
///
/// # Errors
///
/// When it is not.
pub(crate) fn check_folder(settings: &Settings) -> anyhow::Result<()> {
    let database = Database::new(&settings.database.url);
    let database = database.map_err(|error| explain(settings, &error))?;
    let Some(path) = database.path() else {
        return Ok(());
    };
    let (key, path) = (key(settings), full(path));
    let folder = path.parent().unwrap_or(Path::new("/"));
    if path.is_dir() {
        bail!("{key}: {} is a folder: name a file in it", path.display());
    }
    if !folder.is_dir() {
        let folder = folder.display();
        bail!("{key}: there is no folder {folder}: `mkdir -p {folder}` makes it");
    }
    if let Err(error) = access(folder, Access::WRITE_OK | Access::EXEC_OK) {
        let error = io::Error::from(error);
        bail!(
            "{key}: the folder {} cannot be written to: {error}; let the user that runs lastseen \
             write there, or name another folder",
            folder.display()
        );
    }
    Ok(())
}

/// Makes sure that a node takes no more connections than the database's user may have, if that is
/// limited to `allowance`: the last of them would be missing when they are needed most.
///
/// # Errors
///
/// When it does.
pub(crate) fn check_allowance(settings: &Settings, allowance: Option<u32>) -> anyhow::Result<()> {
    let most = settings.database.max_connections;
    match allowance {
        Some(allowance) if allowance < most => bail!(
            "database.max_connections: {most} is more than the {allowance} connections that the \
             database allows its user: set it to {allowance}, divided by the number of nodes, or \
             raise that (CONNECTION LIMIT, max_user_connections)"
        ),
        _ => Ok(()),
    }
}

/// `error` in one line, with what would do.
pub(crate) fn explain(settings: &Settings, error: &ConnectError) -> anyhow::Error {
    let (of, remedy) = remedy(error).unwrap_or_default();
    let key = if of == Key::Connections { "database.max_connections" } else { key(settings) };
    let place = match Database::new(&settings.database.url) {
        Ok(database) => database.path().filter(|path| path.is_relative()).map(full),
        Err(_) => None,
    };
    let place = place.map(|path| format!(" (the file is {})", path.display()));
    let colon = if remedy.is_empty() { "" } else { "; " };
    anyhow!("{key}: {error}{}{colon}{remedy}", place.unwrap_or_default())
}

/// The key that a remedy is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Key {
    #[default]
    Url,
    Connections,
}

fn key(settings: &Settings) -> &'static str {
    if settings.database.url_file.is_some() { "database.url_file" } else { "database.url" }
}

fn full(path: &Path) -> PathBuf {
    absolute(path).unwrap_or_else(|_| path.to_owned())
}

#[expect(clippy::wildcard_enum_match_arm, reason = "most kinds need no word of their own")]
fn remedy(error: &ConnectError) -> Option<(Key, String)> {
    let cause = match error {
        ConnectError::Open { cause, .. } => Some(&**cause),
        ConnectError::Read(cause) => Some(cause),
        ConnectError::Url(_)
        | ConnectError::Parameter { .. }
        | ConnectError::Unfit { .. }
        | ConnectError::Begin(_)
        | ConnectError::Served(_)
        | ConnectError::Lock { .. } => None,
    };
    let (DbErr::Conn(cause) | DbErr::Exec(cause) | DbErr::Query(cause)) = cause? else {
        return None;
    };
    let RuntimeErr::SqlxError(cause) = cause else {
        return None;
    };
    match &**cause {
        SqlxError::Database(error) => of_database(&**error),
        SqlxError::Io(error) => Some((Key::Url, of_network(error).to_owned())),
        SqlxError::Tls(_) => Some((
            Key::Url,
            "the database and this node must agree on TLS: see sslmode in the documentation"
                .to_owned(),
        )),
        SqlxError::PoolTimedOut => {
            Some((Key::Url, "nobody answered within database.timeout".to_owned()))
        }
        _ => None,
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "most kinds need no word of their own")]
fn of_network(error: &io::Error) -> &'static str {
    match error.kind() {
        ErrorKind::ConnectionRefused => "start the database, or name the port that it listens at",
        ErrorKind::NotFound => "start the database, or name the folder of its socket",
        ErrorKind::TimedOut | ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable => {
            "name a host that can be reached from here, and look at firewalls between"
        }
        _ => "name a host that is known here, and its port",
    }
}

/// By SQLSTATE for PostgreSQL, by number for MySQL and MariaDB, by result code for SQLite.
fn of_database(error: &dyn DatabaseError) -> Option<(Key, String)> {
    let mysql = error.try_downcast_ref::<SqlxMySqlError>().map(|error| error.number().to_string());
    let code = mysql.or_else(|| error.code().map(Into::into))?;
    let name = quoted(error.message());
    let url = |remedy: &str| Some((Key::Url, remedy.to_owned()));
    match &code[..] {
        "3D000" | "1049" => Some((Key::Url, format!("make it with: CREATE DATABASE {name}"))),
        "28P01" | "1045" | "1698" => url("the user or the password is another one"),
        "28000" if error.message().contains("does not exist") => {
            Some((Key::Url, format!("make it with: CREATE ROLE {name} LOGIN PASSWORD '...'")))
        }
        "28000" => url("let the user in, in pg_hba.conf"),
        "42501" | "1044" | "1142" | "1370" => {
            url("GRANT the user what is missing, or run `lastseen migrate` as one who may")
        }
        "53300" | "1040" | "1203" | "1226" => Some((
            Key::Connections,
            "set it to less on each node, or allow the user and the server more connections"
                .to_owned(),
        )),
        code => sqlite(code.parse().ok()?).and_then(url),
    }
}

/// By the lowest byte, which is the kind of the failure (<https://sqlite.org/rescode.html>).
fn sqlite(code: u32) -> Option<&'static str> {
    match code & 0xff {
        5 | 6 => Some("another program holds it: end that"),
        8 | 14 => Some("let the user that runs lastseen read and write the file and its folder"),
        10 | 13 => Some("make room on the disk"),
        11 | 26 => Some("it is no SQLite file, or a broken or an encrypted one: name another"),
        _ => None,
    }
}

/// The first name in quotes in a message, or what stands for one.
fn quoted(message: &str) -> &str {
    let between = |quote: char| message.split(quote).nth(1);
    between('"').or_else(|| between('\'')).unwrap_or("...")
}
