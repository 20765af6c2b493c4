//! The files of a database: who may read them, and whether they are still those that were opened.

use std::{
    ffi::OsString,
    fs::{self, OpenOptions, Permissions},
    io,
    os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
};

use super::StoreError;

/// The database, its write-ahead log, and the index of that: what SQLite appends to the path.
const FILES: [&str; 3] = ["", "-wal", "-shm"];

/// Their owner alone: they hold what users say of themselves, and the hashes of passwords.
pub(super) const PRIVATE: u32 = 0o600;

/// The path of the database with `suffix` appended, behind a symbolic link if it is one.
pub(super) fn beside(database: &Path, suffix: &str) -> PathBuf {
    let real = database.canonicalize().unwrap_or_else(|_| database.to_owned());
    let mut path: OsString = real.into_os_string();
    path.push(suffix);
    path.into()
}

/// Makes the file at `path`, empty, so that nobody else may ever read it: SQLite would make one that
/// everybody can, and gives the files beside it the same permissions.
pub(super) fn create_private(path: &Path) -> io::Result<()> {
    match OpenOptions::new().write(true).create_new(true).mode(PRIVATE).open(path) {
        // Whatever the umask takes away.
        Ok(file) => file.set_permissions(Permissions::from_mode(PRIVATE)),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}

/// Takes the files of `database` from everybody but their owner, as far as they are there. By name:
/// to open and close one would take away the locks that SQLite has on it.
pub(super) fn make_private(database: &Path) {
    for path in FILES.map(|suffix| beside(database, suffix)) {
        let Ok(metadata) = fs::metadata(&path) else { continue };
        if metadata.mode() & 0o077 == 0 {
            continue;
        }
        match fs::set_permissions(&path, Permissions::from_mode(PRIVATE)) {
            Ok(()) => log::warn!("{}: only its owner may read it from now on", path.display()),
            Err(error) => log::warn!("{}: others may read it: {error}", path.display()),
        }
    }
}

/// The files of a database that is open.
#[derive(Debug)]
pub(super) struct Files {
    paths: [PathBuf; 3],
    opened: [Option<Inode>; 3],
    astray: AtomicBool,
}

/// What tells a file from every other, by whatever name.
type Inode = (u64, u64);

/// The names do not lead to the files any more that are open.
#[derive(Debug, thiserror::Error)]
#[error("the files of the database were moved, removed or replaced")]
struct Astray;

impl Files {
    /// Those of `database`, all of which are open.
    pub(super) fn of(database: &Path) -> Self {
        let paths = FILES.map(|suffix| beside(database, suffix));
        let opened = paths.each_ref().map(inode);
        Self { paths, opened, astray: AtomicBool::default() }
    }

    /// Sees that their names still lead to them: what is written to a file without a name is gone
    /// with this process. Logs when that begins, and when it ends. Costs three looks at the file
    /// system, some microseconds.
    pub(super) fn check(&self) -> Result<(), StoreError> {
        let mut files = self.paths.iter().zip(&self.opened);
        let Some((path, _)) = files.find(|(path, opened)| inode(path) != **opened) else {
            if self.astray.swap(false, Ordering::Relaxed) {
                log::warn!("the files of the database are back in their places: this node goes on");
            }
            return Ok(());
        };
        if !self.astray.swap(true, Ordering::Relaxed) {
            log::error!(
                "{} was moved, removed or replaced while it was open: nothing is stored any more. \
                 Put the same files back, or restart this node to go on with those that are there",
                path.display()
            );
        }
        Err(StoreError::new(Astray))
    }
}

/// The file that `path` leads to, if any. Does not open it.
fn inode(path: &PathBuf) -> Option<Inode> {
    let metadata = fs::metadata(path).ok()?;
    Some((metadata.dev(), metadata.ino()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn database(folder: &Path) -> PathBuf {
        let database = folder.join("x.db");
        for suffix in FILES {
            fs::write(beside(&database, suffix), suffix).unwrap();
        }
        database
    }

    #[test]
    fn files_that_were_moved_removed_or_replaced_are_missed_until_they_are_back() {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::of(&database(folder.path()));
        assert!(files.check().is_ok());
        for path in &files.paths {
            let away = folder.path().join("away");
            fs::rename(path, &away).unwrap();
            assert!(files.check().is_err(), "{path:?} is gone");
            fs::copy(&away, path).unwrap();
            assert!(files.check().is_err(), "{path:?} is a copy");
            fs::rename(&away, path).unwrap();
            assert!(files.check().is_ok(), "{path:?} is back");
        }
    }

    #[test]
    fn files_are_their_owners_alone_whatever_they_were() {
        let folder = tempfile::tempdir().unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().mode() & 0o777;
        let database = database(folder.path());
        for path in FILES.map(|suffix| beside(&database, suffix)) {
            fs::set_permissions(&path, Permissions::from_mode(0o664)).unwrap();
        }
        create_private(&database).unwrap();
        make_private(&database);
        for path in FILES.map(|suffix| beside(&database, suffix)) {
            assert_eq!(mode(&path), PRIVATE, "{path:?}");
        }
        assert_eq!(fs::read(beside(&database, "-wal")).unwrap(), b"-wal", "and as they were");
        let new = folder.path().join("new.db");
        create_private(&new).unwrap();
        assert_eq!(mode(&new), PRIVATE);
    }
}
