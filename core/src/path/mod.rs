//! Reads a path into the place it names, and into every other place that some program could take it to name.
//!
//! [`read`] never touches the disk: it follows links only where the text alone says where they lead
//! (`/proc/self/root`). [`follow`] then asks a [`FileSystem`] where a path really leads, and [`open_beneath`] opens a
//! file without following any link that has been put in its way since. Reading is total: any text gives a path or a [`PathError`], in work bounded by
//! [`TARGET_BYTES_MAX`](limits::TARGET_BYTES_MAX). What the paths may be used for is the policy's business; it must
//! hold for [`PathReading::path`] and for all of [`PathReading::others`].

mod clean;
mod files;
mod filter;
mod glob;
mod host;
mod listing;
mod open;
mod pattern;
mod resolve;
mod rules;
mod set;
mod spelling;
mod walk;

use std::fmt;
use std::sync::Arc;

use crate::error::Code;
use crate::limits;

pub use clean::CleanPath;
pub use files::{EntryKind, FileSystem, FileSystemError, NoFileSystem};
pub(crate) use filter::{Filter, alternatives, filtered, is_of_names, is_sort};
pub use glob::Demand;
pub use host::HostFileSystem;
pub use listing::StaticFileSystem;
pub use open::{OpenOptions, open_beneath, open_exactly};
pub use pattern::{PathPattern, PatternGround};
pub(crate) use resolve::is_way_to;
pub use resolve::{RealPath, follow};
pub use rules::PathRules;
pub use set::PathSet;

use walk::{Place, Walked};

/// Other readings that a path may have. A text with more is a riddle, not a path.
const OTHERS_MAX: usize = 8;

/// Where relative paths and `~` start, as far as the caller knows.
#[derive(Clone, Copy, Debug, Default)]
pub struct Base<'a> {
    /// The working directory. On a drive (`C:\work`), paths are read by the rules of Windows.
    pub cwd: Option<&'a str>,
    /// The home directory of whoever the tool runs as.
    pub home: Option<&'a str>,
    /// By which system's rules.
    pub rules: PathRules,
}

/// A path, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathReading {
    /// The place the text names.
    pub path: CleanPath,
    /// Every other place that some program could take it to name; none of them twice.
    pub others: Vec<CleanPath>,
    /// The ways with their `..` that lead to these paths by climbing out of a directory. Where that directory is a link,
    /// the way leads elsewhere: see [`follow`].
    pub trails: Vec<Arc<str>>,
    /// What is noteworthy about it.
    pub notes: PathNotes,
}

/// What is noteworthy about a path.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PathNotes {
    /// A `..` climbed above where the path started, in this or another reading.
    pub traversal: bool,
    /// Another reading came from decoding.
    pub encoded: bool,
    /// It began with `~`.
    pub home: bool,
    /// It is a device or a process's own file: beneath `/dev` (but `/dev/null`), `/proc`, or a Windows device name.
    pub device: bool,
    /// Where it leads is not known: relative without a working directory, `~user`, a process's open directory, a short
    /// name. It must not be allowed silently, since no pattern can be sure to hold for it.
    pub unanchored: bool,
}

/// A text that is no path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PathError {
    /// Why, in one clause for a person.
    pub clause: &'static str,
}

/// Reads `raw` as a path.
///
/// `~` and `~/x` are the home directory, a `file:` URL is the path it carries, and everything else that does not start
/// with a separator starts in the working directory.
///
/// # Errors
/// An empty or overlong text, one with control characters, a URL of another scheme or another host, and a text that
/// can be read in more ways than can be checked.
pub fn read(raw: &str, base: &Base<'_>) -> Result<PathReading, PathError> {
    if let Some(path) = read_plain(raw, base).filter(|path| is_itself(path, base.rules)) {
        return Ok(PathReading { path, others: Vec::new(), trails: Vec::new(), notes: PathNotes::default() });
    }
    check_text(raw)?;
    let text = match after_file_scheme(raw) {
        Some(rest) => path_of_file_url(rest)?,
        None if has_scheme(raw) => return Err(PathError { clause: "it is a URL, not a path" }),
        None => raw.to_owned(),
    };
    Readings::of(&text, &Place::of(base, &text), base.rules)
}

impl PathReading {
    /// The path and all its other readings. The policy must hold for each.
    pub fn all(&self) -> impl Iterator<Item = &CleanPath> {
        std::iter::once(&self.path).chain(&self.others)
    }
}

