//! Reads a path into the one place it names, without touching the disk.

use std::sync::Arc;

/// An absolute path without `.`, `..` or doubled separators.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CleanPath {
    text: Arc<str>,
}

impl CleanPath {
    /// The path as text.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}
