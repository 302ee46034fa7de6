//! A log that lives as long as the process: for tests, and for hosts that keep records in their own way.

use super::own::Own;
use super::{AuditError, AuditSink, Chain, Entry, Receipt};
use crate::clock::Timestamp;

/// Keeps records in memory, chained as on disk. A forked child begins an empty one.
#[derive(Default)]
pub struct MemoryLog {
    state: Own<State>,
}

struct State {
    chain: Chain,
    lines: Vec<String>,
}

impl MemoryLog {
    /// An empty log.
    pub fn new() -> MemoryLog {
        MemoryLog::default()
    }

    /// The records so far, each with its line end.
    pub fn lines(&self) -> Vec<String> {
        self.state.with(|state| state.lines.clone())
    }
}

impl AuditSink for MemoryLog {
    fn append(&self, at: Timestamp, entry: &Entry) -> Result<Receipt, AuditError> {
        self.state.with(|state| {
            let mut line = String::new();
            let receipt = {
                let sealed = state.chain.seal(&at.to_string(), entry, &mut line)?;
                state.chain.advance(&sealed)
            };
            state.lines.push(line);
            Ok(receipt)
        })
    }
}

impl Default for State {
    fn default() -> State {
        State { chain: Chain::start(), lines: Vec::new() }
    }
}
