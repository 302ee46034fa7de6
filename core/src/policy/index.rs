//! Finds the clauses that may be about a request without looking at the others.
//!
//! Each clause is filed under one field it demands, the one that the fewest other clauses share: an exact type, a
//! principal, a directory above the target, a domain above the host, … A look-up asks only the drawers that the
//! request can be in, so its cost follows the number of clauses that nearly match, not of all. A drawer may hold a
//! clause that does not match after all (the clause itself is asked again), but never misses one that does.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, Hash, Hasher};

use aho_corasick::AhoCorasick;
use foldhash::fast::FixedState;

use super::clause::{Clause, Request, Scope};
use super::matcher::{ActionPattern, Matcher, host};
use crate::action::{Target, normal_name};
use crate::path::{CleanPath, Demand, PathPattern, PathRules};
use crate::pattern::NamePattern;

/// The fields a clause can be filed under.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
enum Drawer {
    Kind,
    Category,
    Tool,
    Principal,
    PrincipalPrefix,
    PrincipalRole,
    Session,
    Server,
    Target,
    TargetPrefix,
    Directory,
    PathName,
    PathEnding,
    Domain,
    /// The longest part of a pattern without a wildcard; these are looked for all at once.
    TargetPart,
}

/// All clauses of a policy, filed.
#[derive(Clone, Debug, Default)]
pub(super) struct Index {
    drawers: HashMap<u64, Vec<u32>, FixedState>,
    /// Clauses that demand nothing that can be filed.
    open: Vec<u32>,
    /// Clauses whose drawer follows from a path.
    of_paths: Vec<u32>,
    /// Which kinds of drawer are in use: the others need not be asked.
    used: u32,
    principal_prefix_lengths: Vec<usize>,
    target_prefix_lengths: Vec<usize>,
    parts: Option<AhoCorasick>,
    part_keys: Vec<u64>,
    /// By which rules the patterns compare paths: what they are filed under may be in another form than a path.
    rules: PathRules,
}

/// A place in the index: the drawer, the key in it, and the name it was made from.
#[derive(Clone, Copy, Debug)]
struct Slot<'a> {
    drawer: Drawer,
    key: u64,
    name: &'a str,
}

impl Index {
    /// Files `clauses`.
    pub(super) fn new(clauses: &[Clause], rules: PathRules) -> Index {
        let choices: Vec<Vec<Vec<Slot<'_>>>> = clauses.iter().map(slots_of).collect();
        let mut shared: HashMap<u64, u32, FixedState> = HashMap::default();
        for slots in choices.iter().flatten() {
            // A path beneath everybody's home has the same name in each of its globs; it is one clause all the same.
            let keys: HashSet<u64, FixedState> = slots.iter().map(|slot| slot.key).collect();
            keys.into_iter().for_each(|key| *shared.entry(key).or_default() += 1);
        }
        let crowd =
            |slots: &Vec<Slot>| slots.iter().filter_map(|slot| shared.get(&slot.key)).max().copied().unwrap_or(0);
        let mut index = Index { rules, ..Index::default() };
        let mut parts = Vec::new();
        for (number, fields) in (0u32..).zip(&choices) {
            match fields.iter().min_by_key(|slots| crowd(slots)) {
                Some(slots) => slots.iter().for_each(|slot| index.file(number, slot, &mut parts)),
                None => index.open.push(number),
            }
        }
        index.look_for(&parts);
        index
    }

    /// Prepares the search for all `parts` at once. Should there be too many of them for it, their clauses are asked
    /// about everything.
    fn look_for(&mut self, parts: &[Slot<'_>]) {
        self.part_keys = parts.iter().map(|slot| slot.key).collect();
        match AhoCorasick::new(parts.iter().map(|slot| slot.name)) {
            Ok(found) => self.parts = Some(found).filter(|_| !parts.is_empty()),
            Err(_) => self.open.extend(parts.iter().filter_map(|slot| self.drawers.get(&slot.key)).flatten()),
        }
    }

    fn file<'a>(&mut self, number: u32, slot: &Slot<'a>, parts: &mut Vec<Slot<'a>>) {
        let filed = self.drawers.entry(slot.key).or_default();
        if filed.is_empty() && slot.drawer == Drawer::TargetPart {
            parts.push(*slot);
        }
        if filed.last() != Some(&number) {
            filed.push(number);
        }
        self.used |= 1 << slot.drawer as u32;
        let is_of_path =
            matches!(slot.drawer, Drawer::Directory | Drawer::PathName | Drawer::PathEnding | Drawer::TargetPart);
        if is_of_path && self.of_paths.last() != Some(&number) {
            self.of_paths.push(number);
        }
        let lengths = match slot.drawer {
            Drawer::PrincipalPrefix => &mut self.principal_prefix_lengths,
            Drawer::TargetPrefix => &mut self.target_prefix_lengths,
            _ => return,
        };
        if !lengths.contains(&slot.name.len()) {
            lengths.push(slot.name.len());
        }
    }

