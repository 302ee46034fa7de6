//! What the table says of a program: its row, its options, the roles of its words.

use std::collections::HashMap;
use std::sync::Arc;

use foldhash::fast::RandomState;

use super::index::Index;
use super::options::Options;
use crate::path::Filter;
use crate::pattern::NamePattern;
use crate::shell::flag::Flag;
use crate::shell::reading::Place;
use crate::shell::word::Word;

/// What is known of a program, or of one of its subcommands.
#[derive(Debug, Default)]
pub struct Row {
    /// The name, for a subcommand behind the outer names: `git push`.
    pub name: Arc<str>,
    /// What it does, in one clause.
    pub about: Box<str>,
    pub(super) syntax: Syntax,
    pub(super) bundled: bool,
    pub(super) options: Options,
    pub(super) operands: Box<[Operand]>,
    pub(super) values: Choices<Meaning>,
    /// Whether the first operand alone is one of `values`, or of those of the row around it.
    pub(super) keyed: bool,
    pub(super) flags: Box<[Flag]>,
    pub(super) action: Option<Arc<str>>,
    pub(super) args: Box<[(Arc<str>, Word)]>,
    pub(super) default: Box<[(Role, Word)]>,
    pub(super) stdin: Option<Role>,
    /// The role of what plainly is a path elsewhere, where nothing else says what it is.
    pub(super) stray: Option<Role>,
    pub(super) place: Place,
    pub(super) subcommands: Choices<Row>,
    /// The row whose subcommands are the usual verbs, for words that are no subcommand of its own.
    pub(super) verbs: Option<Arc<str>>,
    pub(super) reader: Option<Arc<str>>,
    pub(super) opaque: bool,
    pub(super) recursive: bool,
    /// What stands for its arguments where there are none: `git tag` is `git tag --list`.
    pub(super) alone: Option<Arc<str>>,
    pub(super) scheme: Arc<str>,
    /// Whether no argument whatever makes it do anything.
    pub(super) harmless: bool,
}

impl Row {
    /// The canonical types it names, with those of its options and subcommands.
    pub(super) fn kinds(&self) -> Vec<&str> {
        let meanings = self.options.iter().chain(self.values.iter());
        let all = meanings.flat_map(|meaning| std::iter::once(meaning).chain(meaning.values.iter()));
        let mut kinds: Vec<&str> = all.filter_map(|meaning| meaning.action.as_deref()).collect();
        kinds.extend(self.action.as_deref());
        kinds.extend(self.subcommands.iter().flat_map(Row::kinds));
        kinds
    }
}

impl Row {
    /// The row of the verbs it has beside its own subcommands.
    pub(super) fn usual_verbs(&self) -> Option<&'static Row> {
        Index::builtin().get(self.verbs.as_deref()?)
    }

    /// Whether a word says which part of it is meant.
    pub(super) fn has_subcommands(&self) -> bool {
        !self.subcommands.is_empty() || self.verbs.is_some()
    }

    /// Whether its first words say what is to be done.
    pub(super) fn has_verbs(&self) -> bool {
        self.has_subcommands() || self.operands.first().is_some_and(|operand| operand.role == Role::Data)
    }

    /// Whether nothing comes of it, whatever its words are.
    pub fn is_harmless(&self) -> bool {
        self.harmless
    }

    /// Whether its standard input is code to it, if its arguments give it none.
    pub fn runs_input(&self) -> bool {
        matches!(self.stdin, Some(Role::Code(_) | Role::Line | Role::Lines))
    }
}

/// How a program's options are spelled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Syntax {
    #[default]
    Gnu,
    Posix,
    Long,
    PowerShell,
    Keys,
    Dos,
}

impl Syntax {
    pub(super) const WORDS: &'static [&'static str] = &["gnu", "posix", "long", "powershell", "keys", "dos"];

    pub(super) fn parse(word: &str) -> Option<Syntax> {
        Some(match word {
            "gnu" => Syntax::Gnu,
            "posix" => Syntax::Posix,
            "long" => Syntax::Long,
            "powershell" => Syntax::PowerShell,
            "keys" => Syntax::Keys,
            "dos" => Syntax::Dos,
            _ => return None,
        })
    }

    /// Whether names mean the same in any case.
    pub(super) fn folds(self) -> bool {
        matches!(self, Syntax::PowerShell | Syntax::Dos)
    }
}

impl Place {
    pub(super) const WORDS: &'static [&'static str] = &["here", "remote", "container"];

    pub(super) fn parse(word: &str) -> Option<Place> {
        match word {
            "here" => Some(Place::Here),
            "remote" => Some(Place::Remote),
            "container" => Some(Place::Container),
            _ => None,
        }
    }

    pub(super) fn flag(self) -> Option<Flag> {
        match self {
            Place::Here => None,
            Place::Remote => Some(Flag::Remote),
            Place::Container => Some(Flag::Container),
        }
    }
}

