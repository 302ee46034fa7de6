//! The paths that a policy speaks of.

use super::clean::{CleanPath, Root};
use super::files::{FileSystem, NoFileSystem};
use super::glob::{Demand, Glob, GlobRoot};
use super::resolve::follow;
use super::rules::{Form, PathRules};
use super::walk::looks_windows;
use crate::limits;

/// A path as a policy writes it, with or without wildcards.
///
/// # What does it match?
/// A path that the pattern describes, and everything beneath such a path. So `/workspace` (or `/workspace/`) holds
/// `/workspace/a/b` and not `/workspace_evil`, and `/home/*/.ssh` holds what lies in that directory.
///
/// | written | matches |
/// |---|---|
/// | `?` | one character of a name |
/// | `*` | any run of characters of a name |
/// | `**` as a whole name | any run of names, none included |
/// | `~/x` | `x` in the home directory, and in everybody's: `/home/*/x`, `/root/x`, `/Users/*/x`, `C:/Users/*/x`, `~*/x` |
/// | `**/x` | `x` in any directory, also where a path's start is not known |
/// | `*.pem` | the same as `**/*.pem` |
/// | `C:\x`, `C:/x` | on that drive, in upper or lower case |
/// | `\\host\share\x` | on that share, in upper or lower case |
///
/// # What does it not match?
/// Nothing of another kind: `/` is not a drive, and holds no path whose start is unknown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathPattern {
    text: String,
    globs: Vec<Glob>,
    literal_dir: Option<String>,
    form: Form,
}

/// What a pattern has to know of the place it is written for.
#[derive(Clone, Copy)]
pub struct PatternGround<'a> {
    /// The home directory that `~` stands for, if known.
    pub home: Option<&'a str>,
    /// By which system's rules paths are compared.
    pub rules: PathRules,
    /// Whether what the pattern matches is permitted something.
    pub permits: bool,
    /// Where its directories are looked up: it matches what is written and what that really leads to.
    pub files: &'a dyn FileSystem,
}

impl Default for PatternGround<'_> {
    fn default() -> Self {
        PatternGround { home: None, rules: PathRules::Posix, permits: false, files: &NoFileSystem }
    }
}

impl PathPattern {
    /// Reads a pattern. `home` is the home directory that `~` stands for, if known; `~` stands for everybody's home as
    /// well, so that a denied `~/.ssh` holds whoever's it is.
    ///
    /// # Errors
    /// One clause for the user, with what to write instead.
    pub fn parse(text: &str, home: Option<&str>) -> Result<PathPattern, String> {
        PathPattern::parse_on(text, &PatternGround { home, ..PatternGround::default() })
    }

    /// Reads a pattern of a list that *permits*: `~` stands for `home` alone, since one's own home being allowed says
    /// nothing about another's.
    ///
    /// # Errors
    /// One clause for the user, with what to write instead.
    pub fn parse_own_home(text: &str, home: Option<&str>) -> Result<PathPattern, String> {
        PathPattern::parse_on(text, &PatternGround { home, permits: true, ..PatternGround::default() })
    }

    /// Reads a pattern for the place that `ground` describes. Where it refuses, it matches by the loosest comparison
    /// that the system may make, and `~` is everybody's home; where it permits, by the strictest, and `~` is one's own.
    ///
    /// # Errors
    /// One clause for the user, with what to write instead.
    pub fn parse_on(text: &str, ground: &PatternGround<'_>) -> Result<PathPattern, String> {
        check_characters(text)?;
        let mut all = globs(text, text, ground)?;
        for twin in ground.rules.twins_of_pattern(text) {
            all.extend(globs(text, &twin, ground)?);
        }
        let moved: Vec<Glob> = all.iter().filter_map(|glob| moved(glob, ground.files)).collect();
        let form = ground.rules.form(ground.permits);
        let mut globs = Vec::with_capacity(all.len());
        for glob in all.into_iter().chain(moved).map(|glob| glob.in_form(form)) {
            if !globs.contains(&glob) {
                globs.push(glob);
            }
        }
        let literal_dir = match globs.as_slice() {
            [glob] => glob.literal_dir(),
            _ => None,
        };
        Ok(PathPattern { text: text.to_owned(), globs, literal_dir, form })
    }

    /// The form in which it is compared with paths.
    pub(super) fn form(&self) -> Form {
        self.form
    }

    /// Whether `path` or one of its ancestors is what the pattern describes.
    pub fn matches(&self, path: &CleanPath) -> bool {
        let path = self.form.of_path(path);
        self.globs.iter().any(|glob| glob.matches(&path))
    }

    /// The pattern as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The longest directory before the first wildcard. Nothing for a pattern that starts with one or with `~`.
    pub fn literal_dir(&self) -> Option<&str> {
        self.literal_dir.as_deref()
    }

