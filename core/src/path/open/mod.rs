//! Opens exactly the file that was decided about: no name on the way may be a link.
//!
//! Between the decision and the opening somebody may put a link where a file was. The guard cannot see that; whoever
//! opens the file can refuse to follow it.

// Tested everywhere, since only the tests of Windows would find it broken.
#[cfg(any(not(unix), test))]
mod checked;
#[cfg(unix)]
mod unix;

use std::fs::File;
use std::io::{Error, ErrorKind, Result};
use std::path::{Component, Path, PathBuf};

#[cfg(not(unix))]
use checked as system;
#[cfg(unix)]
use unix as system;

/// How a file is opened; the fields mean what those of [`std::fs::OpenOptions`] do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OpenOptions {
    /// For reading.
    pub read: bool,
    /// For writing.
    pub write: bool,
    /// For writing at the end.
    pub append: bool,
    /// Emptied first.
    pub truncate: bool,
    /// Made if it is not there.
    pub create: bool,
    /// Made, and refused if it is there.
    pub create_new: bool,
}

impl OpenOptions {
    /// For reading.
    pub fn reading() -> OpenOptions {
        OpenOptions { read: true, ..OpenOptions::default() }
    }

    /// For writing a file from its start, made if it is not there.
    pub fn writing() -> OpenOptions {
        OpenOptions { write: true, truncate: true, create: true, ..OpenOptions::default() }
    }

    /// Whether the file may be changed.
    pub fn changes(&self) -> bool {
        self.write || self.append || self.truncate || self.create || self.create_new
    }
}

/// Opens the file `relative` beneath the directory `root`.
///
/// No name of `relative` may be a link, not even one that stays beneath `root`, and none may be `..`: what is opened is
/// what the names say, whatever happens to the tree meanwhile. `root` itself is trusted and may be reached by links. A
/// file made anew can be read and written as the process's own usual settings say.
///
/// On Windows and where the system has no such call, the names are checked before and after opening; a link that comes
/// and goes between can be missed there. A hard link is a name like any other and is not seen anywhere.
///
/// ```
/// use std::io::Read;
/// use toolgate::path::{OpenOptions, open_beneath};
/// # let dir = tempfile::tempdir()?;
/// # let root = dir.path();
/// # std::fs::write(root.join("notes.md"), "hello")?;
/// let mut text = String::new();
/// open_beneath(root, "notes.md", &OpenOptions::reading())?.read_to_string(&mut text)?;
/// assert_eq!(text, "hello");
/// assert!(open_beneath(root, "../notes.md", &OpenOptions::reading()).is_err());
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Errors
/// Whatever keeps the file from being opened; a link on the way is one of these.
pub fn open_beneath(root: impl AsRef<Path>, relative: impl AsRef<Path>, options: &OpenOptions) -> Result<File> {
    let names = plain_names(relative.as_ref())?;
    check_options(options)?;
    system::open(root.as_ref(), &names, options)
}

/// Opens the file at `path`, an absolute path no name of which may be a link.
///
/// # Errors
/// Whatever keeps the file from being opened; a link on the way is one of these.
pub fn open_exactly(path: &Path, options: &OpenOptions) -> Result<File> {
    let root: PathBuf =
        path.components().take_while(|part| matches!(part, Component::Prefix(_) | Component::RootDir)).collect();
    if !path.is_absolute() {
        return Err(refused("the path is not absolute"));
    }
    open_beneath(&root, path.strip_prefix(&root).unwrap_or(path), options)
}

/// `path` if it is nothing but names.
fn plain_names(path: &Path) -> Result<PathBuf> {
    let mut names = PathBuf::new();
    for part in path.components() {
        match part {
            Component::Normal(name) => names.push(name),
            Component::CurDir => {}
            _ => return Err(refused("the path leads out of its root")),
        }
    }
    if names.as_os_str().is_empty() {
        return Err(refused("the path names no file"));
    }
    Ok(names)
}

fn check_options(options: &OpenOptions) -> Result<()> {
    let writes = options.write || options.append;
    if writes || options.read && !options.changes() {
        return Ok(());
    }
    Err(Error::new(ErrorKind::InvalidInput, "a file is opened for reading, or changed by writing"))
}

fn refused(clause: &str) -> Error {
    Error::new(ErrorKind::PermissionDenied, clause)
}

#[cfg(test)]
#[cfg(unix)]
mod tests;
