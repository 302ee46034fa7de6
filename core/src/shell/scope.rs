//! What a line has set so far: variables, functions, aliases, the working directory.
//!
//! Changes are kept in a journal, so that a subshell can be undone and a branch that may not run can be merged at the
//! cost of what it changed.

use std::collections::HashMap;
use std::rc::Rc;

use foldhash::fast::RandomState;

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
    /// A copy of, or a link to, another file.
    Copy(Text),
    /// Something that is not known, and where it comes from.
    Unknown(Origin),
}

/// The kinds of names; one name may be a variable and a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Space {
    Variable,
    Function,
    Alias,
    Directory,
    Positional,
    File,
    /// What other shells started by this one see; what may only be seen is [`Binding::Unset`].
    Export,
    /// Variables that cannot be set any more.
    Fixed,
    /// Variables that only hold numbers.
    Number,
    /// Arrays whose keys are any words.
    Associative,
}

type Key = (Space, Box<str>);

/// All that is set, and what it was before.
#[derive(Debug, Default)]
pub(super) struct Scope {
    bindings: HashMap<Key, Binding, RandomState>,
    journal: Vec<(Key, Option<Binding>)>,
}

/// A place in the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Mark(usize);

/// How many directories are followed at once; with more, none is known.
const DIRECTORIES_MAX: usize = 4;
/// How many bodies of one function are followed.
const BODIES_MAX: usize = 8;
/// Variables that every shell is given and hands on.
const HANDED_ON: [&str; 9] = ["HOME", "PATH", "PWD", "OLDPWD", "USER", "LOGNAME", "SHELL", "TERM", "LANG"];

impl Scope {
    /// Whether nothing has been set yet.
    pub(super) fn is_empty(&self) -> bool {
        self.bindings.is_empty()
    }

    pub(super) fn get(&self, space: Space, name: &str) -> Option<&Binding> {
        if self.bindings.is_empty() {
            return None;
        }
        self.bindings.get(&(space, Box::from(name)))
    }

    pub(super) fn set(&mut self, space: Space, name: &str, binding: Binding) {
        let key = (space, Box::from(name));
        let old = self.bindings.insert(key.clone(), binding);
        self.journal.push((key, old));
    }

    /// Gives a name what it had before.
    pub(super) fn put_back(&mut self, space: Space, name: &str, binding: Option<Binding>) {
        let key = (space, Box::from(name));
        let old = self.bindings.get(&key).cloned();
        self.journal.push((key.clone(), old));
        self.put(key, binding);
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
        for ((space, name), mut values) in self.undo(mark) {
            if let (Space::File, Some(Some(last))) = (space, values.pop()) {
                self.set(space, &name, last);
            }
        }
    }

    /// Forgets what a shell does not hand on to another one that it starts. A variable that is not exported is not
    /// known there, for it may have been in the environment from the start.
    pub(super) fn enter_child(&mut self) {
        let mut names: Vec<Key> = self.bindings.keys().cloned().collect();
        names.sort_by(|a, b| a.1.cmp(&b.1));
        for (space, name) in names {
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
    pub(super) fn undo(&mut self, mark: Mark) -> Vec<(Key, Vec<Option<Binding>>)> {
        let changes = self.changes(mark);
        while self.journal.len() > mark.0 {
            if let Some((key, old)) = self.journal.pop() {
                self.put(key, old);
            }
        }
        changes
    }

    /// What has happened since `mark` may not have happened, or only in part.
    pub(super) fn maybe(&mut self, mark: Mark) {
        for (key, values) in self.changes(mark) {
            self.merge(key, values);
        }
    }

    /// As [`Scope::maybe`] for all but what was written to files: another shell may have done it.
    pub(super) fn maybe_elsewhere(&mut self, mark: Mark) {
        for (key, values) in self.changes(mark) {
            if key.0 != Space::File {
                self.merge(key, values);
            }
        }
    }

    /// As [`Scope::maybe`] for the working directory alone: to change it may have failed.
    pub(super) fn maybe_directory(&mut self, mark: Mark) {
        for (key, values) in self.changes(mark) {
            if key.0 == Space::Directory {
                self.merge(key, values);
            }
        }
    }

    /// One of several alternatives has happened; each is what [`Scope::undo`] returned. Unless they are `exhaustive`
    /// it may be that none has.
    pub(super) fn one_of(&mut self, alternatives: Vec<Vec<(Key, Vec<Option<Binding>>)>>, exhaustive: bool) {
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
        all.sort_by(|a, b| a.0.1.cmp(&b.0.1));
        for (key, (mut values, seen)) in all {
            if !exhaustive || seen < count {
                values.insert(0, self.bindings.get(&key).cloned());
            }
            self.merge(key, values);
        }
    }

    /// The values each changed name has had since `mark`, the old one first and the present one last.
    fn changes(&self, mark: Mark) -> Vec<(Key, Vec<Option<Binding>>)> {
        let mut changes: Vec<(Key, Vec<Option<Binding>>)> = Vec::new();
        let mut places: HashMap<&Key, usize, RandomState> = HashMap::default();
        for (key, old) in self.journal.iter().skip(mark.0) {
            let place = *places.entry(key).or_insert_with(|| {
                changes.push((key.clone(), Vec::new()));
                changes.len() - 1
            });
            if let Some((_, values)) = changes.get_mut(place) {
                values.push(old.clone());
            }
        }
        for (key, values) in &mut changes {
            values.push(self.bindings.get(key).cloned());
        }
        changes
    }

    fn merge(&mut self, key: Key, mut values: Vec<Option<Binding>>) {
        let Some(last) = values.pop() else { return };
        if values.iter().all(|value| *value == last) {
            let (space, name) = key;
            if self.bindings.get(&(space, name.clone())) != last.as_ref() {
                self.set(space, &name, last.unwrap_or(Binding::Unset));
            }
            return;
        }
        let (space, name) = key;
        let merged = match space {
            Space::Directory => directories(values.into_iter().chain([last])),
            Space::Variable => {
                let guess = match &last {
                    Some(Binding::Text(text)) => text.guess().into_owned(),
                    _ => String::new(),
                };
                Binding::Text(Rc::new(Text::unknown(&format!("${{{name}}}"), &guess)))
            }
            Space::Positional => Binding::Words(Rc::new(vec![Text::unknown("$@", "").with_quotes(false)])),
            Space::Function => functions(values.into_iter().chain([last])),
            // The caller asks for the program of that name too.
            Space::Alias => last.or_else(|| values.into_iter().flatten().next()).unwrap_or(Binding::Unset),
            Space::File => Binding::File(Rc::new(Stored::Unknown(origin(values.into_iter().chain([last]))))),
            Space::Export => Binding::Unset,
            Space::Fixed | Space::Number | Space::Associative => Binding::Holds,
        };
        self.set(space, &name, merged);
    }

    fn put(&mut self, key: Key, binding: Option<Binding>) {
        match binding {
            Some(binding) => self.bindings.insert(key, binding),
            None => self.bindings.remove(&key),
        };
    }
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

/// All directories that any of `values` names; without a value it is the one the line starts in.
fn directories(values: impl Iterator<Item = Option<Binding>>) -> Binding {
    let mut all: Vec<Directory> = Vec::new();
    for value in values {
        let found = match value {
            Some(Binding::Directories(some)) => some.to_vec(),
            _ => vec![Directory(Text::default())],
        };
        for directory in found {
            if !all.contains(&directory) {
                all.push(directory);
            }
        }
    }
    if all.len() > DIRECTORIES_MAX {
        all = vec![Directory(Text::unknown("$PWD", "."))];
    }
    Binding::Directories(Rc::new(all))
}
