//! Lists of pipelines: what stands between `;`, `&`, `&&`, `||`, `|` and line ends.

use smallvec::smallvec;

use super::super::syntax::{Command, Commands, Item, Link, Part, Redirect, RedirectKind, Script, Simple, Word};
use super::cursor::{END, Parser, Read, offset};
use super::reserved::{Reserved, delimits};

impl Parser<'_> {
    /// Reads lists until one cannot begin: at the end, a `)`, a `;;` or a word that closes.
    pub(super) fn list(&mut self, script: &mut Script) -> Read<()> {
        loop {
            let start = self.at;
            self.lines()?;
            self.note_whole(start, script.items.len());
            if self.list_ends()? {
                return Ok(());
            }
            let start = self.at;
            if script.items.is_empty() {
                // Left alone, a list makes room for four; most scripts have one.
                script.items.reserve_exact(1);
            }
            // It is read where it stands, so that nesting needs less stack.
            script.items.push(Item::default());
            let goes_on = match script.items.last_mut() {
                Some(item) => self.and_or(item)?,
                None => false,
            };
            if !goes_on && (!self.recovers() || self.at == start) {
                return Ok(());
            }
        }
    }

    /// A list of at least one command.
    pub(super) fn commands(&mut self) -> Read<Script> {
        let mut script = Script::default();
        self.list(&mut script)?;
        if script.items.is_empty() {
            self.miss("a command is missing")?;
        }
        Ok(script)
    }

    /// Reads an item and what ends it. Tells whether another may follow.
    fn and_or(&mut self, item: &mut Item) -> Read<bool> {
        let mut link = Link::First;
        loop {
            let before = item.commands.len();
            self.pipeline(&mut item.commands)?;
            item.lengths.push((link, offset(item.commands.len() - before)));
            self.blanks();
            link = match (self.peek(), self.peek_second()) {
                (b'&', b'&') => Link::And,
                (b'|', b'|') => Link::Or,
                _ => return Ok(self.separator(item)),
            };
            self.step(2);
            self.lines()?;
        }
    }

    /// Steps over what ends an item. Tells whether another may follow.
    fn separator(&mut self, item: &mut Item) -> bool {
        match self.peek() {
            b';' if !matches!(self.peek_second(), b';' | b'&') => self.step(1),
            b'&' => {
                item.background = true;
                self.step(1);
            }
            b'\n' => {}
            _ => return false,
        }
        true
    }

    /// Steps over `count` bytes and the line joints between them.
    fn step(&mut self, count: usize) {
        for _ in 0..count {
            self.peek();
            self.at += 1;
        }
    }

    fn pipeline(&mut self, commands: &mut Commands) -> Read<()> {
        loop {
            if self.prefixes()? && self.is_pipeline_end() {
                commands.push(self.nothing());
            } else {
                self.command(commands)?;
            }
            self.blanks();
            if self.peek() != b'|' || self.peek_second() == b'|' {
                return Ok(());
            }
            self.at += 1;
            if self.eat(b'&') {
                let place = self.span_from(self.at);
                commands.last_mut().into_iter().for_each(|command| join_errors(command, place));
            }
            self.lines()?;
        }
    }

    /// The command of a `!` or `time` alone, and of an operator that has none.
    pub(super) fn nothing(&self) -> Command {
        Command::Simple(Simple { span: self.span_from(self.at), ..Simple::default() })
    }

    /// Steps over `!` and `time`. Tells whether there was one.
    fn prefixes(&mut self) -> Read<bool> {
        let mut any = false;
        loop {
            self.blanks();
            match self.reserved() {
                Some((Reserved::Not, end)) => {
                    if self.byte(end) == b'(' {
                        self.miss("`!(` may be a pattern or a command: a blank is missing")?;
                    }
                    self.at = end;
                }
                Some((Reserved::Time, end)) if self.time(end) => {}
                _ => return Ok(any),
            }
            any = true;
        }
    }

    /// Steps over `time`, which ends at `end`, and its options. With options of its own it is a program: `false`.
    fn time(&mut self, end: usize) -> bool {
        let start = std::mem::replace(&mut self.at, end);
        let mut any_option = false;
        loop {
            self.blanks();
            let option = self.at;
            if self.peek() != b'-' {
                return true;
            }
            if !matches!(&*self.take_while(|byte| !delimits(byte)), "-p" | "--") {
                self.at = if any_option { option } else { start };
                return any_option;
            }
            any_option = true;
        }
    }

    fn is_pipeline_end(&mut self) -> bool {
        matches!(self.peek(), END | b'\n' | b';' | b')') || (self.byte(self.at) == b'&' && self.peek_second() != b'>')
    }
}

/// Adds the `2>&1` that `|&` stands for.
fn join_errors(command: &mut Command, span: (u32, u32)) {
    let redirects = match command {
        Command::Simple(simple) => &mut simple.redirects,
        Command::Compound(_, redirects) => redirects,
        Command::Function { .. } => return,
    };
    let target = Word { parts: smallvec![Part::Text("1".into())], span };
    redirects.push(Redirect { descriptor: Some("2".into()), kind: RedirectKind::DuplicateOutput, target });
}
