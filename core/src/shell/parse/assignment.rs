//! Assignments before a command, and those that builtins such as `declare` take as words.

use super::super::syntax::{Assignment, Part, Word};
use super::cursor::{Parser, Read};
use super::parts::Parts;
use super::word::Place;

/// What stands where an assignment may stand.
pub(super) enum Begun {
    Assignment(Assignment),
    Word(Word),
}

/// Builtins that take `name=(values)` as words.
const DECLARE: [&str; 6] = ["alias", "declare", "export", "local", "readonly", "typeset"];

impl Parser<'_> {
    /// Reads an assignment or a word.
    pub(super) fn assignment(&mut self) -> Read<Begun> {
        self.peek();
        let start = self.at;
        let Some(name) = self.name() else { return self.word(Place::Plain).map(Begun::Word) };
        let index = match self.peek() {
            b'[' => Some(self.index()?),
            b'=' | b'+' => None,
            _ => {
                self.at = start;
                return self.word(Place::Plain).map(Begun::Word);
            }
        };
        let Some(append) = self.equals() else { return self.word_behind_index(start, &name, index).map(Begun::Word) };
        let value = self.value()?;
        Ok(Begun::Assignment(Assignment { name, index, append, value }))
    }

    /// Reads `name=(values)`, if it stands here.
    pub(super) fn array_word(&mut self) -> Read<Option<Word>> {
        self.peek();
        let start = self.at;
        let name = self.name();
        if let (Some(name), Some(append)) = (name, self.equals())
            && self.peek() == b'('
        {
            let sign = if append { "+=" } else { "=" };
            let values = self.array()?;
            let parts = vec![Part::Text(format!("{name}{sign}").into()), values];
            return Ok(Some(Word { parts, span: self.span_from(start) }));
        }
        self.at = start;
        Ok(None)
    }

    /// The index in the brackets that open here.
    pub(super) fn index(&mut self) -> Read<Word> {
        self.at += 1;
        let index = self.nested(|parser| parser.word(Place::Index))?;
        self.at += 1;
        Ok(index)
    }

    /// Steps over `=` or `+=`. Tells whether it adds; without either nothing is read.
    fn equals(&mut self) -> Option<bool> {
        let append = self.peek() == b'+' && self.peek_second() == b'=';
        if append {
            self.at += 1;
        }
        self.eat(b'=').then_some(append)
    }

    /// The word that only looked like an assignment. bash has read its brackets as one by then, blanks and all.
    fn word_behind_index(&mut self, start: usize, name: &str, index: Option<Word>) -> Read<Word> {
        let mut parts = Parts::default();
        parts.literal(name, false);
        if let Some(index) = index {
            parts.literal("[", false);
            index.parts.into_iter().for_each(|part| match part {
                Part::Text(text) => parts.literal(&text, false),
                other => parts.push(other),
            });
            parts.literal("]", false);
        }
        self.word_from(start, parts, Place::Plain)
    }

    fn value(&mut self) -> Read<Word> {
        if self.peek() != b'(' {
            return self.word(Place::Plain);
        }
        let start = self.at;
        let values = self.array()?;
        Ok(Word { parts: vec![values], span: self.span_from(start) })
    }

    /// `(values)`
    fn array(&mut self) -> Read<Part> {
        let values = self.nested(|parser| {
            parser.at += 1;
            let mut values = Vec::new();
            loop {
                parser.lines()?;
                let value = parser.element()?;
                if value.is_missing() {
                    return Ok(values);
                }
                values.push(value);
            }
        })?;
        self.expect(b')', "an array is not closed")?;
        if !super::reserved::delimits(self.peek()) {
            return Err(self.error("text follows an array"));
        }
        Ok(Part::Array(values))
    }

    /// A value of an array, with `[index]=` before it.
    fn element(&mut self) -> Read<Word> {
        let start = self.at;
        if self.peek() != b'[' {
            return self.word(Place::Plain);
        }
        let index = self.index()?;
        self.word_behind_index(start, "", Some(index))
    }
}

/// Whether `word` is the name of a builtin that takes assignments.
pub(super) fn declares(word: &Word) -> bool {
    matches!(word.parts.as_slice(), [Part::Text(name)] if DECLARE.contains(&&**name))
}
