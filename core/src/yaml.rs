//! The one YAML parser that reads policies, mappings and the built-in tables, into a tree that knows its places.
//!
//! It takes the plain part of YAML 1.2: mappings, lists and scalars. What would let one text mean two things is a
//! problem with a place, not a guess: a key that stands twice, an alias, a merge key, a tag, a second document. What
//! a valid document may contain is for others to say.

use saphyr_parser::{Event, Parser, ScalarStyle, Span};

use crate::error::Problem;
use crate::limits;

/// Where something stands: line and column, both counted from 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Where it begins.
    pub place: Place,
    /// What it is.
    pub kind: Kind,
}

/// What a node is.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// Nothing: `null`, `~` or an empty value.
    Null,
    /// `true` or `false`; `yes` and `no` are text.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number with a fraction or an exponent.
    Float(f64),
    /// Text.
    Text(Box<str>),
    /// A list.
    List(Vec<Node>),
    /// A mapping, in the order it was written; each key once.
    Map(Vec<(Key, Node)>),
    /// Something already reported as a problem.
    Invalid,
}

/// A key of a mapping and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Key {
    /// Where it begins.
    pub place: Place,
    /// Its text.
    pub text: Box<str>,
}

/// A tree and what is wrong with its text.
#[derive(Debug)]
pub struct Document {
    /// The top value; [`Kind::Invalid`] if the text is not YAML.
    pub root: Node,
    /// Everything found wrong on this level.
    pub problems: Vec<Problem>,
}

/// Reads `text`, which the user knows as `file`. Never fails: what is wrong stands in `problems`.
pub fn parse(file: &str, text: &str) -> Document {
    let mut builder = Builder::new(file);
    if text.len() > limits::POLICY_BYTES_MAX {
        builder.problem(Place { line: 1, column: 1 }, "policy.too_large", "the file is larger than 8 MiB", "");
        builder.broken = true;
        return builder.finish();
    }
    for event in Parser::new_from_str(text) {
        let going_on = match event {
            Ok((event, span)) => builder.take(event, span),
            Err(error) => builder.syntax(&error),
        };
        if !going_on {
            break;
        }
    }
    builder.finish()
}

impl Node {
    /// The value under `key`, if this is a mapping that has it.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entries().iter().find(|(name, _)| &*name.text == key).map(|(_, node)| node)
    }

    /// The pairs; none if this is not a mapping.
    pub fn entries(&self) -> &[(Key, Node)] {
        match &self.kind {
            Kind::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The items; none if this is not a list.
    pub fn items(&self) -> &[Node] {
        match &self.kind {
            Kind::List(items) => items,
            _ => &[],
        }
    }

    /// The items, or the value itself as the only one: for fields that take one or several.
    pub fn one_or_many(&self) -> &[Node] {
        match &self.kind {
            Kind::List(items) => items,
            Kind::Null | Kind::Invalid => &[],
            _ => std::slice::from_ref(self),
        }
    }

    /// The text, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        match &self.kind {
            Kind::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The truth, if it is one.
    pub fn as_bool(&self) -> Option<bool> {
        match self.kind {
            Kind::Bool(truth) => Some(truth),
            _ => None,
        }
    }

    /// The whole number, if it is one.
    pub fn as_int(&self) -> Option<i64> {
        match self.kind {
            Kind::Int(number) => Some(number),
            _ => None,
        }
    }

    /// What a person would call it: `text`, `a list`, …
    pub fn kind_name(&self) -> &'static str {
        match self.kind {
            Kind::Null => "nothing",
            Kind::Bool(_) => "true or false",
            Kind::Int(_) => "a whole number",
            Kind::Float(_) => "a number",
            Kind::Text(_) => "text",
            Kind::List(_) => "a list",
            Kind::Map(_) => "a mapping",
            Kind::Invalid => "something unreadable",
        }
    }
}

/// Builds the tree from the parser's events, with a stack of its own: nesting cannot overflow the program's.
struct Builder<'a> {
    file: &'a str,
    problems: Vec<Problem>,
    open: Vec<Open>,
    root: Option<Node>,
    nodes: usize,
    broken: bool,
}

/// A list or mapping whose end has not come yet.
enum Open {
    List(Place, Vec<Node>),
    Map(Place, Vec<(Key, Node)>, Option<Key>),
}