    /// What each of the globs it stands for demands: every path it matches meets one of these demands. Nothing if some
    /// glob demands nothing that can be told.
    pub fn demands(&self) -> Option<Vec<Demand<'_>>> {
        self.globs.iter().map(Glob::demand).collect()
    }

    /// The globs it stands for.
    pub(super) fn globs(&self) -> &[Glob] {
        &self.globs
    }
}

/// The globs that `written` stands for; `text` is the pattern as its author wrote it.
fn globs(text: &str, written: &str, ground: &PatternGround<'_>) -> Result<Vec<Glob>, String> {
    let is_windows = looks_windows(written);
    let slashed = if is_windows { written.replace('\\', "/") } else { written.to_owned() };
    check_names(text, &slashed)?;
    let mut globs = match home_tail(text, &slashed)? {
        Some(rest) => home_globs(rest, ground.home, !ground.permits),
        None => vec![anchored_glob(text, &slashed, is_windows)?],
    };
    // There, `/x` is on whichever drive one works.
    if ground.rules == PathRules::Windows && !ground.permits && slashed.starts_with('/') && !is_windows {
        globs.push(Glob::new(GlobRoot::AnyDrive, names(&slashed)));
    }
    Ok(globs)
}

/// `glob` where its literal directory really lies; nothing if that is where it is.
fn moved(glob: &Glob, files: &dyn FileSystem) -> Option<Glob> {
    let dir = glob.literal_dir()?;
    let real = follow(&dir, files).ok()?.path;
    (real.as_str() != dir).then(|| glob.moved_to(&real))
}

fn check_characters(text: &str) -> Result<(), String> {
    if text.is_empty() {
        return Err("the path is empty".to_owned());
    }
    if text.len() > limits::TARGET_BYTES_MAX || text.contains(char::is_control) {
        return Err("the path is too long or has control characters".to_owned());
    }
    if text.trim() != text {
        return Err(format!("`{text}` starts or ends with a space; leave it out"));
    }
    if text.contains(['[', ']', '{', '}']) {
        return Err(format!(
            "`{text}` has brackets or braces, which have no meaning here; write `?`, `*` or several patterns"
        ));
    }
    if text.contains('\\') && !looks_windows(text) {
        return Err(format!("`{text}` has a backslash; write `/` between names, or start with a drive such as `C:\\`"));
    }
    Ok(())
}

fn check_names(text: &str, slashed: &str) -> Result<(), String> {
    for name in slashed.split('/') {
        if name == "." || name == ".." {
            return Err(format!("`{text}` has `{name}` in it; write the directory it leads to"));
        }
        if name.contains("**") && name != "**" {
            return Err(format!("`{text}` has `**` within a name; write `*` there, or `**` between two `/`"));
        }
    }
    Ok(())
}

/// What follows `~` in a pattern that starts with it.
fn home_tail<'a>(text: &str, slashed: &'a str) -> Result<Option<&'a str>, String> {
    match slashed.strip_prefix('~') {
        Some(rest) if rest.is_empty() || rest.starts_with('/') => Ok(Some(rest)),
        Some(_) => Err(format!("`{text}` names somebody's home; write the directory itself, such as `/home/name/x`")),
        None => Ok(None),
    }
}

fn home_globs(rest: &str, home: Option<&str>, everybody: bool) -> Vec<Glob> {
    let at = |root: GlobRoot, dir: &str| Glob::new(root, names(dir).chain(names(rest)));
    let posix = GlobRoot::At(Root::Posix);
    let loose = GlobRoot::At(Root::Loose);
    let mut globs = vec![at(loose, if everybody { "~*" } else { "~" })];
    if let Some(home) = home.and_then(super::walk::directory) {
        let own = home.components().chain(names(rest));
        globs.push(Glob::new(GlobRoot::At(home.root()), own));
    }
    if everybody {
        globs.extend(["home/*", "root", "Users/*", "var/root"].map(|dir| at(posix, dir)));
        globs.push(at(GlobRoot::AnyDrive, "users/*"));
    }
    globs
}

fn anchored_glob(text: &str, slashed: &str, is_windows: bool) -> Result<Glob, String> {
    if is_windows {
        let (root, rest) = match slashed.strip_prefix("//") {
            Some(rest) => (Root::Share, rest),
            None => (drive_root(slashed), slashed.get(2..).unwrap_or_default()),
        };
        return Ok(Glob::new(GlobRoot::At(root), names(rest)));
    }
    if slashed.starts_with("//") {
        return Err(format!("`{text}` starts with `//`; write one `/`, or `\\\\host\\share` for a Windows share"));
    }
    if slashed.starts_with('/') {
        return Ok(Glob::new(GlobRoot::At(Root::Posix), names(slashed)));
    }
    if slashed.starts_with('*') {
        return Ok(Glob::new(GlobRoot::Any, std::iter::once("**").chain(names(slashed))));
    }
    Err(format!("`{text}` is relative; write it in full, such as `/…/{text}`, or `**/{text}` for any directory"))
}

