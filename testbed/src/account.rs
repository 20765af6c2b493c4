//! Whom a server runs as: databases refuse to run as root.

use std::{
    os::unix::{fs::chown, process::CommandExt as _},
    path::Path,
    process::Command,
};

use rustix::process::geteuid;

/// The user and the group of a server; `None` is ourselves.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Account(Option<(u32, u32)>);

impl Account {
    pub(crate) fn ourselves() -> Self {
        Self(None)
    }

    /// The account that `user` has if we are root, otherwise ourselves.
    pub(crate) fn unless_root(user: &str) -> Self {
        Self(geteuid().is_root().then(|| (id("-u", user), id("-g", user))))
    }

    /// Makes `command` run under this account.
    pub(crate) fn run(self, command: &mut Command) {
        if let Self(Some((user, group))) = self {
            command.uid(user).gid(group);
        }
    }

    /// Gives it a folder.
    pub(crate) fn own(self, folder: &Path) {
        if let Self(Some((user, group))) = self {
            chown(folder, Some(user), Some(group)).unwrap();
        }
    }
}

fn id(which: &str, user: &str) -> u32 {
    let output = Command::new("id").args([which, user]).output().unwrap();
    assert!(output.status.success(), "there is no user {user}, and its server refuses root");
    String::from_utf8(output.stdout).unwrap().trim().parse().unwrap()
}
