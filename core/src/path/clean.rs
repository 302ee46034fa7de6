//! A path in its one normal form.

use std::borrow::Cow;
use std::sync::Arc;

use super::rules::PathRules;

/// A path without `.`, `..` or doubled separators. Only [`read`](super::read) makes one.
///
/// # What does it look like?
/// The start tells the kind, so that no prefix of one kind contains a path of another:
///
/// | text | kind |
/// |---|---|
/// | `/etc/passwd` | an absolute path |
/// | `C:/users/me` | on a Windows drive: letter in upper case, the rest in lower case, as Windows does not tell them apart |
/// | `//host/share/file` | on a Windows network share, in lower case; `//?/name` is a Windows device |
/// | `src/main.rs`, `~alice/x`, `.` | *loose*: where it starts is not known ([`unanchored`](super::PathNotes::unanchored)) |
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CleanPath {
    text: Arc<str>,
}

/// What a path starts from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Root {
    Posix,
    Drive(char),
    Share,
    Loose,
}

impl CleanPath {
    /// The path as text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The names on the way from the root, outermost first. A drive is part of the root, host and share are names.
    pub fn components(&self) -> impl Iterator<Item = &str> + Clone {
        let below = match self.root() {
            Root::Drive(_) => self.text.get(2..).unwrap_or_default(),
            _ => self.text.as_ref(),
        };
        below.split('/').filter(|name| !name.is_empty() && *name != ".")
    }

    /// The last name, or nothing for a root.
    pub fn file_name(&self) -> Option<&str> {
        let (_, name) = self.text.rsplit_once('/').unwrap_or(("", &self.text));
        (!name.is_empty() && name != ".").then_some(name)
    }

    /// What follows the last dot of the file name, with that dot and in lower case: `.pem` for `a.PEM`, `.env` for
    /// `.env`, `.local` for `.env.local`. Nothing if there is no dot.
    pub fn extension(&self) -> Option<String> {
        let name = self.file_name()?;
        let tail = name.get(name.rfind('.')?..)?;
        Some(tail.to_lowercase())
    }

    /// Whether `extension` stands anywhere in the file name, whatever its case. This is the question of a list of
    /// *denied* extensions, so it says yes to copies and variants.
    ///
    /// The dot in front may be left out. What follows must not be a letter or digit: `.env` is found in `.env`,
    /// `prod.env`, `.env.local`, `.env-old` and `.ENV~`, not in `.envrc` or `environment`.
    pub fn has_extension(&self, extension: &str) -> bool {
        let wanted = dotted(extension);
        let name = self.file_name().unwrap_or_default().to_lowercase();
        wanted.len() > 1
            && name.match_indices(wanted.as_str()).any(|(at, found)| {
                let rest = name.get(at + found.len()..).unwrap_or_default();
                !rest.starts_with(char::is_alphanumeric)
            })
    }

    /// Whether the file name ends in `extension`, whatever its case. This is the question of a list of *allowed*
    /// extensions: `.txt` is not the extension of `a.txt.exe`.
    pub fn ends_in_extension(&self, extension: &str) -> bool {
        let wanted = dotted(extension);
        wanted.len() > 1 && self.file_name().unwrap_or_default().to_lowercase().ends_with(&wanted)
    }

    /// Whether this is `dir` or lies beneath it. `/workspace_evil` is not within `/workspace`, and nothing but a path of
    /// the same kind is within a root.
    pub fn is_within(&self, dir: &CleanPath) -> bool {
        self.root() == dir.root()
            && self
                .text
                .strip_prefix(dir.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || dir.text.ends_with('/'))
    }

    /// The path of `names`, a text of clean names, beneath this one.
    pub(crate) fn beneath(&self, names: &str) -> CleanPath {
        let all: Vec<&str> = self.components().chain(names.split('/').filter(|name| !name.is_empty())).collect();
        CleanPath::from_names(self.root(), &all)
    }

    /// The other forms in which patterns compare this path by `rules`; none where it is compared as it is.
    pub fn compared_forms(&self, rules: PathRules) -> Vec<CleanPath> {
        let forms = [true, false].map(|permits| rules.form(permits));
        let compared = forms.into_iter().flat_map(|form| {
            let compared = form.of_path(self);
            [compared.named, compared.whole]
        });
        let changed = compared.filter_map(|path| match path {
            Cow::Owned(path) => Some(path),
            Cow::Borrowed(_) => None,
        });
        changed.collect()
    }

    /// This path, its directory, and so on up to its root.
    pub(super) fn ancestors(&self) -> impl Iterator<Item = &str> {
        let root_len = self.root().len();
        let mut next = Some(self.as_str());
        std::iter::from_fn(move || {
            let path = next?;
            next = parent(path, root_len);
            Some(path)
        })
    }

    /// What the path starts from.
    pub(super) fn root(&self) -> Root {
        Root::of(&self.text)
    }

    /// The path that leads from `root` over `names`, which are clean.
    pub(super) fn from_names(root: Root, names: &[&str]) -> CleanPath {
        let length: usize = names.iter().map(|name| name.len() + 1).sum();
        let mut text = String::with_capacity(length + 3);
        root.write(&mut text);
        for (index, name) in names.iter().enumerate() {
            if index > 0 {
                text.push('/');
            }
            root.write_name(&mut text, name);
        }
        if text.is_empty() {
            text.push('.');
        }
        CleanPath { text: text.into() }
    }

