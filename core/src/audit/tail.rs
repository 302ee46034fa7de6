//! Finds the end of the chain on disk, and mends what a crash left there.
//!
//! A record is one write, so a crash leaves at most one unfinished line, at the very end. If only its line end is
//! missing, it gets that; otherwise it is cut off. Everything before it stands as it was written, or was tampered with.

use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use super::file::{self, DayFile};
use super::{AuditError, Chain, RECORD_BYTES_MAX};

/// The end of a log.
pub(super) struct Tail {
    pub(super) chain: Chain,
    /// The newest file that has a record.
    pub(super) last: Option<DayFile>,
}

/// Finds the end of the log in `dir`. The lock must be held.
pub(super) fn find(dir: &Path) -> Result<Tail, AuditError> {
    let mut tail = Tail { chain: Chain::start(), last: None };
    for (mut file, end) in newest_files(dir)? {
        if let Some(line) = &end.line {
            tail.chain = read(line).map_err(|why| tampered(&file, why))?;
        }
        mend(&mut file, &end, &mut tail.chain)?;
        if file.len > 0 {
            tail.last = Some(file);
        }
    }
    Ok(tail)
}

/// How a file ends.
struct End {
    /// The last line that has its end, without it.
    line: Option<Vec<u8>>,
    /// What follows that: an unfinished line, or nothing.
    rest: Vec<u8>,
}

/// The newest file that has a finished line and all newer ones, oldest first.
fn newest_files(dir: &Path) -> Result<Vec<(DayFile, End)>, AuditError> {
    let mut files = Vec::new();
    for day in file::days(dir)?.iter().rev() {
        let file = DayFile::open(dir, day)?;
        let end = read_end(&file)?;
        let is_enough = end.line.is_some();
        files.push((file, end));
        if is_enough {
            break;
        }
    }
    files.reverse();
    Ok(files)
}

fn mend(file: &mut DayFile, end: &End, chain: &mut Chain) -> Result<(), AuditError> {
    if end.rest.is_empty() {
        return Ok(());
    }
    match following(&end.rest, chain) {
        Some(next) => {
            file.append(b"\n")?;
            *chain = next;
            Ok(())
        }
        None => file.cut(file.len.saturating_sub(end.rest.len() as u64)),
    }
}

/// The chain after `line`, if that is a whole record and the next of `chain`.
fn following(line: &[u8], chain: &Chain) -> Option<Chain> {
    let text = std::str::from_utf8(line).ok()?;
    let read = super::line::read(text).ok()?;
    (read.seq == chain.next_seq() && read.prev == chain.prev()).then(|| Chain::after_line(&read))
}

fn read(line: &[u8]) -> Result<Chain, &'static str> {
    Chain::after(std::str::from_utf8(line).map_err(|_| "the line is not text")?)
}

fn tampered(file: &DayFile, why: &str) -> AuditError {
    AuditError::Tampered(format!("the last line of `{}`: {why}", file.path.display()))
}

/// Bytes looked at first; enough for the last records of nearly every log.
const WINDOW_BYTES: u64 = 16 << 10;
const WINDOW_BYTES_MAX: u64 = 2 * RECORD_BYTES_MAX as u64 + 2;

fn read_end(file: &DayFile) -> Result<End, AuditError> {
    let mut window = WINDOW_BYTES;
    loop {
        let size = window.min(file.len);
        let bytes = last_bytes(file, size).map_err(|error| AuditError::io("read", &file.path, &error))?;
        if let Some(end) = split(&bytes, size == file.len) {
            return Ok(end);
        }
        if window > WINDOW_BYTES_MAX {
            return Err(tampered(file, "it is longer than any record"));
        }
        window *= 8;
    }
}

fn last_bytes(file: &DayFile, size: u64) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut reader = &file.file;
    reader.seek(SeekFrom::Start(file.len - size))?;
    reader.take(size).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// How a file ends that ends in `bytes`; `None` if more bytes are needed to tell.
fn split(bytes: &[u8], is_whole_file: bool) -> Option<End> {
    let last_end = |bytes: &[u8]| bytes.iter().rposition(|byte| *byte == b'\n');
    let Some(line_end) = last_end(bytes) else {
        return is_whole_file.then(|| End { line: None, rest: bytes.to_vec() });
    };
    let before = bytes.get(..line_end)?;
    let start = match last_end(before) {
        Some(end) => end + 1,
        None if is_whole_file => 0,
        None => return None,
    };
    Some(End { line: Some(before.get(start..)?.to_vec()), rest: bytes.get(line_end + 1..)?.to_vec() })
}
