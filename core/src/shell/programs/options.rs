//! Reads a program's arguments into options and operands, as the program itself would.
//!
//! What may be more than one thing counts as all of them: an option that others begin with, an argument that is not
//! known. Only what makes a call harmless (`inert`) has to be beyond doubt.

use std::borrow::Cow;

use smallvec::SmallVec;

use super::row::{Choices, Meaning, Row, Syntax};
use crate::limits;
use crate::shell::word::{Certainty, Word};

/// The options of a row.
#[derive(Debug, Default)]
pub(super) struct Options {
    meanings: Vec<Meaning>,
    /// `-x`, by the letter.
    letters: Vec<(char, usize)>,
    /// `--name`, by the name; in other syntaxes than those of letters every option.
    names: Vec<(Box<str>, usize)>,
    /// `-name`, among letters.
    words: Vec<(Box<str>, usize)>,
    /// `--`.
    end: Option<usize>,
    /// `-`, where it is no operand.
    dash: Option<usize>,
    /// `+` and what is attached to it, among letters.
    plus: Option<usize>,
    /// Whether one of them is risky where it comes from outside the line.
    pub(super) risky: bool,
}

impl Options {
    /// Adds an option; the spellings that cannot be read or stand there already are returned.
    pub(super) fn add<'a>(&mut self, spellings: &'a str, syntax: Syntax, meaning: Meaning) -> Vec<&'a str> {
        let at = self.meanings.len();
        self.meanings.push(meaning);
        spellings.split_ascii_whitespace().filter(|spelling| !self.add_spelling(spelling, syntax, at)).collect()
    }

    fn add_spelling(&mut self, spelling: &str, syntax: Syntax, at: usize) -> bool {
        if let Some(place) = self.place_of(spelling) {
            return place.replace(at).is_none();
        }
        let (table, name) = match syntax {
            Syntax::Keys => (&mut self.names, spelling.trim_end_matches('=')),
            Syntax::Dos => (&mut self.names, spelling.trim_start_matches(['/', '-'])),
            Syntax::Long | Syntax::PowerShell => (&mut self.names, spelling.trim_start_matches('-')),
            Syntax::Gnu | Syntax::Posix => match (spelling.strip_prefix("--"), spelling.strip_prefix('-')) {
                (Some(name), _) => (&mut self.names, name),
                (None, Some(letters)) => match single(letters) {
                    Some(letter) => return insert(&mut self.letters, letter, at),
                    None => (&mut self.words, letters),
                },
                (None, None) => return false,
            },
        };
        let name = if syntax.folds() { name.to_lowercase() } else { name.to_owned() };
        !name.is_empty() && insert(table, name.into(), at)
    }

    /// Where a spelling that is a mere mark has its place.
    fn place_of(&mut self, spelling: &str) -> Option<&mut Option<usize>> {
        match spelling {
            "--" => Some(&mut self.end),
            "-" => Some(&mut self.dash),
            "+" => Some(&mut self.plus),
            _ => None,
        }
    }

    /// Notes whether one of them is risky for a program that only `looks` at its operands.
    pub(super) fn note_risk(&mut self, looks: bool) {
        self.risky = self.meanings.iter().any(|meaning| meaning.is_risky(looks));
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Meaning> {
        self.meanings.iter()
    }

    fn letter(&self, letter: char) -> Option<&Meaning> {
        let at = self.letters.binary_search_by_key(&letter, |(letter, _)| *letter).ok()?;
        self.letters.get(at).and_then(|(_, at)| self.meanings.get(*at))
    }

    fn named<'a>(&'a self, table: &'a [(Box<str>, usize)], name: &str) -> Option<&'a Meaning> {
        let at = table.binary_search_by(|(listed, _)| (**listed).cmp(name)).ok()?;
        table.get(at).and_then(|(_, at)| self.meanings.get(*at))
    }

    /// The option that `text` begins with, among those that may have their value attached.
    fn attached_to(&self, text: &str) -> Option<(&str, &Meaning)> {
        let named = self.names.iter().filter_map(|(name, at)| Some((&**name, self.meanings.get(*at)?)));
        let fits = named.filter(|(name, meaning)| meaning.attached.is_some() && text.starts_with(name));
        fits.max_by_key(|(name, _)| name.len())
    }

    /// Adds the options whose long name begins with `name`, each once.
    fn beginning<'a>(&'a self, name: &str, found: &mut Vec<&'a Meaning>) {
        let first = self.names.partition_point(|(listed, _)| **listed < *name);
        for (_, at) in self.names.iter().skip(first).take_while(|(listed, _)| listed.starts_with(name)) {
            let meaning =
                self.meanings.get(*at).filter(|meaning| !found.iter().any(|one| std::ptr::eq(*one, *meaning)));
            found.extend(meaning);
        }
    }
}

