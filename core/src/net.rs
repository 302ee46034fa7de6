//! Reads a URL into the host it leads to.

use std::sync::Arc;

/// A URL in its normal form.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CleanUrl {
    text: Arc<str>,
}

impl CleanUrl {
    /// The URL as text.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}