fn drive_root(text: &str) -> Root {
    text.chars().next().map_or(Root::Loose, |letter| Root::Drive(letter.to_ascii_uppercase()))
}

fn names(text: &str) -> impl Iterator<Item = &str> {
    text.split('/').filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(pattern: &str, path: &str) -> bool {
        PathPattern::parse(pattern, Some("/data/me")).unwrap().matches(&CleanPath::from_clean(path))
    }

    #[test]
    fn a_plain_pattern_holds_itself_and_what_is_beneath() {
        for pattern in ["/workspace", "/workspace/", "/workspace/**"] {
            assert!(holds(pattern, "/workspace") && holds(pattern, "/workspace/a/b"), "{pattern}");
            assert!(!holds(pattern, "/workspace_evil") && !holds(pattern, "/") && !holds(pattern, "/a/workspace"));
        }
        assert!(holds("/", "/") && holds("/", "/a") && !holds("/", "C:/a") && !holds("/", "a") && !holds("/", "//h/s"));
    }

    #[test]
    fn wildcards_stay_within_a_name_and_double_stars_cross_them() {
        assert!(holds("/home/*/.ssh", "/home/a/.ssh/id_rsa"));
        assert!(!holds("/home/*/.ssh", "/home/a/b/.ssh"));
        assert!(!holds("/workspace/*", "/workspace") && holds("/workspace/*", "/workspace/a/b"));
        assert!(holds("/srv/**/private", "/srv/private") && holds("/srv/**/private", "/srv/a/b/private/c"));
        assert!(!holds("/srv/**/private", "/srv/a/privates"));
        assert!(holds("/a?c", "/abc") && !holds("/a?c", "/a/c"));
        assert!(holds("/a/**/b/**/c", "/a/x/b/b/y/c/z") && !holds("/a/**/b/**/c", "/a/c/b"));
    }

    #[test]
    fn a_leading_star_holds_in_any_directory_of_any_kind() {
        for path in ["/.env", "/a/b/.env", ".env", "sub/.env", "C:/a/.env", "//h/s/.env"] {
            assert!(holds("**/.env", path), "{path}");
        }
        assert!(holds("*.pem", "/a/b.pem") && holds("*.pem", "b.pem") && !holds("*.pem", "/a/bpem"));
        assert!(holds("*", "/a") && holds("**", "/") && holds("**", "."));
    }

    #[test]
    fn home_is_everybodys_unless_the_list_permits() {
        let paths = [
            "/data/me/.ssh/x",
            "/home/a/.ssh",
            "/root/.ssh",
            "/Users/b/.ssh",
            "C:/users/b/.ssh",
            "~/.ssh",
            "~eve/.ssh",
        ];
        for path in paths {
            assert!(holds("~/.ssh", path), "{path}");
        }
        let own = PathPattern::parse_own_home("~/.ssh", Some("/data/me")).unwrap();
        let held: Vec<_> = paths.into_iter().filter(|path| own.matches(&CleanPath::from_clean(path))).collect();
        assert_eq!(held, ["/data/me/.ssh/x", "~/.ssh"]);
    }

    #[test]
    fn drives_and_shares_are_the_same_in_either_case() {
        for pattern in ["C:\\Users\\Me", "c:/users/me/"] {
            assert!(holds(pattern, "C:/users/me/x") && !holds(pattern, "D:/users/me") && !holds(pattern, "/users/me"));
        }
        assert!(holds("\\\\Host\\share", "//host/share/x") && !holds("\\\\Host\\share", "/host/share/x"));
    }

    #[test]
    fn what_cannot_be_meant_is_refused_with_help() {
        for (pattern, help) in [
            ("", "empty"),
            ("src/", "`**/src/`"),
            ("/a/../b", "`..`"),
            ("/a/./b", "`.`"),
            ("/a**", "`**`"),
            ("//etc", "one `/`"),
            ("~root/x", "/home/name/x"),
            ("/a/{b,c}", "braces"),
            ("/a\\b", "backslash"),
            (" /a", "space"),
            ("C:x", "relative"),
            ("/a\0", "control"),
        ] {
            let clause = PathPattern::parse(pattern, None).unwrap_err();
            assert!(clause.contains(help), "{pattern}: {clause}");
        }
    }

    #[test]
    fn the_literal_directory_ends_before_the_first_wildcard() {
        let dir = |text: &str| PathPattern::parse(text, None).unwrap().literal_dir().map(str::to_owned);
        assert_eq!(dir("/home/*/.ssh").as_deref(), Some("/home"));
        assert_eq!(dir("/workspace/").as_deref(), Some("/workspace"));
        assert_eq!(dir("/*/x").as_deref(), Some("/"));
        assert_eq!(dir("C:\\Work\\*").as_deref(), Some("C:/work"));
        assert_eq!(dir("**/x"), None);
        assert_eq!(dir("~/x"), None);
    }
}
