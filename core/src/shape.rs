//! Describes what a YAML document may contain, once: the checker and the published JSON Schema are both made from it.
//!
//! A [`Shape`] says what a value looks like; [`check`] compares a tree with it and reports every difference with a
//! place and a hint; [`json_schema`] prints it for editors. What the values mean is for the readers behind it.

use serde_json::{Map as JsonMap, Value as Json, json};

use crate::error::Problem;
use crate::yaml::{Key, Kind, Node, Place};

/// What a value looks like.
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    /// Any text.
    Text,
    /// Text in a small language of its own, with an example that shows it.
    Format(&'static str, &'static str),
    /// One of these words, or an alias `(written, meant)`.
    Words(&'static [&'static str], &'static [(&'static str, &'static str)]),
    /// `true` or `false`.
    Bool,
    /// A whole number from the first to the second.
    Int(i64, i64),
    /// An amount of money: a number that is not negative, or the text of one.
    Money,
    /// Any value that a call's argument may have.
    Any,
    /// A list of such values.
    List(&'static Shape),
    /// One such value or a list of them.
    OneOrMany(&'static Shape),
    /// A mapping from names of the user's choice to such values.
    Names(&'static Shape),
    /// A mapping with these fields.
    Object(&'static Object),
    /// The first if it is a mapping, else the second.
    ObjectOr(&'static Object, &'static Shape),
}

/// A mapping whose fields are fixed.
#[derive(Debug)]
pub struct Object {
    /// Its name in the schema, such as `rule`.
    pub name: &'static str,
    /// What it is, in one clause.
    pub about: &'static str,
    /// Its fields.
    pub fields: &'static [Field],
}

/// A field of an [`Object`].
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// What it says, in one clause.
    pub about: &'static str,
    /// What its value looks like.
    pub shape: Shape,
    /// Whether it must be there.
    pub required: bool,
    /// Another name for it that is read and never written.
    pub alias: Option<&'static str>,
}

impl Field {
    /// An optional field.
    pub const fn new(name: &'static str, shape: Shape, about: &'static str) -> Field {
        Field { name, about, shape, required: false, alias: None }
    }

    /// The same field, which must be there.
    pub const fn required(self) -> Field {
        Field { required: true, ..self }
    }

    /// The same field, which may also be called `alias`.
    pub const fn alias(self, alias: &'static str) -> Field {
        Field { alias: Some(alias), ..self }
    }
}

/// Collects what is wrong with one file.
pub struct Problems<'a> {
    file: &'a str,
    list: Vec<Problem>,
}

impl<'a> Problems<'a> {
    /// No problems yet in `file`.
    pub fn new(file: &'a str) -> Problems<'a> {
        Problems { file, list: Vec::new() }
    }

    /// Notes a problem at `place`.
    pub fn add(&mut self, place: Place, code: &'static str, message: impl Into<String>, help: impl Into<String>) {
        self.list.push(Problem {
            file: self.file.to_owned(),
            line: place.line,
            column: place.column,
            code,
            message: message.into(),
            help: help.into(),
        });
    }

    /// Everything noted.
    pub fn into_vec(self) -> Vec<Problem> {
        self.list
    }
}

/// Notes every way in which `node` differs from `shape`. `what` is what a person calls the place: `rule`, `decision`.
pub fn check(node: &Node, shape: &Shape, what: &str, problems: &mut Problems) {
    if node.kind == Kind::Invalid {
        return;
    }
    match shape {
        Shape::Any => {}
        Shape::List(inner) => check_list(node, inner, what, problems),
        Shape::OneOrMany(_) if matches!(&node.kind, Kind::List(items) if items.is_empty()) => {
            let message = format!("`{what}` is empty, which could mean all or nothing");
            problems.add(node.place, "policy.empty_list", message, "remove it, or name at least one");
        }
        Shape::OneOrMany(inner) if matches!(node.kind, Kind::List(_)) => check_list(node, inner, what, problems),
        Shape::OneOrMany(inner) => check(node, inner, what, problems),
        Shape::Names(inner) => check_names(node, inner, what, problems),
        Shape::Object(object) => check_object(node, object, what, problems),
        Shape::ObjectOr(object, _) if matches!(node.kind, Kind::Map(_)) => check_object(node, object, what, problems),
        Shape::ObjectOr(_, other) => check(node, other, what, problems),
        scalar => check_scalar(node, scalar, what, problems),
    }
}

/// The field of `object` that `node` has under its name or its alias.
pub fn field<'a>(node: &'a Node, object: &Object, name: &str) -> Option<&'a Node> {
    let alias = object.fields.iter().find(|field| field.name == name).and_then(|field| field.alias);
    node.get(name).or_else(|| node.get(alias?)).filter(|node| !matches!(node.kind, Kind::Null | Kind::Invalid))
}

