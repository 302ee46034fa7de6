//! The log on disk: one file of JSON lines per day, one chain over all files, threads and processes.

use std::path::{Path, PathBuf};

use super::file::{self, DayFile, Lock};
use super::own::Own;
use super::tail::{self, Tail};
use super::verify::{self, Verification};
use super::{AuditError, AuditSink, Chain, Entry, Receipt};
use crate::clock::Timestamp;

/// Keeps records in a directory, in a file per day (UTC) called `2026-11-21.jsonl`.
///
/// # Who may write
/// Any number of threads, processes and forked children at once, on one machine: an advisory lock on the file `.lock`
/// makes one chain of their records. The directory and its files are made for the owner alone.
///
/// # What a crash does
/// A process that dies leaves at most one unfinished line, which the next append mends. What the operating system has
/// not yet written when the machine itself dies is lost.
///
/// # When others change the files
/// A last line that is no record makes every append fail. If records are gone that this process knows of, it goes on
/// from what it knows, so that the gap stays visible.
pub struct JsonlLog {
    dir: PathBuf,
    state: Own<State>,
}

impl JsonlLog {
    /// A log in `dir`. Nothing on disk is touched before the first record.
    pub fn new(dir: PathBuf) -> JsonlLog {
        JsonlLog { dir, state: Own::default() }
    }

    /// Reads the whole log in `dir` and checks every byte. Records may be appended meanwhile; they are not read.
    ///
    /// # Errors
    /// The log cannot be read. What is wrong with its content is in [`Verification::problem`].
    pub fn verify(dir: &Path) -> Result<Verification, AuditError> {
        verify::verify(dir)
    }
}

impl AuditSink for JsonlLog {
    fn append(&self, at: Timestamp, entry: &Entry) -> Result<Receipt, AuditError> {
        let ts = at.to_string();
        self.state.with(|state| {
            let result = state.append(&self.dir, &ts, entry);
            if result.is_err() {
                state.open = None; // the next append looks at the disk afresh
            }
            result
        })
    }
}

#[derive(Default)]
struct State {
    open: Option<Open>,
    /// The end of the chain after this process's own last record.
    known: Option<Chain>,
    line: String,
}

struct Open {
    lock: Lock,
    turns: u64,
    tail: Tail,
}

/// A lock that is deleted again and again is not waited for forever.
const OPEN_TRIES: usize = 8;
/// A buffer larger than this is not kept.
const LINE_BYTES_KEPT: usize = 64 << 10;

impl State {
    fn append(&mut self, dir: &Path, ts: &str, entry: &Entry) -> Result<Receipt, AuditError> {
        for _ in 0..OPEN_TRIES {
            let lock = match &self.open {
                Some(open) => open.lock.clone(),
                None => {
                    file::make_dir(dir)?;
                    Lock::open(dir)?
                }
            };
            let _held = lock.hold()?;
            match lock.turns()? {
                Some(turns) => {
                    let open = self.current(dir, lock, turns)?;
                    return self.write(dir, open, ts, entry);
                }
                None => self.open = None, // somebody deleted it: other processes hold another by now
            }
        }
        Err(AuditError::Unwritable(format!("the lock in `{}` is deleted again and again", dir.display())))
    }

    /// The end of the log as it is now. The lock is held.
    fn current(&mut self, dir: &Path, lock: Lock, turns: u64) -> Result<Open, AuditError> {
        let is_current =
            |open: &Open| open.turns == turns && open.tail.last.as_ref().is_some_and(DayFile::is_unchanged);
        if let Some(open) = self.open.take().filter(is_current) {
            return Ok(open);
        }
        let mut tail = tail::find(dir)?;
        if let Some(known) = self.known.as_ref().filter(|known| known.next_seq() > tail.chain.next_seq()) {
            tail.chain = known.clone();
        }
        Ok(Open { lock, turns, tail })
    }

    fn write(&mut self, dir: &Path, mut open: Open, ts: &str, entry: &Entry) -> Result<Receipt, AuditError> {
        let sealed = open.tail.chain.seal(ts, entry, &mut self.line)?;
        open.turn_to(dir, ts.get(..10).unwrap_or_default())?;
        let Some(file) = &mut open.tail.last else { return Err(AuditError::Unwritable("no file is open".to_owned())) };
        file.append(sealed.line().as_bytes())?;
        let receipt = open.tail.chain.advance(&sealed);
        self.known = Some(open.tail.chain.clone());
        self.open = Some(open);
        self.line.shrink_to(LINE_BYTES_KEPT);
        Ok(receipt)
    }
}

impl Open {
    /// Makes the file of `day` the last one, unless there is a later one: a clock that steps back over midnight must
    /// not put a record before others.
    fn turn_to(&mut self, dir: &Path, day: &str) -> Result<(), AuditError> {
        if self.tail.last.as_ref().is_some_and(|last| last.day.as_str() >= day) {
            return Ok(());
        }
        if !file::is_day(day) {
            return Err(AuditError::Unwritable(format!("the clock says `{day}`, which is no day")));
        }
        self.lock.note_turn()?;
        self.turns += 1;
        let file = DayFile::open(dir, day)?;
        if file.len > 0 {
            return Err(AuditError::Tampered(format!("`{}` appeared while the log was locked", file.path.display())));
        }
        self.tail.last = Some(file);
        Ok(())
    }
}
