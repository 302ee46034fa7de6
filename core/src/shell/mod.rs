//! Reads a shell command line into what it would do, without running anything.
//!
//! A line is parsed as bash would (`parse`), walked through as a shell would walk through it (`read`), its words are
//! expanded as far as they follow from the line alone (`expand`), and each program is looked up in the table of what
//! programs do with their arguments (`programs`). What depends on anything outside the line stays unknown and is
//! marked; nothing is guessed in its favour.

mod chars;
pub mod effect;
mod expand;
pub mod flag;
mod line;
mod name;
pub mod parse;
mod plain;
pub mod programs;
mod pure;
mod read;
pub mod reading;
mod scope;
pub mod slice;
mod stream;
pub mod syntax;
mod text;
pub mod word;

use std::sync::Arc;

use crate::limits;

use reading::{Reading, Run};

/// A command line and, where it is one program, its words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandLine {
    text: Arc<str>,
    words: Option<Vec<Arc<str>>>,
    plain: Option<Arc<[Arc<str>]>>,
    /// The words with single spaces between them, where that differs from the text.
    resolved: Option<Arc<str>>,
    transparent: bool,
}

/// Reads a line as a shell would be given it. `home` is the user's home directory, if it is known.
pub fn read(text: &str, home: Option<&str>) -> Reading {
    if text.trim().is_empty() {
        return Reading { doubts: vec!["there is no command".into()], ..Reading::default() };
    }
    if text.len() > limits::COMMAND_BYTES_MAX {
        return Reading { doubts: vec!["the line is too long".into()], ..Reading::default() };
    }
    match plain::words(text) {
        Some(words) => read::read_words(&words, home),
        None => read::read(text, home),
    }
}

/// Reads a program and its arguments, as they are handed to the system without a shell.
pub fn read_words(words: &[Arc<str>], home: Option<&str>) -> Reading {
    let length: usize = words.iter().map(|word| word.len() + 1).sum();
    if length > limits::COMMAND_BYTES_MAX {
        return Reading { doubts: vec!["the line is too long".into()], ..Reading::default() };
    }
    if words.iter().any(|word| word.contains('\0')) {
        return Reading { doubts: vec!["a word has a NUL in it".into()], ..Reading::default() };
    }
    read::read_words(words, home)
}

impl CommandLine {
    /// The line `text`, which was read into `reading`. If it is one command, its words are the line's own.
    pub fn new(text: &str, reading: &Reading) -> CommandLine {
        let only = match reading.runs.as_slice() {
            [run] if reading.doubts.is_empty() => Some(run),
            _ => None,
        };
        CommandLine::with(text.into(), only)
    }

    /// A program and its arguments, which were read into `reading`.
    pub fn from_words(words: &[Arc<str>], reading: &Reading) -> CommandLine {
        let text = words.iter().map(|word| plain::quoted(word)).collect::<Vec<_>>().join(" ");
        CommandLine::new(&text, reading)
    }

    /// One command of a line.
    pub fn of_run(run: &Run) -> CommandLine {
        let shown = |word: &word::Word| if word.is_known() { plain::quoted(&word.text) } else { word.text.to_string() };
        let text = run.words.iter().map(shown).collect::<Vec<_>>().join(" ");
        CommandLine::with(text.into(), Some(run))
    }

    fn with(text: Arc<str>, run: Option<&Run>) -> CommandLine {
        let words: Option<Vec<Arc<str>>> = run.map(|run| run.words.iter().map(|word| word.text.clone()).collect());
        let resolved = words.as_ref().map(|words| words.join(" ")).filter(|resolved| **resolved != *text);
        let transparent = run.is_some_and(|run| run.transparent);
        let plain = run.and_then(|run| run.plain.as_deref().map(Arc::from));
        CommandLine { text, words, plain, resolved: resolved.map(Arc::from), transparent }
    }

    /// The line as it was given.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The program and its arguments; `None` if the line is several commands, or could not be resolved.
    pub fn words(&self) -> Option<&[Arc<str>]> {
        self.words.as_deref()
    }

    /// The words of the same command as it is usually written, if they are others: `git status` for `git -C build status`.
    pub fn plain(&self) -> Option<&[Arc<str>]> {
        self.plain.as_deref()
    }

    /// The words with single spaces between them, where that differs from the line: what a pattern has to see too when
    /// a line is disguised by quotes.
    pub fn resolved(&self) -> Option<&str> {
        self.resolved.as_deref()
    }

    /// Whether all it does is run other commands, which are effects of their own.
    pub fn is_transparent(&self) -> bool {
        self.transparent
    }
}