    /// The path that `text` is already; the caller has looked at every byte of it.
    pub(super) fn from_clean(text: &str) -> CleanPath {
        CleanPath { text: text.into() }
    }
}

impl Root {
    /// What a text in clean form starts from.
    pub(super) fn of(text: &str) -> Root {
        match text.as_bytes() {
            [b'/', b'/', ..] => Root::Share,
            [b'/', ..] => Root::Posix,
            [letter @ b'A'..=b'Z', b':', b'/', ..] => Root::Drive(char::from(*letter)),
            _ => Root::Loose,
        }
    }

    /// Names of a share that cannot be climbed over: host and share.
    pub(super) fn names_min(self) -> usize {
        if self == Root::Share { 2 } else { 0 }
    }

    /// Whether the names beneath it are the same in upper and lower case.
    pub(super) fn folds_case(self) -> bool {
        matches!(self, Root::Drive(_) | Root::Share)
    }

    pub(super) fn len(self) -> usize {
        match self {
            Root::Posix => 1,
            Root::Drive(_) => 3,
            Root::Share => 2,
            Root::Loose => 0,
        }
    }

    pub(super) fn write(self, text: &mut String) {
        match self {
            Root::Posix => text.push('/'),
            Root::Drive(letter) => text.extend([letter, ':', '/']),
            Root::Share => text.push_str("//"),
            Root::Loose => {}
        }
    }

    fn write_name(self, text: &mut String, name: &str) {
        if self.folds_case() {
            text.extend(name.chars().flat_map(char::to_lowercase));
        } else {
            text.push_str(name);
        }
    }
}

/// The directory of `path`. A root has none, and neither has the host of a share.
fn parent(path: &str, root_len: usize) -> Option<&str> {
    if path.len() <= root_len {
        return None;
    }
    match path.rfind('/') {
        Some(at) if at >= root_len => path.get(..at),
        Some(_) if root_len != Root::Share.len() => path.get(..root_len),
        _ => None,
    }
}

fn dotted(extension: &str) -> String {
    let bare = extension.strip_prefix('.').unwrap_or(extension);
    format!(".{}", bare.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> CleanPath {
        CleanPath::from_clean(text)
    }

    #[test]
    fn within_holds_at_component_borders_and_for_one_kind_only() {
        assert!(path("/workspace").is_within(&path("/workspace")));
        assert!(path("/workspace/a").is_within(&path("/workspace")));
        assert!(path("/workspace").is_within(&path("/")));
        assert!(path("C:/a").is_within(&path("C:/")));
        assert!(!path("/workspace_evil").is_within(&path("/workspace")));
        assert!(!path("/workspace").is_within(&path("/workspace/a")));
        for stranger in ["C:/a", "//host/share", "a", "~me/x", "."] {
            assert!(!path(stranger).is_within(&path("/")), "{stranger}");
        }
    }

    #[test]
    fn ancestors_end_at_the_root_of_the_kind() {
        let all = |text: &str| path(text).ancestors().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(all("/a/b"), ["/a/b", "/a", "/"]);
        assert_eq!(all("/"), ["/"]);
        assert_eq!(all("C:/a/b"), ["C:/a/b", "C:/a", "C:/"]);
        assert_eq!(all("//h/s/x"), ["//h/s/x", "//h/s", "//h"]);
        assert_eq!(all("a/b"), ["a/b", "a"]);
    }

    #[test]
    fn components_leave_out_the_root() {
        let all = |text: &str| path(text).components().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(all("/a/b"), ["a", "b"]);
        assert_eq!(all("C:/a"), ["a"]);
        assert_eq!(all("//h/s"), ["h", "s"]);
        assert!(all("/").is_empty() && all("C:/").is_empty() && all(".").is_empty());
        assert_eq!(path("C:/").file_name(), None);
        assert_eq!(path("a").file_name(), Some("a"));
    }

    #[test]
    fn denied_extensions_find_copies_and_variants() {
        for name in ["/.env", "/prod.env", "/.env.local", "/.ENV~", "/.env-old", "/a.env.bak"] {
            assert!(path(name).has_extension(".env"), "{name}");
            assert!(path(name).has_extension("ENV"), "{name}");
        }
        for name in ["/.envrc", "/environment", "/env", "/.env/x", "/"] {
            assert!(!path(name).has_extension(".env"), "{name}");
        }
        assert!(path("/a.tar.gz").has_extension(".tar.gz"));
        assert!(!path("/a.b").has_extension("") && !path("/a.b").has_extension("."));
    }

    #[test]
    fn allowed_extensions_look_at_the_end() {
        assert!(path("/a.TXT").ends_in_extension(".txt"));
        assert!(!path("/a.txt.exe").ends_in_extension(".txt"));
        assert_eq!(path("/a.PEM").extension().as_deref(), Some(".pem"));
        assert_eq!(path("/.env").extension().as_deref(), Some(".env"));
        assert_eq!(path("/.env.local").extension().as_deref(), Some(".local"));
        assert_eq!(path("/Makefile").extension(), None);
    }
}
