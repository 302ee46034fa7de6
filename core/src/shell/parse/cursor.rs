//! The place in the text that is being read, and how deep it is nested.
//!
//! A backslash at the end of a line joins it with the next before anything else is looked at, so [`Parser::peek`] and
//! whatever is built on it never see one. Quotes, comments and here-documents read the bytes themselves.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::super::slice::Slice;
use super::super::syntax::{Script, Word};
use super::SyntaxError;
use super::document::Pending;
use super::fill;
use super::recover::Recovery;
use crate::limits;

/// A text on its way to a tree.
pub(super) struct Parser<'t> {
    text: &'t Rc<str>,
    /// What may be read: the text up to the end of a construct whose end is known.
    bytes: &'t [u8],
    pub(super) at: usize,
    pub(super) depth: usize,
    /// Whether a here-document may end on a line that also holds the `)` around it.
    pub(super) in_substitution: bool,
    /// Whether a `}` ends the list wherever a command may begin: the list stands in `${ …; }`.
    pub(super) in_braces: bool,
    /// Here-documents whose bodies begin on the next line.
    pub(super) pending: Vec<Pending>,
    /// The bodies read so far, by the numbers of their here-documents.
    pub(super) bodies: Vec<Word>,
    /// Where the second parenthesis of each `((` that was looked at closes, if it does.
    pub(super) closes: BTreeMap<usize, Option<usize>>,
    /// Bytes looked at to find that out.
    pub(super) looked: usize,
    /// Set if reading goes on behind what is wrong.
    pub(super) recovery: Option<Box<Recovery>>,
    /// Bytes looked at, some of them more than once.
    #[cfg(test)]
    pub(super) work: std::cell::Cell<usize>,
}

/// What reading a construct gives. The error is behind a box, so that the recursion needs little stack.
pub(super) type Read<T> = Result<T, Box<SyntaxError>>;

/// The end of the text, where a byte is asked for: NUL is not in it.
pub(super) const END: u8 = 0;

impl<'t> Parser<'t> {
    pub(super) fn new(text: &'t Rc<str>, depth: usize) -> Parser<'t> {
        Parser {
            text,
            bytes: text.as_bytes(),
            at: 0,
            depth,
            in_substitution: false,
            in_braces: false,
            pending: Vec::new(),
            bodies: Vec::new(),
            closes: BTreeMap::new(),
            looked: 0,
            recovery: None,
            #[cfg(test)]
            work: std::cell::Cell::new(0),
        }
    }

    /// Reads the whole text.
    pub(super) fn script(&mut self) -> Read<Script> {
        let mut script = Script::default();
        self.list(&mut script)?;
        if self.peek() != END {
            self.miss_next()?;
        }
        self.documents()?;
        if !self.bodies.is_empty() {
            fill::fill(&mut script, &mut self.bodies);
        }
        Ok(script)
    }

    /// The byte at `at`, with line joints.
    pub(super) fn byte(&self, at: usize) -> u8 {
        self.visit(1);
        self.bytes.get(at).copied().unwrap_or(END)
    }

    /// The next byte, behind any line joints.
    pub(super) fn peek(&mut self) -> u8 {
        let byte = self.byte(self.at);
        if byte != b'\\' {
            return byte;
        }
        self.at = self.unjoined(self.at);
        self.byte(self.at)
    }

    /// The byte after the next.
    pub(super) fn peek_second(&self) -> u8 {
        self.byte(self.unjoined(self.at + 1))
    }

    /// Where `at` leads over line joints.
    pub(super) fn unjoined(&self, mut at: usize) -> usize {
        while self.byte(at) == b'\\' && self.byte(at + 1) == b'\n' {
            at += 2;
        }
        at
    }

    /// Steps over `byte` if it is the next.
    pub(super) fn eat(&mut self, byte: u8) -> bool {
        let is_next = self.peek() == byte;
        self.at += usize::from(is_next);
        is_next
    }

    /// Steps over the sign that closes what was read, if the text does not end before it.
    pub(super) fn close(&mut self) {
        self.at = (self.at + 1).min(self.end());
    }

    pub(super) fn expect(&mut self, byte: u8, what: &'static str) -> Read<()> {
        if self.eat(byte) { Ok(()) } else { self.miss(what) }
    }

    /// Steps over blanks, line joints and a comment.
    pub(super) fn blanks(&mut self) {
        while matches!(self.peek(), b' ' | b'\t') {
            self.at += 1;
        }
        if self.byte(self.at) == b'#' {
            let length = self.rest().iter().position(|byte| *byte == b'\n').unwrap_or(self.rest().len());
            self.visit(length);
            self.at += length;
        }
    }

    /// Steps over blanks, comments and line ends, and over the here-documents behind a line end.
    pub(super) fn lines(&mut self) -> Read<()> {
        self.blanks();
        while self.byte(self.at) == b'\n' {
            self.at += 1;
            self.documents()?;
            self.blanks();
        }
        Ok(())
    }

    /// A name of letters, digits and `_`, if one begins here.
    pub(super) fn name(&mut self) -> Option<Box<str>> {
        let start = self.at;
        let first = self.peek();
        if !(first.is_ascii_alphabetic() || first == b'_') {
            self.at = start;
            return None;
        }
        Some(self.take_while(|byte| byte.is_ascii_alphanumeric() || byte == b'_'))
    }

    /// The bytes, line joints aside, as long as they are `wanted`.
    pub(super) fn take_while(&mut self, wanted: impl Fn(u8) -> bool) -> Box<str> {
        let start = self.at;
        let length = self.rest().iter().position(|byte| !wanted(*byte)).unwrap_or(self.rest().len());
        self.at += length;
        self.visit(length);
        let begun = self.slice(start, self.at);
        if !wanted(self.byte(self.unjoined(self.at))) {
            return begun.into();
        }
        let mut taken = begun.to_owned();
        while wanted(self.peek()) {
            taken.push(char::from(self.byte(self.at)));
            self.at += 1;
        }
        taken.into()
    }

    /// What may be read and was not.
    pub(super) fn rest(&self) -> &'t [u8] {
        self.bytes_from(self.at)
    }

