//! Reads the statements that create, change and remove tables and other objects, and those that give rights.

use super::keyword::Keyword;
use super::lexer::Kind;
use super::name::TableName;
use super::reader::{Reader, Step};
use super::statement::{EffectKind, Note, StatementKind};

/// What a definition is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Object {
    /// A table.
    Table,
    /// A table whose rows are elsewhere.
    ForeignTable,
    /// A view of a query.
    View,
    /// An index, which belongs to a table.
    Index,
    /// A schema, and all in it.
    Schema,
    /// A database, and all in it.
    Database,
    /// Code, or a way to somewhere else.
    Code,
    /// Somebody who may do something.
    Person,
    /// Anything else.
    Other,
}

/// Words that may stand between the verb and the object.
const ADJECTIVES: &[&str] = &[
    "or",
    "replace",
    "alter",
    "temp",
    "temporary",
    "global",
    "local",
    "unlogged",
    "transient",
    "volatile",
    "unique",
    "clustered",
    "nonclustered",
    "fulltext",
    "spatial",
    "recursive",
    "secure",
    "hybrid",
    "dynamic",
    "iceberg",
    "managed",
    "definer",
    "undo",
    "constraint",
    "trusted",
    "public",
    "online",
    "snapshot",
    "concurrently",
    "columnstore",
    "force",
    "hypertable",
    "default",
];

