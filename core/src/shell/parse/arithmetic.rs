//! Tells `((expression))` from a command in two pairs of parentheses.
//!
//! The second parenthesis decides: an expression is what ends with `))` when only quotes and brackets are looked at, as
//! bash does it. What one look finds for the parentheses inside is kept, so that nested ones are not looked at again.

use super::super::syntax::Word;
use super::cursor::{END, Parser, Read};
use super::word::Place;
use crate::limits;

/// How many times the length of the text may be looked through for parentheses; an ordinary text needs it once.
const LOOKS_MAX: usize = 8;

/// How many parentheses, braces and quotes may be open at once; those of an expression are not nested otherwise.
const OPEN_MAX: usize = 4 * limits::COMMAND_DEPTH_MAX;

/// What is open while looking for a parenthesis.
enum Open {
    Parenthesis(usize),
    Brace { in_quotes: bool },
    Quotes,
    BackQuotes,
}

impl Parser<'_> {
    /// Reads the expression whose second parenthesis stands here, and both that close it. If it is none, nothing is
    /// read.
    pub(super) fn expression(&mut self) -> Read<Option<Word>> {
        let Some(close) = self.close_of(self.at)? else { return Ok(None) };
        let last = self.unjoined(close + 1);
        if self.byte(last) != b')' {
            return Ok(None);
        }
        self.at += 1;
        let expression = self.within(close, |parser| parser.word(Place::Arithmetic))?;
        self.at = last + 1;
        Ok(Some(expression))
    }

    /// Where the parenthesis at `open` closes.
    fn close_of(&mut self, open: usize) -> Read<Option<usize>> {
        if !self.closes.contains_key(&open) {
            self.look(open)?;
        }
        let close = self.closes.get(&open).copied().flatten();
        Ok(close.filter(|close| *close < self.end()))
    }

    fn look(&mut self, start: usize) -> Read<()> {
        self.closes.insert(start, None);
        let mut open = vec![Open::Parenthesis(start)];
        let mut at = start + 1;
        while !open.is_empty() && at < self.end() {
            at = self.look_at(at, &mut open);
            if open.len() > OPEN_MAX {
                return Err(self.error("it is nested too deeply"));
            }
        }
        // What is still open never closes.
        for parenthesis in open {
            if let Open::Parenthesis(place) = parenthesis {
                self.closes.insert(place, None);
            }
        }
        self.looked += at - start;
        if self.looked > LOOKS_MAX * self.end() {
            return Err(self.error("too many parentheses are not closed"));
        }
        Ok(())
    }

    /// Looks at what stands at `at`, and tells where to look next.
    fn look_at(&mut self, at: usize, open: &mut Vec<Open>) -> usize {
        let (byte, next) = (self.byte(at), self.byte(at + 1));
        match (open.last(), byte) {
            (_, b'\\') => return at + 2,
            (Some(Open::BackQuotes), b'`') | (Some(Open::Quotes), b'"') | (Some(Open::Brace { .. }), b'}') => {
                open.pop();
            }
            (Some(Open::BackQuotes), _) => {}
            (_, b'`') => open.push(Open::BackQuotes),
            (_, b'$') if next == b'(' => {
                open.push(Open::Parenthesis(at + 1));
                return at + 2;
            }
            (top, b'$') if next == b'{' => {
                let in_quotes = matches!(top, Some(Open::Quotes | Open::Brace { in_quotes: true }));
                open.push(Open::Brace { in_quotes });
                return at + 2;
            }
            (Some(Open::Quotes), _) => {}
            (_, b'"') => open.push(Open::Quotes),
            (Some(Open::Brace { in_quotes: true }), _) => {}
            (_, b'$') if next == b'\'' => return self.behind_quote(at + 2, true),
            (_, b'\'') => return self.behind_quote(at + 1, false),
            (Some(Open::Parenthesis(_)), b'(') => open.push(Open::Parenthesis(at)),
            (Some(Open::Parenthesis(place)), b')') => {
                // Only a second parenthesis is ever asked about.
                if self.closes.contains_key(place) || self.byte(place.wrapping_sub(1)) == b'(' {
                    self.closes.insert(*place, Some(at));
                }
                open.pop();
            }
            _ => {}
        }
        at + 1
    }

    /// Where the text goes on behind the next `'`.
    fn behind_quote(&self, mut at: usize, has_escapes: bool) -> usize {
        loop {
            match self.byte(at) {
                b'\'' => return at + 1,
                b'\\' if has_escapes => at += 2,
                END => return self.end(),
                _ => at += 1,
            }
        }
    }
}
