//! Loads a policy: its file, what it includes, and everything that is wrong with any of them.

use std::collections::HashMap;
use std::sync::Arc;

use super::clause::{Clause, Scope};
use super::condition::Condition;
use super::index::Index;
use super::language::{AUDIT, FRAGMENT_FIELDS, POLICY, ROLE};
use super::places::{Machine, PathSetting, Places};
use super::read::Reader;
use super::state::{self, StateRules, Zone};
use super::vocabulary::Vocabulary;
use super::{AuditSetting, Network, Policy};
use crate::action::{Mapping, ToolNames};
use crate::canonical::sha256_hex;
use crate::decision::Verdict;
use crate::error::{PolicyError, Problem};
use crate::facts::Question;
use crate::redact::Redactor;
use crate::shape::{Problems, Shape, check, field};
use crate::yaml::{self, Kind, Node};

/// A policy text and what surrounds it.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// The file as the user named it; empty for a text without a file.
    pub name: &'a str,
    /// The text.
    pub text: &'a str,
    /// The home directory that `~` stands for.
    pub home: Option<&'a str>,
}

/// Finds the files that a policy includes.
pub trait Sources {
    /// The text of the file called `name`, a path relative to the policy, without `..`.
    ///
    /// # Errors
    /// Why it cannot be read, in one clause.
    fn read(&self, name: &str) -> Result<String, String>;
}

const PACKS: &[(&str, &str)] = &[("sensitive-boundaries", include_str!("../../packs/sensitive-boundaries.yaml"))];

/// The text of the built-in pack called `name`.
pub fn pack(name: &str) -> Option<&'static str> {
    PACKS.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

/// The names of the built-in packs.
pub fn packs() -> impl Iterator<Item = &'static str> {
    PACKS.iter().map(|(name, _)| *name)
}

/// One parsed file.
struct Document {
    name: String,
    digest: String,
    root: Node,
}

impl Policy {
    /// Loads the policy in `source`.
    ///
    /// # Errors
    /// Every problem of the policy and of the files it includes.
    pub fn load(source: Source, sources: &dyn Sources, catalogue: &dyn ToolNames) -> Result<Policy, PolicyError> {
        Policy::load_for(source, sources, catalogue, &Machine::default())
    }

    /// Loads the policy in `source` for `machine`, on which the directories it names are looked up.
    ///
    /// # Errors
    /// Every problem of the policy and of the files it includes.
    pub fn load_for(
        source: Source,
        sources: &dyn Sources,
        catalogue: &dyn ToolNames,
        machine: &Machine,
    ) -> Result<Policy, PolicyError> {
        let mut problems = Vec::new();
        let main = parse(source.name, source.text, &mut problems);
        let documents = with_includes(main, sources, &mut problems);
        let default = word(&documents, "default").and_then(Verdict::parse).unwrap_or(Verdict::RequireApproval);
        let mappings = read_mappings(&documents, &mut problems);
        let vocabulary = Vocabulary::new(catalogue, &mappings);
        let paths = PathSetting::read(documents.first().map(|main| &main.root), machine);
        let roots = documents.iter().map(|document| &document.root);
        let places = Places::new(roots, source.home, paths, machine);
        let zone = read_zone(&documents, &mut problems);
        let mut clauses = Vec::new();
        for document in &documents {
            let file = document.name.as_str().into();
            let reader = Reader { vocabulary: &vocabulary, default, places: &places, zone: &zone, file };
            problems.extend(read_clauses(&reader, &document.root, &mut clauses));
        }
        problems.extend(refuse_twin_ids(&documents));
        let audit = read_audit(&documents, &mut problems);
        let network = read_network(&documents, &mut problems);
        let state = documents.first().map(|main| {
            let file = main.name.as_str().into();
            let reader = Reader { vocabulary: &vocabulary, default, places: &places, zone: &zone, file };
            read_state(&reader, main, &clauses, &mut problems)
        });
        let state = state.unwrap_or_default();
        if !problems.is_empty() {
            return Err(PolicyError::invalid(problems));
        }
        let index = Index::new(&clauses, paths.rules);
        let name = word(&documents, "name").map(Arc::from);
        let observes = word(&documents, "mode") == Some("observe");
        Ok(Policy {
            name,
            observes,
            default,
            hash: hash(&documents),
            mappings,
            audit,
            network,
            paths,
            state,
            clauses,
            index,
        })
    }
}

