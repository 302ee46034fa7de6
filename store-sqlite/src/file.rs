//! The file and its directory: for their owner alone, and nobody else can put others in their place.
//!
//! A state file that is there is looked at and never opened here: closing it would drop the locks that SQLite holds on it for
//! this process.

use std::fs::{DirBuilder, File, Metadata, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::error::Failure;

/// Which file it is, whatever its name.
pub(crate) use system::Identity;

/// The path of the file without links in its directories, which are made if they are not there.
pub(crate) fn place(path: &Path) -> Result<PathBuf, Failure> {
    let Some(name) = path.file_name() else { return Err(Failure::Disk("it is not the path of a file".to_owned())) };
    let dir = path.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
    make_dir(dir)?;
    Ok(real(dir)?.join(name))
}

/// Makes an empty file for nobody but the owner, unless there is one, and tells which it is.
pub(crate) fn prepare(path: &Path) -> Result<Identity, Failure> {
    // One at a time, or else a new file could be closed here when another thread has its locks already.
    static MAKING: Mutex<()> = Mutex::new(());
    let _making = MAKING.lock().unwrap_or_else(PoisonError::into_inner);
    match look(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => make(path)?,
        _ => {}
    }
    identity(path)
}

/// Which file is at `path`, if it is one that only the owner can change.
pub(crate) fn identity(path: &Path) -> Result<Identity, Failure> {
    let found = look(path).map_err(|error| failed("look at", path, &error))?;
    if !found.is_file() {
        return Err(Failure::Disk("it is a symbolic link or another thing that is not a file".to_owned()));
    }
    refuse_writers(path, &found, GROUP_AND_EVERYONE)?;
    Ok(system::identity(&found))
}

/// Opens the empty file whose name goes on with `ending`.
pub(crate) fn open_beside(path: &Path, ending: &str) -> Result<File, Failure> {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    let path = Path::new(&name);
    open_shared(path).map_err(|error| failed("open", path, &error))
}

fn make(path: &Path) -> Result<(), Failure> {
    match open_new(path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        made => made.map(drop).map_err(|error| failed("create", path, &error)),
    }
}

fn make_dir(dir: &Path) -> Result<(), Failure> {
    let found = match look(dir) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            create_dir(dir)?;
            look(dir)
        }
        found => found,
    };
    let found = found.map_err(|error| failed("look at", dir, &error))?;
    if !found.is_dir() {
        return Err(Failure::Disk(format!("`{}` is a symbolic link or not a directory", dir.display())));
    }
    refuse_writers(dir, &found, EVERYONE)
}

/// SQLite flushes the directory of its files; that there is such a directory is flushed here.
fn create_dir(dir: &Path) -> Result<(), Failure> {
    let missing: Vec<_> = dir.ancestors().take_while(|dir| look(dir).is_err()).collect();
    system::private_dir().recursive(true).create(dir).map_err(|error| failed("create", dir, &error))?;
    for made in missing {
        let parent = made.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        system::flush_dir(parent).map_err(|error| failed("flush", parent, &error))?;
    }
    Ok(())
}

fn refuse_writers(path: &Path, found: &Metadata, who: u32) -> Result<(), Failure> {
    if system::mode(found) & who == 0 {
        return Ok(());
    }
    Err(Failure::Disk(format!("others can write to `{}`; run `chmod go-w` on it", path.display())))
}

fn failed(what: &str, path: &Path, error: &io::Error) -> Failure {
    Failure::Disk(format!("cannot {what} `{}`: {error}", path.display()))
}

const EVERYONE: u32 = 0o002;
const GROUP_AND_EVERYONE: u32 = 0o022;

#[allow(clippy::disallowed_methods)] // the store's own file
fn look(path: &Path) -> io::Result<Metadata> {
    std::fs::symlink_metadata(path)
}

#[allow(clippy::disallowed_methods)] // the store's own directory
fn real(dir: &Path) -> Result<PathBuf, Failure> {
    std::fs::canonicalize(dir).map_err(|error| failed("look at", dir, &error))
}

#[allow(clippy::disallowed_methods)] // the store's own file
fn open_new(path: &Path) -> io::Result<File> {
    system::private(OpenOptions::new().write(true).create_new(true)).open(path)
}

#[allow(clippy::disallowed_methods)] // a file of the store's
fn open_shared(path: &Path) -> io::Result<File> {
    system::private(OpenOptions::new().read(true).append(true).create(true)).open(path)
}

#[cfg(unix)]
mod system {
    use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};

    use super::{DirBuilder, File, Metadata, OpenOptions, Path, io};

    /// Device and inode.
    pub(crate) type Identity = (u64, u64);

    pub(super) fn identity(found: &Metadata) -> Identity {
        (found.dev(), found.ino())
    }

    pub(super) fn mode(found: &Metadata) -> u32 {
        found.mode()
    }

    /// For the owner alone; no link is followed, and a pipe in place of the file does not block.
    pub(super) fn private(options: &mut OpenOptions) -> &mut OpenOptions {
        options.mode(0o600).custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK)
    }

    pub(super) fn private_dir() -> DirBuilder {
        let mut builder = DirBuilder::new();
        builder.mode(0o700);
        builder
    }

    #[allow(clippy::disallowed_methods)] // a directory of the store's
    pub(super) fn flush_dir(dir: &Path) -> io::Result<()> {
        File::open(dir)?.sync_all()
    }
}

#[cfg(not(unix))]
mod system {
    use super::{DirBuilder, Metadata, OpenOptions, Path, io};

    /// An open file cannot be replaced here.
    pub(crate) type Identity = ();

    pub(super) fn identity(_: &Metadata) -> Identity {}

    pub(super) fn mode(_: &Metadata) -> u32 {
        0
    }

    pub(super) fn private(options: &mut OpenOptions) -> &mut OpenOptions {
        options
    }

    pub(super) fn private_dir() -> DirBuilder {
        DirBuilder::new()
    }

    /// No such thing here.
    pub(super) fn flush_dir(_: &Path) -> io::Result<()> {
        Ok(())
    }
}
