//! Reads SQL into the statements it holds: what each is, which tables it reads and writes, and what it reaches outside
//! of the database.
//!
//! Nothing is executed. The grammar is read as far as it decides these things: clauses strictly, expressions only for
//! the queries and functions within them. A word of a statement's structure where it has no place, a text that
//! databases would cut differently, a table that is not written out: each is said to be unclear, never guessed. What
//! statements may run is the policy's business.

mod change;
mod client;
mod constant;
mod define;
mod dialect;
mod expression;
mod function;
mod keyword;
mod lexer;
mod manage;
mod name;
mod query;
mod reader;
mod statement;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::limits;
use keyword::Keyword;
use lexer::{Kind, Pieces};
use reader::Reader;

pub use dialect::Dialect;
pub use name::TableName;
pub use statement::{Effect, EffectKind, Note, Statement, StatementKind};

/// A text of SQL, read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reading {
    /// Its statements, in order.
    pub statements: Vec<Statement>,
    /// Why the text as a whole could not be read.
    pub doubt: Option<&'static str>,
}

/// A text of SQL and, if it is one statement, what that does.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    text: Arc<str>,
    statement: Option<Arc<Statement>>,
    count: usize,
}

impl Query {
    /// A text that is one statement.
    pub fn one(text: Arc<str>, statement: Statement) -> Query {
        Query { text, statement: Some(Arc::new(statement)), count: 1 }
    }

    /// A text of `count` statements, none of which it stands for.
    pub fn several(text: Arc<str>, count: usize) -> Query {
        Query { text, statement: None, count }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What it does; `None` if it is several statements, or none that could be read.
    pub fn statement(&self) -> Option<&Statement> {
        self.statement.as_deref()
    }

    /// How many statements it has.
    pub fn count(&self) -> usize {
        self.count
    }
}

/// Reads `text` as `dialect` has it. Always answers; what could not be read is said to be so.
pub fn read(text: &str, dialect: Dialect) -> Reading {
    if text.len() > limits::SQL_BYTES_MAX {
        return Reading::unclear("it is longer than what is read");
    }
    // A mark of the byte order may stand before any text.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    match lexer::lex(text, dialect) {
        Ok(pieces) => read_all(text, &pieces, dialect),
        Err(why) => Reading::unclear(why),
    }
}

impl Reading {
    /// What its statements read, change and run together; none of them alone.
    pub fn together(&self) -> Statement {
        let mut all = Statement::new(StatementKind::Other);
        for statement in &self.statements {
            extend(&mut all.reads, &statement.reads);
            extend(&mut all.writes, &statement.writes);
            extend(&mut all.functions, &statement.functions);
            if statement.has_where == Some(false) {
                all.has_where = Some(false);
            }
        }
        all
    }

    fn unclear(why: &'static str) -> Reading {
        Reading { statements: Vec::new(), doubt: Some(why) }
    }
}

fn extend<T: Clone + PartialEq>(all: &mut Vec<T>, more: &[T]) {
    for one in more {
        if !all.contains(one) {
            all.push(one.clone());
        }
    }
}

fn read_all(text: &str, pieces: &Pieces, dialect: Dialect) -> Reading {
    let mut reader = Reader::new(text, &pieces.tokens, dialect);
    let mut statements = Vec::new();
    while reader.token(0).is_some() {
        if statements.len() >= limits::EFFECTS_MAX {
            return Reading { statements, doubt: Some("it has more statements than are read") };
        }
        match reader.kind(0) {
            Some(Kind::Semicolon) => reader.at += 1,
            Some(Kind::Client) => statements.extend(reader.client_line()),
            _ if reader.is_batch_separator() => reader.at += reader.separator_length(),
            _ => statements.push(reader.one()),
        }
    }
    if pieces.hidden_code
        && let Some(first) = statements.first_mut()
    {
        first.note(Note::HiddenCode);
    }
    let doubt = statements.is_empty().then_some("it has no statement");
    Reading { statements, doubt }
}

impl Reader<'_> {
    /// Reads one statement, and what follows it up to a semicolon if that makes no sense.
    fn one(&mut self) -> Statement {
        let start = self.token(0).map_or(0, |token| token.start);
        let from = self.at;
        self.now = Statement::new(StatementKind::Other);
        self.scope.clear();
        self.aliases.clear();
        let result = self.statement();
        let result = result.and_then(|()| if self.may_end() { Ok(()) } else { Err(self.unexpected()) });
        if let Err(why) = result {
            self.now.doubt(why);
            self.skip_to_end();
        }
        // Whatever happened, the next statement begins behind this one.
        self.at = self.at.max(from + 1);
        let end = self.before().map_or(start, |token| token.end);
        let mut statement = std::mem::replace(&mut self.now, Statement::new(StatementKind::Other));
        set_text(&mut statement, &self.text.get(start..end).unwrap_or_default().into());
        statement
    }

    fn may_end(&self) -> bool {
        self.is_at_end()
            || self.is_batch_separator()
            || self.keyword(0).is_some_and(|keyword| keyword.starts_statement().is_some() || keyword == Keyword::Then)
            || self
                .before()
                .is_some_and(|token| matches!(token.keyword, Some(Keyword::Then | Keyword::Else | Keyword::Begin)))
    }

    fn skip_to_end(&mut self) {
        while !self.is_at_end() {
            self.at += 1;
        }
    }

    /// `GO` alone on its line parts batches of SQL Server.
    fn is_batch_separator(&self) -> bool {
        let is_known = matches!(self.dialect, Dialect::MsSql | Dialect::Generic);
        is_known && self.is_word(0, "go") && self.is_line_of(self.separator_length())
    }

    fn separator_length(&self) -> usize {
        1 + usize::from(self.kind(1) == Some(Kind::Number))
    }

    /// Whether the next `count` pieces are alone on their line.
    fn is_line_of(&self, count: usize) -> bool {
        let between = |from: usize, to: usize| self.text.get(from..to).unwrap_or_default().contains('\n');
        let (Some(first), Some(last)) = (self.token(0), self.token(count - 1)) else { return false };
        let begins = self.before().is_none_or(|before| between(before.end, first.start));
        begins && self.token(count).is_none_or(|next| between(last.end, next.start))
    }
}

/// A statement within another is shown by the text of the whole.
fn set_text(statement: &mut Statement, text: &Arc<str>) {
    statement.text = text.clone();
    statement.parts.iter_mut().for_each(|part| set_text(part, text));
}
