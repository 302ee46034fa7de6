//! Reads an awk program whole: which files it reads and writes, and what it runs.
//!
//! A file name or command that is not plainly written is doubted, and so is every place where awk programs disagree.

use std::collections::HashSet;

use foldhash::fast::RandomState;

use super::awk_token::{self, Kind, Token};
use super::{Reading, What, place};
use crate::limits;
use crate::shell::flag::Flag;

/// Reads a program; several `-f` or `-e` are joined by line ends.
pub(super) fn read(program: &str) -> Reading {
    let mut reading = Reading::new("awk");
    let Some(tokens) = awk_token::split(program) else {
        reading.doubt("the awk program could not be read");
        return reading;
    };
    let mut reader =
        Reader { tokens, at: 0, brackets: Vec::new(), print: None, getline: None, reaches_network: false, reading };
    if reader.walk().is_none() {
        reader.reading.doubt("the awk program could not be read");
    }
    reader.check_functions();
    reader.reading
}

struct Reader<'t> {
    tokens: Vec<Token<'t>>,
    at: usize,
    /// The brackets that are open.
    brackets: Vec<char>,
    /// In a `print`, how many brackets were open when it began: only there does `>` lead to a file.
    print: Option<usize>,
    /// Behind a `getline`, how many brackets were open: there `<` leads to a file.
    getline: Option<usize>,
    reaches_network: bool,
    reading: Reading,
}

/// What a file name or a command is known to be.
enum Operand {
    Known(String),
    Unknown,
}

