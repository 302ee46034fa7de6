//! What an argument is, as far as its name or its looks say.

use std::borrow::Cow;
use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::LazyLock;

use foldhash::fast::RandomState;
use smallvec::SmallVec;

/// What an argument is by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sense {
    /// A file or directory.
    Place,
    /// A path, alone: of a file, or of an address.
    Path,
    /// An address on the web, or a host.
    Address,
    /// A pattern of file names.
    Names,
    /// How file names end.
    Extension,
    /// What is left out.
    Exclusion,
    /// The method of a request.
    Method,
    /// A command, or what changes what one does.
    Companion,
    /// What changes where a connection leads.
    Detour,
    /// Text for people or a model, or contents of a file.
    Words,
}

/// The last words of names, and what they say.
const SENSES: [(Sense, &str); 8] = [
    (
        Sense::Place,
        "path file filename filepath dir dirname directory folder root cwd workdir workspace base basedir parent prefix \
         location destination dest dst output outfile infile cert certificate symlink name to",
    ),
    (
        Sense::Address,
        "url uri href link endpoint callback webhook redirect host hostname domain server address ip origin",
    ),
    (Sense::Names, "glob include pattern filter"),
    (Sense::Extension, "extension ext suffix"),
    (Sense::Method, "method verb"),
    (
        Sense::Companion,
        "command cmd script code env environ environment var variable arg argument argv executable interpreter shell \
         stdin input user sudo container machine privileged hook",
    ),
    (Sense::Detour, "port proxy resolve resolver socket interface dns nameserver gateway"),
    (
        Sense::Words,
        "text content string str body description explanation reason prompt instruction message comment note title \
         summary thought query question search regex replace replacement diff patch snippet old new value language \
         encoding format type label",
    ),
];

impl Sense {
    /// What the argument called `name` is: its last word says it, as in `base_dir`, `save_to`, `callbackURL`, `file2`.
    pub(super) fn of(name: &str) -> Option<Sense> {
        const EXCLUDING: [&str; 6] = ["exclude", "excluded", "ignore", "ignored", "skip", "without"];
        let words = words(name);
        let last = words.last()?;
        if words.iter().any(|word| EXCLUDING.contains(&&**word)) {
            return Some(Sense::Exclusion);
        }
        match &**last {
            "path" | "pathname" | "route" if words.len() == 1 => Some(Sense::Path),
            last => BY_WORD.get(last).copied(),
        }
    }
}

/// What each of the last words says.
static BY_WORD: LazyLock<HashMap<&str, Sense, RandomState>> = LazyLock::new(|| {
    let words = SENSES.iter().flat_map(|(sense, words)| words.split_ascii_whitespace().map(move |word| (word, *sense)));
    words.collect()
});

/// The words of a name in lower case, as if there were one of each thing, without numbers at their ends.
pub(super) fn words(name: &str) -> SmallVec<[Cow<'_, str>; 4]> {
    // Every argument's name is asked for its words, and nearly every one is a single word in small letters.
    if name.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return word(Some(name)).into_iter().collect();
    }
    let mut words = SmallVec::new();
    let (mut start, mut before) = (0, ' ');
    for (at, letter) in name.char_indices() {
        if !letter.is_alphanumeric() || letter.is_uppercase() && before.is_lowercase() {
            words.extend(word(name.get(start..at)));
            start = if letter.is_alphanumeric() { at } else { at + letter.len_utf8() };
        }
        before = letter;
    }
    words.extend(word(name.get(start..)));
    words
}

fn word(piece: Option<&str>) -> Option<Cow<'_, str>> {
    let piece = piece?.trim_end_matches(|c: char| c.is_ascii_digit());
    let is_lower = piece.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    let word = if is_lower { Cow::Borrowed(piece) } else { Cow::Owned(piece.to_lowercase()) };
    (!piece.is_empty()).then(|| singular(word))
}

fn singular(word: Cow<str>) -> Cow<str> {
    if let Some(stem) = word.strip_suffix("ies") {
        return format!("{stem}y").into();
    }
    if !word.ends_with('s') || word.ends_with("ss") || word.len() < 4 {
        return word;
    }
    match word {
        Cow::Borrowed(word) => word.strip_suffix('s').unwrap_or(word).into(),
        Cow::Owned(mut word) => {
            word.pop();
            word.into()
        }
    }
}

/// Whether `text` is an option of a command.
pub(super) fn is_option(text: &str) -> bool {
    text.strip_prefix('-')
        .is_some_and(|rest| rest.starts_with(|first: char| first == '-' || first.is_ascii_alphabetic()))
}

/// Whether `text` looks like a path, and like nothing else.
pub(super) fn is_path(text: &str) -> bool {
    const STARTS: [&str; 8] = ["~", "./", "../", ".\\", "..\\", "\\\\", "file:", "FILE:"];
    let is_drive = matches!(text.as_bytes(), [letter, b':', b'/' | b'\\', ..] if letter.is_ascii_alphabetic());
    let is_rooted = text.starts_with('/') && !text.starts_with("// ");
    let is_one_line = !text.contains(['\n', '\r']);
    is_one_line && (is_rooted || is_drive || text == ".." || STARTS.iter().any(|start| text.starts_with(start)))
}

/// Whether `text` is a URL, and nothing else.
pub(super) fn is_url(text: &str) -> bool {
    let scheme = text.split_once("://").map(|(scheme, _)| scheme);
    let is_scheme = |scheme: &str| {
        scheme.starts_with(|first: char| first.is_ascii_alphabetic())
            && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
    };
    scheme.is_some_and(is_scheme) && !text.contains(char::is_whitespace)
}

/// Whether `text` is an address of a machine, with or without a port.
pub(super) fn is_ip(text: &str) -> bool {
    text.parse::<IpAddr>().is_ok() || text.parse::<SocketAddr>().is_ok()
}

/// Whether `text` may start from another directory.
pub(super) fn is_relative(text: &str) -> bool {
    !is_path(text) || text.starts_with('.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_word_of_a_name_says_what_it_is() {
        for (name, sense) in [
            ("base_dir", Some(Sense::Place)),
            ("FilePaths", Some(Sense::Place)),
            ("file2", Some(Sense::Place)),
            ("save-to", Some(Sense::Place)),
            ("path", Some(Sense::Path)),
            ("callbackURL", Some(Sense::Address)),
            ("proxies", Some(Sense::Detour)),
            ("exclude_patterns", Some(Sense::Exclusion)),
            ("fileExtensions", Some(Sense::Extension)),
            ("new_string", Some(Sense::Words)),
            ("limit", None),
            ("", None),
        ] {
            assert_eq!(Sense::of(name), sense, "{name}");
        }
    }

    #[test]
    fn paths_and_addresses_are_known_by_their_looks() {
        for path in ["/etc", "~/x", "../x", "./x", "C:\\x", "c:/x", "\\\\host\\x", "file:///x", ".."] {
            assert!(is_path(path), "{path}");
        }
        for other in ["x", "a/b", "// a remark", "/a\nb", "https://x", "1.5", ""] {
            assert!(!is_path(other), "{other}");
        }
        assert!(is_url("https://x") && is_url("git+ssh://x") && !is_url("see https://x") && !is_url("://x"));
        assert!(is_option("-f") && is_option("--file=x") && !is_option("-1") && !is_option("-") && !is_option("a-b"));
    }
}
