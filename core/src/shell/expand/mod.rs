//! Turns words as written into the words a program is given: braces, tildes, variables, substitutions, splitting.
//!
//! Source: "Shell Expansions", GNU Bash Reference Manual, 3.5.

pub(super) mod arithmetic;
mod brace;
mod parameter;
pub(super) mod pattern;

use std::borrow::Cow;
use std::collections::HashSet;

use foldhash::fast::RandomState;

use super::read::Reader;
use super::scope::{Binding, Space};
use super::syntax::{Part, Word};
use super::text::{Kind, Piece, Text, WILDCARDS};
use crate::limits;

/// Work that it takes to calculate.
const WORK_PER_EXPRESSION: usize = 448;

/// Words in the making.
struct Fields {
    done: Vec<Text>,
    current: Text,
    /// Whether `current` is a word even if it is empty: it had quotes.
    begun: bool,
    /// Whether values outside quotes fall apart at blanks.
    splits: bool,
    /// The characters they fall apart at; `None` if they are not known.
    separators: Option<Cow<'static, str>>,
}

impl Reader<'_> {
    /// The words that `word` becomes.
    pub(super) fn fields(&mut self, word: &Word, out: &mut Vec<Text>) {
        if out.len() >= limits::COMMAND_WORDS_MAX || !self.spend(4) {
            return self.doubt("a command has too many words");
        }
        if let [Part::Text(text)] = word.parts.as_slice()
            && !text.contains(['{', '~', '*', '?', '[', '('])
        {
            out.push(Text::literal(text));
            return;
        }
        if !brace::has_braces(&word.parts) {
            return self.fields_of(&word.parts, out);
        }
        match brace::expand(&word.parts) {
            Some(words) => words.iter().for_each(|parts| self.fields_of(parts, out)),
            None => {
                self.doubt("the braces of a word mean too many words");
                out.push(Text::unknown(&self.source(word.span), "").with_quotes(false));
            }
        }
    }

    /// The one word that `word` becomes where nothing is split: in assignments, redirections and `case`.
    pub(super) fn single(&mut self, word: &Word) -> Text {
        if let [Part::Text(text)] = word.parts.as_slice()
            && !text.starts_with('~')
        {
            self.spend(2);
            return Text::literal(text).with_quotes(false);
        }
        let mut fields = self.new_fields(false);
        self.expand(&word.parts, false, true, &mut fields);
        fields.current
    }

    /// The words that `word` becomes where braces are expanded and nothing is split: an argument that is an assignment.
    pub(super) fn unsplit(&mut self, word: &Word, out: &mut Vec<Text>) {
        let words = if brace::has_braces(&word.parts) { brace::expand(&word.parts) } else { None };
        match words {
            Some(words) => words.into_iter().for_each(|parts| {
                let word = Word { parts: parts.into(), span: word.span };
                out.push(self.single(&word));
            }),
            None => out.push(self.single(word)),
        }
    }

    fn fields_of(&mut self, parts: &[Part], out: &mut Vec<Text>) {
        if runs_code(parts) {
            self.doubt("a pattern may have code in it that some shells run");
        }
        let mut fields = self.new_fields(true);
        self.expand(parts, false, true, &mut fields);
        fields.end();
        for mut field in fields.done {
            field.activate_globs();
            out.push(field);
        }
    }

    fn new_fields(&self, splits: bool) -> Fields {
        Fields { done: Vec::new(), current: Text::default(), begun: false, splits, separators: self.separators() }
    }

    /// The characters that words fall apart at; `None` if the line has set them to something unknown.
    pub(in crate::shell) fn separators(&self) -> Option<Cow<'static, str>> {
        match self.scope.get(Space::Variable, "IFS") {
            Some(Binding::Text(text)) => text.known().map(|known| Cow::Owned(known.into_owned())),
            Some(Binding::Array(_)) => None,
            _ => Some(" \t\n".into()),
        }
    }

    fn expand(&mut self, parts: &[Part], quoted: bool, at_start: bool, fields: &mut Fields) {
        for (index, part) in parts.iter().enumerate() {
            self.spend(2);
            match part {
                Part::Text(text) if index == 0 && at_start && !quoted => {
                    let text = self.tilde(text);
                    fields.append(text);
                }
                Part::Text(text) => fields.literal(text, quoted),
                Part::Quoted(text) => fields.literal(text, true),
                Part::Double(inner) => {
                    // `"$@"` without parameters is no word at all.
                    fields.begun |= !is_all_parameters(inner);
                    self.expand(inner, true, false, fields);
                }
                Part::Parameter(parameter) => self.parameter(parameter, quoted, fields),
                Part::Command(script) => {
                    let output = self.substitute(script);
                    self.spend(output.size());
                    fields.value(output, quoted);
                }
                Part::Arithmetic(expression) => {
                    let value = self.arithmetic(expression);
                    fields.value(value, quoted);
                }
                Part::Process { reads, script } => {
                    let name = self.process(*reads, script);
                    fields.literal(&name, true);
                }
                Part::Array(values) => {
                    for value in values {
                        let value = self.single(value);
                        fields.append(value);
                        fields.literal(" ", true);
                    }
                }
            }
        }
    }

    /// `~` stays as it is, for whoever reads paths knows the home; unless the line has moved it.
    pub(in crate::shell) fn tilde(&mut self, text: &str) -> Text {
        let mut out = Text::default();
        let rest = text.strip_prefix('~').filter(|rest| rest.is_empty() || rest.starts_with('/'));
        let home = match self.scope.get(Space::Variable, "HOME") {
            Some(Binding::Text(home)) => Some((**home).clone()),
            _ => None,
        };
        match (rest, home) {
            (Some(rest), Some(home)) => {
                out.append(home.with_quotes(true));
                out.push(rest, false);
            }
            _ => match text.strip_prefix("~+").filter(|rest| rest.is_empty() || rest.starts_with('/')) {
                Some(rest) => {
                    match self.scope.get(Space::Variable, "PWD") {
                        Some(Binding::Text(here)) => out.append((**here).clone().with_quotes(true)),
                        _ => out.push(".", false),
                    }
                    out.push(rest, false);
                }
                None => out.push(text, false),
            },
        }
        out
    }

    /// The value of an expression: a number, known or not.
    pub(super) fn arithmetic(&mut self, expression: &Word) -> Text {
        let text = self.single(expression);
        let guess = text.guess().into_owned();
        self.spend(guess.len() + WORK_PER_EXPRESSION);
        self.calculated(&text);
        self.forget_assigned(&guess);
        if text.has_unknown() {
            return Text::plain_unknown();
        }
        let value = arithmetic::evaluate(&guess, &|name| match self.scope.get(Space::Variable, name) {
            Some(Binding::Text(text)) => text.known()?.trim().parse().ok(),
            Some(Binding::Unset) => Some(0),
            _ => None,
        });
        value.map_or_else(Text::plain_unknown, |value| Text::literal(&value.to_string()))
    }

    /// Shells calculate with what a value says, too: an index in it may hold a command, and a name in it stands for
    /// another value.
    pub(in crate::shell) fn calculated(&mut self, text: &Text) {
        self.calculated_if(text, |reader, value| holds_command(value) || reader.origin_of(value).network);
    }

    /// The same where only some shells calculate, and nearly all values are what they seem to be.
    pub(in crate::shell) fn perhaps_calculated(&mut self, text: &Text) {
        self.calculated_if(text, |_, value| holds_command(value));
    }

    fn calculated_if(&mut self, text: &Text, runs: impl Fn(&Self, &Text) -> bool) {
        let mut names: HashSet<String, RandomState> = HashSet::default();
        let mut left = vec![text.clone()];
        while let Some(value) = left.pop() {
            if !self.spend(value.size()) {
                return;
            }
            if runs(self, &value) {
                return self.doubt("a value holds a command that is run when it is calculated with");
            }
            for name in value.guess().split(|c: char| !is_of_name(c)).filter(|name| is_name(name)) {
                if names.insert(name.to_owned()) {
                    left.extend(self.values_named(name));
                }
            }
        }
    }

    /// Looks at the index in a name: `a[…]` is calculated with wherever it is named.
    pub(in crate::shell) fn subscripted(&mut self, name: &str) {
        if let Some((_, index)) = name.split_once('[') {
            self.perhaps_calculated(&Text::literal(index));
        }
    }

    fn values_named(&self, name: &str) -> Vec<Text> {
        match self.scope.get(Space::Variable, name) {
            Some(Binding::Text(value)) => vec![(**value).clone()],
            Some(Binding::Array(values)) => values.iter().map(|(_, value)| value.clone()).collect(),
            _ => Vec::new(),
        }
    }

    /// Variables that an expression assigns to are not known afterwards.
    fn forget_assigned(&mut self, expression: &str) {
        if !expression.contains('=') && !expression.contains("++") && !expression.contains("--") {
            return;
        }
        for name in expression.split(|c: char| !is_of_name(c)).filter(|name| is_name(name)) {
            self.assign(name, Text::plain_unknown());
        }
    }
}