fn insert<K: Ord>(table: &mut Vec<(K, usize)>, key: K, at: usize) -> bool {
    match table.binary_search_by(|(listed, _)| listed.cmp(&key)) {
        Ok(_) => false,
        Err(place) => {
            table.insert(place, (key, at));
            true
        }
    }
}

fn single(text: &str) -> Option<char> {
    let mut chars = text.chars();
    chars.next().filter(|_| chars.next().is_none())
}

/// An option that is given.
pub(super) struct Given<'a> {
    pub(super) meaning: &'a Meaning,
    pub(super) value: Option<Cow<'a, Word>>,
    pub(super) second: Option<&'a Word>,
    /// The arguments that belong to it behind its value, if it takes all of them.
    pub(super) rest: &'a [Word],
    /// Whether it is beyond doubt that it is this option.
    pub(super) sure: bool,
}

/// A call taken apart.
pub(super) struct Call<'a> {
    /// The row of the innermost subcommand.
    pub(super) row: &'a Row,
    /// What certain operands amount to.
    pub(super) values: &'a Choices<Meaning>,
    pub(super) given: Vec<Given<'a>>,
    /// The operands, by their place among the arguments.
    pub(super) operands: SmallVec<[usize; 8]>,
    /// The arguments before a subcommand without which the command would be the same, by their place.
    pub(super) aside: Vec<usize>,
    /// Whether the words of the row's name are all there is.
    pub(super) alone: bool,
    /// How many operands stand before `--`, if it is there.
    pub(super) before_end: Option<usize>,
    /// The values of options that are not listed.
    pub(super) strays: Vec<Word>,
    /// Whether the subcommand is not in the table.
    pub(super) unknown: bool,
    pub(super) doubts: Vec<Cow<'static, str>>,
}

/// Takes the arguments of a program apart.
pub(super) fn read<'a>(row: &'a Row, arguments: &'a [Word]) -> Call<'a> {
    let call = Call {
        row,
        values: &row.values,
        given: Vec::new(),
        operands: SmallVec::new(),
        aside: Vec::new(),
        alone: false,
        before_end: None,
        strays: Vec::new(),
        unknown: false,
        doubts: Vec::new(),
    };
    let mut reader = Reader {
        arguments,
        next: 0,
        outer: [None; limits::PROGRAM_DEPTH_MAX],
        depth: 0,
        ended: false,
        settled: false,
        after_unlisted: false,
        has_verbs: row.has_verbs(),
        verbs: row.usual_verbs(),
        names_from: 0,
        call,
    };
    if row.bundled {
        reader.bundle();
    }
    while let Some(word) = arguments.get(reader.next) {
        reader.next += 1;
        reader.word(word);
    }
    let others = arguments.iter().enumerate().filter(|(at, _)| !reader.call.aside.contains(at));
    reader.call.alone = others.filter(|(_, word)| word.literal() != Some("--")).count() == reader.depth;
    reader.call
}

struct Reader<'a> {
    arguments: &'a [Word],
    next: usize,
    /// The options of the rows around the innermost one.
    outer: [Option<&'a Options>; limits::PROGRAM_DEPTH_MAX],
    depth: usize,
    /// Whether only operands follow.
    ended: bool,
    /// Whether no subcommand is looked for any more.
    settled: bool,
    /// Whether the word before is an option that is not listed, whose value this word might be.
    after_unlisted: bool,
    /// Whether a word says what is to be done: a subcommand, or the name of a target.
    has_verbs: bool,
    /// The row of the usual verbs, for words that are no subcommand.
    verbs: Option<&'a Row>,
    /// Where the words that a verb is about begin; those before say of what kind they are.
    names_from: usize,
    call: Call<'a>,
}

