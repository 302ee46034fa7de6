//! Gives a call's arguments their canonical names.

use std::sync::Arc;

use super::{Surroundings, target};
use crate::action::{Action, ActionKind, Case, Confidence, Reading, Target};
use crate::call::ToolCall;
use crate::value::{Map, Value};

/// Arguments under their canonical names.
pub(super) struct Canonical {
    pub(super) map: Map,
    /// Other values that the same canonical argument has under another of its names. Which one the tool uses is not
    /// known, so each of them counts.
    pub(super) rivals: Vec<(Arc<str>, Value)>,
}

/// The action of a call that uses a canonical type as its tool name.
pub(super) fn of_kind(kind: &'static ActionKind, call: &ToolCall, surroundings: &Surroundings) -> Action {
    let sources = |target: &Arc<str>| {
        let usual = usual_names(kind.reading).iter().filter(|name| **name != &**target).map(|name| Arc::from(*name));
        std::iter::once(target.clone()).chain(usual).map(|name| vec![name]).collect()
    };
    let args = kind.target.iter().map(|target| (target.clone(), sources(target))).collect();
    let args = canonical(&Case { args, ..Case::default() }, None, &call.args);
    target::finish(action(kind, args.map), kind, &args.rivals, call, surroundings)
}

/// What targets are usually called, for calls by the canonical type.
fn usual_names(reading: Reading) -> &'static [&'static str] {
    match reading {
        Reading::Path => &["path", "file_path", "filepath", "filename", "file", "file_name"],
        Reading::Url => &["url", "uri", "href", "link"],
        Reading::Command => &["command", "cmd"],
        Reading::Sql => &["query", "sql", "statement"],
        Reading::Code => &["code", "source", "script"],
        Reading::Patch => &["patch", "diff", "input"],
        Reading::Name => &[],
    }
}

/// Applies the argument names of `case` to `args`. `chosen_by` is used up by the choice of the case.
pub(super) fn canonical(case: &Case, chosen_by: Option<&str>, args: &Map) -> Canonical {
    let mut pairs: Vec<(Arc<str>, Value)> = Vec::with_capacity(args.len() + case.set.len());
    let mut rivals = Vec::new();
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
        if pairs.iter().any(|(known, _)| known == name) {
            rivals.push((name.clone(), value.clone()));
        } else {
            pairs.push((name.clone(), value.clone()));
        }
    }
    // Every name was looked for before it was added, so none stands twice.
    Canonical { map: Map::from_pairs(pairs).unwrap_or_default(), rivals }
}

/// The argument at `path`.
pub(super) fn at<'a>(args: &'a Map, path: &[Arc<str>]) -> Option<&'a Value> {
    let (first, rest) = path.split_first()?;
    let value = args.get(first).filter(|value| **value != Value::Null)?;
    rest.iter().try_fold(value, |value, key| value.as_map()?.get(key))
}

/// An action of `kind` without its target.
pub(super) fn action(kind: &ActionKind, args: Map) -> Action {
    Action {
        kind: kind.name.clone(),
        key: kind.key.clone(),
        category: kind.category,
        base_risk: kind.risk,
        target: Target::None,
        args,
        effects: Vec::new(),
        flags: Vec::new(),
        confidence: Confidence::Exact,
        doubts: Vec::new(),
        cwd: None,
    }
}
