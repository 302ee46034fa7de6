//! Reads the text of a shell line or a script into its syntax tree.
//!
//! The grammar is that of bash with its extended patterns; nothing is expanded. The text is read once, from the front:
//! what stands in a substitution is parsed where it stands. Only three things are looked at twice: a name that may
//! begin an assignment or a descriptor, the parentheses of `((`, and the text between back-quotes, which loses a level
//! of backslashes first. So the work grows with the length of the text, and nesting is bounded.
//!
//! What bash itself finds wrong only when it runs the line, such as `${a b}`, is an error here.

mod ansi;
mod arithmetic;
mod assignment;
mod command;
mod compound;
mod conditional;
mod cursor;
mod document;
mod dollar;
mod fill;
mod list;
mod parameter;
mod parts;
mod recover;
mod redirect;
mod reserved;
mod word;

use std::borrow::Cow;
use std::fmt;

use super::syntax::Script;
use cursor::Parser;
pub use recover::{Recovered, recover};

/// A text that is no shell script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// Where it was noticed, in bytes.
    pub offset: u32,
    /// Why, in one clause for a person.
    pub what: Cow<'static, str>,
}

/// Reads `text` as a script.
///
/// # Errors
/// What bash would not run, what is nested deeper than [`COMMAND_DEPTH_MAX`](crate::limits::COMMAND_DEPTH_MAX), and a
/// NUL byte, which no shell can be given.
pub fn parse(text: &str) -> Result<Script, SyntaxError> {
    if let Some(offset) = text.find('\0') {
        return Err(SyntaxError { offset: cursor::offset(offset), what: "it holds a NUL byte".into() });
    }
    Parser::new(&text.into(), 0).script().map_err(|error| *error)
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (at byte {})", self.what, self.offset)
    }
}

impl std::error::Error for SyntaxError {}

#[cfg(test)]
mod tests;