    /// Calls `visit` with the number of every clause that may be about `request`; with some more than once.
    pub(super) fn visit(&self, request: &Request, mut visit: impl FnMut(u32)) {
        self.open.iter().for_each(|number| visit(*number));
        let mut look = |drawer: Drawer, name: &str| {
            if self.uses(drawer) {
                self.drawers.get(&key(drawer, name)).into_iter().flatten().for_each(|number| visit(*number));
            }
        };
        let (action, call) = (request.action, request.call);
        look(Drawer::Kind, &action.key);
        look(Drawer::Category, action.category.as_str());
        look(Drawer::Principal, &call.principal.id);
        call.principal.role.iter().for_each(|role| look(Drawer::PrincipalRole, role));
        look(Drawer::Session, &call.session.id);
        call.context.server.iter().for_each(|server| look(Drawer::Server, server));
        if self.uses(Drawer::Tool) {
            look(Drawer::Tool, &normal_name(&call.tool));
        }
        for length in &self.principal_prefix_lengths {
            call.principal.id.get(..*length).into_iter().for_each(|prefix| look(Drawer::PrincipalPrefix, prefix));
        }
        if matches!(action.target, Target::Glob(_)) {
            // Nobody knows which names it will have.
            return self.of_paths.iter().for_each(|number| visit(*number));
        }
        self.look_at_target(request, &mut look);
        self.look_for_parts(request, &mut visit);
    }

    /// Visits the clauses of every part that stands somewhere in the target, or in its resolved form.
    fn look_for_parts(&self, request: &Request, visit: &mut impl FnMut(u32)) {
        let Some(parts) = &self.parts else { return };
        let forms = self.forms(&request.action.target);
        for text in spellings(&request.action.target).chain(forms.iter().map(CleanPath::as_str)) {
            for found in parts.find_overlapping_iter(text) {
                let key = self.part_keys.get(found.pattern().as_usize());
                key.and_then(|key| self.drawers.get(key)).into_iter().flatten().for_each(|number| visit(*number));
            }
        }
    }

    fn look_at_target(&self, request: &Request, look: &mut impl FnMut(Drawer, &str)) {
        let target = &request.action.target;
        if let Target::Path(path) = target {
            self.look_at_path(path, look);
            return self.forms(target).iter().for_each(|path| self.look_at_path(path, look));
        }
        if let Some(host) = host(request.action).filter(|_| self.uses(Drawer::Domain)) {
            domains(host).for_each(|domain| look(Drawer::Domain, domain));
        }
        for text in spellings(target) {
            look(Drawer::Target, text);
            for length in &self.target_prefix_lengths {
                text.get(..*length).into_iter().for_each(|prefix| look(Drawer::TargetPrefix, prefix));
            }
        }
    }

    fn look_at_path(&self, path: &CleanPath, look: &mut impl FnMut(Drawer, &str)) {
        if self.uses(Drawer::Directory) {
            ancestors(path.as_str()).for_each(|directory| look(Drawer::Directory, directory));
        }
        if self.uses(Drawer::PathName) || self.uses(Drawer::PathEnding) {
            for name in path.components() {
                look(Drawer::PathName, name);
                name.rsplit_once('.').into_iter().for_each(|(_, ending)| look(Drawer::PathEnding, ending));
            }
        }
    }

    /// The other forms in which patterns compare a path.
    fn forms(&self, target: &Target) -> Vec<CleanPath> {
        match target {
            Target::Path(path) => path.compared_forms(self.rules),
            _ => Vec::new(),
        }
    }

    fn uses(&self, drawer: Drawer) -> bool {
        self.used & (1 << drawer as u32) != 0
    }
}

/// The texts that a target pattern is compared with.
fn spellings(target: &Target) -> impl Iterator<Item = &str> {
    let resolved = match target {
        Target::Command(line) => line.resolved(),
        _ => None,
    };
    std::iter::once(target.as_str()).chain(resolved)
}

/// For each field that can be filed, the drawers that together hold every request it can match.
fn slots_of(clause: &Clause) -> Vec<Vec<Slot<'_>>> {
    let matcher = &clause.matcher;
    let role = match &clause.scope {
        Scope::Role(role) => Some(vec![slot(Drawer::PrincipalRole, role)]),
        _ => None,
    };
    let fields = [
        all(&matcher.actions, action_slot),
        all(&matcher.tools, |pattern| pattern.exact().map(|name| slot(Drawer::Tool, name))),
        all(&matcher.principals, |pattern| {
            exact(Drawer::Principal, pattern).or_else(|| prefix(Drawer::PrincipalPrefix, pattern))
        }),
        all(&matcher.roles, |pattern| exact(Drawer::PrincipalRole, pattern)),
        all(&matcher.sessions, |pattern| exact(Drawer::Session, pattern)),
        all(&matcher.servers, |pattern| exact(Drawer::Server, pattern)),
        all(&matcher.hosts, |pattern| pattern.index_key().map(|domain| slot(Drawer::Domain, domain))),
        target_slots(matcher),
        all(&matcher.categories, |category| Some(slot(Drawer::Category, category.as_str()))),
        role,
    ];
    fields.into_iter().flatten().collect()
}

