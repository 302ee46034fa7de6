//! A pattern of file names as a target: which files it means is only known when it runs.

use std::borrow::Cow;

use crate::path::{self, Base, CleanPath, PathPattern};

/// Every file whose name fits a pattern, as a shell would expand it.
///
/// What restricts meets it if the pattern may well mean a file that is restricted; what permits, only if all that it
/// may mean is permitted.
#[derive(Clone, Debug, PartialEq)]
pub struct PathGlob {
    path: CleanPath,
    /// Paths that it may mean, chosen so that they differ in what a policy may look at.
    samples: Vec<CleanPath>,
    pattern: Option<PathPattern>,
}

impl PathGlob {
    /// The pattern that reads as `path`. `base` is where its samples start.
    pub fn new(path: CleanPath, base: &Base<'_>) -> PathGlob {
        let mut samples: Vec<CleanPath> = Vec::new();
        for sample in ["", "a", "a-b.c"] {
            // An empty name is no name: `*` alone stands for at least one character.
            let text =
                filled(path.as_str(), if is_whole_wild(path.as_str()) && sample.is_empty() { "z" } else { sample });
            let read = path::read(&text, base).map(|reading| reading.path);
            samples.extend(read.ok().filter(|path| !samples.contains(path)));
        }
        let pattern = PathPattern::parse(&without_brackets(path.as_str()), None).ok();
        PathGlob { path, samples, pattern }
    }

    /// The pattern, made absolute.
    pub fn as_str(&self) -> &str {
        self.path.as_str()
    }

    /// The pattern as a path.
    pub fn path(&self) -> &CleanPath {
        &self.path
    }

    /// Whether it may mean something that `holds` of.
    pub fn may(&self, holds: impl Fn(&CleanPath) -> bool) -> bool {
        self.samples.iter().any(holds)
    }

    /// Whether all it may mean is such that `holds`.
    pub fn must(&self, holds: impl Fn(&CleanPath) -> bool) -> bool {
        !self.samples.is_empty() && self.samples.iter().all(holds)
    }

    /// Whether it may mean a path that `pattern` describes.
    pub fn meets(&self, pattern: &PathPattern) -> bool {
        self.may(|path| pattern.matches(path))
            || self.names_like(pattern).any(|path| pattern.matches(&path))
            || self.is_above(pattern)
    }

    /// Whether it may mean the very directory beneath which all lies that `pattern` describes.
    fn is_above(&self, pattern: &PathPattern) -> bool {
        let whole = pattern.as_str().trim_end_matches('*').trim_end_matches('/');
        let is_directory = pattern.as_str().ends_with("/**") && pattern.literal_dir() == Some(whole);
        if !is_directory || self.is_subtree() {
            return false;
        }
        path::read(whole, &Base::default())
            .ok()
            .is_some_and(|reading| self.pattern.as_ref().is_some_and(|own| own.matches(&reading.path)))
    }

    /// Whether it means anything beneath a directory, which is no more than the directory itself says.
    fn is_subtree(&self) -> bool {
        self.path.as_str().ends_with("/**")
    }

    /// Whether one of the directory parts may mean the directory above.
    pub fn climbs(&self) -> bool {
        let dots_and_wildcards = |name: &str| {
            name.starts_with('.')
                && name.contains(['*', '?', '['])
                && name.chars().all(|c| matches!(c, '.' | '*' | '?' | '[' | ']'))
        };
        self.path.components().any(dots_and_wildcards)
    }

    /// Paths in its directory, with a name of which `pattern` speaks, that it fits.
    fn names_like<'a>(&'a self, pattern: &'a PathPattern) -> impl Iterator<Item = CleanPath> + 'a {
        let (directory, name) = self.path.as_str().rsplit_once('/').unwrap_or_default();
        let wanted = pattern.as_str().rsplit('/').next().unwrap_or_default();
        // `*` means every file of a directory, as the directory itself does; it is not taken for a way to reach the
        // one among them that a pattern for any directory names.
        let anywhere = pattern.as_str().strip_prefix("**/");
        // `*.json` is a sort of files, and no way to the one of that sort that has a name of its own.
        let is_other_sort = anywhere == Some(wanted) && path::is_sort(name) && !path::is_sort(wanted);
        let says_nothing =
            self.is_subtree() || is_other_sort || !names_something(name) && pattern.as_str().starts_with("**");
        let hidden = name.starts_with(['.', '[']);
        // A name that hardly is one of the pattern's own.
        let directory = directory.replace("**", "a-b");
        ["", "a"]
            .into_iter()
            .map(move |fill| filled(wanted, fill))
            .filter(move |wanted| !says_nothing && !wanted.is_empty() && (hidden || !wanted.starts_with('.')))
            .filter_map(move |wanted| path::read(&format!("{directory}/{wanted}"), &Base::default()).ok())
            .map(|reading| reading.path)
            .filter(|path| self.pattern.as_ref().is_some_and(|own| own.matches(path)))
    }
}

