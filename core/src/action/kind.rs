//! The canonical action types: which family each belongs to, how dangerous it is, and what its arguments mean.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, LazyLock};

use super::normal_name;
use crate::packed;
use crate::shape::{Field, Object, Problems, Shape, check, field};
use crate::yaml::{self, Key, Node};

use foldhash::fast::RandomState;

/// A canonical action type.
#[derive(Clone, Debug, PartialEq)]
pub struct ActionKind {
    /// Its name, such as `file.read`.
    pub name: Arc<str>,
    /// Its name in normal spelling.
    pub key: Arc<str>,
    /// What it does, in one clause.
    pub about: Arc<str>,
    /// The family it belongs to.
    pub category: Category,
    /// How dangerous it is by itself, 0 to 100.
    pub risk: u8,
    /// The canonical argument that says what it is done to.
    pub target: Option<Arc<str>>,
    /// How the target is read.
    pub reading: Reading,
    /// Whether a call without a target is incomplete.
    pub requires_target: bool,
    /// Canonical arguments that amount to a type of their own, and that type.
    pub effects: Vec<(Arc<str>, Arc<str>)>,
    /// Its canonical arguments, the target first.
    pub args: Vec<Arc<str>>,
    /// The schemes that a URL it is done to may have, unless a policy names others.
    pub schemes: Vec<Arc<str>>,
}

/// How a target is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// As a path.
    Path,
    /// As a URL.
    Url,
    /// As the address of a repository, a URL or `user@host:path`; where it may be left out, as the name of a remote too.
    Repository,
    /// As a command line or its words.
    Command,
    /// As SQL.
    Sql,
    /// As code in a language.
    Code,
    /// As a patch over several files.
    Patch,
    /// As a mere name.
    Name,
}

/// The type called `name`, in any spelling.
pub fn kind(name: &str) -> Option<&'static ActionKind> {
    kind_by_key(&normal_name(name))
}

/// The type whose name in normal spelling is `key`.
pub fn kind_by_key(key: &str) -> Option<&'static ActionKind> {
    KINDS.1.get(key).and_then(|index| KINDS.0.get(*index))
}

/// All types, in the order of their table.
pub fn kinds() -> impl Iterator<Item = &'static ActionKind> {
    KINDS.0.iter()
}

/// The schemes of the web.
const WEB: [&str; 4] = ["http", "https", "ws", "wss"];

type Table = (Vec<ActionKind>, HashMap<Arc<str>, usize, RandomState>);

static KINDS: LazyLock<Table> = LazyLock::new(|| {
    // A table with problems is a defect of this crate, which the test below finds; what can be read is used.
    let kinds = read(text()).0;
    let index = kinds.iter().enumerate().map(|(index, kind)| (kind.key.clone(), index)).collect();
    (kinds, index)
});

static TABLE: Shape = Shape::Names(&Shape::Object(&ROW));
static ROW: Object = Object {
    name: "type",
    about: "a canonical action type",
    fields: &[
        Field::new("about", Shape::Text, "what it does").required(),
        Field::new("category", Shape::Text, "its family").required(),
        Field::new("risk", Shape::Int(0, 100), "how dangerous it is by itself").required(),
        Field::new("target", Shape::Text, "the argument that says what it is done to"),
        Field::new(
            "as",
            Shape::Words(&["path", "url", "repository", "command", "sql", "code", "patch", "name"], &[]),
            "how the target is read",
        ),
        Field::new("requires_target", Shape::Bool, "whether a call without a target is incomplete"),
        Field::new("effects", Shape::Names(&Shape::Text), "arguments that amount to a type of their own"),
        Field::new("args", Shape::List(&Shape::Text), "its arguments"),
        Field::new("schemes", Shape::List(&Shape::Text), "the schemes a URL may have; those of the web if unwritten"),
    ],
};

/// The text of `kinds.yaml`.
fn text() -> &'static str {
    let files = packed::files(include_bytes!(concat!(env!("OUT_DIR"), "/action.lz4")));
    files.first().map(|(_, text)| *text).unwrap_or_default()
}

fn read(text: &str) -> (Vec<ActionKind>, Vec<crate::error::Problem>) {
    let document = yaml::parse("kinds.yaml", text);
    let mut problems = Problems::new("kinds.yaml");
    check(&document.root, &TABLE, "kinds", &mut problems);
    let kinds = document.root.entries().iter().filter_map(|(key, node)| read_row(key, node, &mut problems)).collect();
    (kinds, document.problems.into_iter().chain(problems.into_vec()).collect())
}

