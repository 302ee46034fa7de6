//! Reads the statements that direct the server, the session or a script.

use super::dialect::Dialect;
use super::function::{self, Harm};
use super::keyword::Keyword;
use super::lexer::Kind;
use super::reader::{Reader, Step};
use super::statement::{EffectKind, Note, StatementKind};

impl Reader<'_> {
    /// Reads one statement, up to where it ends.
    pub(super) fn statement(&mut self) -> Step {
        use Keyword as K;
        use StatementKind as S;
        let Some(keyword) = self.keyword(0) else { return self.without_keyword() };
        match keyword {
            K::With => self.with_statement(),
            K::Select | K::Values | K::Table => self.select_statement(),
            K::Insert | K::Replace => self.insert(),
            K::Update => self.update(),
            K::Delete => self.delete(),
            K::Merge => self.merge(),
            K::Truncate => self.truncate(),
            K::Copy => self.copy(),
            K::Load => self.load(),
            K::Bulk => self.bulk_insert(),
            K::Create => self.create(),
            K::Alter => self.alter(),
            K::Drop => self.drop(),
            K::Rename => self.rename(),
            K::Comment => self.comment(),
            K::Grant => self.rights(S::Grant),
            K::Revoke | K::Deny => self.rights(S::Revoke),
            K::Explain => self.explain(),
            K::Describe | K::Desc => self.describe(),
            K::Show => self.show(),
            K::Set | K::Reset => self.set(),
            K::Use => self.use_database(),
            K::Begin | K::Start => self.begin(),
            K::Commit | K::End => self.end(S::Commit),
            K::Rollback | K::Abort => self.end(S::Rollback),
            K::Savepoint | K::Release | K::Save => self.plain(S::Savepoint),
            K::Lock | K::Unlock => self.lock(),
            K::Exec | K::Execute | K::Call => self.call_statement(),
            K::Do => self.anonymous_code(),
            K::Prepare => self.prepare(),
            K::Declare => self.declare(),
            K::Deallocate | K::Close | K::Fetch | K::Open | K::Print | K::Return | K::Raiserror => {
                self.plain(S::Control)
            }
            K::If | K::While => self.branch(),
            K::Else | K::Then | K::Elseif => {
                self.now.kind = S::Control;
                self.pass(1);
                Ok(())
            }
            K::Vacuum => self.vacuum(),
            K::Analyze | K::Analyse | K::Reindex | K::Cluster | K::Refresh | K::Optimize | K::Repair => {
                self.maintenance()
            }
            K::Attach | K::Detach => self.attach(),
            K::Pragma => self.pragma(),
            K::Put | K::Get | K::List | K::Remove => self.stage_statement(),
            K::Export | K::Import | K::Backup | K::Restore => self.backup(),
            K::Kill | K::Flush | K::Shutdown | K::Reconfigure | K::Checkpoint | K::Discard | K::Dbcc => {
                self.administer()
            }
            K::Listen | K::Notify | K::Unlisten | K::Waitfor => self.plain(S::Control),
            K::Install => Err("it installs code into the database".into()),
            _ => Err(self.unexpected()),
        }
    }

    fn without_keyword(&mut self) -> Step {
        if self.is_kind(Kind::Open) {
            return self.select_statement();
        }
        // The first statement of a batch may be the mere name of a procedure.
        if self.dialect == Dialect::MsSql && matches!(self.kind(0), Some(Kind::Word | Kind::Quoted)) {
            self.now.kind = StatementKind::Call;
            return self.procedure();
        }
        Err(self.unexpected())
    }

    fn select_statement(&mut self) -> Step {
        self.now.kind = StatementKind::Select;
        self.query()
    }

    fn with_statement(&mut self) -> Step {
        self.now.kind = StatementKind::Select;
        self.with()?;
        match self.keyword(0) {
            Some(Keyword::Insert | Keyword::Replace | Keyword::Update | Keyword::Delete | Keyword::Merge) => {
                self.statement()
            }
            _ => self.deeper(Reader::query_body),
        }
    }

    /// `LOCK TABLE a, b IN SHARE MODE`, `LOCK TABLES a READ, b AS c WRITE`.
    fn lock(&mut self) -> Step {
        self.now.kind = StatementKind::Lock;
        self.pass(1);
        self.skip_words(&["table", "tables", "only"]);
        while matches!(self.kind(0), Some(Kind::Word | Kind::Quoted)) && self.keyword(0).is_none() {
            let name = self.table_name()?;
            self.add_read(name)?;
            self.expression()?;
            if !self.take_kind(Kind::Comma) {
                break;
            }
        }
        self.loose()
    }

    /// Passes over a statement in which only expressions stand.
    fn plain(&mut self, kind: StatementKind) -> Step {
        self.now.kind = kind;
        self.pass(1);
        self.loose()
    }

    /// Passes over what has no structure that matters, up to the end or the next statement.
    fn loose(&mut self) -> Step {
        loop {
            self.expressions()?;
            if self.is_at_end() || !self.is_loose_word() {
                return Ok(());
            }
            self.pass(1);
            // `SHOW COLUMNS FROM t` names a table, and so do some others.
            if self.before().is_some_and(|token| token.keyword == Some(Keyword::From))
                && matches!(self.kind(0), Some(Kind::Word | Kind::Quoted))
            {
                let name = self.table_name()?;
                self.add_read(name)?;
            }
        }
    }

    fn show(&mut self) -> Step {
        self.now.kind = StatementKind::Show;
        self.pass(1);
        self.shown_place()?;
        self.loose()
    }

    /// `SHOW TABLES IN db`.
    fn shown_place(&mut self) -> Step {
        let names = |reader: &Self| matches!(reader.kind(1), Some(Kind::Word | Kind::Quoted));
        while !self.is_at_end() {
            if self.is(Keyword::In) && names(self) && self.keyword(1).is_none() {
                self.pass(1);
                let name = self.table_name()?;
                self.add_read(name)?;
            } else if matches!(self.kind(0), Some(Kind::Word)) && !self.is_loose_word() && !self.is(Keyword::Like) {
                self.pass(1);
            } else {
                break;
            }
        }
        Ok(())
    }

    fn is_loose_word(&self) -> bool {
        use Keyword as K;
        let is_name = self.now.kind == StatementKind::Show
            && matches!(self.keyword(0), Some(K::Create | K::Grant | K::Table | K::Into | K::Values));
        is_name
            || self.keyword(0).is_some_and(|keyword| {
                keyword.is_structure()
                    && keyword.starts_statement().is_none()
                    && keyword != K::Table
                    && keyword != K::Into
            })
    }

    /// `EXPLAIN` plans a statement without running it; with `ANALYZE` it runs it.
    fn explain(&mut self) -> Step {
        self.now.kind = StatementKind::Explain;
        self.pass(1);
        let mut runs = false;
        loop {
            if self.is_kind(Kind::Open) && !self.begins_query(1) && self.kind(1) != Some(Kind::Open) {
                runs |= self.has_word_in_bracket(&["analyze", "analyse"]);
                self.group()?;
            } else if self.is_any_word(0, &["analyze", "analyse"]) {
                runs = true;
                self.pass(1);
            } else if self.is_any_word(
                0,
                &["verbose", "extended", "partitions", "query", "plan", "formatted", "codegen", "cost", "logical"],
            ) || self.is(Keyword::For)
            {
                self.pass(1);
            } else if self.is_any_word(0, &["format"]) {
                self.pass(if self.is_sign(1, b'=') { 3 } else { 2 });
            } else if self.is(Keyword::Using) {
                self.pass(2);
            } else {
                break;
            }
        }
        self.explained(runs)
    }

    fn has_word_in_bracket(&self, words: &[&str]) -> bool {
        let inside = (1..).take_while(|ahead| !matches!(self.kind(*ahead), None | Some(Kind::Close | Kind::Semicolon)));
        inside.into_iter().any(|ahead| self.is_any_word(ahead, words))
    }

    fn explained(&mut self, runs: bool) -> Step {
        if matches!(self.kind(0), Some(Kind::Word | Kind::Quoted)) && self.keyword(0).is_none() {
            let name = self.table_name()?;
            self.add_read(name)?;
            return self.loose();
        }
        self.part(Reader::statement)?;
        if !runs && let Some(inner) = self.now.parts.pop() {
            self.only_planned(inner)?;
        }
        Ok(())
    }

    /// What is only planned changes nothing, but speaks of its tables; what it computes may be computed all the same.
    fn only_planned(&mut self, inner: super::Statement) -> Step {
        for name in inner.reads.into_iter().chain(inner.writes) {
            self.add_read(name)?;
        }
        self.now.functions.extend(inner.functions);
        self.now.effects.extend(inner.effects);
        self.now.doubts.extend(inner.doubts);
        inner.parts.into_iter().try_for_each(|part| self.only_planned(part))
    }

    /// `DESCRIBE t`; in some databases the same as `EXPLAIN`.
    fn describe(&mut self) -> Step {
        let explains = (1..4).any(|ahead| {
            self.begins_query(ahead)
                || matches!(
                    self.keyword(ahead),
                    Some(Keyword::Insert | Keyword::Update | Keyword::Delete | Keyword::Replace)
                )
                || self.is_any_word(ahead, &["analyze", "format"])
        });
        if explains {
            return self.explain();
        }
        self.now.kind = StatementKind::Describe;
        self.pass(1);
        self.skip_words(&["table", "extended", "formatted", "view", "schema", "database", "history", "detail"]);
        let name = self.table_name()?;
        self.add_read(name)?;
        self.loose()
    }

    fn set(&mut self) -> Step {
        self.now.kind = StatementKind::Set;
        self.pass(1);
        self.skip_words(&["local", "session"]);
        // A script's own variable depends on nothing else.
        let is_variable =
            self.token(0).is_some_and(|token| token.kind == Kind::Param && !self.text_of(token).starts_with("@@"));
        if !is_variable {
            self.setting();
        }
        self.loose()
    }

    fn setting(&mut self) {
        self.now.note(Note::Session);
        let name = self.lower(0);
        let name = if name.is_empty() {
            self.token(0).map(|token| self.text_of(token).to_lowercase()).unwrap_or_default()
        } else {
            name
        };
        let all = || (0..4).map(|ahead| self.lower(ahead)).collect::<Vec<_>>().join(" ");
        match name.trim_start_matches("@@").trim_start_matches("session.").trim_start_matches("global.") {
            "role" | "authorization" | "user" | "password" | "default" => self.now.note(Note::Privileges),
            "row_security"
            | "session_replication_role"
            | "foreign_key_checks"
            | "unique_checks"
            | "sql_safe_updates"
            | "sql_log_bin" => self.now.note(Note::SecurityOff),
            "search_path" | "schema" | "current_schema" | "catalog" => self.has_moved = true,
            "sql_mode"
            | "standard_conforming_strings"
            | "backslash_quote"
            | "quoted_identifier"
            | "names"
            | "client_encoding"
            | "charset" => self.moves_the_rules(),
            "global" | "persist" | "persist_only" | "@@global" | "@@persist" => self.server_setting(),
            name if name.contains("preload")
                || name.contains("library_path")
                || name.ends_with("_command")
                || name.contains("log_file") =>
            {
                self.server_setting();
            }
            _ if all().contains("authorization") => self.now.note(Note::Privileges),
            _ => {}
        }
    }

    /// Later statements may be cut into pieces by other rules.
    fn moves_the_rules(&mut self) {
        if self.tokens.iter().skip(self.at).any(|token| token.kind == Kind::Semicolon) && self.dialect != Dialect::MsSql
        {
            self.now.doubt("it changes how the statements after it are read");
        }
    }

    fn server_setting(&mut self) {
        self.now.note(Note::Privileges);
        self.now.doubt("it changes a setting of the whole server");
    }

    fn use_database(&mut self) -> Step {
        self.now.note(Note::Session);
        self.has_moved = true;
        self.plain(StatementKind::Use)
    }

    /// `BEGIN` begins a transaction, or a block whose statements follow.
    fn begin(&mut self) -> Step {
        self.now.kind = StatementKind::Begin;
        self.pass(1);
        self.skip_words(&[
            "tran",
            "transaction",
            "work",
            "deferred",
            "immediate",
            "exclusive",
            "concurrent",
            "try",
            "catch",
            "atomic",
            "not",
            "isolation",
            "level",
            "read",
            "write",
            "only",
            "committed",
            "uncommitted",
            "repeatable",
            "serializable",
            "snapshot",
            "deferrable",
            "consistent",
        ]);
        self.end_of_control()
    }

    /// `COMMIT`, `ROLLBACK TO a`, `END IF`.
    fn end(&mut self, kind: StatementKind) -> Step {
        self.now.kind = kind;
        self.pass(1);
        self.skip_words(&[
            "tran",
            "transaction",
            "work",
            "try",
            "catch",
            "if",
            "while",
            "and",
            "no",
            "chain",
            "to",
            "savepoint",
            "prepared",
        ]);
        self.end_of_control()
    }

    /// The name of a transaction, if there is one, and nothing else.
    fn end_of_control(&mut self) -> Step {
        while self.take_kind(Kind::Comma) {
            self.skip_words(&[
                "isolation",
                "level",
                "read",
                "write",
                "only",
                "committed",
                "uncommitted",
                "repeatable",
                "serializable",
            ]);
        }
        let is_name = matches!(self.kind(0), Some(Kind::Word | Kind::Quoted | Kind::Param | Kind::Text))
            && self.keyword(0).is_none();
        if is_name && !self.is_word(0, "go") {
            self.pass(1);
        }
        Ok(())
    }

    /// `IF (…) DROP …`: the condition; what it leads to is a statement of its own.
    fn branch(&mut self) -> Step {
        self.now.kind = StatementKind::Control;
        self.pass(1);
        self.expression().map(drop)
    }

    /// `CALL p(1)`, `EXEC p 1`, `EXECUTE IMMEDIATE '…'`.
    fn call_statement(&mut self) -> Step {
        self.now.kind = StatementKind::Call;
        self.pass(1);
        if self.is_kind(Kind::Open) || self.is_word(0, "immediate") {
            self.now.note(Note::Code);
            self.now.doubt("it runs SQL that is given as text");
            return self.loose();
        }
        if self.is_kind(Kind::Param) && self.is_sign(1, b'=') {
            self.pass(2);
        }
        if self.is_kind(Kind::Param) {
            return Err("it runs a procedure that is not written out".into());
        }
        self.procedure()
    }

    fn procedure(&mut self) -> Step {
        let name = self.table_name()?;
        let mut parts: Vec<String> =
            name.parts().iter().filter(|part| !matches!(&***part, "?")).map(ToString::to_string).collect();
        let last = parts.pop().unwrap_or_default();
        match function::harm(&last, parts.last().map(String::as_str)) {
            Harm::Runs(_) => self.run_program(),
            Harm::Unknown | Harm::None => self.unknown_function(&last, &parts)?,
            // The functions' arguments stand in brackets, those of procedures may not.
            _ if !self.is_kind(Kind::Open) => {
                self.now.note(Note::Code);
                self.now.doubt(format!("`{last}` reaches outside of the database or runs SQL that is given as text"));
            }
            _ => self.call(&last, &parts, false)?,
        }
        self.loose()
    }

    /// `EXEC xp_cmdshell 'dir'`.
    fn run_program(&mut self) {
        let first = usize::from(self.is_kind(Kind::Open));
        let ends =
            matches!(self.kind(first + 1), None | Some(Kind::Semicolon | Kind::Comma | Kind::Close | Kind::Word));
        let command = self.token(first).filter(|_| ends).and_then(|token| self.string(token));
        self.effect(EffectKind::RunProgram, command);
    }

    /// `DO $$…$$` runs code; in MySQL, `DO f()` computes.
    fn anonymous_code(&mut self) -> Step {
        self.now.kind = StatementKind::Call;
        if self.dialect != Dialect::MySql {
            self.now.note(Note::Code);
            self.now.doubt("it runs code that is given as text");
        }
        self.plain(StatementKind::Call)
    }

    /// `PREPARE p AS …`: what is prepared counts as run.
    fn prepare(&mut self) -> Step {
        self.now.kind = StatementKind::Prepare;
        self.pass(1);
        self.plain_name()?;
        if self.is_kind(Kind::Open) {
            self.group()?;
        }
        if self.take(Keyword::As) {
            return self.part(Reader::statement);
        }
        self.now.note(Note::Code);
        Err("it prepares a statement that is given as text".into())
    }

    /// `DECLARE c CURSOR FOR SELECT …`, `DECLARE @x INT = 1`.
    fn declare(&mut self) -> Step {
        self.now.kind = StatementKind::Declare;
        self.pass(1);
        self.expressions()?;
        if self.take(Keyword::With) {
            self.skip_words(&["hold"]);
        }
        if self.take(Keyword::For) {
            return self.part(Reader::statement);
        }
        if self.is(Keyword::Table) && self.kind(1) == Some(Kind::Open) {
            self.pass(1);
            return self.definition_group();
        }
        Ok(())
    }

    fn vacuum(&mut self) -> Step {
        self.now.kind = StatementKind::Vacuum;
        self.pass(1);
        if self.is(Keyword::Into) || self.keyword(1) == Some(Keyword::Into) {
            self.pass(if self.is(Keyword::Into) { 1 } else { 2 });
            self.place(self.token(0), EffectKind::WriteFile);
            self.pass(1);
            return Ok(());
        }
        self.maintained()
    }

    fn maintenance(&mut self) -> Step {
        self.now.kind = StatementKind::Vacuum;
        self.pass(1);
        self.maintained()
    }

    /// The tables that are looked after.
    fn maintained(&mut self) -> Step {
        self.skip_words(&[
            "table",
            "tables",
            "index",
            "database",
            "schema",
            "system",
            "materialized",
            "view",
            "verbose",
            "full",
            "freeze",
            "analyze",
            "concurrently",
            "local",
            "no_write_to_binlog",
            "foreign",
        ]);
        if self.is_kind(Kind::Open) {
            self.group()?;
        }
        while matches!(self.kind(0), Some(Kind::Word | Kind::Quoted)) && self.keyword(0).is_none() {
            let name = self.table_name()?;
            self.add_write(name)?;
            if self.is_kind(Kind::Open) {
                self.group()?;
            }
            if !self.take_kind(Kind::Comma) {
                break;
            }
        }
        self.loose()
    }

    /// `ATTACH DATABASE 'file' AS other`.
    fn attach(&mut self) -> Step {
        let opens = self.is(Keyword::Attach);
        self.now.kind = StatementKind::Attach;
        self.pass(1);
        self.skip_words(&["database"]);
        if opens {
            let file = self.token(0).filter(|_| matches!(self.keyword(1), Some(Keyword::As)));
            let file = file.and_then(|token| self.string(token));
            let is_file = !matches!(file.as_deref(), Some("" | ":memory:"));
            if is_file {
                // It is created if it is not there, and whatever is attached may be changed.
                let path = file.map(|file| {
                    file.strip_prefix("file:")
                        .map_or(file.clone(), |path| path.split('?').next().unwrap_or_default().to_owned())
                });
                self.effect(EffectKind::ReadFile, path.clone());
                self.effect(EffectKind::WriteFile, path);
            }
        }
        self.loose()
    }

    /// `PRAGMA table_info(t)` shows, `PRAGMA x = y` changes.
    fn pragma(&mut self) -> Step {
        self.now.kind = StatementKind::Pragma;
        self.pass(1);
        if self.kind(1) == Some(Kind::Dot) {
            self.pass(2);
        }
        let name = self.lower(0);
        self.pass(1);
        let changes = self.is_sign(0, b'=') || self.is_kind(Kind::Open) && !shows(&name);
        if changes {
            self.now.note(Note::Session);
        }
        match name.as_str() {
            "writable_schema"
            | "trusted_schema"
            | "foreign_keys"
            | "ignore_check_constraints"
            | "defer_foreign_keys"
            | "cell_size_check"
            | "recursive_triggers"
                if changes =>
            {
                self.now.note(Note::SecurityOff)
            }
            "temp_store_directory" | "data_store_directory" | "key" | "rekey" | "hexkey" => {
                self.now.doubt("it changes where the database keeps its files, or their key");
            }
            _ => {}
        }
        if self.is_kind(Kind::Open) {
            self.group()?;
        }
        if self.is_sign(0, b'=') {
            self.pass(1);
            // `= DELETE` and such are words of the setting.
            self.pass(usize::from(self.is_kind(Kind::Word)));
        }
        self.loose()
    }

    /// `PUT file:///tmp/x @stage`, `GET @stage file:///tmp/`.
    fn stage_statement(&mut self) -> Step {
        let kind = match self.keyword(0) {
            Some(Keyword::Put) => Some(EffectKind::ReadFile),
            Some(Keyword::Get) => Some(EffectKind::WriteFile),
            _ => None,
        };
        self.now.kind = StatementKind::Copy;
        let start = self.token(0).map_or(0, |token| token.start);
        while !self.is_at_end() {
            self.pass(1);
        }
        let text = self.text.get(start..self.before().map_or(start, |token| token.end)).unwrap_or_default();
        let file =
            text.split_whitespace().map(|word| word.trim_matches('\'')).find_map(|word| word.strip_prefix("file://"));
        if let Some(kind) = kind {
            self.effect(kind, file.map(str::to_owned));
        }
        self.now.doubt("it uses a stage, and nobody knows where that leads");
        Ok(())
    }

    /// Every string of a backup is a file.
    fn backup(&mut self) -> Step {
        let kind = match self.keyword(0) {
            Some(Keyword::Backup | Keyword::Export) => EffectKind::WriteFile,
            _ => EffectKind::ReadFile,
        };
        self.now.kind = StatementKind::Backup;
        while !self.is_at_end() {
            if self.is_kind(Kind::Text) {
                self.place(self.token(0), kind);
            }
            self.pass(1);
        }
        self.now.doubt("it copies a whole database");
        Ok(())
    }

    fn administer(&mut self) -> Step {
        self.now.note(Note::Privileges);
        self.plain(StatementKind::Admin)
    }
}

/// Whether a pragma with an argument only shows something.
fn shows(pragma: &str) -> bool {
    pragma.ends_with("_info")
        || pragma.ends_with("_xinfo")
        || pragma.ends_with("_list")
        || pragma.ends_with("_check")
        || pragma == "optimize"
}
