//! Redirections.

use super::super::syntax::{Redirect, RedirectKind};
use super::cursor::{Parser, Read};

impl Parser<'_> {
    /// Reads a redirection, if one stands here. Tells whether it did.
    pub(super) fn redirect(&mut self, redirects: &mut Vec<Redirect>) -> Read<bool> {
        self.blanks();
        let descriptor = self.descriptor();
        let is_one = match self.peek() {
            b'<' | b'>' => self.peek_second() != b'(',
            b'&' => self.peek_second() == b'>',
            _ => false,
        };
        if !is_one {
            return Ok(false);
        }
        let (kind, strips_tabs) = self.operator();
        let target = match kind {
            RedirectKind::Document => self.document(strips_tabs)?,
            _ => self.required_word("a redirection has no target")?,
        };
        // Without a target there is none, where reading goes on all the same.
        if !target.is_missing() || kind == RedirectKind::Document {
            redirects.push(Redirect { descriptor, kind, target });
        }
        Ok(true)
    }

    /// The number or the `{name}` directly before a redirection.
    fn descriptor(&mut self) -> Option<Box<str>> {
        let start = self.at;
        let found = match self.byte(start) {
            b'0'..=b'9' => self.take_while(|byte| byte.is_ascii_digit()),
            b'{' => self.descriptor_name().unwrap_or_default(),
            _ => return None,
        };
        if !found.is_empty() && matches!(self.peek(), b'<' | b'>') && self.peek_second() != b'(' {
            return Some(found);
        }
        self.at = start;
        None
    }

    fn descriptor_name(&mut self) -> Option<Box<str>> {
        self.at += 1;
        let name = self.name()?;
        let index = if self.byte(self.at) == b'[' {
            self.take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'[' | b']'))
        } else {
            Box::default()
        };
        self.eat(b'}').then(|| format!("{name}{index}").into())
    }

    /// Steps over the signs. Tells also whether a here-document loses its tabs.
    fn operator(&mut self) -> (RedirectKind, bool) {
        let first = self.peek();
        self.at += 1;
        let kind = match first {
            b'<' => return self.input_operator(),
            b'>' if self.eat(b'>') => RedirectKind::Append,
            b'>' if self.eat(b'&') => RedirectKind::DuplicateOutput,
            b'>' => {
                self.eat(b'|');
                RedirectKind::Write
            }
            _ => {
                self.eat(b'>');
                if self.eat(b'>') { RedirectKind::AppendBoth } else { RedirectKind::WriteBoth }
            }
        };
        (kind, false)
    }

    fn input_operator(&mut self) -> (RedirectKind, bool) {
        if self.eat(b'<') {
            if self.eat(b'<') {
                return (RedirectKind::Text, false);
            }
            return (RedirectKind::Document, self.eat(b'-'));
        }
        let kind = match self.peek() {
            b'&' => RedirectKind::DuplicateInput,
            b'>' => RedirectKind::ReadWrite,
            _ => return (RedirectKind::Read, false),
        };
        self.at += 1;
        (kind, false)
    }
}
