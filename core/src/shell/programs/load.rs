//! Reads the table: YAML into rows, every problem with its place.

use std::collections::HashSet;
use std::sync::Arc;

use foldhash::fast::RandomState;

use super::options::Options;
use super::row::{Choices, Meaning, Operand, Role, Row, Syntax};
use crate::error::Problem;
use crate::limits;
use crate::shape::{Field, Object, Problems, Shape, check};
use crate::shell::flag::Flag;
use crate::shell::reading::Place;
use crate::shell::word::Word;
use crate::yaml::{self, Kind, Node};

/// The rows of files, each with its names.
#[derive(Debug, Default)]
pub(super) struct Table {
    rows: Vec<(Vec<Box<str>>, Row)>,
    known: HashSet<Box<str>, RandomState>,
}

impl Table {
    /// The first row.
    pub(super) fn into_first(self) -> Option<Row> {
        self.rows.into_iter().next().map(|(_, row)| row)
    }

    /// Adds the rows of a file and tells what is wrong with it.
    pub(super) fn add(&mut self, file: &str, text: &str) -> Vec<Problem> {
        let document = yaml::parse(file, text);
        let mut problems = Problems::new(file);
        check(&document.root, &FILE, "program", &mut problems);
        for (key, node) in document.root.entries() {
            let mut loader = Loader { problems: &mut problems, depth: 0 };
            let row = loader.row(&key.text, node, &Row::default());
            let names: Vec<Box<str>> = names_of(&key.text, node).map(Box::from).collect();
            for name in names.iter().filter(|name| !self.known.insert((*name).clone())) {
                problems.add(key.place, "policy.duplicate_key", format!("`{name}` stands twice"), "");
            }
            self.rows.push((names, row));
        }
        document.problems.into_iter().chain(problems.into_vec()).collect()
    }
}

/// A file of the table: programs by name.
static FILE: Shape = Shape::Names(&Shape::Object(&ROW));

static ROW: Object = Object {
    name: "program",
    about: "a program, or a subcommand of one",
    fields: &[
        Field::new("about", Shape::Text, "what it does"),
        Field::new("names", Shape::OneOrMany(&Shape::Text), "its other names"),
        Field::new("syntax", Shape::Words(Syntax::WORDS, &[]), "how its options are spelled"),
        Field::new("bundled", Shape::Bool, "whether the first operand may be option letters"),
        Field::new("options", Shape::Names(&Shape::ObjectOr(&OPTION, &Shape::Text)), "its options"),
        Field::new("operands", Shape::List(&Shape::Text), "the roles of its operands"),
        Field::new("values", Shape::Names(&Shape::Object(&OPTION)), "what certain operands amount to"),
        Field::new("keyed", Shape::Bool, "whether only the first operand has such a value"),
        Field::new("flags", Shape::OneOrMany(&Shape::Text), "what is noteworthy about it"),
        Field::new("action", Shape::Text, "the canonical type it amounts to"),
        Field::new("args", Shape::Names(&Shape::Any), "fixed arguments of it"),
        Field::new("default", Shape::Names(&Shape::Text), "what stands for operands if there are none"),
        Field::new("stdin", Shape::Text, "the role of the standard input"),
        Field::new("stray", Shape::Text, "the role of paths that nothing else says anything of"),
        Field::new("place", Shape::Words(Place::WORDS, &[]), "where what it runs is run"),
        Field::new("subcommands", Shape::Names(&Shape::Object(&ROW)), "its subcommands"),
        Field::new("verbs", Shape::Text, "the row of its usual verbs"),
        Field::new("reader", Shape::Text, "the reader of its arguments"),
        Field::new("recursive", Shape::Bool, "whether it always goes into all directories below"),
        Field::new("alone", Shape::Text, "what stands for its arguments where there are none"),
        Field::new("opaque", Shape::Bool, "whether it runs what cannot be seen"),
        Field::new("scheme", Shape::Text, "the protocol it speaks with hosts"),
    ],
};

static OPTION: Object = Object {
    name: "option",
    about: "an option of a program",
    fields: &[
        Field::new("value", Shape::Text, "the role of its value"),
        Field::new("second", Shape::Text, "the role of a second value"),
        Field::new("attached", Shape::Text, "the role of its value, if that is attached"),
        Field::new("as", Shape::Names(&Shape::OneOrMany(&Shape::Text)), "other roles while it is given"),
        Field::new("operands", Shape::List(&Shape::Text), "other operands while it is given"),
        Field::new("default", Shape::Names(&Shape::Text), "what stands for operands that are not there"),
        Field::new("stdin", Shape::Text, "the role of the standard input while it is given"),
        Field::new("recursive", Shape::Bool, "whether it goes into all directories below"),
        Field::new("flags", Shape::OneOrMany(&Shape::Text), "what is noteworthy about it"),
        Field::new("action", Shape::Text, "a canonical type that it amounts to"),
        Field::new("args", Shape::Names(&Shape::Any), "fixed arguments of it"),
        Field::new("inert", Shape::Bool, "whether nothing is done at all"),
        Field::new("ends", Shape::Bool, "whether only operands follow"),
        Field::new("values", Shape::Names(&Shape::Object(&OPTION)), "what certain values amount to"),
    ],
};

