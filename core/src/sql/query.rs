//! Reads queries: `WITH`, `SELECT`, `FROM` and what joins them.

use super::dialect::Dialect;
use super::keyword::Keyword;
use super::lexer::Kind;
use super::name::TableName;
use super::reader::{Reader, Step};
use super::statement::{EffectKind, Note, StatementKind};

/// What may stand in brackets behind a table of SQL Server.
const TABLE_HINTS: &[&str] = &[
    "nolock",
    "readuncommitted",
    "updlock",
    "holdlock",
    "rowlock",
    "paglock",
    "tablock",
    "tablockx",
    "xlock",
    "readpast",
    "readcommitted",
    "readcommittedlock",
    "repeatableread",
    "serializable",
    "snapshot",
    "nowait",
    "noexpand",
    "forceseek",
    "forcescan",
    "index",
];

impl Reader<'_> {
    /// Reads a query, with what it names before it.
    pub(super) fn query(&mut self) -> Step {
        self.deeper(|reader| {
            let outer = reader.scope.len();
            if reader.is(Keyword::With) {
                reader.with()?;
            }
            reader.query_body()?;
            reader.scope.truncate(outer);
            Ok(())
        })
    }

    /// Reads `WITH a AS (…), b AS (…)`. The names stay in scope until whoever asked is done.
    pub(super) fn with(&mut self) -> Step {
        self.expect(Keyword::With)?;
        // Where a query may always speak of itself, one that names itself reads no table.
        let sees_itself = self.take_word("recursive") || matches!(self.dialect, Dialect::MsSql | Dialect::Sqlite);
        loop {
            let name = self.plain_name()?;
            if self.is_kind(Kind::Open) {
                self.group()?;
            }
            self.expect(Keyword::As)?;
            self.skip_words(&["not", "materialized"]);
            self.count_name()?;
            if sees_itself {
                self.scope.push(name.clone());
            }
            self.deeper(Reader::named_query)?;
            if !sees_itself {
                self.scope.push(name);
            }
            if !self.take_kind(Kind::Comma) {
                return Ok(());
            }
        }
    }

    fn named_query(&mut self) -> Step {
        self.expect_kind(Kind::Open)?;
        match self.keyword(0) {
            Some(Keyword::Insert | Keyword::Update | Keyword::Delete | Keyword::Merge) => {
                self.part(Reader::statement)?
            }
            _ => self.query()?,
        }
        self.expect_kind(Kind::Close)
    }

    /// Reads a query without its `WITH`.
    pub(super) fn query_body(&mut self) -> Step {
        loop {
            self.term()?;
            self.tail()?;
            if !self.is_set_operation() {
                return Ok(());
            }
            self.skip_set_words();
        }
    }

    fn term(&mut self) -> Step {
        match self.keyword(0) {
            Some(Keyword::Select) => self.select(),
            Some(Keyword::Values) => {
                self.pass(1);
                self.take_word("row");
                self.expressions().map(drop)
            }
            Some(Keyword::Table) => {
                self.pass(1);
                let name = self.table_name()?;
                self.read_table(name)
            }
            _ if self.is_kind(Kind::Open) => self.deeper(|reader| {
                reader.expect_kind(Kind::Open)?;
                reader.query()?;
                reader.expect_kind(Kind::Close)
            }),
            _ => Err(self.unexpected()),
        }
    }

    fn select(&mut self) -> Step {
        self.expect(Keyword::Select)?;
        self.select_modifiers()?;
        self.expressions()?;
        if self.is(Keyword::Into) {
            self.select_into()?;
        }
        if self.take(Keyword::From) {
            self.from()?;
        }
        for clause in [Keyword::Prewhere, Keyword::Where] {
            if self.take(clause) {
                self.expression()?;
            }
        }
        while self.begins_group_clause() {
            self.pass(1);
            self.expressions()?;
            if self.is(Keyword::With) && self.is_any_word(1, &["rollup", "cube", "totals"]) {
                self.pass(2);
            }
        }
        Ok(())
    }

    /// `DISTINCT ON (a)`, `TOP (5) PERCENT WITH TIES`.
    fn select_modifiers(&mut self) -> Step {
        self.skip_words(&["all", "distinct"]);
        if self.is(Keyword::On) && self.kind(1) == Some(Kind::Open) {
            self.pass(1);
            self.group()?;
        }
        if self.is_word(0, "top") && matches!(self.kind(1), Some(Kind::Number | Kind::Param | Kind::Open)) {
            self.pass(1);
            self.note_limit(usize::from(self.is_kind(Kind::Open)));
            if self.is_kind(Kind::Open) {
                self.group()?
            } else {
                self.pass(1)
            }
            self.take_word("percent");
            if self.is(Keyword::With) && self.is_word(1, "ties") {
                self.pass(2);
            }
        }
        Ok(())
    }

    fn begins_group_clause(&self) -> bool {
        let next = self.keyword(1);
        match self.keyword(0) {
            Some(Keyword::Group) => next == Some(Keyword::By),
            Some(Keyword::Having | Keyword::Qualify) => true,
            Some(Keyword::Window) => self.keyword(2) == Some(Keyword::As),
            Some(Keyword::Connect) => next == Some(Keyword::By),
            Some(Keyword::Start) => next == Some(Keyword::With),
            _ => false,
        }
    }

    /// Reads what may follow a query, however often it is joined to others.
    pub(super) fn tail(&mut self) -> Step {
        loop {
            match self.keyword(0) {
                Some(Keyword::Order) if self.keyword(1) == Some(Keyword::By) || self.is_word(1, "siblings") => {
                    self.pass(1);
                    self.expressions()?;
                }
                Some(Keyword::Limit) => {
                    self.note_limit(1);
                    self.pass(1);
                    self.expressions()?;
                }
                Some(Keyword::Offset | Keyword::Fetch) => {
                    self.pass(1);
                    self.expression()?;
                    if self.is(Keyword::With) && self.is_word(1, "ties") {
                        self.pass(2);
                    }
                }
                Some(Keyword::For) => self.lock_clause()?,
                Some(Keyword::Lock) if self.keyword(1) == Some(Keyword::In) => self.pass(4),
                Some(Keyword::Into) => self.select_into()?,
                Some(Keyword::Option) if self.kind(1) == Some(Kind::Open) => {
                    self.pass(1);
                    self.group()?;
                }
                _ => return Ok(()),
            }
        }
    }

    /// `FOR UPDATE OF a NOWAIT`, `FOR XML PATH('x')`.
    fn lock_clause(&mut self) -> Step {
        self.expect(Keyword::For)?;
        self.skip_words(&["no", "key", "update", "share", "of"]);
        self.expressions().map(drop)
    }

    /// Notes the bound on the rows that is written `ahead`, if it is for the whole statement.
    pub(super) fn note_limit(&mut self, ahead: usize) {
        let number = self.token(ahead).filter(|token| token.kind == Kind::Number);
        if let (Some(token), true) = (number, self.is_outermost()) {
            self.now.row_limit = self.text_of(token).parse().ok();
        }
    }

    /// `INTO` makes a table, writes a file or fills variables.
    fn select_into(&mut self) -> Step {
        self.expect(Keyword::Into)?;
        if self.is_any_word(0, &["outfile", "dumpfile"]) {
            self.place(self.token(1), EffectKind::WriteFile);
            self.pass(1);
            return self.expressions().map(drop);
        }
        if self.is_kind(Kind::Param) {
            return self.expressions().map(drop);
        }
        self.skip_words(&["temp", "temporary", "unlogged", "local", "global", "table"]);
        let name = self.table_name()?;
        self.now.note(Note::Ddl);
        self.add_write(name)?;
        self.also(StatementKind::Create, None);
        Ok(())
    }

    /// Reads what follows `FROM`.
    pub(super) fn from(&mut self) -> Step {
        loop {
            self.source()?;
            self.join_conditions()?;
            if !self.take_kind(Kind::Comma) && !self.take_join() {
                return Ok(());
            }
        }
    }

    fn join_conditions(&mut self) -> Step {
        loop {
            match self.keyword(0) {
                Some(Keyword::On) if !self.is_any_word(1, &["conflict", "duplicate"]) => {
                    self.pass(1);
                    self.expression()?;
                }
                Some(Keyword::Using) if self.kind(1) == Some(Kind::Open) => {
                    self.pass(1);
                    self.group()?;
                    if self.take(Keyword::As) {
                        self.plain_name()?;
                    }
                }
                _ => return Ok(()),
            }
        }
    }

    fn take_join(&mut self) -> bool {
        let length = self.join_length();
        self.pass(length);
        length > 0
    }

    /// How many words such as `LEFT OUTER JOIN` come next; 0 if they join nothing.
    fn join_length(&self) -> usize {
        use Keyword as K;
        for ahead in 0..5 {
            match self.keyword(ahead) {
                Some(K::Join | K::StraightJoin) => return ahead + 1,
                Some(K::Apply) if ahead > 0 => return ahead + 1,
                Some(
                    K::Inner | K::Left | K::Right | K::Full | K::Cross | K::Natural | K::Outer | K::Asof | K::Anti,
                )
                | Some(K::Semi | K::Any | K::All | K::Merge) => {}
                _ if ahead > 0 && self.is_any_word(ahead, &["hash", "loop", "remote"]) => {}
                _ if self.is_any_word(ahead, &["global", "positional"]) => {}
                _ => return 0,
            }
        }
        0
    }

    /// Reads one table, or whatever stands in the place of one, with its alias.
    pub(super) fn source(&mut self) -> Step {
        self.skip_words(&["lateral", "only"]);
        let table = match self.kind(0) {
            Some(Kind::Open) => {
                self.deeper(Reader::bracketed_source)?;
                None
            }
            Some(Kind::Text) => {
                self.text_source()?;
                None
            }
            Some(Kind::Word) if self.is(Keyword::Values) && self.kind(1) == Some(Kind::Open) => {
                self.pass(1);
                self.rows()?;
                None
            }
            Some(Kind::Param) => {
                self.variable()?;
                None
            }
            Some(Kind::Word) if self.is(Keyword::Table) && self.kind(1) == Some(Kind::Open) => {
                self.pass(1);
                self.table_function_argument()?;
                None
            }
            _ => self.table_or_function()?,
        };
        self.suffixes(table)
    }

    /// A file, or, where names may stand in the quotes of strings, a table.
    fn text_source(&mut self) -> Step {
        let token = self.token(0);
        if self.dialect == Dialect::MySql {
            let name = self.plain_name()?;
            return self.add_read(TableName::new(vec![name], self.dialect));
        }
        self.place(token, EffectKind::ReadFile);
        self.pass(1);
        Ok(())
    }

    /// `(1, 2), (3, 4)`.
    fn rows(&mut self) -> Step {
        self.group()?;
        while self.is_kind(Kind::Comma) && self.kind(1) == Some(Kind::Open) && !self.begins_query(2) {
            self.pass(1);
            self.group()?;
        }
        Ok(())
    }

    /// A variable that holds a table. Where such a sign may also stand for files elsewhere, nobody knows.
    fn variable(&mut self) -> Step {
        let is_variable = self.token(0).is_some_and(|token| self.text_of(token).starts_with('@'));
        if !is_variable || self.dialect == Dialect::Snowflake {
            return Err("it reads a table or a stage that is not written out".into());
        }
        self.pass(1);
        Ok(())
    }

    /// `TABLE(f(x))` reads what a function returns; `TABLE('x')` and `TABLE(:x)` a table that is not written out.
    fn table_function_argument(&mut self) -> Step {
        match self.kind(1) {
            Some(Kind::Word) => self.deeper(|reader| {
                reader.expect_kind(Kind::Open)?;
                reader.source()?;
                reader.expect_kind(Kind::Close)
            }),
            _ => Err("it reads a table that is not written out".into()),
        }
    }

    fn table_or_function(&mut self) -> Step<Option<TableName>> {
        let start = self.at;
        let name = self.table_name()?;
        if !self.is_kind(Kind::Open) {
            self.read_table(name.clone())?;
            return Ok(Some(name));
        }
        if self.is_any_word(1, TABLE_HINTS) {
            self.group()?;
            self.read_table(name.clone())?;
            return Ok(Some(name));
        }
        let known = self.now.functions.len();
        self.expression_of_call(start)?;
        // What looks like a function that nobody knows may be a table with something behind it.
        if self.now.functions.len() > known {
            self.read_table(name)?;
        }
        Ok(None)
    }

    /// Passes over the brackets of a call whose name begins at `start`.
    fn expression_of_call(&mut self, start: usize) -> Step {
        let parts: Vec<String> = (start..self.at)
            .filter_map(|at| self.tokens.get(at))
            .filter(|token| matches!(token.kind, Kind::Word | Kind::Quoted))
            .map(|token| self.unquoted(*token).to_lowercase())
            .collect();
        if let Some((last, qualifiers)) = parts.split_last() {
            // `OPENROWSET(BULK 'file', …)` reads a file; with any other argument it goes to another server.
            if last == "openrowset" && self.keyword(1) == Some(Keyword::Bulk) {
                self.place(self.token(2), EffectKind::ReadFile);
            } else {
                self.call(last, qualifiers, false)?;
            }
        }
        self.group()
    }

    /// Adds a table that is read, unless the name stands for a query of this statement.
    pub(super) fn read_table(&mut self, name: TableName) -> Step {
        let is_query = name.parts().len() == 1 && self.scope.iter().any(|known| known == name.as_str());
        if is_query { self.count_name() } else { self.add_read(name) }
    }

    /// What stands in brackets after `FROM`: a query, or tables that are joined.
    fn bracketed_source(&mut self) -> Step {
        self.expect_kind(Kind::Open)?;
        if self.begins_query(0) {
            self.query()?;
        } else if self.is_kind(Kind::Open) {
            self.deeper(Reader::bracketed_source)?;
            self.after_bracket()?;
        } else {
            self.from()?;
        }
        self.expect_kind(Kind::Close)
    }

    /// Reads on after `((…)`: what was in brackets was a query that is joined to others, or a table.
    fn after_bracket(&mut self) -> Step {
        self.tail()?;
        if self.is_set_operation() {
            self.skip_set_words();
            return self.query_body();
        }
        self.suffixes(None)?;
        self.join_conditions()?;
        if self.take_kind(Kind::Comma) || self.take_join() { self.from() } else { Ok(()) }
    }

    /// Reads what may follow a table: its alias, hints, samples, pivots.
    fn suffixes(&mut self, table: Option<TableName>) -> Step {
        let mut has_alias = false;
        while !self.is_at_end() {
            if self.suffix()? {
                // `WITH OFFSET position` and `PIVOT (…) p` have a name of their own.
                has_alias = false;
                continue;
            }
            if self.is(Keyword::As) {
                self.pass(1);
                if !self.is_kind(Kind::Open) {
                    self.alias(&table)?;
                }
            } else if !has_alias && self.is_alias() {
                self.alias(&table)?;
            } else {
                return Ok(());
            }
            has_alias = true;
            if self.is_kind(Kind::Open) {
                self.group()?;
            }
        }
        Ok(())
    }

    fn alias(&mut self, table: &Option<TableName>) -> Step {
        let name = self.plain_name()?;
        self.aliases.push((name, table.clone()));
        Ok(())
    }

    /// Reads one suffix that is no alias. `false` if none comes next.
    fn suffix(&mut self) -> Step<bool> {
        use Keyword as K;
        let opens = |ahead| self.kind(ahead) == Some(Kind::Open);
        match self.keyword(0) {
            Some(K::Tablesample | K::Sample) if opens(1) || opens(2) => {
                self.pass(if opens(1) { 1 } else { 2 });
                self.group()?;
                if self.is_any_word(0, &["repeatable", "seed"]) {
                    self.pass(1);
                    self.group()?;
                }
            }
            Some(K::With | K::Partition | K::At | K::Before | K::Pivot | K::Unpivot | K::MatchRecognize)
                if opens(1) =>
            {
                self.pass(1);
                self.group()?;
            }
            Some(K::With) if self.is_any_word(1, &["ordinality", "offset"]) => self.pass(2),
            Some(K::Use | K::Force | K::Ignore) if self.is_any_word(1, &["index", "key"]) => self.index_hint()?,
            Some(K::Indexed) if self.keyword(1) == Some(K::By) => {
                self.pass(2);
                self.plain_name()?;
            }
            Some(K::Not) if self.keyword(1) == Some(K::Indexed) => self.pass(2),
            Some(K::For) if self.is_any_word(1, &["system_time", "system_version", "version", "timestamp"]) => {
                self.pass(2);
                self.take(K::From);
                self.expression()?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// `USE INDEX FOR ORDER BY (a)`.
    fn index_hint(&mut self) -> Step {
        self.pass(2);
        if self.take(Keyword::For) {
            self.skip_words(&["join", "order", "group", "by"]);
        }
        self.group()
    }

    /// Whether the next piece is an alias. A word that only some databases keep for themselves is one, unless what
    /// follows could not follow an alias.
    fn is_alias(&self) -> bool {
        use Keyword as K;
        let keyword = match self.token(0) {
            Some(token) if matches!(token.kind, Kind::Quoted | Kind::Text) => return true,
            Some(token) if token.kind == Kind::Word => token.keyword,
            _ => return false,
        };
        let next = self.keyword(1);
        let has_operand = matches!(
            self.kind(1),
            Some(Kind::Number | Kind::Param | Kind::Open | Kind::Text | Kind::Word | Kind::Quoted | Kind::Sign(_))
        );
        match keyword {
            None => true,
            Some(
                K::Inner
                | K::Left
                | K::Right
                | K::Full
                | K::Cross
                | K::Natural
                | K::Outer
                | K::Asof
                | K::Anti
                | K::Semi,
            ) => self.join_length() == 0,
            Some(K::StraightJoin | K::Apply | K::Any | K::All | K::Merge) => false,
            Some(K::Limit | K::Offset | K::Qualify | K::Prewhere | K::Returning | K::Output) => !has_operand,
            Some(K::Fetch) => !self.is_any_word(1, &["first", "next"]),
            Some(K::Window) => self.keyword(2) != Some(K::As),
            Some(K::Minus) => !self.is_set_operation(),
            Some(K::Option) => self.kind(1) != Some(Kind::Open),
            Some(K::Lock) => next != Some(K::In),
            Some(K::Start) => next != Some(K::With),
            Some(K::Connect) => next != Some(K::By),
            Some(K::With) => matches!(self.kind(1), Some(Kind::Comma | Kind::Close)),
            Some(other) if other.starts_statement().is_some() => false,
            Some(other) => !other.is_structure() && other != K::As,
        }
    }
}