/// Whether `..` stands behind a wildcard in `text`: it may take away more than the wildcard stands for, and where that
/// is a link, it leads elsewhere.
pub(crate) fn climbs_behind(text: &str) -> bool {
    text.split('/').skip_while(|name| !name.contains(['*', '?', '['])).any(|name| name == "..")
}

/// Whether a pattern has letters of its own, outside sets.
fn names_something(name: &str) -> bool {
    without_brackets(name).contains(char::is_alphanumeric)
}

/// Whether some name of `path` is nothing but a wildcard.
fn is_whole_wild(path: &str) -> bool {
    path.split('/').any(|name| !name.is_empty() && name.chars().all(|c| c == '*'))
}

/// The text with `fill` for each `*`, a letter for each `?`, and the first character of each set.
fn filled(pattern: &str, fill: &str) -> String {
    let mut out = String::with_capacity(pattern.len());
    let mut rest = pattern.chars();
    while let Some(c) = rest.next() {
        match c {
            '*' => {
                rest = rest.as_str().trim_start_matches('*').chars();
                out.push_str(fill);
            }
            '?' => out.push('a'),
            '[' => match rest.as_str().split_once(']') {
                Some((set, behind)) if !set.is_empty() => {
                    out.extend(set.trim_start_matches(['!', '^']).chars().next());
                    rest = behind.chars();
                }
                _ => out.push('['),
            },
            c => out.push(c),
        }
    }
    out
}

/// The pattern with `?` for each set of characters; a set of one is that one.
fn without_brackets(pattern: &str) -> Cow<'_, str> {
    if !pattern.contains('[') {
        return Cow::Borrowed(pattern);
    }
    let mut out = String::with_capacity(pattern.len());
    let mut rest = pattern;
    while let Some((before, behind)) = rest.split_once('[') {
        out.push_str(before);
        let (set, after) = behind.split_once(']').unwrap_or((behind, ""));
        out.push_str(if set.len() == 1 && set.contains(char::is_alphanumeric) { set } else { "?" });
        rest = after;
    }
    out.push_str(rest);
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn glob(text: &str) -> PathGlob {
        PathGlob::new(path::read(text, &Base::default()).unwrap().path, &Base::default())
    }

    #[test]
    fn a_glob_meets_what_it_may_mean() {
        for (text, pattern, meets) in [
            ("/w/.e*", "**/.env", true),
            ("/w/.??v", "**/.env", true),
            ("/w/.*", "**/.env", false),
            ("/w/.[!.]*", "**/.env", false),
            ("/w/[.]env", "**/.env", true),
            ("/[ab]*/**", "**/*.kdbx", false),
            ("/w/*", "**/.env", false),
            ("/w/*", "**/credentials.json", false),
            ("/w/cred*", "**/credentials.json", true),
            ("/w/*.json", "**/credentials.json", false),
            ("/w/*s.json", "**/credentials.json", true),
            ("/w/*secret*", "**/secrets.json", true),
            ("/w/*rsa", "**/id_rsa", true),
            ("/w/*env", "**/*.env", true),
            ("/h/.docker/*.json", "**/.docker/config.json", true),
            ("/w/src*", "**/credentials.json", false),
            ("/w/*.pem", "**/*.pem", true),
            ("/w/*.txt", "**/*.pem", false),
            ("/etc/sh?dow", "/etc/shadow", true),
            ("/etc/*", "/etc/shadow", true),
            ("/etc/*", "/etc/**", true),
            ("/w/**", "**/.env", false),
            ("/*", "/etc/**", true),
        ] {
            assert_eq!(glob(text).meets(&PathPattern::parse(pattern, None).unwrap()), meets, "{text} {pattern}");
        }
    }

    #[test]
    fn all_it_means_must_be_permitted() {
        for (text, pattern, within) in [
            ("/w/*.txt", "/w/", true),
            ("/w/*.txt", "/w/*.txt", true),
            ("/w/*", "/w/*.txt", false),
            ("/w*/x", "/w/", false),
            ("/w/?", "/w/a", true),
        ] {
            let pattern_read = PathPattern::parse(pattern, None).unwrap();
            assert_eq!(glob(text).must(|path| pattern_read.matches(path)), within, "{text} {pattern}");
        }
        assert!(climbs_behind("**/../x") && climbs_behind("a?/b/..") && !climbs_behind("../*"));
        assert!(glob("/w/.*").climbs() && glob("/w/.?/x").climbs() && !glob("/w/.e*").climbs());
    }
}