macro_rules! roles {
    ($($name:ident = $text:literal;)*) => {
        /// What a word is to a program; the module's page has a table of them.
        #[derive(Clone, Debug, PartialEq, Eq)]
        #[allow(missing_docs)] // Each is a row of that table.
        pub enum Role {
            $($name,)*
            /// Code in a language.
            Code(Arc<str>),
            /// An argument of the row's action.
            Arg(Arc<str>),
            /// A list of names, each of which has this role.
            Names(Box<Role>),
        }

        impl Role {
            pub(super) const WORDS: &'static [&'static str] = &[$($text,)*];

            fn named(word: &str) -> Option<Role> {
                match word { $($text => Some(Role::$name),)* _ => None }
            }

            /// The role as the table spells it.
            pub fn name(&self) -> String {
                match self {
                    $(Role::$name => $text.to_owned(),)*
                    Role::Code(language) => format!("code:{language}"),
                    Role::Arg(name) => format!("arg:{name}"),
                    Role::Names(role) => format!("names:{}", role.name()),
                }
            }
        }
    };
}

roles! {
    Data = "data";
    Tracked = "tracked";
    Read = "read";
    Consult = "consult";
    Write = "write";
    Delete = "delete";
    List = "list";
    Search = "search";
    Filter = "filter";
    FilterRegex = "filter_regex";
    FilterExtension = "filter_extension";
    FilterKind = "filter_kind";
    Permissions = "permissions";
    Edit = "edit";
    Execute = "execute";
    Directory = "directory";
    Url = "url";
    Host = "host";
    Port = "port";
    Remote = "remote";
    RemoteDestination = "remote_destination";
    Body = "body";
    Field = "field";
    Form = "form";
    Header = "header";
    Cookie = "cookie";
    Run = "run";
    RunMore = "run_more";
    Module = "module";
    Line = "line";
    Lines = "lines";
    Assignment = "assignment";
    Mount = "mount";
    Mode = "mode";
    Unclear = "unclear";
}

impl Role {
    pub(super) fn parse(word: &str) -> Option<Role> {
        match word.split_once(':') {
            Some(("code", language)) if !language.is_empty() => Some(Role::Code(language.into())),
            Some(("arg", name)) if !name.is_empty() => Some(Role::Arg(name.into())),
            Some(("names", role)) => Role::named(role).filter(Role::is_of_names).map(|role| Role::Names(role.into())),
            Some(_) => None,
            None => match word {
                "source" | "destination" => Some(Role::Arg(word.into())),
                // Settings of a language of their own.
                "git_config" | "ssh_option" => Some(Role::Code(word.into())),
                _ => Role::named(word),
            },
        }
    }

    /// Whether the names of a list can have it.
    fn is_of_names(&self) -> bool {
        matches!(self, Role::Read | Role::Write | Role::Edit | Role::Delete | Role::List | Role::Search | Role::Url)
    }

    /// Whether the word and everything behind it belong together.
    pub(super) fn takes_the_rest(&self) -> bool {
        matches!(self, Role::Run | Role::RunMore | Role::Module | Role::Lines)
    }

    /// Whether nothing more is done with the word than to look at names or for a text, or nothing of it shows.
    pub(super) fn looks(&self) -> bool {
        matches!(self, Role::Data | Role::List | Role::Search | Role::Consult) || self.filter().is_some()
    }

    /// How the word is written, if it is a filter of file names.
    pub(super) fn filter(&self) -> Option<Filter> {
        match self {
            Role::Filter => Some(Filter::Glob),
            Role::FilterRegex => Some(Filter::Regex),
            Role::FilterExtension => Some(Filter::Extension),
            Role::FilterKind => Some(Filter::Kind),
            _ => None,
        }
    }

    /// Whether the word says where or how a program works; settings that do more are flagged where they are read.
    pub(super) fn says_how(&self) -> bool {
        matches!(self, Role::Data | Role::Directory)
            || matches!(self, Role::Code(language) if **language == *"git_config")
    }

    /// Whether the word is code or a line that is run instead of what the standard input says.
    pub(super) fn is_code(&self) -> bool {
        matches!(self, Role::Code(_) | Role::Line | Role::Lines)
    }
}

/// The role of an operand, and how many of them there are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Operand {
    pub(super) role: Role,
    pub(super) many: bool,
    pub(super) optional: bool,
}

/// What an option, or a value of one, amounts to.
#[derive(Debug, Default)]
pub(super) struct Meaning {
    /// All spellings, as the table has them.
    pub(super) name: Box<str>,
    pub(super) value: Option<Role>,
    pub(super) second: Option<Role>,
    pub(super) attached: Option<Role>,
    pub(super) roles: Box<[(Role, Role)]>,
    pub(super) operands: Option<Box<[Operand]>>,
    pub(super) default: Box<[(Role, Word)]>,
    pub(super) stdin: Option<Role>,
    pub(super) recursive: bool,
    pub(super) flags: Box<[Flag]>,
    pub(super) action: Option<Arc<str>>,
    pub(super) args: Box<[(Arc<str>, Word)]>,
    pub(super) inert: bool,
    pub(super) ends: bool,
    pub(super) values: Choices<Meaning>,
}