impl Reader<'_> {
    /// `CREATE …`.
    pub(super) fn create(&mut self) -> Step {
        self.begin_definition(StatementKind::Create);
        self.pass(1);
        let object = self.object();
        self.skip_words(&["concurrently"]);
        self.skip_if_exists();
        match object {
            Object::Table => self.create_table(),
            Object::ForeignTable => {
                self.now.note(Note::Remote);
                self.now.doubt("the rows of the table come from elsewhere");
                self.create_table()
            }
            Object::View => self.create_view(),
            Object::Index => self.create_index(),
            Object::Schema | Object::Database => self.container(object),
            Object::Code => self.defined_code(),
            Object::Person => self.person(),
            Object::Other => self.other_object(),
        }
    }

    /// An object that has no tables in it, or one that nobody knows.
    fn other_object(&mut self) -> Step {
        const KNOWN: &[&str] = &[
            "sequence",
            "type",
            "domain",
            "collation",
            "statistics",
            "synonym",
            "conversion",
            "tablespace",
            "warehouse",
            "file",
            "text",
            "search",
            "resource",
            "default",
            "partition",
            "session",
            "tag",
            "constraint",
            "xml",
            "queue",
            "message",
            "contract",
            "access",
            "alert",
            "index_type",
            "dictionary",
            "large",
            "current",
            "row",
            "filegroup",
            "spatial",
            "reservation",
            "assignment",
            "capacity",
            "vector",
            "named",
            "bucket",
            "column",
        ];
        if !self.now.object.as_deref().is_some_and(|word| KNOWN.contains(&word)) {
            self.now.doubt("nobody knows what kind of object it is about");
        }
        self.rest()
    }

    /// Who may do something, and, for a row policy, to which table.
    fn person(&mut self) -> Step {
        self.now.note(Note::Privileges);
        while !self.is_at_end() && !self.begins_another() {
            // `FOR SELECT` is what a row policy is about.
            if self.is(Keyword::For) {
                self.pass(2);
            } else if self.is(Keyword::On)
                && matches!(self.kind(1), Some(Kind::Word | Kind::Quoted))
                && self.keyword(1).is_none()
            {
                self.pass(1);
                let name = self.table_name()?;
                self.add_write(name)?;
            } else if !self.definition_piece()? {
                break;
            }
        }
        Ok(())
    }

    /// `ALTER …`.
    pub(super) fn alter(&mut self) -> Step {
        self.begin_definition(StatementKind::Alter);
        self.pass(1);
        match self.object() {
            Object::Table | Object::ForeignTable | Object::View | Object::Index => self.alter_table(),
            object @ (Object::Schema | Object::Database) => {
                self.container(object)?;
                self.now.note(Note::Session);
                Ok(())
            }
            Object::Code => self.defined_code(),
            Object::Person => self.person(),
            Object::Other if self.is_any_word(0, &["session"]) => {
                self.now.note(Note::Session);
                self.has_moved = true;
                self.rest()
            }
            Object::Other => self.other_object(),
        }
    }

    /// `DROP …`.
    pub(super) fn drop(&mut self) -> Step {
        self.begin_definition(StatementKind::Drop);
        self.pass(1);
        let object = self.object();
        self.skip_words(&["concurrently"]);
        self.skip_if_exists();
        match object {
            Object::Table | Object::ForeignTable | Object::View | Object::Index => self.drop_tables(),
            Object::Schema | Object::Database => self.container(object),
            Object::Person => self.person(),
            Object::Code => self.rest(),
            Object::Other => self.other_object(),
        }
    }

    fn begin_definition(&mut self, kind: StatementKind) {
        self.now.kind = kind;
        self.now.note(Note::Ddl);
    }

    /// Reads what kind of thing the statement is about.
    fn object(&mut self) -> Object {
        let mut is_foreign = false;
        let mut word = self.lower(0);
        while is_adjective(&word) || self.is_sign(0, b'=') {
            is_foreign |= matches!(word.as_str(), "external" | "foreign");
            // `DEFINER = somebody` and `ALGORITHM = MERGE`.
            self.pass(if self.is_sign(0, b'=') { 2 } else { 1 });
            if self.is_sign(0, b'@') {
                self.pass(2);
            }
            self.take_kind(Kind::Param);
            word = self.lower(0);
        }
        let object = object_of(&word, is_foreign);
        if !word.is_empty() {
            self.now.object = Some(word.into());
            self.pass(1);
        }
        object
    }

    fn create_table(&mut self) -> Step {
        let name = self.table_name()?;
        self.add_write(name)?;
        if self.is_word(0, "clone") || self.keyword(0) == Some(Keyword::Like) {
            self.pass(1);
            let source = self.table_name()?;
            self.add_read(source)?;
        }
        self.table_parts()
    }

    /// Columns, options and, at last, the query that fills the table.
    fn table_parts(&mut self) -> Step {
        while !self.is_at_end() {
            match self.keyword(0) {
                Some(Keyword::As) => {
                    self.pass(1);
                    return self.definition_query();
                }
                Some(Keyword::Select) => return self.definition_query(),
                Some(Keyword::With) if self.keyword(2) == Some(Keyword::As) => return self.definition_query(),
                // A partition says from where to where it goes.
                Some(Keyword::From | Keyword::Values | Keyword::For | Keyword::In) => self.pass(1),
                Some(Keyword::Using) => self.virtual_table()?,
                _ if self.begins_another() => return Ok(()),
                _ if self.is_word(0, "of") && self.is_behind_any(&["partition"]) => {
                    self.pass(1);
                    let parent = self.table_name()?;
                    self.add_write(parent)?;
                }
                _ if self.is_any_word(0, &["connection", "location", "uris"]) => {
                    self.now.note(Note::Remote);
                    self.now.doubt("the rows of the table come from elsewhere");
                    self.pass(1);
                }
                _ if self.is_any_word(0, &["directory"]) => {
                    self.now.doubt("it says where the table's files are");
                    self.pass(1);
                }
                _ if self.is_kind(Kind::Open) && self.begins_query(1) => return self.definition_query(),
                _ if self.is_kind(Kind::Open) => self.definition_group()?,
                _ => self.pass(1),
            }
        }
        Ok(())
    }

    fn definition_query(&mut self) -> Step {
        if self.is(Keyword::With) || self.begins_query(0) || self.is_kind(Kind::Open) {
            self.query()?;
            if self.is(Keyword::With) {
                self.pass(1);
                self.expressions()?;
            }
            if self.is(Keyword::On) && self.is_word(1, "commit") {
                self.pass(2);
                self.skip_words(&["preserve", "delete", "rows", "drop"]);
            }
            return Ok(());
        }
        Err(self.unexpected())
    }

    /// `USING csv(filename='x')`: a module of SQLite may do anything; another word is a way to store rows.
    fn virtual_table(&mut self) -> Step {
        self.pass(1);
        let module = self.lower(0);
        let is_harmless = matches!(
            module.as_str(),
            "heap" | "columnar" | "fts3" | "fts4" | "fts5" | "rtree" | "delta" | "parquet" | "iceberg" | "orc" | "json"
        );
        if self.kind(1) == Some(Kind::Open) && !is_harmless {
            self.now.doubt("nobody knows what the module of the table does");
        }
        self.pass(1);
        if self.is_kind(Kind::Open) { self.definition_group() } else { Ok(()) }
    }

    fn create_view(&mut self) -> Step {
        let name = self.table_name()?;
        self.add_write(name)?;
        while !self.is_at_end() && !self.is(Keyword::As) {
            if self.is_kind(Kind::Open) { self.definition_group()? } else { self.pass(1) }
        }
        self.expect(Keyword::As)?;
        self.definition_query()
    }

    /// `CREATE INDEX i ON t (…)`.
    fn create_index(&mut self) -> Step {
        if !self.is(Keyword::On) {
            self.table_name()?;
        }
        if self.take(Keyword::Using) {
            self.plain_name()?;
        }
        self.expect(Keyword::On)?;
        self.take(Keyword::Only);
        let name = self.table_name()?;
        self.add_write(name)?;
        self.rest()
    }

    /// A schema or a database stands for all tables in it.
    fn container(&mut self, object: Object) -> Step {
        if self.is_kind(Kind::Word) || self.is_kind(Kind::Quoted) {
            let name = self.table_name()?;
            let all = if object == Object::Database && self.dialect != super::dialect::Dialect::MySql { 2 } else { 1 };
            let own = name.parts().iter().filter(|part| &***part != "?").map(ToString::to_string);
            let parts = own.chain(std::iter::repeat_n("*".to_owned(), all)).collect();
            self.add_write(TableName::new(parts, self.dialect))?;
        }
        if self.take_word("clone") {
            let source = self.table_name()?;
            let parts = source.parts().iter().map(ToString::to_string).chain(["*".to_owned()]).collect();
            self.add_read(TableName::new(parts, self.dialect))?;
        }
        self.rest()
    }

    fn drop_tables(&mut self) -> Step {
        loop {
            let name = self.table_name()?;
            self.add_write(name)?;
            if !self.take_kind(Kind::Comma) {
                break;
            }
        }
        if self.take(Keyword::On) {
            let name = self.table_name()?;
            self.add_write(name)?;
        }
        self.rest()
    }

    fn alter_table(&mut self) -> Step {
        self.skip_if_exists();
        self.skip_words(&["only"]);
        let name = self.table_name()?;
        self.add_write(name)?;
        while !self.is_at_end() {
            if self.is_any_word(0, &["disable", "no"]) && self.says_row_security() {
                self.now.note(Note::SecurityOff);
            }
            if self.is(Keyword::As) && (self.begins_query(1) || self.kind(1) == Some(Kind::Open)) {
                self.pass(1);
                return self.definition_query();
            }
            let names_another = self.is_any_word(0, &["to", "inherit"])
                || self.is(Keyword::Table)
                || self.is(Keyword::With) && self.is_behind_any(&["swap"])
                || self.is(Keyword::Partition) && self.is_behind_any(&["attach", "detach"]);
            if names_another && matches!(self.kind(1), Some(Kind::Word | Kind::Quoted)) && self.keyword(1).is_none() {
                self.pass(1);
                let other = self.table_name()?;
                self.add_write(other)?;
            } else if !self.definition_piece()? {
                return Ok(());
            }
        }
        Ok(())
    }

    fn says_row_security(&self) -> bool {
        (1..4).any(|ahead| {
            self.is_word(ahead, "row") && self.is_word(ahead + 1, "level") || self.is_word(ahead, "trigger")
        })
    }

    fn is_behind_any(&self, words: &[&str]) -> bool {
        self.before().is_some_and(|token| words.iter().any(|word| self.text_of(token).eq_ignore_ascii_case(word)))
    }

    /// `GRANT … ON t TO somebody`.
    pub(super) fn rights(&mut self, kind: StatementKind) -> Step {
        self.now.kind = kind;
        self.now.note(Note::Privileges);
        self.pass(1);
        while !self.is_at_end() && !self.is(Keyword::On) && !self.begins_person() {
            // A right is called as a statement, but only another right or the verb stands before it.
            let is_sure = self.keyword(0).and_then(Keyword::starts_statement).is_some_and(|is_sure| is_sure.0);
            if is_sure && matches!(self.before().map(|token| token.kind), Some(Kind::Number | Kind::Text | Kind::Close))
            {
                return Err(self.unexpected());
            }
            if self.is_kind(Kind::Open) { self.definition_group()? } else { self.pass(1) }
        }
        if self.take(Keyword::On) {
            self.rights_on()?;
        }
        while !self.is_at_end() && !self.begins_person() && !self.begins_another() {
            self.pass(1);
        }
        if !self.begins_person() {
            return Err(self.unexpected());
        }
        while !self.is_at_end() && !self.begins_another() {
            self.pass(1);
        }
        Ok(())
    }

    /// Whether those come next whom the rights are given to or taken from.
    fn begins_person(&self) -> bool {
        self.is_word(0, "to") || self.is(Keyword::From) && self.now.kind == StatementKind::Revoke
    }

    fn rights_on(&mut self) -> Step {
        let is_schema = self.is_any_word(0, &["schema", "database"])
            || self.is(Keyword::All) && (1..5).any(|ahead| self.is_word(ahead, "schema"));
        let is_other = self.is_any_word(
            0,
            &["function", "procedure", "sequence", "language", "type", "warehouse", "integration", "role"],
        );
        if is_other {
            return Ok(());
        }
        self.skip_words(&[
            "all",
            "tables",
            "in",
            "schema",
            "database",
            "table",
            "future",
            "views",
            "sequences",
            "functions",
            "object",
        ]);
        while self.is_sign(0, b':') {
            self.pass(1);
        }
        loop {
            if self.is_sign(0, b'*') {
                self.pass(1);
                self.add_write(TableName::new(vec!["*".to_owned(), "*".to_owned()], self.dialect))?;
            } else {
                let name = self.table_name_or_all()?;
                let parts = name.parts().iter().map(ToString::to_string);
                let parts = if is_schema { parts.chain(["*".to_owned()]).collect() } else { parts.collect() };
                self.add_write(TableName::new(parts, self.dialect))?;
            }
            if !self.take_kind(Kind::Comma) {
                return Ok(());
            }
        }
    }

    /// `db.*` is every table of a database.
    fn table_name_or_all(&mut self) -> Step<TableName> {
        let is_all = self.kind(1) == Some(Kind::Dot) && self.is_sign(2, b'*');
        match self.token(0) {
            Some(token) if is_all => {
                self.pass(3);
                let name = self.dialect.fold(&self.unquoted(token), token.kind == Kind::Quoted);
                Ok(TableName::new(vec![name, "*".to_owned()], self.dialect))
            }
            Some(token) if token.kind == Kind::Sign(b'*') => {
                self.pass(3);
                Ok(TableName::new(vec!["*".to_owned(), "*".to_owned()], self.dialect))
            }
            _ => self.table_name(),
        }
    }

    /// `RENAME TABLE a TO b, c TO d`.
    pub(super) fn rename(&mut self) -> Step {
        self.begin_definition(StatementKind::Alter);
        self.pass(1);
        self.skip_words(&["table", "tables"]);
        loop {
            let name = self.table_name()?;
            self.add_write(name)?;
            if !self.take_word("to") && !self.take_kind(Kind::Comma) {
                return Ok(());
            }
        }
    }

    /// `COMMENT ON TABLE t IS '…'`.
    pub(super) fn comment(&mut self) -> Step {
        self.begin_definition(StatementKind::Comment);
        self.pass(1);
        self.rest()
    }

    /// Code does what it does when it is called, and a connection leads to where nobody sees.
    fn defined_code(&mut self) -> Step {
        self.now.note(Note::Code);
        self.now.doubt("it defines code or a connection");
        // Its body may have semicolons of its own, so nothing after it can be told apart from it.
        let has_body = self.tokens.iter().skip(self.at).any(|token| token.keyword == Some(Keyword::Begin));
        while has_body && self.at < self.tokens.len() || !self.is_at_end() {
            self.at += 1;
        }
        Ok(())
    }

    /// Passes over the rest of a definition, in which nothing is read or changed any more.
    pub(super) fn rest(&mut self) -> Step {
        while !self.is_at_end() && self.definition_piece()? {}
        Ok(())
    }

    fn definition_piece(&mut self) -> Step<bool> {
        match self.token(0) {
            Some(token) if token.kind == Kind::Open => self.definition_group()?,
            Some(token) if token.kind == Kind::Close => return Err(self.unexpected()),
            _ if self.begins_another() => return Ok(false),
            Some(token) if token.kind == Kind::Text => self.address_in(token),
            _ => self.pass(1),
        }
        Ok(true)
    }

    /// Whether another statement begins here, without a semicolon before it. A definition has words of its own that
    /// begin statements elsewhere.
    fn begins_another(&self) -> bool {
        use Keyword as K;
        let is_of_object = || {
            let word = self.lower(1);
            self.keyword(1) == Some(K::Table) || !matches!(object_of(&word, false), Object::Other | Object::Index)
        };
        match self.keyword(0) {
            Some(K::Delete | K::Update) => !self.is_behind_any(&["on", "commit"]),
            Some(K::Grant) => !self.is_behind_any(&["with"]),
            Some(K::Select | K::Insert | K::Merge | K::Revoke | K::Exec | K::Execute) => true,
            Some(K::Create) => true,
            Some(K::Drop | K::Alter) => is_of_object(),
            Some(K::Set) => self.now.kind == StatementKind::Drop,
            Some(K::Truncate) => !self.is_word(1, "partition"),
            Some(
                K::Backup
                | K::Restore
                | K::Shutdown
                | K::Dbcc
                | K::Kill
                | K::Bulk
                | K::Declare
                | K::Deny
                | K::Reconfigure
                | K::Waitfor
                | K::While
                | K::Begin
                | K::Else
                | K::End
                | K::Print
                | K::Return
                | K::Commit
                | K::Rollback
                | K::Use,
            ) => self.is_behind_operand(),
            _ => false,
        }
    }

    /// An address in an option is one that the database will contact.
    fn address_in(&mut self, token: super::lexer::Token) {
        if self.string(token).is_some_and(|value| value.contains("://")) {
            self.place(Some(token), EffectKind::ReadFile);
        }
        self.pass(1);
    }
}