/// The slots of all `patterns`; `None` if there are none or one of them cannot be filed.
fn all<'a, T>(patterns: &'a [T], slot_of: impl Fn(&'a T) -> Option<Slot<'a>>) -> Option<Vec<Slot<'a>>> {
    if patterns.is_empty() { None } else { patterns.iter().map(slot_of).collect() }
}

fn action_slot(pattern: &ActionPattern) -> Option<Slot<'_>> {
    match pattern {
        ActionPattern::Kind(key) => Some(slot(Drawer::Kind, key)),
        ActionPattern::Category(category) => Some(slot(Drawer::Category, category.as_str())),
        ActionPattern::Name(_) => None,
    }
}

/// A target pattern can meet a path and, by its letters, anything else: it needs drawers for both.
fn target_slots(matcher: &Matcher) -> Option<Vec<Slot<'_>>> {
    if matcher.targets.is_empty() {
        return None;
    }
    let mut slots = Vec::new();
    for pattern in &matcher.targets {
        if let Some(name) = &pattern.name {
            slots.push(text_slot(name)?);
        }
        if let Some(path) = &pattern.path {
            slots.extend(path_slots(path)?);
        }
    }
    Some(slots)
}

fn text_slot(pattern: &NamePattern) -> Option<Slot<'_>> {
    let part = || pattern.longest_literal().map(|part| slot(Drawer::TargetPart, part));
    exact(Drawer::Target, pattern).or_else(|| prefix(Drawer::TargetPrefix, pattern)).or_else(part)
}

fn path_slots(pattern: &PathPattern) -> Option<Vec<Slot<'_>>> {
    if let Some(directory) = pattern.literal_dir().filter(|directory| *directory != "/") {
        return Some(vec![slot(Drawer::Directory, directory)]);
    }
    let slot_of = |demand| match demand {
        Demand::Name(name) => slot(Drawer::PathName, name),
        Demand::Ending(ending) => slot(Drawer::PathEnding, ending),
        Demand::Part(part) => slot(Drawer::TargetPart, part),
    };
    Some(pattern.demands()?.into_iter().map(slot_of).collect())
}

fn exact(drawer: Drawer, pattern: &NamePattern) -> Option<Slot<'_>> {
    pattern.exact().map(|name| slot(drawer, name))
}

fn prefix(drawer: Drawer, pattern: &NamePattern) -> Option<Slot<'_>> {
    let prefix = pattern.literal_prefix();
    (!prefix.is_empty() && pattern.exact().is_none()).then(|| slot(drawer, prefix))
}

fn slot(drawer: Drawer, name: &str) -> Slot<'_> {
    Slot { drawer, key: key(drawer, name), name }
}

/// Two names may share a key; the clause found under it is asked again, so that costs time and never an answer.
fn key(drawer: Drawer, name: &str) -> u64 {
    let mut hasher = FixedState::default().build_hasher();
    drawer.hash(&mut hasher);
    name.hash(&mut hasher);
    hasher.finish()
}

/// The path itself and every directory above it up to its root: `/a/b`, `/a`, `/`; `C:/a`, `C:/`.
fn ancestors(path: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(path), |path| {
        let (above, name) = path.rsplit_once('/')?;
        let is_last = !above.contains('/');
        if name.is_empty() && is_last { None } else { path.get(..above.len() + usize::from(is_last)) }
    })
}

/// The host itself and every domain above it: `a.b.c`, `b.c`, `c`.
fn domains(host: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(host), |host| host.split_once('.').map(|(_, above)| above))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_lies_in_each_directory_above_it() {
        assert_eq!(ancestors("/a/b").collect::<Vec<_>>(), ["/a/b", "/a", "/"]);
        assert_eq!(ancestors("/").collect::<Vec<_>>(), ["/"]);
        assert_eq!(ancestors("C:/a/b").collect::<Vec<_>>(), ["C:/a/b", "C:/a", "C:/"]);
        assert_eq!(ancestors("//host/share").collect::<Vec<_>>(), ["//host/share", "//host", "/"]);
        assert_eq!(ancestors("a/b").collect::<Vec<_>>(), ["a/b", "a/"]);
        assert_eq!(domains("a.b.c").collect::<Vec<_>>(), ["a.b.c", "b.c", "c"]);
    }
}
