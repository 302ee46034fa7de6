//! The file system of this machine. The only place in the core that asks the disk where a path leads.
#![allow(clippy::disallowed_methods)] // this file is the replacement that the lint names

use std::io::{Error, ErrorKind};
use std::path::Path;

use super::files::{EntryKind, FileSystem, FileSystemError};

/// The file system of this machine, asked anew each time.
#[derive(Clone, Copy, Debug, Default)]
pub struct HostFileSystem;

impl FileSystem for HostFileSystem {
    fn kind(&self, path: &str) -> Result<EntryKind, FileSystemError> {
        // A path of another system would be taken for one in the working directory.
        if !Path::new(path).is_absolute() {
            return Ok(EntryKind::Unknown);
        }
        match std::fs::symlink_metadata(path) {
            Ok(found) if found.is_symlink() => Ok(EntryKind::Link),
            Ok(found) if found.is_dir() => Ok(EntryKind::Directory),
            Ok(_) => Ok(EntryKind::File),
            Err(error) => absent(&error),
        }
    }

    fn read_link(&self, path: &str) -> Result<String, FileSystemError> {
        let target = std::fs::read_link(path).map_err(|error| FileSystemError { clause: plain(&error) })?;
        target.into_os_string().into_string().map_err(|_| FileSystemError { clause: "a link's text is not UTF-8" })
    }

    /// Linux opens a path, without opening the file, only if it meets no link on the way.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    fn has_no_link(&self, path: &str) -> bool {
        use rustix::fs::{CWD, Mode, OFlags, ResolveFlags, openat2};
        use rustix::io::Errno;
        let bare = OFlags::PATH | OFlags::CLOEXEC;
        match openat2(CWD, path, bare, Mode::empty(), ResolveFlags::NO_SYMLINKS) {
            // A link would have been met before the name that is not there.
            Ok(_) | Err(Errno::NOENT | Errno::NOTDIR) => path.starts_with('/'),
            Err(_) => false,
        }
    }
}

fn absent(error: &Error) -> Result<EntryKind, FileSystemError> {
    match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => Ok(EntryKind::Missing),
        _ => Err(FileSystemError { clause: plain(error) }),
    }
}

fn plain(error: &Error) -> &'static str {
    match error.kind() {
        ErrorKind::PermissionDenied => "this process may not look there",
        ErrorKind::NotFound | ErrorKind::InvalidInput => "a link changed while it was read",
        ErrorKind::InvalidFilename => "a name is too long",
        _ => "the file system gave no answer",
    }
}
