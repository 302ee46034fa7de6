//! Follows the links on the way to what an action touches.
//!
//! What a path says and where it really leads must both be allowed: where they differ, the real place becomes an
//! effect of the same type. A way that cannot be followed is a doubt. Hard links cannot be seen: each is a name like
//! any other.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::action::{Action, Category, Flag, PathGlob, Target};
use crate::decision::Obligation;
use crate::error::Code;
use crate::limits;
use crate::path::{self, Base, CleanPath, EntryKind, FileSystem, FileSystemError, RealPath};

/// What following the links of an action came to.
#[derive(Debug, Default)]
pub(super) struct Followed {
    /// Whether the action is another one now, so that the policy has to be asked again.
    pub(super) changed: bool,
    /// Where its paths really lead, for whoever opens them.
    pub(super) places: Vec<Obligation>,
}

/// Follows the links of `action` and all its effects on `files`.
pub(super) fn follow(action: &mut Action, files: &dyn FileSystem) -> Followed {
    let mut followed = Followed::default();
    if !action.walk().any(|part| part.cwd.is_some() || matches!(part.target, Target::Path(_) | Target::Glob(_))) {
        return followed;
    }
    let files = &Bounded { files, looks: AtomicUsize::new(0) };
    // A file alone is what most calls are about, and there is nothing beside it.
    let known: Known =
        if action.effects.is_empty() { Vec::new() } else { action.walk().filter_map(place_of).collect() };
    let mut stack = vec![action];
    while let Some(part) = stack.pop() {
        let own_effects = part.effects.len();
        follow_target(part, files, &known, &mut followed);
        follow_cwd(part, files, &mut followed);
        stack.extend(part.effects.iter_mut().take(own_effects));
    }
    followed.places.sort();
    followed.places.dedup();
    followed
}

/// Answers so many questions and no more: a call may name many files, each deep down.
struct Bounded<'a> {
    files: &'a dyn FileSystem,
    looks: AtomicUsize,
}

impl FileSystem for Bounded<'_> {
    fn kind(&self, path: &str) -> Result<EntryKind, FileSystemError> {
        if self.looks.fetch_add(1, Ordering::Relaxed) >= limits::LOOKS_TOTAL_MAX {
            return Err(FileSystemError { clause: "it touches more files than are followed" });
        }
        self.files.kind(path)
    }

    fn read_link(&self, path: &str) -> Result<String, FileSystemError> {
        self.files.read_link(path)
    }

    fn has_no_link(&self, path: &str) -> bool {
        self.looks.fetch_add(1, Ordering::Relaxed) < limits::LOOKS_TOTAL_MAX && self.files.has_no_link(path)
    }
}

/// The types and places that an action touches already.
type Known = Vec<(Arc<str>, Arc<str>)>;

fn place_of(part: &Action) -> Option<(Arc<str>, Arc<str>)> {
    match &part.target {
        Target::Path(_) | Target::Glob(_) => Some((part.key.clone(), part.target.as_str().into())),
        _ => None,
    }
}

fn follow_target(part: &mut Action, files: &dyn FileSystem, known: &Known, followed: &mut Followed) {
    match part.target.clone() {
        Target::Path(written) => follow_path(part, &written, files, known, followed),
        Target::Glob(glob) => follow_glob(part, &glob, files, known, followed),
        _ => {}
    }
}

fn follow_path(part: &mut Action, written: &CleanPath, files: &dyn FileSystem, known: &Known, followed: &mut Followed) {
    let trails = std::mem::take(&mut part.trails.target);
    // The way that the kernel would go comes first: it says where the file is.
    let (own, others): (Vec<&Arc<str>>, Vec<_>) = trails.iter().partition(|trail| path::is_way_to(trail, written));
    let ways = own.into_iter().map(|way| &**way).chain([written.as_str()]).chain(others.into_iter().map(|way| &**way));
    for (index, way) in ways.enumerate() {
        match path::follow(way, files) {
            Ok(RealPath { path, is_known }) => {
                if is_known && index == 0 {
                    followed.places.push(Obligation::RealPath { written: written.clone(), real: path.clone() });
                }
                if path != *written {
                    add_place(part, Target::Path(path), known, followed);
                }
            }
            Err(error) => doubt(part, error, followed),
        }
    }
    part.trails.target = trails;
}

