//! Words: what stands between blanks, and what stands inside quotes, braces and brackets, which is read alike.

use super::super::syntax::{Part, Word};
use super::cursor::{Parser, Read};
use super::parts::Parts;

/// Where characters stand: what ends them, and which quotes they know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Place {
    /// A word of a command.
    Plain,
    /// Right of `=~`: parentheses and `|` are part of it.
    Regex,
    /// Up to a `]`.
    Index,
    /// An expression whose end is known.
    Arithmetic,
    /// In `${…}`, up to its `}`.
    Operand,
    /// In a `${…}` that stands in double quotes: `'` stands for itself.
    OperandDouble,
    /// The pattern of `${name/pattern/text}`, up to the `/` or the `}`.
    Replaced,
    /// An expression of `${name:offset:length}`, up to the `:` or the `}`.
    Slice,
    /// In double quotes.
    Double,
    /// The body of a here-document, whose end is known.
    Document,
    /// The same, without the tabs at the front of its lines.
    TabbedDocument,
}

/// What is open inside a word, without a level of nesting of its own.
#[derive(Default)]
struct Open {
    /// Parentheses and brackets.
    brackets: usize,
    /// `?` of an expression, whose `:` ends nothing.
    questions: usize,
    /// A `'` in double quotes, where it stands for itself but still protects a `}`.
    apostrophe: bool,
}

impl Parser<'_> {
    /// Reads a word. It is [`missing`](Word::is_missing) if something else stands here.
    pub(super) fn word(&mut self, place: Place) -> Read<Word> {
        self.peek();
        self.word_from(self.at, Parts::default(), place)
    }

    /// Reads on in a word that began at `start` with `parts`.
    pub(super) fn word_from(&mut self, start: usize, mut parts: Parts, place: Place) -> Read<Word> {
        let end = self.parts(place, &mut parts)?;
        Ok(Word { parts: parts.finish(), span: (super::cursor::offset(start), super::cursor::offset(end)) })
    }

    pub(super) fn required_word(&mut self, what: &'static str) -> Read<Word> {
        self.blanks();
        let word = self.word(Place::Plain)?;
        if word.is_missing() {
            self.miss(what)?;
        }
        Ok(word)
    }

    /// Reads parts up to what ends them, and tells where the last one ended.
    pub(super) fn parts(&mut self, place: Place, parts: &mut Parts) -> Read<usize> {
        let mut open = Open::default();
        let mut end = self.at;
        loop {
            let start = self.at;
            self.run(place);
            if self.at > start {
                self.literal(start, place.is_quoted(), parts);
                end = self.at;
            }
            let Some(byte) = self.rest().first().copied() else { break };
            if byte == b'\\' && self.byte(self.at + 1) == b'\n' {
                self.at += 2;
                continue;
            }
            if self.special(byte, place, &mut open, parts)? {
                return Ok(end);
            }
            end = self.at;
        }
        if !place.ends_with_the_text() || open.brackets > 0 {
            self.miss(place.unclosed())?;
        }
        Ok(end)
    }

    /// Reads one part, which begins with `byte`. Tells whether nothing was read, as the word ends here.
    fn special(&mut self, byte: u8, place: Place, open: &mut Open, parts: &mut Parts) -> Read<bool> {
        match byte {
            b'\\' => self.backslash(place, parts),
            b'$' => self.dollar(place, parts)?,
            b'`' => self.back_quotes(place, parts)?,
            b'\'' if place != Place::OperandDouble => self.single_quotes(parts)?,
            b'"' if place != Place::Double => self.inner_quotes(open, parts)?,
            b'<' | b'>' if self.byte(self.at + 1) == b'(' => self.process(parts)?,
            _ if self.ends(byte, place, open, parts) => return Ok(true),
            _ => {
                self.at += 1;
                self.literal(self.at - 1, place.is_quoted(), parts);
                if place == Place::TabbedDocument {
                    self.tabs();
                }
            }
        }
        Ok(false)
    }

    /// Whether `byte` ends the characters, and what it opens or closes if it does not.
    fn ends(&self, byte: u8, place: Place, open: &mut Open, parts: &Parts) -> bool {
        match (place, byte) {
            (Place::Plain, b'(') if open.brackets == 0 && !parts.ends_in_pattern_sign() => return true,
            (Place::Plain | Place::Regex | Place::Slice, b'(') | (Place::Index | Place::Slice, b'[') => {
                open.brackets += 1;
            }
            (Place::Regex, b'|') => {}
            (Place::Plain | Place::Regex, b')') | (Place::Index, b']') if open.brackets > 0 => open.brackets -= 1,
            (Place::Plain | Place::Regex, _) => return open.brackets == 0,
            (Place::Slice, b')' | b']') => open.brackets = open.brackets.saturating_sub(1),
            (Place::Slice, b'?') => open.questions += 1,
            (Place::Slice, b':') if open.questions > 0 => open.questions -= 1,
            (Place::Slice, b':') => return open.brackets == 0,
            (Place::OperandDouble, b'\'') => open.apostrophe = !open.apostrophe,
            (Place::OperandDouble, b'}') => return !open.apostrophe,
            (Place::Operand | Place::Replaced, b'<' | b'>') | (Place::TabbedDocument, b'\n') => {}
            _ => return true,
        }
        false
    }

    /// Steps over characters that mean nothing special in `place`.
    fn run(&mut self, place: Place) {
        let rest = self.rest();
        let length = rest.iter().position(|byte| stops(*byte) & place.bit() != 0).unwrap_or(rest.len());
        self.visit(length + 1);
        self.at += length;
    }

    /// Adds the characters from `start` to here, which stand for themselves.
    fn literal(&self, start: usize, quoted: bool, parts: &mut Parts) {
        parts.literal(self.cut(start, self.at), quoted);
    }

    fn backslash(&mut self, place: Place, parts: &mut Parts) {
        let behind = self.slice(self.at + 1, self.end());
        let Some(escaped) = behind.chars().next() else {
            self.at += 1;
            return self.literal(self.at - 1, true, parts);
        };
        let start = if place.escapes(escaped) { self.at + 1 } else { self.at };
        self.at += 1 + escaped.len_utf8();
        self.literal(start, true, parts);
    }

    fn single_quotes(&mut self, parts: &mut Parts) -> Read<()> {
        let start = self.at + 1;
        let length = self.rest().iter().skip(1).position(|byte| *byte == b'\'');
        let length = match length {
            Some(length) => length,
            None => self.miss("a quote is not closed").map(|()| self.end() - start)?,
        };
        self.visit(length);
        self.at = start + length;
        self.close();
        parts.quotes(self.cut(start, start + length));
        Ok(())
    }

    /// Double quotes, also inside an operand that stands in double quotes itself.
    fn inner_quotes(&mut self, open: &Open, parts: &mut Parts) -> Read<()> {
        let start = self.at;
        self.double_quotes(parts)?;
        // bash pairs the apostrophes first and the quotes later; shells differ in what comes of it.
        if open.apostrophe && self.slice(start, self.at).contains('\'') {
            self.miss("quotes of both kinds are mixed inside an expansion")?;
        }
        Ok(())
    }

    /// Double quotes, the first of which stands here.
    pub(super) fn double_quotes(&mut self, parts: &mut Parts) -> Read<()> {
        self.enter(1)?;
        self.at += 1;
        let mut inner = Parts::default();
        self.parts(Place::Double, &mut inner)?;
        self.close();
        self.leave(1);
        parts.push(Part::Double(inner.finish().into_vec()));
        Ok(())
    }
}

