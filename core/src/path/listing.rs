//! A file system that is a list, for tests and vectors.

use std::collections::BTreeMap;

use super::files::{EntryKind, FileSystem, FileSystemError};

/// A file system that is a list of paths.
///
/// ```
/// use toolgate::path::{EntryKind, FileSystem, StaticFileSystem};
/// let files = StaticFileSystem::new([("/workspace/notes.md", "file"), ("/workspace/out", "-> /etc")])?;
/// assert_eq!(files.kind("/workspace")?, EntryKind::Directory);
/// assert_eq!(files.read_link("/workspace/out")?, "/etc");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # What can be written behind a path?
/// `file`, `directory`, `-> ` and the text of a link, or `locked` for what this process may not look at, with all
/// beneath it. The directories above a path are there without being written; nothing else is.
#[derive(Clone, Debug, Default)]
pub struct StaticFileSystem {
    entries: BTreeMap<String, Entry>,
}

#[derive(Clone, Debug)]
enum Entry {
    File,
    Directory,
    Link(String),
    Locked,
}

impl StaticFileSystem {
    /// The file system of these paths in clean form.
    ///
    /// # Errors
    /// If a word behind a path is none of those above.
    pub fn new<'a>(listing: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<StaticFileSystem, FileSystemError> {
        let mut entries = BTreeMap::new();
        for (path, word) in listing {
            for directory in directories_above(path) {
                entries.entry(directory.to_owned()).or_insert(Entry::Directory);
            }
            entries.insert(path.to_owned(), entry(word)?);
        }
        Ok(StaticFileSystem { entries })
    }

    fn is_locked(&self, path: &str) -> bool {
        let locked = |path: &str| matches!(self.entries.get(path), Some(Entry::Locked));
        locked(path) || directories_above(path).any(locked)
    }
}

impl FileSystem for StaticFileSystem {
    fn kind(&self, path: &str) -> Result<EntryKind, FileSystemError> {
        if self.is_locked(path) {
            return Err(FileSystemError { clause: "this process may not look there" });
        }
        Ok(match self.entries.get(path) {
            Some(Entry::File) => EntryKind::File,
            Some(Entry::Link(_)) => EntryKind::Link,
            Some(_) => EntryKind::Directory,
            None => EntryKind::Missing,
        })
    }

    fn read_link(&self, path: &str) -> Result<String, FileSystemError> {
        match self.entries.get(path) {
            Some(Entry::Link(target)) => Ok(target.clone()),
            _ => Err(FileSystemError { clause: "there is no link" }),
        }
    }
}

fn entry(word: &str) -> Result<Entry, FileSystemError> {
    match word {
        "file" => Ok(Entry::File),
        "directory" => Ok(Entry::Directory),
        "locked" => Ok(Entry::Locked),
        _ => match word.strip_prefix("-> ") {
            Some(target) => Ok(Entry::Link(target.to_owned())),
            None => Err(FileSystemError { clause: "an entry is `file`, `directory`, `locked` or `-> ` and a target" }),
        },
    }
}

/// Every directory above `path`, deepest first, but for the root.
fn directories_above(path: &str) -> impl Iterator<Item = &str> {
    path.rmatch_indices('/')
        .filter_map(|(at, _)| path.get(..at))
        .filter(|path| !path.is_empty() && !path.ends_with(':'))
}
