//! Opens files for JavaScript, which reads and writes them by their descriptor.

use std::fs::File;
use std::io::{Error, ErrorKind};

use napi::bindgen_prelude::AsyncTask;
use napi_derive::napi;
use toolgate::{Value, path};

use crate::aside::{Aside, aside};
use crate::values::object;

/// How a file is opened.
#[napi(object)]
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

impl From<OpenOptions> for path::OpenOptions {
    fn from(options: OpenOptions) -> path::OpenOptions {
        let OpenOptions { read, write, append, truncate, create, create_new } = options;
        path::OpenOptions { read, write, append, truncate, create, create_new }
    }
}

/// Opens the file `path` beneath `root`: JSON text of its `fd`, which is JavaScript's to close, or of what keeps it from
/// being opened, `errno` or `code` and `message`.
#[napi(catch_unwind)]
pub fn open_beneath(root: String, path: String, options: OpenOptions) -> AsyncTask<Aside> {
    aside(move || Some(told(path::open_beneath(root, path, &options.into()))))
}

/// Opens the file that a decision was about, by the path that came with it.
#[napi(catch_unwind)]
pub fn open_exactly(path: String, options: OpenOptions) -> AsyncTask<Aside> {
    aside(move || Some(told(path::open_exactly(path.as_ref(), &options.into()))))
}

fn told(opened: Result<File, Error>) -> String {
    match opened.and_then(handed_over) {
        Ok(fd) => object([("fd", Value::from(fd))]),
        Err(error) => object([
            ("errno", error.raw_os_error().map_or(Value::Null, |errno| Value::from(i64::from(errno)))),
            ("code", Value::from(code(&error))),
            ("message", Value::from(&*error.to_string())),
        ]),
    }
    .to_json()
}

/// What Node calls an error that has no number of the system's.
fn code(error: &Error) -> &'static str {
    match error.kind() {
        ErrorKind::InvalidInput => "EINVAL",
        ErrorKind::Unsupported => "ENOSYS",
        _ => "EACCES",
    }
}

#[cfg(unix)]
fn handed_over(file: File) -> Result<i64, Error> {
    use std::os::fd::IntoRawFd;
    Ok(i64::from(file.into_raw_fd()))
}

/// Node's descriptors on Windows are its C library's own, which nobody else can make.
#[cfg(not(unix))]
fn handed_over(_: File) -> Result<i64, Error> {
    Err(Error::new(ErrorKind::Unsupported, "files are opened on Unix alone"))
}