struct Loader<'a, 'b> {
    problems: &'a mut Problems<'b>,
    depth: usize,
}

impl Loader<'_, '_> {
    fn row(&mut self, name: &str, node: &Node, outer: &Row) -> Row {
        let syntax = text(node, "syntax").and_then(Syntax::parse).unwrap_or(outer.syntax);
        let mut row = Row {
            name: name.into(),
            about: text(node, "about").unwrap_or_default().into(),
            syntax,
            bundled: flag(node, "bundled"),
            options: self.options(node, syntax),
            operands: self.operands(node).unwrap_or_default(),
            values: self.values(node),
            keyed: flag(node, "keyed"),
            flags: self.flags(node),
            action: text(node, "action").map(Arc::from),
            args: args(node),
            default: self.default(node),
            stdin: self.role(node, "stdin"),
            stray: self.role(node, "stray").or_else(|| outer.stray.clone()),
            place: text(node, "place").and_then(Place::parse).unwrap_or(outer.place),
            subcommands: Choices::default(),
            verbs: text(node, "verbs").map(Arc::from),
            reader: text(node, "reader").map(Arc::from),
            opaque: flag(node, "opaque"),
            alone: text(node, "alone").map(Arc::from),
            recursive: flag(node, "recursive"),
            scheme: text(node, "scheme").map_or_else(|| outer.scheme.clone(), Arc::from),
            harmless: false,
        };
        row.options.note_risk(row.operands.iter().all(|operand| operand.role.looks()));
        row.subcommands = self.subcommands(node, &row);
        row.harmless = is_harmless(&row);
        row
    }

    fn subcommands(&mut self, node: &Node, outer: &Row) -> Choices<Row> {
        let mut all = Choices::default();
        let entries = node.get("subcommands").map_or(&[][..], Node::entries);
        if self.depth + 1 >= limits::PROGRAM_DEPTH_MAX && !entries.is_empty() {
            self.problems.add(node.place, "policy.too_deep", "subcommands are nested too deep", "");
            return all;
        }
        self.depth += 1;
        for (key, node) in entries {
            let first = key.text.split(',').next().unwrap_or_default().trim();
            let row = self.row(&format!("{} {first}", outer.name), node, outer);
            for twin in all.add(names_of(&key.text, node), row) {
                self.problems.add(key.place, "policy.duplicate_key", format!("`{twin}` stands twice"), "");
            }
        }
        self.depth -= 1;
        all
    }

    fn options(&mut self, node: &Node, syntax: Syntax) -> Options {
        let mut options = Options::default();
        for (key, node) in node.get("options").map_or(&[][..], Node::entries) {
            let meaning = self.meaning(&key.text, node);
            for wrong in options.add(&key.text, syntax, meaning) {
                let message = format!("`{wrong}` is not an option in this syntax, or stands twice");
                self.problems.add(key.place, "policy.unknown_word", message, "");
            }
        }
        options
    }

    fn meaning(&mut self, name: &str, node: &Node) -> Meaning {
        if let Some(word) = node.as_str() {
            return Meaning { name: name.into(), value: self.read_role(word, node), ..Meaning::default() };
        }
        Meaning {
            name: name.into(),
            value: self.role(node, "value"),
            second: self.role(node, "second"),
            attached: self.role(node, "attached"),
            roles: self.roles(node),
            operands: self.operands(node),
            default: self.default(node),
            stdin: self.role(node, "stdin"),
            recursive: flag(node, "recursive"),
            flags: self.flags(node),
            action: text(node, "action").map(Arc::from),
            args: args(node),
            inert: flag(node, "inert"),
            ends: flag(node, "ends"),
            values: self.values(node),
        }
    }

    /// Values have no values of their own, so that reading them ends.
    fn values(&mut self, node: &Node) -> Choices<Meaning> {
        let mut all = Choices::default();
        for (key, node) in node.get("values").map_or(&[][..], Node::entries) {
            if node.get("values").is_some() {
                self.problems.add(node.place, "policy.unknown_field", "a value has no values", "");
                continue;
            }
            let meaning = self.meaning(&key.text, node);
            for twin in all.add(words(&key.text), meaning) {
                self.problems.add(key.place, "policy.duplicate_key", format!("`{twin}` stands twice"), "");
            }
        }
        all
    }

