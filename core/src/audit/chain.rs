//! Links records: each carries the hash of the one before.

use std::sync::Arc;

use crate::canonical::sha256_hex;

use super::line::{self, Line};
use super::record::Entry;
use super::{AuditError, RECORD_BYTES_MAX, Receipt};

/// The end of a chain: what the next record will carry.
///
/// ```
/// use toolgate::audit::{Chain, Entry};
/// use toolgate::redact::Redactor;
/// let mut chain = Chain::start();
/// let entry = Entry::policy_loaded("sha256:00", "toolgate.yaml", &Redactor::default());
/// let mut line = String::new();
/// let sealed = chain.seal("2026-11-21T08:00:00.000000Z", &entry, &mut line)?;
/// assert!(sealed.line().starts_with(r#"{"event":"policy.loaded","hash":""#));
/// let receipt = chain.advance(&sealed);
/// assert_eq!((receipt.seq, chain.next_seq()), (0, 1));
/// # Ok::<(), toolgate::audit::AuditError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    next: u64,
    prev: Arc<str>,
}

/// A record with its place in the chain. Only a [`Chain`] makes one.
#[derive(Debug)]
pub struct Sealed<'l> {
    line: &'l str,
    seq: u64,
    hash: Arc<str>,
}

impl Chain {
    /// The chain that has no record yet.
    pub fn start() -> Chain {
        Chain { next: 0, prev: NO_RECORD.into() }
    }

    /// The chain that ends with the record `line`, given without its line end.
    ///
    /// # Errors
    /// What is wrong with `line`, in one clause.
    pub fn after(line: &str) -> Result<Chain, &'static str> {
        Ok(Chain::after_line(&line::read(line)?))
    }

    pub(super) fn after_line(line: &Line<'_>) -> Chain {
        Chain { next: line.seq.saturating_add(1), prev: line.hash.into() }
    }

    /// The number that the next record gets.
    pub fn next_seq(&self) -> u64 {
        self.next
    }

    /// The hash that the next record carries as `prev`.
    pub fn prev(&self) -> &str {
        &self.prev
    }

    /// Writes the next record into `line`. The chain moves on with [`Chain::advance`], once the record is kept.
    ///
    /// # Errors
    /// [`AuditError::TooLarge`].
    pub fn seal<'l>(&self, ts: &str, entry: &Entry, line: &'l mut String) -> Result<Sealed<'l>, AuditError> {
        let [to_hash, to_prev, to_seq, to_ts] = entry.parts();
        line.clear();
        line.push('{');
        line.push_str(to_hash);
        let hole = line.len();
        for part in [to_prev, "\"prev\":\"", &self.prev, "\",", to_seq, "\"seq\":"] {
            line.push_str(part);
        }
        line.push_str(&self.next.to_string());
        for part in [",", to_ts, "\"ts\":\"", ts, "\",\"v\":1}"] {
            line.push_str(part);
        }
        if line.len() > RECORD_BYTES_MAX - HASH_MEMBER_BYTES {
            return Err(AuditError::TooLarge);
        }
        let hash: Arc<str> = sha256_hex(&[line.as_bytes()]).into();
        line.insert_str(hole, &format!("\"hash\":\"{hash}\","));
        line.push('\n');
        Ok(Sealed { line, seq: self.next, hash })
    }

    /// Moves on past `sealed`, which has been kept.
    pub fn advance(&mut self, sealed: &Sealed<'_>) -> Receipt {
        self.next = sealed.seq.saturating_add(1);
        self.prev = sealed.hash.clone();
        Receipt { seq: sealed.seq, hash: sealed.hash.clone() }
    }
}

impl Sealed<'_> {
    /// The record as canonical JSON, with its line end.
    pub fn line(&self) -> &str {
        self.line
    }

    /// Its number.
    pub fn seq(&self) -> u64 {
        self.seq
    }

    /// Its hash.
    pub fn hash(&self) -> &str {
        &self.hash
    }
}

/// What the first record carries as `prev`.
pub(super) const NO_RECORD: &str = "0000000000000000000000000000000000000000000000000000000000000000";
const HASH_MEMBER_BYTES: usize = 74;