impl Word {
    /// Whether nothing was read.
    pub(super) fn is_missing(&self) -> bool {
        self.parts.is_empty()
    }
}

impl Place {
    const fn bit(self) -> u16 {
        1 << self as u8
    }

    /// Whether plain characters are quoted.
    pub(super) fn is_quoted(self) -> bool {
        matches!(self, Place::OperandDouble | Place::Double | Place::Document | Place::TabbedDocument)
    }

    /// Whether a backslash before `escaped` goes, and does not stand for itself.
    fn escapes(self, escaped: char) -> bool {
        match self {
            Place::Double => matches!(escaped, '$' | '`' | '"' | '\\'),
            Place::OperandDouble => matches!(escaped, '$' | '`' | '"' | '\\' | '}'),
            Place::Document | Place::TabbedDocument => matches!(escaped, '$' | '`' | '\\'),
            _ => true,
        }
    }

    fn ends_with_the_text(self) -> bool {
        use Place::{Arithmetic, Document, Plain, Regex, TabbedDocument};
        matches!(self, Plain | Regex | Arithmetic | Document | TabbedDocument)
    }

    fn unclosed(self) -> &'static str {
        match self {
            Place::Double => "a quote is not closed",
            Place::Index => "a bracket is not closed",
            Place::Plain | Place::Regex => "the parentheses of a pattern are not closed",
            _ => "an expansion is not closed",
        }
    }
}

/// The places in which `byte` is not plain.
const fn stops(byte: u8) -> u16 {
    use Place::{Document, Double, Index, Operand, OperandDouble, Plain, Regex, Replaced, Slice, TabbedDocument};
    let words = Plain.bit() | Regex.bit();
    let operands = Operand.bit() | Replaced.bit();
    match byte {
        b'\\' | b'$' | b'`' => u16::MAX,
        b'\'' => !(Double.bit() | Document.bit() | TabbedDocument.bit()),
        b'"' => !(Document.bit() | TabbedDocument.bit()),
        b'\n' => words | TabbedDocument.bit(),
        b' ' | b'\t' | b'|' | b'&' | b';' => words,
        b'<' | b'>' => words | operands,
        b'(' | b')' => words | Slice.bit(),
        b'[' | b']' => Index.bit() | Slice.bit(),
        b'}' => operands | OperandDouble.bit() | Slice.bit(),
        b'/' => Replaced.bit(),
        b':' | b'?' => Slice.bit(),
        _ => 0,
    }
}
