//! Parameter expansion: what `$name` and all forms of `${…}` stand for.

use std::rc::Rc;

use super::pattern::Pattern;
use super::{Fields, arithmetic};
use crate::shell::read::Reader;
use crate::shell::scope::{Binding, Space};
use crate::shell::syntax::{Operation, Parameter, ReplacePlace, Word};
use crate::shell::text::{Kind, Text, WILDCARDS};

/// Variables that every shell has, with the value that most have.
const USUAL: &[(&str, &str)] = &[
    ("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"),
    ("SHELL", "/bin/bash"),
    ("BASH", "/bin/bash"),
    ("TMPDIR", "/tmp"),
    ("OLDPWD", "/"),
    ("USER", "root"),
    ("LOGNAME", "root"),
    ("LANG", "C.UTF-8"),
    ("TERM", "xterm"),
    (
        "BASHOPTS",
        "cmdhist:complete_fullquote:extquote:force_fignore:globasciiranges:hostcomplete:interactive_comments:progcomp:promptvars:sourcepath",
    ),
    ("SHELLOPTS", "braceexpand:hashall:interactive-comments"),
    ("BASH_VERSION", "5.2.0(1)-release"),
    ("OSTYPE", "linux-gnu"),
    ("MACHTYPE", "x86_64-pc-linux-gnu"),
    ("HOSTTYPE", "x86_64"),
    ("PS1", "\\s-\\v\\$ "),
    ("PS2", "> "),
    ("PS4", "+ "),
    ("IFS", " \t\n"),
];

/// Variables whose value is one plain name or number.
const PLAIN: &[&str] = &[
    "RANDOM",
    "SRANDOM",
    "SECONDS",
    "LINENO",
    "EPOCHSECONDS",
    "EPOCHREALTIME",
    "BASHPID",
    "PPID",
    "UID",
    "EUID",
    "HOSTNAME",
    "OSTYPE",
    "MACHTYPE",
    "HOSTTYPE",
    "SHLVL",
    "BASH_SUBSHELL",
    "OPTIND",
];

/// Bytes of a value that is compared with a pattern or replaced in; longer ones are not followed.
const VALUE_BYTES_MAX: usize = 2048;
/// Work that it takes to make a pattern ready.
const WORK_PER_PATTERN: usize = 1024;

