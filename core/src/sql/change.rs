//! Reads the statements that change rows: `INSERT`, `UPDATE`, `DELETE`, `MERGE`, `TRUNCATE`, `COPY`, `LOAD`.

use std::ops::Range;

use super::constant;
use super::dialect::Dialect;
use super::keyword::Keyword;
use super::lexer::Kind;
use super::name::TableName;
use super::reader::{Reader, Step};
use super::statement::{EffectKind, Note, StatementKind};

impl Reader<'_> {
    /// `INSERT INTO t …`, `REPLACE INTO t …`.
    pub(super) fn insert(&mut self) -> Step {
        self.begin_change(StatementKind::Insert);
        let mut overwrites = self.take(Keyword::Replace);
        self.take(Keyword::Insert);
        if self.take(Keyword::Or) {
            overwrites |= self.is(Keyword::Replace);
            self.pass(1);
        }
        self.skip_words(&["low_priority", "high_priority", "delayed", "ignore"]);
        self.skip_top()?;
        let replaces_all = self.take_word("overwrite");
        self.take(Keyword::Into);
        self.take(Keyword::Table);
        self.target()?;
        if replaces_all {
            self.now.note(Note::NoWhere);
            self.also(StatementKind::Delete, Some(false));
        }
        if overwrites {
            self.also(StatementKind::Update, Some(true));
        }
        self.insert_columns()?;
        self.insert_rows()?;
        self.on_conflict()?;
        self.returning()
    }

    fn insert_columns(&mut self) -> Step {
        if self.is(Keyword::Partition) && self.kind(1) == Some(Kind::Open) {
            self.pass(1);
            self.group()?;
        }
        if self.take(Keyword::As) {
            self.plain_name()?;
        }
        if self.is_kind(Kind::Open) && !self.begins_query(1) && self.kind(1) != Some(Kind::Open) {
            self.group()?;
        }
        if self.is_word(0, "overriding") {
            self.pass(3);
        }
        self.output()
    }

    fn insert_rows(&mut self) -> Step {
        match self.keyword(0) {
            Some(Keyword::Values) => {
                self.pass(1);
                self.expressions().map(drop)
            }
            Some(Keyword::Set) => {
                self.pass(1);
                self.expressions().map(drop)
            }
            Some(Keyword::Exec | Keyword::Execute) => self.part(Reader::statement),
            Some(Keyword::Select | Keyword::With | Keyword::Table) => self.query(),
            _ if self.is_word(0, "value") => {
                self.pass(1);
                self.expressions().map(drop)
            }
            _ if self.is_word(0, "default") && self.keyword(1) == Some(Keyword::Values) => {
                self.pass(2);
                Ok(())
            }
            _ if self.is_kind(Kind::Open) => self.query(),
            _ => Err(self.unexpected()),
        }
    }

    /// What happens to rows that are there already: they are left alone or changed.
    fn on_conflict(&mut self) -> Step {
        // `VALUES (…) AS new ON DUPLICATE KEY …` was passed over with the values; a query may end in it too.
        while self.take(Keyword::On) {
            let is_duplicate = self.is_word(0, "duplicate");
            self.skip_words(&["duplicate", "key", "conflict", "on", "constraint"]);
            if !is_duplicate {
                if self.is_kind(Kind::Open) {
                    self.group()?;
                }
                self.expression()?;
                if self.take(Keyword::Where) {
                    self.expression()?;
                }
                self.expect(Keyword::Do)?;
            }
            if self.take_word("nothing") {
                continue;
            }
            self.expect(Keyword::Update)?;
            self.take(Keyword::Set);
            self.also(StatementKind::Update, Some(true));
            self.expressions()?;
            if self.take(Keyword::Where) {
                self.expression()?;
            }
        }
        Ok(())
    }

    /// `UPDATE t SET … FROM … WHERE …`.
    pub(super) fn update(&mut self) -> Step {
        self.begin_change(StatementKind::Update);
        self.expect(Keyword::Update)?;
        if self.take(Keyword::Or) {
            self.pass(1);
        }
        self.skip_words(&["low_priority", "ignore"]);
        self.skip_top()?;
        let first = self.at;
        // All tables that are joined here may be changed, whichever of them the assignments name.
        let reads = std::mem::take(&mut self.now.reads);
        self.from()?;
        self.now.writes = std::mem::replace(&mut self.now.reads, reads);
        self.keep_name(first);
        self.expect(Keyword::Set)?;
        self.expressions()?;
        self.output()?;
        if self.take(Keyword::From) {
            self.from()?;
        }
        self.condition()?;
        self.tail()?;
        self.returning()?;
        self.settle_targets();
        Ok(())
    }

    /// What an update changes may be called as a query of the statement, which is no table.
    fn keep_name(&mut self, first: usize) {
        if let Some(token) = self.tokens.get(first).filter(|_| self.now.writes.is_empty()) {
            let name = self.dialect.fold(&self.unquoted(*token), token.kind == Kind::Quoted);
            self.now.writes.push(TableName::new(vec![name], self.dialect));
        }
    }

    /// `DELETE FROM t USING … WHERE …`, `DELETE a FROM t a JOIN …`.
    pub(super) fn delete(&mut self) -> Step {
        self.begin_change(StatementKind::Delete);
        self.expect(Keyword::Delete)?;
        self.skip_words(&["low_priority", "quick", "ignore"]);
        self.skip_top()?;
        self.take(Keyword::From);
        loop {
            self.delete_target()?;
            if !self.take_kind(Kind::Comma) {
                break;
            }
        }
        self.output()?;
        if self.take(Keyword::Using) || self.take(Keyword::From) {
            self.from()?;
        }
        self.condition()?;
        self.tail()?;
        self.returning()?;
        self.settle_targets();
        Ok(())
    }

    fn delete_target(&mut self) -> Step {
        self.take(Keyword::Only);
        let name = self.table_name()?;
        self.add_write(name.clone())?;
        if self.is_sign(0, b'*') {
            self.pass(1);
        }
        self.target_suffixes(name)
    }

    /// `MERGE INTO t USING s ON … WHEN MATCHED THEN …`.
    pub(super) fn merge(&mut self) -> Step {
        self.begin_change(StatementKind::Merge);
        self.expect(Keyword::Merge)?;
        self.skip_top()?;
        self.take(Keyword::Into);
        self.target()?;
        self.expect(Keyword::Using)?;
        self.source()?;
        self.expect(Keyword::On)?;
        self.expression()?;
        while self.take(Keyword::When) {
            self.merge_case()?;
        }
        self.output()?;
        self.tail()?;
        self.returning()?;
        self.settle_targets();
        Ok(())
    }

    fn merge_case(&mut self) -> Step {
        self.expression()?;
        self.expect(Keyword::Then)?;
        match self.keyword(0) {
            Some(Keyword::Delete) => {
                self.pass(1);
                self.also(StatementKind::Delete, Some(true));
            }
            Some(Keyword::Update) => {
                self.pass(1);
                self.expect(Keyword::Set)?;
                self.also(StatementKind::Update, Some(true));
                self.expressions()?;
            }
            Some(Keyword::Insert) => {
                self.pass(1);
                self.also(StatementKind::Insert, None);
                if self.is_kind(Kind::Open) {
                    self.group()?;
                }
                if self.take(Keyword::Values) {
                    self.expressions()?;
                } else if !self.take_word("row") {
                    self.skip_words(&["default"]);
                    self.expect(Keyword::Values)?;
                }
            }
            Some(Keyword::Do) => self.pass(2),
            _ => return Err(self.unexpected()),
        }
        if self.take(Keyword::Where) {
            self.expression()?;
        }
        Ok(())
    }

    /// `TRUNCATE TABLE a, b CASCADE`.
    pub(super) fn truncate(&mut self) -> Step {
        self.begin_change(StatementKind::Truncate);
        self.now.note(Note::NoWhere);
        self.expect(Keyword::Truncate)?;
        self.skip_words(&["table", "only"]);
        self.skip_if_exists();
        loop {
            let name = self.table_name()?;
            self.add_write(name)?;
            if self.is_sign(0, b'*') {
                self.pass(1);
            }
            if !self.take_kind(Kind::Comma) {
                break;
            }
        }
        self.skip_words(&["restart", "continue", "identity", "cascade", "restrict", "drop", "reuse", "storage"]);
        if self.is(Keyword::With) && self.kind(1) == Some(Kind::Open) {
            self.pass(1);
            self.group()?;
        }
        Ok(())
    }

    /// `COPY t FROM 'file'`, `COPY (SELECT …) TO PROGRAM '…'`, `COPY INTO t FROM @stage`.
    pub(super) fn copy(&mut self) -> Step {
        self.now.kind = StatementKind::Copy;
        self.expect(Keyword::Copy)?;
        if self.take(Keyword::Into) {
            return self.copy_into();
        }
        self.take_word("binary");
        let table = if self.is_kind(Kind::Open) {
            self.group()?;
            None
        } else {
            let name = self.table_name()?;
            if self.is_kind(Kind::Open) {
                self.group()?;
            }
            Some(name)
        };
        let loads = self.take(Keyword::From);
        if !loads && !self.take_word("to") {
            return Err(self.unexpected());
        }
        match table {
            Some(name) if loads => self.change_table(name)?,
            Some(name) => self.add_read(name)?,
            None if loads => return Err("it loads into a query".into()),
            None => {}
        }
        self.copy_place(loads)?;
        self.copy_options()
    }

    fn copy_place(&mut self, loads: bool) -> Step {
        let kind = if loads { EffectKind::ReadFile } else { EffectKind::WriteFile };
        if self.take_word("program") {
            let command = self.token(0).and_then(|token| self.string(token));
            self.effect(EffectKind::RunProgram, command);
        } else if self.is_any_word(0, &["stdin", "stdout"]) {
        } else {
            self.place(self.token(0), kind);
        }
        self.pass(1);
        Ok(())
    }

    fn copy_options(&mut self) -> Step {
        self.take(Keyword::With);
        self.expressions()?;
        if self.take(Keyword::Where) {
            self.expression()?;
        }
        Ok(())
    }

    /// `COPY INTO` has a table on one side and a stage or an address on the other.
    fn copy_into(&mut self) -> Step {
        let unloads = matches!(self.kind(0), Some(Kind::Text | Kind::Param | Kind::Sign(b'@')));
        if unloads {
            self.stage(EffectKind::WriteFile)?;
        } else {
            let name = self.table_name()?;
            self.change_table(name)?;
            if self.is_kind(Kind::Open) {
                self.group()?;
            }
        }
        self.expect(Keyword::From)?;
        match self.kind(0) {
            Some(Kind::Open) if unloads => self.group()?,
            Some(Kind::Open) => return Err("it loads from a query over a stage".into()),
            _ if unloads => {
                let name = self.table_name()?;
                self.add_read(name)?;
            }
            _ => self.stage(EffectKind::ReadFile)?,
        }
        self.expressions().map(drop)
    }

    fn stage(&mut self, kind: EffectKind) -> Step {
        if self.is_kind(Kind::Text) {
            self.place(self.token(0), kind);
            self.pass(1);
            return Ok(());
        }
        self.now.doubt("it uses a stage, and nobody knows where that leads");
        while !self.is_at_end() && !self.is(Keyword::From) && !self.is_word(0, "file_format") {
            self.pass(1);
        }
        Ok(())
    }

    /// `LOAD DATA LOCAL INFILE 'file' INTO TABLE t`, or a library that is loaded into the server.
    pub(super) fn load(&mut self) -> Step {
        self.now.kind = StatementKind::Load;
        self.expect(Keyword::Load)?;
        if !self.is_any_word(0, &["data", "xml"]) {
            self.now.note(Note::Code);
            return Err("it loads code into the database".into());
        }
        self.pass(1);
        self.skip_words(&["low_priority", "concurrent", "local"]);
        if !self.take_word("infile") && !self.take_word("inpath") {
            return Err(self.unexpected());
        }
        self.place(self.token(0), EffectKind::ReadFile);
        self.pass(1);
        let overwrites = self.take(Keyword::Replace);
        self.skip_words(&["ignore", "overwrite"]);
        self.expect(Keyword::Into)?;
        self.expect(Keyword::Table)?;
        let name = self.table_name()?;
        self.change_table(name)?;
        if overwrites {
            self.also(StatementKind::Update, Some(true));
        }
        self.expressions()?;
        if self.take(Keyword::Set) {
            self.expressions()?;
        }
        Ok(())
    }

    /// `BULK INSERT t FROM 'file'`.
    pub(super) fn bulk_insert(&mut self) -> Step {
        self.now.kind = StatementKind::Load;
        self.expect(Keyword::Bulk)?;
        self.expect(Keyword::Insert)?;
        let name = self.table_name()?;
        self.change_table(name)?;
        self.expect(Keyword::From)?;
        self.place(self.token(0), EffectKind::ReadFile);
        self.pass(1);
        self.take(Keyword::With);
        self.expressions().map(drop)
    }

    pub(super) fn begin_change(&mut self, kind: StatementKind) {
        self.now.kind = kind;
        self.now.note(Note::Write);
    }

    pub(super) fn change_table(&mut self, name: TableName) -> Step {
        self.now.note(Note::Write);
        self.add_write(name)
    }

    /// The one table that a statement changes, with its alias.
    fn target(&mut self) -> Step {
        let name = self.table_name()?;
        self.add_write(name.clone())?;
        if self.is_kind(Kind::Open) || self.is(Keyword::As) && self.now.kind == StatementKind::Insert {
            return Ok(());
        }
        self.target_suffixes(name)
    }

    fn target_suffixes(&mut self, name: TableName) -> Step {
        if self.is_at_end() || self.is_kind(Kind::Comma) {
            return Ok(());
        }
        if self.is(Keyword::With) && self.kind(1) == Some(Kind::Open)
            || self.is(Keyword::Partition) && self.kind(1) == Some(Kind::Open) && self.now.kind != StatementKind::Insert
        {
            self.pass(1);
            self.group()?;
        }
        let has_alias = self.take(Keyword::As) || self.is_target_alias();
        if has_alias {
            let alias = self.plain_name()?;
            self.aliases.push((alias, Some(name)));
        }
        if self.is(Keyword::With) && self.kind(1) == Some(Kind::Open) {
            self.pass(1);
            self.group()?;
        }
        Ok(())
    }

    fn is_target_alias(&self) -> bool {
        let word = self.token(0).filter(|token| matches!(token.kind, Kind::Word | Kind::Quoted));
        let is_other = self.is_any_word(0, &["value", "default", "overriding"]);
        word.is_some_and(|token| token.keyword.is_none()) && !is_other
    }

    fn skip_top(&mut self) -> Step {
        if self.is_word(0, "top") {
            self.pass(1);
            if self.is_kind(Kind::Open) {
                self.group()?
            } else {
                self.pass(1)
            }
            self.take_word("percent");
        }
        Ok(())
    }

    /// Reads the condition of an update or a delete and tells whether it leaves any row out.
    fn condition(&mut self) -> Step {
        let mut has_where = false;
        if self.take(Keyword::Where) {
            let tokens = self.expression()?;
            has_where = !self.is_true_of_all(tokens);
        }
        self.now.has_where = Some(has_where);
        if !has_where {
            self.now.note(Note::NoWhere);
        }
        Ok(())
    }

    fn is_true_of_all(&self, tokens: Range<usize>) -> bool {
        let or_signs = matches!(self.dialect, Dialect::Generic | Dialect::MySql);
        constant::is_constant(self.text, self.tokens.get(tokens).unwrap_or_default(), or_signs)
    }

    /// `OUTPUT deleted.* INTO t`.
    fn output(&mut self) -> Step {
        if self.take(Keyword::Output) {
            self.expressions()?;
            if self.take(Keyword::Into) {
                if self.is_kind(Kind::Param) {
                    self.pass(1);
                } else {
                    let name = self.table_name()?;
                    self.add_write(name)?;
                    self.also(StatementKind::Insert, None);
                }
                if self.is_kind(Kind::Open) {
                    self.group()?;
                }
            }
        }
        Ok(())
    }

    fn returning(&mut self) -> Step {
        if self.take(Keyword::Returning) {
            self.expressions()?;
            if self.take(Keyword::Into) {
                self.expressions()?;
            }
        }
        Ok(())
    }

    /// Puts the tables in the place of the aliases that are changed. A change of a query is one of all that it reads.
    fn settle_targets(&mut self) {
        let targets = std::mem::take(&mut self.now.writes);
        for target in targets {
            let is_bare = target.parts().len() == 1;
            let is_named = |name: &str| is_bare && name == target.as_str();
            let mut aliased =
                self.aliases.iter().filter(|(alias, table)| is_named(alias) && table.as_ref() != Some(&target));
            let is_query = self.scope.iter().any(|name| is_named(name));
            let found: Vec<TableName> = match aliased.next() {
                Some((_, Some(table))) => vec![table.clone()],
                Some((_, None)) => self.now.reads.clone(),
                None if is_query => self.now.reads.iter().cloned().chain([target.clone()]).collect(),
                None => vec![target],
            };
            for name in found {
                if !self.now.writes.contains(&name) {
                    self.now.writes.push(name);
                }
            }
        }
    }
}
