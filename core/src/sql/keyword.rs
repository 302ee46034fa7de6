//! The words of SQL that mean something to the reader.

macro_rules! keywords {
    ($($name:ident = $text:literal,)*) => {
        /// A word that may be a keyword; whether it is one depends on where it stands.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Keyword { $($name,)* }

        impl Keyword {
            /// The keyword spelled `word`, which is in lower case.
            fn of_lower(word: &str) -> Option<Keyword> {
                match word { $($text => Some(Keyword::$name),)* _ => None }
            }
        }
    };
}

keywords! {
    Abort = "abort", All = "all", Alter = "alter", Analyse = "analyse", Analyze = "analyze", And = "and",
    Anti = "anti", Any = "any", Apply = "apply", As = "as", Asc = "asc", Asof = "asof", At = "at", Attach = "attach",
    Backup = "backup", Before = "before", Begin = "begin", Between = "between", Bulk = "bulk", By = "by",
    Call = "call", Case = "case", Checkpoint = "checkpoint", Close = "close", Cluster = "cluster",
    Comment = "comment", Commit = "commit", Connect = "connect", Copy = "copy", Create = "create", Cross = "cross",
    Dbcc = "dbcc", Deallocate = "deallocate", Declare = "declare", Delete = "delete", Deny = "deny", Desc = "desc",
    Describe = "describe", Detach = "detach", Discard = "discard", Distinct = "distinct", Do = "do", Drop = "drop",
    Else = "else", Elseif = "elseif", End = "end", Except = "except", Exec = "exec", Execute = "execute",
    Exists = "exists", Explain = "explain", Export = "export", False = "false", Fetch = "fetch", Final = "final",
    Flush = "flush", For = "for", Force = "force", From = "from", Full = "full", Get = "get", Grant = "grant",
    Group = "group", Having = "having", If = "if", Ignore = "ignore", Import = "import", In = "in",
    Indexed = "indexed", Inner = "inner", Insert = "insert", Install = "install", Intersect = "intersect",
    Into = "into", Is = "is", Join = "join", Kill = "kill", Lateral = "lateral", Left = "left", Like = "like",
    Limit = "limit", List = "list", Listen = "listen", Load = "load", Lock = "lock",
    MatchRecognize = "match_recognize", Merge = "merge", Minus = "minus", Natural = "natural", Not = "not",
    Notify = "notify", Null = "null", Offset = "offset", On = "on", Only = "only", Open = "open",
    Optimize = "optimize", Option = "option", Or = "or", Order = "order", Outer = "outer", Output = "output",
    Partition = "partition", Pivot = "pivot", Pragma = "pragma", Prepare = "prepare", Prewhere = "prewhere",
    Print = "print", Put = "put", Qualify = "qualify", Raiserror = "raiserror", Reconfigure = "reconfigure",
    Refresh = "refresh", Reindex = "reindex", Release = "release", Remove = "remove", Rename = "rename",
    Repair = "repair", Replace = "replace", Reset = "reset", Restore = "restore", Return = "return",
    Returning = "returning", Revert = "revert", Revoke = "revoke", Right = "right", Rollback = "rollback",
    Sample = "sample", Save = "save", Savepoint = "savepoint", Select = "select", Semi = "semi", Set = "set",
    Show = "show", Shutdown = "shutdown", Start = "start", StraightJoin = "straight_join", Table = "table",
    Tablesample = "tablesample", Then = "then", True = "true", Truncate = "truncate", Union = "union",
    Unlisten = "unlisten", Unlock = "unlock", Unpivot = "unpivot", Update = "update", Use = "use",
    Using = "using", Vacuum = "vacuum", Values = "values", Waitfor = "waitfor", When = "when", Where = "where",
    While = "while", Window = "window", With = "with",
}

/// Letters of the longest keyword.
const LETTERS_MAX: usize = 16;

impl Keyword {
    /// The keyword spelled `word`, in any case.
    pub(super) fn of(word: &str) -> Option<Keyword> {
        let mut lower = [0; LETTERS_MAX];
        let lower = lower.get_mut(..word.len())?;
        lower.copy_from_slice(word.as_bytes());
        lower.make_ascii_lowercase();
        std::str::from_utf8(lower).ok().and_then(Keyword::of_lower)
    }

    /// Whether something has to follow that it is said of, so that the next word is no new statement.
    pub(super) fn expects_more(self) -> bool {
        use Keyword as K;
        matches!(
            self,
            K::And
                | K::Or
                | K::Not
                | K::In
                | K::Is
                | K::Like
                | K::Between
                | K::Case
                | K::When
                | K::Then
                | K::Else
                | K::Select
                | K::Distinct
                | K::By
                | K::On
                | K::Using
                | K::Where
                | K::Having
                | K::As
                | K::From
                | K::Join
                | K::Into
                | K::Update
                | K::Set
                | K::Values
                | K::Limit
                | K::Returning
                | K::Table
                | K::With
        )
    }

    /// Whether a statement may begin with it in the middle of a text, without a semicolon before it. `is_sure` if it can
    /// be no name of a column either.
    pub(super) fn starts_statement(self) -> Option<IsSure> {
        use Keyword as K;
        match self {
            K::Alter
            | K::Create
            | K::Delete
            | K::Drop
            | K::Grant
            | K::Insert
            | K::Merge
            | K::Revoke
            | K::Select
            | K::Set
            | K::Update => Some(IsSure(true)),
            K::Backup
            | K::Begin
            | K::Bulk
            | K::Checkpoint
            | K::Close
            | K::Commit
            | K::Dbcc
            | K::Deallocate
            | K::Declare
            | K::Deny
            | K::Exec
            | K::Execute
            | K::If
            | K::Kill
            | K::Open
            | K::Print
            | K::Raiserror
            | K::Reconfigure
            | K::Restore
            | K::Return
            | K::Revert
            | K::Rollback
            | K::Save
            | K::Shutdown
            | K::Truncate
            | K::Use
            | K::Waitfor
            | K::While
            | K::End
            | K::Else => Some(IsSure(false)),
            _ => None,
        }
    }

    /// Whether it gives a statement its structure, so that it has no place within an expression.
    pub(super) fn is_structure(self) -> bool {
        use Keyword as K;
        matches!(
            self,
            K::From
                | K::Join
                | K::Into
                | K::Where
                | K::Group
                | K::Having
                | K::Order
                | K::Union
                | K::Except
                | K::Intersect
                | K::Minus
                | K::Limit
                | K::Returning
                | K::Using
                | K::On
                | K::Set
                | K::Values
                | K::Window
                | K::Qualify
                | K::For
                | K::Option
                | K::Output
                | K::Offset
                | K::Fetch
                | K::When
                | K::Then
                | K::Else
                | K::With
                | K::Table
                | K::Connect
                | K::Start
                | K::Prewhere
                | K::Do
        )
    }
}

/// Whether a word can be nothing but the beginning of a statement.
pub(super) struct IsSure(pub(super) bool);