impl Meaning {
    /// Whether it makes the program do anything.
    pub(super) fn matters(&self) -> bool {
        let acts = |role: &Role| *role != Role::Data;
        self.is_more_than(acts) || self.recursive || !self.default.is_empty()
    }

    /// Whether it makes the program do more than look at what it looks at anyhow, so that nobody may slip it in unseen:
    /// write, delete, run, contact, or show another file.
    pub(super) fn is_risky(&self, looks: bool) -> bool {
        if !looks {
            return self.matters();
        }
        self.is_more_than(|role| !role.looks()) || self.default.iter().any(|(role, _)| !role.looks())
    }

    /// Whether it, with `value`, only says where or how a subcommand works, which is the same without it.
    pub(super) fn is_aside(&self, value: Option<&Word>) -> bool {
        let acts = |role: &Role| !role.says_how();
        let of_value = match value.and_then(Word::literal) {
            Some(value) => {
                let found = [self.values.find(value), self.values.find(&value.to_lowercase())];
                found.into_iter().flatten().all(|meaning| meaning.is_aside(None))
            }
            None => !self.values.iter().any(|meaning| meaning.is_more_than(acts)),
        };
        of_value && !self.inert && !self.ends && self.default.is_empty() && !self.is_more_itself(acts)
    }

    /// Whether a role of it is one that `acts`, or it changes anything else than the places looked at.
    fn is_more_than(&self, acts: impl Fn(&Role) -> bool + Copy) -> bool {
        self.is_more_itself(acts) || self.values.iter().any(|meaning| meaning.is_more_than(acts))
    }

    /// The same, whatever its value is.
    fn is_more_itself(&self, acts: impl Fn(&Role) -> bool + Copy) -> bool {
        let roles = [&self.value, &self.second, &self.attached, &self.stdin].into_iter().flatten();
        roles.chain(self.operands.iter().flatten().map(|operand| &operand.role)).any(acts)
            || !self.roles.is_empty()
            || !self.flags.is_empty()
            || self.action.is_some()
            || !self.args.is_empty()
    }
}

/// Things by name: exact names first, then names with wildcards as they were written, `*` last.
#[derive(Debug)]
pub(super) struct Choices<T> {
    items: Vec<T>,
    exact: HashMap<Box<str>, usize, RandomState>,
    wild: Vec<(NamePattern, usize)>,
    other: Option<usize>,
}

impl<T> Default for Choices<T> {
    fn default() -> Choices<T> {
        Choices { items: Vec::new(), exact: HashMap::default(), wild: Vec::new(), other: None }
    }
}

impl<T> Choices<T> {
    /// Adds `item` under `names`; those that stood there already are returned.
    pub(super) fn add<'a>(&mut self, names: impl Iterator<Item = &'a str>, item: T) -> Vec<&'a str> {
        let at = self.items.len();
        self.items.push(item);
        names.filter(|name| self.add_name(name, at)).collect()
    }

    fn add_name(&mut self, name: &str, at: usize) -> bool {
        if name == "*" {
            self.other.replace(at).is_some()
        } else if name.contains(['*', '?']) {
            self.wild.push((NamePattern::new(name), at));
            false
        } else {
            self.exact.insert(name.into(), at).is_some()
        }
    }

    /// What `name` stands for.
    pub(super) fn find(&self, name: &str) -> Option<&T> {
        self.named(name).or_else(|| self.other())
    }

    /// What `name` stands for, if it is not any other.
    pub(super) fn named(&self, name: &str) -> Option<&T> {
        let wild = || self.wild.iter().find(|(pattern, _)| pattern.matches(name)).map(|(_, at)| at);
        self.items.get(*self.exact.get(name).or_else(wild)?)
    }

    /// What any other name stands for.
    pub(super) fn other(&self) -> Option<&T> {
        self.items.get(self.other?)
    }

    /// What a name may stand for that begins with `known`, in the order of the table.
    pub(super) fn possible(&self, known: &str) -> Vec<&T> {
        let exact = self.exact.iter().filter(|(name, _)| name.starts_with(known)).map(|(_, at)| at);
        let agrees = |head: &str| head.starts_with(known) || known.starts_with(head);
        let wild = self.wild.iter().filter(|(pattern, _)| agrees(pattern.literal_prefix())).map(|(_, at)| at);
        let mut places: Vec<usize> = exact.chain(wild).chain(&self.other).copied().collect();
        places.sort_unstable();
        places.dedup();
        places.into_iter().filter_map(|at| self.items.get(at)).collect()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.items.iter()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.items.is_empty()
    }
}
