//! The other texts that a program could make of a path before it opens it: decoded, folded, cleaned.
//!
//! Each is a habit of some real program: URL decoders (once, twice, with overlong UTF-8 or `%u002e`), best-fit tables
//! that turn look-alikes into `.` and `/`, C strings that end at NUL, servers that drop `;parameters`, filters that
//! remove `../` once and so make `../` of `....//`.

use std::borrow::Cow;

/// Times a text is decoded; programs that decode more often than this are not known.
const DECODE_ROUNDS: usize = 3;

/// A text that a program could read in place of the one given.
pub(super) struct Spelling {
    pub(super) text: String,
    /// It came from decoding or folding, not from cleaning alone.
    pub(super) encoded: bool,
}

/// All texts that could be read in place of `text`, without `text` itself. Where `\` is known to stand between names,
/// `unescapes` is false: nothing that takes it for an escape reads paths there.
pub(super) fn spellings(text: &str, unescapes: bool) -> Vec<Spelling> {
    let mut all = Vec::new();
    push_cleaned(text, false, unescapes, &mut all);
    let mut stage = Cow::Borrowed(text);
    for _ in 0..DECODE_ROUNDS {
        let decoded = decode(&stage);
        let folded = fold(&decoded).into_owned();
        if folded == *stage {
            break;
        }
        if decoded != folded && decoded != stage {
            push_with_cleaned(&decoded, unescapes, &mut all);
        }
        push_with_cleaned(&folded, unescapes, &mut all);
        stage = Cow::Owned(folded);
    }
    all
}

/// Replaces `%41`, `%u0041` and every longer way to write a character in UTF-8; what is no escape stays.
pub(super) fn decode(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return Cow::Borrowed(text);
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = match escape(rest) {
            Some((Escape::Byte(byte), tail)) => {
                bytes.push(byte);
                tail
            }
            Some((Escape::Char(c), tail)) => {
                bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                tail
            }
            None => {
                bytes.push(*first);
                tail
            }
        };
    }
    Cow::Owned(lenient_utf8(&bytes))
}

fn push_with_cleaned(text: &str, unescapes: bool, all: &mut Vec<Spelling>) {
    if !text.contains(char::is_control) {
        all.push(Spelling { text: text.to_owned(), encoded: true });
    }
    push_cleaned(text, true, unescapes, all);
}

/// Adds what cleaners make of `text`.
fn push_cleaned(text: &str, encoded: bool, unescapes: bool, all: &mut Vec<Spelling>) {
    let mut push = |text: String| all.push(Spelling { text, encoded });
    let mut base = Cow::Borrowed(text);
    if text.contains(is_dropped) {
        if let Some((head, _)) = text.split_once('\0') {
            push(without_dropped(head));
        }
        base = Cow::Owned(without_dropped(text));
        push(base.to_string());
    }
    if base.trim() != base {
        push(base.trim().to_owned());
    }
    if base.contains(';') {
        push(without_parameters(&base));
    }
    if unescapes && base.contains('\\') {
        push(base.replace('\\', ""));
    }
    if base.contains("...") {
        push(base.replace("../", "").replace("..\\", ""));
        push(with_long_dots_as_climbs(&base));
    }
    if let Some(path) = after_home_variable(&base) {
        push(format!("~{path}"));
    }
}

/// Control characters, and bytes that are no UTF-8: decoders told to ignore errors leave them out.
fn is_dropped(c: char) -> bool {
    c.is_control() || c == char::REPLACEMENT_CHARACTER
}

fn without_dropped(text: &str) -> String {
    text.chars().filter(|c| !is_dropped(*c)).collect()
}

/// Servlet containers drop `;name=value` from each component, so that `..;/` becomes `../`.
fn without_parameters(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for piece in text.split_inclusive(['/', '\\']) {
        let (name, parameters) = piece.split_once(';').unwrap_or((piece, ""));
        out.push_str(name);
        if parameters.ends_with(['/', '\\']) {
            out.push('/');
        }
    }
    out
}