fn holds_command(value: &Text) -> bool {
    let guess = value.guess();
    guess.contains("$(") || guess.contains('`')
}

fn is_of_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

fn is_name(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
}

/// `*(e:'code':)` and `*(+function)`, by which zsh asks of each file whether it fits.
fn runs_code(parts: &[Part]) -> bool {
    let opens = |part: &Part| matches!(part, Part::Text(text) if text.contains('('));
    let Some(start) = parts.iter().position(opens) else { return false };
    let mut text = String::new();
    for part in parts.iter().skip(start) {
        match part {
            Part::Text(inner) | Part::Quoted(inner) => text.push_str(inner),
            _ => text.push_str("''"),
        }
    }
    text.split('(').skip(1).any(|group| {
        let mut marks = group.match_indices(['e', '+']).filter_map(|(at, _)| group.split_at_checked(at));
        marks.any(|(before, behind)| {
            let is_list = before.chars().all(|c| c.is_ascii_alphanumeric() || ".^/@=*%,".contains(c));
            let mut chars = behind.chars();
            match (chars.next(), chars.next()) {
                (Some('+'), Some(c)) => is_list && (c.is_ascii_alphabetic() || c == '_'),
                (Some('e'), Some(c)) if !c.is_ascii_alphanumeric() => {
                    let end = match c {
                        '[' => ']',
                        '{' => '}',
                        '<' => '>',
                        c => c,
                    };
                    is_list && chars.any(|c| c == end)
                }
                _ => false,
            }
        })
    })
}

