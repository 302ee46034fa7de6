//! Finds the clauses that may be about a request without looking at the others.
//!
//! Each clause is filed under one field it demands, the one that the fewest other clauses share: an exact type, a
//! principal, a directory above the target, a domain above the host, … A look-up asks only the drawers that the
//! request can be in, so its cost follows the number of clauses that nearly match, not of all. A drawer may hold a
//! clause that does not match after all (the clause itself is asked again), but never misses one that does.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, Hasher};

use foldhash::fast::FixedState;

use super::clause::{Clause, Request, Scope};
use super::matcher::{ActionPattern, Matcher, TargetPattern, host};
use crate::action::{Target, normal_name};
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
    Domain,
}

/// All clauses of a policy, filed.
#[derive(Clone, Debug, Default)]
pub(super) struct Index {
    drawers: HashMap<u64, Vec<u32>, FixedState>,
    /// Clauses that demand nothing that can be filed.
    open: Vec<u32>,
    /// Which kinds of drawer are in use: the others need not be asked.
    used: u32,
    principal_prefix_lengths: Vec<usize>,
    target_prefix_lengths: Vec<usize>,
}

/// A place in the index.
type Slot = (Drawer, u64, usize);

impl Index {
    /// Files `clauses`.
    pub(super) fn new(clauses: &[Clause]) -> Index {
        let choices: Vec<Vec<Vec<Slot>>> = clauses.iter().map(slots_of).collect();
        let mut shared: HashMap<u64, u32, FixedState> = HashMap::default();
        for (_, key, _) in choices.iter().flatten().flatten() {
            *shared.entry(*key).or_default() += 1;
        }
        let crowd =
            |slots: &Vec<Slot>| slots.iter().filter_map(|(_, key, _)| shared.get(key)).max().copied().unwrap_or(0);
        let mut index = Index::default();
        for (number, fields) in (0u32..).zip(&choices) {
            match fields.iter().min_by_key(|slots| crowd(slots)) {
                Some(slots) => slots.iter().for_each(|slot| index.file(number, slot)),
                None => index.open.push(number),
            }
        }
        index
    }

    fn file(&mut self, number: u32, (drawer, key, length): &Slot) {
        let filed = self.drawers.entry(*key).or_default();
        if filed.last() != Some(&number) {
            filed.push(number);
        }
        self.used |= 1 << *drawer as u32;
        let lengths = match drawer {
            Drawer::PrincipalPrefix => &mut self.principal_prefix_lengths,
            Drawer::TargetPrefix => &mut self.target_prefix_lengths,
            _ => return,
        };
        if !lengths.contains(length) {
            lengths.push(*length);
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
        self.look_at_target(request, &mut look);
    }

    fn look_at_target(&self, request: &Request, look: &mut impl FnMut(Drawer, &str)) {
        let target = &request.action.target;
        if let Target::Path(path) = target {
            if self.uses(Drawer::Directory) {
                ancestors(path.as_str()).for_each(|directory| look(Drawer::Directory, directory));
            }
            return;
        }
        if let Some(host) = host(request.action).filter(|_| self.uses(Drawer::Domain)) {
            domains(host).for_each(|domain| look(Drawer::Domain, domain));
        }
        let resolved = match target {
            Target::Command(line) => line.resolved(),
            _ => None,
        };
        for text in std::iter::once(target.as_str()).chain(resolved.as_deref()) {
            look(Drawer::Target, text);
            for length in &self.target_prefix_lengths {
                text.get(..*length).into_iter().for_each(|prefix| look(Drawer::TargetPrefix, prefix));
            }
        }
    }

    fn uses(&self, drawer: Drawer) -> bool {
        self.used & (1 << drawer as u32) != 0
    }
}

/// For each field that can be filed, the drawers that together hold every request it can match.
fn slots_of(clause: &Clause) -> Vec<Vec<Slot>> {
    let matcher = &clause.matcher;
    let mut fields: Vec<Option<Vec<Slot>>> = vec![
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
    ];
    if let Scope::Role(role) = &clause.scope {
        fields.push(Some(vec![slot(Drawer::PrincipalRole, role)]));
    }
    fields.into_iter().flatten().collect()
}

/// The slots of all `patterns`; `None` if there are none or one of them cannot be filed.
fn all<T>(patterns: &[T], slot_of: impl Fn(&T) -> Option<Slot>) -> Option<Vec<Slot>> {
    if patterns.is_empty() { None } else { patterns.iter().map(slot_of).collect() }
}

fn action_slot(pattern: &ActionPattern) -> Option<Slot> {
    match pattern {
        ActionPattern::Kind(key) => Some(slot(Drawer::Kind, key)),
        ActionPattern::Category(category) => Some(slot(Drawer::Category, category.as_str())),
        ActionPattern::Name(_) => None,
    }
}

/// A target pattern can meet a path and, by its letters, anything else: it needs a drawer for each.
fn target_slots(matcher: &Matcher) -> Option<Vec<Slot>> {
    let slots = |pattern: &TargetPattern| -> Option<Vec<Slot>> {
        let text = exact(Drawer::Target, &pattern.name).or_else(|| prefix(Drawer::TargetPrefix, &pattern.name))?;
        let path = match &pattern.path {
            Some(path) => Some(slot(Drawer::Directory, path.literal_dir()?)),
            None => None,
        };
        Some(std::iter::once(text).chain(path).collect())
    };
    if matcher.targets.is_empty() {
        return None;
    }
    let slots: Option<Vec<Vec<Slot>>> = matcher.targets.iter().map(slots).collect();
    slots.map(|slots| slots.into_iter().flatten().collect())
}

fn exact(drawer: Drawer, pattern: &NamePattern) -> Option<Slot> {
    pattern.exact().map(|name| slot(drawer, name))
}

fn prefix(drawer: Drawer, pattern: &NamePattern) -> Option<Slot> {
    let prefix = pattern.literal_prefix();
    (!prefix.is_empty() && pattern.exact().is_none()).then(|| slot(drawer, prefix))
}

fn slot(drawer: Drawer, name: &str) -> Slot {
    (drawer, key(drawer, name), name.len())
}

/// Two names may share a key; the clause found under it is asked again, so that costs time and never an answer.
fn key(drawer: Drawer, name: &str) -> u64 {
    let mut hasher = FixedState::default().build_hasher();
    drawer.hash(&mut hasher);
    name.hash(&mut hasher);
    hasher.finish()
}

/// The path itself and every directory above it: `/a/b`, `/a`, `/`.
fn ancestors(path: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(path), |path| match path.rfind('/') {
        Some(0) if path.len() > 1 => Some("/"),
        Some(at) if at > 0 => path.get(..at),
        _ => None,
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
        assert_eq!(domains("a.b.c").collect::<Vec<_>>(), ["a.b.c", "b.c", "c"]);
    }
}