impl Reader<'_> {
    /// `None` if the program is none.
    fn walk(&mut self) -> Option<()> {
        while let Some(token) = self.tokens.get(self.at).cloned() {
            match token.kind {
                Kind::Name => self.name(token.text),
                Kind::Sign => self.sign(token.text)?,
                Kind::Line if self.goes_on() => {}
                Kind::Line => self.end_statement(),
                // Whichever way it is used later, through a variable too.
                Kind::Text(true) if is_network(token.text) => self.network(token.text),
                Kind::Text(_) | Kind::Number | Kind::Regex => {}
            }
            self.at += 1;
        }
        self.brackets.is_empty().then_some(())
    }

    fn name(&mut self, name: &str) {
        match name {
            "print" | "printf" => self.print = Some(self.brackets.len()),
            "getline" => self.getline = Some(self.brackets.len()),
            "system" => self.system(),
            "ENVIRON" => self.environment(),
            // What is written there decides which files are read, or is a variable by another name.
            "ARGV" | "ARGC" | "SYMTAB" => {
                self.reading.doubt(format!("`{name}` may change which files are read"));
            }
            _ => {}
        }
    }

    fn sign(&mut self, sign: &str) -> Option<()> {
        match sign {
            "(" | "[" | "{" => {
                self.brackets.extend(sign.chars());
                (self.brackets.len() <= limits::CODE_DEPTH_MAX).then_some(())?;
            }
            ")" | "]" | "}" => self.close(sign)?,
            ";" => self.end_statement(),
            "&&" | "||" | "," | "?" | ":" if self.getline == Some(self.brackets.len()) => self.getline = None,
            "<" if self.getline == Some(self.brackets.len()) => self.read_redirected(),
            ">" | ">>" if self.print == Some(self.brackets.len()) => self.print_to_file(),
            "|" | "|&" => self.pipe(sign == "|&")?,
            "@" => self.directive(),
            _ => {}
        }
        Some(())
    }

    fn close(&mut self, sign: &str) -> Option<()> {
        let opened = self.brackets.pop()?;
        let is_over = |depth: &mut usize| self.brackets.len() < *depth;
        self.print.take_if(is_over);
        self.getline.take_if(is_over);
        matches!((opened, sign), ('(', ")") | ('[', "]") | ('{', "}")).then_some(())
    }

    fn end_statement(&mut self) {
        let is_over = |depth: &mut usize| self.brackets.len() == *depth;
        self.print.take_if(is_over);
        self.getline.take_if(is_over);
    }

    /// Whether the line that ends here goes on with the next one.
    fn goes_on(&self) -> bool {
        const SIGNS: [&str; 5] = [",", "&&", "||", "?", ":"];
        self.before().is_some_and(|token| token.kind == Kind::Sign && SIGNS.contains(&token.text))
    }

    fn print_to_file(&mut self) {
        match self.operand_behind() {
            Operand::Known(name) if matches!(&*name, "/dev/stdout" | "/dev/stderr") => {}
            Operand::Known(name) if is_network(&name) => self.network(&name),
            Operand::Known(name) => self.reading.effect("file.write", What::Text(name.into())),
            Operand::Unknown => self.reading.doubt("awk writes to a file whose name is computed"),
        }
    }

    /// `print | command`, `command | getline`, and both with `|&`.
    fn pipe(&mut self, is_two_way: bool) -> Option<()> {
        let next = self.next_on(1).map(|token| token.text).unwrap_or_default();
        let is_read = next == "getline";
        let operand = match (next, self.print) {
            ("getline", _) => self.operand_before(),
            (_, Some(depth)) if depth == self.brackets.len() => self.operand_behind(),
            _ => return None,
        };
        match operand {
            Operand::Known(name) if is_two_way && is_network(&name) => {
                self.network(&name);
                return Some(());
            }
            Operand::Known(command) if !is_read && !is_filter(&command) => {
                self.reading.effect("shell.exec", What::Text(command.into()));
                self.reading.doubt("awk feeds a command with what it prints");
            }
            Operand::Known(command) => self.reading.effect("shell.exec", What::Text(command.into())),
            Operand::Unknown => {
                self.reading.doubt("awk runs a command that is computed");
                if self.reaches_network {
                    self.reading.flag(Flag::ReverseShell);
                }
            }
        }
        self.reading.flag(Flag::OptionRuns);
        Some(())
    }

    fn system(&mut self) {
        self.reading.flag(Flag::OptionRuns);
        match self.call_argument() {
            Some(parts) if parts.is_known => self.reading.effect("shell.exec", What::Text(parts.text.into())),
            Some(parts) => {
                // Of a line whose program is not known nothing is known.
                if !parts.text.starts_with(super::UNKNOWN_WORD) {
                    self.reading.effect("shell.exec", What::Text(parts.text.into()));
                }
                self.reading.doubt("awk runs a command that is computed");
            }
            None => self.reading.doubt("awk runs a command that is computed"),
        }
    }

    /// `getline [variable] < file`. Awk programs disagree on how far what stands between may go, so the next `<` of the
    /// statement counts.
    fn read_redirected(&mut self) {
        self.getline = None;
        let operand = self.operand_behind();
        self.read_file(operand);
    }

    fn read_file(&mut self, operand: Operand) {
        match operand {
            Operand::Known(name) if matches!(&*name, "-" | "/dev/stdin") => {}
            Operand::Known(name) if is_network(&name) => self.network(&name),
            Operand::Known(name) => self.reading.effect("file.read", What::Text(name.into())),
            Operand::Unknown => self.reading.doubt("awk reads a file whose name is computed"),
        }
    }

    /// The text behind this sign, if it is plain and nothing joins it.
    fn operand_behind(&self) -> Operand {
        let first = self.next_on(1);
        if first.is_some_and(|token| token.is_sign("(")) {
            return self.in_brackets(self.at + 1, true);
        }
        match (first.and_then(|token| token.plain()), self.next_on(2)) {
            (Some(text), next) if next.is_none_or(ends_operand) => Operand::Known(text.to_owned()),
            _ => Operand::Unknown,
        }
    }

    /// The text in front of this sign, if it is plain and nothing joins it.
    fn operand_before(&self) -> Operand {
        let back = |by: usize| self.at.checked_sub(by).and_then(|at| self.tokens.get(at));
        match (back(1).and_then(|token| token.plain()), back(2)) {
            (Some(text), before) if before.is_none_or(begins_operand) => Operand::Known(text.to_owned()),
            (None, _) if back(1).is_some_and(|token| token.is_sign(")")) => self.in_brackets_before(),
            _ => Operand::Unknown,
        }
    }

    /// The texts in the brackets that open at `at`.
    fn in_brackets(&self, at: usize, must_end: bool) -> Operand {
        let mut text = String::new();
        for (index, token) in self.tokens.iter().enumerate().skip(at + 1) {
            match token.plain() {
                Some(part) => text.push_str(part),
                None if token.is_sign(")") && !text.is_empty() => {
                    let next = self.tokens.get(index + 1);
                    let ends = !must_end || next.is_none_or(ends_operand);
                    return if ends { Operand::Known(text) } else { Operand::Unknown };
                }
                None => break,
            }
        }
        Operand::Unknown
    }

    /// The texts in the brackets that close in front of this sign.
    fn in_brackets_before(&self) -> Operand {
        let before = self.tokens.get(..self.at.saturating_sub(1)).unwrap_or_default();
        let open = before.iter().rposition(|token| token.plain().is_none()).filter(|at| {
            let outside = at.checked_sub(1).and_then(|at| self.tokens.get(at));
            self.tokens.get(*at).is_some_and(|token| token.is_sign("(")) && outside.is_none_or(begins_operand)
        });
        open.map_or(Operand::Unknown, |open| self.in_brackets(open, false))
    }

    /// What `system(…)` is given: its texts, and `$unknown` for everything else.
    fn call_argument(&self) -> Option<Parts> {
        self.next_on(1).filter(|token| token.is_sign("("))?;
        let mut parts = Parts { text: String::new(), is_known: true };
        let mut depth = 1usize;
        for token in self.tokens.iter().skip(self.at + 2).take(TOKENS_MAX) {
            match (token.kind, token.text, token.plain()) {
                (Kind::Sign, ")", _) if depth == 1 => return Some(parts),
                (Kind::Sign, ")", _) => depth -= 1,
                (Kind::Sign, "(", _) => {
                    depth += 1;
                    // A group of texts is those texts.
                    continue;
                }
                (_, _, Some(text)) => parts.text.push_str(text),
                _ => parts.unknown(),
            }
        }
        None
    }

    /// `@include`, `@load`, `@namespace` and calls of a function whose name is computed.
    fn directive(&mut self) {
        let next = self.next_on(1).cloned();
        let file = self.next_on(2).and_then(|token| token.plain()).map(str::to_owned);
        match (next.map(|token| (token.kind, token.text)), file) {
            // A regular expression as a value.
            (Some((Kind::Regex, _)), _) => {}
            (Some((_, "include")), Some(file)) => {
                self.reading.effect("file.read", What::Text(file.into()));
                self.reading.doubt("awk takes code from another file");
            }
            _ => self.reading.doubt("awk takes code from elsewhere or calls a function by a computed name"),
        }
    }

    /// `/inet/tcp/0/host/port`.
    fn network(&mut self, name: &str) {
        let mut parts = name.split('/').skip(4);
        self.reaches_network = true;
        match (parts.next(), parts.next()) {
            (Some(host), Some(port)) if host != "0" => {
                self.reading.effect("net.connect", What::Text(format!("tcp://{host}:{port}").into()));
            }
            _ => self.reading.flag(Flag::Tunnel),
        }
    }

    /// `ENVIRON["NAME"]` shows one variable; anything else may show or change all of them.
    fn environment(&mut self) {
        let is_element = self.next_on(1).is_some_and(|token| token.is_sign("["));
        let name = self.next_on(2).filter(|_| is_element).and_then(Token::plain).map(str::to_owned);
        let is_closed = is_element && self.next_on(3).is_some_and(|token| token.is_sign("]"));
        let is_listed = self.before().is_some_and(|token| token.text == "in");
        let changes = self.next_on(4).is_some_and(|token| token.kind == Kind::Sign && is_assignment(token.text));
        if name.as_deref().is_none_or(place::is_secret_variable) {
            self.reading.flag(Flag::Credentials);
        }
        // What runs afterwards may then be another program.
        if changes || !is_closed && !is_listed {
            self.reading.flag(Flag::Environment);
            self.reading.doubt("awk may change the environment");
        }
    }

    fn check_functions(&mut self) {
        let pairs = || self.tokens.iter().zip(self.tokens.iter().skip(1));
        let is_function = |token: &Token| matches!(token.text, "function" | "func");
        let defined: HashSet<&str, RandomState> =
            pairs().filter(|(word, _)| is_function(word)).map(|(_, name)| name.text).collect();
        let calls = pairs().filter(|(name, next)| name.kind == Kind::Name && next.is_sign("(") && !next.spaced);
        let is_known = |name: &str| FUNCTIONS.contains(&name) || WORDS.contains(&name) || defined.contains(name);
        let unknown = calls.map(|(name, _)| name.text).find(|name| !is_known(name));
        if let Some(name) = unknown {
            let doubt = format!("nobody knows the function `{}`", super::shown(name));
            self.reading.doubt(doubt);
        }
    }

    fn before(&self) -> Option<&Token<'_>> {
        self.at.checked_sub(1).and_then(|at| self.tokens.get(at))
    }

    fn next_on(&self, by: usize) -> Option<&Token<'_>> {
        self.tokens.get(self.at + by)
    }
}