fn is_all_parameters(parts: &[Part]) -> bool {
    let is_at = |index: &Word| matches!(index.parts.as_slice(), [Part::Text(text)] if &**text == "@");
    matches!(parts, [Part::Parameter(parameter)]
        if !parameter.indirect && (&*parameter.name == "@" || parameter.index.as_ref().is_some_and(is_at)))
}

impl Fields {
    fn literal(&mut self, text: &str, quoted: bool) {
        self.begun |= quoted;
        if !text.is_empty() {
            self.ahead_of(text);
            self.current.push(text, quoted);
        }
    }

    fn append(&mut self, text: Text) {
        self.ahead_of(&text.guess());
        self.current.append(text);
    }

    /// Before a `/`, a value that may be nothing leads to the root.
    fn ahead_of(&mut self, text: &str) {
        if text.starts_with('/') && self.current.may_be_nothing() {
            self.current = Text::unknown(&self.current.shown(), &self.current.guess());
        }
    }

    /// A value that was put in: it falls apart unless it stands in quotes.
    fn value(&mut self, value: Text, quoted: bool) {
        if quoted || !self.splits {
            self.begun |= quoted;
            let value = if quoted { value.unlisted() } else { value };
            return self.append(value.with_quotes(true));
        }
        let Some(separators) = self.separators.clone() else {
            let shown = value.shown().into_owned();
            return self.current.append(Text::unknown(&shown, &value.guess()).with_quotes(false));
        };
        let is_usual = separators.chars().all(char::is_whitespace);
        for piece in value.0 {
            match piece.kind {
                // What stands behind such a separator in a name may be any text.
                Kind::Glob if !is_usual => {
                    self.current.append(Text::unknown(&piece.text, "").with_quotes(false));
                }
                Kind::Literal | Kind::Glob => self.split(&piece, &separators),
                Kind::Nothing => self.current.0.push(piece),
                Kind::Unknown(_) => self.current.append(Text::from(piece).with_quotes(false)),
            }
        }
    }

    fn split(&mut self, piece: &Piece, separators: &str) {
        let mut rest: &str = &piece.text;
        while let Some(at) = rest.find(|c| separators.contains(c)) {
            let (word, behind) = rest.split_at_checked(at).unwrap_or((rest, ""));
            let separator = behind.chars().next().unwrap_or(' ');
            self.part(word, &piece.kind);
            self.end_at(separator);
            rest = behind.get(separator.len_utf8()..).unwrap_or_default();
        }
        self.part(rest, &piece.kind);
    }

    /// A part of a value, which is a pattern if the value is one and the wildcards stand in this part.
    fn part(&mut self, text: &str, kind: &Kind) {
        if *kind == Kind::Glob && text.contains(WILDCARDS) {
            self.current.append(Text::glob(text).with_quotes(false));
        } else {
            self.literal(text, false);
        }
    }

    /// Blanks never make an empty word, other separators do.
    fn end_at(&mut self, separator: char) {
        if !separator.is_whitespace() && self.current.0.is_empty() {
            self.begun = true;
        }
        self.end();
    }

    fn end(&mut self) {
        if self.begun || !self.current.0.is_empty() {
            self.done.push(std::mem::take(&mut self.current));
        }
        self.begun = false;
    }
}
