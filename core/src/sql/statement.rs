//! What one statement does: its kind, the tables it reads and writes, what it reaches outside of the database.

use std::borrow::Cow;
use std::sync::Arc;

use super::name::TableName;

/// One statement, read.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    /// What it is.
    pub kind: StatementKind,
    /// Its text.
    pub text: Arc<str>,
    /// What kind of thing it creates, alters or drops, such as `table`.
    pub object: Option<Arc<str>>,
    /// Tables it reads.
    pub reads: Vec<TableName>,
    /// Tables it changes, creates or removes.
    pub writes: Vec<TableName>,
    /// Whether an update or a delete has a condition that is not true of every row.
    pub has_where: Option<bool>,
    /// The literal bound on the rows it returns or changes.
    pub row_limit: Option<u64>,
    /// Functions and procedures it runs that are not known to be harmless, in lower case.
    pub functions: Vec<Arc<str>>,
    /// What it does outside of the database.
    pub effects: Vec<Effect>,
    /// What is noteworthy about it.
    pub notes: Vec<Note>,
    /// What could not be read with certainty, each in one clause.
    pub doubts: Vec<Cow<'static, str>>,
    /// Statements that run within it: a `DELETE` in a `WITH`, the update that an insert turns into.
    pub parts: Vec<Statement>,
}

/// Something a statement does outside of the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effect {
    /// What it does.
    pub kind: EffectKind,
    /// The file, address or command, as it is written; `None` if it is not written out.
    pub value: Option<Arc<str>>,
}

/// What a statement does outside of the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EffectKind {
    /// A file is read.
    ReadFile,
    /// A file is written.
    WriteFile,
    /// A program runs.
    RunProgram,
    /// A web address is contacted.
    Request,
    /// A directory is listed.
    ListFiles,
}

macro_rules! words {
    ($(#[$about:meta])* $type:ident { $($name:ident = $text:literal, $meaning:literal;)* }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $type { $(#[doc = $meaning] $name,)* }

        impl $type {
            /// All of them.
            pub const ALL: &'static [$type] = &[$($type::$name,)*];
            /// The words for all of them.
            pub const WORDS: &'static [&'static str] = &[$($text,)*];

            /// The word for it in policies and records.
            pub fn as_str(self) -> &'static str {
                match self { $($type::$name => $text,)* }
            }
        }
    };
}

words! {
    /// What a statement is.
    StatementKind {
        Select = "select", "returns rows";
        Insert = "insert", "adds rows";
        Update = "update", "changes rows";
        Delete = "delete", "removes rows";
        Merge = "merge", "adds, changes or removes rows, as another table says";
        Truncate = "truncate", "removes all rows";
        Create = "create", "creates a table or another object";
        Alter = "alter", "changes a table or another object";
        Drop = "drop", "removes a table or another object";
        Comment = "comment", "describes an object";
        Grant = "grant", "gives rights";
        Revoke = "revoke", "takes rights away";
        Copy = "copy", "moves rows between a table and files";
        Load = "load", "loads a file into a table, or a library into the server";
        Call = "call", "runs a procedure, or code that is given as text";
        Prepare = "prepare", "keeps a statement to be run later";
        Declare = "declare", "declares a variable or a cursor";
        Control = "control", "directs which statements of a script run";
        Set = "set", "changes a setting";
        Use = "use", "changes the current database or schema";
        Show = "show", "shows settings or what there is";
        Describe = "describe", "shows what a table is made of";
        Explain = "explain", "shows how a statement would be run";
        Begin = "begin", "begins a transaction or a block";
        Commit = "commit", "ends a transaction and keeps its changes, or ends a block";
        Rollback = "rollback", "ends a transaction and drops its changes";
        Savepoint = "savepoint", "marks a point in a transaction";
        Lock = "lock", "locks tables";
        Attach = "attach", "opens or closes another database";
        Pragma = "pragma", "reads or changes a setting of SQLite";
        Vacuum = "vacuum", "rewrites tables or refreshes what is known about them";
        Backup = "backup", "copies a database to files or back";
        Admin = "admin", "directs the server: kills sessions, flushes, shuts down";
        Client = "client", "is for the client program, not for the database";
        Other = "other", "is something nobody knows";
    }
}

words! {
    /// What is noteworthy about a statement.
    Note {
        Write = "sql_write", "it changes data";
        Ddl = "sql_ddl", "it creates, changes or removes tables or other objects";
        NoWhere = "sql_no_where", "it changes or removes all rows";
        Privileges = "sql_privileges", "it gives or takes rights, or acts as somebody else";
        Session = "sql_session", "it changes a setting that later statements depend on";
        SecurityOff = "sql_security_off", "it switches a protection off";
        Code = "sql_code", "it defines code or runs code that is given as text";
        Remote = "sql_remote", "it connects to another server";
        HiddenCode = "sql_hidden_code", "code stands in what looks like a comment";
    }
}

impl StatementKind {
    /// The kind called `word`.
    pub fn parse(word: &str) -> Option<StatementKind> {
        StatementKind::ALL.iter().copied().find(|kind| kind.as_str() == word)
    }
}

impl Statement {
    pub(super) fn new(kind: StatementKind) -> Statement {
        Statement {
            kind,
            text: "".into(),
            object: None,
            reads: Vec::new(),
            writes: Vec::new(),
            has_where: None,
            row_limit: None,
            functions: Vec::new(),
            effects: Vec::new(),
            notes: Vec::new(),
            doubts: Vec::new(),
            parts: Vec::new(),
        }
    }

    /// Tables it reads or writes, each once.
    pub fn tables(&self) -> impl Iterator<Item = &TableName> {
        self.reads.iter().chain(self.writes.iter().filter(|name| !self.reads.contains(name)))
    }

    pub(super) fn note(&mut self, note: Note) {
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    pub(super) fn doubt(&mut self, detail: impl Into<Cow<'static, str>>) {
        let detail = detail.into();
        if !self.doubts.contains(&detail) {
            self.doubts.push(detail);
        }
    }
}
