//! `${…}` in all its forms.

use super::super::syntax::{Operation, Parameter, Part, ReplacePlace, Word};
use super::cursor::{Parser, Read};
use super::parts::Parts;
use super::word::Place;

/// What stands behind the name, apart from its operands.
#[derive(Clone, Copy)]
enum Form {
    Value,
    Length,
    Names,
    Default,
    Assign,
    Error,
    Alternative,
    Prefix { longest: bool },
    Suffix { longest: bool },
    Replace(ReplacePlace),
    Slice,
    Case(&'static str),
    Transform(char),
}

const UNKNOWN: &str = "an expansion has a form that bash does not know";

impl Parser<'_> {
    /// Reads an expansion from its brace on; its `$` stands at `start`, in `outer`.
    pub(super) fn braced(&mut self, start: usize, outer: Place, parts: &mut Parts) -> Read<()> {
        self.enter(1)?;
        self.at += 1;
        if matches!(self.peek(), b' ' | b'\t' | b'\n' | b'|') {
            self.brace_substitution(parts)?;
        } else {
            let mut parameter = self.subject()?;
            let form = self.form(&parameter)?;
            self.operands(form, outer, &mut parameter.operation)?;
            self.expect(b'}', UNKNOWN)?;
            parameter.source = self.source(start);
            parts.push(Part::Parameter(parameter));
        }
        self.leave(1);
        Ok(())
    }

    /// The parameter and what stands before it.
    fn subject(&mut self) -> Read<Box<Parameter>> {
        let sign = self.peek();
        let has_prefix = matches!(sign, b'#' | b'!') && self.is_prefix();
        self.at += usize::from(has_prefix);
        let name = self.parameter_name()?;
        let is_variable = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        let index = if is_variable && self.peek() == b'[' { Some(self.index()?) } else { None };
        let operation = if has_prefix && sign == b'#' { Operation::Length } else { Operation::Value };
        let indirect = has_prefix && sign == b'!';
        Ok(Box::new(Parameter { name, index, indirect, operation, source: Box::default() }))
    }

    /// Whether the `#` or `!` here says something of the parameter behind it, and is not itself the parameter.
    fn is_prefix(&self) -> bool {
        let second = self.unjoined(self.at + 1);
        match self.byte(second) {
            b'@' | b'*' | b'#' | b'?' | b'-' | b'$' | b'!' => self.byte(self.unjoined(second + 1)) == b'}',
            byte => byte.is_ascii_alphanumeric() || byte == b'_',
        }
    }

    fn parameter_name(&mut self) -> Read<Box<str>> {
        match self.peek() {
            b'@' | b'*' | b'#' | b'?' | b'-' | b'$' | b'!' => {
                self.at += 1;
                Ok(self.slice(self.at - 1, self.at).into())
            }
            b'0'..=b'9' => Ok(self.take_while(|byte| byte.is_ascii_digit())),
            _ => match self.name() {
                Some(name) => Ok(name),
                None => self.miss("an expansion names no variable").map(|()| Box::default()),
            },
        }
    }

    /// Reads the signs behind the parameter.
    fn form(&mut self, parameter: &Parameter) -> Read<Form> {
        let sign = self.peek();
        if sign == b'}' {
            return Ok(match parameter {
                Parameter { operation: Operation::Length, .. } => Form::Length,
                Parameter { indirect: true, index: Some(index), .. } if is_all(index) => Form::Names,
                _ => Form::Value,
            });
        }
        if parameter.operation == Operation::Length {
            return self.miss(UNKNOWN).map(|()| Form::Error);
        }
        let start = self.at;
        self.at += 1;
        let next = self.peek();
        Ok(match sign {
            b':' if matches!(next, b'-' | b'=' | b'?' | b'+') => {
                self.at += 1;
                substitute(next)
            }
            b':' => Form::Slice,
            b'-' | b'=' | b'?' | b'+' => substitute(sign),
            b'#' => Form::Prefix { longest: self.eat(b'#') },
            b'%' => Form::Suffix { longest: self.eat(b'%') },
            b'/' => Form::Replace(self.replace_place()),
            b'^' => Form::Case(if self.eat(sign) { "^^" } else { "^" }),
            b',' => Form::Case(if self.eat(sign) { ",," } else { "," }),
            b'~' => Form::Case(if self.eat(sign) { "~~" } else { "~" }),
            b'*' | b'@' if parameter.indirect && next == b'}' => Form::Names,
            b'@' if next.is_ascii_alphabetic() => {
                self.at += 1;
                Form::Transform(char::from(next))
            }
            _ => {
                // The sign may be the first byte of a longer character.
                self.at = start;
                return self.miss(UNKNOWN).map(|()| Form::Error);
            }
        })
    }

    fn replace_place(&mut self) -> ReplacePlace {
        let place = match self.peek() {
            b'/' => ReplacePlace::All,
            b'#' => ReplacePlace::Front,
            b'%' => ReplacePlace::End,
            _ => return ReplacePlace::First,
        };
        self.at += 1;
        place
    }

    /// Reads the operands of `form`, which make it an operation.
    fn operands(&mut self, form: Form, outer: Place, operation: &mut Operation) -> Read<()> {
        let first = match form {
            Form::Value | Form::Length | Form::Names | Form::Transform(_) => Word::default(),
            Form::Slice => self.word(Place::Slice)?,
            Form::Replace(place) => self.replaced(place)?,
            Form::Default | Form::Assign | Form::Error | Form::Alternative if outer.is_quoted() => {
                self.word(Place::OperandDouble)?
            }
            _ => self.word(Place::Operand)?,
        };
        let second = match form {
            Form::Slice if self.eat(b':') => Some(self.word(Place::Slice)?),
            Form::Replace(_) if self.eat(b'/') => Some(self.word(Place::Operand)?),
            _ => None,
        };
        *operation = form.with(first, second);
        Ok(())
    }

    fn replaced(&mut self, place: ReplacePlace) -> Read<Word> {
        let start = self.at;
        let mut parts = Parts::default();
        // Behind `//` a pattern has at least one character, even if it is a `/`.
        if place == ReplacePlace::All && self.eat(b'/') {
            parts.literal("/".into(), false);
        }
        self.word_from(start, parts, Place::Replaced)
    }
}

impl Form {
    fn with(self, first: Word, second: Option<Word>) -> Operation {
        match self {
            Form::Value => Operation::Value,
            Form::Case(operator) => Operation::Case { operator: operator.into(), pattern: first },
            Form::Length => Operation::Length,
            Form::Names => Operation::Names,
            Form::Default => Operation::Default(first),
            Form::Assign => Operation::Assign(first),
            Form::Error => Operation::Error(first),
            Form::Alternative => Operation::Alternative(first),
            Form::Prefix { longest } => Operation::WithoutPrefix { pattern: first, longest },
            Form::Suffix { longest } => Operation::WithoutSuffix { pattern: first, longest },
            Form::Replace(place) => {
                Operation::Replace { pattern: first, replacement: second.unwrap_or_default(), place }
            }
            Form::Slice => Operation::Slice { offset: first, length: second },
            Form::Transform(kind) => Operation::Transform(kind),
        }
    }
}

fn substitute(sign: u8) -> Form {
    match sign {
        b'-' => Form::Default,
        b'=' => Form::Assign,
        b'?' => Form::Error,
        _ => Form::Alternative,
    }
}

fn is_all(index: &Word) -> bool {
    matches!(index.parts.as_slice(), [Part::Text(text)] if matches!(&**text, "@" | "*"))
}