    fn roles(&mut self, node: &Node) -> Box<[(Role, Role)]> {
        let mut all = Vec::new();
        for (key, node) in node.get("as").map_or(&[][..], Node::entries) {
            let from = self.read_role(&key.text, node);
            for item in node.one_or_many() {
                let to = item.as_str().and_then(|word| self.read_role(word, item));
                all.extend(from.clone().zip(to));
            }
        }
        all.into()
    }

    fn default(&mut self, node: &Node) -> Box<[(Role, Word)]> {
        let mut all = Vec::new();
        for (key, node) in node.get("default").map_or(&[][..], Node::entries) {
            all.extend(self.read_role(&key.text, node).zip(node.as_str().map(Word::known)));
        }
        all.into()
    }

    fn operands(&mut self, node: &Node) -> Option<Box<[Operand]>> {
        let list = node.get("operands")?;
        let operands: Vec<Operand> = list.items().iter().filter_map(|item| self.operand(item)).collect();
        if operands.iter().filter(|operand| operand.many).count() > 1
            && !operands.iter().any(|one| one.role == Role::Assignment)
        {
            self.problems.add(list.place, "policy.unknown_word", "only one operand may repeat", "");
        }
        Some(operands.into())
    }

    fn operand(&mut self, node: &Node) -> Option<Operand> {
        let word = node.as_str()?;
        let (bare, many) = word.strip_suffix("...").map_or((word, false), |bare| (bare, true));
        let (bare, optional) = bare.strip_suffix('?').map_or((bare, false), |bare| (bare, true));
        Some(Operand { role: self.read_role(bare, node)?, many, optional })
    }

    fn flags(&mut self, node: &Node) -> Box<[Flag]> {
        let mut all = Vec::new();
        for item in node.get("flags").map_or(&[][..], Node::one_or_many) {
            match item.as_str().and_then(Flag::named) {
                Some(flag) => all.push(flag),
                None => self.problems.add(item.place, "policy.unknown_word", "there is no such flag", ""),
            }
        }
        all.into()
    }

    fn role(&mut self, node: &Node, key: &str) -> Option<Role> {
        let value = node.get(key)?;
        self.read_role(value.as_str()?, value)
    }

    fn read_role(&mut self, word: &str, node: &Node) -> Option<Role> {
        let role = Role::parse(word);
        if role.is_none() {
            let help = match crate::shape::nearest(word, Role::WORDS.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("a role is one of {}", Role::WORDS.join(", ")),
            };
            self.problems.add(node.place, "policy.unknown_word", format!("`{word}` is no role"), help);
        }
        role
    }
}

/// The names of a row: its key, which may be several words, and its further names.
fn names_of<'a>(key: &'a str, node: &'a Node) -> impl Iterator<Item = &'a str> {
    let further = node.get("names").map_or(&[][..], Node::one_or_many);
    words(key).chain(further.iter().filter_map(Node::as_str))
}

fn words(key: &str) -> impl Iterator<Item = &str> {
    key.split(',').map(str::trim).filter(|word| !word.is_empty())
}

fn text<'a>(node: &'a Node, key: &str) -> Option<&'a str> {
    node.get(key).and_then(Node::as_str)
}

fn flag(node: &Node, key: &str) -> bool {
    node.get(key).and_then(Node::as_bool).unwrap_or_default()
}

fn args(node: &Node) -> Box<[(Arc<str>, Word)]> {
    let entries = node.get("args").map_or(&[][..], Node::entries);
    entries.iter().filter_map(|(key, node)| Some((Arc::from(&*key.text), scalar(node)?))).collect()
}

fn scalar(node: &Node) -> Option<Word> {
    match &node.kind {
        Kind::Text(text) => Some(Word::known(&**text)),
        Kind::Bool(truth) => Some(Word::known(truth.to_string())),
        Kind::Int(number) => Some(Word::known(number.to_string())),
        _ => None,
    }
}

/// Whether a program does nothing at all, whatever its arguments.
fn is_harmless(row: &Row) -> bool {
    row.operands.iter().all(|operand| operand.role == Role::Data)
        && !row.options.iter().any(Meaning::matters)
        && !row.values.iter().any(Meaning::matters)
        && row.flags.is_empty()
        && row.action.is_none()
        && row.default.is_empty()
        && row.stdin.is_none()
        && row.stray.is_none()
        && row.place == Place::Here
        && row.subcommands.is_empty()
        && row.verbs.is_none()
        && row.reader.is_none()
        && !row.opaque
}

#[cfg(test)]
impl Table {
    pub(super) fn get(&self, name: &str) -> Option<&Row> {
        self.rows.iter().find(|(names, _)| names.iter().any(|one| **one == *name)).map(|(_, row)| row)
    }

    pub(super) fn names(&self) -> Vec<Vec<&str>> {
        self.rows.iter().map(|(names, _)| names.iter().map(|name| &**name).collect()).collect()
    }

    pub(super) fn rows(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().map(|(_, row)| row)
    }
}