impl PathNotes {
    /// The names of the notes that are set, as vectors and records write them.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        let named = [
            (self.traversal, "traversal"),
            (self.encoded, "encoded"),
            (self.home, "home"),
            (self.device, "device"),
            (self.unanchored, "unanchored"),
        ];
        named.into_iter().filter_map(|(is_set, name)| is_set.then_some(name))
    }
}

impl PathError {
    /// [`Code::PathMalformed`].
    pub fn code(self) -> Code {
        Code::PathMalformed
    }
}

impl fmt::Display for PathError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.clause)
    }
}

impl std::error::Error for PathError {}

/// The readings found so far.
struct Readings {
    path: CleanPath,
    others: Vec<CleanPath>,
    trails: Vec<Arc<str>>,
    notes: PathNotes,
}

impl Readings {
    fn of(text: &str, place: &Place, rules: PathRules) -> Result<PathReading, PathError> {
        let first = if place.windows { walk::windows(text, place) } else { walk::posix(text, place, false) };
        let notes = PathNotes { home: first.home, unanchored: first.lost, ..PathNotes::default() };
        let mut readings = Readings { path: first.path.clone(), others: Vec::new(), trails: Vec::new(), notes };
        readings.add(first)?;
        readings.add_all(text, place)?;
        for spelling in spelling::spellings(text, rules != PathRules::Windows) {
            let before = readings.others.len();
            readings.add_all(&spelling.text, place)?;
            readings.notes.encoded |= spelling.encoded && readings.others.len() > before;
        }
        readings.add_places_behind(rules)?;
        let Readings { path, others, trails, notes } = readings;
        Ok(PathReading { path, others, trails, notes })
    }

    /// Adds the places that the system itself has put behind the paths so far.
    fn add_places_behind(&mut self, rules: PathRules) -> Result<(), PathError> {
        let so_far: Vec<CleanPath> = std::iter::once(&self.path).chain(&self.others).cloned().collect();
        for path in &so_far {
            self.notes.unanchored |= rules.is_beyond_reading(path.as_str());
            if let Some(behind) = rules.place_behind(path.as_str()) {
                self.push(CleanPath::from_clean(&behind))?;
            }
        }
        Ok(())
    }

    /// Adds what each system makes of `text`.
    fn add_all(&mut self, text: &str, place: &Place) -> Result<(), PathError> {
        if text.is_empty() {
            return Ok(());
        }
        self.add(walk::windows(text, place))?;
        if !place.windows {
            self.add(walk::posix(text, place, false))?;
        }
        if !place.windows || text.starts_with('/') {
            let followed = walk::posix(text, place, true);
            self.notes.unanchored |= followed.lost;
            self.add(followed)?;
        }
        Ok(())
    }

    fn add(&mut self, walked: Walked) -> Result<(), PathError> {
        self.notes.traversal |= walked.climbed;
        self.notes.device |= walked.device || is_kernel_path(walked.path.as_str());
        // Above an unknown start, enough `..` lead beneath the root.
        if walked.climbed && walked.path.root() == clean::Root::Loose {
            let names: Vec<&str> = walked.path.components().collect();
            self.push(CleanPath::from_names(clean::Root::Posix, &names))?;
        }
        if let Some(trail) = walked.trail {
            self.push_trail(trail)?;
        }
        if let Some(device) = walked.reserved {
            self.push(device)?;
        }
        self.push(walked.path)
    }

    fn push_trail(&mut self, trail: String) -> Result<(), PathError> {
        if self.trails.iter().any(|known| **known == *trail) {
            return Ok(());
        }
        if self.trails.len() > OTHERS_MAX {
            return Err(PathError { clause: "it can be read in more ways than can be checked" });
        }
        self.trails.push(trail.into());
        Ok(())
    }

    fn push(&mut self, path: CleanPath) -> Result<(), PathError> {
        if path == self.path || self.others.contains(&path) {
            return Ok(());
        }
        if self.others.len() == OTHERS_MAX {
            return Err(PathError { clause: "it can be read in more ways than can be checked" });
        }
        self.others.push(path);
        Ok(())
    }
}

/// The whole answer for the common case: plain ASCII that is its own normal form, but for a `./` in front and a `/` at
/// the end.
fn read_plain(raw: &str, base: &Base<'_>) -> Option<CleanPath> {
    if base.rules == PathRules::Windows {
        return None;
    }
    let text = match raw.strip_prefix("./") {
        Some(rest) if !rest.starts_with('/') => rest,
        _ => raw,
    };
    let text = text.strip_suffix('/').unwrap_or(text);
    if text.len() > limits::TARGET_BYTES_MAX || !is_plain(text) {
        return None;
    }
    let path = if text.starts_with('/') && base.cwd.is_none_or(|cwd| cwd.starts_with('/')) {
        CleanPath::from_clean(text)
    } else {
        join_plain(base.cwd?, text)?
    };
    (!walk::is_kernel_tree(path.as_str())).then_some(path)
}

