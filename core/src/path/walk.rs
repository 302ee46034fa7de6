//! Follows a path name by name to where it leads, by the rules of POSIX or of Windows, without touching the disk.

use std::borrow::Cow;

use super::Base;
use super::clean::{CleanPath, Root};
use super::rules::PathRules;
use crate::limits;

/// Where relative paths start, in clean form.
pub(super) struct Place {
    cwd: Option<CleanPath>,
    home: Option<CleanPath>,
    /// Paths are read by the rules of Windows first.
    pub(super) windows: bool,
}

/// Where a text leads.
pub(super) struct Walked {
    pub(super) path: CleanPath,
    /// A `..` climbed above where the walk started.
    pub(super) climbed: bool,
    /// It starts at a home directory.
    pub(super) home: bool,
    /// Where it leads cannot be told from the text.
    pub(super) lost: bool,
    /// It names a Windows device.
    pub(super) device: bool,
    /// The device that Windows opens in its place, whatever the directory.
    pub(super) reserved: Option<CleanPath>,
    /// The way with its `..`, if one climbs out of a directory that was named: were that a link, `..` would lead
    /// elsewhere.
    pub(super) trail: Option<String>,
}

impl Place {
    /// The place described by `base`. A directory that is not absolute or cannot be read counts as unknown.
    pub(super) fn of(base: &Base<'_>, raw: &str) -> Place {
        let cwd = base.cwd.and_then(directory);
        let windows = match &cwd {
            _ if base.rules == PathRules::Windows => true,
            Some(path) => path.root() != Root::Posix,
            None => looks_windows(raw),
        };
        Place { cwd, home: base.home.and_then(directory), windows }
    }
}

/// Whether `text` starts the way only Windows paths do: a drive, or `\\`.
pub(super) fn looks_windows(text: &str) -> bool {
    text.starts_with("\\\\") || drive(text).is_some_and(|(_, rest)| rest.is_empty() || rest.starts_with(['/', '\\']))
}

/// Follows `text` by the rules of POSIX. With `follow`, the kernel's own links beneath `/proc` and `/dev` are followed.
pub(super) fn posix(text: &str, place: &Place, follow: bool) -> Walked {
    let (mut walk, rest) = Walk::start_posix(text, place);
    walk.follow = follow;
    walk.run(rest);
    walk.end()
}

/// Follows `text` by the rules of Windows: both separators, drives, shares, streams, no dots or spaces at the end of a
/// name.
pub(super) fn windows(text: &str, place: &Place) -> Walked {
    let had_backslash = text.contains('\\');
    let slashed = if had_backslash { Cow::Owned(text.replace('\\', "/")) } else { Cow::Borrowed(text) };
    let shares = place.windows || text.as_bytes().iter().take(2).any(|byte| *byte == b'\\');
    let (mut walk, rest) = Walk::start_windows(&slashed, place, shares);
    walk.windows = true;
    walk.follow = true;
    walk.run(rest);
    walk.end()
}

/// `text` as a directory to start from, if it says where it is.
pub(super) fn directory(text: &str) -> Option<CleanPath> {
    if text.is_empty() || text.len() > limits::TARGET_BYTES_MAX || text.contains(char::is_control) {
        return None;
    }
    let nowhere = Place { cwd: None, home: None, windows: looks_windows(text) };
    let walked = if nowhere.windows { windows(text, &nowhere) } else { posix(text, &nowhere, false) };
    (walked.path.root() != Root::Loose && !walked.lost).then_some(walked.path)
}

/// The drive that a text starts with, and what follows its colon.
pub(super) fn drive(text: &str) -> Option<(char, &str)> {
    let rest = text.strip_prefix(|c: char| c.is_ascii_alphabetic())?.strip_prefix(':')?;
    Some((text.chars().next()?.to_ascii_uppercase(), rest))
}

struct Walk<'a> {
    root: Root,
    names: Vec<&'a str>,
    /// How many of the names were there at the start.
    start: usize,
    cwd: Option<&'a CleanPath>,
    windows: bool,
    follow: bool,
    climbed: bool,
    home: bool,
    lost: bool,
    device: bool,
    reserved: Option<&'a str>,
    /// The names with every `..`, from the first one on that takes a name away.
    trail: Option<Vec<&'a str>>,
}

impl<'a> Walk<'a> {
    fn at(root: Root, place: &'a Place) -> Walk<'a> {
        Walk {
            root,
            names: Vec::with_capacity(16),
            start: 0,
            cwd: place.cwd.as_ref(),
            windows: false,
            follow: false,
            climbed: false,
            home: false,
            lost: false,
            device: false,
            reserved: None,
            trail: None,
        }
    }

    fn at_path(path: &'a CleanPath, place: &'a Place) -> Walk<'a> {
        let mut walk = Walk::at(path.root(), place);
        walk.names.extend(path.components());
        walk.start = walk.names.len();
        walk
    }

