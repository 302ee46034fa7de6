//! What a program's arguments amount to: roles become effects, inner commands and doubts.

use std::borrow::Cow;
use std::sync::Arc;

use smallvec::SmallVec;

use super::disks::is_disk;
use super::hosts;
use super::names::NAMES;
use super::options::{self, Call, Given, known_part};
use super::row::{Choices, Meaning, Role, Row};
use crate::limits;
use crate::path;
use crate::shell::effect::Effect;
use crate::shell::flag::Flag;
use crate::shell::reading::Place;
use crate::shell::word::Word;

/// What a call of a program amounts to.
#[derive(Debug, Default)]
pub struct Use {
    /// What it does.
    pub effects: Vec<Effect>,
    /// What it runs.
    pub inner: Vec<Inner>,
    /// Lists of names that it goes through.
    pub lists: Vec<List>,
    /// What is noteworthy about it.
    pub flags: Vec<Flag>,
    /// What could not be read, a clause each.
    pub doubts: Vec<Cow<'static, str>>,
    /// Where it works: the relative paths of its effects and inner commands start there.
    pub directory: Option<Word>,
    /// The arguments without which the command would be the same, by their place.
    pub aside: Vec<usize>,
    /// What stands for its arguments, if there are none.
    pub alone: Option<Arc<str>>,
    /// Variables that are set for what it runs.
    pub sets: Vec<(Arc<str>, Word)>,
    /// What the standard input is to it, if this call reads it.
    pub stdin: Option<Role>,
    /// What options say to whoever reads on: the arguments of a row without an action.
    pub said: Box<Said>,
    /// Where it runs what it runs.
    pub place: Place,
    /// The reader its arguments need; everything else is left out then.
    pub reader: Option<Arc<str>>,
    /// Whether it runs what cannot be seen.
    pub opaque: bool,
}

/// A list of names, one a line, that a program goes through.
#[derive(Clone, Debug, PartialEq)]
pub struct List {
    /// What each name is to it.
    pub role: Role,
    /// The file that the list is in; the standard input if it is none.
    pub path: Option<Word>,
    /// Whether it goes into all directories below the names.
    pub recursive: bool,
}

/// Arguments by their names.
pub type Said = [(Arc<str>, Word)];

/// Something that a program runs.
#[derive(Clone, Debug, PartialEq)]
pub enum Inner {
    /// A program and its arguments; `more` says that further arguments come from the standard input.
    Words {
        /// The program and its arguments.
        words: Vec<Word>,
        /// Whether more come from the standard input.
        more: bool,
    },
    /// A shell line: the words, with spaces between them.
    Lines(Vec<Word>),
    /// Code in a language.
    Code {
        /// The language.
        language: Arc<str>,
        /// The code.
        text: Word,
    },
    /// A file whose contents are run.
    File(Word),
}

/// Says what a call of the program of `row` amounts to; `arguments` are without its name.
pub fn apply(row: &Row, arguments: &[Word]) -> Use {
    if row.harmless {
        return Use::default();
    }
    if let Some(reader) = &row.reader {
        return Use { reader: Some(reader.clone()), flags: row.flags.to_vec(), ..Use::default() };
    }
    let mut call = options::read(row, arguments);
    let doubts = std::mem::take(&mut call.doubts);
    let alone = call.row.alone.clone().filter(|_| call.alone);
    let out = Use { doubts, aside: std::mem::take(&mut call.aside), alone, ..Use::default() };
    if does_nothing(&call) {
        return out;
    }
    if let Some(reader) = &call.row.reader {
        return Use { reader: Some(reader.clone()), flags: call.row.flags.to_vec(), ..out };
    }
    Amounts::new(&call, arguments, out).finish()
}

/// Whether an option keeps it from doing anything, and none takes that back (`--dry-run --dry-run=false`).
fn does_nothing(call: &Call) -> bool {
    let may_be_inert = |meaning: &Meaning| meaning.inert || meaning.values.iter().any(|value| value.inert);
    let mut candidates = call.given.iter().filter(|given| may_be_inert(given.meaning)).peekable();
    candidates.peek().is_some() && candidates.all(is_inert)
}

