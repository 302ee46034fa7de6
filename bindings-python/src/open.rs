//! Opens files for Python: the core opens, Python's own `open` makes a file object of what comes back.

use std::fs::File;
use std::io::Error;

use pyo3::prelude::*;
use toolgate::path::OpenOptions;

/// The flags of Python's `os` module that an opener may be given.
#[derive(FromPyObject)]
pub(crate) struct Flags {
    #[pyo3(item)]
    read: bool,
    #[pyo3(item)]
    write: bool,
    #[pyo3(item)]
    append: bool,
    #[pyo3(item)]
    truncate: bool,
    #[pyo3(item)]
    create: bool,
    #[pyo3(item)]
    create_new: bool,
}

impl From<Flags> for OpenOptions {
    fn from(flags: Flags) -> OpenOptions {
        let Flags { read, write, append, truncate, create, create_new } = flags;
        OpenOptions { read, write, append, truncate, create, create_new }
    }
}

/// The descriptor of an opened file, which is Python's to close.
pub(crate) fn descriptor(opened: Result<File, Error>) -> PyResult<i64> {
    Ok(handed_over(opened?))
}

#[cfg(unix)]
fn handed_over(file: File) -> i64 {
    use std::os::fd::IntoRawFd;
    i64::from(file.into_raw_fd())
}

/// On Windows, the handle; `msvcrt.open_osfhandle` makes a descriptor of it.
#[cfg(windows)]
fn handed_over(file: File) -> i64 {
    use std::os::windows::io::IntoRawHandle;
    file.into_raw_handle() as i64
}