    fn start_posix(text: &'a str, place: &'a Place) -> (Walk<'a>, &'a str) {
        if text.starts_with('/') {
            return (Walk::at(Root::Posix, place), text);
        }
        Walk::start_home(text, place).unwrap_or_else(|| (Walk::start_cwd(place), text))
    }

    fn start_windows(text: &'a str, place: &'a Place, shares: bool) -> (Walk<'a>, &'a str) {
        if let Some(rest) = device_namespace(text).filter(|_| shares) {
            return Walk::start_namespace(rest, place);
        }
        if let Some(rest) = text.strip_prefix("//").filter(|_| shares) {
            return (Walk::at(Root::Share, place), rest);
        }
        // `/C:/x` is how the path of a URL names a drive.
        let below_root = text.strip_prefix('/').filter(|tail| looks_windows(tail));
        if let Some((letter, rest)) = drive(below_root.unwrap_or(text)) {
            return (Walk::start_drive(letter, rest, place), rest);
        }
        if text.starts_with('/') {
            let root = place.cwd.as_ref().map_or(Root::Posix, CleanPath::root);
            return (Walk::at(if root == Root::Share { Root::Posix } else { root }, place), text);
        }
        Walk::start_home(text, place).unwrap_or_else(|| (Walk::start_cwd(place), text))
    }

    /// `\\?\` and `\\.\`: a drive or share after all, or a device.
    fn start_namespace(rest: &'a str, place: &'a Place) -> (Walk<'a>, &'a str) {
        if let Some((letter, rest)) = drive(rest) {
            return (Walk::at(Root::Drive(letter), place), rest);
        }
        if let Some((_, share)) = rest.split_once('/').filter(|(word, _)| word.eq_ignore_ascii_case("unc")) {
            return (Walk::at(Root::Share, place), share);
        }
        let mut walk = Walk::at(Root::Share, place);
        walk.names.push("?");
        walk.device = true;
        (walk, rest)
    }

    /// `C:/x` starts at the drive; `C:x` starts in the drive's own working directory, known only if it is ours.
    fn start_drive(letter: char, rest: &str, place: &'a Place) -> Walk<'a> {
        match &place.cwd {
            _ if rest.starts_with('/') => Walk::at(Root::Drive(letter), place),
            Some(cwd) if cwd.root() == Root::Drive(letter) => Walk::at_path(cwd, place),
            _ => Walk { lost: true, ..Walk::at(Root::Drive(letter), place) },
        }
    }

    /// `~` is the home directory; `~name` is somebody's, which only the system's user table knows.
    fn start_home(text: &'a str, place: &'a Place) -> Option<(Walk<'a>, &'a str)> {
        let tail = text.strip_prefix('~')?;
        let (user, rest) = tail.split_once(['/', '\\']).unwrap_or((tail, ""));
        if !user.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-+.".contains(&byte)) {
            return None;
        }
        let walk = match &place.home {
            Some(home) if user.is_empty() => Walk::at_path(home, place),
            _ => {
                let name = text.get(..user.len() + 1).unwrap_or("~");
                Walk { names: vec![name], start: 1, lost: true, ..Walk::at(Root::Loose, place) }
            }
        };
        Some((Walk { home: true, ..walk }, rest))
    }

