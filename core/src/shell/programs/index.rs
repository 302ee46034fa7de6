//! Finds rows in the table's files without reading them: reading all would take longer than all decisions of a short run.
//!
//! It knows as much of YAML as the files use: where a row begins, and its `names`. A test compares it with a reading of
//! the whole.

use std::collections::HashMap;
use std::sync::{LazyLock, OnceLock};

use foldhash::fast::RandomState;

use super::load::Table;
use super::row::Row;

/// The rows that are compiled in, each read when it is first asked for.
#[derive(Debug, Default)]
pub(super) struct Index {
    entries: Vec<Entry>,
    places: HashMap<&'static str, usize, RandomState>,
    names: Vec<&'static str>,
}

#[derive(Debug)]
struct Entry {
    file: &'static str,
    text: &'static str,
    row: OnceLock<Row>,
}

static BUILTIN: LazyLock<Index> = LazyLock::new(|| {
    let mut index = Index::default();
    super::FILES.iter().for_each(|(file, text)| index.add(file, text));
    index
});

impl Index {
    pub(super) fn builtin() -> &'static Index {
        &BUILTIN
    }

    pub(super) fn get(&self, name: &str) -> Option<&Row> {
        self.entries.get(*self.places.get(name)?).map(Entry::row)
    }

    /// All names, in the order of the files.
    pub(super) fn names(&self) -> &[&'static str] {
        &self.names
    }

    pub(super) fn rows(&self) -> impl Iterator<Item = &Row> {
        self.entries.iter().map(Entry::row)
    }

    fn add(&mut self, file: &'static str, text: &'static str) {
        for text in entries(text) {
            for name in names(text) {
                self.places.insert(name, self.entries.len());
                self.names.push(name);
            }
            self.entries.push(Entry { file, text, row: OnceLock::new() });
        }
    }
}

impl Entry {
    fn row(&self) -> &Row {
        self.row.get_or_init(|| {
            let mut table = Table::default();
            // A row with problems is a defect of this crate, which the tests find; what can be read is used.
            table.add(self.file, self.text);
            table.into_first().unwrap_or_default()
        })
    }
}

/// The texts of a file's rows: each begins where a line does, and what belongs to it is indented.
fn entries(text: &str) -> impl Iterator<Item = &str> {
    let begins = |line: &str| !line.starts_with([' ', '#', '\n', '\r', '}', ']']);
    let mut rest = text;
    std::iter::from_fn(move || {
        let head = rest.split_inclusive('\n').take_while(|line| !begins(line)).map(str::len).sum();
        rest = rest.get(head..)?;
        let first = rest.split_inclusive('\n').next()?.len();
        let lines = rest.get(first..)?.split_inclusive('\n').take_while(|line| !begins(line));
        let (entry, left) = rest.split_at_checked(first + lines.map(str::len).sum::<usize>())?;
        rest = left;
        Some(entry)
    })
}

/// The names of a row: its key, and what stands under `names`.
fn names(entry: &str) -> impl Iterator<Item = &str> {
    let (key, value) = split_key(entry);
    words(key).chain(further(value).map(words).into_iter().flatten())
}

fn split_key(entry: &str) -> (&str, &str) {
    match entry.strip_prefix('\'').and_then(|rest| rest.split_once('\'')) {
        Some((key, value)) => (key, value.strip_prefix(':').unwrap_or(value)),
        None => entry.split_once(':').unwrap_or((entry, "")),
    }
}

/// What stands under `names` of the row itself, not of its subcommands. It is the first key, or follows `about`.
fn further(value: &str) -> Option<&str> {
    let after = match value.trim_start().strip_prefix('{') {
        Some(flow) => after_key(flow)?,
        None => after_line(value).and_then(|first| after_names(first).or_else(|| after_names(after_line(first)?)))?,
    };
    let list = after.trim_start();
    match list.strip_prefix('[') {
        Some(items) => items.get(..end_of(items, b']')),
        None => list.get(..end_of(list, b',').min(end_of(list, b'}')).min(end_of(list, b'\n'))),
    }
}

fn after_line(text: &str) -> Option<&str> {
    text.split_once('\n').map(|(_, rest)| rest)
}

fn after_names(lines: &str) -> Option<&str> {
    lines.strip_prefix("  names:")
}

/// What follows the key `names` in the body of a mapping in braces.
fn after_key(flow: &str) -> Option<&str> {
    let first = flow.trim_start();
    let second = || first.get(end_of(first, b',') + 1..).map(str::trim_start);
    first.strip_prefix("names:").or_else(|| second()?.strip_prefix("names:"))
}

/// Where `mark` stands outside of quotes and brackets, or the end.
fn end_of(text: &str, mark: u8) -> usize {
    let (mut depth, mut quote) = (0i32, None);
    for (at, c) in text.bytes().enumerate() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some(_), _) => {}
            (None, c) if c == mark && depth == 0 => return at,
            (None, b'\'' | b'"') => quote = Some(c),
            (None, b'{' | b'[') => depth += 1,
            (None, b'}' | b']') => depth -= 1,
            _ => {}
        }
    }
    text.len()
}

fn words(list: &str) -> impl Iterator<Item = &str> {
    list.split(',').map(|word| word.trim().trim_matches(['\'', '"'])).filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_index_finds_what_a_reading_of_the_whole_finds() {
        for (file, text) in super::super::FILES.iter() {
            let mut table = Table::default();
            table.add(file, text);
            let found: Vec<Vec<&str>> = entries(text).map(|entry| names(entry).collect()).collect();
            assert_eq!(found, table.names(), "{file}");
        }
    }

    #[test]
    fn names_are_those_of_the_row_itself() {
        let of = |entry: &'static str| names(entry).collect::<Vec<_>>();
        assert_eq!(of("a: { about: 'b, names: [x]', names: [c, '[['] }"), ["a", "c", "[["]);
        assert_eq!(of("'b c, d': { subcommands: { x: { names: [y] } } }"), ["b c", "d"]);
        assert_eq!(
            of("a:\n  about: b\n  names:\n    [ c,\n      d ]\n  subcommands:\n    x:\n      names: [y]\n"),
            ["a", "c", "d"]
        );
        assert_eq!(of("a: { names: b }"), ["a", "b"]);
    }
}