impl<'a> Reader<'a> {
    fn word(&mut self, word: &'a Word) {
        let after_unlisted = std::mem::take(&mut self.after_unlisted);
        if word.certainty == Certainty::Open {
            self.open(word);
            return self.operand(word);
        }
        if self.ended {
            return self.operand(word);
        }
        let (before, at) = (self.call.given.len(), self.next - 1);
        match self.call.row.syntax {
            Syntax::Gnu | Syntax::Posix => self.letters_or_name(word),
            Syntax::Long | Syntax::PowerShell => self.name_only(word),
            Syntax::Keys => self.key(word),
            Syntax::Dos => self.slash(word),
        }
        self.note_aside(before, at);
        if after_unlisted {
            self.call.given.iter_mut().skip(before).for_each(|given| given.sure = false);
        }
    }

    /// Notes the words from `at` on, if they are options aside and nothing else.
    fn note_aside(&mut self, before: usize, at: usize) {
        let given = self.call.given.get(before..).unwrap_or_default();
        if self.has_verbs
            && self.depth == 0
            && !given.is_empty()
            && given.iter().all(|given| given.meaning.is_aside(given.value.as_deref()))
        {
            self.call.aside.extend(at..self.next);
        }
    }

    fn letters_or_name(&mut self, word: &'a Word) {
        let text = &*word.text;
        match (text.strip_prefix("--"), text.strip_prefix('-')) {
            (Some(""), _) => self.end(),
            (None, Some("")) if word.is_known() => self.dash(word),
            (Some(body), _) => self.name(word, body, &['='], true),
            (None, Some(letters)) if !letters.is_empty() => {
                if !self.single_dash_name(word, letters) {
                    self.letters(word, letters);
                }
            }
            _ => {
                match text.strip_prefix('+').zip(self.tables().find_map(|options| options.meanings.get(options.plus?)))
                {
                    Some((rest, meaning)) => self.give(meaning, Some(cut(word, rest)), true),
                    None => self.maybe_operand(word),
                }
            }
        }
    }

    fn name_only(&mut self, word: &'a Word) {
        match word.text.strip_prefix('-').map(|body| body.strip_prefix('-').unwrap_or(body)) {
            Some("") if word.text.len() > 1 => self.end(),
            Some(body) if !body.is_empty() => {
                self.name(word, body, &['=', ':'], self.call.row.syntax == Syntax::PowerShell);
            }
            _ => self.maybe_operand(word),
        }
    }

    fn key(&mut self, word: &'a Word) {
        match known_part(word).contains('=') {
            true => self.name(word, &word.text, &['='], false),
            false => self.maybe_operand(word),
        }
    }

    fn slash(&mut self, word: &'a Word) {
        // Where `/c` would be taken for a path, it is written `//c`.
        let body = word.text.strip_prefix('/').map(|body| body.strip_prefix('/').unwrap_or(body));
        match body {
            None if word.text.len() > 1 && word.text.starts_with('-') => {
                self.name(word, word.text.trim_start_matches('-'), &[':', '='], false);
            }
            None | Some("") => self.maybe_operand(word),
            // `/s/q` is two options, `/tmp/x` none.
            Some(body) if self.is_switches(body) => body.split('/').for_each(|one| self.switch(word, one)),
            Some(body) if body.contains('/') && !self.is_switch(body) => self.operand(word),
            Some(body) => self.switch(word, body),
        }
    }

    fn is_switches(&self, body: &str) -> bool {
        body.contains('/')
            && body.split('/').all(|one| one.len() == 1 || self.find(&fold(one), table_of_names).is_some())
    }

    /// Whether it is a listed option with a value, which may have slashes.
    fn is_switch(&self, body: &str) -> bool {
        body.split_once([':', '=']).is_some_and(|(name, _)| self.find(&fold(name), table_of_names).is_some())
    }

    fn switch(&mut self, word: &'a Word, body: &'a str) {
        self.name(word, body, &[':', '='], false);
    }

