//! Gives a call's arguments their canonical names.

use std::sync::Arc;

use super::{Surroundings, target};
use crate::action::{Action, ActionKind, Case, Category, Reading};
use crate::call::ToolCall;
use crate::value::{Map, Value};

/// Arguments under their canonical names.
pub(super) struct Canonical {
    pub(super) map: Map,
    pub(super) beside: Beside,
}

/// What else a call says. Of none of it is known whether the tool uses it, so all of it counts.
#[derive(Default)]
pub(super) struct Beside {
    /// Other values that the same canonical argument has under another of its names.
    pub(super) rivals: Vec<(Arc<str>, Value)>,
    /// Arguments, under their own names, of which neither the type nor the tool's row knows anything.
    pub(super) strays: Vec<(Arc<str>, Value)>,
}

/// The action of a call that uses a canonical type as its tool name.
pub(super) fn of_kind(kind: &'static ActionKind, call: &ToolCall, surroundings: &Surroundings) -> Action {
    let sources = |name: &Arc<str>| {
        let usual = usual_names(kind, name).into_iter().flatten().filter(|usual| **usual != &**name);
        std::iter::once(name.clone()).chain(usual.map(|usual| Arc::from(*usual))).map(|name| vec![name]).collect()
    };
    let args = kind.args.iter().map(|name| (name.clone(), sources(name))).collect();
    let args = canonical(&Case { args, ..Case::default() }, Some(kind), None, &call.args);
    target::finish(action(kind, args.map), kind, &args.beside, &[], call, surroundings)
}

/// What the argument `name` is usually called by tools that have the name of a canonical type.
fn usual_names(kind: &ActionKind, name: &str) -> [&'static [&'static str]; 2] {
    let also: &[&str] = match name {
        "cwd" => &["workdir", "work_dir", "working_dir", "working_directory", "directory", "dir"],
        "source" if kind.category == Category::File => &["src", "source_path", "from", "old_path"],
        "destination" if kind.category == Category::File => &["dst", "dest", "destination_path", "to", "new_path"],
        // What may do without a path often works on a directory.
        "path" if !kind.requires_target => &["directory", "dir", "folder", "root"],
        _ => &[],
    };
    let is_target = kind.target.as_deref() == Some(name);
    [also, if is_target { usual_targets(kind.reading) } else { &[] }]
}

/// What targets are usually called, for calls by the canonical type.
fn usual_targets(reading: Reading) -> &'static [&'static str] {
    match reading {
        Reading::Path => &["path", "file_path", "filepath", "filename", "file", "file_name", "paths", "files"],
        Reading::Url | Reading::Repository => &["url", "uri", "href", "link", "urls"],
        Reading::Command => &["command", "cmd"],
        Reading::Sql => &["query", "sql", "statement"],
        Reading::Code => &["code", "source", "script"],
        Reading::Patch => &["patch", "diff", "input"],
        Reading::Name => &[],
    }
}

/// Applies the argument names of `case` to `args`. `kind` is its type; `chosen_by` is used up by the choice of the case.
pub(super) fn canonical(case: &Case, kind: Option<&ActionKind>, chosen_by: Option<&str>, args: &Map) -> Canonical {
    let mut pairs: Vec<(Arc<str>, Value)> = Vec::with_capacity(args.len() + case.set.len());
    let Beside { mut rivals, mut strays } = Beside::default();
    let mut used: Vec<&str> = chosen_by.into_iter().collect();
    for (name, sources) in &case.args {
        for path in sources {
            let Some(value) = at(args, path) else { continue };
            used.extend(path.first().map(|key| &**key));
            match pairs.iter().find(|(known, _)| known == name) {
                None => pairs.push((name.clone(), value.clone())),
                Some((_, first)) if first == value => {}
                Some(_) => rivals.push((name.clone(), value.clone())),
            }
        }
    }
    for (name, value) in &case.set {
        if !pairs.iter().any(|(known, _)| known == name) {
            pairs.push((name.clone(), value.clone()));
        }
    }
    // Null says that an optional argument is not given.
    for (name, value) in args.iter().filter(|(name, value)| !used.contains(&&***name) && **value != Value::Null) {
        let own = name;
        let name = meant(own, case, kind, chosen_by);
        if kind.is_some_and(|kind| !kind.args.contains(&name)) || is_sent(own, &name) {
            strays.push((own.clone(), value.clone()));
        }
        if pairs.iter().any(|(known, _)| *known == name) || chosen_by == Some(&name) {
            rivals.push((name, value.clone()));
        } else {
            pairs.push((name, value.clone()));
        }
    }
    // Every name was looked for before it was added, so none stands twice.
    Canonical { map: Map::from_pairs(pairs).unwrap_or_default(), beside: Beside { rivals, strays } }
}

