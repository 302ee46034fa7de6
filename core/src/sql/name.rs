//! The name of a table in one spelling.

use std::fmt;
use std::sync::Arc;

use super::dialect::Dialect;

/// The name of a table, its schema before it if that is known: `public.users`. A part that differs from a plain name in
/// lower case stands in double quotes.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TableName {
    text: Arc<str>,
    parts: Box<[Box<str>]>,
    default_schema: Option<&'static str>,
}

impl TableName {
    /// The name made of `parts`, outermost first.
    pub(super) fn new(parts: Vec<String>, dialect: Dialect) -> TableName {
        let text = parts.join(".").into();
        let parts = parts.into_iter().map(String::into_boxed_str).collect();
        TableName { text, parts, default_schema: dialect.default_schema() }
    }

    /// The whole name.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Its parts, outermost first, the table last. A part `*` is everything there is.
    pub fn parts(&self) -> &[Box<str>] {
        &self.parts
    }

    /// The schema that tables of its database are usually in.
    pub fn usual_schema(&self) -> Option<&'static str> {
        self.default_schema
    }

    /// The schema it is in if it names none and its database has a usual one.
    pub fn default_schema(&self) -> Option<&'static str> {
        self.default_schema.filter(|_| self.parts.len() == 1)
    }
}

impl fmt::Display for TableName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