fn parse(name: &str, text: &str, problems: &mut Vec<Problem>) -> Document {
    let document = yaml::parse(name, text);
    problems.extend(document.problems);
    let mut own = Problems::new(name);
    if document.root.kind == Kind::Null {
        own.add(
            document.root.place,
            "policy.empty",
            "the policy is empty",
            "write at least `default: require_approval`",
        );
    } else {
        check(&document.root, &Shape::Object(&POLICY), "policy", &mut own);
    }
    problems.extend(own.into_vec());
    Document { name: name.to_owned(), digest: sha256_hex(&[text.as_bytes()]), root: document.root }
}

/// `main` and, behind it, every file it includes.
fn with_includes(main: Document, sources: &dyn Sources, problems: &mut Vec<Problem>) -> Vec<Document> {
    let mut own = Problems::new(&main.name);
    let mut included: Vec<Document> = Vec::new();
    for item in field(&main.root, &POLICY, "include").map_or(&[][..], Node::items) {
        let Some(name) = item.as_str() else { continue };
        if included.iter().any(|other| other.name == name) {
            own.add(item.place, "policy.duplicate_include", format!("`{name}` is included twice"), "keep one of them");
            continue;
        }
        match include_text(name, sources) {
            Ok(text) => {
                let document = parse(name, &text, problems);
                problems.extend(refuse_main_fields(&document));
                included.push(document);
            }
            Err((message, help)) => own.add(item.place, "policy.cannot_include", message, help),
        }
    }
    problems.extend(own.into_vec());
    std::iter::once(main).chain(included).collect()
}

fn include_text(name: &str, sources: &dyn Sources) -> Result<String, (String, String)> {
    if let Some(wanted) = name.strip_prefix("pack:") {
        let known = packs().map(|pack| format!("`pack:{pack}`")).collect::<Vec<_>>().join(", ");
        return pack(wanted)
            .map(str::to_owned)
            .ok_or_else(|| (format!("there is no pack `{wanted}`"), format!("known are {known}")));
    }
    let leaves =
        name.starts_with(['/', '\\']) || name.contains(':') || name.split(['/', '\\']).any(|part| part == "..");
    if leaves {
        return Err((
            format!("`{name}` is not beside this file"),
            "name a file in this directory or below it".to_owned(),
        ));
    }
    sources.read(name).map_err(|why| (format!("cannot include `{name}`: {why}"), String::new()))
}

/// What speaks for the whole policy belongs in the main file alone: an included one must not change it unseen.
fn refuse_main_fields(document: &Document) -> Vec<Problem> {
    let mut problems = Problems::new(&document.name);
    for (key, _) in document.root.entries() {
        let known = POLICY.fields.iter().any(|field| field.name == &*key.text);
        if known && !FRAGMENT_FIELDS.contains(&&*key.text) {
            let message = format!("`{}` does not belong in an included file", key.text);
            problems.add(key.place, "policy.misplaced_field", message, "move it to the file that includes this one");
        }
    }
    problems.into_vec()
}

fn word<'a>(documents: &'a [Document], name: &str) -> Option<&'a str> {
    field(&documents.first()?.root, &POLICY, name)?.as_str()
}

fn read_mappings(documents: &[Document], problems: &mut Vec<Problem>) -> Vec<Mapping> {
    let mut mappings = Vec::new();
    for document in documents {
        let mut own = Problems::new(&document.name);
        let entries = field(&document.root, &POLICY, "mappings").map_or(&[][..], Node::entries);
        mappings.extend(entries.iter().filter_map(|(key, node)| Mapping::read(key, node, &mut own)));
        problems.extend(own.into_vec());
    }
    mappings
}

/// Reads the entries, rules and roles of one file.
fn read_clauses(reader: &Reader, root: &Node, clauses: &mut Vec<Clause>) -> Vec<Problem> {
    let mut problems = Problems::new(&reader.file);
    let entries = |node: &Node, name: &str| node.get(name).map_or(&[][..], Node::entries).to_vec();
    let roles = field(root, &POLICY, "roles").map_or(&[][..], Node::entries);
    let mut replaced: HashMap<Box<str>, Vec<Arc<str>>> = HashMap::new();
    for (role, node) in roles {
        for (key, _) in entries(node, "tools") {
            replaced.entry(key.text).or_default().push(Arc::from(&*role.text));
        }
    }
    for (key, node) in field(root, &POLICY, "tools").map_or(&[][..], Node::entries) {
        let scope = replaced.get(&key.text).map_or(Scope::Everyone, |roles| Scope::Except(roles.clone()));
        clauses.push(reader.tool(key, node, scope, &mut problems));
    }
    for node in field(root, &POLICY, "rules").map_or(&[][..], Node::items) {
        clauses.extend(reader.rule(node, Scope::Everyone, &mut problems));
    }
    for (role, node) in roles {
        let scope = || Scope::Role(Arc::from(&*role.text));
        for (key, node) in field(node, &ROLE, "tools").map_or(&[][..], Node::entries) {
            let mut clause = reader.tool(key, node, scope(), &mut problems);
            clause.id = format!("roles.{}.{}", role.text, clause.id).into();
            clauses.push(clause);
        }
        for node in field(node, &ROLE, "rules").map_or(&[][..], Node::items) {
            clauses.extend(reader.rule(node, scope(), &mut problems));
        }
    }
    problems.into_vec()
}

