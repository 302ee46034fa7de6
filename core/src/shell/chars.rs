//! Characters that are shared once they are whole, and grow in place before.

use std::ops::Deref;
use std::sync::Arc;

/// Some characters. A copy of them is cheap, unless they have just grown.
#[derive(Debug)]
pub(super) enum Chars {
    /// Whole, and perhaps used elsewhere too.
    Shared(Arc<str>),
    /// More may follow.
    Growing(String),
}

impl Chars {
    pub(super) fn push_str(&mut self, more: &str) {
        match self {
            Chars::Growing(text) => text.push_str(more),
            Chars::Shared(text) => {
                let mut grown = String::with_capacity((text.len() + more.len()) * 2);
                grown.push_str(text);
                grown.push_str(more);
                *self = Chars::Growing(grown);
            }
        }
    }

    /// The characters, to be kept elsewhere.
    pub(super) fn shared(&self) -> Arc<str> {
        match self {
            Chars::Shared(text) => Arc::clone(text),
            Chars::Growing(text) => Arc::from(&**text),
        }
    }

    /// Makes copies cheap from now on.
    pub(super) fn settle(&mut self) {
        if let Chars::Growing(text) = self {
            *self = Chars::Shared(Arc::from(&**text));
        }
    }
}

impl Default for Chars {
    fn default() -> Chars {
        Chars::Shared(Arc::default())
    }
}

impl Clone for Chars {
    fn clone(&self) -> Chars {
        Chars::Shared(self.shared())
    }
}

impl Deref for Chars {
    type Target = str;

    fn deref(&self) -> &str {
        match self {
            Chars::Shared(text) => text,
            Chars::Growing(text) => text,
        }
    }
}

impl PartialEq for Chars {
    fn eq(&self, other: &Chars) -> bool {
        match (self, other) {
            (Chars::Shared(one), Chars::Shared(other)) => one == other,
            _ => **self == **other,
        }
    }
}

impl Eq for Chars {}

impl From<&str> for Chars {
    fn from(text: &str) -> Chars {
        // An empty text needs no room of its own.
        if text.is_empty() { Chars::default() } else { Chars::Shared(Arc::from(text)) }
    }
}

impl From<Arc<str>> for Chars {
    fn from(text: Arc<str>) -> Chars {
        Chars::Shared(text)
    }
}

impl From<String> for Chars {
    fn from(text: String) -> Chars {
        Chars::Growing(text)
    }
}