impl Reader<'_> {
    pub(super) fn parameter(&mut self, parameter: &Parameter, quoted: bool, fields: &mut Fields) {
        if let Some(values) = self.several(parameter) {
            if !self.spend(values.iter().map(Text::size).sum()) {
                return;
            }
            return join(values, parameter, quoted, fields);
        }
        let value = self.value_of(parameter);
        if !self.spend(value.size()) {
            return;
        }
        // Outside quotes nothing is left of a value that is known to be empty.
        if quoted || !value.is_empty() {
            fields.value(value, quoted);
        }
    }

    /// All values of `$@`, `$*` and of arrays with the index `@` or `*`.
    fn several(&mut self, parameter: &Parameter) -> Option<Vec<Text>> {
        let all = |index: &Word| matches!(index.parts.as_slice(), [crate::shell::syntax::Part::Text(text)] if matches!(&**text, "@" | "*"));
        let is_positional = matches!(&*parameter.name, "@" | "*");
        if parameter.indirect || !(is_positional || parameter.index.as_ref().is_some_and(all)) {
            return None;
        }
        let (values, plain) = if is_positional {
            (self.positional().to_vec(), true)
        } else {
            match self.scope.get(Space::Variable, &parameter.name) {
                Some(Binding::Array(values)) => {
                    let values = Rc::clone(values);
                    (self.in_order(&parameter.name, &values), values.iter().all(|(key, _)| key.is_none()))
                }
                Some(Binding::Text(text)) => (vec![(**text).clone()], true),
                Some(Binding::Unset) => (Vec::new(), true),
                _ => (vec![Text::unknown(&parameter.source, "").with_quotes(false)], false),
            }
        };
        Some(match &parameter.operation {
            Operation::Value => values,
            Operation::Length if plain && values.iter().all(Text::is_known) => {
                vec![Text::literal(&values.len().to_string())]
            }
            Operation::Length => vec![Text::plain_unknown()],
            Operation::Slice { offset, length } => {
                let (offset, length) = (self.number(offset), length.as_ref().map(|length| self.number(length)));
                let known = plain && values.iter().all(Text::is_known);
                known
                    .then(|| some_of(values, is_positional, offset?, length))
                    .flatten()
                    .unwrap_or_else(|| vec![Text::unknown(&parameter.source, "").with_quotes(false)])
            }
            operation => {
                let operation = operation.clone();
                values.into_iter().map(|value| self.operate(parameter, &operation, Some(value))).collect()
            }
        })
    }

    /// The values of an array by their index. In which order those of an associative array stand is not known.
    fn in_order(&self, name: &str, values: &[(Option<Box<str>>, Text)]) -> Vec<Text> {
        if values.len() < 2 || values.iter().all(|(key, _)| key.is_none()) {
            return values.iter().map(|(_, value)| value.clone()).collect();
        }
        let is_associative = self.scope.get(Space::Associative, name).is_some();
        let mut next = 0;
        let mut placed: Vec<(i64, Text)> = Vec::with_capacity(values.len());
        for (key, value) in values {
            let place = match key {
                Some(key) => key.parse().ok().filter(|place| *place >= 0 && !is_associative),
                None => Some(next),
            };
            let Some(place) = place else {
                return values.iter().map(|(_, value)| Text::unknown(&format!("${name}"), &value.guess())).collect();
            };
            placed.retain(|(own, _)| *own != place);
            placed.push((place, value.clone()));
            next = place.saturating_add(1);
        }
        placed.sort_by_key(|(place, _)| *place);
        placed.into_iter().map(|(_, value)| value).collect()
    }

    fn value_of(&mut self, parameter: &Parameter) -> Text {
        if parameter.operation == Operation::Names {
            return Text::unknown(&parameter.source, "").with_quotes(false);
        }
        let mut value = self.look_up(&parameter.name, parameter);
        if parameter.indirect {
            value = match value.as_ref().and_then(Text::known) {
                Some(name) => {
                    let name = name.into_owned();
                    self.subscripted(&name);
                    self.look_up(&name, parameter)
                }
                None => Some(Text::unknown(&parameter.source, "")),
            };
        }
        let operation = parameter.operation.clone();
        self.operate(parameter, &operation, value)
    }

    /// The value of a name; `None` if it is not set in the line and nothing is known of it.
    fn look_up(&mut self, name: &str, parameter: &Parameter) -> Option<Text> {
        match self.scope.get(Space::Variable, name) {
            Some(Binding::Text(text)) => return Some(self.scalar(&(Rc::clone(text)), parameter)),
            Some(Binding::Array(values)) => return Some(self.element(&Rc::clone(values), parameter)),
            Some(Binding::Unset) => {
                self.index(parameter);
                return Some(Text::default());
            }
            _ => self.index(parameter),
        }
        let mut chars = name.chars();
        match (chars.next(), chars.next()) {
            (Some('@' | '*'), None) => {
                let values = self.positional().to_vec();
                Some(joined(values, " "))
            }
            (Some('0'), None) => Some(Text::literal("bash")),
            (Some(c), _) if c.is_ascii_digit() => Some(self.positional_at(name, parameter)),
            (Some('#' | '?' | '$'), None) => Some(Text::plain_unknown()),
            (Some('!'), None) => Some(Text::plain_unknown().or_nothing()),
            (Some('-'), None) => Some(Text::unknown("$-", "hB")),
            (Some('_'), None) => Some(Text::unknown("$_", "")),
            _ => self.outside(name, parameter),
        }
    }

    /// Looks at an index for what it runs: that happens whether or not there is such a variable.
    fn index(&mut self, parameter: &Parameter) {
        if let Some(index) = &parameter.index {
            self.number(index);
        }
    }

    /// Variables that the line has from outside.
    fn outside(&self, name: &str, parameter: &Parameter) -> Option<Text> {
        let is_value = parameter.operation == Operation::Value && !parameter.indirect;
        match name {
            "HOME" if is_value => Some(Text::literal("~")),
            "HOME" => Some(Text::unknown("$HOME", self.home.unwrap_or("/root"))),
            "PWD" if is_value => Some(self.directory_text()),
            "PWD" => Some(Text::unknown("$PWD", "/")),
            // Where nobody has logged in or typed, these may not be set.
            "USER" | "LOGNAME" | "COLUMNS" | "LINES" | "GROUPS" if is_value => Some(Text::plain_unknown().or_nothing()),
            name if is_value && PLAIN.contains(&name) => Some(Text::plain_unknown()),
            name => {
                USUAL.iter().find(|(usual, _)| *usual == name).map(|(_, guess)| Text::unknown(&parameter.source, guess))
            }
        }
    }

    fn scalar(&mut self, text: &Text, parameter: &Parameter) -> Text {
        match &parameter.index {
            // A plain variable is an array of one.
            Some(index) => match self.number(index) {
                Some(0) => text.clone(),
                _ => Text::unknown(&parameter.source, ""),
            },
            None => text.clone(),
        }
    }

    fn element(&mut self, values: &[(Option<Box<str>>, Text)], parameter: &Parameter) -> Text {
        let unknown = || Text::unknown(&parameter.source, "");
        let is_first = |(key, _): &&(Option<Box<str>>, Text)| key.as_deref() == Some("0");
        let Some(index) = &parameter.index else {
            if let Some((_, value)) = values.iter().rev().find(is_first) {
                return value.clone();
            }
            let is_plain = values.iter().all(|(key, _)| key.is_none());
            let first = values.first().map_or_else(Text::default, |(_, value)| value.clone());
            let is_first = first.is_known() || values.len() < 2;
            return if is_plain && is_first { first } else { Text::unknown(&parameter.source, &first.guess()) };
        };
        let key = self.single(index);
        let Some(key) = key.known().map(|key| key.into_owned()) else { return unknown() };
        if let Some((_, value)) = values.iter().rev().find(|(own, _)| own.as_deref() == Some(&key)) {
            return value.clone();
        }
        let is_plain = values.iter().all(|(own, _)| own.is_none());
        let Some(number) = self.number(index).filter(|_| is_plain) else { return unknown() };
        let place = if number < 0 { i64::try_from(values.len()).unwrap_or(0) + number } else { number };
        let Ok(place) = usize::try_from(place) else { return Text::default() };
        // What may be several values moves those behind it, and may itself be none.
        let moving = values.iter().take(if number < 0 { values.len() } else { place.saturating_add(1) });
        let moves = moving.filter(|(_, value)| !value.is_known()).count() > 0 && values.len() > 1;
        if moves || values.iter().take(place).any(|(_, value)| !value.is_known()) {
            return unknown();
        }
        values.get(place).map_or_else(Text::default, |(_, value)| value.clone())
    }

    fn positional_at(&self, name: &str, parameter: &Parameter) -> Text {
        let place = name.parse::<usize>().unwrap_or(usize::MAX);
        if self.is_outermost() {
            return Text::unknown(&parameter.source, "");
        }
        let words = self.positional();
        match words.get(place.wrapping_sub(1)) {
            // What may be several words or none moves those behind it.
            _ if words.iter().take(place.wrapping_sub(1)).any(|word| !word.is_known()) => {
                Text::unknown(&parameter.source, "")
            }
            Some(text) if !text.is_known() && words.len() > 1 => Text::unknown(&parameter.source, ""),
            Some(text) => text.clone(),
            None => Text::default(),
        }
    }

    fn number(&mut self, word: &Word) -> Option<i64> {
        let text = self.single(word);
        self.calculated(&text);
        let known = text.known()?.into_owned();
        self.spend(known.len());
        arithmetic::evaluate(&known, &|name| match self.scope.get(Space::Variable, name) {
            Some(Binding::Text(text)) => text.known()?.trim().parse().ok(),
            _ => None,
        })
    }

    fn operate(&mut self, parameter: &Parameter, operation: &Operation, value: Option<Text>) -> Text {
        let is_from_outside = value.is_none();
        let value = value.unwrap_or_else(|| Text::unknown(&parameter.source, ""));
        let source = &*parameter.source;
        match operation {
            Operation::Value => value,
            Operation::Error(word) => {
                self.single(word);
                value
            }
            Operation::Names => Text::unknown(source, ""),
            Operation::Length if value.is_known() => Text::literal(&value.guess().chars().count().to_string()),
            Operation::Length => Text::plain_unknown(),
            Operation::Default(word) | Operation::Assign(word) => {
                let chosen = self.or_else(value, word, parameter);
                if matches!(operation, Operation::Assign(_)) {
                    self.assign(&parameter.name, chosen.clone());
                }
                chosen
            }
            Operation::Alternative(word) => self.alternative(&value, word, parameter, is_from_outside),
            Operation::WithoutPrefix { pattern, longest } => self.cut(&value, pattern, source, *longest, true),
            Operation::WithoutSuffix { pattern, longest } => self.cut(&value, pattern, source, *longest, false),
            Operation::Replace { pattern, replacement, place } => {
                self.replace(&value, pattern, replacement, *place, source)
            }
            Operation::Slice { offset, length } => self.slice(&value, offset, length.as_ref(), source),
            Operation::Case { operator, pattern } => {
                self.single(pattern);
                change_case(&value, operator, pattern.parts.is_empty(), source)
            }
            Operation::Transform(kind) => {
                if *kind == 'P' && (value.has_unknown() || value.guess().contains(['$', '`'])) {
                    self.doubt("a value may hold a command that is run when it is shown as a prompt");
                }
                transform(&value, *kind, source)
            }
        }
    }

    /// `${value:-word}` and `${value-word}`
    fn or_else(&mut self, value: Text, word: &Word, parameter: &Parameter) -> Text {
        if value.is_known() && !value.is_empty() {
            return value;
        }
        let word = self.single(word);
        if value.is_known() && counts_empty(parameter) {
            return word;
        }
        Text::unknown(&parameter.source, &if value.guess().is_empty() { word.guess() } else { value.guess() })
    }

    /// `${value:+word}` and `${value+word}`
    fn alternative(&mut self, value: &Text, word: &Word, parameter: &Parameter, is_from_outside: bool) -> Text {
        let word = self.single(word);
        match (value.is_known(), value.is_empty()) {
            (true, false) => word,
            (true, true) if counts_empty(parameter) => Text::default(),
            (true, true) => Text::unknown(&parameter.source, &word.guess()),
            _ if is_from_outside => Text::unknown(&parameter.source, ""),
            _ => Text::unknown(&parameter.source, &word.guess()),
        }
    }

    fn pattern(&mut self, word: &Word) -> Option<Pattern> {
        let text = self.single(word);
        if text.has_unknown() || text.guess().len() > VALUE_BYTES_MAX {
            return None;
        }
        let chars = text.0.iter().flat_map(|piece| piece.text.chars().map(move |c| (c, piece.quoted)));
        Some(Pattern::new(chars))
    }

    /// Whether what fits a pattern has a sign such as `.` or `-` in it: no name consists of nothing else.
    fn needs_a_sign(&mut self, pattern: &Word) -> bool {
        let is_sign = |c: char| !c.is_alphanumeric() && !c.is_whitespace() && !WILDCARDS.contains(&c) && c != ']';
        let text = self.single(pattern);
        text.is_known() && text.guess().contains(is_sign) && !text.guess().contains('[')
    }

    /// Whether `pattern` may be compared with every part of a text of `length`.
    fn affords(&mut self, length: usize, pattern: &Pattern) -> bool {
        let compared = length.saturating_mul(length).saturating_mul(pattern.len().max(1));
        let work = WORK_PER_PATTERN + compared / 64;
        length <= VALUE_BYTES_MAX && self.spend(work)
    }

    fn cut(&mut self, value: &Text, pattern: &Word, source: &str, longest: bool, at_front: bool) -> Text {
        let leaves_some = self.needs_a_sign(pattern);
        let Some(pattern) = self.pattern(pattern).filter(|pattern| self.affords(value.guess().len(), pattern)) else {
            return Text::unknown(source, "");
        };
        let mut removed = String::new();
        let kept = value.map(source, |text| {
            let chars: Vec<char> = text.chars().collect();
            let lengths: Box<dyn Iterator<Item = usize>> =
                if longest { Box::new((0..=chars.len()).rev()) } else { Box::new(0..=chars.len()) };
            for length in lengths {
                let (cut, kept) = if at_front {
                    chars.split_at_checked(length).unwrap_or_default()
                } else {
                    chars.split_at_checked(chars.len() - length).map(|(kept, cut)| (cut, kept)).unwrap_or_default()
                };
                if pattern.matches(cut) {
                    removed = cut.iter().collect();
                    return kept.iter().collect();
                }
            }
            text.to_owned()
        });
        // Of a name that is only known by a pattern, what the wildcards stand for cannot be cut apart; at a separator
        // it can, for they never stand for one.
        let is_glob = !value.is_known() && !value.has_unknown();
        let at_separator = removed.starts_with('/') || removed.ends_with('/');
        match is_glob {
            true if removed.contains(WILDCARDS) && !at_separator => unfollowed(value, source, leaves_some),
            true if !leaves_some && !kept.guess().contains(is_of_word) => Text::unknown(source, ""),
            _ => kept,
        }
    }

    fn replace(&mut self, value: &Text, pattern: &Word, with: &Word, place: ReplacePlace, source: &str) -> Text {
        let needs_a_sign = self.needs_a_sign(pattern);
        let Some(pattern) = self.pattern(pattern).filter(|pattern| self.affords(value.guess().len(), pattern)) else {
            return Text::unknown(source, "");
        };
        let with = self.single(with);
        if !value.is_known() && !value.has_unknown() {
            return unfollowed(value, source, needs_a_sign || !with.is_empty() && with.is_known());
        }
        let changed = value.map(source, |text| replace(text, &pattern, &with.guess(), place));
        if with.is_known() { changed } else { Text::unknown(source, &changed.guess()) }
    }

    fn slice(&mut self, value: &Text, offset: &Word, length: Option<&Word>, source: &str) -> Text {
        let offset = self.number(offset);
        let length = match length {
            Some(length) => self.number(length).map(Some),
            None => Some(None),
        };
        let (Some(offset), Some(length)) = (offset, length) else { return Text::unknown(source, "") };
        if !value.is_known() && !value.has_unknown() {
            return unfollowed(value, source, false);
        }
        value.map(source, |text| slice(text, offset, length))
    }
}

