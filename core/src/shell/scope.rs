//! What a line has set so far: variables, functions, aliases, the working directory.
//!
//! Changes are kept in a journal, so that a subshell can be undone and a branch that may not run can be merged at the
//! cost of what it changed.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use foldhash::fast::RandomState;

use super::line::Lines;
use super::name::{Names, Number};
use super::read::link::Link;
use super::stream::Origin;
use super::syntax::Command;
use super::text::Text;

/// What a name stands for.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Binding {
    /// A variable's value.
    Text(Rc<Text>),
    /// An array's values; those of an associative array have their key with them.
    Array(Rc<Vec<(Option<Box<str>>, Text)>>),
    /// A variable that was unset.
    Unset,
    /// The words that `$1` and its like stand for.
    Words(Rc<Vec<Text>>),
    /// A function: every body it may have, and whether it has one for certain. Without bodies it has too many.
    Function { bodies: Rc<Vec<Rc<Command>>>, certain: bool },
    /// An alias.
    Alias(Rc<str>),
    /// Working directories, one of which it is.
    Directories(Rc<Vec<Directory>>),
    /// A file the line has written, and what is known to be in it.
    File(Rc<Stored>),
    /// Links the line has made.
    Links(Rc<Vec<Link>>),
    /// That something holds of a name.
    Holds,
}

/// A working directory, as a path from the one the line starts in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Directory(pub(super) Text);

/// What a line has put into a file.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Stored {
    /// Text.
    Text(Text),
    /// Lines of which the shape is known.
    Lines(Lines),
    /// A copy of another file, or a link to it.
    Copy(Text),
    /// Something that is not known, and where it comes from.
    Unknown(Origin),
}

/// The kinds of names; one name may be a variable and a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Space {
    Variable,
    Function,
    Alias,
    Directory,
    Positional,
    File,
    Link,
    /// What other shells started by this one see; what may only be seen is [`Binding::Unset`].
    Export,
    /// Variables that cannot be set any more.
    Fixed,
    /// Variables that only hold numbers.
    Number,
    /// Arrays whose keys are any words.
    Associative,
}

/// A name in its space, by its number.
type Key = (Space, Number);

/// The values that a name has had since some mark, the old one first and the present one last.
type Change = (Key, Vec<Option<Binding>>);

/// All that is set, and what it was before.
#[derive(Debug, Default)]
pub(super) struct Scope {
    names: Names,
    bindings: HashMap<Key, Binding, RandomState>,
    journal: Vec<(Key, Option<Binding>)>,
    /// The last names of the paths of all files that have been written, so that few others are looked for.
    written: HashSet<Box<str>, RandomState>,
    /// Work that merging has taken.
    work: usize,
}

/// A place in the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Mark(usize);

/// How many directories are followed at once; with more, none is known.
const DIRECTORIES_MAX: usize = 4;
/// Work that it takes to compare a value with another.
const WORK_PER_VALUE: usize = 64;
/// How many bodies of one function are followed.
const BODIES_MAX: usize = 8;
/// Variables that every shell is given and hands on.
const HANDED_ON: [&str; 9] = ["HOME", "PATH", "PWD", "OLDPWD", "USER", "LOGNAME", "SHELL", "TERM", "LANG"];

impl Scope {
    pub(super) fn get(&self, space: Space, name: &str) -> Option<&Binding> {
        if self.bindings.is_empty() {
            return None;
        }
        self.bindings.get(&(space, self.names.find(name)?))
    }

    pub(super) fn set(&mut self, space: Space, name: &str, binding: Binding) {
        if space == Space::File {
            self.note_written(name);
        }
        let key = (space, self.names.number(name));
        self.set_key(key, binding);
    }

    /// Gives a name what it had before.
    pub(super) fn put_back(&mut self, space: Space, name: &str, binding: Option<Binding>) {
        let key = (space, self.names.number(name));
        let old = self.bindings.get(&key).cloned();
        self.journal.push((key, old));
        self.put(key, binding);
    }

    /// Whether the line may have written a file at `path`; if not, nothing is known of it.
    pub(super) fn may_have_written(&self, path: &str) -> bool {
        match last_name(path) {
            "" | "." | ".." => !self.written.is_empty(),
            name => self.written.contains(name),
        }
    }

    fn note_written(&mut self, path: &str) {
        let name = last_name(path);
        if !self.written.contains(name) {
            self.written.insert(name.into());
        }
    }

    fn set_key(&mut self, key: Key, binding: Binding) {
        let old = self.bindings.insert(key, binding);
        self.journal.push((key, old));
    }