/// Whether the system has put nothing behind a plain path.
fn is_itself(path: &CleanPath, rules: PathRules) -> bool {
    rules.place_behind(path.as_str()).is_none() && !rules.is_beyond_reading(path.as_str())
}

fn join_plain(cwd: &str, text: &str) -> Option<CleanPath> {
    let cwd = cwd.strip_suffix('/').unwrap_or(cwd);
    let is_clean = cwd.is_empty() || (cwd.starts_with('/') && is_plain(cwd));
    if !is_clean || text.starts_with(['~', '$']) {
        return None;
    }
    let mut room = [0; 256];
    let length = cwd.len() + 1 + text.len();
    let Some(joined) = room.get_mut(..length) else {
        return Some(CleanPath::from_clean(&format!("{cwd}/{text}")));
    };
    // On the stack, so that the shared text is the only allocation.
    let (head, tail) = joined.split_at_mut(cwd.len());
    head.copy_from_slice(cwd.as_bytes());
    let (separator, tail) = tail.split_first_mut()?;
    *separator = b'/';
    tail.copy_from_slice(text.as_bytes());
    std::str::from_utf8(joined).ok().map(CleanPath::from_clean)
}

/// Whether `text` is plain ASCII that no program reads in a second way: no escapes, no doubled separators, no name that
/// is or ends in a dot or space, no run of dots.
fn is_plain(text: &str) -> bool {
    let mut before = b'a';
    for byte in text.bytes() {
        let is_bad = match byte {
            b'/' => matches!(before, b'/' | b'.' | b' '),
            b'.' => before == b'.',
            b' ' => before == b'/',
            b'%' | b'\\' | b':' | b';' => true,
            _ => !(b' '..0x7f).contains(&byte),
        };
        if is_bad {
            return false;
        }
        before = byte;
    }
    !text.starts_with(' ') && !matches!(before, b'/' | b'.' | b' ') && !text.is_empty()
}

/// Beneath `/proc` or `/dev`, but for the one device that keeps nothing and gives nothing.
fn is_kernel_path(path: &str) -> bool {
    walk::is_kernel_tree(path) && path != "/dev/null"
}

fn check_text(raw: &str) -> Result<(), PathError> {
    let clause = if raw.is_empty() {
        "it is empty"
    } else if raw.len() > limits::TARGET_BYTES_MAX {
        "it is longer than the limit"
    } else if raw.contains(char::is_control) {
        "it has control characters"
    } else {
        return Ok(());
    };
    Err(PathError { clause })
}

fn after_file_scheme(raw: &str) -> Option<&str> {
    let (scheme, rest) = raw.split_once(':')?;
    scheme.eq_ignore_ascii_case("file").then_some(rest)
}

/// Whether `raw` starts with `scheme://`. One letter is a drive.
fn has_scheme(raw: &str) -> bool {
    let Some((scheme, _)) = raw.split_once("://") else { return false };
    scheme.len() > 1
        && scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
}

/// The path in what follows `file:`.
fn path_of_file_url(rest: &str) -> Result<String, PathError> {
    let rest = rest.split(['?', '#']).next().unwrap_or_default().replace('\\', "/");
    let path = match rest.strip_prefix("//") {
        Some(tail) => path_after_host(tail)?,
        None => &rest,
    };
    let decoded = spelling::decode(path);
    check_text(&decoded)?;
    Ok(format!("/{}", decoded.trim_start_matches('/')))
}