/// What is left of a name that is known by a pattern after a change that cannot be followed. Where nothing may be left
/// of it, nothing is known: before a `/` that would be the root.
fn unfollowed(value: &Text, source: &str, leaves_some: bool) -> Text {
    if value.guess().contains('/') || !leaves_some { Text::unknown(source, "") } else { Text::plain_unknown() }
}

fn is_of_word(c: char) -> bool {
    c.is_alphanumeric()
}

/// Whether `:` stands before the operator, so that an empty value counts as none.
fn counts_empty(parameter: &Parameter) -> bool {
    let rest = parameter.source.trim_start_matches(['$', '{', '!']);
    let rest = rest.strip_prefix(&*parameter.name).unwrap_or(rest);
    let rest = if parameter.index.is_some() { rest.split_once(']').map_or(rest, |(_, rest)| rest) } else { rest };
    rest.starts_with(':')
}

/// Some of several values; a negative offset counts from behind. Positional parameters are counted from 1, and the one
/// before them is not known.
fn some_of(values: Vec<Text>, is_positional: bool, offset: i64, length: Option<Option<i64>>) -> Option<Vec<Text>> {
    let count = i64::try_from(values.len()).ok()?;
    let start = if offset < 0 { count.checked_add(offset)? } else { offset - i64::from(is_positional) };
    let taken = match length {
        None => usize::MAX,
        Some(length) => usize::try_from(length?).ok()?,
    };
    Some(values.into_iter().skip(usize::try_from(start).ok()?).take(taken).collect())
}