    /// `--name`, `--name=value`: exactly, or else everything that begins like this if names may be shortened.
    fn name(&mut self, word: &'a Word, body: &'a str, separators: &[char], shortens: bool) {
        let (name, value) = match body.split_once(separators) {
            // `-c:v` may be the name of an option.
            Some(_) if word.is_known() && self.find(body, table_of_names).is_some() => (body, None),
            Some((name, value)) => (name, Some(cut(word, value))),
            None => (body, None),
        };
        if word.certainty != Certainty::Known && (value.is_none() || name.contains(UNKNOWN)) {
            return self.unknown_option(word);
        }
        let name = if self.call.row.syntax.folds() { fold(name) } else { Cow::Borrowed(name) };
        match self.find(&name, table_of_names) {
            Some(meaning) => self.give(meaning, value, *name == *"help" || self.is_own(meaning)),
            None if shortens => self.shortened(&name, value),
            None if self.attached(word) => {}
            None => self.unlisted(value),
        }
    }

    /// `-oVALUE` among options that are no letters.
    fn attached(&mut self, word: &'a Word) -> bool {
        let Some(body) = word.text.strip_prefix('-').filter(|_| self.call.row.syntax == Syntax::Long) else {
            return false;
        };
        let found = self.tables().find_map(|options| options.attached_to(body));
        let Some((name, meaning)) = found else { return false };
        self.give(meaning, body.get(name.len()..).map(|value| cut(word, value)), true);
        true
    }

    /// `--no-dry-run`: that nothing is done is beyond doubt no longer.
    fn take_back(&mut self, name: &str) {
        let Some(name) = name.strip_prefix("no-") else { return };
        let mut found: Vec<&'a Meaning> = Vec::new();
        for options in self.tables() {
            options.beginning(name, &mut found);
        }
        let inert = found.into_iter().filter(|meaning| meaning.inert);
        self.call.given.extend(inert.map(|meaning| Given {
            meaning,
            value: None,
            second: None,
            rest: &[],
            sure: false,
        }));
    }

    /// An option that is not listed; the word behind it may be its value.
    fn unlisted(&mut self, value: Option<Word>) {
        self.after_unlisted = value.is_none();
        self.call.strays.extend(value);
    }

    fn shortened(&mut self, name: &str, value: Option<Word>) {
        let mut found: Vec<&'a Meaning> = Vec::new();
        for options in self.tables() {
            options.beginning(name, &mut found);
        }
        self.take_back(name);
        if found.is_empty() {
            return self.unlisted(value);
        }
        for meaning in found {
            // What looks shortened may be an option that is not listed and takes no value, so the value stays.
            let next = || self.arguments.get(self.next).filter(|_| meaning.value.is_some()).map(Cow::Borrowed);
            let value = value.clone().map(Cow::Owned).or_else(next);
            self.call.given.push(Given { meaning, value, second: None, rest: &[], sure: false });
        }
    }

    /// `-name` and `-name=value` in a table that has other options as letters.
    fn single_dash_name(&mut self, word: &'a Word, body: &'a str) -> bool {
        let (name, value) = match body.split_once('=') {
            Some((name, value)) => (name, Some(cut(word, value))),
            None => (body, None),
        };
        match self.find(name, |options| &options.words) {
            Some(meaning) => {
                self.give(meaning, value, self.is_own(meaning));
                true
            }
            None => false,
        }
    }

    /// `-abc`: every letter counts, and one that takes a value ends it.
    fn letters(&mut self, word: &'a Word, body: &'a str) {
        let known = known_part(word).len().saturating_sub(word.text.len() - body.len());
        let mut sure = true;
        for (at, letter) in body.char_indices() {
            if at >= known {
                return self.unknown_option(word);
            }
            let rest = body.get(at + letter.len_utf8()..).unwrap_or_default();
            let Some(meaning) = self.find_letter(letter) else {
                if sure && !rest.is_empty() {
                    self.call.strays.push(cut(word, rest));
                }
                sure = false;
                continue;
            };
            if meaning.value.is_some() || meaning.attached.is_some() {
                let sure = sure && self.is_own(meaning);
                return self.give(meaning, (!rest.is_empty()).then(|| cut(word, rest)), sure);
            }
            self.give(meaning, None, sure && self.is_own(meaning));
        }
        self.after_unlisted = !sure;
        if word.certainty != Certainty::Known {
            self.unknown_option(word);
        }
    }

