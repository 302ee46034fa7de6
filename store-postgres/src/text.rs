//! Text as the database can keep it: everything but the character zero, which therefore is written as two others.

const MARK: char = '\u{1a}';

/// `text` without zeros.
pub(crate) fn escape(text: &str) -> String {
    if !text.contains(['\0', MARK]) {
        return text.to_owned();
    }
    text.replace(MARK, "\u{1a}m").replace('\0', "\u{1a}0")
}

/// What was escaped.
pub(crate) fn unescape(text: &str) -> String {
    if !text.contains(MARK) {
        return text.to_owned();
    }
    text.replace("\u{1a}0", "\0").replace("\u{1a}m", "\u{1a}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_comes_back() {
        for text in
            ["", "plain", "\0", "a\0b\0", "\u{1a}", "\u{1a}0", "\u{1a}m\0", "\0\u{1a}\u{1a}0m", "\u{1a}\u{1a}\0m0"]
        {
            let kept = escape(text);
            assert!(!kept.contains('\0'));
            assert_eq!(unescape(&kept), text, "{text:?}");
        }
    }
}
