//! `${…}` in all its forms.

use super::super::syntax::{Operation, Parameter, Part, ReplacePlace, Word};
use super::cursor::{Parser, Read};
use super::parts::Parts;
use super::word::Place;

impl Parser<'_> {
    /// Reads an expansion from its brace on; its `$` stands at `start`, in `outer`.
    pub(super) fn braced(&mut self, start: usize, outer: Place) -> Read<Part> {
        self.at += 1;
        let operand = if outer.is_quoted() { Place::OperandDouble } else { Place::Operand };
        let (name, index, indirect, operation) = match self.peek() {
            b' ' | b'\t' | b'\n' | b'|' => return self.brace_substitution(),
            b'#' if self.is_prefix() => {
                self.at += 1;
                let (name, index) = self.subject()?;
                (name, index, false, Operation::Length)
            }
            b'!' if self.is_prefix() => {
                self.at += 1;
                let (name, index) = self.subject()?;
                let operation = self.indirect_operation(index.as_ref(), operand)?;
                (name, index, true, operation)
            }
            _ => {
                let (name, index) = self.subject()?;
                let operation = self.operation(operand)?;
                (name, index, false, operation)
            }
        };
        self.expect(b'}', "an expansion has a form that bash does not know")?;
        let source = self.source(start);
        Ok(Part::Parameter(Box::new(Parameter { name, index, indirect, operation, source })))
    }

    /// Whether the `#` or `!` here says something of the parameter behind it, and is not itself the parameter.
    fn is_prefix(&self) -> bool {
        let second = self.unjoined(self.at + 1);
        match self.byte(second) {
            b'@' | b'*' | b'#' | b'?' | b'-' | b'$' | b'!' => self.byte(self.unjoined(second + 1)) == b'}',
            byte => byte.is_ascii_alphanumeric() || byte == b'_',
        }
    }

    /// The name and its index.
    fn subject(&mut self) -> Read<(Box<str>, Option<Word>)> {
        match self.peek() {
            b'@' | b'*' | b'#' | b'?' | b'-' | b'$' | b'!' => {
                self.at += 1;
                Ok((self.slice(self.at - 1, self.at).into(), None))
            }
            b'0'..=b'9' => Ok((self.take_while(|byte| byte.is_ascii_digit()), None)),
            _ => {
                let Some(name) = self.name() else { return Err(self.error("an expansion names no variable")) };
                let index = if self.peek() == b'[' { Some(self.index()?) } else { None };
                Ok((name, index))
            }
        }
    }

    /// What is done behind `${!name`.
    fn indirect_operation(&mut self, index: Option<&Word>, operand: Place) -> Read<Operation> {
        let next = self.peek();
        if matches!(next, b'*' | b'@') && self.peek_second() == b'}' {
            self.at += 1;
            return Ok(Operation::Names);
        }
        if next == b'}' && index.is_some_and(is_all) {
            return Ok(Operation::Names);
        }
        self.operation(operand)
    }

    fn operation(&mut self, operand: Place) -> Read<Operation> {
        let sign = self.peek();
        if sign == b'}' {
            return Ok(Operation::Value);
        }
        self.at += 1;
        match sign {
            b':' if !matches!(self.peek(), b'-' | b'=' | b'?' | b'+') => self.part_of_value(),
            b':' => {
                let sign = self.peek();
                self.at += 1;
                self.replacement_value(sign, operand)
            }
            b'-' | b'=' | b'?' | b'+' => self.replacement_value(sign, operand),
            b'#' => {
                let longest = self.eat(b'#');
                Ok(Operation::WithoutPrefix { pattern: self.word(Place::Operand)?, longest })
            }
            b'%' => {
                let longest = self.eat(b'%');
                Ok(Operation::WithoutSuffix { pattern: self.word(Place::Operand)?, longest })
            }
            b'/' => self.replace(),
            b'^' | b',' | b'~' => {
                let start = self.at - 1;
                self.eat(sign);
                let operator = self.slice(start, self.at).into();
                Ok(Operation::Case { operator, pattern: self.word(Place::Operand)? })
            }
            b'@' => self.transform(),
            _ => Err(self.error("an expansion has a form that bash does not know")),
        }
    }

    fn replacement_value(&mut self, sign: u8, operand: Place) -> Read<Operation> {
        let word = self.word(operand)?;
        Ok(match sign {
            b'-' => Operation::Default(word),
            b'=' => Operation::Assign(word),
            b'?' => Operation::Error(word),
            _ => Operation::Alternative(word),
        })
    }

    fn part_of_value(&mut self) -> Read<Operation> {
        let offset = self.word(Place::Slice)?;
        let length = if self.eat(b':') { Some(self.word(Place::Slice)?) } else { None };
        Ok(Operation::Slice { offset, length })
    }

    fn replace(&mut self) -> Read<Operation> {
        let place = match self.peek() {
            b'/' => ReplacePlace::All,
            b'#' => ReplacePlace::Front,
            b'%' => ReplacePlace::End,
            _ => ReplacePlace::First,
        };
        self.at += usize::from(place != ReplacePlace::First);
        let start = self.at;
        let mut parts = Parts::default();
        // Behind `//` a pattern has at least one character, even if it is a `/`.
        if place == ReplacePlace::All && self.eat(b'/') {
            parts.literal("/", false);
        }
        let pattern = self.word_from(start, parts, Place::Replaced)?;
        let replacement = if self.eat(b'/') { self.word(Place::Operand)? } else { Word::default() };
        Ok(Operation::Replace { pattern, replacement, place })
    }

    fn transform(&mut self) -> Read<Operation> {
        let kind = self.peek();
        if !kind.is_ascii_alphabetic() {
            return Err(self.error("an expansion has a form that bash does not know"));
        }
        self.at += 1;
        Ok(Operation::Transform(char::from(kind)))
    }
}

fn is_all(index: &Word) -> bool {
    matches!(index.parts.as_slice(), [Part::Text(text)] if matches!(&**text, "@" | "*"))
}