    /// The option letters without a dash that the first argument may be; their values follow in order.
    fn bundle(&mut self) {
        let Some(word) = self.arguments.first().filter(|word| !word.text.starts_with('-')) else { return };
        self.next = 1;
        if !word.is_known() {
            return self.unknown_option(word);
        }
        for letter in word.text.chars() {
            let Some(meaning) = self.find_letter(letter) else { continue };
            let value = meaning.value.as_ref().and_then(|_| self.take());
            self.call.given.push(Given {
                meaning,
                value: value.map(Cow::Borrowed),
                second: None,
                rest: &[],
                sure: true,
            });
        }
    }

    /// Whether it is an option of the innermost row. `-v` and even `--version` of a program may be another option of
    /// its subcommands, one that does not keep them from doing what they do.
    fn is_own(&self, meaning: &Meaning) -> bool {
        self.depth == 0 || self.call.row.options.meanings.iter().any(|own| std::ptr::eq(own, meaning))
    }

    fn give(&mut self, meaning: &'a Meaning, value: Option<Word>, sure: bool) {
        // `--dry-run=none` is not `--dry-run`.
        let sure = sure && (value.is_none() || meaning.value.is_some() || meaning.attached.is_some());
        let value = match value {
            Some(value) => Some(Cow::Owned(value)),
            None if meaning.value.is_some() => self.take().map(Cow::Borrowed),
            // Where the value need not be attached, an empty one cannot be: `sed -i ''`. No operand is empty.
            None if meaning.attached.is_some() => self.take_empty().map(Cow::Borrowed),
            None => None,
        };
        let second = meaning.second.as_ref().and_then(|_| self.take());
        let rest = match &meaning.value {
            Some(role) if role.takes_the_rest() => self.take_rest(),
            _ => &[],
        };
        // What stands behind a program that is run belongs to that program.
        let own = self.call.operands.is_empty() || !self.call.row.operands.iter().any(|one| one.role.takes_the_rest());
        self.ended |= meaning.ends;
        self.call.given.push(Given { meaning, value, second, rest, sure: sure && own });
    }

    fn end(&mut self) {
        self.ended = true;
        self.call.before_end = Some(self.call.operands.len());
        let meaning = self.tables().find_map(|options| options.meanings.get(options.end?));
        if let Some(meaning) = meaning {
            self.call.given.push(Given { meaning, value: None, second: None, rest: &[], sure: true });
        }
    }

    fn dash(&mut self, word: &'a Word) {
        match self.tables().find_map(|options| options.meanings.get(options.dash?)) {
            Some(meaning) => self.give(meaning, None, true),
            None => self.operand(word),
        }
    }

    /// A word that is an operand if what is not known of it does not make it an option.
    fn maybe_operand(&mut self, word: &'a Word) {
        if word.certainty != Certainty::Known && known_part(word).is_empty() && self.is_risky() {
            self.call
                .doubts
                .push(format!("an argument that may be an option comes from outside the line: {}", word.text).into());
        }
        self.operand(word);
    }

    fn operand(&mut self, word: &'a Word) {
        let at = self.next - 1;
        if at < self.names_from {
            return;
        }
        if !self.settled && self.call.row.has_subcommands() {
            return self.subcommand(word, at);
        }
        self.ended |= self.call.row.syntax == Syntax::Posix;
        self.call.operands.push(at);
    }

    fn subcommand(&mut self, word: &'a Word, at: usize) {
        let row = self.call.row;
        // `cargo +nightly build`: the word chooses a toolchain, not what is done.
        if word.literal().is_some_and(|name| name.starts_with('+')) {
            return;
        }
        self.settled = true;
        let Some(name) = word.literal() else {
            let doubt = format!("what `{}` is to do comes from outside the line: {}", row.name, word.text);
            self.call.doubts.push(doubt.into());
            return self.call.operands.push(at);
        };
        let name = if row.syntax.folds() { fold(name) } else { Cow::Borrowed(name) };
        match row.subcommands.named(&name) {
            Some(inner) => self.descend(inner),
            None if row.verbs.is_some() && self.verb(at) => {}
            None => match row.subcommands.other() {
                Some(inner) => self.descend(inner),
                None if row.operands.is_empty() => self.call.unknown = true,
                None => self.operand(word),
            },
        }
    }