fn slice(text: &str, offset: i64, length: Option<i64>) -> String {
    let count = i64::try_from(text.chars().count()).unwrap_or(i64::MAX);
    let start = if offset < 0 { count.saturating_add(offset) } else { offset };
    if start < 0 || start > count {
        return String::new();
    }
    let end = match length {
        None => count,
        Some(length) if length < 0 => count.saturating_add(length),
        Some(length) => start.saturating_add(length).min(count),
    };
    let taken = usize::try_from(end.saturating_sub(start)).unwrap_or(0);
    text.chars().skip(usize::try_from(start).unwrap_or(0)).take(taken).collect()
}

fn replace(text: &str, pattern: &Pattern, with: &str, place: ReplacePlace) -> String {
    let chars: Vec<char> = text.chars().collect();
    let longest_at = |start: usize| {
        (start..=chars.len()).rev().find(|end| chars.get(start..*end).is_some_and(|part| pattern.matches(part)))
    };
    let mut out = String::new();
    let mut at = 0;
    while at <= chars.len() {
        let fits_here = match place {
            ReplacePlace::Front if at > 0 => None,
            ReplacePlace::End => longest_at(at).filter(|end| *end == chars.len()),
            _ => longest_at(at),
        };
        match fits_here {
            Some(end) if end > at || place != ReplacePlace::First && place != ReplacePlace::All => {
                out.push_str(with);
                at = end.max(at);
                if place != ReplacePlace::All {
                    break;
                }
            }
            _ => {
                out.extend(chars.get(at));
                at += 1;
            }
        }
    }
    out.extend(chars.iter().skip(at));
    out
}