    fn start_cwd(place: &'a Place) -> Walk<'a> {
        match &place.cwd {
            Some(cwd) => Walk::at_path(cwd, place),
            None => Walk { lost: true, ..Walk::at(Root::Loose, place) },
        }
    }

    fn run(&mut self, text: &'a str) {
        for name in text.split('/') {
            let name = if self.windows { self.windows_name(name) } else { name };
            match name {
                "" | "." => {}
                ".." => self.climb(),
                name => self.descend(name),
            }
        }
    }

    fn climb(&mut self) {
        if !self.names.is_empty() {
            self.trail.get_or_insert_with(|| self.names.clone()).push("..");
        }
        if self.follow && self.root == Root::Posix {
            self.leave_link();
        }
        self.climbed |= self.names.len() <= self.start;
        self.start = self.start.min(self.names.len().saturating_sub(1));
        if self.names.len() > self.root.names_min() {
            self.names.pop();
        }
    }

    fn descend(&mut self, name: &'a str) {
        self.names.push(name);
        if let Some(trail) = &mut self.trail {
            trail.push(name);
        }
        if self.follow && self.root == Root::Posix {
            self.enter_link();
        }
    }

    /// Steps through a link that the kernel keeps in `/proc`, if the last name is one.
    fn enter_link(&mut self) {
        let Some((link, process)) = self.names.split_last().and_then(|(link, dirs)| Some((*link, process(dirs)?)))
        else {
            self.lost |= is_beneath_descriptor(&self.names);
            return;
        };
        match (link, self.cwd) {
            ("root", _) => self.names.clear(),
            ("cwd", Some(cwd)) if process.is_own && cwd.root() == Root::Posix => {
                self.names.clear();
                self.names.extend(cwd.components());
            }
            ("cwd", _) => self.lost = true,
            _ => {}
        }
    }

    /// Puts in place of a link's name the directory it really stands in, so that `..` leads where the kernel goes.
    fn leave_link(&mut self) {
        match self.names.as_slice() {
            ["dev", "fd"] => self.names = vec!["proc", "self", "fd"],
            ["proc", "thread-self"] => self.names = vec!["proc", "self", "task", "self"],
            ["dev", "fd", _] | ["proc", _, "fd" | "cwd", ..] => self.lost = true,
            _ => {}
        }
    }

    /// What Windows makes of one name: without its stream, without dots and spaces at the end.
    fn windows_name(&mut self, name: &'a str) -> &'a str {
        let trimmed = name.trim_end_matches(' ');
        if trimmed == "." || trimmed == ".." {
            return trimmed;
        }
        let (file, _stream) = name.split_once(':').unwrap_or((name, ""));
        let file = file.trim_end_matches(['.', ' ']);
        if self.root.folds_case() {
            if is_reserved(file) {
                self.device = true;
                self.reserved = Some(file).filter(|file| !is_null(file)).or(self.reserved);
            }
            self.lost |= is_short_name(file);
        }
        file
    }

    fn end(self) -> Walked {
        let path = CleanPath::from_names(self.root, &self.names);
        let trail = self.trail.filter(|_| matches!(self.root, Root::Posix | Root::Drive(_)));
        Walked {
            path,
            climbed: self.climbed,
            home: self.home,
            lost: self.lost,
            device: self.device,
            reserved: self.reserved.map(|name| CleanPath::from_names(Root::Share, &["?", stem(name)])),
            trail: trail.map(|names| CleanPath::from_names(self.root, &names).as_str().to_owned()),
        }
    }
}

/// Whether `path` lies in the trees that the kernel makes up.
pub(super) fn is_kernel_tree(path: &str) -> bool {
    ["/proc", "/dev"]
        .iter()
        .any(|tree| path.strip_prefix(tree).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
}

/// A process that has a directory in `/proc`.
pub(super) struct Process {
    /// Whether it is the one that looks.
    pub(super) is_own: bool,
}

/// The process whose directory `dirs` is.
pub(super) fn process(dirs: &[&str]) -> Option<Process> {
    let is_number = |name: &str| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit());
    match dirs {
        ["proc", "self" | "thread-self"] => Some(Process { is_own: true }),
        ["proc", id] if is_number(id) => Some(Process { is_own: false }),
        ["proc", "self", "task", thread] if is_number(thread) || *thread == "self" => Some(Process { is_own: true }),
        ["proc", id, "task", thread] if is_number(id) && is_number(thread) => Some(Process { is_own: false }),
        _ => None,
    }
}

/// Beneath an open directory, which only the process itself knows.
fn is_beneath_descriptor(names: &[&str]) -> bool {
    match names {
        ["dev", "fd", _, _, ..] => true,
        [dirs @ .., "fd", _, _] => process(dirs).is_some(),
        _ => false,
    }
}

fn device_namespace(text: &str) -> Option<&str> {
    ["//?/", "//./", "/??/"].iter().find_map(|prefix| text.strip_prefix(prefix))
}

/// Names that are devices in every directory of Windows, whatever follows their first dot.
fn is_reserved(name: &str) -> bool {
    const DEVICES: [&str; 6] = ["con", "prn", "aux", "nul", "conin$", "conout$"];
    let stem = stem(name).to_ascii_lowercase();
    let is_port = |port: &str| stem.strip_prefix(port).is_some_and(is_port_number);
    DEVICES.contains(&stem.as_str()) || is_port("com") || is_port("lpt")
}

/// The device that keeps nothing and gives nothing.
fn is_null(name: &str) -> bool {
    stem(name).eq_ignore_ascii_case("nul")
}

fn stem(name: &str) -> &str {
    name.split('.').next().unwrap_or_default().trim_end_matches(' ')
}

/// Windows takes the raised digits for digits.
fn is_port_number(text: &str) -> bool {
    matches!(text.as_bytes(), [b'0'..=b'9']) || matches!(text, "\u{b9}" | "\u{b2}" | "\u{b3}")
}

/// `PROGRA~1`: a short name, which stands for a long one that only the disk knows.
fn is_short_name(name: &str) -> bool {
    name.split_once('~').is_some_and(|(head, tail)| {
        !head.is_empty() && head.len() <= 6 && tail.starts_with(|c: char| c.is_ascii_digit())
    })
}
