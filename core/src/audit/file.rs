//! The files of a log: where they are, and that nobody else can put others in their place.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::AuditError;

/// One day's file, open to read and to append.
pub(super) struct DayFile {
    /// `2026-11-21`.
    pub(super) day: String,
    pub(super) path: PathBuf,
    pub(super) file: File,
    /// Its length as this process left or found it.
    pub(super) len: u64,
    identity: Identity,
}

/// The lock that all processes of one log share.
#[derive(Clone)]
pub(super) struct Lock {
    file: Arc<File>,
    path: PathBuf,
}

/// While it lives, no other process appends.
pub(super) struct Held {
    file: Arc<File>,
}

/// Makes the directory for nobody but the owner, unless it is there.
pub(super) fn make_dir(dir: &Path) -> Result<(), AuditError> {
    let found = match dir.symlink_metadata() {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            private_dir().recursive(true).create(dir).map_err(|error| AuditError::io("create", dir, &error))?;
            dir.symlink_metadata()
        }
        found => found,
    };
    let found = found.map_err(|error| AuditError::io("look at", dir, &error))?;
    if found.is_symlink() {
        return Err(AuditError::Unsafe(format!("`{}` is a symbolic link", dir.display())));
    }
    if !found.is_dir() {
        return Err(AuditError::Unwritable(format!("`{}` is not a directory", dir.display())));
    }
    refuse_writers(dir, &found, EVERYONE)
}

/// The days that have a file, oldest first.
pub(super) fn days(dir: &Path) -> Result<Vec<String>, AuditError> {
    let problem = |error: &std::io::Error| AuditError::io("list", dir, error);
    let mut days = Vec::new();
    for entry in dir.read_dir().map_err(|error| problem(&error))? {
        let name = entry.map_err(|error| problem(&error))?.file_name();
        let day = name.to_str().and_then(|name| name.strip_suffix(".jsonl")).filter(|day| is_day(day));
        days.extend(day.map(str::to_owned));
    }
    days.sort();
    Ok(days)
}

/// Whether `text` has the form of a day.
pub(super) fn is_day(text: &str) -> bool {
    let digits = |bytes: &[u8]| bytes.iter().all(u8::is_ascii_digit);
    match text.as_bytes() {
        [year @ .., b'-', m1, m2, b'-', d1, d2] => year.len() == 4 && digits(year) && digits(&[*m1, *m2, *d1, *d2]),
        _ => false,
    }
}

pub(super) fn path_of(dir: &Path, day: &str) -> PathBuf {
    dir.join(format!("{day}.jsonl"))
}

/// Opens `path` to read.
pub(super) fn open_to_read(path: &Path) -> Result<File, AuditError> {
    open(path, OpenOptions::new().read(true))
}

impl DayFile {
    pub(super) fn open(dir: &Path, day: &str) -> Result<DayFile, AuditError> {
        let path = path_of(dir, day);
        let file = open(&path, OpenOptions::new().read(true).append(true).create(true))?;
        let found = file.metadata().map_err(|error| AuditError::io("look at", &path, &error))?;
        refuse_writers(&path, &found, GROUP_AND_EVERYONE)?;
        Ok(DayFile { day: day.to_owned(), len: found.len(), identity: identity(&found), path, file })
    }

    /// Whether the file under this name is still this one, as long as it was left.
    pub(super) fn is_unchanged(&self) -> bool {
        let found = self.path.symlink_metadata();
        found.is_ok_and(|found| found.len() == self.len && identity(&found) == self.identity)
    }

    /// Appends `bytes`, all or none of them.
    pub(super) fn append(&mut self, bytes: &[u8]) -> Result<(), AuditError> {
        if let Err(error) = (&self.file).write_all(bytes) {
            // If this fails too, the torn line is found and cut by whoever opens the file next.
            let _ = self.set_len(self.len);
            return Err(AuditError::io("write to", &self.path, &error));
        }
        self.len += bytes.len() as u64;
        Ok(())
    }

    /// Cuts the file back to `len` bytes.
    pub(super) fn cut(&mut self, len: u64) -> Result<(), AuditError> {
        self.set_len(len)?;
        self.len = len;
        Ok(())
    }

    /// Windows cuts no file that is open to append, so there it takes a second handle.
    fn set_len(&self, len: u64) -> Result<(), AuditError> {
        if self.file.set_len(len).is_ok() {
            return Ok(());
        }
        let file = open(&self.path, OpenOptions::new().write(true))?;
        file.set_len(len).map_err(|error| AuditError::io("repair", &self.path, &error))
    }
}