impl<'a> Builder<'a> {
    fn new(file: &'a str) -> Builder<'a> {
        Builder { file, problems: Vec::new(), open: Vec::new(), root: None, nodes: 0, broken: false }
    }

    fn finish(mut self) -> Document {
        let nothing = Node { place: Place { line: 1, column: 1 }, kind: Kind::Null };
        let mut root = self.root.take().unwrap_or(nothing);
        if self.broken {
            root.kind = Kind::Invalid;
        }
        Document { root, problems: self.problems }
    }

    /// Takes one event; false stops the reading.
    fn take(&mut self, event: Event<'_>, span: Span) -> bool {
        let place = Place { line: span.start.line(), column: span.start.col() + 1 };
        match event {
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => true,
            Event::DocumentStart(_) => self.document(place),
            Event::Alias(_) => {
                self.problem(place, "policy.alias", "aliases are not read", "write the value out in full");
                self.value(Node { place, kind: Kind::Invalid })
            }
            Event::Scalar(text, style, anchor, tag) => {
                self.refuse_decorations(place, anchor, tag.is_some());
                self.scalar(place, &text, style)
            }
            Event::SequenceStart(anchor, tag) => {
                self.refuse_decorations(place, anchor, tag.is_some());
                self.descend(place, Open::List(place, Vec::new()))
            }
            Event::MappingStart(anchor, tag) => {
                self.refuse_decorations(place, anchor, tag.is_some());
                self.descend(place, Open::Map(place, Vec::new(), None))
            }
            Event::SequenceEnd | Event::MappingEnd => self.ascend(),
        }
    }

    fn document(&mut self, place: Place) -> bool {
        if self.root.is_none() {
            return true;
        }
        self.problem(place, "policy.several_documents", "a second document begins here", "keep one document in a file");
        false
    }

    fn refuse_decorations(&mut self, place: Place, anchor: usize, tagged: bool) {
        if tagged {
            self.problem(place, "policy.tag", "tags are not read", "remove the word that begins with `!`");
        } else if anchor > 0 {
            self.problem(place, "policy.alias", "anchors are not read", "remove the word that begins with `&`");
        }
    }

    fn descend(&mut self, place: Place, open: Open) -> bool {
        if self.open.len() >= limits::POLICY_DEPTH_MAX {
            let message = format!("nested deeper than {} levels", limits::POLICY_DEPTH_MAX);
            self.problem(place, "policy.too_deep", message, "");
            self.broken = true;
            return false;
        }
        if matches!(self.open.last(), Some(Open::Map(_, _, None))) {
            self.problem(place, "policy.key_not_text", "a key must be text", "");
            self.broken = true;
            return false;
        }
        self.open.push(open);
        true
    }

    fn ascend(&mut self) -> bool {
        match self.open.pop() {
            Some(Open::List(place, items)) => self.value(Node { place, kind: Kind::List(items) }),
            Some(Open::Map(place, entries, _)) => {
                self.refuse_twins(&entries);
                self.value(Node { place, kind: Kind::Map(entries) })
            }
            None => false,
        }
    }

    fn refuse_twins(&mut self, entries: &[(Key, Node)]) {
        // Small mappings are compared pair by pair: cheaper than sorting, and nearly all are small.
        let twins: Vec<Key> = if entries.len() <= 12 {
            let repeats = |index: usize, key: &Key| entries.iter().take(index).any(|(other, _)| other.text == key.text);
            entries
                .iter()
                .enumerate()
                .filter(|(index, (key, _))| repeats(*index, key))
                .map(|(_, (key, _))| key.clone())
                .collect()
        } else {
            let mut seen = std::collections::HashSet::with_capacity(entries.len());
            entries.iter().filter(|(key, _)| !seen.insert(&key.text)).map(|(key, _)| key.clone()).collect()
        };
        for key in twins {
            self.problem(key.place, "policy.duplicate_key", format!("`{}` stands twice", key.text), "keep one of them");
        }
    }

    fn scalar(&mut self, place: Place, text: &str, style: ScalarStyle) -> bool {
        if let Some(Open::Map(_, _, key @ None)) = self.open.last_mut() {
            *key = Some(Key { place, text: text.into() });
            if text == "<<" && style == ScalarStyle::Plain {
                self.problem(place, "policy.merge_key", "merge keys are not read", "write the entries out in full");
            }
            return true;
        }
        let kind = if style == ScalarStyle::Plain { plain(text) } else { Kind::Text(text.into()) };
        self.value(Node { place, kind })
    }

    fn value(&mut self, node: Node) -> bool {
        self.nodes += 1;
        if self.nodes > limits::POLICY_NODES_MAX {
            self.problem(node.place, "policy.too_large", "the file has more than 2,000,000 values", "");
            self.broken = true;
            return false;
        }
        match self.open.last_mut() {
            Some(Open::List(_, items)) => items.push(node),
            Some(Open::Map(_, entries, key)) => entries.extend(key.take().map(|key| (key, node))),
            None => self.root = Some(node),
        }
        true
    }

    fn syntax(&mut self, error: &saphyr_parser::ScanError) -> bool {
        let place = Place { line: error.marker().line().max(1), column: error.marker().col() + 1 };
        self.problem(place, "policy.syntax", format!("this is not YAML: {}", error.info()), "");
        self.broken = true;
        false
    }

    fn problem(&mut self, place: Place, code: &'static str, message: impl Into<String>, help: &str) {
        self.problems.push(Problem {
            file: self.file.to_owned(),
            line: place.line,
            column: place.column,
            code,
            message: message.into(),
            help: help.to_owned(),
        });
    }
}

/// What a plain scalar means. Source: YAML 1.2.2, section 10.3.2, the core schema, with fewer forms of numbers.
fn plain(text: &str) -> Kind {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Kind::Null,
        "true" | "True" | "TRUE" => Kind::Bool(true),
        "false" | "False" | "FALSE" => Kind::Bool(false),
        _ => number(text).unwrap_or_else(|| Kind::Text(text.into())),
    }
}

