//! Where the servers are installed.

use std::{
    env::{split_paths, var_os},
    path::{Path, PathBuf},
};

/// Where Debian keeps one folder for each version of PostgreSQL, outside of PATH.
const POSTGRES: &str = "/usr/lib/postgresql";

/// Finds the program `name` of `product`, which `package` of Debian installs.
pub(crate) fn find(name: &str, product: &str, package: &str) -> String {
    let path = var_os("PATH").unwrap_or_default();
    let found = split_paths(&path)
        .chain(postgres_folders())
        .chain(["/usr/sbin", "/usr/bin"].map(PathBuf::from))
        .map(|folder| folder.join(name))
        .find(|program| program.is_file());
    let Some(found) = found else {
        panic!("{product} is missing ({name}): apt-get install {package}");
    };
    found.to_str().unwrap().to_owned()
}

/// The newest version comes first.
fn postgres_folders() -> impl Iterator<Item = PathBuf> {
    let entries = Path::new(POSTGRES).read_dir().into_iter().flatten();
    let mut versions: Vec<u32> =
        entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok()).collect();
    versions.sort_unstable();
    versions.into_iter().rev().map(|version| Path::new(POSTGRES).join(format!("{version}/bin")))
}
