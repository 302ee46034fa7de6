//! The words a policy may use for actions and flags, and what to say to someone who uses another.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::matcher::{ActionPattern, SpelledPattern};
use crate::action::{ActionKind, Category, Flag, Mapping, Reading, ToolNames, kind, kinds, normal_name};
use crate::shape::{Problems, nearest};
use crate::yaml::{Node, Place};

/// Knows the built-in types, the catalogue's tool names and what the policy's own mappings add.
pub(super) struct Vocabulary<'a> {
    catalogue: &'a dyn ToolNames,
    /// Tools of the policy's own mappings, in normal spelling, and the types they amount to.
    own_tools: HashMap<String, Vec<Arc<str>>>,
    /// Types that the policy's own mappings introduce, in normal spelling.
    own_types: HashSet<String>,
}

impl<'a> Vocabulary<'a> {
    /// The words of `catalogue` and `mappings`.
    pub(super) fn new(catalogue: &'a dyn ToolNames, mappings: &[Mapping]) -> Vocabulary<'a> {
        let types = |mapping: &Mapping| mapping.cases().map(|case| case.action.clone()).collect::<Vec<_>>();
        let tools = mappings
            .iter()
            .flat_map(|mapping| mapping.names.iter().map(|name| (normal_name(name).into_owned(), types(mapping))));
        Vocabulary {
            catalogue,
            own_tools: tools.collect(),
            own_types: mappings.iter().flat_map(types).map(|name| normal_name(&name).into_owned()).collect(),
        }
    }

    /// Reads what a policy calls an action: a type, `category.*`, or a pattern. `permits` tells whether what it matches
    /// is permitted something.
    pub(super) fn action(
        &self,
        word: &str,
        permits: bool,
        place: Place,
        problems: &mut Problems,
    ) -> Option<ActionPattern> {
        if let Some(category) = word.strip_suffix(".*").and_then(Category::parse) {
            return Some(ActionPattern::Category(category));
        }
        if word.contains(['*', '?']) {
            return Some(ActionPattern::Name(SpelledPattern::new(word, permits)));
        }
        let normal = normal_name(word);
        let known = kind(word).is_some() || self.own_types.contains(&*normal);
        // Most words are types; looking for what else they could be is slow.
        match (!known).then(|| self.objection(word, &normal)).flatten() {
            None => Some(ActionPattern::Kind(normal.as_ref().into())),
            Some((message, help)) => {
                problems.add(place, "policy.unknown_action", message, help);
                None
            }
        }
    }

    /// How the targets of the types in `pattern` are read; `None` if it may include types that nobody knows.
    pub(super) fn readings(&self, pattern: &ActionPattern) -> Option<Vec<Reading>> {
        let matching = |one: &&ActionKind| match pattern {
            ActionPattern::Kind(key) => one.key == *key,
            ActionPattern::Category(category) => one.category == *category,
            ActionPattern::Name(_) => false,
        };
        let readings: Vec<Reading> = kinds().filter(matching).map(|one| one.reading).collect();
        (!readings.is_empty()).then_some(readings)
    }

    /// Reads the name of a flag.
    pub(super) fn flag(&self, node: &Node, problems: &mut Problems) -> Option<Arc<str>> {
        let word = node.as_str()?;
        let names = || Flag::all().map(|(name, _, _)| name);
        if names().any(|name| name == word) {
            return Some(word.into());
        }
        let help = match nearest(word, names()) {
            Some(name) => format!("did you mean `{name}`?"),
            None => format!("known are {}", names().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")),
        };
        problems.add(node.place, "policy.unknown_flag", format!("unknown flag `{word}`"), help);
        None
    }

    /// Why `word`, which is no type, is probably a mistake, and what to write instead.
    fn objection(&self, word: &str, normal: &str) -> Option<(String, String)> {
        let types = self.own_tools.get(normal).cloned().unwrap_or_else(|| self.catalogue.actions_of(word));
        if !types.is_empty() {
            let types: Vec<_> = types.iter().map(|name| format!("`{name}`")).collect();
            return Some((
                format!("`{word}` is a tool; what it does is {}", types.join(" or ")),
                format!("write {}", types.join(" or ")),
            ));
        }
        if Category::parse(word).is_some_and(|category| category != Category::Other) {
            return Some((format!("`{word}` is a family of actions"), format!("write `{word}.*`")));
        }
        let near = nearest(word, kinds().map(|one| &*one.name));
        let family = word.split_once('.').map(|(family, _)| family);
        let relatives: Vec<_> = kinds()
            .filter(|one| family.is_some_and(|family| one.name.split_once('.').is_some_and(|(head, _)| head == family)))
            .collect();
        if near.is_none() && relatives.is_empty() {
            return None;
        }
        let help = match near {
            Some(name) => format!("did you mean `{name}`? A tool of this very name needs an entry under `mappings`"),
            None => format!(
                "known are {}",
                relatives.iter().map(|one| format!("`{}`", one.name)).collect::<Vec<_>>().join(", ")
            ),
        };
        Some((format!("unknown action `{word}`"), help))
    }
}