    /// The work since it was last asked for.
    pub(super) fn take_work(&mut self) -> usize {
        std::mem::take(&mut self.work)
    }

    pub(super) fn mark(&self) -> Mark {
        Mark(self.journal.len())
    }

    /// How many names there are.
    pub(super) fn len(&self) -> usize {
        self.bindings.len()
    }

    /// Undoes everything since `mark` but what was written to files, as when a subshell ends.
    pub(super) fn leave(&mut self, mark: Mark) {
        for (key, mut values) in self.undo(mark) {
            if let (Space::File | Space::Link, Some(Some(last))) = (key.0, values.pop()) {
                self.set_key(key, last);
            }
        }
    }

    /// Forgets what a shell does not hand on to another one that it starts. A variable that is not exported is not
    /// known there, for it may have been in the environment from the start.
    pub(super) fn enter_child(&mut self) {
        let mut keys: Vec<Key> = self.bindings.keys().copied().collect();
        keys.sort_unstable();
        for (space, number) in keys {
            let name = self.names.text(number);
            if &*name == "0" {
                self.put_back(space, &name, None);
                continue;
            }
            let exported = self.get(Space::Export, &name).cloned();
            let kept = match (space, self.get(space, &name)) {
                (Space::Variable, Some(_)) if &*name == "IFS" => Binding::Unset,
                (Space::Variable, Some(Binding::Text(text)))
                    if exported != Some(Binding::Holds) && !HANDED_ON.contains(&&*name) =>
                {
                    Binding::Text(Rc::new(Text::unknown(&format!("${name}"), &text.guess())))
                }
                (Space::Variable, Some(Binding::Array(_))) => {
                    Binding::Text(Rc::new(Text::unknown(&format!("${name}"), "")))
                }
                (Space::Function, Some(Binding::Function { bodies, .. })) if exported == Some(Binding::Unset) => {
                    Binding::Function { bodies: Rc::clone(bodies), certain: false }
                }
                (Space::Function, Some(_)) if exported.is_none() => Binding::Unset,
                (Space::Alias | Space::Fixed | Space::Number | Space::Associative, Some(_)) => Binding::Unset,
                _ => continue,
            };
            self.set(space, &name, kept);
        }
    }

    /// Undoes everything since `mark`, and tells what it was.
    pub(super) fn undo(&mut self, mark: Mark) -> Vec<Change> {
        let changes = self.changes(mark, |_| true);
        while self.journal.len() > mark.0 {
            if let Some((key, old)) = self.journal.pop() {
                self.put(key, old);
            }
        }
        changes
    }

    /// What has happened since `mark` may not have happened, or only in part.
    pub(super) fn maybe(&mut self, mark: Mark) {
        self.merge_changes(mark, |_| true);
    }

    /// As [`Scope::maybe`] for all but what was written to files: another shell may have done it.
    pub(super) fn maybe_elsewhere(&mut self, mark: Mark) {
        self.merge_changes(mark, |space| !matches!(space, Space::File | Space::Link));
    }

    /// As [`Scope::maybe`] for the working directory alone: to change it may have failed.
    pub(super) fn maybe_directory(&mut self, mark: Mark) {
        self.merge_changes(mark, |space| space == Space::Directory);
    }

    /// One of several alternatives has happened; each is what [`Scope::undo`] returned. Unless they are `exhaustive`
    /// it may be that none has.
    pub(super) fn one_of(&mut self, alternatives: Vec<Vec<Change>>, exhaustive: bool) {
        let mut merged: HashMap<Key, (Vec<Option<Binding>>, usize), RandomState> = HashMap::default();
        let count = alternatives.len();
        for (key, mut values) in alternatives.into_iter().flatten() {
            let entry = merged.entry(key).or_default();
            // The last value is what the alternative ends with; those before it may be what it stops at.
            let last = values.pop();
            entry.0.extend(values.into_iter().skip(1));
            entry.0.extend(last);
            entry.1 += 1;
        }
        let mut all: Vec<_> = merged.into_iter().collect();
        all.sort_unstable_by_key(|(key, _)| *key);
        for (key, (mut values, seen)) in all {
            if !exhaustive || seen < count {
                values.insert(0, self.bindings.get(&key).cloned());
            }
            self.merge(key, values);
        }
    }

    /// What happened since `mark` to names of spaces that are `wanted`.
    fn changes(&self, mark: Mark, wanted: impl Fn(Space) -> bool) -> Vec<Change> {
        let since = self.journal.get(mark.0..).unwrap_or_default();
        let mut old: Vec<&(Key, Option<Binding>)> = since.iter().filter(|(key, _)| wanted(key.0)).collect();
        old.sort_by_key(|(key, _)| *key);
        let of_one_name = old.chunk_by(|one, next| one.0 == next.0);
        of_one_name.filter_map(|entries| Some(self.change(entries.first()?.0, entries))).collect()
    }

