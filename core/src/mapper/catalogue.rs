//! The built-in catalogue: how the tools of known providers and frameworks are called and what they do.
//!
//! It is data, one file per provider beside this one, compiled in and read once.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use foldhash::fast::RandomState;

use crate::action::{MAPPING, Mapping, normal_name};
use crate::packed;
use crate::shape::{Field, Object, Problems, Shape, check, field};
use crate::yaml::{self, Node};

/// All entries, by name.
#[derive(Debug, Default)]
pub struct Catalogue {
    bare: HashMap<String, Arc<Mapping>, RandomState>,
    by_server: HashMap<String, Arc<Mapping>, RandomState>,
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

/// The files of the catalogue, and their texts.
static FILES: LazyLock<Vec<(&'static str, &'static str)>> =
    LazyLock::new(|| packed::files(include_bytes!(concat!(env!("OUT_DIR"), "/catalogue.lz4"))));

static BUILTIN: LazyLock<Catalogue> = LazyLock::new(|| {
    let mut catalogue = Catalogue::default();
    for (name, text) in FILES.iter() {
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
            if mapping.bare.unwrap_or(servers.is_empty()) {
                self.bare.insert(normal.into_owned(), mapping.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{HashMap, HashSet};

    use super::*;
    use crate::action::{kind, kinds};

    /// Every entry of every file, with the servers and the provider of the file.
    fn entries() -> Vec<(&'static str, Vec<String>, Mapping)> {
        let mut all = Vec::new();
        for (file, text) in FILES.iter() {
            let root = yaml::parse(file, text).root;
            assert_eq!(root.get("provider").and_then(Node::as_str), Some(*file), "a file is called as its provider");
            let servers: Vec<String> = root
                .get("server")
                .map_or(&[][..], Node::one_or_many)
                .iter()
                .filter_map(Node::as_str)
                .map(str::to_owned)
                .collect();
            for (key, node) in root.get("tools").unwrap().entries() {
                all.push((*file, servers.clone(), Mapping::read(key, node, &mut Problems::new(file)).unwrap()));
            }
        }
        all
    }

    #[test]
    fn every_file_is_read_without_a_problem() {
        let mut catalogue = Catalogue::default();
        for (file, text) in FILES.iter() {
            assert_eq!(catalogue.add(file, text), []);
        }
        assert!(catalogue.len() >= 250 && catalogue.providers().len() >= 20);
        let here = concat!(env!("CARGO_MANIFEST_DIR"), "/src/mapper/catalogue");
        let files = std::fs::read_dir(here)
            .unwrap()
            .filter(|file| file.as_ref().unwrap().path().extension().is_some_and(|end| end == "yaml"))
            .count();
        assert_eq!(files, FILES.len(), "a file of the catalogue is not compiled in");
    }

    #[test]
    fn entries_lead_to_types_and_their_arguments() {
        for (file, _, mapping) in entries() {
            for case in mapping.cases() {
                let name = format!("{file}: {}", mapping.names[0]);
                let kind = kind(&case.action).unwrap_or_else(|| panic!("{name} leads to `{}`", case.action));
                assert_eq!(kind.name, case.action, "{name}: a type has one spelling");
                let set: HashSet<_> = case.set.iter().map(|(argument, _)| argument).collect();
                assert!(
                    case.args.iter().all(|(argument, _)| !set.contains(argument)),
                    "{name}: an argument is both set and read"
                );
            }
        }
    }

    #[test]
    fn a_name_means_one_thing() {
        let mut bare: HashMap<String, String> = HashMap::new();
        let mut of_server: HashMap<String, String> = HashMap::new();
        for (file, servers, mapping) in entries() {
            assert!(mapping.bare.is_none() || !servers.is_empty(), "{file}: `bare` means nothing without a server");
            for name in mapping.names.iter().map(|name| normal_name(name)) {
                for server in &servers {
                    let joined = format!("{}{name}", normal_name(server));
                    assert_eq!(
                        of_server.insert(joined.clone(), file.to_owned()),
                        None,
                        "{file}: {joined} stands twice"
                    );
                }
                if mapping.bare.unwrap_or(servers.is_empty()) {
                    assert_eq!(bare.insert(name.to_string(), file.to_owned()), None, "{file}: {name} stands twice");
                    let same = kind(&name).is_none_or(|kind| mapping.cases().all(|case| case.action == kind.name));
                    assert!(same, "{file}: {name} is a type, and the entry leads elsewhere");
                }
            }
        }
    }

    #[test]
    fn every_type_is_reached() {
        let reached: HashSet<_> = entries()
            .iter()
            .flat_map(|(_, _, mapping)| mapping.cases().map(|case| case.action.clone()).collect::<Vec<_>>())
            .collect();
        let by_program = crate::shell::programs::kinds();
        for kind in kinds() {
            let is_reached = by_program.contains(&*kind.name) || reached.contains(&kind.name);
            assert!(is_reached, "no tool or program leads to {}", kind.name);
        }
    }
}
