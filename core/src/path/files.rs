//! What the reader of links may ask about a disk: what stands under a name, and where a link leads.

use std::fmt;

/// A tree of files, as far as following links needs one.
///
/// # Which paths is it asked about?
/// Absolute ones in clean form (`/a/b`, or `C:/a/b` by the rules of Windows), name by name from the root: no name above
/// the last one is a link. It is asked anew each time, since a remembered answer could be outlived by a link.
///
/// # Which are there?
/// [`HostFileSystem`](super::HostFileSystem) is this machine's, [`NoFileSystem`] knows nothing, and
/// [`StaticFileSystem`](super::StaticFileSystem) is a list for tests.
pub trait FileSystem: Send + Sync {
    /// What stands at `path` itself, not what it leads to.
    ///
    /// # Errors
    /// If that cannot be found out, such as in a directory that this process may not search.
    fn kind(&self, path: &str) -> Result<EntryKind, FileSystemError>;

    /// The text of the link at `path`.
    ///
    /// # Errors
    /// If there is no link any more, or its text cannot be read.
    fn read_link(&self, path: &str) -> Result<String, FileSystemError>;

    /// Whether no name of `path` is a link, as far as its names are there, where that can be told by one question
    /// instead of one for each name. `false` says nothing, and is what a file system answers that has no such question.
    fn has_no_link(&self, path: &str) -> bool {
        let _ = path;
        false
    }
}

/// What stands under a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// Nothing.
    Missing,
    /// A symbolic link, or what Windows calls a junction.
    Link,
    /// A directory.
    Directory,
    /// A file, or anything else that nothing lies beneath.
    File,
    /// Nobody knows; the path is taken as it is written.
    Unknown,
}

/// Why a file system has no answer, in one clause for a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileSystemError {
    /// The clause.
    pub clause: &'static str,
}

impl fmt::Display for FileSystemError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.clause)
    }
}

impl std::error::Error for FileSystemError {}

/// No file system: every path is taken as it is written, and links are not followed.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoFileSystem;

impl FileSystem for NoFileSystem {
    fn kind(&self, _: &str) -> Result<EntryKind, FileSystemError> {
        Ok(EntryKind::Unknown)
    }

    fn read_link(&self, _: &str) -> Result<String, FileSystemError> {
        Err(FileSystemError { clause: "there is no file system" })
    }
}