impl Lock {
    pub(super) fn open(dir: &Path) -> Result<Lock, AuditError> {
        let path = dir.join(LOCK_NAME);
        let file = open(&path, OpenOptions::new().read(true).append(true).create(true))?;
        Ok(Lock { file: Arc::new(file), path })
    }

    /// Opens the lock to wait for writers without becoming one. `None` if there is none.
    pub(super) fn open_to_read(dir: &Path) -> Option<Lock> {
        let path = dir.join(LOCK_NAME);
        let file = open_to_read(&path).ok()?;
        Some(Lock { file: Arc::new(file), path })
    }

    /// Waits until no other process appends.
    pub(super) fn hold(&self) -> Result<Held, AuditError> {
        self.wait(File::lock)
    }

    /// Waits like [`Lock::hold`], but next to others who only read.
    pub(super) fn hold_to_read(&self) -> Result<Held, AuditError> {
        self.wait(File::lock_shared)
    }

    fn wait(&self, lock: fn(&File) -> std::io::Result<()>) -> Result<Held, AuditError> {
        loop {
            match lock(&self.file) {
                Ok(()) => return Ok(Held { file: self.file.clone() }),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(AuditError::io("lock", &self.path, &error)),
            }
        }
    }

    /// How often a day's file was begun, as far as the lock knows. `None` if the lock was deleted.
    pub(super) fn turns(&self) -> Result<Option<u64>, AuditError> {
        let found = self.file.metadata().map_err(|error| AuditError::io("look at", &self.path, &error))?;
        Ok((!is_deleted(&found)).then_some(found.len()))
    }

    /// Tells every process that another day's file is being begun. They would not notice by looking at their own.
    pub(super) fn note_turn(&self) -> Result<(), AuditError> {
        self.file.as_ref().write_all(b".").map_err(|error| AuditError::io("write to", &self.path, &error))
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let _ = self.file.unlock();
    }
}

const LOCK_NAME: &str = ".lock";
const EVERYONE: u32 = 0o002;
const GROUP_AND_EVERYONE: u32 = 0o022;

#[allow(clippy::disallowed_methods)] // the audit log's own files
fn open(path: &Path, options: &mut OpenOptions) -> Result<File, AuditError> {
    let file = private(options).open(path).map_err(|error| match path.symlink_metadata() {
        Ok(found) if found.is_symlink() => AuditError::Unsafe(format!("`{}` is a symbolic link", path.display())),
        _ => AuditError::io("open", path, &error),
    })?;
    match file.metadata() {
        Ok(found) if found.is_file() => Ok(file),
        Ok(_) => Err(AuditError::Unsafe(format!("`{}` is not a file", path.display()))),
        Err(error) => Err(AuditError::io("look at", path, &error)),
    }
}

#[cfg(unix)]
mod system {
    use std::fs::{DirBuilder, Metadata, OpenOptions};
    use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
    use std::path::Path;

    use super::AuditError;

    /// Device and inode.
    pub(super) type Identity = (u64, u64);

    pub(super) fn identity(found: &Metadata) -> Identity {
        (found.dev(), found.ino())
    }

    pub(super) fn is_deleted(found: &Metadata) -> bool {
        found.nlink() == 0
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

    pub(super) fn refuse_writers(path: &Path, found: &Metadata, who: u32) -> Result<(), AuditError> {
        if found.mode() & who == 0 {
            return Ok(());
        }
        Err(AuditError::Unsafe(format!("others can write to `{}`; run `chmod go-w` on it", path.display())))
    }
}

#[cfg(not(unix))]
mod system {
    use std::fs::{DirBuilder, Metadata, OpenOptions};
    use std::path::Path;

    use super::AuditError;

    pub(super) type Identity = ();

    pub(super) fn identity(_: &Metadata) -> Identity {}

    /// An open file cannot be deleted here.
    pub(super) fn is_deleted(_: &Metadata) -> bool {
        false
    }

    pub(super) fn private(options: &mut OpenOptions) -> &mut OpenOptions {
        options
    }

    pub(super) fn private_dir() -> DirBuilder {
        DirBuilder::new()
    }

    pub(super) fn refuse_writers(_: &Path, _: &Metadata, _: u32) -> Result<(), AuditError> {
        Ok(())
    }
}

use system::{Identity, identity, is_deleted, private, private_dir, refuse_writers};