/// Some systems and shells read `...` as two levels up, `....` as three.
fn with_long_dots_as_climbs(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    for piece in text.split_inclusive(['/', '\\']) {
        let name = piece.trim_end_matches(['/', '\\']);
        if name.len() > 2 && name.bytes().all(|byte| byte == b'.') {
            out.push_str(&"../".repeat(name.len() - 1));
        } else {
            out.push_str(piece);
        }
    }
    out
}

/// What follows `$HOME` and its relatives at the start of a path that a program expands.
fn after_home_variable(text: &str) -> Option<&str> {
    const VARIABLES: [&str; 4] = ["$HOME", "${HOME}", "%USERPROFILE%", "%HOME%"];
    let rest = VARIABLES.iter().find_map(|variable| text.strip_prefix(variable))?;
    (rest.is_empty() || rest.starts_with(['/', '\\'])).then_some(rest)
}

enum Escape {
    Byte(u8),
    Char(char),
}

fn escape(rest: &[u8]) -> Option<(Escape, &[u8])> {
    match rest {
        [b'%', b'u' | b'U', a, b, c, d, tail @ ..] => {
            let unit = u32::from(hex_pair(*a, *b)?) << 8 | u32::from(hex_pair(*c, *d)?);
            Some((Escape::Char(char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER)), tail))
        }
        [b'%', a, b, tail @ ..] => Some((Escape::Byte(hex_pair(*a, *b)?), tail)),
        _ => None,
    }
}

fn hex_pair(high: u8, low: u8) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    Some(digit(high)? << 4 | digit(low)?)
}

/// Reads UTF-8 as the careless decoders do that made overlong forms famous: any length, and after `C0` or `C1`, which
/// no correct text contains, also a byte that is no continuation.
fn lenient_utf8(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    let mut rest = bytes;
    while let [first, tail @ ..] = rest {
        let (c, used) = lenient_char(*first, tail);
        out.push(c);
        rest = tail.get(used..).unwrap_or_default();
    }
    out
}

/// The character that starts with `first`, and how many bytes of `tail` belong to it.
fn lenient_char(first: u8, tail: &[u8]) -> (char, usize) {
    let (bits, more) = match first {
        0x00..=0x7f => return (char::from(first), 0),
        0xc0..=0xc1 => return overlong_pair(first, tail),
        0xc2..=0xdf => (first & 0x1f, 1),
        0xe0..=0xef => (first & 0x0f, 2),
        0xf0..=0xf7 => (first & 0x07, 3),
        0xf8..=0xfb => (first & 0x03, 4),
        0xfc..=0xfd => (first & 0x01, 5),
        _ => return (char::REPLACEMENT_CHARACTER, 0),
    };
    let Some(continuation) = tail.get(..more).filter(|bytes| bytes.iter().all(|byte| byte & 0xc0 == 0x80)) else {
        return (char::REPLACEMENT_CHARACTER, 0);
    };
    let code = continuation.iter().fold(u32::from(bits), |code, byte| code << 6 | u32::from(byte & 0x3f));
    (char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER), more)
}

/// After a lead byte that is never right, decoders differ: some take the next byte as its continuation, others drop the
/// lead. What makes a separator or dot is believed.
fn overlong_pair(first: u8, tail: &[u8]) -> (char, usize) {
    let Some(second) = tail.first() else { return (char::REPLACEMENT_CHARACTER, 0) };
    let joined = (first & 0x1f) << 6 | second & 0x3f;
    if second & 0xc0 == 0x80 || b"./\\".contains(&joined) {
        (char::from(joined), 1)
    } else {
        (char::REPLACEMENT_CHARACTER, 0)
    }
}

/// Replaces characters that compatibility normalisation (NFKC) or best-fit code pages turn into `.`, `/`, `\` or
/// another ASCII character, and drops those that some file systems ignore.
fn fold(text: &str) -> Cow<'_, str> {
    if text.is_ascii() || text.chars().all(|c| folded(c).is_none()) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match folded(c) {
            Some(Fold::Char(plain)) => out.push(plain),
            Some(Fold::Text(plain)) => out.push_str(plain),
            None => out.push(c),
        }
    }
    Cow::Owned(out)
}

