//! The way most lines take: one program with plain or quoted words.

use std::sync::Arc;

/// The words of a line that has nothing but plain and quoted words; `None` if it has anything else.
pub(super) fn words(text: &str) -> Option<Vec<Arc<str>>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    for c in text.chars() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some('\''), c) if c != '\0' => word.get_or_insert_default().push(c),
            (Some('"'), c) if !matches!(c, '$' | '`' | '\\' | '!' | '\0') => word.get_or_insert_default().push(c),
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, ' ' | '\t') => words.extend(word.take().map(Arc::from)),
            (None, c) if is_plain(c) => word.get_or_insert_default().push(c),
            _ => return None,
        }
    }
    words.extend(word.map(Arc::from));
    let is_program = words.first().is_some_and(|first: &Arc<str>| !first.contains('=') && !is_reserved(first));
    (quote.is_none() && is_program).then_some(words)
}

fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | ':' | '=' | '@' | '%' | '+' | ',')
}

/// Words that begin something else than a command.
fn is_reserved(word: &str) -> bool {
    matches!(
        word,
        "if" | "then"
            | "else"
            | "elif"
            | "fi"
            | "for"
            | "while"
            | "until"
            | "do"
            | "done"
            | "case"
            | "esac"
            | "function"
            | "select"
            | "time"
            | "coproc"
            | "in"
    )
}

/// A word in quotes, if it needs them.
pub(super) fn quoted(word: &str) -> String {
    if !word.is_empty() && word.chars().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}
