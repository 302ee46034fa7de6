//! Reads a whole log and checks every byte of it.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use super::file::{self, Lock};
use super::line::{self, Line};
use super::{AuditError, Chain, RECORD_BYTES_MAX};
use crate::clock::Timestamp;

/// What a log holds, and the first thing wrong with it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verification {
    /// Records that are in order, up to the problem if there is one.
    pub records: u64,
    /// Files that were read.
    pub files: usize,
    /// When the first record was made.
    pub first: Option<Timestamp>,
    /// When the last record in order was made.
    pub last: Option<Timestamp>,
    /// The first thing that is wrong.
    pub problem: Option<Broken>,
}

/// Where a log is not as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// The file's name, such as `2026-11-21.jsonl`.
    pub file: String,
    /// The line, counted from 1.
    pub line: u64,
    /// The number of the record that was to be here.
    pub seq: u64,
    /// What is wrong, in one clause.
    pub why: String,
}

impl Verification {
    /// Whether nothing is wrong.
    pub fn is_whole(&self) -> bool {
        self.problem.is_none()
    }
}

/// Reads the log in `dir`, a line at a time.
pub(super) fn verify(dir: &Path) -> Result<Verification, AuditError> {
    let mut check = Check { chain: Chain::start(), found: Verification::default() };
    for (day, len) in snapshot(dir)? {
        check.found.files += 1;
        if let Err((line, why)) = check.file(dir, &day, len)? {
            let seq = check.chain.next_seq();
            check.found.problem = Some(Broken { file: format!("{day}.jsonl"), line, seq, why });
            break;
        }
    }
    Ok(check.found)
}

/// The days and the lengths of their files at one moment when nobody writes. What is appended later is not read, so
/// writers wait no longer than this takes.
fn snapshot(dir: &Path) -> Result<Vec<(String, u64)>, AuditError> {
    if dir.symlink_metadata().is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound) {
        return Ok(Vec::new());
    }
    let hold = || Lock::open_to_read(dir).as_ref().map(Lock::hold_to_read).transpose();
    let mut held = hold()?;
    if held.is_none() {
        // The first record ever may be on its way; by the time its file is there, so is the lock.
        let _ = file::days(dir)?;
        held = hold()?;
    }
    let days = file::days(dir)?.into_iter().map(|day| {
        let path = file::path_of(dir, &day);
        let found = path.symlink_metadata().map_err(|error| AuditError::io("look at", &path, &error))?;
        Ok((day, found.len()))
    });
    let lengths = days.collect();
    drop(held);
    lengths
}

struct Check {
    chain: Chain,
    found: Verification,
}

/// The line that is wrong, counted from 1, and why.
type Wrong = (u64, String);

impl Check {
    fn file(&mut self, dir: &Path, day: &str, len: u64) -> Result<Result<(), Wrong>, AuditError> {
        let path = file::path_of(dir, day);
        let mut reader = BufReader::with_capacity(64 << 10, file::open_to_read(&path)?.take(len));
        let mut bytes = Vec::new();
        let mut left = len;
        for number in 1.. {
            bytes.clear();
            let read = reader.by_ref().take(RECORD_BYTES_MAX as u64 + 1).read_until(b'\n', &mut bytes);
            let size = read.map_err(|error| AuditError::io("read", &path, &error))? as u64;
            left = left.saturating_sub(size);
            if size == 0 {
                break;
            }
            if let Err(why) = self.line(&bytes, day, number == 1) {
                return Ok(Err((number, why)));
            }
        }
        Ok(if left == 0 { Ok(()) } else { Err((1, "the file became shorter while it was read".to_owned())) })
    }

    fn line(&mut self, bytes: &[u8], day: &str, is_first: bool) -> Result<(), String> {
        let bytes = bytes.strip_suffix(b"\n").ok_or("the line is not finished; the next record mends or removes it")?;
        let text = std::str::from_utf8(bytes).map_err(|_| "the line is not text")?;
        let read = line::read(text)?;
        self.place(&read, day, is_first)?;
        self.chain = Chain::after_line(&read);
        self.found.records += 1;
        self.found.first.get_or_insert(read.at);
        self.found.last = Some(read.at);
        Ok(())
    }

    /// Whether the record belongs here: next in the chain, and in the file of its day. A file is begun by a record of
    /// its own day; a clock that stepped back puts records of earlier days behind it.
    fn place(&self, read: &Line<'_>, day: &str, is_first: bool) -> Result<(), String> {
        if read.seq != self.chain.next_seq() {
            return Err(format!("record {} stands where record {} belongs", read.seq, self.chain.next_seq()));
        }
        if read.prev != self.chain.prev() {
            return Err("the record does not follow the one before it".to_owned());
        }
        let own_day = read.at.day();
        if own_day.as_str() > day || (is_first && own_day != day) {
            return Err(format!("a record of {own_day} stands in the file of another day"));
        }
        Ok(())
    }
}
