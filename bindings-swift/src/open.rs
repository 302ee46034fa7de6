//! Opens files for Swift: the core opens, Foundation makes a `FileHandle` of what comes back.

use std::fs::File;
use std::io::Error;

use toolgate::path::OpenOptions;

use crate::error::NativeError;

/// How a file is opened, as the core says it.
#[derive(uniffi::Record)]
pub(crate) struct NativeOpenOptions {
    read: bool,
    write: bool,
    append: bool,
    truncate: bool,
    create: bool,
    create_new: bool,
}

impl From<NativeOpenOptions> for OpenOptions {
    fn from(options: NativeOpenOptions) -> OpenOptions {
        let NativeOpenOptions { read, write, append, truncate, create, create_new } = options;
        OpenOptions { read, write, append, truncate, create, create_new }
    }
}

/// The descriptor of a file beneath `root`.
#[uniffi::export]
fn open_beneath(root: String, path: String, options: NativeOpenOptions) -> Result<i32, NativeError> {
    descriptor(toolgate::path::open_beneath(root, path, &options.into()))
}

/// The descriptor of an opened file, which is Swift's to close.
#[cfg(unix)]
pub(crate) fn descriptor(opened: Result<File, Error>) -> Result<i32, NativeError> {
    use std::os::fd::IntoRawFd;
    Ok(opened?.into_raw_fd())
}

/// There is none on a system that has handles instead.
#[cfg(not(unix))]
pub(crate) fn descriptor(opened: Result<File, Error>) -> Result<i32, NativeError> {
    opened?;
    Err(Error::from(std::io::ErrorKind::Unsupported).into())
}
