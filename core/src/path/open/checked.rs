//! Opens files beneath a directory where the system cannot refuse links by itself: the names are looked at before and
//! after.
#![allow(clippy::disallowed_methods)] // this file is the replacement that the lint names

use std::fs::File;
use std::io::{ErrorKind, Result};
use std::path::{Component, Path};

use super::{OpenOptions, refused};

/// Opens the file that `names` lead to from `root`.
pub(super) fn open(root: &Path, names: &Path, options: &OpenOptions) -> Result<File> {
    check(root, names)?;
    let mut std_options = std::fs::OpenOptions::new();
    std_options
        .read(options.read)
        .write(options.write)
        .append(options.append)
        // A file that turns out to be behind a link must not have been emptied.
        .truncate(false)
        .create(options.create)
        .create_new(options.create_new);
    refuse_to_follow(&mut std_options);
    let file = std_options.open(root.join(names))?;
    check(root, names)?;
    if options.truncate && !options.create_new {
        file.set_len(0)?;
    }
    Ok(file)
}

/// On Windows, opens a link itself rather than what it leads to; the check behind then finds it.
fn refuse_to_follow(options: &mut std::fs::OpenOptions) {
    #[cfg(windows)]
    {
        use std::os::windows::fs::OpenOptionsExt;
        const FILE_FLAG_OPEN_REPARSE_POINT: u32 = 0x0020_0000;
        options.custom_flags(FILE_FLAG_OPEN_REPARSE_POINT);
    }
    #[cfg(not(windows))]
    let _ = options;
}

/// Refuses if a name on the way is a link, or means something else than a name.
fn check(root: &Path, names: &Path) -> Result<()> {
    let mut path = root.to_owned();
    for name in names.components().map(Component::as_os_str) {
        // A stream, or a drive in disguise.
        if name.to_string_lossy().contains(':') {
            return Err(refused("a name has a colon"));
        }
        path.push(name);
        match std::fs::symlink_metadata(&path) {
            Ok(found) if found.is_symlink() => return Err(refused("a name on the way is a link")),
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