enum Fold {
    Char(char),
    Text(&'static str),
}

fn folded(c: char) -> Option<Fold> {
    let plain = match c {
        '\u{ff01}'..='\u{ff5e}' => return char::from_u32(u32::from(c) - 0xfee0).map(Fold::Char),
        '\u{2024}' | '\u{fe52}' => ".",
        '\u{2025}' | '\u{fe30}' => "..",
        '\u{2026}' | '\u{fe19}' => "...",
        '\u{2044}' | '\u{2215}' | '\u{29f8}' => "/",
        '\u{fe68}' | '\u{2216}' | '\u{29f5}' | '\u{29f9}' | '\u{a5}' | '\u{20a9}' => "\\",
        '\u{2236}' | '\u{fe55}' | '\u{fe13}' | '\u{a789}' => ":",
        '\u{2100}' => "a/c",
        '\u{2101}' => "a/s",
        '\u{2105}' => "c/o",
        '\u{2106}' => "c/u",
        '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' => "",
        _ => return None,
    };
    Some(Fold::Text(plain))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<String> {
        spellings(text, true).into_iter().map(|spelling| spelling.text).collect()
    }

    #[test]
    fn every_way_to_write_dots_and_slashes_is_decoded() {
        for text in [
            "%2e%2e%2f",
            "%u002e%u002E%u002f",
            "%c0%ae%c0%ae%c0%af",
            "%c0%2e%c0%2e%c0%2f",
            "%e0%80%ae%e0%80%ae%e0%80%af",
            "%f0%80%80%ae%f0%80%80%ae%f0%80%80%af",
            "%f8%80%80%80%ae%f8%80%80%80%ae%f8%80%80%80%af",
            "%fc%80%80%80%80%ae%fc%80%80%80%80%ae%fc%80%80%80%80%af",
        ] {
            assert_eq!(decode(text), "../", "{text}");
        }
        assert_eq!(decode("100%"), "100%");
        assert_eq!(decode("%zz%4"), "%zz%4");
        assert_eq!(decode("caf%C3%A9"), "café");
        assert_eq!(decode("%ff%ud800"), "\u{fffd}\u{fffd}");
    }

    #[test]
    fn decoding_is_repeated_three_times_and_no_more() {
        assert!(texts("%25252e").contains(&".".to_owned()));
        assert!(!texts("%2525252e").contains(&".".to_owned()));
    }

    #[test]
    fn look_alikes_are_folded_also_after_decoding() {
        assert_eq!(fold("．․／＼∖"), "../\\\\");
        assert_eq!(fold("a\u{200b}b"), "ab");
        assert_eq!(fold("café"), "café");
        assert!(texts("%uff0e%uff0e%u2215").contains(&"../".to_owned()));
        assert!(texts("％2e").contains(&".".to_owned()));
    }

    #[test]
    fn cleaners_leave_what_they_overlooked() {
        assert!(texts("....//x").contains(&"../x".to_owned()));
        assert!(texts("..;/x").contains(&"../x".to_owned()));
        assert!(texts(".%00./x").contains(&"../x".to_owned()));
        assert!(texts("..%ff/x").contains(&"../x".to_owned()));
        assert!(texts("..%c0%5cx").contains(&"..\\x".to_owned()));
        assert!(texts("/etc/passwd%00.png").contains(&"/etc/passwd".to_owned()));
        assert!(texts(".../x").contains(&"../../x".to_owned()));
        assert!(texts("$HOME/.ssh").contains(&"~/.ssh".to_owned()));
        assert!(texts(" /etc").contains(&"/etc".to_owned()));
    }

    #[test]
    fn ordinary_names_have_no_other_spelling() {
        for text in ["src/main.rs", "a b", "café", "報告.txt", "a..b", "~/x", "v1.2-rc+1@x"] {
            assert!(texts(text).is_empty(), "{text}");
        }
    }
}
