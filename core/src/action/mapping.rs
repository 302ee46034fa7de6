//! How a tool's own name and arguments become an action: one entry of the catalogue or of a policy's `mappings`.

use std::sync::Arc;

use crate::shape::{Field, Object, Problems, Shape, field};
use crate::value::{Map, Value};
use crate::yaml::{Key, Kind, Node};

/// The fields of an entry.
pub static MAPPING: Object = Object {
    name: "mapping",
    about: "the action a tool amounts to, and where its arguments are",
    fields: &[
        Field::new("action", Shape::Text, "the canonical type, such as `create_charge`"),
        Field::new(
            "args",
            SOURCES,
            "canonical argument: its name in the call, or several tried in order; dots go deeper",
        ),
        Field::new("set", Shape::Names(&Shape::Any), "canonical arguments with a fixed value"),
        Field::new("by", Shape::Text, "the argument that chooses between the `cases`"),
        Field::new("cases", Shape::Names(&Shape::Object(&CASE)), "the action for each value of `by`"),
        Field::new("aliases", Shape::List(&Shape::Text), "other names of the same tool"),
        Field::new("bare", Shape::Bool, "whether the name also stands for this tool where no server is known"),
    ],
};

static CASE: Object = Object {
    name: "case",
    about: "the action for one value of the argument that chooses",
    fields: &[
        Field::new("action", Shape::Text, "the canonical type").required(),
        Field::new("args", SOURCES, "canonical arguments of this case alone"),
        Field::new("set", Shape::Names(&Shape::Any), "canonical arguments with a fixed value"),
    ],
};

const SOURCES: Shape = Shape::Names(&Shape::OneOrMany(&Shape::Text));

/// One entry.
#[derive(Clone, Debug, PartialEq)]
pub struct Mapping {
    /// The tool's name and its other names.
    pub names: Vec<Arc<str>>,
    /// What it amounts to.
    pub choice: Choice,
    /// Whether the name stands for it without a server too.
    pub bare: Option<bool>,
}

/// Whether an argument decides what a tool amounts to.
#[derive(Clone, Debug, PartialEq)]
pub enum Choice {
    /// It is always the same action.
    One(Case),
    /// The text under an argument chooses; any other text is unknown.
    By(ArgumentPath, Vec<(Arc<str>, Case)>),
}

/// An action and its arguments.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Case {
    /// The canonical type.
    pub action: Arc<str>,
    /// Canonical argument, and the names it may have in the call, each a path of keys.
    pub args: Vec<(Arc<str>, Vec<ArgumentPath>)>,
    /// Canonical arguments with a fixed value.
    pub set: Vec<(Arc<str>, Value)>,
}

/// Where an argument is: a key, then the key in the mapping found there, and so on.
pub type ArgumentPath = Vec<Arc<str>>;

impl Mapping {
    /// Reads an entry that has passed [`crate::shape::check`]. `None` if a problem was noted.
    pub fn read(name: &Key, node: &Node, problems: &mut Problems) -> Option<Mapping> {
        let aliases = field(node, &MAPPING, "aliases").map_or(&[][..], Node::items);
        let names =
            std::iter::once(&*name.text).chain(aliases.iter().filter_map(Node::as_str)).map(Arc::from).collect();
        let choice = read_choice(name, node, problems)?;
        Some(Mapping { names, choice, bare: field(node, &MAPPING, "bare").and_then(Node::as_bool) })
    }

    /// Every case, whatever chooses between them.
    pub fn cases(&self) -> impl Iterator<Item = &Case> {
        let (one, many) = match &self.choice {
            Choice::One(case) => (Some(case), &[][..]),
            Choice::By(_, cases) => (None, &cases[..]),
        };
        one.into_iter().chain(many.iter().map(|(_, case)| case))
    }
}

fn read_choice(name: &Key, node: &Node, problems: &mut Problems) -> Option<Choice> {
    let text = |key| field(node, &MAPPING, key).and_then(Node::as_str);
    match (text("action"), text("by"), field(node, &MAPPING, "cases")) {
        (Some(_), None, None) => Some(Choice::One(read_case(node))),
        (None, Some(by), Some(cases)) => {
            let common = read_case(node);
            let cases =
                cases.entries().iter().map(|(value, case)| (Arc::from(&*value.text), joined(read_case(case), &common)));
            Some(Choice::By(argument_path(by), cases.collect()))
        }
        _ => {
            let message = format!("`{}` says neither one `action` nor `by` and `cases`", name.text);
            problems.add(name.place, "policy.missing_field", message, "add `action`: the canonical type");
            None
        }
    }
}

fn joined(mut case: Case, common: &Case) -> Case {
    case.args.extend(common.args.iter().cloned());
    case.set.extend(common.set.iter().cloned());
    case
}

fn read_case(node: &Node) -> Case {
    let entries = |key| node.get(key).map_or(&[][..], Node::entries);
    let paths = |node: &Node| node.one_or_many().iter().filter_map(Node::as_str).map(argument_path).collect();
    Case {
        action: node.get("action").and_then(Node::as_str).unwrap_or_default().into(),
        args: entries("args").iter().map(|(name, sources)| (Arc::from(&*name.text), paths(sources))).collect(),
        set: entries("set").iter().map(|(name, value)| (Arc::from(&*name.text), value_of(value))).collect(),
    }
}

fn argument_path(text: &str) -> ArgumentPath {
    text.split('.').map(Arc::from).collect()
}

/// A YAML value as a call's argument could have it.
pub fn value_of(node: &Node) -> Value {
    match &node.kind {
        Kind::Null | Kind::Invalid => Value::Null,
        Kind::Bool(truth) => Value::Bool(*truth),
        Kind::Int(number) => Value::Int(*number),
        Kind::Float(number) => Value::Float(*number),
        Kind::Text(text) => Value::from(&**text),
        Kind::List(items) => Value::List(items.iter().map(value_of).collect()),
        Kind::Map(entries) => {
            let pairs = entries.iter().map(|(key, value)| (Arc::from(&*key.text), value_of(value))).collect();
            // The parser has already refused a key that stands twice.
            Value::Map(Map::from_pairs(pairs).unwrap_or_default())
        }
    }
}
