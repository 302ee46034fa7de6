//! Constructs around other commands.

use super::super::syntax::{Command, Commands, Compound, Script, Word};
use super::cursor::{Parser, Read};
use super::recover::Closers;
use super::reserved::Reserved;
use super::word::Place;

impl Parser<'_> {
    /// Reads the construct that `word` begins, from behind it on, or a parenthesis without one.
    pub(super) fn compound(&mut self, word: Option<Reserved>, commands: &mut Commands) -> Read<()> {
        self.enter(1)?;
        let compound = match word {
            None => self.parentheses(),
            Some(Reserved::If) => self.awaiting(Closers::IF, Self::conditions),
            Some(Reserved::Case) => self.case(),
            Some(Reserved::For) => self.for_loop(),
            Some(Reserved::Select) => self.loop_over_words(),
            Some(Reserved::Test) => self.conditional().map(Compound::Test),
            Some(Reserved::Open) => self.group("a `{` is not closed").map(Compound::Group),
            Some(_) => self.awaiting(Closers::LOOP, Self::while_loop),
        }?;
        let mut redirects = Vec::new();
        while self.redirect(&mut redirects)? {}
        commands.push(Command::Compound(compound, redirects));
        self.leave(1);
        Ok(())
    }

    /// `(…)` or `((…))`, from the parenthesis on.
    fn parentheses(&mut self) -> Read<Compound> {
        self.at += 1;
        if self.byte(self.at) == b'('
            && let Some(expression) = self.expression()?
        {
            return Ok(Compound::Arithmetic(expression));
        }
        let script = self.awaiting(Closers::PARENTHESIS, Self::commands)?;
        self.expect(b')', "a `(` is not closed")?;
        Ok(Compound::Subshell(script))
    }

    /// Commands up to the `}`.
    pub(super) fn group(&mut self, what: &'static str) -> Read<Script> {
        let script = self.awaiting(Closers::GROUP, Self::commands)?;
        self.expect_reserved(Reserved::Close, what)?;
        Ok(script)
    }

    fn conditions(&mut self) -> Read<Compound> {
        let mut branches = Vec::with_capacity(1);
        loop {
            let condition = self.commands()?;
            self.expect_reserved(Reserved::Then, "an `if` has no `then`")?;
            let body = self.commands()?;
            branches.push((condition, body));
            if !self.eat_reserved(Reserved::Elif) {
                break;
            }
        }
        let otherwise = if self.eat_reserved(Reserved::Else) { Some(self.commands()?) } else { None };
        self.expect_reserved(Reserved::Fi, "an `if` has no `fi`")?;
        Ok(Compound::If { branches, otherwise })
    }

    fn while_loop(&mut self) -> Read<Compound> {
        let condition = self.commands()?;
        self.expect_reserved(Reserved::Do, "a loop has no `do`")?;
        let body = self.done()?;
        Ok(Compound::While { condition, body })
    }

    /// Commands up to the `done`.
    fn done(&mut self) -> Read<Script> {
        let body = self.commands()?;
        self.expect_reserved(Reserved::Done, "a loop has no `done`")?;
        Ok(body)
    }

    fn for_loop(&mut self) -> Read<Compound> {
        self.blanks();
        if self.peek() != b'(' {
            return self.loop_over_words();
        }
        self.at += 1;
        let header = if self.peek() == b'(' { self.expression()? } else { None };
        let header = match header {
            Some(header) => header,
            None => self.miss("a `for` has no variable").map(|()| Word::default())?,
        };
        self.blanks();
        self.eat(b';');
        let body = self.loop_body()?;
        Ok(Compound::Count { header, body })
    }

    /// What follows `for` or `select`.
    fn loop_over_words(&mut self) -> Read<Compound> {
        let name = self.required_word("a loop has no variable")?;
        let name = self.written(&name);
        self.blanks();
        let mut words = None;
        if !self.eat(b';') {
            self.lines()?;
            if self.eat_reserved(Reserved::In) {
                words = Some(self.values()?);
            }
        }
        let body = self.loop_body()?;
        Ok(Compound::For { name, words, body })
    }

    /// Words up to the end of the line or a `;`.
    fn values(&mut self) -> Read<Vec<Word>> {
        let mut words = Vec::new();
        loop {
            self.blanks();
            let word = self.word(Place::Plain)?;
            if !word.is_missing() {
                words.push(word);
            } else {
                if self.peek() != b'\n' && !self.eat(b';') {
                    self.miss_next()?;
                }
                return Ok(words);
            }
        }
    }

    fn loop_body(&mut self) -> Read<Script> {
        self.lines()?;
        if self.eat_reserved(Reserved::Open) {
            return self.group("a loop's `{` is not closed");
        }
        self.awaiting(Closers::LOOP, |parser| {
            parser.expect_reserved(Reserved::Do, "a loop has no `do`")?;
            parser.done()
        })
    }

    fn case(&mut self) -> Read<Compound> {
        let word = self.required_word("a `case` has no word")?;
        self.lines()?;
        self.expect_reserved(Reserved::In, "a `case` has no `in`")?;
        let mut arms = Vec::new();
        loop {
            self.lines()?;
            if self.eat_reserved(Reserved::Esac) {
                return Ok(Compound::Case { word, arms });
            }
            let patterns = self.patterns()?;
            let mut body = Script::default();
            self.awaiting(Closers::CASE, |parser| parser.list(&mut body))?;
            arms.push((patterns, body));
            if !self.arm_ends() {
                self.expect_reserved(Reserved::Esac, "a `case` has no `esac`")?;
                return Ok(Compound::Case { word, arms });
            }
        }
    }

    /// The patterns of an arm, up to the `)`.
    fn patterns(&mut self) -> Read<Vec<Word>> {
        self.eat(b'(');
        let mut patterns = Vec::with_capacity(1);
        loop {
            let pattern = self.required_word("a `case` has an arm without a pattern")?;
            patterns.push(pattern);
            self.blanks();
            if !self.eat(b'|') {
                self.expect(b')', "a pattern of a `case` has no `)`")?;
                return Ok(patterns);
            }
        }
    }

    /// Steps over `;;`, `;&` or `;;&`.
    fn arm_ends(&mut self) -> bool {
        if self.peek() != b';' || !matches!(self.peek_second(), b';' | b'&') {
            return false;
        }
        self.at += 1;
        if self.eat(b';') {
            self.eat(b'&');
        } else {
            self.at += 1;
        }
        true
    }
}
