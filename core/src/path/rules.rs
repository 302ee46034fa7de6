//! By which system's rules paths are read and compared.
//!
//! | | names differ by | separators | also |
//! |---|---|---|---|
//! | POSIX | every byte; a refusal ignores case and how accents are composed | `/` | |
//! | macOS | spelling, but not by how accents are composed; a refusal also ignores case | `/` | `/tmp` is `/private/tmp`, `/System/Volumes/Data` is `/` |
//! | Windows | spelling, but not by case | `/` and `\` | drives, shares, streams, reserved and short names |
//!
//! What permits is compared more strictly than what refuses wherever volumes of one system differ, so that no answer
//! is looser on one of them. A Linux machine has such volumes too, somewhere beneath its root: what is shared with macOS
//! or Windows, directories of ext4 that fold case. The names in the root itself differ by every byte.

use std::borrow::Cow;

use icu_normalizer::{ComposingNormalizerBorrowed, DecomposingNormalizerBorrowed};

use super::clean::{CleanPath, Root};

/// A system's rules for paths.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PathRules {
    /// Those of POSIX. A working directory on a drive still means those of Windows.
    #[default]
    Posix,
    /// Those of Windows.
    Windows,
    /// Those of macOS and iOS.
    MacOs,
}

impl PathRules {
    /// The rules of the system that this program was built for.
    pub fn of_host() -> PathRules {
        if cfg!(windows) {
            PathRules::Windows
        } else if cfg!(target_vendor = "apple") {
            PathRules::MacOs
        } else {
            PathRules::Posix
        }
    }

    /// Reads `posix`, `windows`, `macos`, and `host` for the rules of this system.
    pub fn parse(word: &str) -> Option<PathRules> {
        match word {
            "posix" => Some(PathRules::Posix),
            "windows" => Some(PathRules::Windows),
            "macos" => Some(PathRules::MacOs),
            "host" => Some(PathRules::of_host()),
            _ => None,
        }
    }

    /// The form in which a pattern that `permits` something, or else refuses it, is compared with paths.
    pub(super) fn form(self, permits: bool) -> Form {
        match (self, permits) {
            (PathRules::MacOs, true) => Form::Composed,
            (PathRules::MacOs, false) => Form::Folded,
            (PathRules::Posix, false) => Form::FoldedBeneath,
            // What lies on a drive is in lower case from the start.
            (PathRules::Posix, true) | (PathRules::Windows, _) => Form::Exact,
        }
    }

    /// The place that the system itself has put behind `path`, a text in clean form, on every machine.
    pub(super) fn place_behind(self, path: &str) -> Option<Cow<'_, str>> {
        if self != PathRules::MacOs {
            return None;
        }
        if let Some(rest) = beneath(path, DATA_VOLUME) {
            return Some(if rest.is_empty() { Cow::Borrowed("/") } else { Cow::Borrowed(rest) });
        }
        let rest = PRIVATE.iter().find_map(|dir| beneath(path, dir).map(|rest| (dir, rest)));
        rest.map(|(dir, rest)| format!("/private{dir}{rest}").into())
    }

    /// The other texts for the place that a pattern names.
    pub(super) fn twins_of_pattern(self, pattern: &str) -> Vec<String> {
        let from_private = beneath(pattern, "/private")
            .filter(|rest| self == PathRules::MacOs && PRIVATE.iter().any(|dir| beneath(rest, dir).is_some()));
        self.place_behind(pattern).map(Cow::into_owned).into_iter().chain(from_private.map(str::to_owned)).collect()
    }

    /// Whether `path` lies where the system opens files by number or by other rules than a path's.
    pub(super) fn is_beyond_reading(self, path: &str) -> bool {
        self == PathRules::MacOs && ["/.vol", "/.nofollow", "/.resolve"].iter().any(|dir| beneath(path, dir).is_some())
    }
}

/// Directories of macOS that are links into `/private`.
const PRIVATE: [&str; 3] = ["/etc", "/tmp", "/var"];

/// Where macOS keeps all that may change. It shows through at the root without being a link.
const DATA_VOLUME: &str = "/System/Volumes/Data";

/// What follows `dir` in `path`, whatever the case; nothing if the path does not lie there.
fn beneath<'a>(path: &'a str, dir: &str) -> Option<&'a str> {
    let (head, rest) = path.split_at_checked(dir.len())?;
    (head.eq_ignore_ascii_case(dir) && (rest.is_empty() || rest.starts_with('/'))).then_some(rest)
}