/// Only what is written as people write numbers is one: `007` and `0x1F` would lose their spelling, and may be names.
fn number(text: &str) -> Option<Kind> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let first = *digits.as_bytes().first()?;
    let padded = first == b'0' && digits.as_bytes().get(1).is_some_and(u8::is_ascii_digit);
    if !first.is_ascii_digit() || padded {
        return None;
    }
    if let Ok(whole) = text.parse() {
        return Some(Kind::Int(whole));
    }
    let decimal = text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'E' | b'+' | b'-'));
    text.parse().ok().filter(|number: &f64| decimal && number.is_finite()).map(Kind::Float)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(text: &str) -> Vec<(&'static str, usize, usize)> {
        parse("", text).problems.iter().map(|problem| (problem.code, problem.line, problem.column)).collect()
    }

    #[test]
    fn a_tree_knows_its_places() {
        let root = parse("", "a: 1\nb:\n  - yes\n  - {c: 2.5, d: ~}\n").root;
        assert_eq!(root.get("a").and_then(Node::as_int), Some(1));
        let list = root.get("b").unwrap().items();
        assert_eq!(list[0].as_str(), Some("yes"));
        assert_eq!(list[1].get("c").unwrap().kind, Kind::Float(2.5));
        assert_eq!(list[1].get("d").unwrap().kind, Kind::Null);
        assert_eq!(list[1].get("c").unwrap().place, Place { line: 4, column: 9 });
    }

    #[test]
    fn what_could_mean_two_things_is_refused() {
        assert_eq!(codes("a: 1\nb: 2\na: 3\n"), [("policy.duplicate_key", 3, 1)]);
        assert_eq!(codes("a: &x 1\nb: *x\n"), [("policy.alias", 1, 4), ("policy.alias", 2, 4)]);
        assert_eq!(codes("a: !!str 1\n"), [("policy.tag", 1, 4)]);
        assert_eq!(codes("a: {}\n<<: {b: 1}\n"), [("policy.merge_key", 2, 1)]);
        assert_eq!(codes("a: 1\n---\nb: 2\n"), [("policy.several_documents", 2, 1)]);
        assert_eq!(codes("a: [1\n").first().map(|problem| problem.0), Some("policy.syntax"));
    }

    #[test]
    fn bombs_are_cheap() {
        assert_eq!(codes(&format!("{}{}", "[".repeat(40), "]".repeat(40))), [("policy.too_deep", 1, 33)]);
        for open in ["[", "- ", "{a: ", "? "] {
            assert_eq!(codes(&open.repeat(100_000)).len(), 1, "{open}");
        }
        let bomb = "a: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b]\n";
        assert!(codes(bomb).iter().all(|problem| problem.0 == "policy.alias"));
    }

    #[test]
    fn plain_words_follow_the_core_schema() {
        assert_eq!(plain("no"), Kind::Text("no".into()));
        assert_eq!(plain("0x1F"), Kind::Text("0x1F".into()));
        assert_eq!(plain("007"), Kind::Text("007".into()));
        assert_eq!(plain("0"), Kind::Int(0));
        assert_eq!(plain("-12"), Kind::Int(-12));
        assert_eq!(plain("1e3"), Kind::Float(1000.0));
        assert_eq!(plain("10.0.0.0/8"), Kind::Text("10.0.0.0/8".into()));
        assert_eq!(plain("1_000"), Kind::Text("1_000".into()));
        assert_eq!(plain("."), Kind::Text(".".into()));
    }
}