fn read_row(key: &Key, node: &Node, problems: &mut Problems) -> Option<ActionKind> {
    let text = |name| field(node, &ROW, name).and_then(Node::as_str);
    let Some(category) = text("category").and_then(Category::parse) else {
        problems.add(key.place, "policy.unknown_category", format!("`{}` has no known category", key.text), "");
        return None;
    };
    let reading = text("as").map_or(Reading::Name, Reading::parse);
    let pair = |(argument, node): &(Key, Node)| Some((Arc::from(&*argument.text), Arc::from(node.as_str()?)));
    Some(ActionKind {
        name: Arc::from(&*key.text),
        key: normal_name(&key.text).into(),
        about: text("about").unwrap_or_default().into(),
        category,
        risk: field(node, &ROW, "risk").and_then(Node::as_int).and_then(|risk| u8::try_from(risk).ok()).unwrap_or(100),
        target: text("target").map(Arc::from),
        reading,
        requires_target: field(node, &ROW, "requires_target")
            .and_then(Node::as_bool)
            .unwrap_or(reading != Reading::Name),
        effects: field(node, &ROW, "effects").map_or(&[][..], Node::entries).iter().filter_map(pair).collect(),
        args: texts(node, "args"),
        schemes: match texts(node, "schemes") {
            none if none.is_empty() => WEB.map(Arc::from).to_vec(),
            schemes => schemes,
        },
    })
}

fn texts(node: &Node, name: &str) -> Vec<Arc<str>> {
    field(node, &ROW, name).map_or(&[][..], Node::items).iter().filter_map(Node::as_str).map(Arc::from).collect()
}

impl Reading {
    fn parse(word: &str) -> Reading {
        match word {
            "path" => Reading::Path,
            "url" => Reading::Url,
            "repository" => Reading::Repository,
            "command" => Reading::Command,
            "sql" => Reading::Sql,
            "code" => Reading::Code,
            "patch" => Reading::Patch,
            _ => Reading::Name,
        }
    }
}

/// The family an action belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Category {
    /// Running programs.
    Shell,
    /// Running code in a language.
    Code,
    /// Files and directories.
    File,
    /// Web requests.
    Http,
    /// Databases.
    Sql,
    /// Money.
    Payment,
    /// Words to people.
    Message,
    /// Calendars.
    Calendar,
    /// What an agent remembers.
    Memory,
    /// Calls of language models.
    Llm,
    /// Cloud resources.
    Cloud,
    /// Version control and its hosts.
    Vcs,
    /// A browser or desktop driven by an agent.
    Browser,
    /// Anything else.
    Other,
}

impl Category {
    /// All categories.
    pub const ALL: [Category; 14] = [
        Category::Shell,
        Category::Code,
        Category::File,
        Category::Http,
        Category::Sql,
        Category::Payment,
        Category::Message,
        Category::Calendar,
        Category::Memory,
        Category::Llm,
        Category::Cloud,
        Category::Vcs,
        Category::Browser,
        Category::Other,
    ];

    /// The word for it in policies and records.
    pub fn as_str(self) -> &'static str {
        match self {
            Category::Shell => "shell",
            Category::Code => "code",
            Category::File => "file",
            Category::Http => "http",
            Category::Sql => "sql",
            Category::Payment => "payment",
            Category::Message => "message",
            Category::Calendar => "calendar",
            Category::Memory => "memory",
            Category::Llm => "llm",
            Category::Cloud => "cloud",
            Category::Vcs => "vcs",
            Category::Browser => "browser",
            Category::Other => "other",
        }
    }

    /// Reads the word for a category.
    pub fn parse(word: &str) -> Option<Category> {
        Category::ALL.into_iter().find(|category| category.as_str() == word)
    }
}

impl fmt::Display for Category {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_of_the_table_is_read_and_consistent() {
        let (kinds, problems) = read(text());
        assert!(problems.is_empty(), "{problems:?}");
        assert_eq!(kinds.len(), KINDS.1.len(), "two types have one name in normal spelling");
        for kind in &kinds {
            let known = |name: &Arc<str>| kinds.iter().any(|other| other.name == *name);
            assert!(kind.effects.iter().all(|(_, effect)| known(effect)), "{}: an effect is no type", kind.name);
            assert!(
                kind.target.iter().all(|target| kind.args.contains(target)),
                "{}: its target is no argument",
                kind.name
            );
            assert!(
                kind.target.is_some() || kind.reading == Reading::Name,
                "{}: it reads a target it has not",
                kind.name
            );
            assert!(!kind.requires_target || kind.target.is_some(), "{}", kind.name);
        }
        for category in Category::ALL {
            assert!(
                category == Category::Other || kinds.iter().any(|kind| kind.category == category),
                "{category} has no type"
            );
        }
    }
}
