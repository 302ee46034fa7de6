//! Follows the links of a path to the place where it really leads, as the kernel would.

use std::borrow::Cow;

use super::clean::{CleanPath, Root};
use super::files::{EntryKind, FileSystem, FileSystemError};
use super::walk::{self, Process};
use crate::limits;

/// Where a path really leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RealPath {
    /// The place: no name of it is a link. What does not exist is as it was written.
    pub path: CleanPath,
    /// Whether the file system knew; if not, the path is as it was written.
    pub is_known: bool,
}

/// Follows `way`, a path in clean form or a [trail](super::PathReading::trails), on `files`.
///
/// `..` behind a link is the directory that the link's target lies in, and what does not exist is taken as written. A
/// path whose start is not known, or that lies on a network share, is not followed: to look at a share is already to
/// contact its host.
///
/// # Errors
/// If a part cannot be looked at, if links lead in a circle or there are more than [`limits::LINKS_MAX`] of them, and
/// if the way goes through something that only another process knows, such as its open files.
pub fn follow(way: &str, files: &dyn FileSystem) -> Result<RealPath, FileSystemError> {
    let root = Root::of(way);
    if !matches!(root, Root::Posix | Root::Drive(_)) {
        return Ok(RealPath { path: as_written(way, root), is_known: false });
    }
    if let Some(known) = follow_plain(way, root, files)? {
        return Ok(known);
    }
    let mut course = Course::new(root, files);
    course.plan(Cow::Borrowed(way.get(root.len()..).unwrap_or_default()))?;
    course.run()?;
    Ok(course.end())
}

/// Whether `trail`, were nothing on it a link, would lead to `path`.
pub(crate) fn is_way_to(trail: &str, path: &CleanPath) -> bool {
    as_written(trail, Root::of(trail)) == *path
}

/// Where `way` would lead if nothing on it were a link.
fn as_written(way: &str, root: Root) -> CleanPath {
    let mut names: Vec<&str> = Vec::new();
    for name in way.get(root.len()..).unwrap_or_default().split('/') {
        match name {
            "" | "." => {}
            ".." => drop(names.pop()),
            name => names.push(name),
        }
    }
    CleanPath::from_names(root, &names)
}

/// The whole answer if no name is a link or `..` and the kernel's own trees are far: nothing is copied on the way.
fn follow_plain(way: &str, root: Root, files: &dyn FileSystem) -> Result<Option<RealPath>, FileSystemError> {
    let names = way.get(root.len()..).unwrap_or_default();
    let is_clean = names.is_empty() || names.split('/').all(|name| !matches!(name, "" | "." | ".."));
    if !is_clean || walk::is_kernel_tree(way) {
        return Ok(None);
    }
    if files.has_no_link(way) {
        return Ok(Some(RealPath { path: CleanPath::from_clean(way), is_known: true }));
    }
    let ends = way.match_indices('/').map(|(at, _)| at).filter(|at| *at >= root.len()).chain([way.len()]);
    let mut is_known = true;
    for (count, path) in ends.filter_map(|end| way.get(..end)).enumerate() {
        check_looks(count)?;
        match files.kind(path)? {
            EntryKind::Directory => continue,
            EntryKind::Link => return Ok(None),
            EntryKind::Unknown => is_known = false,
            EntryKind::Missing | EntryKind::File => {}
        }
        break;
    }
    let path = if root.folds_case() { as_written(way, root) } else { CleanPath::from_clean(way) };
    Ok(Some(RealPath { path, is_known }))
}

/// A way, name by name.
struct Course<'a> {
    files: &'a dyn FileSystem,
    root: Root,
    /// The real names so far.
    names: Vec<String>,
    /// Texts still to go, the nearest last, each read up to a mark.
    ahead: Vec<(Cow<'a, str>, usize)>,
    /// From how many names on there is nothing on the disk.
    missing_at: Option<usize>,
    is_known: bool,
    links: usize,
    looks: usize,
}

