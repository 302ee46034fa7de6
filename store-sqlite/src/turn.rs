//! Who writes next, among all processes of one file.
//!
//! SQLite lets in whoever asks at the right moment, so that a process with much to do could keep all others waiting. Here
//! one of those who wait is the next, and nobody gets in before it: not even who has just been.

use std::fs::File;
use std::path::Path;

use rusqlite::{Connection, Transaction, TransactionBehavior};

use crate::error::Failure;
use crate::file;
use crate::pool::Patience;

/// The place in front of the others.
#[derive(Debug)]
pub(crate) struct Turn {
    file: File,
}

/// While it lives, nobody else is next. It ends with the process.
struct Next<'a> {
    file: &'a File,
}

impl Turn {
    pub(crate) fn open(state: &Path) -> Result<Turn, Failure> {
        Ok(Turn { file: file::open_beside(state, "-turn")? })
    }

    /// Begins to write. [`Failure::Busy`] if another is next, or who writes does not end.
    pub(crate) fn begin<'a>(
        &self,
        connection: &'a Connection,
        patience: &Patience,
    ) -> Result<Transaction<'a>, Failure> {
        let _next = self.take()?;
        loop {
            match Transaction::new_unchecked(connection, TransactionBehavior::Immediate).map_err(Failure::from) {
                Err(Failure::Busy) if patience.blink() => {}
                begun => return begun,
            }
        }
    }

    fn take(&self) -> Result<Next<'_>, Failure> {
        match self.file.try_lock() {
            Ok(()) => Ok(Next { file: &self.file }),
            Err(std::fs::TryLockError::WouldBlock) => Err(Failure::Busy),
            Err(std::fs::TryLockError::Error(error)) => Err(Failure::Disk(format!("cannot lock: {error}"))),
        }
    }
}

impl Drop for Next<'_> {
    fn drop(&mut self) {
        let _ = self.file.unlock();
    }
}
