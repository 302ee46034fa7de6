//! Reads code in a general language: the effects of known calls with plain arguments.
//!
//! Such code is never read whole. What is found sharpens the reason and lets a policy deny; that nothing is found means
//! nothing, so there is always a doubt.

mod call;
mod javascript;
mod lexer;
mod lua;
mod machine;
mod outcome;
mod perl;
mod php;
mod powershell;
mod python;
mod ruby;
mod table;
mod token;
mod value;

use std::sync::OnceLock;

use self::lexer::Syntax;
use self::machine::Machine;
use self::table::Table;
use self::token::{Kind, Token};
use self::value::Budget;
use super::{Found, Reading, What, cmd, literal, place};
use crate::limits;
use crate::shell::flag::Flag;

/// A general language.
pub(super) struct Language {
    pub(super) name: &'static str,
    /// Other names for it.
    names: &'static [&'static str],
    syntax: Syntax,
    /// Signs in front of a member.
    members: &'static [&'static str],
    /// Signs that join texts.
    joins: &'static [&'static str],
    /// Signs behind the name of an argument or element.
    labels: &'static [&'static str],
    /// Words that end an expression.
    keywords: &'static [&'static str],
    /// Words in front of an expression that change nothing about it.
    prefixes: &'static [&'static str],
    /// Names that everything global is a member of.
    globals: &'static [&'static str],
    /// Arguments of commands that have no value.
    switches: &'static [&'static str],
    /// Which calls need no brackets.
    bare: Bare,
    braces: Braces,
    /// Whether `name{key}` is an element.
    has_brace_keys: bool,
    /// Whether the end of a line ends a statement.
    has_lines: bool,
    /// Whether statements may be commands with words.
    has_commands: bool,
    /// Whether texts side by side are one.
    joins_texts: bool,
    /// Whether `a = 1, 2` makes a list.
    packs_lists: bool,
    ignores_case: bool,
    /// Reads a statement of a kind of its own, such as an import; whether there was one.
    statement: fn(&mut Machine) -> bool,
    /// The known calls, see [`table`].
    rows: &'static str,
    table: OnceLock<Table>,
}

/// Which calls need no brackets.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Bare {
    None,
    /// All.
    Any,
    /// Those with a text or a record (Lua).
    Texts,
    /// These.
    Names(&'static [&'static str]),
}

/// What braces are where they could be both.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Braces {
    Records,
    Blocks,
}

const LANGUAGES: [&Language; 7] =
    [&python::PYTHON, &javascript::JAVASCRIPT, &perl::PERL, &ruby::RUBY, &php::PHP, &lua::LUA, &powershell::POWERSHELL];

impl Language {
    /// The language called `name`, in lower case and without a version.
    pub(super) fn named(name: &str) -> Option<&'static Language> {
        LANGUAGES.into_iter().find(|language| language.name == name || language.names.contains(&name))
    }

    fn table(&'static self) -> &'static Table {
        self.table.get_or_init(|| table::read(self.rows))
    }
}

/// Reads `text`, which stands `depth` pieces of code deep in others.
pub(super) fn read(language: &'static Language, text: &str, depth: usize) -> Reading {
    let mut context = Context { depth, ..Context::new(language) };
    context.read(language, text);
    context.finish(language)
}

/// What is gathered over a piece of code and those in it.
pub(super) struct Context {
    reading: Reading,
    budget: Budget,
    depth: usize,
    connects: bool,
    redirects: bool,
    sends: bool,
    spawns_shell: bool,
    /// Whether code or a command runs that is not known.
    runs_unknown: bool,
    /// Texts outside of known calls that look like places: the kind of effect, and the text.
    hints: Vec<(&'static str, Box<str>)>,
}

impl Context {
    fn new(language: &Language) -> Context {
        Context {
            reading: Reading::new(language.name),
            budget: Budget::new(),
            depth: 0,
            connects: false,
            redirects: false,
            sends: false,
            spawns_shell: false,
            runs_unknown: false,
            hints: Vec::new(),
        }
    }

    fn read(&mut self, language: &'static Language, text: &str) {
        let found = lexer::split(text, &language.syntax);
        if found.is_cut {
            self.reading.doubt("the code nests too deeply to be read whole");
        }
        machine::run(language, &found.tokens, self);
        self.hint(&found.tokens, language);
        if forks_without_end(&found.tokens) {
            self.reading.flag(Flag::ForkBomb);
        }
    }

    /// Reads code in the code, in this language or for cmd.exe.
    fn nested(&mut self, language: &str, text: &str) {
        if self.depth >= limits::CODE_NESTING_MAX || !self.budget.take(text.len()) {
            return self.reading.doubt("code in code is nested too deeply to be read");
        }
        self.depth += 1;
        match Language::named(language) {
            Some(language) => self.read(language, text),
            None => self.take(cmd::read(text, self.depth)),
        }
        self.depth -= 1;
    }

    fn take(&mut self, reading: Reading) {
        reading.effects.into_iter().for_each(|effect| self.reading.add(effect));
        reading.flags.into_iter().for_each(|flag| self.reading.flag(flag));
        reading.doubts.into_iter().for_each(|doubt| self.reading.doubt(doubt));
    }

