//! Assignments, and the variables that change what programs do.

use std::rc::Rc;
use std::sync::Arc;

use super::Reader;
use super::variable::{Power, power};
use crate::shell::effect::Effect;
use crate::shell::flag::Flag;
use crate::shell::reading::Condition;
use crate::shell::scope::{Binding, Space};
use crate::shell::syntax::{Assignment, Part, Word};
use crate::shell::text::Text;
use crate::shell::word;

/// The values of an array, each with its key if that is written.
pub(super) type Values = Vec<(Option<Box<str>>, Text)>;

/// Variables that have a value of their own, whatever they are set to.
const SET_BY_SHELL: [&str; 16] = [
    "BASHPID",
    "BASH_ARGV0",
    "BASH_COMMAND",
    "BASH_SUBSHELL",
    "DIRSTACK",
    "EPOCHREALTIME",
    "EPOCHSECONDS",
    "EUID",
    "FUNCNAME",
    "GROUPS",
    "LINENO",
    "PPID",
    "RANDOM",
    "SECONDS",
    "SRANDOM",
    "UID",
];

/// Work that it takes to copy one value of an array.
const WORK_PER_VALUE: usize = 40;
/// Work that each assignment takes.
const WORK_PER_ASSIGNMENT: usize = 256;

impl Reader<'_> {
    /// Assignments that stand alone.
    pub(super) fn assignments(&mut self, assignments: &[Assignment]) {
        for assignment in assignments {
            self.assignment(assignment);
        }
    }

    fn assignment(&mut self, assignment: &Assignment) {
        self.spend(WORK_PER_ASSIGNMENT);
        if let [Part::Array(values)] = assignment.value.parts.as_slice() {
            return self.array(&assignment.name, values, assignment.append);
        }
        let value = self.single(&assignment.value);
        match &assignment.index {
            Some(index) => self.element_set(&assignment.name, index, value, assignment.append),
            None if assignment.append => {
                let mut all = match self.scope.get(Space::Variable, &assignment.name) {
                    Some(Binding::Text(text)) => (**text).clone(),
                    Some(Binding::Unset) => Text::default(),
                    Some(_) | None => Text::unknown(&format!("${}", assignment.name), ""),
                };
                all.append(value.with_quotes(true));
                self.spend(all.size() / 4);
                self.assign(&assignment.name, all);
            }
            None => self.assign(&assignment.name, value.with_quotes(true)),
        }
    }

    fn array(&mut self, name: &str, words: &[Word], append: bool) {
        let values = self.array_value(name, words, append);
        self.set_array(name, values);
    }

    pub(super) fn set_array(&mut self, name: &str, values: Values) {
        self.note_fixed(name);
        self.doubt_power(name);
        if self.scope.get(Space::Number, name) == Some(&Binding::Holds) {
            values.iter().for_each(|(_, value)| self.calculated(value));
        }
        self.scope.set(Space::Variable, name, Binding::Array(Rc::new(values)));
    }

    /// The values that `name=(words)` gives an array.
    pub(super) fn array_value(&mut self, name: &str, words: &[Word], append: bool) -> Values {
        let mut values = match self.scope.get(Space::Variable, name) {
            Some(Binding::Array(values)) if append => values.to_vec(),
            Some(Binding::Text(first)) if append => vec![(None, (**first).clone())],
            _ => Vec::new(),
        };
        self.spend(values.len() * WORK_PER_VALUE);
        for word in words {
            if let Some((key, value)) = self.keyed(word) {
                values.push((Some(key), value));
                continue;
            }
            let mut fields = Vec::new();
            self.fields(word, &mut fields);
            values.extend(fields.into_iter().map(|field| (None, field)));
        }
        values
    }

    /// `[key]=value` in an array.
    fn keyed(&mut self, word: &Word) -> Option<(Box<str>, Text)> {
        let Some(Part::Text(first)) = word.parts.first() else { return None };
        if !first.starts_with('[') {
            return None;
        }
        let text = self.single(word);
        let known = text.known()?;
        let (key, value) = known.strip_prefix('[')?.split_once("]=")?;
        self.perhaps_calculated(&Text::literal(key));
        Some((key.into(), Text::literal(value)))
    }

    fn element_set(&mut self, name: &str, index: &Word, value: Text, append: bool) {
        let index = self.single(index);
        self.calculated(&index);
        let key = index.known().map(|key| key.into_owned());
        if self.scope.get(Space::Number, name) == Some(&Binding::Holds) {
            self.calculated(&value);
        }
        let values = match self.scope.get(Space::Variable, name) {
            Some(Binding::Array(values)) => Some(values.to_vec()),
            Some(Binding::Unset) | None => Some(Vec::new()),
            _ => None,
        };
        self.spend(values.as_ref().map_or(0, |values| values.len() * WORK_PER_VALUE));
        match (key, values) {
            (Some(key), Some(mut values)) if !append => {
                self.doubt_power(name);
                values.retain(|(own, _)| own.as_deref() != Some(&*key));
                if key.parse() == Ok(values.len()) && values.iter().all(|(own, _)| own.is_none()) {
                    values.push((None, value));
                } else {
                    values.push((Some(key.into()), value));
                }
                self.scope.set(Space::Variable, name, Binding::Array(Rc::new(values)));
            }
            _ => self.assign_unseen(name, &value.guess()),
        }
    }

    /// Gives a variable a value that is not in the line; `guess` is the likeliest.
    pub(super) fn assign_unseen(&mut self, name: &str, guess: &str) {
        self.doubt_power(name);
        self.assign(name, Text::unknown(&format!("${name}"), guess));
    }

    /// Doubts a variable that changes what programs do and is set in a way that is not followed.
    pub(super) fn doubt_power(&mut self, name: &str) {
        if power(name).is_some() {
            self.flag(Flag::Environment);
            self.doubt(format!("`{name}` is set to something that is not followed"));
        }
    }

    pub(in crate::shell) fn assign(&mut self, name: &str, value: Text) {
        if let Some((array, _)) = name.split_once('[') {
            self.subscripted(name);
            return self.assign_unseen(array, &value.guess());
        }
        if self.scope.get(Space::Number, name) == Some(&Binding::Holds) {
            self.calculated(&value);
        }
        if let Some(power) = power(name) {
            let mut effects = Vec::new();
            self.powerful(name, &power, &value, &mut effects);
            self.reading.effects.append(&mut effects);
        }
        self.note_fixed(name);
        if self.exports_all {
            self.scope.set(Space::Export, name, Binding::Holds);
        }
        let value = if self.keeps(name, &value) { value.settled() } else { Text::plain_unknown() };
        self.scope.set(Space::Variable, name, Binding::Text(Rc::new(value)));
    }

    fn note_fixed(&mut self, name: &str) {
        if self.scope.get(Space::Fixed, name) == Some(&Binding::Holds) {
            self.doubt(format!("`{name}` is read-only and keeps its value"));
        }
    }

    /// Whether a variable is given the very value: some are set by the shell itself, some only hold numbers.
    fn keeps(&self, name: &str, value: &Text) -> bool {
        let is_number = || value.known().is_some_and(|value| value.parse::<i64>().is_ok());
        !SET_BY_SHELL.contains(&name) && (self.scope.get(Space::Number, name) != Some(&Binding::Holds) || is_number())
    }

    /// Variables that are set for one command only.
    pub(super) fn variables_of(
        &mut self,
        assignments: &[Assignment],
        effects: &mut Vec<Effect>,
    ) -> Vec<(Arc<str>, Text)> {
        let mut variables = Vec::with_capacity(assignments.len());
        for assignment in assignments {
            let value = self.single(&assignment.value);
            self.variable(&assignment.name, &value, effects);
            variables.push((Arc::from(&*assignment.name), value));
        }
        variables
    }

    pub(super) fn variable(&mut self, name: &str, value: &Text, effects: &mut Vec<Effect>) {
        if let Some(power) = power(name) {
            self.powerful(name, &power, value, effects);
        }
    }

    fn powerful(&mut self, name: &str, power: &Power, value: &Text, effects: &mut Vec<Effect>) {
        let guess = value.guess().into_owned();
        if guess.is_empty() && value.is_known() && !matches!(power, Power::History) {
            return;
        }
        match power {
            Power::RunsUnlessBare if value.is_known() && is_bare(&guess) => {}
            Power::Runs | Power::RunsUnlessBare => self.later(name, value),
            Power::LoadsWith(parts) if value.is_known() && !parts.iter().any(|part| guess.contains(part)) => {}
            Power::Loads | Power::LoadsWith(_) => {
                self.flag(Flag::Environment);
                self.doubt(format!("`{name}` changes what programs load"));
            }
            Power::Writes if value.is_known() && !guess.contains('/') => {}
            Power::Writes => effects.push(Effect::new("file.write", "path", value.word().0)),
            Power::Reads => self.places(name, value, effects),
            Power::Source if !value.is_known() => self.doubt(format!("`{name}` comes from outside the line")),
            Power::Source => {
                let addresses = guess.split([',', '|', ' ']).filter(|part| part.contains("://"));
                effects.extend(addresses.map(|url| Effect::new("net.connect", "url", word::Word::known(url))));
            }
            Power::Proxy => effects.push(Effect::new("net.connect", "url", with_scheme(value))),
            Power::Path => self.path(value),
            Power::Places => self.doubt("`CDPATH` changes where `cd` leads"),
            Power::History => {
                if guess.is_empty()
                    || guess == "0"
                    || guess.starts_with("/dev/null")
                    || guess.contains('*')
                    || guess.contains("ignore")
                {
                    self.flag(Flag::HistoryTampering);
                }
                if name == "HISTFILE" {
                    self.file("file.write", value, effects);
                }
            }
            Power::Prompt => self.prompt(name, value),
        }
    }

    /// Files or directories that are read by whatever obeys the variable. What it held before stays, and what belongs to
    /// the system is not put there by a line.
    fn places(&mut self, name: &str, value: &Text, effects: &mut Vec<Effect>) {
        const OF_SYSTEM: [&str; 5] = ["/usr/", "/opt/", "/lib/", "/nix/", "/etc/ssl/"];
        let shown = value.shown().into_owned();
        let held =
            |part: &str| part.strip_prefix('$').is_some_and(|part| part.trim_start_matches('{').starts_with(name));
        let of_system = |part: &str| OF_SYSTEM.iter().any(|place| part.starts_with(place)) && !part.contains("..");
        for part in shown.split(':').filter(|part| !part.is_empty() && !held(part) && !of_system(part)) {
            let is_open = !value.is_known() && part.contains(['$', '`']);
            let path = if is_open { Text::unknown(part, "") } else { Text::literal(part) };
            self.file("file.read", &path, effects);
        }
    }

    /// A line that some program runs later because a variable says so.
    fn later(&mut self, name: &str, value: &Text) {
        self.flag(Flag::Environment);
        let condition = std::mem::replace(&mut self.condition, Condition::Later);
        match value.known() {
            Some(line) => {
                // `LESSOPEN` begins with what says how the program is asked.
                let line = if name == "LESSOPEN" { line.trim_start_matches(['|', '-']) } else { &*line }.to_owned();
                self.in_child(|reader| reader.source_text(&line));
            }
            None => self.doubt(format!("`{name}` is a command that comes from outside the line")),
        }
        self.condition = condition;
    }

    /// A text that is expanded later, as a here-document would be.
    fn prompt(&mut self, name: &str, value: &Text) {
        const END: &str = "end-of-prompt";
        let Some(text) = value.known().filter(|text| text.contains(['$', '`'])) else { return };
        if text.contains(END) {
            return self.doubt(format!("`{name}` cannot be read"));
        }
        let line = format!("<< {END}\n{text}\n{END}\n");
        if text.contains("$(") || text.contains('`') {
            self.flag(Flag::Environment);
        }
        let condition = std::mem::replace(&mut self.condition, Condition::Later);
        self.apart(|reader| reader.source_text(&line));
        self.condition = condition;
    }

    /// Directories behind the usual ones find only what is not found otherwise; those before decide what every
    /// program is.
    fn path(&mut self, value: &Text) {
        let shown = value.shown().into_owned();
        let guess = value.guess().into_owned();
        let (before, keeps) = match (shown.split_once("$PATH"), shown.split_once("${PATH}")) {
            (Some((before, _)), _) | (None, Some((before, _))) => (before.to_owned(), true),
            _ => (guess, false),
        };
        let is_trusted = |directory: &str| {
            directory.is_empty() && keeps
                || [
                    "/usr/",
                    "/bin",
                    "/sbin",
                    "/opt/",
                    "~/.cargo/bin",
                    "~/.local/bin",
                    "~/go/bin",
                    "/snap/bin",
                    "~/.nvm/",
                    "~/.pyenv/",
                    "~/.bun/",
                    "~/.deno/",
                ]
                .iter()
                .any(|trusted| directory.starts_with(trusted))
                    && !directory.contains("..")
        };
        if !before.split(':').all(is_trusted) {
            self.flag(Flag::Environment);
            self.doubt("`PATH` changes which programs run");
        }
    }
}

fn is_bare(value: &str) -> bool {
    value.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '+'))
}

fn with_scheme(value: &Text) -> word::Word {
    let (word, _) = value.word();
    if word.text.contains("://") || !value.is_known() {
        return word;
    }
    word::Word { text: format!("http://{}", word.text).into(), ..word }
}
