//! What is noteworthy about an action, and what each adds to its risk.

use std::fmt;
use std::sync::Arc;

use crate::shell;

macro_rules! flags {
    ($($name:ident = $text:literal, $weight:literal, $meaning:literal;)*) => {
        /// Something noteworthy about an action. Flags only ever add risk.
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Flag {
            $(#[doc = $meaning] $name,)*
            /// Something about a shell line.
            Shell(shell::flag::Flag),
            /// Something the caller declared: `signal:` and its name.
            Signal(Arc<str>),
        }

        impl Flag {
            const OWN: &'static [(&'static str, u8, &'static str)] = &[$(($text, $weight, $meaning),)*];

            /// The names of all flags but signals, with weight and meaning.
            pub fn all() -> impl Iterator<Item = (&'static str, u8, &'static str)> {
                let of_shell = shell::flag::Flag::ALL.iter().map(|(_, name, weight, meaning)| (*name, *weight, *meaning));
                Flag::OWN.iter().copied().chain(of_shell)
            }

            /// How much it adds to the risk, of 100.
            pub fn weight(&self) -> u8 {
                match self { $(Flag::$name => $weight,)* Flag::Shell(flag) => flag.weight(), Flag::Signal(_) => 15 }
            }
        }

        impl Flag {
            /// The name, unless the caller declared it.
            pub fn name(&self) -> Option<&'static str> {
                match self { $(Flag::$name => Some($text),)* Flag::Shell(flag) => Some(flag.name()), Flag::Signal(_) => None }
            }
        }

        impl fmt::Display for Flag {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self { $(Flag::$name => f.write_str($text),)* Flag::Shell(flag) => f.write_str(flag.name()), Flag::Signal(name) => write!(f, "signal:{name}") }
            }
        }
    };
}

flags! {
    Unmapped = "unmapped", 10, "no catalogue entry knows the tool";
    Unresolved = "unresolved", 20, "it could not be read with certainty";
    AmbiguousArgument = "ambiguous_argument", 15, "one argument is given under several names with different values";
    MissingArgument = "missing_argument", 10, "an argument the action needs is missing";
    ServerMismatch = "server_mismatch", 25, "the tool's name claims another server than the one that offers it";
    PathTraversal = "path_traversal", 15, "the path climbs with `..`";
    PathEncoding = "path_encoding", 20, "the path reads differently when decoded";
    Symlink = "symlink", 10, "a link on the way leads elsewhere than the path says";
    HomePath = "home_path", 5, "the path starts in a home directory";
    Device = "device", 20, "the path is a device or a process's own files";
    ExternalHost = "external_host", 10, "it leaves this network";
    SpecialAddress = "special_address", 30, "the host is private, loopback or otherwise special";
    MetadataHost = "metadata_host", 50, "the host serves cloud credentials";
    AmbiguousUrl = "ambiguous_url", 30, "programs disagree on where the URL leads";
    MixedScriptHost = "mixed_script_host", 20, "the host mixes scripts that no language mixes";
    HomographHost = "homograph_host", 30, "the host is not ASCII and looks as if it were";
    Credentials = "credentials_in_url", 15, "the URL carries a user name or password";
    PlainHttp = "plain_http", 5, "the connection is not encrypted";
    StateChange = "state_change", 10, "the HTTP method changes something";
    InCommand = "in_command", 0, "a command contacts the host, not the tool itself";
    SqlWrite = "sql_write", 10, "the statement changes data";
    SqlDdl = "sql_ddl", 20, "the statement creates, changes or removes tables or other objects";
    SqlNoWhere = "sql_no_where", 30, "the statement changes or removes all rows";
    SqlManyStatements = "sql_many_statements", 10, "the text has more than one statement";
    SqlPrivileges = "sql_privileges", 35, "the statement gives or takes rights, or directs the server";
    SqlSession = "sql_session", 10, "the statement changes a setting that later ones depend on";
    SqlSecurityOff = "sql_security_off", 40, "the statement switches a protection of the database off";
    SqlCode = "sql_code", 25, "the statement defines code, or runs code that is given as text";
    SqlRemote = "sql_remote", 25, "the statement connects to another server";
    SqlHiddenCode = "sql_hidden_code", 30, "code stands in what looks like a comment";
    SqlFunction = "sql_function", 5, "the statement runs a function that is not known to be harmless";
}
