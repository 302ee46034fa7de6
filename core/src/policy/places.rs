//! The places a policy's path patterns speak of, on the file system of the gate.
//!
//! A pattern matches what is written and what that really leads to, looked up once, when the policy is loaded: where
//! `/tmp` is a link to `/private/tmp`, `/tmp/` holds both. A pattern that permits something goes through no link that
//! an agent could have put there: none that lies beneath a directory in which some entry lets files be changed.

use std::sync::Arc;

use super::language::{MATCH, PATH_SETTING, POLICY, ROLE, RULE, TOOL};
use crate::path::{
    self, CleanPath, EntryKind, FileSystem, FileSystemError, NoFileSystem, PathPattern, PathRules, PatternGround,
};
use crate::shape::{Object, field};
use crate::yaml::{Key, Node};

/// What a policy needs to know of the machine whose paths it speaks of.
#[derive(Clone, Copy)]
pub struct Machine<'a> {
    /// Its files.
    pub files: &'a dyn FileSystem,
    /// The rules of its paths, for a policy that does not name others.
    pub rules: PathRules,
}

impl Default for Machine<'_> {
    fn default() -> Self {
        Machine { files: &NoFileSystem, rules: PathRules::Posix }
    }
}

/// How a policy wants paths to be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PathSetting {
    /// By which system's rules.
    pub rules: PathRules,
    /// Whether links are followed on the file system.
    pub follows_links: bool,
}

impl PathSetting {
    /// What the policy at `root` says, and for `machine` what it does not.
    pub(super) fn read(root: Option<&Node>, machine: &Machine) -> PathSetting {
        let node = root.and_then(|root| field(root, &POLICY, "paths"));
        let word = |name| node.and_then(|node| field(node, &PATH_SETTING, name)?.as_str());
        PathSetting {
            rules: match word("rules") {
                None | Some("host") => machine.rules,
                Some(word) => PathRules::parse(word).unwrap_or(machine.rules),
            },
            follows_links: word("links") != Some("ignore"),
        }
    }
}

/// Reads the path patterns of one policy.
pub(super) struct Places<'a> {
    home: Option<&'a str>,
    rules: PathRules,
    files: &'a dyn FileSystem,
    permitting: Guarded<'a>,
}

impl<'a> Places<'a> {
    /// For the policy whose files start at `roots`.
    pub(super) fn new<'n>(
        roots: impl Iterator<Item = &'n Node>,
        home: Option<&'a str>,
        setting: PathSetting,
        machine: &Machine<'a>,
    ) -> Places<'a> {
        let files = if setting.follows_links { machine.files } else { &NoFileSystem };
        let ground = PatternGround { home, rules: setting.rules, permits: true, files: &NoFileSystem };
        let written = roots.flat_map(changeable).filter_map(|text| dir_of(&text, &ground));
        let changeable = written.flat_map(|dir| {
            let real = path::follow(dir.as_str(), files).ok().map(|real| real.path);
            real.into_iter().filter(|real| real.as_str() != "/").chain([dir])
        });
        let permitting = Guarded { files, changeable: changeable.collect() };
        Places { home, rules: setting.rules, files, permitting }
    }

    /// Reads a pattern that `permits` something, or else refuses it.
    pub(super) fn pattern(&self, text: &str, permits: bool) -> Result<PathPattern, String> {
        let files: &dyn FileSystem = if permits { &self.permitting } else { self.files };
        PathPattern::parse_on(text, &PatternGround { home: self.home, rules: self.rules, permits, files })
    }
}

/// A file system in which links beneath some directories cannot be read.
struct Guarded<'a> {
    files: &'a dyn FileSystem,
    changeable: Vec<CleanPath>,
}

impl FileSystem for Guarded<'_> {
    fn kind(&self, path: &str) -> Result<EntryKind, FileSystemError> {
        self.files.kind(path)
    }

    fn read_link(&self, path: &str) -> Result<String, FileSystemError> {
        let is_beneath = |dir: &CleanPath| path.strip_prefix(dir.as_str()).is_some_and(|rest| rest.starts_with('/'));
        if self.changeable.iter().any(is_beneath) {
            return Err(FileSystemError { clause: "an agent may have put the link there" });
        }
        self.files.read_link(path)
    }

    fn has_no_link(&self, path: &str) -> bool {
        self.files.has_no_link(path)
    }
}

/// Every path in which this file lets something be changed: by an entry, by a rule, or by commands that run there.
fn changeable(root: &Node) -> Vec<Arc<str>> {
    let roles = entries(root, &POLICY, "roles").iter().map(|(_, role)| (role, &ROLE));
    let mut texts = Vec::new();
    for (holder, object) in std::iter::once((root, &POLICY)).chain(roles) {
        let tools = entries(holder, object, "tools").iter().filter(|(key, _)| !only_looks(&key.text));
        let lists = tools.flat_map(|(_, tool)| {
            ["allowed_paths", "allowed_cwd_prefixes"].into_iter().filter_map(|name| field(tool, &TOOL, name))
        });
        texts.extend(lists.flat_map(Node::items));
        let rules = field(holder, object, "rules").map_or(&[][..], Node::items);
        texts.extend(rules.iter().filter_map(changing_target).flat_map(Node::one_or_many));
    }
    texts.into_iter().filter_map(Node::as_str).map(Arc::from).collect()
}

/// The target of a rule that allows more than to look.
fn changing_target(rule: &Node) -> Option<&Node> {
    field(rule, &RULE, "decision").and_then(Node::as_str).filter(|verdict| *verdict == "allow")?;
    let matches = field(rule, &RULE, "match")?;
    let actions = field(matches, &MATCH, "action").map(Node::one_or_many);
    let looks = actions.is_some_and(|actions| actions.iter().all(|action| action.as_str().is_some_and(only_looks)));
    field(matches, &MATCH, "target").filter(|_| !looks)
}

fn only_looks(action: &str) -> bool {
    matches!(action, "file.read" | "file.list" | "file.search")
}

fn entries<'a>(node: &'a Node, object: &Object, name: &str) -> &'a [(Key, Node)] {
    field(node, object, name).map_or(&[], Node::entries)
}

/// The directory that the pattern `text` starts with, unless it is the root: who may change everything needs no link.
fn dir_of(text: &str, ground: &PatternGround) -> Option<CleanPath> {
    let pattern = PathPattern::parse_on(text, ground).ok()?;
    let base = path::Base { cwd: None, home: ground.home, rules: ground.rules };
    let dir = match text.strip_prefix('~') {
        Some(_) => text.split('*').next().unwrap_or_default(),
        None => pattern.literal_dir()?,
    };
    path::read(dir, &base).ok().map(|reading| reading.path).filter(|path| path.as_str() != "/")
}