/// Tokens of one command that are looked at.
const TOKENS_MAX: usize = 256;

/// A command as far as it is known.
struct Parts {
    text: String,
    is_known: bool,
}

impl Parts {
    fn unknown(&mut self) {
        self.is_known = false;
        if !self.text.ends_with(super::UNKNOWN_WORD) {
            self.text.push_str(super::UNKNOWN_WORD);
        }
    }
}

/// Functions that touch nothing outside the program, `system` aside, which is looked at.
const FUNCTIONS: [&str; 43] = [
    "and",
    "asort",
    "asorti",
    "atan2",
    "bindtextdomain",
    "close",
    "compl",
    "cos",
    "dcgettext",
    "dcngettext",
    "exp",
    "fflush",
    "gensub",
    "gsub",
    "index",
    "int",
    "isarray",
    "length",
    "log",
    "lshift",
    "match",
    "mkbool",
    "mktime",
    "or",
    "patsplit",
    "rand",
    "rshift",
    "sin",
    "split",
    "sprintf",
    "sqrt",
    "srand",
    "strftime",
    "strtonum",
    "sub",
    "substr",
    "system",
    "systime",
    "tolower",
    "toupper",
    "typeof",
    "xor",
    "ENVIRON",
];

/// Words that a bracket may follow.
const WORDS: [&str; 19] = [
    "if",
    "while",
    "for",
    "do",
    "else",
    "switch",
    "case",
    "return",
    "print",
    "printf",
    "getline",
    "delete",
    "exit",
    "in",
    "BEGIN",
    "END",
    "BEGINFILE",
    "ENDFILE",
    "not",
];