/// A pattern of names stands for files in the directory before its first wildcard, wherever that really lies. What the
/// names lead to that it will meet there is not known.
fn follow_glob(part: &mut Action, glob: &PathGlob, files: &dyn FileSystem, known: &Known, followed: &mut Followed) {
    let trails = std::mem::take(&mut part.trails.target);
    for way in trails.iter().map(|way| &**way).chain([glob.as_str()]) {
        let (directory, names) = before_wildcard(way);
        if names.split('/').any(|name| name == "..") {
            let clause = "it climbs out of a directory that only a pattern names";
            doubt(part, FileSystemError { clause }, followed);
            continue;
        }
        match path::follow(directory, files) {
            Ok(RealPath { path, .. }) => {
                let real = path.beneath(names);
                if real != *glob.path() {
                    add_place(part, Target::Glob(PathGlob::new(real, &Base::default())), known, followed);
                }
            }
            Err(error) => doubt(part, error, followed),
        }
    }
    part.trails.target = trails;
}

/// The directory that a pattern starts with, and the names from the first wild one on.
fn before_wildcard(way: &str) -> (&str, &str) {
    let wild = way.find(['*', '?', '[']).unwrap_or(way.len());
    let at = way.get(..wild).and_then(|head| head.rfind('/')).unwrap_or_default();
    let (directory, names) = way.split_at_checked(at).unwrap_or((way, ""));
    (if directory.is_empty() { "/" } else { directory }, names.trim_start_matches('/'))
}

/// Adds the place that `part` really touches, unless the action has it already.
fn add_place(part: &mut Action, target: Target, known: &Known, followed: &mut Followed) {
    followed.changed = true;
    part.add_flag(Flag::Symlink);
    let is_there = |(key, place): &(Arc<str>, Arc<str>)| *key == part.key && **place == *target.as_str();
    let is_new = !known.iter().any(is_there) && !part.effects.iter().filter_map(place_of).any(|place| is_there(&place));
    if !is_new {
        return;
    }
    if part.effects.len() >= limits::EFFECTS_MAX {
        return part.doubt(Code::CallArgsTooLarge, "it touches more things than are read");
    }
    let effect = Action::new(part.kind.clone(), part.key.clone(), part.category, part.base_risk);
    part.effects.push(Action { target, args: part.args.clone(), cwd: part.cwd.clone(), ..effect });
}

/// A command runs where the links of its directory lead. Of anything else the directory only says where its paths
/// start, and they are followed from there, unless it climbs out of a link itself.
fn follow_cwd(part: &mut Action, files: &dyn FileSystem, followed: &mut Followed) {
    let runs = matches!(part.category, Category::Shell | Category::Code);
    let Some(written) = part.cwd.clone().filter(|_| runs || part.trails.cwd.is_some()) else { return };
    let real = match path::follow(written.as_str(), files) {
        Ok(real) => real.path,
        Err(error) => return doubt(part, error, followed),
    };
    match part.trails.cwd.clone().map(|trail| path::follow(&trail, files)) {
        Some(Ok(way)) if way.path != real => {
            let clause = "the working directory climbs out of a link, so programs disagree on where it is";
            doubt(part, FileSystemError { clause }, followed);
        }
        Some(Err(error)) => doubt(part, error, followed),
        _ => {}
    }
    if real != written {
        followed.changed = true;
        part.cwd = Some(real);
    }
}

fn doubt(part: &mut Action, error: FileSystemError, followed: &mut Followed) {
    let detail = format!("the path cannot be followed on the file system: {error}");
    if !part.doubts.iter().any(|doubt| doubt.code == Code::PathUnreadable && doubt.detail == detail) {
        followed.changed = true;
        part.doubt(Code::PathUnreadable, detail);
    }
}