    /// A verb among the first words says what is done, and one that changes something comes before one that looks:
    /// what looks like a verb may be a noun (`status delete`).
    fn verb(&mut self, at: usize) -> bool {
        let row = self.call.row;
        let all = self.arguments.iter().enumerate().skip(at).filter(|(_, word)| !word.text.starts_with('-'));
        let words: Vec<_> = all.take(limits::PROGRAM_DEPTH_MAX).collect();
        let verb = |word: &Word| self.verbs.and_then(|verbs| verbs.subcommands.find(&fold(word.literal()?)));
        let found = || words.iter().filter_map(|(place, word)| Some((*place, verb(word)?)));
        let changing = found().find(|(_, verb)| !verb.flags.is_empty());
        let Some((place, verb)) = changing.or_else(|| found().next()) else { return false };
        if let Some((_, word)) = words.iter().find(|(at, word)| *at < place && word.literal().is_none()) {
            let doubt = format!("what `{}` is to do comes from outside the line: {}", row.name, word.text);
            self.call.doubts.push(doubt.into());
        }
        self.names_from = place + 1;
        self.descend(verb);
        true
    }

    fn descend(&mut self, inner: &'a Row) {
        self.verbs = inner.usual_verbs().or(self.verbs);
        if let Some(place) = self.outer.get_mut(self.depth) {
            *place = Some(&self.call.row.options);
            self.depth += 1;
        }
        self.settled = false;
        if !inner.keyed || !inner.values.is_empty() {
            self.call.values = &inner.values;
        }
        self.call.row = inner;
    }

    fn open(&mut self, word: &Word) {
        if !self.call.row.harmless || self.is_risky() {
            self.call.doubts.push(format!("an argument comes from outside the line: {}", word.text).into());
        }
    }

    fn unknown_option(&mut self, word: &Word) {
        if self.is_risky() {
            self.call.doubts.push(format!("an option comes from outside the line: {}", word.text).into());
        }
    }

    fn take(&mut self) -> Option<&'a Word> {
        let word = self.arguments.get(self.next)?;
        self.next += 1;
        if word.certainty == Certainty::Open {
            self.open(word);
        }
        Some(word)
    }

    fn take_empty(&mut self) -> Option<&'a Word> {
        let is_empty = self.arguments.get(self.next).and_then(Word::literal) == Some("");
        if is_empty { self.take() } else { None }
    }

    fn take_rest(&mut self) -> &'a [Word] {
        let rest = self.arguments.get(self.next..).unwrap_or_default();
        self.next = self.arguments.len();
        rest
    }

    /// The tables in force, the innermost first.
    fn tables(&self) -> impl Iterator<Item = &'a Options> + use<'a> {
        let outer = self.outer;
        let usual = self.verbs.map(|verbs| &verbs.options);
        let outer = outer.into_iter().take(self.depth).rev().flatten();
        std::iter::once(&self.call.row.options).chain(outer).chain(usual)
    }

    fn find(&self, name: &str, table: impl Fn(&Options) -> &[(Box<str>, usize)]) -> Option<&'a Meaning> {
        self.tables().find_map(|options| options.named(table(options), name))
    }

    fn find_letter(&self, letter: char) -> Option<&'a Meaning> {
        self.tables().find_map(|options| options.letter(letter))
    }

    fn is_risky(&self) -> bool {
        self.tables().any(|options| options.risky)
    }
}

fn table_of_names(options: &Options) -> &[(Box<str>, usize)] {
    &options.names
}

fn fold(name: &str) -> Cow<'_, str> {
    match name.chars().any(char::is_uppercase) {
        true => Cow::Owned(name.to_lowercase()),
        false => Cow::Borrowed(name),
    }
}

/// What begins a part that is not known.
pub(super) const UNKNOWN: [char; 2] = ['$', '`'];

/// What of a word is known before the first thing that is not.
pub(super) fn known_part(word: &Word) -> &str {
    match (word.certainty, word.glob) {
        (Certainty::Known, false) => &word.text,
        (Certainty::Known, true) => word.text.split(['*', '?', '[']).next().unwrap_or_default(),
        (_, false) => word.text.split(UNKNOWN).next().unwrap_or_default(),
        (_, true) => word.text.split(['*', '?', '[', '$', '`']).next().unwrap_or_default(),
    }
}

/// A part of a word, as certain as the word.
pub(super) fn cut(word: &Word, text: &str) -> Word {
    Word { text: text.into(), certainty: word.certainty, glob: word.glob }
}
