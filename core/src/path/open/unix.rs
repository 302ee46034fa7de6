//! Opens files beneath a directory on Unix, where a directory that is held open cannot be swapped for another.
#![allow(clippy::disallowed_methods)] // this file is the replacement that the lint names

use std::ffi::OsStr;
use std::fs::File;
use std::io::{Error, Result};
use std::os::fd::OwnedFd;
use std::path::{Component, Path};

use rustix::fs::{Mode, OFlags, openat};

use super::OpenOptions;

/// What a file made anew may be used for, before the process's own mask.
const NEW_FILE: Mode =
    Mode::RUSR.union(Mode::WUSR).union(Mode::RGRP).union(Mode::WGRP).union(Mode::ROTH).union(Mode::WOTH);

/// Opens the file that `names` lead to from `root`.
pub(super) fn open(root: &Path, names: &Path, options: &OpenOptions) -> Result<File> {
    let root = openat(rustix::fs::CWD, root, directory_flags(), Mode::empty())?;
    let flags = flags(options);
    match at_once(&root, names, flags) {
        Some(opened) => Ok(opened?.into()),
        None => name_by_name(root, names, flags).map(File::from),
    }
}

/// Opens it in one call that follows no link; nothing where the kernel has no such call or may not be asked.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn at_once(root: &OwnedFd, names: &Path, flags: OFlags) -> Option<Result<OwnedFd>> {
    use rustix::fs::{ResolveFlags, openat2};
    use rustix::io::Errno;
    // The kernel asks to try again when something on the way was renamed meanwhile. Whoever keeps renaming is refused.
    const TRIES: usize = 16;
    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
    // The call refuses a mode that nothing could use.
    let mode = if flags.contains(OFlags::CREATE) { NEW_FILE } else { Mode::empty() };
    for _ in 0..TRIES {
        match openat2(root, names, flags, mode, resolve) {
            Err(Errno::AGAIN) => {}
            // A sandbox that does not know the call may say that it is not permitted; the other way finds out.
            Err(Errno::NOSYS | Errno::PERM) => return None,
            opened => return Some(opened.map_err(Error::from)),
        }
    }
    Some(Err(Errno::AGAIN.into()))
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn at_once(_: &OwnedFd, _: &Path, _: OFlags) -> Option<Result<OwnedFd>> {
    None
}

/// Opens each directory in turn, holding the one above, and refuses whatever is a link.
pub(super) fn name_by_name(root: OwnedFd, names: &Path, flags: OFlags) -> Result<OwnedFd> {
    let mut names: Vec<&OsStr> = names.components().map(Component::as_os_str).collect();
    let last = names.pop().unwrap_or_default();
    let mut directory = root;
    for name in names {
        directory = openat(&directory, name, directory_flags() | OFlags::NOFOLLOW, Mode::empty())?;
    }
    Ok(openat(&directory, last, flags | OFlags::NOFOLLOW, NEW_FILE)?)
}

fn directory_flags() -> OFlags {
    let bare = OFlags::DIRECTORY | OFlags::CLOEXEC;
    // To pass through a directory one need not be able to list it.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    return bare | OFlags::PATH;
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    return bare | OFlags::RDONLY;
}

pub(super) fn flags(options: &OpenOptions) -> OFlags {
    let access = match (options.read, options.write || options.append) {
        (true, true) => OFlags::RDWR,
        (false, true) => OFlags::WRONLY,
        (_, false) => OFlags::RDONLY,
    };
    let more = [
        (options.append, OFlags::APPEND),
        (options.truncate && !options.create_new, OFlags::TRUNC),
        (options.create || options.create_new, OFlags::CREATE),
        (options.create_new, OFlags::EXCL),
    ];
    let chosen = more.into_iter().filter(|(is_set, _)| *is_set).map(|(_, flag)| flag);
    chosen.fold(access | OFlags::CLOEXEC | OFlags::NOCTTY, |all, flag| all | flag)
}
