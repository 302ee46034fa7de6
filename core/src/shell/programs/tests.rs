//! Runs the `.test.yaml` files beside the table, and checks the table as a whole.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::*;
use crate::action::kind;
use crate::shell::effect::Effect;
use crate::shell::word::{Certainty, Word};
use crate::yaml::{self, Node};

#[test]
fn the_table_is_read_without_a_problem() {
    let mut table = Table::default();
    for (file, text) in FILES {
        let problems = table.add(file, text);
        assert!(problems.is_empty(), "{}", problems.iter().map(|one| one.to_string()).collect::<Vec<_>>().join("\n"));
    }
    assert!(table.rows().iter().all(|row| !row.about.is_empty()), "a row does not say what its program does");
}

#[test]
fn every_line_amounts_to_what_its_test_says() {
    let mut wrong = Vec::new();
    for (file, line, expected) in test_lines() {
        let (row, arguments) = call(&line).unwrap_or_else(|| panic!("{file}: `{line}` is no program of the table"));
        let found = told(&apply(row, &arguments));
        if found != expected {
            wrong.push(format!("{file}: {line}\n  expected {expected:?}\n  found    {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} lines differ\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_row_is_met_by_a_test() {
    let met: HashSet<*const Row> =
        test_lines().iter().filter_map(|(_, line, _)| call(line)).map(|(row, _)| std::ptr::from_ref(row)).collect();
    let missed: Vec<_> = rows().filter(|row| !met.contains(&std::ptr::from_ref(*row))).map(|row| &*row.name).collect();
    assert!(missed.is_empty(), "no test line for {}", missed.join(", "));
}

#[test]
fn actions_and_their_arguments_exist() {
    let unknown: Vec<_> = kinds().into_iter().filter(|name| kind(name).is_none()).collect();
    assert!(unknown.is_empty(), "no types: {}", unknown.join(", "));
    let mut wrong = Vec::new();
    rows().for_each(|row| check_arguments(row, &mut wrong));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Notes the arguments of a row's action that its type does not have.
fn check_arguments(row: &Row, wrong: &mut Vec<String>) {
    if let Some(kind) = row.action.as_deref().and_then(kind) {
        let roles = row
            .operands
            .iter()
            .map(|operand| &operand.role)
            .chain(row.options.iter().filter_map(|one| one.value.as_ref()));
        let of_roles = roles.filter_map(|role| if let Role::Arg(name) = role { Some(name) } else { None });
        let names = of_roles.chain(row.args.iter().map(|(name, _)| name));
        wrong.extend(
            names.filter(|name| !kind.args.contains(name)).map(|name| format!("`{}`: no argument `{name}`", row.name)),
        );
    }
    row.subcommands.iter().for_each(|row| check_arguments(row, wrong));
}

#[test]
fn programs_are_known_by_their_base_name() {
    for name in ["ls", "/bin/ls", "./ls", "ls.exe", "C:\\tools\\ls.EXE", "ls-9.4", "ls9"] {
        assert_eq!(find(name).map(|row| &*row.name), Some("ls"), "{name}");
    }
    for name in ["", "/", "LS", "lsx", "9", "ls/", ".exe", "x\\ls"] {
        assert!(find(name).is_none(), "{name}");
    }
}

/// The lines of all test files, with what they amount to.
fn test_lines() -> Vec<(String, String, Vec<String>)> {
    let here = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src/shell/programs"));
    let mut files: Vec<PathBuf> = std::fs::read_dir(here).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.to_str().unwrap().ends_with(".test.yaml"));
    files.sort();
    assert_eq!(files.len(), FILES.len(), "each file of the table has one of tests");
    files.iter().flat_map(|file| lines_of(file)).collect()
}

#[allow(clippy::disallowed_methods)] // The table compiles its own files in; their tests are only read here.
fn lines_of(file: &Path) -> Vec<(String, String, Vec<String>)> {
    let name = file.file_name().unwrap().to_str().unwrap();
    let document = yaml::parse(name, &std::fs::read_to_string(file).unwrap());
    assert_eq!(document.problems, [], "{name}");
    let expected = |node: &Node| {
        let mut texts: Vec<String> = node.items().iter().map(|item| item.as_str().unwrap().to_owned()).collect();
        texts.sort();
        texts
    };
    document.root.entries().iter().map(|(key, node)| (name.to_owned(), key.text.to_string(), expected(node))).collect()
}

fn call(line: &str) -> Option<(&'static Row, Vec<Word>)> {
    let words = words(line);
    let (program, arguments) = words.split_first()?;
    Some((find(&program.text)?, arguments.to_vec()))
}

/// The words of a simple line: quotes, and what is not known when `$` stands outside single quotes.
fn words(line: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut word: Option<Word> = None;
    let mut text = String::new();
    let mut quote = None;
    for c in line.chars().chain([' ']) {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert(Word::known(""));
            }
            (None, ' ' | '\n') => {
                let text = std::mem::take(&mut text);
                words.extend(word.take().map(|word| Word { text: text.into(), ..word }));
            }
            (quote, c) => {
                let word = word.get_or_insert(Word::known(""));
                word.glob |= quote.is_none() && matches!(c, '*' | '?');
                let certainty = match (quote, c) {
                    (None, '$') => Certainty::Open,
                    (Some('"'), '$') => Certainty::Partial,
                    _ => Certainty::Known,
                };
                word.certainty = word.certainty.max(certainty);
                text.push(c);
            }
        }
    }
    words
}

/// What a call amounts to, as the test files say it.
fn told(of: &Use) -> Vec<String> {
    let mut texts: Vec<String> = of.effects.iter().map(effect).collect();
    texts.extend(of.flags.iter().map(|flag| format!("flag {}", flag.name())));
    texts.extend(of.inner.iter().map(inner));
    texts.extend(of.directory.iter().map(|word| format!("directory {}", word.text)));
    texts.extend(of.sets.iter().map(|(name, word)| format!("set {name}={}", word.text)));
    texts.extend(of.stdin.iter().map(|role| format!("stdin {}", role.name())));
    texts.extend(of.doubts.first().map(|_| "doubt".to_owned()));
    texts.extend(of.reader.iter().map(|reader| format!("reader {reader}")));
    texts.extend(of.opaque.then(|| "opaque".to_owned()));
    texts.sort();
    texts
}

fn effect(effect: &Effect) -> String {
    let args = effect.args.iter().map(|(name, word)| format!(" {name}={}", word.text)).collect::<String>();
    format!("{}{args}{}", effect.kind, if effect.recursive { " recursive" } else { "" })
}

fn inner(inner: &Inner) -> String {
    let joined = |words: &[Word]| words.iter().map(|word| &*word.text).collect::<Vec<_>>().join(" ");
    match inner {
        Inner::Words { words, more: false } => format!("run {}", joined(words)),
        Inner::Words { words, more: true } => format!("run_more {}", joined(words)),
        Inner::Lines(words) => format!("line {}", joined(words)),
        Inner::Code { language, text } => format!("code {language} {}", text.text),
        Inner::File(word) => format!("execute {}", word.text),
    }
}
