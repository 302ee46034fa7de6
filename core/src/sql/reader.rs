//! The place in a text where reading stands, and what has been found of the statement so far.

use std::borrow::Cow;
use std::sync::Arc;

use super::dialect::Dialect;
use super::keyword::Keyword;
use super::lexer::{Kind, Token};
use super::name::TableName;
use super::statement::{Effect, EffectKind, Note, Statement, StatementKind};
use crate::limits;

/// What could not be read, in one clause.
pub(super) type Unclear = Cow<'static, str>;
/// A step of reading.
pub(super) type Step<T = ()> = Result<T, Unclear>;

/// Parts of the longest name: server, project or database, schema, table, and what a database adds.
const NAME_PARTS_MAX: usize = 5;

/// Reads the statements of one text.
pub(super) struct Reader<'a> {
    pub(super) text: &'a str,
    pub(super) tokens: &'a [Token],
    pub(super) at: usize,
    pub(super) dialect: Dialect,
    /// The statement that is being read.
    pub(super) now: Statement,
    /// Names that stand for queries of the statement and are no tables.
    pub(super) scope: Vec<String>,
    /// What the tables of the statement are also called; `None` for what is no table.
    pub(super) aliases: Vec<(String, Option<TableName>)>,
    /// An earlier statement has changed the schema that names without one belong to.
    pub(super) has_moved: bool,
    depth: usize,
    /// How many tables and functions the whole text has named.
    named: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a str, tokens: &'a [Token], dialect: Dialect) -> Reader<'a> {
        Reader {
            text,
            tokens,
            at: 0,
            dialect,
            now: Statement::new(StatementKind::Other),
            scope: Vec::new(),
            aliases: Vec::new(),
            has_moved: false,
            depth: 0,
            named: 0,
        }
    }

    pub(super) fn token(&self, ahead: usize) -> Option<Token> {
        self.tokens.get(self.at + ahead).copied()
    }

    pub(super) fn before(&self) -> Option<Token> {
        self.at.checked_sub(1).and_then(|before| self.tokens.get(before)).copied()
    }

    pub(super) fn kind(&self, ahead: usize) -> Option<Kind> {
        self.token(ahead).map(|token| token.kind)
    }

    pub(super) fn keyword(&self, ahead: usize) -> Option<Keyword> {
        self.token(ahead).and_then(|token| token.keyword)
    }

    pub(super) fn is(&self, keyword: Keyword) -> bool {
        self.keyword(0) == Some(keyword)
    }

    pub(super) fn is_kind(&self, kind: Kind) -> bool {
        self.kind(0) == Some(kind)
    }

    pub(super) fn is_sign(&self, ahead: usize, sign: u8) -> bool {
        self.kind(ahead) == Some(Kind::Sign(sign))
    }

    /// Whether the word `ahead` is `word`, in any case.
    pub(super) fn is_word(&self, ahead: usize, word: &str) -> bool {
        self.token(ahead)
            .is_some_and(|token| token.kind == Kind::Word && self.text_of(token).eq_ignore_ascii_case(word))
    }

    pub(super) fn is_any_word(&self, ahead: usize, words: &[&str]) -> bool {
        words.iter().any(|word| self.is_word(ahead, word))
    }

    pub(super) fn text_of(&self, token: Token) -> &'a str {
        self.text.get(token.start..token.end).unwrap_or_default()
    }

    /// The word `ahead` in lower case; empty if there is none.
    pub(super) fn lower(&self, ahead: usize) -> String {
        let word = self.token(ahead).filter(|token| token.kind == Kind::Word);
        word.map(|token| self.text_of(token).to_ascii_lowercase()).unwrap_or_default()
    }

    pub(super) fn take(&mut self, keyword: Keyword) -> bool {
        let found = self.is(keyword);
        self.at += usize::from(found);
        found
    }

    pub(super) fn take_kind(&mut self, kind: Kind) -> bool {
        let found = self.is_kind(kind);
        self.at += usize::from(found);
        found
    }

    pub(super) fn take_word(&mut self, word: &str) -> bool {
        let found = self.is_word(0, word);
        self.at += usize::from(found);
        found
    }

    /// Passes over `count` pieces, whatever they are, but not over the end of the statement.
    pub(super) fn pass(&mut self, count: usize) {
        for _ in 0..count {
            self.at += usize::from(!self.is_at_end());
        }
    }

    /// Passes over any of `words`, as often as they come.
    pub(super) fn skip_words(&mut self, words: &[&str]) {
        while self.is_any_word(0, words) {
            self.at += 1;
        }
    }

    /// Passes over `IF EXISTS` and `IF NOT EXISTS`.
    pub(super) fn skip_if_exists(&mut self) {
        if self.is(Keyword::If) {
            self.skip_words(&["if", "not", "exists"]);
        }
    }

    pub(super) fn expect(&mut self, keyword: Keyword) -> Step {
        if self.take(keyword) { Ok(()) } else { Err(self.unexpected()) }
    }

    pub(super) fn expect_kind(&mut self, kind: Kind) -> Step {
        if self.take_kind(kind) { Ok(()) } else { Err(self.unexpected()) }
    }

    /// Says that the next piece has no place here. Shows nothing but words of SQL.
    pub(super) fn unexpected(&self) -> Unclear {
        match self.token(0) {
            None => "the statement ends too early".into(),
            Some(token) if token.keyword.is_some() => {
                format!("`{}` was not expected there", self.text_of(token)).into()
            }
            Some(token) => match token.kind {
                Kind::Word | Kind::Quoted => "a name was not expected there".into(),
                Kind::Text | Kind::Number | Kind::Param => "a value was not expected there".into(),
                _ => "a sign was not expected there".into(),
            },
        }
    }

    /// Whether the statement ends here.
    pub(super) fn is_at_end(&self) -> bool {
        matches!(self.kind(0), None | Some(Kind::Semicolon | Kind::Client))
    }

    /// Reads something one level further in.
    pub(super) fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Step<T>) -> Step<T> {
        if self.depth >= limits::SQL_DEPTH_MAX {
            return Err("it is nested too deeply".into());
        }
        self.depth += 1;
        let result = read(self);
        self.depth -= 1;
        result
    }

    /// Whether this is the outermost query of a statement.
    pub(super) fn is_outermost(&self) -> bool {
        self.depth <= 1
    }

    /// Reads a statement that runs within this one.
    pub(super) fn part(&mut self, read: impl FnOnce(&mut Self) -> Step) -> Step {
        let outer = std::mem::replace(&mut self.now, Statement::new(StatementKind::Other));
        let aliases = std::mem::take(&mut self.aliases);
        let result = self.deeper(read);
        self.aliases = aliases;
        let inner = std::mem::replace(&mut self.now, outer);
        self.now.parts.push(inner);
        result
    }

    /// Says that this statement is also a statement of `kind` on the same tables.
    pub(super) fn also(&mut self, kind: StatementKind, has_where: Option<bool>) {
        let mut part = Statement::new(kind);
        part.writes.clone_from(&self.now.writes);
        part.has_where = has_where;
        part.note(if kind == StatementKind::Create { Note::Ddl } else { Note::Write });
        if !self.now.parts.iter().any(|known| known.kind == kind) {
            self.now.parts.push(part);
        }
    }

    /// Counts one more name, so that no text makes the lists of names endless.
    pub(super) fn count_name(&mut self) -> Step {
        self.named += 1;
        if self.named > limits::SQL_NAMES_MAX {
            Err("it names more tables and functions than are read".into())
        } else {
            Ok(())
        }
    }

    pub(super) fn add_read(&mut self, name: TableName) -> Step {
        self.count_name()?;
        if !self.now.reads.contains(&name) {
            self.now.reads.push(name);
        }
        Ok(())
    }

    pub(super) fn add_write(&mut self, name: TableName) -> Step {
        self.count_name()?;
        if !self.now.writes.contains(&name) {
            self.now.writes.push(name);
        }
        Ok(())
    }

    /// Notes what the statement does outside of the database. What is not written out is not known.
    pub(super) fn effect(&mut self, kind: EffectKind, value: Option<String>) {
        if value.is_none() {
            self.now.doubt(match kind {
                EffectKind::RunProgram => "it runs a program that is not written out",
                EffectKind::Request => "it contacts an address that is not written out",
                EffectKind::ReadFile | EffectKind::WriteFile | EffectKind::ListFiles => {
                    "it uses a file whose name is not written out"
                }
            });
        }
        let effect = Effect { kind, value: value.map(Arc::from) };
        if !self.now.effects.contains(&effect) {
            self.now.effects.push(effect);
        }
    }

    /// The file or address that the string `token` names.
    pub(super) fn place(&mut self, token: Option<Token>, kind: EffectKind) {
        let value = token.and_then(|token| self.string(token));
        match value.as_deref().map(address) {
            Some(Some(_)) => self.effect(EffectKind::Request, value),
            _ => self.effect(kind, value),
        }
    }

    /// What the string `token` stands for; `None` if it is none, or is written in escapes.
    pub(super) fn string(&self, token: Token) -> Option<String> {
        let text = self.text_of(token);
        if token.kind != Kind::Text
            || text.contains('\\') && (self.dialect.rules().backslash || !text.starts_with('\''))
        {
            return None;
        }
        if text.starts_with('$') {
            let length = text.get(1..)?.find('$')? + 2;
            return text.get(length..text.len().checked_sub(length)?).map(str::to_owned);
        }
        let inner = text.trim_start_matches(['N', 'n']);
        let quote = inner.chars().next().filter(|quote| matches!(quote, '\'' | '"'))?;
        let inner = inner.strip_prefix(quote)?.strip_suffix(quote)?;
        Some(inner.replace(&format!("{quote}{quote}"), &quote.to_string()))
    }

    /// Reads the name of a table, `schema.table`.
    pub(super) fn table_name(&mut self) -> Step<TableName> {
        let mut parts = Vec::new();
        let mut is_plain;
        loop {
            is_plain = self.kind(0) == Some(Kind::Word);
            self.name_part(&mut parts)?;
            if !self.take_kind(Kind::Dot) || parts.len() > NAME_PARTS_MAX {
                break;
            }
            // `database..table` is in the usual schema.
            while self.take_kind(Kind::Dot) {
                parts.push(self.dialect.default_schema().unwrap_or("?").to_owned());
            }
        }
        if parts.len() > NAME_PARTS_MAX {
            return Err("a name has more parts than any database gives it".into());
        }
        if is_plain {
            self.cut_link(&mut parts);
        }
        if parts.len() == 1 {
            parts.splice(0..0, self.unwritten_schema(&parts));
        }
        Ok(TableName::new(parts, self.dialect))
    }

    /// `table@link` is a table of another database, in those that know links.
    fn cut_link(&mut self, parts: &mut [String]) {
        let Some(last) = parts.last_mut().filter(|_| self.dialect != Dialect::MsSql) else { return };
        if let Some((table, _)) = last.split_once('@').filter(|(table, link)| !table.is_empty() && !link.is_empty()) {
            *last = table.to_owned();
            self.now.note(Note::Remote);
            self.now.doubt("a table lies in another database");
        }
    }

    /// The schema that a name without one is certain to be in, or `?` if that is what nobody knows any more.
    fn unwritten_schema(&self, parts: &[String]) -> Option<String> {
        let name = parts.first()?;
        match self.dialect {
            Dialect::PostgreSql if name.starts_with("pg_") => Some("pg_catalog".to_owned()),
            Dialect::MsSql if name.starts_with("sys") => Some("sys".to_owned()),
            _ => self.has_moved.then(|| "?".to_owned()),
        }
    }

    fn name_part(&mut self, parts: &mut Vec<String>) -> Step {
        let token = self.token(0).ok_or_else(|| self.unexpected())?;
        let is_first = parts.is_empty();
        match token.kind {
            Kind::Word if is_first && token.keyword.is_some_and(is_no_name) => Err(self.unexpected()),
            Kind::Word => {
                self.at += 1;
                let word = self.with_dashes(token);
                parts.push(self.dialect.fold(word, false));
                Ok(())
            }
            Kind::Quoted => {
                self.at += 1;
                self.quoted_parts(token, parts);
                Ok(())
            }
            Kind::Param => Err("a table is named by a parameter".into()),
            _ => Err(self.unexpected()),
        }
    }

    /// BigQuery allows dashes in the name of a project.
    fn with_dashes(&mut self, token: Token) -> &'a str {
        let mut end = token.end;
        if self.dialect == Dialect::BigQuery {
            while let (Some(dash), Some(next)) = (self.token(0), self.token(1))
                && dash.kind == Kind::Sign(b'-')
                && matches!(next.kind, Kind::Word | Kind::Number)
                && dash.start == end
                && next.start == dash.end
            {
                end = next.end;
                self.at += 2;
            }
        }
        self.text.get(token.start..end).unwrap_or_default()
    }

    fn quoted_parts(&self, token: Token, parts: &mut Vec<String>) {
        let name = self.unquoted(token);
        match self.dialect {
            // A whole path may stand in one pair of quotes.
            Dialect::BigQuery => parts.extend(name.split('.').map(|part| self.dialect.fold(part, true))),
            _ => parts.push(self.dialect.fold(&name, true)),
        }
    }

    /// A name in quotes without them.
    pub(super) fn unquoted(&self, token: Token) -> String {
        let text = self.text_of(token);
        if token.kind != Kind::Quoted && !(token.kind == Kind::Text && text.starts_with(['\'', '"'])) {
            return text.to_owned();
        }
        let inner = text.get(1..text.len().saturating_sub(1)).unwrap_or_default();
        match text.chars().last() {
            Some(close @ ('"' | '`' | ']' | '\'')) if inner.contains(close) => {
                inner.replace(&format!("{close}{close}"), &close.to_string())
            }
            _ => inner.to_owned(),
        }
    }

    /// Reads a name that is no table: of a column, an alias, a query.
    pub(super) fn plain_name(&mut self) -> Step<String> {
        match self.token(0) {
            Some(token) if matches!(token.kind, Kind::Word | Kind::Quoted | Kind::Text) => {
                self.at += 1;
                let name = self.unquoted(token);
                Ok(self.dialect.fold(&name, token.kind != Kind::Word))
            }
            _ => Err(self.unexpected()),
        }
    }
}

/// The scheme of `value`, if it is an address.
fn address(value: &str) -> Option<&str> {
    let (scheme, _) = value.split_once("://")?;
    let is_scheme =
        !scheme.is_empty() && scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'));
    (is_scheme && !scheme.eq_ignore_ascii_case("file")).then_some(scheme)
}

/// Whether a word cannot be the name of a table.
fn is_no_name(keyword: Keyword) -> bool {
    let starts = keyword.starts_statement().is_some_and(|is_sure| is_sure.0);
    starts
        || keyword.is_structure()
            && !matches!(keyword, Keyword::Offset | Keyword::Option | Keyword::Output | Keyword::Start | Keyword::Do)
}