fn path_after_host(tail: &str) -> Result<&str, PathError> {
    if walk::looks_windows(tail) {
        return Ok(tail);
    }
    let (host, path) = tail.split_at(tail.find('/').unwrap_or(tail.len()));
    if host.is_empty() || host.eq_ignore_ascii_case("localhost") {
        return Ok(path);
    }
    Err(PathError { clause: "it is a `file:` URL on another host" })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const BASE: Base<'_> = Base { cwd: Some("/workspace"), home: Some("/home/me"), rules: PathRules::Posix };

    fn reading(text: &str) -> PathReading {
        read(text, &BASE).unwrap()
    }

    fn first(text: &str, base: &Base<'_>) -> String {
        read(text, base).unwrap().path.as_str().to_owned()
    }

    fn all(text: &str) -> Vec<String> {
        reading(text).all().map(|path| path.as_str().to_owned()).collect()
    }

    #[test]
    fn plain_paths_lead_to_one_place() {
        for (text, path) in [
            ("/etc/passwd", "/etc/passwd"),
            ("src/main.rs", "/workspace/src/main.rs"),
            ("./src/", "/workspace/src"),
            (".env", "/workspace/.env"),
            ("/", "/"),
            (".", "/workspace"),
            ("/a/./b//c/", "/a/b/c"),
            ("//etc/passwd", "/etc/passwd"),
            ("a/../b", "/workspace/b"),
            ("café/報告.txt", "/workspace/café/報告.txt"),
        ] {
            assert_eq!(all(text), [path], "{text}");
            assert_eq!(reading(text).notes, PathNotes::default(), "{text}");
        }
    }

    #[test]
    fn climbing_is_resolved_and_noted() {
        assert_eq!(all("../etc/passwd"), ["/etc/passwd"]);
        assert!(reading("../etc/passwd").notes.traversal);
        assert!(reading("/../etc").notes.traversal);
        assert!(reading("a/../../b").notes.traversal);
        assert!(!reading("a/../b").notes.traversal);
    }

    #[test]
    fn home_is_known_or_the_path_is_loose() {
        assert_eq!(all("~/.ssh"), ["/home/me/.ssh"]);
        assert!(reading("~").notes.home && !reading("~").notes.unanchored);
        let nobody = Base { home: None, ..BASE };
        assert_eq!(first("~/.ssh", &nobody), "~/.ssh");
        assert!(read("~/.ssh", &nobody).unwrap().notes.unanchored);
        assert_eq!(first("~root/.ssh", &BASE), "~root/.ssh");
        assert!(reading("~root/../etc/shadow").all().any(|path| path.as_str() == "/etc/shadow"));
        assert_eq!(all("~$report.docx"), ["/workspace/~$report.docx"]);
    }

    #[test]
    fn without_a_working_directory_a_relative_path_is_loose() {
        let reading = read("../../etc/passwd", &Base::default()).unwrap();
        assert!(reading.notes.unanchored && reading.notes.traversal);
        assert_eq!(reading.path.as_str(), "etc/passwd");
        assert!(reading.others.iter().any(|path| path.as_str() == "/etc/passwd"));
        assert_eq!(first("./", &Base::default()), ".");
        assert!(read("x", &Base { cwd: Some("work"), home: None, ..BASE }).unwrap().notes.unanchored);
    }

    #[test]
    fn other_readings_are_found() {
        for text in [
            "%2e%2e/etc/shadow",
            "%252e%252e%252fetc/shadow",
            "..%c0%afetc/shadow",
            "..\\etc\\shadow",
            "．．／etc／shadow",
            "....//etc/shadow",
            "..;/etc/shadow",
            ".%00./etc/shadow",
            "/proc/self/root/etc/shadow",
            "/proc/1/root/etc/shadow",
            "/proc/thread-self/root/etc/shadow",
            "/proc/self/task/7/root/etc/shadow",
            "/proc/self/cwd/../etc/shadow",
            "/proc/self/root/../etc/shadow",
            "/dev/fd/../root/etc/shadow",
            "%2fetc/shadow%00.png",
            "/etc/shadow.",
            "/etc/shadow::$DATA",
            " /etc/shadow",
        ] {
            assert!(all(text).contains(&"/etc/shadow".to_owned()), "{text}: {:?}", all(text));
        }
    }

    #[test]
    fn windows_paths_have_their_own_form() {
        for (text, path) in [
            ("C:\\Users\\Me", "C:/users/me"),
            ("c:/Users/../Windows", "C:/windows"),
            ("\\\\?\\C:\\Windows", "C:/windows"),
            ("\\\\Host\\Share\\..\\..\\x", "//host/share/x"),
            ("\\\\?\\UNC\\host\\share\\x", "//host/share/x"),
        ] {
            assert!(all(text).contains(&path.to_owned()), "{text}: {:?}", all(text));
            assert_eq!(first(text, &Base::default()), path);
        }
        let windows = Base { cwd: Some("C:\\Work"), home: None, ..BASE };
        assert_eq!(first("src\\a.rs", &windows), "C:/work/src/a.rs");
        assert_eq!(first("/x", &windows), "C:/x");
        assert_eq!(first("C:x", &windows), "C:/work/x");
        assert!(read("NUL.txt", &windows).unwrap().notes.device);
        assert!(read("PROGRA~1\\x", &windows).unwrap().notes.unanchored);
        assert!(read("D:x", &windows).unwrap().notes.unanchored);
    }

    #[test]
    fn devices_are_noted() {
        for text in ["/proc/self/environ", "/dev/sda", "/dev/stdin", "/dev/fd/3", "\\\\.\\PhysicalDrive0"] {
            assert!(reading(text).notes.device, "{text}");
        }
        assert!(!reading("/dev/null").notes.device && !reading("/devices").notes.device);
        assert!(reading("/proc/self/fd/3/etc").notes.unanchored);
        assert!(reading("/proc/7/cwd/x").notes.unanchored);
    }

    #[test]
    fn file_urls_are_their_path() {
        for text in
            ["file:///etc/passwd", "FILE://localhost/etc/passwd", "file:/etc/passwd", "file:///etc/pass%77d?x#y"]
        {
            assert_eq!(all(text), ["/etc/passwd"], "{text}");
        }
        assert_eq!(all("file:///C:/Windows"), ["/C:/Windows", "C:/windows"]);
        for text in ["file://host/etc", "http://a.org/x", "php://filter/x", "file:///a%00b"] {
            assert_eq!(read(text, &BASE).unwrap_err().code(), Code::PathMalformed, "{text}");
        }
    }

    #[test]
    fn what_is_no_path_is_refused() {
        let long = "a".repeat(limits::TARGET_BYTES_MAX + 1);
        for text in ["", "a\0b", "a\nb", "\u{7f}", "\u{85}", long.as_str()] {
            assert!(read(text, &BASE).is_err(), "{text:?}");
        }
        assert!(read(long.split_at(1).1, &BASE).is_ok());
    }

    fn hostile() -> impl Strategy<Value = String> {
        let piece = prop::sample::select(vec![
            "..", ".", "/", "\\", "%2e", "%2f", "%25", "~", "C:", "a", "B", "proc", "self", "root", "cwd", "dev", "fd",
            "%00", ";", "．", "…", " ", "?", ":", "7", "%c0%ae", "é",
        ]);
        prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
    }

    fn bases() -> impl Strategy<Value = (Option<String>, Option<String>)> {
        let dirs = vec![
            None,
            Some("/workspace".to_owned()),
            Some("C:\\w".to_owned()),
            Some("a".to_owned()),
            Some("/".to_owned()),
        ];
        (prop::sample::select(dirs.clone()), prop::sample::select(dirs))
    }

    proptest! {
        #[test]
        fn reading_never_fails_to_answer(text in any::<String>(), (cwd, home) in bases()) {
            let _ = read(&text, &Base { cwd: cwd.as_deref(), home: home.as_deref(), ..BASE });
        }

        #[test]
        fn every_reading_is_clean_and_they_differ(text in hostile(), (cwd, home) in bases()) {
            let base = Base { cwd: cwd.as_deref(), home: home.as_deref(), ..BASE };
            let Ok(reading) = read(&text, &base) else { return Ok(()) };
            prop_assert!(reading.others.len() <= OTHERS_MAX);
            let all: Vec<_> = reading.all().collect();
            for (index, path) in all.iter().enumerate() {
                prop_assert!(path.components().all(|name| !name.is_empty() && name != "." && name != ".."), "{}", path.as_str());
                prop_assert!(!all[..index].contains(path));
                prop_assert!(path.ancestors().count() <= path.components().count() + 1);
            }
        }

        #[test]
        fn cleaning_is_idempotent(text in hostile()) {
            let Ok(reading) = read(&text, &BASE) else { return Ok(()) };
            let place = Place::of(&BASE, &text);
            for path in reading.all().filter(|path| path.root() == clean::Root::Posix) {
                prop_assert_eq!(&walk::posix(path.as_str(), &place, false).path, path);
            }
        }

        #[test]
        fn the_short_way_says_what_the_long_way_says(text in "[./]{0,2}[ab.~ ]{1,3}(/[ab.~ -]{0,3}){0,4}", (cwd, home) in bases()) {
            let base = Base { cwd: cwd.as_deref(), home: home.as_deref(), ..BASE };
            if let Some(path) = read_plain(&text, &base) {
                let long = Readings::of(&text, &Place::of(&base, &text), base.rules).unwrap();
                let plain = PathReading { path, others: Vec::new(), trails: Vec::new(), notes: PathNotes::default() };
                prop_assert_eq!(long, plain);
            }
        }

        #[test]
        fn within_is_transitive(a in "(/[ab]{1,2}){0,2}", b in "(/[ab]{1,2}){0,2}", c in "(/[ab]{1,2}){0,2}") {
            let [a, b, c] = [a, b, c].map(|text| CleanPath::from_clean(if text.is_empty() { "/" } else { &text }));
            prop_assert!(!(a.is_within(&b) && b.is_within(&c)) || a.is_within(&c));
            prop_assert_eq!(a.is_within(&b), a.ancestors().any(|dir| dir == b.as_str()));
        }
    }
}
