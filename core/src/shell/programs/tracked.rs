//! Words by which a version control system is shown what to look at: `main`, `src/x.c`, `HEAD~1:src/x.c`.

use super::apply::Amounts;
use super::names::NAMES;
use super::options::cut;
use super::strays::leads_elsewhere;
use crate::shell::word::Word;

impl Amounts<'_> {
    /// Reads the file that a word names. Where it may be a revision as well, it has to name one plainly.
    pub(super) fn tracked(&mut self, word: &Word, is_path: bool) {
        if let Some(path) = path_in(&word.text, is_path) {
            self.file(&NAMES.read, &cut(word, path));
        }
    }
}

/// The path in `text`. `:!x` and `:^x` leave a path out.
fn path_in(text: &str, is_path: bool) -> Option<&str> {
    if text.starts_with(":!") || text.starts_with(":^") {
        return None;
    }
    match text.rsplit_once(':') {
        // `:(glob)x`, `:/x`
        Some(("", magic)) => Some(magic.split_once(')').map_or(magic, |(_, path)| path)),
        Some((_, path)) => Some(path),
        None => Some(text).filter(|text| is_path || looks_like_one(text)),
    }
    .filter(|path| !path.is_empty())
}

/// Whether it can hardly be the name of a branch: those have no hidden parts and seldom an ending.
fn looks_like_one(text: &str) -> bool {
    let name = text.rsplit('/').next().unwrap_or_default();
    let has_ending =
        |(stem, ending): (&str, &str)| !stem.is_empty() && ending.starts_with(|c: char| c.is_ascii_alphabetic());
    leads_elsewhere(text)
        || !text.contains("..")
            && (text.starts_with('.') || text.contains("/.") || name.rsplit_once('.').is_some_and(has_ending))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_told_from_a_revision() {
        let paths = [
            ("HEAD:.env", ".env"),
            (":0:a/b", "a/b"),
            (":(glob)**/.env", "**/.env"),
            (".env", ".env"),
            ("a/.ssh/id", "a/.ssh/id"),
            ("key.pem", "key.pem"),
            ("/etc/shadow", "/etc/shadow"),
            ("../x", "../x"),
            ("stash@{0}:x", "x"),
        ];
        for (text, path) in paths {
            assert_eq!(path_in(text, false), Some(path), "{text}");
        }
        for text in ["HEAD~1", "origin/main", "v1.2.3", "a..b", "a...feature/x.y", ":!*.lock", "HEAD@{1}", "src"] {
            assert_eq!(path_in(text, false), None, "{text}");
        }
        assert_eq!(path_in("src", true), Some("src"));
        assert_eq!(path_in(":!src", true), None);
    }
}
