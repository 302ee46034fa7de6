//! `[[ … ]]`: words and operators, one after the other. How they belong together is left open.

use super::super::syntax::{Part, Word};
use super::cursor::{END, Parser, Read};
use super::reserved::Reserved;
use super::word::Place;

impl Parser<'_> {
    /// Reads what stands between the brackets, from behind the first on, and the last.
    pub(super) fn conditional(&mut self) -> Read<Vec<Word>> {
        let mut words = Vec::new();
        let mut is_regex = false;
        loop {
            self.lines()?;
            if self.eat_reserved(Reserved::TestEnd) {
                return if words.is_empty() { Err(self.error("a `[[` has no condition")) } else { Ok(words) };
            }
            let word = if is_regex { self.word(Place::Regex)? } else { self.condition_word()? };
            if word.is_missing() {
                return Err(self.unexpected());
            }
            is_regex = matches!(word.parts.as_slice(), [Part::Text(sign)] if &**sign == "=~");
            words.push(word);
        }
    }

    fn condition_word(&mut self) -> Read<Word> {
        let first = self.peek();
        let is_double = first == self.peek_second();
        match first {
            END => Err(self.error("a `[[` is not closed")),
            b'&' | b'|' if is_double => Ok(self.sign(2)),
            b'(' | b')' => Ok(self.sign(1)),
            b'<' | b'>' if self.peek_second() != b'(' => Ok(self.sign(1)),
            _ => self.word(Place::Plain),
        }
    }

    /// An operator of `count` equal characters.
    fn sign(&mut self, count: usize) -> Word {
        let start = self.at;
        let mut text = String::with_capacity(count);
        for _ in 0..count {
            text.push(char::from(self.peek()));
            self.at += 1;
        }
        Word { parts: vec![Part::Text(text.into())], span: self.span_from(start) }
    }
}