fn change_case(value: &Text, operator: &str, every: bool, source: &str) -> Text {
    if !every {
        return Text::unknown(source, &value.guess());
    }
    let first_only = operator.len() == 1;
    value.map(source, |text| {
        let change = |c: char| match operator.chars().next() {
            Some('^') => c.to_uppercase().collect::<String>(),
            Some(',') => c.to_lowercase().collect(),
            _ if c.is_uppercase() => c.to_lowercase().collect(),
            _ => c.to_uppercase().collect(),
        };
        text.chars()
            .enumerate()
            .map(|(index, c)| if first_only && index > 0 { c.to_string() } else { change(c) })
            .collect()
    })
}

fn transform(value: &Text, kind: char, source: &str) -> Text {
    match kind {
        'U' => value.map(source, str::to_uppercase),
        'L' => value.map(source, str::to_lowercase),
        'u' => change_case(value, "^", true, source),
        _ => Text::unknown(source, &value.guess()),
    }
}

fn joined(values: Vec<Text>, between: &str) -> Text {
    let mut all = Text::default();
    for (index, value) in values.into_iter().enumerate() {
        if index > 0 {
            all.push(between, true);
        }
        all.append(value);
    }
    all
}

/// `"$@"` is one word per value, `"$*"` one word for all.
fn join(values: Vec<Text>, parameter: &Parameter, quoted: bool, fields: &mut Fields) {
    let star = &*parameter.name == "*"
        || parameter.index.as_ref().is_some_and(
            |index| matches!(index.parts.as_slice(), [crate::shell::syntax::Part::Text(text)] if &**text == "*"),
        );
    if quoted && star || !fields.splits {
        let between: Option<String> = fields.separators.as_ref().map(|all| all.chars().take(1).collect());
        let all = joined(values, between.as_deref().unwrap_or(" "));
        let all = if between.is_some() { all } else { Text::unknown(&parameter.source, &all.guess()) };
        return fields.value(all, true);
    }
    for (index, value) in values.into_iter().enumerate() {
        if index > 0 {
            fields.end();
        }
        // A value that may be several words stays so within quotes too.
        let may_be_several = value.0.iter().any(|piece| matches!(piece.kind, Kind::Unknown(_)) && !piece.quoted);
        if quoted && may_be_several {
            fields.append(value);
        } else {
            fields.value(value, quoted);
        }
    }
}