fn is_adjective(word: &str) -> bool {
    ADJECTIVES.contains(&word)
        || matches!(
            word,
            "external" | "foreign" | "virtual" | "materialized" | "algorithm" | "sql" | "security" | "invoker"
        )
}

fn object_of(word: &str, is_foreign: bool) -> Object {
    match word {
        "table" if is_foreign => Object::ForeignTable,
        "table" => Object::Table,
        "view" => Object::View,
        "index" => Object::Index,
        "schema" | "dataset" => Object::Schema,
        "database" | "catalog" => Object::Database,
        "function" | "procedure" | "proc" | "trigger" | "rule" | "package" | "aggregate" | "language" | "extension"
        | "server" | "data" | "subscription" | "publication" | "operator" | "cast" | "stage" | "pipe" | "task"
        | "stream" | "storage" | "integration" | "macro" | "assembly" | "credential" | "linked" | "transform"
        | "module" | "job" | "event" | "notification" | "connection" | "secret" | "endpoint" | "certificate"
        | "system" | "model" | "network" | "agent" | "service" => Object::Code,
        "user" | "role" | "login" | "group" | "policy" | "owned" | "profile" | "masking" | "account" | "privileges"
        | "authorization" | "share" | "application" | "password" | "session_policy" => Object::Person,
        _ => Object::Other,
    }
}
