//! What a `$` begins, back-quotes, and process substitutions.

use std::borrow::Cow;

use super::super::syntax::{Operation, Parameter, Part, Script};
use super::cursor::{Parser, Read};
use super::parts::Parts;
use super::recover::Closers;
use super::reserved::Reserved;
use super::word::Place;
use super::{SyntaxError, ansi};

/// Bytes of a parameter expansion that are kept for people to see.
const SOURCE_BYTES_MAX: usize = 256;

impl Parser<'_> {
    /// Reads what the `$` here begins; with nothing behind it, it stands for itself.
    pub(super) fn dollar(&mut self, place: Place, parts: &mut Parts) -> Read<()> {
        let start = self.at;
        self.at += 1;
        match self.peek() {
            b'(' => self.parenthesised(parts),
            b'{' => self.braced(start, place, parts),
            b'[' => self.bracketed(parts),
            b'\'' if place.knows_ansi() => self.ansi_quotes(parts),
            b'"' if place.knows_ansi() && !place.is_quoted() => self.double_quotes(parts),
            byte => {
                self.short_parameter(start, byte, place, parts);
                Ok(())
            }
        }
    }

    /// A parameter without braces, or a `$` alone.
    fn short_parameter(&mut self, start: usize, byte: u8, place: Place, parts: &mut Parts) {
        let Some(name) = self.short_name(byte) else { return parts.literal("$".into(), place.is_quoted()) };
        let source = self.source(start);
        let parameter = Parameter { name, index: None, indirect: false, operation: Operation::Value, source };
        parts.push(Part::Parameter(Box::new(parameter)));
    }

    /// The text from `start` to here, for people.
    pub(super) fn source(&self, start: usize) -> Box<str> {
        let text = self.slice(start, self.at);
        if text.len() <= SOURCE_BYTES_MAX {
            return text.into();
        }
        let shown = (0..=SOURCE_BYTES_MAX).rev().find_map(|end| text.get(..end)).unwrap_or_default();
        format!("{shown}…").into()
    }

    /// The name of a parameter without braces: of digits it is one.
    fn short_name(&mut self, byte: u8) -> Option<Box<str>> {
        match byte {
            b'0'..=b'9' | b'@' | b'*' | b'#' | b'?' | b'-' | b'$' | b'!' => {
                self.at += 1;
                Some(self.slice(self.at - 1, self.at).into())
            }
            _ if byte.is_ascii_alphabetic() || byte == b'_' => self.name(),
            _ => None,
        }
    }

    /// `$(…)` or `$((…))`, from the parenthesis on.
    fn parenthesised(&mut self, parts: &mut Parts) -> Read<()> {
        self.enter(1)?;
        self.at += 1;
        if self.peek() != b'(' || !self.arithmetic(parts)? {
            self.command_substitution(parts)?;
        }
        self.leave(1);
        Ok(())
    }

    /// `$((…))`, from the second parenthesis on. Tells whether it is one.
    fn arithmetic(&mut self, parts: &mut Parts) -> Read<bool> {
        let expression = self.expression()?;
        let is_one = expression.is_some();
        expression.into_iter().for_each(|expression| parts.push(Part::Arithmetic(Box::new(expression))));
        Ok(is_one)
    }

    /// `$(…)`, from behind the parenthesis on.
    fn command_substitution(&mut self, parts: &mut Parts) -> Read<()> {
        let script = self.substituted()?;
        parts.push(Part::Command(script));
        Ok(())
    }

    /// `$[…]`, from the bracket on.
    fn bracketed(&mut self, parts: &mut Parts) -> Read<()> {
        let expression = self.index()?;
        parts.push(Part::Arithmetic(Box::new(expression)));
        Ok(())
    }

    /// `<(…)` or `>(…)`.
    pub(super) fn process(&mut self, parts: &mut Parts) -> Read<()> {
        self.enter(1)?;
        let reads = self.byte(self.at) == b'<';
        self.at += 2;
        let script = self.substituted()?;
        parts.push(Part::Process { reads, script });
        self.leave(1);
        Ok(())
    }

    /// Commands up to the parenthesis that ends a substitution.
    fn substituted(&mut self) -> Read<Script> {
        let mut outer = std::mem::take(&mut self.pending);
        let in_substitution = std::mem::replace(&mut self.in_substitution, true);
        let in_braces = std::mem::replace(&mut self.in_braces, false);
        let awaited = self.awaited();
        self.set_awaited(Closers::PARENTHESIS);
        let mut script = Script::default();
        self.list(&mut script)?;
        self.expect(b')', "a substitution is not closed")?;
        self.set_awaited(awaited);
        self.in_substitution = in_substitution;
        self.in_braces = in_braces;
        // A here-document that has not begun yet begins on the next line, after those of the line around it.
        outer.append(&mut self.pending);
        self.pending = outer;
        Ok(script)
    }

    /// `${ …; }`, from behind the brace on.
    pub(super) fn brace_substitution(&mut self, parts: &mut Parts) -> Read<()> {
        self.eat(b'|');
        let in_braces = std::mem::replace(&mut self.in_braces, true);
        let mut script = Script::default();
        self.awaiting(Closers::GROUP, |parser| parser.list(&mut script))?;
        self.expect_reserved(Reserved::Close, "a substitution is not closed")?;
        self.in_braces = in_braces;
        parts.push(Part::Command(script));
        Ok(())
    }

    /// `$'…'`, from the quote on.
    fn ansi_quotes(&mut self, parts: &mut Parts) -> Read<()> {
        let body = self.slice(self.at + 1, self.end());
        let (text, length) = match ansi::decode(body) {
            Some(decoded) => decoded,
            None => self.miss("a quote is not closed").map(|()| (body.into(), body.len()))?,
        };
        self.visit(length);
        self.at += 1 + length;
        parts.quotes(text.into());
        Ok(())
    }

    /// A command between back-quotes: a level of backslashes goes, and what is left is a text of its own.
    pub(super) fn back_quotes(&mut self, place: Place, parts: &mut Parts) -> Read<()> {
        let start = self.at;
        let body = self.slice(start + 1, self.end());
        let length = match back_quoted_length(body) {
            Some(length) => length,
            None => self.miss("a back-quote is not closed").map(|()| body.len())?,
        };
        self.visit(2 * length);
        self.at += length + 1;
        self.close();
        let text = unescaped(self.slice(start + 1, start + 1 + length), place == Place::Double);
        self.enter(1)?;
        let script = self.inner_script(&text, start)?;
        self.leave(1);
        parts.push(Part::Command(script));
        Ok(())
    }

    fn inner_script(&mut self, text: &str, start: usize) -> Read<Script> {
        let text = text.into();
        let mut inner = self.inner(&text);
        let script = inner.script();
        self.join(&inner, start)?;
        #[cfg(test)]
        self.visit(inner.work.get());
        script.map_err(|error| Box::new(SyntaxError { offset: super::cursor::offset(start), ..*error }))
    }
}

impl Place {
    /// Whether `$'…'` is a quote.
    fn knows_ansi(self) -> bool {
        !matches!(self, Place::Double | Place::Document | Place::TabbedDocument | Place::Arithmetic | Place::Slice)
    }
}

/// How far it is to the back-quote without a backslash.
fn back_quoted_length(text: &str) -> Option<usize> {
    let mut escaped = false;
    text.bytes().position(|byte| {
        let ends = byte == b'`' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    })
}

/// The text without the backslashes that back-quotes take away.
fn unescaped(text: &str, in_double_quotes: bool) -> Cow<'_, str> {
    if !text.contains('\\') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some(escaped @ ('$' | '`' | '\\')) => out.push(escaped),
            Some('"') if in_double_quotes => out.push('"'),
            Some(other) => out.extend(['\\', other]),
            None => out.push('\\'),
        }
    }
    Cow::Owned(out)
}