/// Whether a command does nothing with what it is fed but print it in another shape.
fn is_filter(command: &str) -> bool {
    const FILTERS: [&str; 16] = [
        "cat", "column", "cut", "fmt", "fold", "grep", "head", "less", "more", "nl", "rev", "sort", "tac", "tail",
        "tr", "wc",
    ];
    let program = command.split_whitespace().next().unwrap_or_default();
    let is_plain = |c: char| c.is_ascii_alphanumeric() || " -_.,:=/".contains(c);
    FILTERS.contains(&program) && command.chars().all(is_plain)
}

fn is_network(name: &str) -> bool {
    ["/inet/", "/inet4/", "/inet6/"].iter().any(|prefix| name.starts_with(prefix))
}

fn is_assignment(sign: &str) -> bool {
    matches!(sign, "=" | "+=" | "-=" | "*=" | "/=" | "%=" | "^=" | "**=" | "++" | "--")
}

/// Whether an operand is over where `token` follows it.
fn ends_operand(token: &Token) -> bool {
    token.kind == Kind::Line || token.kind == Kind::Sign && matches!(token.text, ";" | "}" | ")" | "&&" | "||")
}

/// Whether an operand begins behind `token`.
fn begins_operand(token: &Token) -> bool {
    let is_sign = token.kind == Kind::Sign && matches!(token.text, ";" | "{" | "}" | "(" | "&&" | "||" | "," | "=");
    is_sign || token.kind == Kind::Line
}
