//! Reads AppleScript and JavaScript for Automation: the shell lines, addresses and files in plain texts.

use super::cursor::Cursor;
use super::{Reading, What, literal};
use crate::shell::flag::Flag;

/// Reads a script.
pub(super) fn read(text: &str) -> Reading {
    let mut reading = Reading::new("applescript");
    let mut cursor = Cursor::new(text);
    // The words since the last text, which say what the next one is for.
    let mut before = String::new();
    while let Some(next) = cursor.peek() {
        match next {
            '"' => {
                let found = string(&mut cursor);
                let joins = cursor.rest().trim_start().starts_with('&') || before.trim_end().ends_with('&');
                note(&mut reading, &before.to_ascii_lowercase(), &found, joins);
                before.clear();
            }
            '-' if cursor.rest().starts_with("--") => {
                cursor.take_line();
            }
            '#' => {
                cursor.take_line();
            }
            '(' if cursor.take("(*") => {
                if cursor.take_until("*)").is_none() {
                    cursor.finish();
                }
            }
            '¬' => cursor.skip('¬'.len_utf8()),
            _ => {
                cursor.skip(next.len_utf8());
                before.push(if next.is_whitespace() && next != '\n' { ' ' } else { next });
            }
        }
    }
    note_words(&mut reading, &text.to_ascii_lowercase());
    reading.doubt("applescript can do more than its text shows");
    reading
}

/// A text whose opening quote comes next.
fn string(cursor: &mut Cursor) -> String {
    cursor.skip(1);
    let mut text = String::new();
    while let Some(next) = cursor.next() {
        match next {
            '"' => break,
            '\\' => text.extend(cursor.next().map(|escaped| match escaped {
                'n' => '\n',
                't' => '\t',
                'r' => '\r',
                other => other,
            })),
            _ => text.push(next),
        }
    }
    text
}

fn note(reading: &mut Reading, before: &str, text: &str, joins: bool) {
    let words = before.rsplit('\n').next().unwrap_or_default().trim().trim_end_matches(['(', '&']).trim_end();
    let is_for = |phrase: &str| words.ends_with(phrase);
    if is_for("do shell script") || is_for("doshellscript") {
        let line = if joins { format!("{text}{}", super::UNKNOWN_WORD) } else { text.to_owned() };
        return reading.effect("shell.exec", What::Text(line.into()));
    }
    if is_for("run script") {
        return reading.doubt("a script is run that is a text");
    }
    let is_file = ["posix file", "file", "alias", "folder"].into_iter().any(is_for) && text.starts_with(['/', '~']);
    if is_file && !joins {
        let kind = if words.contains("delete") || words.contains("move") { "file.delete" } else { "file.read" };
        return reading.effect(kind, What::Text(text.into()));
    }
    if let Some(kind) = literal::effect_of(text) {
        reading.effect(kind, What::Text(text.into()));
    }
}

fn note_words(reading: &mut Reading, text: &str) {
    let flags = [
        ("with administrator privileges", Flag::Privilege),
        ("hidden answer", Flag::Credentials),
        ("login item", Flag::Persistence),
        ("the clipboard", Flag::Credentials),
    ];
    flags.into_iter().filter(|(words, _)| text.contains(words)).for_each(|(_, flag)| reading.flag(flag));
    if text.contains("keystroke") || text.contains("key code") {
        reading.doubt("keys are pressed in other programs");
    }
}
