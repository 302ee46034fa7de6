//! The rules of the house, checked over the source itself.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::disallowed_methods)] // a test may fail, and reads files

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The layers of the core, lowest first. A module imports from layers below its own, and from nothing beside it.
/// Within a layer that is written as several rows, the later rows may use the earlier ones.
const LAYERS: [&[&str]; 15] = [
    &["error", "clock", "limits", "fork", "packed", "money"],
    &["value", "facts"],
    &["yaml", "canonical", "pattern", "principal", "path", "net", "sql"],
    &["shape", "redact"],
    &["shell"],
    &["code"],
    &["call"],
    &["action"],
    &["decision"],
    &["mapper", "policy", "audit", "approval", "switch", "registry"],
    &["evaluate", "store"],
    &["budget"],
    &["gate"],
    &["wire"],
    &["lib"],
];

/// Imports that the layers do not allow and that are there with a reason.
const EXCEPTIONS: [(&str, &str, &str); 0] = [];

#[test]
fn modules_import_only_from_layers_below() {
    let wrong: Vec<String> = imports()
        .into_iter()
        .filter(|(from, to)| {
            layer(to) >= layer(from) && !EXCEPTIONS.iter().any(|(a, b, _)| (a, b) == (&&**from, &&**to))
        })
        .map(|(from, to)| format!("`{from}` uses `{to}`"))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_module_has_a_layer() {
    let modules: BTreeSet<String> = sources().iter().map(|(module, _)| module.clone()).collect();
    let placed: BTreeSet<String> =
        LAYERS.iter().flat_map(|layer| layer.iter()).map(|name| (*name).to_owned()).collect();
    let homeless: Vec<_> = modules.difference(&placed).collect();
    assert!(homeless.is_empty(), "without a layer: {homeless:?}");
}

#[test]
fn no_module_has_two_layers() {
    let mut seen = BTreeMap::new();
    for module in LAYERS.iter().flat_map(|layer| layer.iter()) {
        *seen.entry(module).or_insert(0) += 1;
    }
    assert!(seen.values().all(|count| *count == 1), "{seen:?}");
}

#[test]
fn the_reading_of_imports_finds_them() {
    let source = "use crate::{error::Code, path::{self, Base}};\n    let x = crate::net::read(text);\n// crate::gate\n#[cfg(test)]\nmod tests { use crate::wire; }";
    assert_eq!(imports_of(source), ["error", "net", "path"].map(str::to_owned).into());
}

/// The table that all languages share; each has a test of its own column.
#[test]
fn the_public_names_are_those_of_the_table() {
    let source: String = sources().into_iter().map(|(_, text)| text).collect();
    let table: serde_json::Value = serde_json::from_str(&read(&root().join("tests/vectors/api.json"))).unwrap();
    let rows = table["names"].as_array().unwrap();
    assert!(rows.len() > 50);
    for name in rows.iter().filter_map(|row| row["rust"].as_str()) {
        let last = name.rsplit([':', '.']).next().unwrap();
        let items = ["fn", "struct", "enum"].map(|kind| format!("pub {kind} {last}"));
        let found = items.iter().chain([&format!("pub {last}: ")]).any(|form| source.contains(form));
        assert!(found, "there is no `{name}`");
    }
}

#[test]
fn there_is_one_version_number() {
    let version = quoted(&read(&root().join("Cargo.toml")), "version = ");
    assert_eq!(version, env!("CARGO_PKG_VERSION"));
    for (file, key) in
        [("pyproject.toml", "\nversion = "), ("package.json", "\"version\": "), ("package-lock.json", "\"version\": ")]
    {
        let path = root().join(file);
        if let Some(text) = path.exists().then(|| read(&path)).filter(|text| text.contains(key)) {
            assert_eq!(quoted(&text, key), version, "{file}");
        }
    }
    // Fuzz targets and comparisons are never published and have no version at all; what takes another crate's place has its version.
    let others = ["fuzz", "core/chrono-tz", "tests/bench/rust"].map(|place| root().join(place));
    let has_version = |file: &Path| {
        file.ends_with("Cargo.toml")
            && file.parent() != Some(&root())
            && !others.iter().any(|place| file.starts_with(place))
    };
    for file in tracked().iter().filter(|file| has_version(file)) {
        assert!(read(file).contains("version.workspace = true"), "{} has a version of its own", file.display());
    }
}

#[test]
fn nothing_is_left_to_do_and_no_machine_shows_through() {
    // Put together here, so that this file is not its own first finding.
    let words =
        [["TO", "DO"], ["FIX", "ME"], ["XX", "X"], ["/work/", "main"], ["/work/", "shared"], ["/root/", ".cargo"]]
            .map(|parts| parts.concat());
    let mut wrong = Vec::new();
    for file in tracked().iter().filter(|file| is_text(file) && !is_generated(file)) {
        for (number, line) in read(file).lines().enumerate() {
            let found = words.iter().find(|word| stands_in(line, word));
            wrong.extend(found.map(|word| format!("{}:{}: `{word}`", file.display(), number + 1)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_module_says_what_it_is_for() {
    for file in tracked().iter().filter(|file| has_extension(file, "rs") && !is_part_of_another(file)) {
        let text = read(file);
        assert!(text.starts_with("//! "), "{} does not begin with what it is for", file.display());
    }
}

/// What another file includes, or a module's tests, about which the module has said what there is to say.
fn is_part_of_another(file: &Path) -> bool {
    file.ends_with("files.rs") || file.ends_with("tests.rs")
}

/// A path of a machine, not a directory of that name in an example: nothing stands before it.
fn stands_in(line: &str, word: &str) -> bool {
    let borders = |at: usize| {
        let before = line.get(..at).and_then(|head| head.chars().last());
        let after = line.get(at + word.len()..).and_then(|tail| tail.chars().next());
        let is_word = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '~');
        !is_word(before) && (word.starts_with('/') || !is_word(after))
    };
    line.match_indices(word).any(|(at, _)| borders(at))
}

fn layer(module: &str) -> usize {
    LAYERS.iter().position(|layer| layer.contains(&module)).unwrap_or(usize::MAX)
}

/// Which top module uses which other, tests aside.
fn imports() -> BTreeSet<(String, String)> {
    let mut all = BTreeSet::new();
    for (module, source) in sources() {
        let others = imports_of(&source).into_iter().filter(|other| *other != module);
        all.extend(others.map(|other| (module.clone(), other)));
    }
    assert!(all.len() > 40, "the reading of imports is broken: {all:?}");
    all
}

fn imports_of(source: &str) -> BTreeSet<String> {
    let code: String = source
        .split("#[cfg(test)]\nmod tests")
        .next()
        .unwrap_or_default()
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .flat_map(|line| [line, "\n"])
        .collect();
    let mut found = BTreeSet::new();
    for rest in code.split("crate::").skip(1) {
        match rest.strip_prefix('{') {
            Some(group) => found.extend(heads_of_group(group)),
            None => found.extend(head(rest)),
        }
    }
    found
}

/// The first name of each entry of `{a::b, c::{d, e}}`, whose opening brace is gone.
fn heads_of_group(group: &str) -> Vec<String> {
    let (mut depth, mut entry, mut heads) = (0usize, String::new(), Vec::new());
    for c in group.chars() {
        match c {
            '}' if depth == 0 => break,
            ',' if depth == 0 => heads.extend(head(std::mem::take(&mut entry).trim())),
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth > 0 || c != ',' {
            entry.push(c);
        }
    }
    heads.extend(head(entry.trim()));
    heads
}

/// The module that a path begins with; a path of one item alone is that of the crate's face.
fn head(path: &str) -> Option<String> {
    let name: String = path.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
    let is_module = name.starts_with(|c: char| c.is_ascii_lowercase());
    (!name.is_empty()).then(|| if is_module { name } else { "lib".to_owned() })
}

/// The core's files, each with the top module it belongs to.
fn sources() -> Vec<(String, String)> {
    let source = root().join("core/src");
    let mut all = Vec::new();
    for file in files_below(&source).into_iter().filter(|file| has_extension(file, "rs")) {
        let inside = file.strip_prefix(&source).unwrap();
        let is_test = inside.file_name().is_some_and(|name| name == "tests.rs");
        let module = inside.iter().next().unwrap().to_str().unwrap().trim_end_matches(".rs").to_owned();
        if !is_test {
            all.push((module, read(&file)));
        }
    }
    all
}

/// Everything that belongs to the repository: all files but what is built.
fn tracked() -> Vec<PathBuf> {
    let mut files = files_below(&root());
    files.sort();
    files
}

const BUILT: [&str; 8] =
    ["target", "node_modules", "__pycache__", "dist", "build", "venv", "site-packages", "proptest-regressions"];

fn files_below(directory: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        let kind = entry.file_type().unwrap();
        if kind.is_dir() && !BUILT.contains(&&*name) && (!name.starts_with('.') || name == ".ci") {
            files.extend(files_below(&entry.path()));
        } else if kind.is_file() {
            files.push(entry.path());
        }
    }
    files
}

fn is_text(file: &Path) -> bool {
    let endings = [
        "rs", "py", "pyi", "ts", "cts", "mts", "js", "cjs", "mjs", "swift", "md", "yaml", "yml", "toml", "json", "sh",
        "txt",
    ];
    let bare = ["Makefile", "run"];
    endings.iter().any(|ending| has_extension(file, ending)) || bare.iter().any(|name| file.ends_with(name))
}

/// What a generator of others wrote has their words in it.
fn is_generated(file: &Path) -> bool {
    file.components().any(|part| part.as_os_str() == "ToolgateNative")
}

fn has_extension(file: &Path, extension: &str) -> bool {
    file.extension().is_some_and(|found| found == extension)
}

fn quoted(text: &str, key: &str) -> String {
    let rest = text.split_once(key).unwrap_or_else(|| panic!("no `{key}`")).1;
    rest.split('"').nth(1).unwrap().to_owned()
}

fn read(file: &Path) -> String {
    std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}