fn refuse_twin_ids(documents: &[Document]) -> Vec<Problem> {
    let mut seen: HashMap<&str, (&str, usize)> = HashMap::new();
    let mut problems = Vec::new();
    for document in documents {
        let mut own = Problems::new(&document.name);
        for node in rule_ids(&document.root) {
            let id = node.as_str().unwrap_or_default();
            if let Some((file, line)) = seen.insert(id, (&document.name, node.place.line)) {
                let first = if file == document.name { format!("line {line}") } else { format!("{file}:{line}") };
                let help = "give each rule an id of its own";
                own.add(node.place, "policy.duplicate_rule", format!("there is another rule `{id}` at {first}"), help);
            }
        }
        problems.extend(own.into_vec());
    }
    problems
}

/// The id of every rule in a file, those of its roles included.
fn rule_ids(root: &Node) -> impl Iterator<Item = &Node> {
    let roles = field(root, &POLICY, "roles").map_or(&[][..], Node::entries);
    let holders = std::iter::once(root).chain(roles.iter().map(|(_, role)| role));
    holders.flat_map(|holder| holder.get("rules").map_or(&[][..], Node::items)).filter_map(|rule| rule.get("id"))
}

fn read_audit(documents: &[Document], problems: &mut Vec<Problem>) -> AuditSetting {
    let Some(main) = documents.first() else { return AuditSetting::On { path: None, redact: Vec::new() } };
    let node = field(&main.root, &POLICY, "audit");
    if node.and_then(Node::as_str) == Some("off") {
        return AuditSetting::Off;
    }
    let part = |name| node.and_then(|node| field(node, &AUDIT, name));
    let redact: Vec<String> =
        part("redact").map_or(&[][..], Node::items).iter().filter_map(Node::as_str).map(str::to_owned).collect();
    if let (Err(why), Some(place)) = (Redactor::new(&redact), part("redact").map(|node| node.place)) {
        let mut own = Problems::new(&main.name);
        own.add(place, "policy.bad_pattern", why, "");
        problems.extend(own.into_vec());
    }
    AuditSetting::On { path: part("path").and_then(Node::as_str).map(Arc::from), redact }
}

fn read_network(documents: &[Document], problems: &mut Vec<Problem>) -> Network {
    let Some(main) = documents.first() else { return Network::default() };
    let mut own = Problems::new(&main.name);
    let network = field(&main.root, &POLICY, "network").map(|node| Network::read(node, &mut own)).unwrap_or_default();
    problems.extend(own.into_vec());
    network
}

fn read_zone(documents: &[Document], problems: &mut Vec<Problem>) -> Zone {
    let Some(main) = documents.first() else { return Zone::default() };
    let mut own = Problems::new(&main.name);
    let zone = field(&main.root, &POLICY, "timezone").and_then(|node| state::zone(node, &mut own)).unwrap_or_default();
    problems.extend(own.into_vec());
    zone
}

fn read_state(reader: &Reader, main: &Document, clauses: &[Clause], problems: &mut Vec<Problem>) -> StateRules {
    let mut own = Problems::new(&main.name);
    let rules = state::read(reader, &main.root, &mut own);
    problems.extend(own.into_vec());
    let mut questions: Vec<Question> = Vec::new();
    for question in clauses.iter().filter_map(|clause| clause.when.as_ref()).flat_map(Condition::questions) {
        if !questions.contains(question) {
            questions.push(question.clone());
        }
    }
    StateRules { questions, ..rules }
}

fn hash(documents: &[Document]) -> Arc<str> {
    let digest = match documents {
        [only] => only.digest.clone(),
        all => {
            let list: Vec<_> = all.iter().map(|document| format!("{}  {}\n", document.digest, document.name)).collect();
            // The main file's name is the user's choice and says nothing about the policy.
            let list =
                list.concat().replacen(&format!("  {}\n", all.first().map_or("", |main| &main.name)), "  -\n", 1);
            sha256_hex(&[list.as_bytes()])
        }
    };
    format!("sha256:{digest}").into()
}