    /// Notes texts that look like places by themselves.
    fn hint(&mut self, tokens: &[Token], language: &Language) {
        const HINTS_MAX: usize = 32;
        for (index, token) in tokens.iter().enumerate() {
            let is_text = matches!(token.kind, Kind::Text | Kind::Piece);
            if !is_text || self.hints.len() >= HINTS_MAX {
                continue;
            }
            if token.text.contains("/dev/tcp/") {
                self.reading.flag(Flag::ReverseShell);
            }
            let kind =
                literal::effect_of(&token.text).filter(|kind| token.kind == Kind::Text || *kind == "http.request");
            let is_part =
                is_statement(tokens, index) || is_joined(tokens, index, language) && kind == Some("file.read");
            let is_data = is_part || is_route(tokens, index) && !place::is_credentials(&token.text);
            if let Some(kind) = kind.filter(|_| !is_data) {
                self.hints.push((kind, (*token.text).into()));
            }
        }
    }

    fn finish(mut self, language: &Language) -> Reading {
        for (kind, text) in std::mem::take(&mut self.hints) {
            if !self.is_told(&text) {
                self.reading.add(Found { kind, what: What::Text(text), recursive: false });
            }
        }
        let does = |kind: &str| self.reading.effects.iter().any(|effect| effect.kind == kind);
        let flags = [
            (self.connects && (self.redirects || self.spawns_shell || self.runs_unknown), Flag::ReverseShell),
            (self.sends && does("file.read"), Flag::Uploads),
            (self.runs_what_it_writes(), Flag::WriteThenRun),
        ];
        flags.into_iter().filter(|(set, _)| *set).for_each(|(_, flag)| self.reading.flag(flag));
        self.reading.doubt(format!("{} can do more than its text shows", language.name));
        self.reading
    }

    /// Whether an effect already tells of `place`, or of more than it.
    fn is_told(&self, place: &str) -> bool {
        self.reading.effects.iter().any(|effect| match &effect.what {
            What::Text(text) if effect.kind == "shell.exec" => text.contains(place),
            What::Text(text) => **text == *place || text.starts_with(place) && effect.kind != "shell.exec",
            What::Words(words) => words.iter().any(|word| word.contains(place)),
        })
    }

    fn runs_what_it_writes(&self) -> bool {
        let text = |found: &'_ Found| match &found.what {
            What::Text(text) => Some(text.clone()),
            What::Words(_) => None,
        };
        let written = self.reading.effects.iter().filter(|effect| effect.kind == "file.write").filter_map(text);
        written.filter(|path| path.len() > 1).any(|path| {
            let runs = self.reading.effects.iter().filter(|effect| effect.kind == "shell.exec");
            runs.into_iter().any(|run| match &run.what {
                What::Text(line) => line.split_whitespace().any(|word| *word == *path),
                What::Words(words) => words.contains(&path),
            })
        })
    }
}

/// Whether a text is a statement by itself: a remark.
fn is_statement(tokens: &[Token], index: usize) -> bool {
    let ends = |token: &Token| token.kind == Kind::Line || token.is_sign(";");
    let before = index.checked_sub(1).and_then(|index| tokens.get(index));
    let alone = tokens.len() == 1;
    !alone && before.is_none_or(ends) && tokens.get(index + 1).is_none_or(ends)
}

/// Whether a text is only a part of one.
fn is_joined(tokens: &[Token], index: usize, language: &Language) -> bool {
    let joins = |token: &Token| token.kind == Kind::Sign && language.joins.contains(&&*token.text);
    let before = index.checked_sub(1).and_then(|index| tokens.get(index));
    before.is_some_and(joins) || tokens.get(index + 1).is_some_and(joins)
}

/// Whether a text is the first argument of a function that takes the paths of a web server.
fn is_route(tokens: &[Token], index: usize) -> bool {
    const ROUTES: [&str; 16] = [
        "get",
        "post",
        "put",
        "delete",
        "patch",
        "use",
        "all",
        "route",
        "path",
        "re_path",
        "url_for",
        "redirect",
        "navigate",
        "push",
        "add_url_rule",
        "add_route",
    ];
    let back = |by: usize| index.checked_sub(by).and_then(|index| tokens.get(index));
    back(1).is_some_and(|token| token.is_sign("("))
        && back(2).is_some_and(|token| token.kind == Kind::Name && ROUTES.contains(&&*token.text))
        && back(3).is_some_and(|token| token.is_sign(".") || token.is_sign("->") || token.is_sign("@"))
}

/// Whether a loop does nothing but start copies of the program.
fn forks_without_end(tokens: &[Token]) -> bool {
    const NEAR: usize = 12;
    let is_loop =
        |token: &Token| token.kind == Kind::Name && matches!(&*token.text, "while" | "for" | "loop" | "forever");
    let is_fork = |token: &Token| token.is_name("fork") || token.is_name("os.fork");
    let forks: Vec<usize> = (0..tokens.len()).filter(|index| tokens.get(*index).is_some_and(is_fork)).collect();
    forks.iter().any(|fork| {
        let from = fork.saturating_sub(NEAR);
        tokens.get(from..(fork + NEAR / 3).min(tokens.len())).unwrap_or_default().iter().any(is_loop)
    })
}