    pub(super) fn bytes_from(&self, at: usize) -> &'t [u8] {
        self.bytes.get(at..).unwrap_or_default()
    }

    pub(super) fn slice(&self, start: usize, end: usize) -> &'t str {
        self.text.get(start..end).unwrap_or_default()
    }

    /// The same, to be kept.
    pub(super) fn cut(&self, start: usize, end: usize) -> Slice {
        Slice::of(self.text, start, end)
    }

    pub(super) fn span_from(&self, start: usize) -> (u32, u32) {
        (offset(start), offset(self.at))
    }

    /// Where what may be read ends.
    pub(super) fn end(&self) -> usize {
        self.bytes.len()
    }

    /// Runs `read` on the text up to `end`, and goes on behind it.
    pub(super) fn within<T>(&mut self, end: usize, read: impl FnOnce(&mut Self) -> Read<T>) -> Read<T> {
        let all = self.bytes;
        self.bytes = all.get(..end).unwrap_or(all);
        let value = read(self)?;
        self.bytes = all;
        self.at = end;
        Ok(value)
    }

    /// Goes some levels deeper. Whoever does so comes back with [`leave`](Parser::leave); after an error nobody needs to.
    pub(super) fn enter(&mut self, levels: usize) -> Read<()> {
        if self.depth + levels > limits::COMMAND_DEPTH_MAX {
            return Err(self.error("it is nested too deeply"));
        }
        self.depth += levels;
        Ok(())
    }

    pub(super) fn leave(&mut self, levels: usize) {
        self.depth -= levels;
    }

    pub(super) fn error(&self, what: &'static str) -> Box<SyntaxError> {
        Box::new(SyntaxError { offset: offset(self.at.min(self.end())), what: what.into() })
    }

    /// The next character stands where it cannot.
    #[cold]
    pub(super) fn unexpected(&mut self) -> Box<SyntaxError> {
        let what = match self.peek() {
            END => "it ends in the middle of a command".into(),
            b'\n' => "a line ends in the middle of a command".into(),
            _ => {
                let found = self.slice(self.at, self.end()).chars().next().unwrap_or_default();
                format!("{found:?} cannot stand here").into()
            }
        };
        Box::new(SyntaxError { offset: offset(self.at), what })
    }

    #[cfg(test)]
    pub(super) fn visit(&self, count: usize) {
        self.work.set(self.work.get() + count);
    }

    #[cfg(not(test))]
    pub(super) fn visit(&self, _: usize) {}
}

/// A place in a text, which is far shorter than what fits.
pub(super) fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}
