//! The parts of a word in the making.

use std::sync::Arc;

use smallvec::SmallVec;

use super::super::chars::Chars;
use super::super::syntax::Part;

/// Parts, the last of which may still grow.
#[derive(Default)]
pub(super) struct Parts {
    done: SmallVec<[Part; 1]>,
    run: Chars,
    /// Whether `run` is quoted.
    quoted: bool,
}

impl Parts {
    /// Adds characters that stand for themselves. What is quoted in the same way becomes one part.
    pub(super) fn literal(&mut self, text: &str, quoted: bool) {
        if self.run.is_empty() {
            // Most parts are one piece of the text.
            self.run = text.into();
        } else if self.quoted == quoted {
            self.run.push_str(text);
        } else {
            self.end_run();
            self.run = text.into();
        }
        self.quoted = quoted;
    }

    /// Adds the inside of quotes; they leave a part even if there is nothing in them.
    pub(super) fn quotes(&mut self, text: &str) {
        if text.is_empty() {
            self.push(Part::Quoted(Arc::default()));
        } else {
            self.literal(text, true);
        }
    }

    pub(super) fn push(&mut self, part: Part) {
        self.end_run();
        self.done.push(part);
    }

    pub(super) fn finish(mut self) -> SmallVec<[Part; 1]> {
        self.end_run();
        self.done
    }

    /// Whether a parenthesis would now begin an extended pattern.
    pub(super) fn ends_in_pattern_sign(&self) -> bool {
        !self.quoted && self.run.ends_with(['?', '*', '+', '@', '!'])
    }

    fn end_run(&mut self) {
        if !self.run.is_empty() {
            let text = std::mem::take(&mut self.run).shared();
            self.done.push(if self.quoted { Part::Quoted(text) } else { Part::Text(text) });
        }
    }
}
