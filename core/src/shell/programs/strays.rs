//! Paths of which the table says nothing: in values of options that are not listed, and in words that are mere data.

use super::apply::Amounts;
use super::options::{UNKNOWN, cut};
use crate::shell::word::Word;

/// What may stand around a path in a word: `--report=html:/tmp/x`, `{"root":"/tmp"}`.
const AROUND: [char; 12] = ['=', ':', ',', ';', ' ', '"', '\'', '{', '}', '(', ')', '@'];

impl<'a> Amounts<'a> {
    /// Looks for paths among operands that are nothing but data. Beside other roles, data is a pattern or a text.
    pub(super) fn strays_among_operands(&mut self) {
        for at in &self.call.operands {
            self.arguments.get(*at).into_iter().for_each(|word| self.stray(word));
        }
    }

    /// Gives the paths in `word` that plainly lead elsewhere the role that the row has for them.
    pub(super) fn stray(&mut self, word: &Word) {
        let Some(role) = &self.row.stray else { return };
        if is_address(&word.text) {
            return;
        }
        for path in word.text.split(AROUND).map(without_letter).filter(|path| leads_elsewhere(path)) {
            self.role(role, &cut(word, path));
        }
    }
}

/// Whether it is an address, though none of a file of this machine.
fn is_address(text: &str) -> bool {
    text.split_once("://").is_some_and(|(before, _)| !before.to_ascii_lowercase().ends_with("file"))
}

/// `-r/tmp/x` without the letter of the option.
fn without_letter(text: &str) -> &str {
    match text.strip_prefix('-') {
        Some(rest) => rest.trim_start_matches(|c: char| c == '-' || c.is_ascii_alphanumeric()),
        None => text,
    }
}

pub(super) fn leads_elsewhere(path: &str) -> bool {
    path.starts_with(['/', '~'])
        || path.split('/').any(|part| part == "..")
        || path.starts_with(UNKNOWN) && path.contains('/')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_that_lead_elsewhere_are_told_apart() {
        for path in ["/etc/x", "~/x", "..", "a/../../b", "../x", "/", "$DIR/x"] {
            assert!(leads_elsewhere(path), "{path}");
        }
        for path in ["", "a/b", "./x", "x..y", "HEAD~1", "$DIR", "a..b/c"] {
            assert!(!leads_elsewhere(path), "{path}");
        }
    }

    #[test]
    fn addresses_are_no_paths() {
        assert!(is_address("--base-url=https://e.example/x"));
        assert!(!is_address("file:///etc/x"));
        assert!(!is_address("html:/etc"));
    }
}