/// The word among `words` nearest to `word`, if it is near enough to be a slip of the finger.
pub fn nearest<'a>(word: &str, words: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let near = words.map(|candidate| (distance(word, candidate), candidate)).min()?;
    let allowed = (word.chars().count() / 3).clamp(1, 3);
    (near.0 <= allowed).then_some(near.1)
}

fn check_list(node: &Node, inner: &Shape, what: &str, problems: &mut Problems) {
    if !matches!(node.kind, Kind::List(_)) {
        return wrong_kind(node, "a list", what, problems);
    }
    for item in node.items() {
        check(item, inner, what, problems);
    }
}

fn check_names(node: &Node, inner: &Shape, what: &str, problems: &mut Problems) {
    if !matches!(node.kind, Kind::Map(_)) {
        return wrong_kind(node, "a mapping", what, problems);
    }
    for (key, value) in node.entries() {
        if key.text.is_empty() {
            problems.add(key.place, "policy.empty_name", format!("`{what}` has an empty name"), "");
        }
        check(value, inner, &key.text, problems);
    }
}

fn check_object(node: &Node, object: &Object, what: &str, problems: &mut Problems) {
    if !matches!(node.kind, Kind::Map(_)) {
        return wrong_kind(node, "a mapping", what, problems);
    }
    for (key, value) in node.entries() {
        match object.fields.iter().find(|field| field.name == &*key.text || field.alias == Some(&*key.text)) {
            Some(field) => check_field(node, key, value, field, problems),
            None => unknown_field(key, object, problems),
        }
    }
    for missing in object.fields.iter().filter(|field| field.required && node.get(field.name).is_none()) {
        let message = format!("a {} has no `{}`", object.name, missing.name);
        problems.add(node.place, "policy.missing_field", message, format!("add `{}`: {}", missing.name, missing.about));
    }
}

fn check_field(node: &Node, key: &Key, value: &Node, field: &Field, problems: &mut Problems) {
    if field.alias == Some(&*key.text) && node.get(field.name).is_some() {
        let message = format!("`{}` is another word for `{}`, which stands here too", key.text, field.name);
        problems.add(key.place, "policy.duplicate_key", message, "keep one of them");
    }
    check(value, &field.shape, field.name, problems);
}

fn unknown_field(key: &Key, object: &Object, problems: &mut Problems) {
    let names = || object.fields.iter().map(|field| field.name);
    let help = match nearest(&key.text, names()) {
        Some(name) => format!("did you mean `{name}`?"),
        None => format!("a {} takes {}", object.name, words(names())),
    };
    problems.add(key.place, "policy.unknown_field", format!("unknown field `{}` in a {}", key.text, object.name), help);
}

fn check_scalar(node: &Node, shape: &Shape, what: &str, problems: &mut Problems) {
    match (shape, &node.kind) {
        (Shape::Words(known, aliases), Kind::Text(text)) => {
            check_word(node.place, text, known, aliases, what, problems)
        }
        (Shape::Words(known, _), _) => {
            wrong_kind(node, &format!("one of {}", words(known.iter().copied())), what, problems)
        }
        (Shape::Text | Shape::Format(..), Kind::Text(_)) => {}
        // Whether it is an amount, its reader says.
        (Shape::Money, Kind::Int(_) | Kind::Float(_) | Kind::Text(_)) => {}
        (Shape::Money, _) => wrong_kind(node, "an amount of money, such as `2.00`", what, problems),
        // A name made of digits is still a name.
        (Shape::Text, Kind::Int(_)) => {}
        (Shape::Format(kind, example), _) => wrong_kind(node, &format!("{kind}, such as `{example}`"), what, problems),
        (Shape::Bool, Kind::Bool(_)) => {}
        (Shape::Bool, _) => wrong_kind(node, "`true` or `false`", what, problems),
        (Shape::Int(low, high), Kind::Int(number)) if (*low..=*high).contains(number) => {}
        (Shape::Int(low, high), _) => wrong_kind(node, &format!("a whole number from {low} to {high}"), what, problems),
        (_, _) => wrong_kind(node, "text", what, problems),
    }
}

type Aliases = [(&'static str, &'static str)];

fn check_word(place: Place, text: &str, known: &[&str], aliases: &Aliases, what: &str, problems: &mut Problems) {
    if known.contains(&text) || aliases.iter().any(|(alias, _)| *alias == text) {
        return;
    }
    let help = match nearest(text, known.iter().copied()) {
        Some(word) => format!("did you mean `{word}`?"),
        None => format!("write one of {}", words(known.iter().copied())),
    };
    problems.add(place, "policy.unknown_word", format!("`{what}` cannot be `{text}`"), help);
}

