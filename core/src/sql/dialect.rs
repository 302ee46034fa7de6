//! The databases whose SQL is read, and where they disagree on what is a string, a name or a comment.

use std::fmt;

/// Whose SQL a text is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// Nobody knows: only what every database reads alike is read.
    #[default]
    Generic,
    /// PostgreSQL and what speaks its language.
    PostgreSql,
    /// MySQL and MariaDB.
    MySql,
    /// SQLite.
    Sqlite,
    /// Microsoft SQL Server.
    MsSql,
    /// Snowflake.
    Snowflake,
    /// BigQuery.
    BigQuery,
}

/// What a database takes for strings, names and comments.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Rules {
    /// `#` begins a comment.
    pub(super) hash_comment: bool,
    /// `//` begins a comment.
    pub(super) slash_comment: bool,
    /// `--` begins a comment only before a space.
    pub(super) dash_needs_space: bool,
    /// A `/*` inside a comment needs a `*/` of its own.
    pub(super) nested_comments: bool,
    /// `/*!` does not begin a comment: what follows is run.
    pub(super) hidden_code: bool,
    /// `\'` does not end a string.
    pub(super) backslash: bool,
    /// `E'…'` is a string in which `\'` does not end it.
    pub(super) escape_prefix: bool,
    /// `"…"` is a string.
    pub(super) double_is_string: bool,
    /// `'''…'''` and `"""…"""` are strings.
    pub(super) triple: bool,
    /// `$$…$$` is a string.
    pub(super) dollar: bool,
    /// `$tag$…$tag$` is a string.
    pub(super) dollar_tag: bool,
    /// What `[` begins.
    pub(super) bracket: Bracket,
    /// `` `…` `` is a name.
    pub(super) backtick: bool,
    /// A name may begin with `#`.
    pub(super) hash_name: bool,
}

/// What `[` begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Bracket {
    /// An index or a list.
    #[default]
    Index,
    /// A name, up to `]`.
    Name,
    /// A name, in which `]]` stands for `]`.
    DoublingName,
    /// A name where an index would make no sense and what stands in it looks like one.
    Either,
}

impl Dialect {
    /// All dialects but [`Dialect::Generic`].
    pub const NAMED: [Dialect; 6] =
        [Dialect::PostgreSql, Dialect::MySql, Dialect::Sqlite, Dialect::MsSql, Dialect::Snowflake, Dialect::BigQuery];

    /// The word for it in mappings and vectors.
    pub fn as_str(self) -> &'static str {
        match self {
            Dialect::Generic => "generic",
            Dialect::PostgreSql => "postgresql",
            Dialect::MySql => "mysql",
            Dialect::Sqlite => "sqlite",
            Dialect::MsSql => "mssql",
            Dialect::Snowflake => "snowflake",
            Dialect::BigQuery => "bigquery",
        }
    }

    /// The dialect that `name` stands for, in any of its usual names. [`Dialect::Generic`] if nobody knows it.
    pub fn named(name: &str) -> Dialect {
        match name.to_ascii_lowercase().as_str() {
            "postgresql" | "postgres" | "pg" => Dialect::PostgreSql,
            "mysql" | "mariadb" => Dialect::MySql,
            "sqlite" | "sqlite3" => Dialect::Sqlite,
            "mssql" | "sqlserver" | "tsql" => Dialect::MsSql,
            "snowflake" => Dialect::Snowflake,
            "bigquery" => Dialect::BigQuery,
            _ => Dialect::Generic,
        }
    }

    /// The schema that a table without one is in; `None` if that cannot be told from the text.
    pub fn default_schema(self) -> Option<&'static str> {
        match self {
            Dialect::PostgreSql => Some("public"),
            Dialect::Sqlite => Some("main"),
            Dialect::MsSql => Some("dbo"),
            _ => None,
        }
    }

    pub(super) fn rules(self) -> Rules {
        let none = Rules::default();
        match self {
            Dialect::Generic => Rules {
                nested_comments: true,
                dollar: true,
                dollar_tag: true,
                bracket: Bracket::Either,
                backtick: true,
                ..none
            },
            Dialect::PostgreSql => {
                Rules { nested_comments: true, escape_prefix: true, dollar: true, dollar_tag: true, ..none }
            }
            Dialect::MySql => Rules {
                hash_comment: true,
                dash_needs_space: true,
                hidden_code: true,
                backslash: true,
                double_is_string: true,
                backtick: true,
                ..none
            },
            Dialect::Sqlite => Rules { bracket: Bracket::Name, backtick: true, ..none },
            Dialect::MsSql => Rules { nested_comments: true, bracket: Bracket::DoublingName, hash_name: true, ..none },
            Dialect::Snowflake => Rules { slash_comment: true, backslash: true, dollar: true, ..none },
            Dialect::BigQuery => Rules {
                hash_comment: true,
                backslash: true,
                double_is_string: true,
                triple: true,
                backtick: true,
                ..none
            },
        }
    }

    /// A part of a name as it is compared: names without quotes are the same in any case, and where a database thinks
    /// so too, names with quotes as well. What then differs from a plain name is shown in double quotes.
    pub(super) fn fold(self, part: &str, quoted: bool) -> String {
        let lower = part.to_lowercase();
        let is_folded = match self {
            _ if !quoted => true,
            Dialect::MySql | Dialect::Sqlite | Dialect::MsSql | Dialect::BigQuery => true,
            Dialect::Generic | Dialect::PostgreSql => part == lower,
            Dialect::Snowflake => part == part.to_uppercase(),
        };
        let plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$' | '#' | '@' | '*');
        match is_folded {
            true if lower.chars().all(plain) && !lower.is_empty() => lower,
            true => format!("\"{}\"", lower.replace('"', "\"\"")),
            false => format!("\"{}\"", part.replace('"', "\"\"")),
        }
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
