//! `[[ … ]]`: words and operators, one after the other. How they belong together is left open.

use smallvec::smallvec;

use super::super::syntax::{Part, Word};
use super::cursor::{END, Parser, Read};
use super::reserved::Reserved;
use super::word::Place;

impl Parser<'_> {
    /// Reads what stands between the brackets, from behind the first on, and the last.
    pub(super) fn conditional(&mut self) -> Read<Vec<Word>> {
        let mut words = Vec::new();
        let mut is_regex = false;
        let closes = self.has_test_end();
        loop {
            self.lines()?;
            if !closes && self.is_link() {
                self.miss("a `[[` is not closed")?;
                return Ok(words);
            }
            if self.eat_reserved(Reserved::TestEnd) {
                if words.is_empty() {
                    self.miss("a `[[` has no condition")?;
                }
                return Ok(words);
            }
            let word = if is_regex { self.word(Place::Regex)? } else { self.condition_word()? };
            if word.is_missing() {
                self.miss_next()?;
                return Ok(words);
            }
            is_regex = matches!(word.parts.as_slice(), [Part::Text(sign)] if &**sign == "=~");
            words.push(word);
        }
    }

    /// Whether `&&` or `||` stands here.
    fn is_link(&mut self) -> bool {
        matches!(self.peek(), b'&' | b'|') && self.peek() == self.peek_second()
    }

    fn condition_word(&mut self) -> Read<Word> {
        let first = self.peek();
        match first {
            END => self.miss("a `[[` is not closed").map(|()| Word::default()),
            b'&' | b'|' if self.is_link() => Ok(self.sign(2)),
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
        Word { parts: smallvec![Part::Text(text.into())], span: self.span_from(start) }
    }
}
