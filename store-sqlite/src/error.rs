//! What goes wrong with a database, in the words of a store.

use rusqlite::ErrorCode;

/// Why an attempt failed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Others are in the way: it may be tried again.
    Busy,
    /// The disk, or the way to it.
    Disk(String),
    /// What is in the file is not what belongs there.
    Content(String),
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Failure {
        let text = error.to_string();
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::FileLockingProtocolFailed) => {
                Failure::Busy
            }
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Failure::Content(text),
            // A table or a column that is missing, or a value where none may be.
            Some(ErrorCode::Unknown | ErrorCode::ConstraintViolation | ErrorCode::TypeMismatch) | None => {
                Failure::Content(text)
            }
            Some(_) => Failure::Disk(text),
        }
    }
}
