//! Here-documents: their delimiters, and their bodies on the lines that follow.

use smallvec::SmallVec;

use super::super::syntax::{Operation, Part, Word};
use super::cursor::{END, Parser, Read, offset};
use super::parts::Parts;
use super::word::Place;

/// How many levels of nesting a body counts as. Its end is looked for before it is read, so that documents inside
/// documents are looked at once for each level.
const LEVELS: usize = 8;

/// What marks the target of a redirection whose body has not been put there yet; its number is the other half.
const UNFILLED: u32 = u32::MAX;

/// A here-document that has not begun.
pub(super) struct Pending {
    number: usize,
    delimiter: Box<str>,
    quoted: bool,
    strips_tabs: bool,
}

impl Parser<'_> {
    /// Reads the delimiter of a here-document, and gives what stands for its body until [`fill`](super::fill) puts it
    /// there.
    pub(super) fn document(&mut self, strips_tabs: bool) -> Read<Word> {
        let word = self.required_word("a here-document has no delimiter")?;
        if word.is_missing() {
            return Ok(word);
        }
        let (delimiter, quoted) = match delimiter(&word) {
            Some(delimiter) => delimiter,
            None => self.miss("a here-document's delimiter is an expansion").map(|()| (self.written(&word), true))?,
        };
        let number = self.bodies.len();
        self.pending.push(Pending { number, delimiter, quoted, strips_tabs });
        self.bodies.push(Word::default());
        Ok(Word { parts: SmallVec::new(), span: (offset(number), UNFILLED) })
    }

    /// Reads the bodies that begin here, at the start of a line.
    pub(super) fn documents(&mut self) -> Read<()> {
        for pending in std::mem::take(&mut self.pending) {
            let start = self.at;
            let (end, next) = self.document_end(&pending);
            let parts = self.within(end, |parser| parser.body(&pending))?;
            if let Some(body) = self.bodies.get_mut(pending.number) {
                *body = Word { parts: parts.into(), span: (offset(start), offset(end)) };
            }
            self.at = next;
        }
        Ok(())
    }

    fn body(&mut self, pending: &Pending) -> Read<Vec<Part>> {
        if pending.quoted {
            let text = self.cut(self.at, self.end());
            let text = if pending.strips_tabs { without_tabs(&text).into() } else { text };
            return Ok(vec![Part::Quoted(text)]);
        }
        let in_substitution = std::mem::replace(&mut self.in_substitution, false);
        let mut parts = Parts::default();
        let place = if pending.strips_tabs { Place::TabbedDocument } else { Place::Document };
        if pending.strips_tabs {
            self.tabs();
        }
        self.enter(LEVELS)?;
        self.parts(place, &mut parts)?;
        self.leave(LEVELS);
        self.in_substitution = in_substitution;
        // A document in a substitution of the body, without a line of its own, is empty.
        self.pending.clear();
        Ok(vec![Part::Double(parts.finish().into_vec())])
    }

    pub(super) fn tabs(&mut self) {
        self.at += self.rest().iter().take_while(|byte| **byte == b'\t').count();
    }

    /// Where the body that begins here ends, and where the text goes on. Without its delimiter it ends with the text.
    fn document_end(&self, pending: &Pending) -> (usize, usize) {
        let mut line = self.at;
        while line < self.end() {
            if let Some(next) = self.behind_delimiter(line, pending) {
                return (line, next);
            }
            line = self.next_line(line, !pending.quoted);
        }
        (self.end(), self.end())
    }

    /// Where the text goes on, if the line at `line` ends the document.
    fn behind_delimiter(&self, line: usize, pending: &Pending) -> Option<usize> {
        let mut at = line;
        while pending.strips_tabs && self.byte(at) == b'\t' {
            at += 1;
        }
        let joined = |at| if pending.quoted { at } else { self.unjoined(at) };
        for byte in pending.delimiter.bytes() {
            at = joined(at);
            if self.byte(at) != byte {
                return None;
            }
            at += 1;
        }
        at = joined(at);
        match self.byte(at) {
            b'\n' => Some(at + 1),
            END => Some(at),
            // As bash does: `EOF)` closes the document and the substitution around it.
            _ if self.in_substitution => {
                let rest = self.slice(at, self.next_line(at, !pending.quoted));
                rest.contains(')').then_some(at)
            }
            _ => None,
        }
    }

    /// The start of the line after the one at `at`; lines may be `joined` by a backslash.
    fn next_line(&self, mut at: usize, joined: bool) -> usize {
        loop {
            let rest = self.bytes_from(at);
            let stop = rest.iter().position(|byte| *byte == b'\n' || (joined && *byte == b'\\'));
            let Some(stop) = stop else { return self.end() };
            self.visit(stop + 1);
            if rest.get(stop) == Some(&b'\n') {
                return at + stop + 1;
            }
            at += stop + 2;
        }
    }
}

impl Word {
    /// The number of the here-document whose body belongs here.
    pub(super) fn unfilled(&self) -> Option<usize> {
        (self.span.1 == UNFILLED).then_some(self.span.0 as usize)
    }
}

/// The line that ends a document, and whether quotes in the word make its body plain text. An expansion in it is not
/// done: a `$x` stands for itself.
fn delimiter(word: &Word) -> Option<(Box<str>, bool)> {
    let mut text = String::new();
    let mut quoted = false;
    for part in &word.parts {
        match part {
            Part::Text(plain) => text.push_str(plain),
            Part::Quoted(inner) => {
                quoted = true;
                text.push_str(inner);
            }
            Part::Double(inner) => {
                quoted = true;
                inner.iter().try_for_each(|part| push_plain(part, &mut text))?;
            }
            other => push_plain(other, &mut text)?,
        }
    }
    Some((text.into(), quoted))
}

fn push_plain(part: &Part, text: &mut String) -> Option<()> {
    match part {
        Part::Quoted(inner) => text.push_str(inner),
        Part::Parameter(parameter) if parameter.operation == Operation::Value && parameter.index.is_none() => {
            text.push_str(&parameter.source);
        }
        _ => return None,
    }
    Some(())
}

fn without_tabs(text: &str) -> String {
    text.split_inclusive('\n').map(|line| line.trim_start_matches('\t')).collect()
}
