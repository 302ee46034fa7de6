//! Commands: which kind begins here, simple commands, functions and coprocesses.

use super::super::syntax::{Command, Commands, Compound, Simple, Word};
use super::assignment::declares;
use super::cursor::{END, Parser, Read, offset};
use super::reserved::Reserved;
use super::word::Place;

impl Parser<'_> {
    /// Reads one command of a pipeline.
    pub(super) fn command(&mut self, commands: &mut Commands) -> Read<()> {
        self.blanks();
        if self.peek() == b'(' {
            return self.compound(None, commands);
        }
        match self.reserved() {
            Some((Reserved::Function, end)) => self.function_keyword(end, commands),
            Some((Reserved::Coproc, end)) => self.coprocess(end, commands),
            Some((word, end)) if word.opens() => {
                self.at = end;
                self.compound(Some(word), commands)
            }
            Some((word, _)) if word.closes() => {
                self.miss_next()?;
                commands.push(self.nothing());
                Ok(())
            }
            _ => self.simple(commands),
        }
    }

    fn simple(&mut self, commands: &mut Commands) -> Read<()> {
        let start = self.at;
        let mut simple = Simple::default();
        loop {
            let end = self.at;
            if self.redirect(&mut simple.redirects)? {
                continue;
            }
            if self.peek() == b'(' && self.is_function_name(&simple) {
                return self.function(&simple, commands);
            }
            if self.word_of(&mut simple)? {
                continue;
            }
            if end == start {
                self.miss_next()?;
            }
            let length = self.slice(start, end).trim_end_matches("\\\n").len();
            simple.span = (offset(start), offset(start + length));
            commands.push(Command::Simple(simple));
            return Ok(());
        }
    }

    /// Reads an assignment or a word of `simple`. Tells whether there was one.
    fn word_of(&mut self, simple: &mut Simple) -> Read<bool> {
        if matches!(self.peek(), END | b'\n' | b';' | b'&' | b'|' | b')') {
            return Ok(false);
        }
        let start = self.at;
        match simple.words.first() {
            None => match self.assigned_name() {
                Some(name) => self.assignment(start, name, simple).map(|()| true),
                None => self.plain_word_of(simple),
            },
            Some(first) if declares(first) => self.declared(simple),
            Some(_) => self.plain_word_of(simple),
        }
    }

    pub(super) fn plain_word_of(&mut self, simple: &mut Simple) -> Read<bool> {
        let word = self.word(Place::Plain)?;
        let found = !word.is_missing();
        if found {
            if simple.words.is_empty() {
                // Left alone, a list makes room for four; most commands have two or three words.
                simple.words.reserve_exact(3);
            }
            simple.words.push(word);
        }
        Ok(found)
    }

    fn is_function_name(&self, simple: &Simple) -> bool {
        simple.words.len() == 1
            && simple.assignments.is_empty()
            && simple.redirects.is_empty()
            && (!self.recovers()
                || self.slice(self.at + 1, self.end()).trim_start_matches([' ', '\t']).starts_with(')'))
    }

    /// `name() body`, from the parenthesis on; `simple` is the name.
    fn function(&mut self, simple: &Simple, commands: &mut Commands) -> Read<()> {
        self.at += 1;
        self.blanks();
        self.expect(b')', "a parenthesis cannot stand here")?;
        let name = simple.words.first().map(|word| self.written(word)).unwrap_or_default();
        self.function_body(name, commands)
    }

    /// `function name body`, with or without `()`.
    fn function_keyword(&mut self, end: usize, commands: &mut Commands) -> Read<()> {
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
        self.function_body(name, commands)
    }

    fn function_body(&mut self, name: Box<str>, commands: &mut Commands) -> Read<()> {
        self.enter(1)?;
        self.lines()?;
        let body = if self.recovers() && self.eat(b'{') { self.recovered_body()? } else { self.boxed_command()? };
        commands.push(Command::Function { name, body });
        self.leave(1);
        Ok(())
    }

    /// The body of a function, from behind its brace on, to which something else may be glued.
    fn recovered_body(&mut self) -> Read<Box<Command>> {
        let script = self.group("a `{` is not closed")?;
        Ok(Box::new(Command::Compound(Compound::Group(script), Vec::new())))
    }

    /// `coproc command` or `coproc name compound`, from behind the word on.
    fn coprocess(&mut self, end: usize, commands: &mut Commands) -> Read<()> {
        self.enter(1)?;
        self.at = end;
        self.blanks();
        if !self.compound_begins() {
            self.coprocess_name();
        }
        let command = self.boxed_command()?;
        commands.push(Command::Compound(Compound::Coprocess(command), Vec::new()));
        self.leave(1);
        Ok(())
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

    fn boxed_command(&mut self) -> Read<Box<Command>> {
        let mut commands = Commands::new();
        self.command(&mut commands)?;
        commands.pop().map(Box::new).ok_or_else(|| self.error("a command is missing"))
    }

    /// The word as it stands in the text.
    pub(super) fn written(&self, word: &Word) -> Box<str> {
        self.slice(word.span.0 as usize, word.span.1 as usize).into()
    }
}