    fn change(&self, key: Key, entries: &[&(Key, Option<Binding>)]) -> Change {
        let present = self.bindings.get(&key);
        (key, entries.iter().map(|(_, old)| old.as_ref()).chain([present]).map(Option::<&_>::cloned).collect())
    }

    fn merge_changes(&mut self, mark: Mark, wanted: impl Fn(Space) -> bool) {
        for (key, values) in self.changes(mark, wanted) {
            self.merge(key, values);
        }
    }

    fn merge(&mut self, key: Key, mut values: Vec<Option<Binding>>) {
        self.work += values.len() * WORK_PER_VALUE;
        let Some(last) = values.pop() else { return };
        if values.iter().all(|value| *value == last) {
            if self.bindings.get(&key) != last.as_ref() {
                self.set_key(key, last.unwrap_or(Binding::Unset));
            }
            return;
        }
        let merged = match key.0 {
            Space::Directory => directories(values.into_iter().chain([last])),
            Space::Variable => {
                let guess = match &last {
                    Some(Binding::Text(text)) => text.guess().into_owned(),
                    _ => String::new(),
                };
                Binding::Text(Rc::new(Text::unknown(&format!("${{{}}}", self.names.text(key.1)), &guess)))
            }
            Space::Positional => Binding::Words(Rc::new(vec![Text::unknown("$@", "").with_quotes(false)])),
            Space::Function => functions(values.into_iter().chain([last])),
            // The caller asks for the program of that name too.
            Space::Alias => last.or_else(|| values.into_iter().flatten().next()).unwrap_or(Binding::Unset),
            Space::File => Binding::File(Rc::new(Stored::Unknown(origin(values.into_iter().chain([last]))))),
            Space::Link => links(values.into_iter().chain([last])),
            Space::Export => Binding::Unset,
            Space::Fixed | Space::Number | Space::Associative => Binding::Holds,
        };
        self.set_key(key, merged);
    }

    fn put(&mut self, key: Key, binding: Option<Binding>) {
        match binding {
            Some(binding) => self.bindings.insert(key, binding),
            None => self.bindings.remove(&key),
        };
    }
}

fn last_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Where any of the files that `values` may be has its content from.
fn origin(values: impl Iterator<Item = Option<Binding>>) -> Origin {
    values.fold(Origin::default(), |all, value| match value {
        Some(Binding::File(stored)) => match &*stored {
            Stored::Unknown(origin) => all.with(*origin),
            _ => all,
        },
        _ => all,
    })
}

/// All bodies that any of `values` gives a function.
fn functions(values: impl Iterator<Item = Option<Binding>>) -> Binding {
    let mut all: Vec<Rc<Command>> = Vec::new();
    let (mut is_certain, mut is_function, mut too_many) = (true, false, false);
    for value in values {
        let Some(Binding::Function { bodies, certain }) = value else {
            is_certain = false;
            continue;
        };
        is_function = true;
        is_certain &= certain;
        too_many |= bodies.is_empty();
        for body in bodies.iter() {
            if all.len() <= BODIES_MAX && !all.contains(body) {
                all.push(Rc::clone(body));
            }
        }
    }
    if too_many || all.len() > BODIES_MAX {
        all.clear();
    }
    if is_function { Binding::Function { bodies: Rc::new(all), certain: is_certain } } else { Binding::Unset }
}

/// All links that any of `values` has.
fn links(values: impl Iterator<Item = Option<Binding>>) -> Binding {
    let mut all: Vec<Link> = Vec::new();
    for value in values {
        let Some(Binding::Links(links)) = value else { continue };
        for link in links.iter() {
            if !all.contains(link) {
                all.push(link.clone());
            }
        }
    }
    Binding::Links(Rc::new(all))
}

/// All directories that any of `values` names; without a value it is the one the line starts in.
fn directories(values: impl Iterator<Item = Option<Binding>>) -> Binding {
    let mut all: Vec<Directory> = Vec::new();
    let start = Directory(Text::default());
    for value in values {
        let found = match &value {
            Some(Binding::Directories(some)) => some.as_slice(),
            _ => std::slice::from_ref(&start),
        };
        for directory in found {
            if !all.contains(directory) {
                all.push(directory.clone());
            }
        }
    }
    if all.len() > DIRECTORIES_MAX {
        all = vec![Directory(Text::unknown("$PWD", "."))];
    }
    Binding::Directories(Rc::new(all))
}
