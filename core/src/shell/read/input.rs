//! `read` and its like: variables that are set from what flows in.

use std::rc::Rc;

use super::Reader;
use crate::shell::line::{Line, Lines};
use crate::shell::reading::Condition;
use crate::shell::scope::{Binding, Space};
use crate::shell::stream::Stream;
use crate::shell::text::Text;

/// The options and names of one call.
#[derive(Default)]
struct Call {
    names: Vec<String>,
    /// Whether it takes a line apart as usual.
    is_usual: bool,
    /// Whether a backslash is a character like any other.
    is_raw: bool,
    /// Whether it runs something for each line.
    runs: bool,
    /// Whether a NUL ends each line.
    ends_in_nul: bool,
}

impl Reader<'_> {
    pub(super) fn read_variables(&mut self, index: u32, name: &str, arguments: &[Text]) {
        let call = call(name, arguments);
        if call.runs {
            self.run_doubt(index, format!("what `{name}` runs for each line is not followed"));
        }
        let lines = self.lines_for(&call);
        if let Some(lines) = lines.as_ref().filter(|_| name != "read") {
            return self.read_lines(&call, lines);
        }
        let mut values = if call.is_usual && name == "read" { self.first_line(&call) } else { Vec::new() };
        match self.behind_first_line().filter(|_| !values.is_empty() && self.condition == Condition::Always) {
            Some(rest) => self.stdin = Stream::Text(Text::literal(&rest)),
            None => self.take_input(),
        }
        values.resize(call.names.len(), None);
        // Of a text only the first line is followed; a loop around reads the others.
        let is_first = self.condition != Condition::Loop || lines.is_some();
        for (name, value) in call.names.iter().zip(values) {
            match value {
                Some(value) if is_first || !value.is_known() => self.assign(name, value),
                Some(value) => self.assign_unseen(name, &value.guess()),
                None => self.assign_unseen(name, ""),
            }
        }
    }

    fn behind_first_line(&self) -> Option<String> {
        let Stream::Text(text) = &self.stdin else { return None };
        let known = text.known()?;
        Some(known.split_once('\n').map_or("", |(_, rest)| rest).to_owned())
    }

    /// `mapfile`: a value for each line.
    fn read_lines(&mut self, call: &Call, lines: &Lines) {
        let values = Rc::new(lines.shapes.iter().map(|line| (None, lines.word(line, "$MAPFILE"))).collect::<Vec<_>>());
        for name in &call.names {
            self.doubt_power(name);
            self.scope.set(Space::Variable, name, Binding::Array(Rc::clone(&values)));
        }
    }

    /// The input as lines of which only the shape is known, if it is taken apart as usual.
    fn lines_for(&self, call: &Call) -> Option<Lines> {
        let lines = match &self.stdin {
            Stream::Text(text) if text.is_known() => return None,
            stream => stream.lines()?,
        };
        let end = if call.ends_in_nul { '\0' } else { '\n' };
        (call.is_usual && lines.end == end).then_some(lines)
    }

    /// What the first line of the input gives each name, as far as that is known.
    fn first_line(&self, call: &Call) -> Vec<Option<Text>> {
        if let Some(lines) = self.lines_for(call) {
            return match (lines.shapes.as_slice(), self.separators()) {
                ([line], Some(separators)) => line_taken_apart(line, &separators, &call.names),
                _ => Vec::new(),
            };
        }
        let line = match &self.stdin {
            Stream::Text(text) => text.known().and_then(|text| text.lines().next().map(str::to_owned)),
            _ => None,
        };
        let separators = self.separators();
        let (Some(line), Some(separators)) = (line, separators) else { return Vec::new() };
        if !call.is_raw && line.contains('\\') {
            return Vec::new();
        }
        taken_apart(&line, &separators, call.names.len())
    }
}