fn is_inert(given: &Given) -> bool {
    let values = &given.meaning.values;
    let of_value = given.value.as_ref().filter(|_| !values.is_empty());
    given.sure
        && match of_value {
            // `--dry-run=none` is not `--dry-run`.
            Some(value) => value.literal().and_then(|value| values.find(value)).is_some_and(|meaning| meaning.inert),
            None => given.meaning.inert,
        }
}

/// Collects what a call amounts to.
pub(super) struct Amounts<'a> {
    pub(super) row: &'a Row,
    pub(super) call: &'a Call<'a>,
    pub(super) arguments: &'a [Word],
    /// What options and certain words mean, each once.
    pub(super) meanings: SmallVec<[&'a Meaning; 4]>,
    /// Words that mean something by themselves, with the role they have then.
    special: Vec<(&'a Role, Word)>,
    /// Other roles for the row's, each once.
    pub(super) roles: Vec<&'a (Role, Role)>,
    pub(super) args: Vec<(Arc<str>, Word)>,
    pub(super) urls: Vec<Word>,
    /// Whether an address is that of a file of this machine.
    pub(super) has_file_url: bool,
    pub(super) hosts: Vec<Word>,
    /// Patterns of the names that alone are looked at below its directories.
    pub(super) filters: Vec<String>,
    pub(super) port: Option<Word>,
    /// The roles that operands have.
    pub(super) taken: SmallVec<[&'a Role; 4]>,
    /// Whether code or a program is given, so that the standard input is mere data.
    pub(super) has_code: bool,
    pub(super) reads_stdin: bool,
    pub(super) out: Use,
}

impl<'a> Amounts<'a> {
    fn new(call: &'a Call<'a>, arguments: &'a [Word], out: Use) -> Amounts<'a> {
        Amounts {
            row: call.row,
            call,
            arguments,
            meanings: SmallVec::new(),
            special: Vec::new(),
            roles: Vec::new(),
            args: Vec::new(),
            urls: Vec::new(),
            has_file_url: false,
            hosts: Vec::new(),
            filters: Vec::new(),
            port: None,
            taken: SmallVec::new(),
            has_code: false,
            reads_stdin: false,
            out,
        }
    }

    fn finish(mut self) -> Use {
        self.collect_meanings();
        self.flags();
        self.fixed_args();
        self.call.given.iter().for_each(|given| self.option(given));
        for (role, word) in std::mem::take(&mut self.special) {
            self.role(role, &word);
        }
        self.call.strays.iter().for_each(|word| self.stray(word));
        let of_options = self.out.effects.len();
        self.operands();
        self.addresses();
        self.actions();
        self.recursive(of_options);
        self.filtered();
        self.stdin();
        self.raw_disks();
        if self.row.action.is_none() {
            self.out.said = std::mem::take(&mut self.args).into();
        }
        self.out.opaque = self.row.opaque;
        self.out.place = self.row.place;
        self.out
    }

    fn collect_meanings(&mut self) {
        for given in &self.call.given {
            self.add_meaning(given.meaning);
            if let Some(value) = given.value.as_deref().filter(|_| !given.meaning.values.is_empty()) {
                self.add_choices(&given.meaning.values, value);
            }
        }
        // Where an option says what the operands are, they are not what the row takes them for.
        let are_others = self.call.given.iter().any(|given| given.sure && given.meaning.operands.is_some());
        if !self.call.values.is_empty() && !are_others {
            let most = if self.row.keyed { 1 } else { usize::MAX };
            for word in self.call.operands.iter().take(most).filter_map(|at| self.arguments.get(*at)) {
                self.add_choices(self.call.values, word);
            }
        }
        for pair in self.meanings.iter().flat_map(|meaning| &meaning.roles) {
            if !self.roles.iter().any(|listed| std::ptr::eq(*listed, pair)) {
                self.roles.push(pair);
            }
        }
    }

    /// Notes a meaning once: there are as many as the table has, however long the call is.
    fn add_meaning(&mut self, meaning: &'a Meaning) {
        if !self.meanings.iter().any(|listed| std::ptr::eq(*listed, meaning)) {
            self.meanings.push(meaning);
        }
    }

    /// Notes what `word` means among `choices`; if it is not known, it may mean any of them.
    fn add_choices(&mut self, choices: &'a Choices<Meaning>, word: &Word) {
        let found = word.literal().map(|text| match self.row.syntax.folds() {
            true => choices.find(&text.to_lowercase()),
            false => choices.find(text),
        });
        match found {
            Some(meaning) => meaning.into_iter().for_each(|meaning| self.add_choice(meaning, word)),
            None => choices.possible(known_part(word)).into_iter().for_each(|meaning| self.add_choice(meaning, word)),
        }
    }

    fn add_choice(&mut self, meaning: &'a Meaning, word: &Word) {
        self.add_meaning(meaning);
        self.special.extend(meaning.value.iter().map(|role| (role, word.clone())));
    }

    fn flags(&mut self) {
        let unknown = self.call.unknown.then_some(Flag::UnknownProgram);
        let of_options = self.meanings.iter().flat_map(|meaning| meaning.flags.iter().copied());
        for flag in self.row.flags.iter().copied().chain(self.row.place.flag()).chain(unknown).chain(of_options) {
            self.out.add_flag(flag);
        }
    }

    /// The fixed arguments: what a word says stands instead of what options say, and that instead of what the row says.
    /// Options that say different things all count.
    fn fixed_args(&mut self) {
        for pair in self.meanings.iter().flat_map(|meaning| &meaning.args) {
            if !self.is_said(&pair.0) && !self.args.contains(pair) {
                self.args.push(pair.clone());
            }
        }
        for pair in &self.row.args {
            if !self.is_said(&pair.0) && !self.args.iter().any(|(name, _)| *name == pair.0) {
                self.args.push(pair.clone());
            }
        }
    }

    /// Whether an option that is given has the argument `name` as its value.
    fn is_said(&self, name: &str) -> bool {
        let says = |given: &Given| matches!(&given.meaning.value, Some(Role::Arg(own)) if **own == *name);
        self.call.given.iter().any(|given| given.value.is_some() && says(given))
    }

    fn option(&mut self, given: &'a Given<'a>) {
        if let Some((role, word)) = given.meaning.second.as_ref().zip(given.second) {
            self.role(role, word);
        }
        let Some(value) = given.value.as_deref() else { return };
        let Some(role) = given.meaning.value.as_ref().or(given.meaning.attached.as_ref()) else { return };
        match role {
            role if role.takes_the_rest() => {
                self.run(role, std::iter::once(value).chain(given.rest).cloned().collect());
            }
            Role::Unclear => {
                let (name, program) = (&given.meaning.name, &self.row.name);
                self.out.doubt(format!("what `{name}` of `{program}` does cannot be read: {}", value.text));
            }
            role => {
                self.has_code |= role.is_code();
                self.role(role, value);
            }
        }
    }

    /// The hosts contacted, with the port that belongs to them.
    fn addresses(&mut self) {
        for host in std::mem::take(&mut self.hosts) {
            match hosts::address(self.scheme(), &host, self.port.as_ref()) {
                Ok(url) => self.connect(url),
                Err(doubt) => self.out.doubt(doubt),
            }
        }
    }

    /// What the row and its options amount to, each with all arguments; web requests once for each address.
    fn actions(&mut self) {
        let mut kinds: Vec<&'a Arc<str>> = Vec::new();
        for kind in self.row.action.iter().chain(self.meanings.iter().filter_map(|meaning| meaning.action.as_ref())) {
            if !kinds.contains(&kind) {
                kinds.push(kind);
            }
        }
        let has_urls = self.has_file_url || !self.urls.is_empty();
        self.requests();
        for kind in kinds.into_iter().filter(|kind| !has_urls || ***kind != *NAMES.request) {
            self.out.add(kind, self.args.clone());
        }
    }

    fn requests(&mut self) {
        const OF_REQUEST: [&str; 5] = ["method", "headers", "params", "body", "timeout_ms"];
        let shared: Vec<_> = self.args.iter().filter(|(name, _)| OF_REQUEST.contains(&&**name)).collect();
        if self.urls.len().saturating_mul(shared.len()) > limits::PROGRAM_ARGS_MAX {
            return self.out.doubt("it makes more requests with more arguments than can be looked at");
        }
        for url in &self.urls {
            let args = std::iter::once((NAMES.url.clone(), url.clone())).chain(shared.iter().copied().cloned());
            self.out.add(&NAMES.request, args.collect());
        }
    }

    pub(super) fn is_recursive(&self) -> bool {
        self.row.recursive || self.meanings.iter().any(|meaning| meaning.recursive)
    }

    /// Marks the effects of operands; the files of options are single files.
    fn recursive(&mut self, of_options: usize) {
        if self.is_recursive() {
            self.out.effects.iter_mut().skip(of_options).for_each(|effect| effect.recursive = true);
        }
    }

    /// What is searched below a directory for files of certain names is searched under these names, too.
    fn filtered(&mut self) {
        let patterns = std::mem::take(&mut self.filters);
        let searched = self.out.effects.iter().filter(|effect| effect.recursive && effect.kind == NAMES.search);
        let places: Vec<Word> = searched.flat_map(|effect| &effect.args).map(|(_, place)| place.clone()).collect();
        if patterns.len().saturating_mul(places.len()) > limits::EFFECTS_MAX {
            return self.out.doubt("it looks for more names in more places than can be looked at");
        }
        for place in &places {
            patterns.iter().for_each(|pattern| self.file(&NAMES.search, &below(place, pattern)));
        }
    }

    fn stdin(&mut self) {
        let of_option = self.meanings.iter().rev().find_map(|meaning| meaning.stdin.as_ref());
        let is_read = |role: &&Role| match role {
            role if role.is_code() => !self.has_code,
            _ => self.call.operands.is_empty(),
        };
        let of_row = self.row.stdin.as_ref().filter(|role| self.reads_stdin || is_read(role));
        match of_option.or(of_row) {
            Some(Role::Names(role)) => self.names(role, None),
            role => self.out.stdin = role.cloned(),
        }
    }

    fn raw_disks(&mut self) {
        let writes = |effect: &&Effect| [&NAMES.write, &NAMES.copy, &NAMES.moved].contains(&&effect.kind);
        let mut args = self.out.effects.iter().filter(writes).flat_map(|effect| &effect.args);
        if args.any(|(name, word)| matches!(&**name, "path" | "destination") && is_disk(&word.text)) {
            self.out.add_flag(Flag::RawDisk);
        }
    }
}

/// The files below `place` that fit `pattern`.
fn below(place: &Word, pattern: &str) -> Word {
    let text = match pattern.starts_with(['/', '~', '\\']) {
        true => pattern.into(),
        false => format!("{}/{pattern}", place.text.trim_end_matches('/')).into(),
    };
    Word { text, certainty: place.certainty, glob: place.glob || path::is_of_names(pattern) }
}

impl Use {
    pub(super) fn add(&mut self, kind: &Arc<str>, args: Vec<(Arc<str>, Word)>) {
        self.effects.push(Effect { kind: kind.clone(), args, recursive: false, flags: Vec::new() });
    }

    pub(super) fn add_flag(&mut self, flag: Flag) {
        if !self.flags.contains(&flag) {
            self.flags.push(flag);
        }
    }

    pub(super) fn doubt(&mut self, doubt: impl Into<Cow<'static, str>>) {
        self.doubts.push(doubt.into());
    }
}