/// The canonical argument that `name` is another spelling of; `name` itself if there is none. Some tools take their
/// arguments in any spelling, so `Path` may be the one that counts.
fn meant(name: &Arc<str>, case: &Case, kind: Option<&ActionKind>, chosen_by: Option<&str>) -> Arc<str> {
    let known = kind.map_or(&[][..], |kind| &kind.args);
    // What a statement is, a query says itself: under this name a call gives another query.
    if kind.is_some_and(|kind| kind.reading == Reading::Sql) && is_same_name(name, "statement") {
        return "query".into();
    }
    if known.contains(name) {
        return name.clone();
    }
    let mut sources =
        case.args.iter().flat_map(|(meant, paths)| paths.iter().filter_map(move |path| Some((meant, path.first()?))));
    let source = sources.find(|(_, source)| is_same_name(name, source)).map(|(meant, _)| meant.clone());
    let known = || known.iter().find(|known| is_same_name(name, known)).cloned();
    let choice = || chosen_by.filter(|chosen_by| is_same_name(name, chosen_by)).map(Arc::from);
    let usual = || kind.and_then(|kind| usual(name, kind));
    source.or_else(known).or_else(choice).or_else(usual).unwrap_or_else(|| name.clone())
}

/// The canonical argument that goes by a name nobody listed for the tool: what plainly is the target, what is sent or
/// where a command runs must be read.
fn usual(name: &Arc<str>, kind: &ActionKind) -> Option<Arc<str>> {
    let is_one_of = |names: &[&str]| names.iter().any(|known| is_same_name(name, known));
    let of_request = kind.reading == Reading::Url && kind.category == Category::Http;
    match kind.reading {
        Reading::Command if is_one_of(&OF_PLACES) => Some("cwd".into()),
        _ if of_request && (is_one_of(&OF_BODIES) || is_one_of(&OF_UPLOADS)) => Some("body".into()),
        _ => place(name, kind),
    }
    .filter(|canonical| kind.args.contains(canonical))
}

/// Names of the directory that a command runs in.
const OF_PLACES: [&str; 8] =
    ["workdir", "work_dir", "working_dir", "working_directory", "directory", "dir", "chdir", "folder"];
/// Names of what a request sends.
const OF_BODIES: [&str; 6] = ["data", "json", "form", "form_data", "payload", "multipart"];
/// Names of the files that a request sends.
const OF_UPLOADS: [&str; 4] = ["files", "file", "attachments", "upload"];

/// Whether files are sent under `name`, which stands for `canonical`: they are read before.
fn is_sent(name: &str, canonical: &str) -> bool {
    canonical == "body" && OF_UPLOADS.iter().any(|upload| is_same_name(name, upload))
}

/// The target of an action on files or of a web request that goes by a name nobody listed for the tool: what plainly is
/// one must be read.
fn place(name: &str, kind: &ActionKind) -> Option<Arc<str>> {
    const OF_FILES: [&str; 14] = [
        "path",
        "paths",
        "file",
        "files",
        "file_path",
        "file_paths",
        "file_name",
        "filename",
        "directory",
        "directories",
        "dir",
        "folder",
        "root",
        "roots",
    ];
    const OF_REQUESTS: [&str; 10] =
        ["url", "urls", "uri", "uris", "href", "link", "links", "endpoint", "base_url", "target_url"];
    let names: &[&str] = match (kind.category, kind.reading) {
        (Category::File, Reading::Path) => &OF_FILES,
        (Category::Http, Reading::Url) => &OF_REQUESTS,
        _ => &[],
    };
    kind.target.clone().filter(|_| names.iter().any(|place| is_same_name(name, place)))
}

/// Whether two names differ in nothing but case and separators.
fn is_same_name(a: &str, b: &str) -> bool {
    // Nearly all differ in the first letter, and this stands in the path of every call.
    let first =
        |name: &str| name.bytes().next().filter(u8::is_ascii_alphabetic).map(|letter| letter.to_ascii_lowercase());
    if first(a).zip(first(b)).is_some_and(|(a, b)| a != b) {
        return false;
    }
    fn letters(name: &str) -> impl Iterator<Item = char> {
        let written = |c: &char| !matches!(c, '_' | '-' | '.' | ' ');
        // Upper case first: some letters have a twin only there.
        name.chars().filter(written).flat_map(char::to_uppercase).flat_map(char::to_lowercase)
    }
    letters(a).eq(letters(b))
}

/// The argument at `path`.
pub(super) fn at<'a>(args: &'a Map, path: &[Arc<str>]) -> Option<&'a Value> {
    let (first, rest) = path.split_first()?;
    let value = rest.iter().try_fold(args.get(first)?, |value, key| value.as_map()?.get(key));
    value.filter(|value| **value != Value::Null)
}

/// An action of `kind` without its target.
pub(super) fn action(kind: &ActionKind, args: Map) -> Action {
    Action { args, ..Action::new(kind.name.clone(), kind.key.clone(), kind.category, kind.risk) }
}