/// One word of a line of which only the shape is known for each name, and the rest for the last.
fn line_taken_apart(line: &Line, separators: &str, names: &[String]) -> Vec<Option<Text>> {
    let words = match separators {
        "" => vec![Some(line.clone())],
        _ if separators.chars().all(char::is_whitespace) => line.words(),
        _ => return Vec::new(),
    };
    let value = |word: &Option<Line>| Some(word.as_ref()?.word("")).filter(|text| !text.has_unknown());
    let Some((_, firsts)) = names.split_last() else { return Vec::new() };
    let mut values: Vec<Option<Text>> = words.iter().take(firsts.len()).map(value).collect();
    // What is not clear may be any number of words, or none.
    let is_clear = values.iter().all(Option::is_some);
    values.push(match words.get(firsts.len()..).unwrap_or_default() {
        [] if is_clear => Some(Text::default()),
        [last] if is_clear => value(last),
        _ => None,
    });
    if is_clear { values } else { Vec::new() }
}

/// One word for each name, and the rest for the last.
fn taken_apart(line: &str, separators: &str, count: usize) -> Vec<Option<Text>> {
    let is_separator = |c: char| separators.contains(c);
    let is_blank = |c: char| is_separator(c) && c.is_whitespace();
    if separators.contains(char::is_whitespace) && separators.contains(|c: char| !c.is_whitespace()) {
        return Vec::new();
    }
    let mut rest = line.trim_matches(is_blank);
    let mut values = Vec::with_capacity(count);
    for _ in 1..count {
        let (word, behind) = rest.split_once(is_separator).unwrap_or((rest, ""));
        values.push(Some(Text::literal(word)));
        rest = behind.trim_start_matches(is_blank);
    }
    // What becomes of other separators in the last word depends on where they stand.
    let is_followed = separators.chars().all(char::is_whitespace) || !rest.contains(is_separator);
    values.push(is_followed.then(|| Text::literal(rest)));
    values
}

fn call(name: &str, arguments: &[Text]) -> Call {
    let (with_value, unusual) = match name {
        "read" => ("adinNptu", "ainNu"),
        "getopts" => ("", ""),
        _ => ("dnOsuCc", "OsuCc"),
    };
    let mut call = Call { is_usual: name != "getopts", ..Call::default() };
    let mut rest = arguments.iter().map(|word| word.guess().into_owned());
    while let Some(word) = rest.next() {
        let Some(letters) = word.strip_prefix('-').filter(|letters| !letters.is_empty()) else {
            call.names.push(word);
            continue;
        };
        call.is_usual &= !letters.contains(|c| unusual.contains(c));
        call.is_raw |= letters.contains('r');
        call.runs |= name != "read" && letters.contains('C');
        if let Some(at) = letters.find(|c| with_value.contains(c)) {
            let (option, attached) = letters.split_at_checked(at + 1).unwrap_or((letters, ""));
            let value = if attached.is_empty() { rest.next().unwrap_or_default() } else { attached.to_owned() };
            match option.chars().last() {
                Some('a') => call.names.push(value),
                Some('d') => {
                    call.ends_in_nul = value.is_empty();
                    call.is_usual &= value.is_empty();
                }
                _ => {}
            }
        }
    }
    match name {
        "getopts" => call.names.extend(["OPTARG".to_owned(), "OPTIND".to_owned()]),
        "read" if call.names.is_empty() => call.names.push("REPLY".to_owned()),
        _ if call.names.is_empty() => call.names.push("MAPFILE".to_owned()),
        _ => {}
    }
    call
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_taken_apart() {
        for (line, separators, count, wanted) in [
            ("  a   b c ", " \t\n", 1, &[Some("a   b c")][..]),
            ("a   b  c", " \t\n", 2, &[Some("a"), Some("b  c")]),
            ("a", " \t\n", 2, &[Some("a"), Some("")]),
            ("a:b", ":", 2, &[Some("a"), Some("b")]),
            ("a:b:c", ":", 2, &[Some("a"), None]),
            ("a : b", ": ", 2, &[]),
            ("a::b", ":", 3, &[Some("a"), Some(""), Some("b")]),
            (" a ", "", 1, &[Some(" a ")]),
        ] {
            let found: Vec<Option<String>> = taken_apart(line, separators, count)
                .into_iter()
                .map(|value| value.map(|text| text.guess().into_owned()))
                .collect();
            let wanted: Vec<Option<String>> = wanted.iter().map(|value| value.map(str::to_owned)).collect();
            assert_eq!(found, wanted, "{line}");
        }
    }
}
