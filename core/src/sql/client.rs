//! Reads the lines that are for the client program: `\copy` of psql, `.shell` of SQLite's, and their kind.

use super::dialect::Dialect;
use super::reader::Reader;
use super::statement::{EffectKind, Note, Statement, StatementKind};

/// What a line for the client does.
enum Line {
    /// It shows something, or changes how something is shown.
    Shows,
    /// It ends a statement.
    Ends,
    /// It runs the rest of it as a program.
    Runs,
    /// It reads the file it names, and runs what is in it.
    RunsFile,
    /// It reads the file it names.
    Reads,
    /// It writes to the file it names, or to a program.
    Writes,
    /// Nobody knows.
    Unknown,
}

impl Reader<'_> {
    /// Reads the line that stands here. `None` if it merely ends the statement before it.
    pub(super) fn client_line(&mut self) -> Option<Statement> {
        let text = self.token(0).map(|token| self.text_of(token)).unwrap_or_default().trim();
        self.at += 1;
        self.now = Statement::new(StatementKind::Client);
        let (command, rest) = split(text);
        // A second command may follow on the same line of psql.
        let has_more = text.starts_with('\\') && rest.contains('\\');
        match meaning(command, self.dialect) {
            Line::Ends if rest.is_empty() => return None,
            Line::Shows if !has_more => {}
            Line::Runs => self.effect(EffectKind::RunProgram, Some(rest.to_owned()).filter(|rest| !rest.is_empty())),
            Line::RunsFile => {
                self.now.note(Note::Code);
                self.effect(EffectKind::ReadFile, file(rest));
                self.now.doubt("it runs what is in a file");
            }
            Line::Reads => self.effect(EffectKind::ReadFile, file(rest)),
            Line::Writes => match rest.strip_prefix('|') {
                Some(program) => self.effect(EffectKind::RunProgram, Some(program.trim().to_owned())),
                None if rest.is_empty() || rest == "stdout" => {}
                None => self.effect(EffectKind::WriteFile, file(rest)),
            },
            Line::Shows | Line::Ends | Line::Unknown => {
                self.now.doubt("it has a line for the client program that is not known")
            }
        }
        if has_more {
            self.now.doubt("it has several commands for the client program on one line");
        }
        self.now.text = text.into();
        Some(std::mem::replace(&mut self.now, Statement::new(StatementKind::Other)))
    }
}

fn split(text: &str) -> (&str, &str) {
    match text.strip_prefix("\\!") {
        Some(rest) => ("\\!", rest.trim()),
        None => text.split_once(char::is_whitespace).map_or((text, ""), |(command, rest)| (command, rest.trim())),
    }
}

/// The one plain word that names a file; `None` if there is more to it.
fn file(rest: &str) -> Option<String> {
    let inner = rest.trim_matches('\'');
    let is_plain = !inner.is_empty() && !inner.contains(['\'', '"', '\\', '`', '$', ' ', '\t', ':']);
    is_plain.then(|| inner.to_owned())
}

fn meaning(command: &str, dialect: Dialect) -> Line {
    const SHOWS: [&str; 24] = [
        ".tables",
        ".schema",
        ".mode",
        ".headers",
        ".header",
        ".databases",
        ".indexes",
        ".indices",
        ".help",
        ".quit",
        ".exit",
        ".width",
        ".timer",
        ".stats",
        ".nullvalue",
        ".separator",
        ".explain",
        ".echo",
        ".show",
        ".dbinfo",
        ".fullschema",
        ".changes",
        ".bail",
        ".print",
    ];
    const PSQL: [&str; 16] = [
        "\\l",
        "\\x",
        "\\q",
        "\\timing",
        "\\conninfo",
        "\\encoding",
        "\\?",
        "\\h",
        "\\pset",
        "\\a",
        "\\t",
        "\\H",
        "\\z",
        "\\sf",
        "\\sv",
        "\\echo",
    ];
    match command {
        "\\G" | "\\g" => Line::Ends,
        "\\!" | ".shell" | ".system" => Line::Runs,
        "\\i" | "\\ir" | "\\include" | "\\include_relative" | "\\." | ".read" => Line::RunsFile,
        "\\o" | "\\out" | "\\w" | "\\write" | "\\s" => Line::Writes,
        ".output" | ".once" | ".excel" | ".log" | ".backup" | ".save" | ".clone" | ".trace" => Line::Writes,
        ".open" | ".restore" => Line::Reads,
        known if SHOWS.contains(&known) => Line::Shows,
        known if dialect != Dialect::MySql && (PSQL.contains(&known) || is_psql_describe(known)) => Line::Shows,
        _ => Line::Unknown,
    }
}

/// `\d`, `\dt+`, `\l+`: they show what there is.
fn is_psql_describe(command: &str) -> bool {
    let letters = command.trim_end_matches('+');
    letters == "\\l"
        || letters.starts_with("\\d")
            && letters.len() <= 5
            && letters.chars().skip(1).all(|c| c.is_ascii_lowercase() || c == 'S')
}
