//! Commands: which kind begins here, simple commands, functions and coprocesses.

use super::super::syntax::{Command, Compound, Simple, Word};
use super::assignment::{Begun, declares};
use super::cursor::{END, Parser, Read};
use super::reserved::Reserved;
use super::word::Place;

impl Parser<'_> {
    /// Reads one command of a pipeline.
    pub(super) fn command(&mut self) -> Read<Command> {
        self.blanks();
        if self.peek() == b'(' {
            return self.nested(|parser| {
                let compound = parser.parentheses()?;
                parser.with_redirects(compound)
            });
        }
        match self.reserved() {
            Some((Reserved::Function, end)) => self.nested(|parser| parser.function_keyword(end)),
            Some((Reserved::Coproc, end)) => self.nested(|parser| parser.coprocess(end)),
            Some((word, end)) if word.opens() => self.nested(|parser| {
                parser.at = end;
                let compound = parser.compound(word)?;
                parser.with_redirects(compound)
            }),
            Some((word, _)) if word.closes() => Err(self.unexpected()),
            _ => self.simple(),
        }
    }

    fn with_redirects(&mut self, compound: Compound) -> Read<Command> {
        Ok(Command::Compound(compound, self.redirects()?))
    }

    fn simple(&mut self) -> Read<Command> {
        let start = self.at;
        let mut simple = Simple::default();
        loop {
            let end = self.at;
            if let Some(redirect) = self.redirect()? {
                simple.redirects.push(redirect);
                continue;
            }
            if self.peek() == b'(' && self.is_function_name(&simple) {
                return self.nested(|parser| parser.function(&simple));
            }
            if !self.word_of(&mut simple)? {
                simple.span = (super::cursor::offset(start), super::cursor::offset(end));
                return if end == start { Err(self.unexpected()) } else { Ok(Command::Simple(simple)) };
            }
        }
    }

    /// Reads an assignment or a word of `simple`. Tells whether there was one.
    fn word_of(&mut self, simple: &mut Simple) -> Read<bool> {
        if matches!(self.peek(), END | b'\n' | b';' | b'&' | b'|' | b')') {
            return Ok(false);
        }
        let word = match simple.words.first() {
            None => match self.assignment()? {
                Begun::Assignment(assignment) => {
                    simple.assignments.push(assignment);
                    return Ok(true);
                }
                Begun::Word(word) => word,
            },
            Some(first) if declares(first) => match self.array_word()? {
                Some(word) => word,
                None => self.word(Place::Plain)?,
            },
            Some(_) => self.word(Place::Plain)?,
        };
        let found = !word.is_missing();
        if found {
            simple.words.push(word);
        }
        Ok(found)
    }

    fn is_function_name(&self, simple: &Simple) -> bool {
        simple.words.len() == 1 && simple.assignments.is_empty() && simple.redirects.is_empty()
    }

    /// `name() body`, from the parenthesis on; `simple` is the name.
    fn function(&mut self, simple: &Simple) -> Read<Command> {
        self.at += 1;
        self.blanks();
        self.expect(b')', "a parenthesis cannot stand here")?;
        let name = simple.words.first().map(|word| self.written(word)).unwrap_or_default();
        self.function_body(name)
    }

    /// `function name body`, with or without `()`.
    fn function_keyword(&mut self, end: usize) -> Read<Command> {
        self.at = end;
        let name = self.required_word("a function has no name")?;
        let name = self.written(&name);
        self.blanks();
        if self.peek() == b'(' {
            let open = self.at;
            self.at += 1;
            self.blanks();
            // Without the other parenthesis the body is a subshell.
            self.at = if self.peek() == b')' { self.at + 1 } else { open };
        }
        self.function_body(name)
    }

    fn function_body(&mut self, name: Box<str>) -> Read<Command> {
        self.lines()?;
        Ok(Command::Function { name, body: Box::new(self.command()?) })
    }

    /// `coproc command` or `coproc name compound`, from behind the word on.
    fn coprocess(&mut self, end: usize) -> Read<Command> {
        self.at = end;
        self.blanks();
        if !self.compound_begins() {
            self.coprocess_name();
        }
        let command = self.command()?;
        Ok(Command::Compound(Compound::Coprocess(Box::new(command)), Vec::new()))
    }

    /// Steps over the name of a coprocess, if a compound command follows it.
    fn coprocess_name(&mut self) {
        let start = self.at;
        let name = self.name();
        self.blanks();
        if name.is_none() || !self.compound_begins() {
            self.at = start;
        }
    }

    fn compound_begins(&mut self) -> bool {
        self.peek() == b'(' || self.reserved().is_some_and(|(word, _)| word.opens())
    }

    /// The word as it stands in the text.
    pub(super) fn written(&self, word: &Word) -> Box<str> {
        self.slice(word.span.0 as usize, word.span.1 as usize).into()
    }
}