/// The form in which names are compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Form {
    /// As they are.
    #[default]
    Exact,
    /// With composed accents.
    Composed,
    /// With composed accents and without case.
    Folded,
    /// Likewise, but for the names in the root.
    FoldedBeneath,
}

impl Form {
    /// `text` in this form.
    pub(super) fn of(self, text: &str) -> Cow<'_, str> {
        match self {
            Form::Exact => Cow::Borrowed(text),
            Form::Composed if text.is_ascii() => Cow::Borrowed(text),
            Form::Composed => ComposingNormalizerBorrowed::new_nfc().normalize(text),
            _ if text.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase()) => Cow::Borrowed(text),
            _ if text.is_ascii() => Cow::Owned(text.to_ascii_lowercase()),
            _ => Cow::Owned(folded(text)),
        }
    }

    /// `path` in this form; its root stays as it is.
    pub(super) fn of_path(self, path: &CleanPath) -> Compared<'_> {
        let whole = self.of_names(path, path.root().len());
        let keeps_first = self == Form::FoldedBeneath && path.root() == Root::Posix && matches!(whole, Cow::Owned(_));
        let first = path.components().next().filter(|_| keeps_first).map(str::len);
        let named = first.map(|first| self.of_names(path, path.root().len() + first));
        Compared { named: named.unwrap_or_else(|| whole.clone()), whole }
    }

    /// `path` with what stands from `start` on in this form.
    fn of_names(self, path: &CleanPath, start: usize) -> Cow<'_, CleanPath> {
        let (kept, names) = path.as_str().split_at_checked(start).unwrap_or(("", path.as_str()));
        match self.of(names) {
            Cow::Borrowed(_) => Cow::Borrowed(path),
            Cow::Owned(names) => Cow::Owned(CleanPath::from_clean(&format!("{kept}{names}"))),
        }
    }
}

/// A path as patterns compare it.
#[derive(Clone, Debug)]
pub(super) struct Compared<'a> {
    /// For patterns that begin with a name in the root.
    pub(super) named: Cow<'a, CleanPath>,
    /// For all others.
    pub(super) whole: Cow<'a, CleanPath>,
}

/// Upper case first: it is there that `ß` and `ſ` lose what they are apart from `ss` and `s`.
fn folded(text: &str) -> String {
    let apart = DecomposingNormalizerBorrowed::new_nfd().normalize(text);
    let lower: String = apart.chars().flat_map(char::to_uppercase).flat_map(char::to_lowercase).collect();
    ComposingNormalizerBorrowed::new_nfc().normalize(&lower).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_ignores_case_and_both_ignore_how_accents_are_composed() {
        let (permit, refuse) = (PathRules::MacOs.form(true), PathRules::MacOs.form(false));
        for (a, b) in [("caf\u{e9}", "cafe\u{301}"), ("\u{1e9b}\u{323}", "\u{17f}\u{323}\u{307}")] {
            assert_eq!(permit.of(a), permit.of(b));
            assert_eq!(refuse.of(a), refuse.of(b));
        }
        for (a, b) in
            [("Etc", "eTC"), ("STRASSE", "straße"), ("É", "e\u{301}"), ("\u{212a}", "k"), ("ſ", "S"), ("Σ", "ς")]
        {
            assert_ne!(permit.of(a), permit.of(b), "{a}");
            assert_eq!(refuse.of(a), refuse.of(b), "{a}");
        }
        assert_eq!(PathRules::Posix.form(false).of("Etc"), "etc");
        assert_eq!(PathRules::Posix.form(true).of("Etc"), "Etc");
        let path = CleanPath::from_clean("/Work/A");
        let compared = PathRules::Posix.form(false).of_path(&path);
        assert_eq!((compared.named.as_str(), compared.whole.as_str()), ("/Work/a", "/work/a"));
    }

    #[test]
    fn the_places_of_macos_are_known_at_component_borders() {
        let behind = |path| PathRules::MacOs.place_behind(path).map(Cow::into_owned);
        assert_eq!(behind("/tmp/x").as_deref(), Some("/private/tmp/x"));
        assert_eq!(behind("/TMP").as_deref(), Some("/private/tmp"));
        assert_eq!(behind("/System/Volumes/Data/Users/me").as_deref(), Some("/Users/me"));
        assert_eq!(behind("/system/volumes/data").as_deref(), Some("/"));
        assert_eq!(behind("/tmpx"), None);
        assert_eq!(PathRules::Posix.place_behind("/tmp/x"), None);
        assert_eq!(PathRules::MacOs.twins_of_pattern("/private/var/**"), ["/var/**"]);
        assert!(PathRules::MacOs.twins_of_pattern("/private/home").is_empty());
    }
}