impl<'a> Course<'a> {
    fn new(root: Root, files: &'a dyn FileSystem) -> Course<'a> {
        Course {
            files,
            root,
            names: Vec::new(),
            ahead: Vec::new(),
            missing_at: None,
            is_known: true,
            links: 0,
            looks: 0,
        }
    }

    fn plan(&mut self, text: Cow<'a, str>) -> Result<(), FileSystemError> {
        let length: usize = self.ahead.iter().map(|(text, _)| text.len()).sum();
        if length + text.len() > 2 * limits::TARGET_BYTES_MAX {
            return Err(FileSystemError { clause: "its links lead to a path that is too long" });
        }
        self.ahead.push((text, 0));
        Ok(())
    }

    fn run(&mut self) -> Result<(), FileSystemError> {
        while let Some(name) = self.next_name() {
            match name.as_str() {
                "" | "." => {}
                ".." => self.climb(),
                _ => self.descend(name)?,
            }
        }
        Ok(())
    }

    fn next_name(&mut self) -> Option<String> {
        let (text, mark) = self.ahead.last_mut()?;
        let rest = text.get(*mark..).unwrap_or_default();
        let name = rest.split('/').next().unwrap_or_default().to_owned();
        *mark += name.len() + 1;
        if *mark > text.len() {
            self.ahead.pop();
        }
        Some(name)
    }

    fn climb(&mut self) {
        let names: Vec<&str> = self.names.iter().map(String::as_str).collect();
        // These two are links themselves; above each is not where it stands.
        match names.as_slice() {
            ["dev", "fd"] => self.names = ["proc", "self"].map(str::to_owned).to_vec(),
            ["proc", "thread-self"] => self.names = ["proc", "self", "task"].map(str::to_owned).to_vec(),
            _ => drop(self.names.pop()),
        }
        if self.missing_at.is_some_and(|at| self.names.len() < at) {
            self.missing_at = None;
        }
    }

    fn descend(&mut self, name: String) -> Result<(), FileSystemError> {
        self.names.push(name);
        if self.enter_kernel_link()? || self.missing_at.is_some() {
            return Ok(());
        }
        check_looks(self.looks)?;
        self.looks += 1;
        let place = self.place();
        match self.files.kind(&place)? {
            EntryKind::Directory => {}
            EntryKind::Link => return self.enter_link(&place),
            EntryKind::Unknown => {
                self.is_known = false;
                self.missing_at = Some(self.names.len());
            }
            EntryKind::Missing | EntryKind::File => self.missing_at = Some(self.names.len()),
        }
        Ok(())
    }

    fn enter_link(&mut self, place: &str) -> Result<(), FileSystemError> {
        self.links += 1;
        if self.links > limits::LINKS_MAX {
            return Err(FileSystemError { clause: "its links lead in a circle, or there are too many of them" });
        }
        let target = self.files.read_link(place)?;
        if target.contains(char::is_control) {
            return Err(FileSystemError { clause: "a link has control characters" });
        }
        let target = if self.root == Root::Posix { target } else { self.enter_windows_target(&target)? };
        self.names.pop();
        if target.starts_with('/') {
            self.names.clear();
        }
        self.plan(Cow::Owned(target))
    }

    /// The names of a link's target; a drive of its own becomes the root.
    fn enter_windows_target(&mut self, target: &str) -> Result<String, FileSystemError> {
        let slashed = target.replace('\\', "/");
        let bare = ["//?/", "/??/"].iter().find_map(|prefix| slashed.strip_prefix(prefix)).unwrap_or(&slashed);
        match walk::drive(bare) {
            Some((letter, rest)) if rest.is_empty() || rest.starts_with('/') => {
                self.root = Root::Drive(letter);
                Ok(format!("/{rest}"))
            }
            None if bare.len() == slashed.len() && !bare.starts_with("//") => Ok(bare.to_owned()),
            _ => Err(FileSystemError { clause: "a link leads to a share or a device" }),
        }
    }

    /// Steps through what the kernel keeps in `/proc` and `/dev` for the process that asks, which is not the one that
    /// will run the tool. Whether there was such a step.
    fn enter_kernel_link(&mut self) -> Result<bool, FileSystemError> {
        if self.root != Root::Posix {
            return Ok(false);
        }
        let names: Vec<&str> = self.names.iter().map(String::as_str).collect();
        match names.as_slice() {
            ["proc", "self" | "thread-self"] | ["dev", "fd" | "stdin" | "stdout" | "stderr"] => Ok(true),
            ["dev", "fd", "0" | "1" | "2"] => Ok(true),
            ["dev", "fd", ..] => Err(FileSystemError { clause: "it leads through an open file of the process" }),
            ["dev", "stdin" | "stdout" | "stderr", ..] => Ok(true),
            [dirs @ .., link] => match (walk::process(dirs), *link) {
                (Some(Process { is_own: true }), "root") => {
                    self.names.clear();
                    self.missing_at = None;
                    Ok(true)
                }
                (Some(_), "root" | "cwd" | "exe" | "fd" | "map_files" | "ns") => {
                    Err(FileSystemError { clause: "it leads through what only a process knows" })
                }
                (found, _) => Ok(found.is_some_and(|process| process.is_own)),
            },
            [] => Ok(false),
        }
    }

    fn place(&self) -> String {
        let mut text = String::with_capacity(self.names.iter().map(|name| name.len() + 1).sum::<usize>() + 2);
        self.root.write(&mut text);
        for (index, name) in self.names.iter().enumerate() {
            if index > 0 {
                text.push('/');
            }
            text.push_str(name);
        }
        text
    }

    fn end(&self) -> RealPath {
        let names: Vec<&str> = self.names.iter().map(String::as_str).collect();
        RealPath { path: CleanPath::from_names(self.root, &names), is_known: self.is_known }
    }
}

fn check_looks(count: usize) -> Result<(), FileSystemError> {
    if count < limits::LOOKS_MAX {
        return Ok(());
    }
    Err(FileSystemError { clause: "it has more names than are followed" })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::listing::StaticFileSystem;
    use super::*;

    fn hostile() -> impl Strategy<Value = String> {
        let piece = prop::sample::select(vec![
            "/",
            "/",
            "/",
            "..",
            ".",
            "a",
            "b",
            "c",
            "proc",
            "self",
            "root",
            "cwd",
            "dev",
            "fd",
            "1",
            "7",
            "thread-self",
            "task",
            "C:",
            "\\",
            "//?/",
            "\\\\?\\",
            "\u{7}",
            "é",
            "",
        ]);
        prop::collection::vec(piece, 0..14).prop_map(|pieces| pieces.concat())
    }

    fn tree() -> impl Strategy<Value = StaticFileSystem> {
        let word = prop_oneof![
            Just("file".to_owned()),
            Just("directory".to_owned()),
            Just("locked".to_owned()),
            hostile().prop_map(|target| format!("-> {target}")),
        ];
        let path = "(/|C:/)[abc](/[abc]){0,2}";
        prop::collection::vec((path, word), 0..12).prop_map(|listing| {
            StaticFileSystem::new(listing.iter().map(|(path, word)| (path.as_str(), word.as_str()))).unwrap()
        })
    }

    #[test]
    fn a_circle_ends_and_so_does_what_grows() {
        let files = StaticFileSystem::new([("/a", "-> /a/a"), ("/b", "-> b/../b"), ("/c", "-> c")]).unwrap();
        for way in ["/a", "/b/x", "/c"] {
            assert!(follow(way, &files).is_err(), "{way}");
        }
        let long = format!("-> {}", "../".repeat(limits::TARGET_BYTES_MAX));
        let files = StaticFileSystem::new([("/a", long.as_str())]).unwrap();
        assert!(follow("/a", &files).unwrap_err().clause.contains("too long"));
    }

    #[test]
    fn a_trail_is_known_by_the_place_it_would_lead_to() {
        let read = |text: &str| super::super::CleanPath::from_clean(text);
        assert!(is_way_to("/a/b/../c", &read("/a/c")));
        assert!(is_way_to("/a/../../c", &read("/c")));
        assert!(!is_way_to("/a/b/../c", &read("/a/b/c")));
    }

    proptest! {
        /// Any way on any tree has an answer, in bounded work; and where a way really leads, nothing leads on.
        #[test]
        fn following_ends_where_nothing_leads_on(way in hostile(), tree in tree()) {
            for root in ["/", "C:/", ""] {
                let Ok(real) = follow(&format!("{root}{way}"), &tree) else { continue };
                let names: Vec<&str> = real.path.components().collect();
                prop_assert_eq!(&CleanPath::from_names(real.path.root(), &names), &real.path);
                prop_assert!(!names.contains(&".."), "{}", real.path.as_str());
                // What leads nowhere in particular may look like a drive once it stands alone.
                if !matches!(real.path.root(), Root::Posix | Root::Drive(_)) {
                    continue;
                }
                let again = follow(real.path.as_str(), &tree);
                prop_assert_eq!(again.map(|again| again.path), Ok(real.path));
            }
        }
    }
}