fn wrong_kind(node: &Node, wanted: &str, what: &str, problems: &mut Problems) {
    let found = match &node.kind {
        Kind::Int(number) => format!("`{number}`"),
        Kind::Text(text) if text.chars().count() <= 40 => format!("`{text}`"),
        _ => node.kind_name().to_owned(),
    };
    problems.add(node.place, "policy.wrong_type", format!("`{what}` is {found}"), format!("write {wanted}"));
}

fn words<'a>(words: impl Iterator<Item = &'a str>) -> String {
    words.map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

/// How many letters have to be added, removed, changed or swapped with their neighbour.
/// Source: the optimal string alignment distance.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().take(64).collect(), b.chars().take(64).collect());
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut next = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let at = |row: &[usize], index: usize| row.get(index).copied().unwrap_or(usize::MAX / 2);
            let mut cost = (at(&row, j) + usize::from(x != y)).min(at(&row, j + 1) + 1).min(at(&next, j) + 1);
            let swapped = i > 0 && j > 0 && a.get(i - 1) == Some(y) && b.get(j - 1) == Some(x);
            if swapped {
                cost = cost.min(at(&before, j - 1) + 1);
            }
            next.push(cost);
        }
        before = std::mem::replace(&mut row, next);
    }
    row.last().copied().unwrap_or(0)
}

/// A JSON Schema (2020-12) that accepts what [`check`] accepts. `id` is the address under which it is published.
pub fn json_schema(object: &'static Object, id: &str) -> Json {
    let mut definitions = JsonMap::new();
    let root = object_schema(object, &mut definitions);
    let mut schema = json!({ "$schema": "https://json-schema.org/draft/2020-12/schema", "$id": id });
    if let (Some(schema), Json::Object(root)) = (schema.as_object_mut(), root) {
        schema.extend(root);
        schema.insert("$defs".to_owned(), Json::Object(definitions));
    }
    schema
}

fn schema_of(shape: &Shape, definitions: &mut JsonMap<String, Json>) -> Json {
    match shape {
        Shape::Text => json!({ "type": ["string", "integer"] }),
        Shape::Format(kind, example) => json!({ "type": "string", "description": kind, "examples": [example] }),
        Shape::Words(known, aliases) => {
            let all: Vec<&str> = known.iter().copied().chain(aliases.iter().map(|(alias, _)| *alias)).collect();
            json!({ "enum": all })
        }
        Shape::Bool => json!({ "type": "boolean" }),
        Shape::Int(low, high) => json!({ "type": "integer", "minimum": low, "maximum": high }),
        Shape::Money => json!({ "type": ["number", "string"], "minimum": 0 }),
        Shape::Any => json!({}),
        Shape::List(inner) => json!({ "type": "array", "items": schema_of(inner, definitions) }),
        Shape::OneOrMany(inner) => {
            let inner = schema_of(inner, definitions);
            let one = json!({ "not": { "type": "array" }, "allOf": [inner.clone()] });
            json!({ "anyOf": [one, { "type": "array", "minItems": 1, "items": inner }] })
        }
        Shape::Names(inner) => {
            json!({ "type": "object", "propertyNames": { "minLength": 1 }, "additionalProperties": schema_of(inner, definitions) })
        }
        Shape::Object(object) => reference(object, definitions),
        Shape::ObjectOr(object, other) => {
            json!({ "anyOf": [reference(object, definitions), schema_of(other, definitions)] })
        }
    }
}

fn reference(object: &'static Object, definitions: &mut JsonMap<String, Json>) -> Json {
    let name = object.name.replace(' ', "_");
    if !definitions.contains_key(&name) {
        // Entered first, so that an object that contains itself ends.
        definitions.insert(name.clone(), Json::Null);
        let schema = object_schema(object, definitions);
        definitions.insert(name.clone(), schema);
    }
    json!({ "$ref": format!("#/$defs/{name}") })
}

fn object_schema(object: &'static Object, definitions: &mut JsonMap<String, Json>) -> Json {
    let mut properties = JsonMap::new();
    for field in object.fields {
        let mut schema = schema_of(&field.shape, definitions);
        if let Some(schema) = schema.as_object_mut() {
            schema.insert("description".to_owned(), json!(field.about));
        }
        for name in std::iter::once(field.name).chain(field.alias) {
            properties.insert(name.to_owned(), schema.clone());
        }
    }
    let required: Vec<&str> = object.fields.iter().filter(|field| field.required).map(|field| field.name).collect();
    json!({
        "type": "object",
        "description": object.about,
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_of_the_finger_are_recognised() {
        let words = ["decision", "allowed_paths", "reason"];
        assert_eq!(nearest("desicion", words.into_iter()), Some("decision"));
        assert_eq!(nearest("alowed_path", words.into_iter()), Some("allowed_paths"));
        assert_eq!(nearest("colour", words.into_iter()), None);
        assert_eq!(distance("ab", "ba"), 1);
        assert_eq!(distance("", "abc"), 3);
    }
}
