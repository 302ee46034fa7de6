//! The built-in catalogue: how the tools of known providers and frameworks are called and what they do.
//!
//! It is data, one file per provider beside this one, compiled in and read once.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use crate::action::{MAPPING, Mapping, normal_name};
use crate::shape::{Field, Object, Problems, Shape, check, field};
use crate::yaml::{self, Node};

/// All entries, by name.
#[derive(Debug, Default)]
pub struct Catalogue {
    bare: HashMap<String, Arc<Mapping>>,
    by_server: HashMap<String, Arc<Mapping>>,
    providers: Vec<Arc<str>>,
}

static PROVIDER: Object = Object {
    name: "provider",
    about: "the tools of one provider or framework",
    fields: &[
        Field::new("provider", Shape::Text, "its name").required(),
        Field::new("about", Shape::Text, "what it is").required(),
        Field::new("source", Shape::OneOrMany(&Shape::Text), "where its tools are documented").required(),
        Field::new("server", Shape::OneOrMany(&Shape::Text), "the usual names of the MCP server that offers them"),
        Field::new("tools", Shape::Names(&Shape::Object(&MAPPING)), "its tools").required(),
    ],
};

include!("catalogue/files.rs");

static BUILTIN: LazyLock<Catalogue> = LazyLock::new(|| {
    let mut catalogue = Catalogue::default();
    for (name, text) in FILES {
        // A file with problems is a defect of this crate, which the tests below find; what can be read is used.
        catalogue.add(name, text);
    }
    catalogue
});

impl Catalogue {
    /// The built-in catalogue.
    pub fn builtin() -> &'static Catalogue {
        &BUILTIN
    }

    /// The entry for a tool whose server is not known, by its name in normal spelling.
    pub fn bare(&self, normal: &str) -> Option<&Mapping> {
        self.bare.get(normal).map(|mapping| &**mapping)
    }

    /// The entry for a tool of a server, by the names of both in normal spelling, one after the other.
    pub fn of_server(&self, joined: &str) -> Option<&Mapping> {
        self.by_server.get(joined).map(|mapping| &**mapping)
    }

    /// The providers, in the order of their files.
    pub fn providers(&self) -> &[Arc<str>] {
        &self.providers
    }

    /// How many tool names it knows, each spelling once.
    pub fn len(&self) -> usize {
        self.bare.len() + self.by_server.len()
    }

    /// Whether it knows none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Adds a file and tells what is wrong with it.
    fn add(&mut self, name: &str, text: &str) -> Vec<crate::error::Problem> {
        let document = yaml::parse(name, text);
        let mut problems = Problems::new(name);
        check(&document.root, &Shape::Object(&PROVIDER), "provider", &mut problems);
        let servers: Vec<&str> = field(&document.root, &PROVIDER, "server")
            .map_or(&[][..], Node::one_or_many)
            .iter()
            .filter_map(Node::as_str)
            .collect();
        for (key, node) in field(&document.root, &PROVIDER, "tools").map_or(&[][..], Node::entries) {
            if let Some(mapping) = Mapping::read(key, node, &mut problems) {
                self.add_mapping(Arc::new(mapping), &servers);
            }
        }
        self.providers.push(name.into());
        document.problems.into_iter().chain(problems.into_vec()).collect()
    }

    fn add_mapping(&mut self, mapping: Arc<Mapping>, servers: &[&str]) {
        for name in &mapping.names {
            let normal = normal_name(name);
            for server in servers {
                self.by_server.insert(format!("{}{normal}", normal_name(server)), mapping.clone());
            }
            // Of several servers' tools with one name, only the one that says so stands for the bare name.
            if mapping.bare == Some(true) || mapping.bare.is_none() && !self.bare.contains_key(&*normal) {
                self.bare.insert(normal.into_owned(), mapping.clone());
            }
        }
    }
}
