//! The audit log: one hash-chained line per event.
//!
//! A record is canonical JSON. Its `hash` covers every other field, `prev` among them, which is the hash of the record
//! before. So no record can be changed, moved or taken out of the middle without a trace; [`JsonlLog::verify`] finds
//! it. Whoever can write the files can still cut the end off or make the whole log anew: a chain alone cannot tell.

mod chain;
mod file;
mod jsonl;
mod line;
mod memory;
mod own;
mod record;
mod tail;
mod verify;

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use crate::clock::Timestamp;

pub use chain::{Chain, Sealed};
pub use jsonl::JsonlLog;
pub use memory::MemoryLog;
pub use record::{Entry, Outcome, Status};
pub use verify::{Broken, Verification};

/// Bytes of one record. No call within the limits comes near.
pub const RECORD_BYTES_MAX: usize = 16 << 20;

/// Takes records and keeps them.
pub trait AuditSink: Send + Sync {
    /// Makes `entry` the next record of the chain, as of `at`. When this returns, the record is kept.
    ///
    /// # Errors
    /// The record was not kept. A decision that cannot be recorded must not stand.
    fn append(&self, at: Timestamp, entry: &Entry) -> Result<Receipt, AuditError>;
}

/// Says which record an entry became.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Its number, from 0.
    pub seq: u64,
    /// Its hash.
    pub hash: Arc<str>,
}

/// Why a record was not kept, or a log not read. Names places, never what is recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AuditError {
    /// The disk, or whatever holds the log, refused. Trying again may help.
    Unwritable(String),
    /// Others could change the log, or have put something else in its place.
    Unsafe(String),
    /// The end of the log is not what was written there.
    Tampered(String),
    /// The record is larger than [`RECORD_BYTES_MAX`].
    TooLarge,
}

impl AuditError {
    fn io(doing: &str, path: &Path, error: &std::io::Error) -> AuditError {
        AuditError::Unwritable(format!("cannot {doing} `{}`: {error}", path.display()))
    }
}

impl fmt::Display for AuditError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AuditError::Unwritable(what) => f.write_str(what),
            AuditError::Unsafe(what) => write!(f, "the audit log is not safe: {what}"),
            AuditError::Tampered(what) => write!(f, "the audit log was changed: {what}"),
            AuditError::TooLarge => write!(f, "the record is larger than {} MiB", RECORD_BYTES_MAX >> 20),
        }
    }
}

impl std::error::Error for AuditError {}

#[cfg(test)]
#[allow(clippy::disallowed_methods)] // tests lay out logs and damage them
mod tests;
