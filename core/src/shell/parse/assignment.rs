//! Assignments before a command, and those that builtins such as `declare` take as words.

use smallvec::smallvec;

use super::super::syntax::{Assignment, Part, Simple, Word};
use super::cursor::{Parser, Read};
use super::parts::Parts;
use super::reserved::delimits;
use super::word::Place;

/// Builtins that take `name=(values)` as words.
const DECLARE: [&str; 6] = ["alias", "declare", "export", "local", "readonly", "typeset"];

impl Parser<'_> {
    /// The name that stands here, if it may begin an assignment. Only then it is stepped over.
    pub(super) fn assigned_name(&mut self) -> Option<Box<str>> {
        // Most words are no assignments, and need no copy of what might have been a name.
        let behind = self.rest().iter().find(|byte| !(byte.is_ascii_alphanumeric() || **byte == b'_'));
        if !matches!(behind, Some(b'=' | b'+' | b'[' | b'\\')) {
            return None;
        }
        let start = self.at;
        let name = self.name();
        if !matches!(self.peek(), b'=' | b'+' | b'[') {
            self.at = start;
            return None;
        }
        name
    }

    /// Reads what follows `name`, which began at `start`: the rest of an assignment, or of a word that only looked like
    /// one.
    pub(super) fn assignment(&mut self, start: usize, name: Box<str>, simple: &mut Simple) -> Read<()> {
        let index = if self.peek() == b'[' { Some(self.index()?) } else { None };
        let Some(append) = self.equals() else { return self.word_behind_index(start, &name, index, &mut simple.words) };
        begin(name, index, append, &mut simple.assignments);
        let value = self.value()?;
        if let Some(assignment) = simple.assignments.last_mut() {
            assignment.value = value;
        }
        Ok(())
    }

    /// Reads an argument of a builtin that declares: `name=(values)`, or any word.
    pub(super) fn declared(&mut self, simple: &mut Simple) -> Read<bool> {
        self.peek();
        let start = self.at;
        let name = self.name();
        if let (Some(name), Some(append)) = (name, self.equals())
            && self.peek() == b'('
        {
            let sign = if append { "+=" } else { "=" };
            let values = self.array()?;
            let parts = smallvec![Part::Text(format!("{name}{sign}").into()), values];
            simple.words.push(Word { parts, span: self.span_from(start) });
            return Ok(true);
        }
        self.at = start;
        self.plain_word_of(simple)
    }

    /// The index in the brackets that open here.
    pub(super) fn index(&mut self) -> Read<Word> {
        self.enter(1)?;
        self.at += 1;
        let index = self.word(Place::Index)?;
        self.close();
        self.leave(1);
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
    fn word_behind_index(&mut self, start: usize, name: &str, index: Option<Word>, words: &mut Vec<Word>) -> Read<()> {
        let mut parts = Parts::default();
        parts.literal(name.into(), false);
        if let Some(index) = index {
            parts.literal("[".into(), false);
            index.parts.into_iter().for_each(|part| match part {
                Part::Text(text) => parts.literal(text, false),
                other => parts.push(other),
            });
            parts.literal("]".into(), false);
        }
        let word = self.word_from(start, parts, Place::Plain)?;
        words.push(word);
        Ok(())
    }

    fn value(&mut self) -> Read<Word> {
        if self.peek() == b'(' { self.array_value() } else { self.word(Place::Plain) }
    }

    fn array_value(&mut self) -> Read<Word> {
        let start = self.at;
        let values = self.array()?;
        Ok(Word { parts: smallvec![values], span: self.span_from(start) })
    }

    /// `(values)`
    fn array(&mut self) -> Read<Part> {
        self.enter(1)?;
        self.at += 1;
        let mut values = Vec::new();
        while self.element(&mut values)? {}
        self.leave(1);
        self.expect(b')', "an array is not closed")?;
        if !delimits(self.peek()) {
            self.miss("text follows an array")?;
        }
        Ok(Part::Array(values))
    }

    /// Reads a value of an array, with `[index]=` before it. Tells whether there was one.
    fn element(&mut self, values: &mut Vec<Word>) -> Read<bool> {
        self.lines()?;
        let start = self.at;
        if self.peek() == b'[' {
            let index = self.index()?;
            self.word_behind_index(start, "", Some(index), values)?;
            return Ok(true);
        }
        let word = self.word(Place::Plain)?;
        let found = !word.is_missing();
        if found {
            values.push(word);
        }
        Ok(found)
    }
}

/// Adds an assignment whose value is still to come. It is not read here, so that its nesting needs less stack.
fn begin(name: Box<str>, index: Option<Word>, append: bool, assignments: &mut Vec<Assignment>) {
    assignments.push(Assignment { name, index, append, value: Word::default() });
}

/// Whether `word` is the name of a builtin that takes assignments.
pub(super) fn declares(word: &Word) -> bool {
    matches!(word.parts.as_slice(), [Part::Text(name)] if DECLARE.contains(&&**name))
}
