//! What awk prints of the lines it reads, for programs that choose lines and fields.

use crate::shell::line::{Line, Lines, Part};

/// The lines that a program prints; `None` if it does anything else.
pub(super) fn printed(plain: &[&str], input: &Lines) -> Option<Lines> {
    let call = Call::read(plain)?;
    if input.end != '\n' {
        return None;
    }
    let prints = rules(call.program)?;
    let mut shapes = Vec::new();
    for print in &prints {
        for line in &input.shapes {
            let printed = print.of(line, call.separator)?;
            if !shapes.contains(&printed) {
                shapes.push(printed);
            }
        }
    }
    Some(Lines::new(shapes))
}

/// The arguments of a call that reads its standard input.
struct Call<'a> {
    program: &'a str,
    /// What stands between fields; without it, blanks do.
    separator: Option<char>,
}

impl<'a> Call<'a> {
    fn read(plain: &[&'a str]) -> Option<Call<'a>> {
        let mut separator = None;
        let mut rest = plain.iter();
        while let Some(word) = rest.next() {
            match word.strip_prefix("-F") {
                Some("") => separator = separator_of(rest.next()?)?,
                Some(attached) => separator = separator_of(attached)?,
                None if word.starts_with('-') => return None,
                None => return rest.next().is_none().then_some(Call { program: word, separator }),
            }
        }
        None
    }
}

fn separator_of(text: &str) -> Option<Option<char>> {
    let mut chars = text.chars();
    match (text, chars.next(), chars.next()) {
        (" " | "[[:space:]]+" | "[ \\t]+" | " +" | "[ ]+", ..) => Some(None),
        ("\\t" | "t", ..) => Some(Some('\t')),
        (_, Some(c), None) if c != '\\' => Some(Some(c)),
        _ => None,
    }
}

/// Something that a program prints: values with blanks between them.
struct Print(Vec<Vec<Value>>);

/// A part of what is printed.
enum Value {
    Text(String),
    /// A field, counted from 1; 0 is the whole line.
    Field(usize),
    /// A field, counted from the last one, which is 0.
    FieldFromEnd(usize),
    /// A number such as `NR`.
    Number,
}

impl Print {
    fn of(&self, line: &Line, separator: Option<char>) -> Option<Line> {
        let fields = match separator {
            Some(separator) => line.fields(separator),
            None => line.words(),
        };
        let mut out = Line::default();
        for (place, values) in self.0.iter().enumerate() {
            out = out.with_text(if place > 0 { " " } else { "" });
            for value in values {
                out = out.then(&value.of(line, &fields));
            }
        }
        Some(out)
    }
}

impl Value {
    fn of(&self, line: &Line, fields: &[Option<Line>]) -> Line {
        match self {
            Value::Text(text) => Line::text(text),
            Value::Number => Line::default().with_word(),
            Value::Field(0) => line.clone(),
            Value::Field(number) => field(fields.iter(), number - 1),
            // `$(NF-1)` of a single field is `$0`.
            Value::FieldFromEnd(number) if *number == fields.len() && fields.iter().all(Option::is_some) => {
                line.clone()
            }
            Value::FieldFromEnd(number) => field(fields.iter().rev(), *number),
        }
    }
}

/// The field at a place, if all before it are clear; a field that is not there is empty.
fn field<'a>(mut fields: impl Iterator<Item = &'a Option<Line>>, place: usize) -> Line {
    let is_clear = fields.by_ref().take(place).all(Option::is_some);
    match fields.next() {
        _ if !is_clear => Line(vec![Part::Unknown]),
        Some(Some(field)) => field.clone(),
        Some(None) => Line(vec![Part::Unknown]),
        None => Line::default(),
    }
}

/// The prints of a program of rules such as `NR > 1 { print $2 }`.
fn rules(program: &str) -> Option<Vec<Print>> {
    let mut prints = Vec::new();
    let mut rest = program.trim();
    while !rest.is_empty() {
        let (test, behind) = rest.split_at_checked(end_of_test(rest))?;
        is_test(test.trim()).then_some(())?;
        match behind.strip_prefix('{') {
            Some(body) => {
                let (body, behind) = body.split_once('}')?;
                statements(body, &mut prints)?;
                rest = behind.trim_start_matches([';', ' ', '\t', '\n']);
            }
            None => {
                prints.push(Print(vec![vec![Value::Field(0)]]));
                rest = behind.trim_start_matches([';', ' ', '\t', '\n']);
            }
        }
    }
    Some(prints)
}

/// Where the test before an action ends.
fn end_of_test(text: &str) -> usize {
    let mut quote = None;
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (None, '{' | ';' | '\n') => return at,
            (None, '"' | '/') => quote = Some(c),
            (Some(open), c) if open == c => quote = None,
            _ => {}
        }
    }
    text.len()
}

/// Whether a test changes nothing: comparisons of fields and numbers, patterns, and `!seen[$0]++`.
fn is_test(test: &str) -> bool {
    let is_seen = |test: &str| {
        let name = test.strip_prefix('!').and_then(|test| test.strip_suffix("++"));
        name.and_then(|name| name.split_once('[')).is_some_and(|(name, index)| {
            name.chars().all(char::is_alphabetic)
                && index.trim_end_matches(']').trim_start_matches('$').chars().all(char::is_alphanumeric)
        })
    };
    let bare = without_texts(test);
    let compared = bare.replace("==", " ").replace("!=", " ").replace(">=", " ").replace("<=", " ");
    is_seen(test) || test != "BEGIN" && compared.chars().all(|c| c.is_alphanumeric() || "$ \t<>!~&|-.".contains(c))
}

/// The text without patterns and texts in quotes, which change nothing.
fn without_texts(text: &str) -> String {
    let mut out = String::new();
    let mut quote = None;
    for c in text.chars() {
        match quote {
            None if matches!(c, '"' | '/') => quote = Some(c),
            None => out.push(c),
            Some(open) if open == c => quote = None,
            Some(_) => {}
        }
    }
    if quote.is_some() { "=".to_owned() } else { out }
}

fn statements(body: &str, prints: &mut Vec<Print>) -> Option<()> {
    for statement in body.split([';', '\n']).map(str::trim).filter(|statement| !statement.is_empty()) {
        match statement.strip_prefix("print") {
            Some("") => prints.push(Print(vec![vec![Value::Field(0)]])),
            Some(values) if values.starts_with([' ', '\t', '"', '$', '(']) => prints.push(Print(lists(values.trim())?)),
            None if matches!(statement, "next" | "exit") || counts(statement) => {}
            _ => return None,
        }
    }
    Some(())
}

/// `n++`, `sum += $1`: what changes nothing but a number of its own.
fn counts(statement: &str) -> bool {
    let name_end = statement.find(|c: char| !c.is_ascii_lowercase()).unwrap_or(statement.len());
    let (name, rest) = statement.split_at_checked(name_end).unwrap_or_default();
    let rest = rest.trim_start();
    let added = rest.strip_prefix("+=").or_else(|| rest.strip_prefix("++")).map(str::trim);
    !name.is_empty() && added.is_some_and(|added| added.chars().all(|c| c.is_alphanumeric() || c == '$'))
}

/// Values between commas.
fn lists(text: &str) -> Option<Vec<Vec<Value>>> {
    let mut all = vec![Vec::new()];
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let behind = rest.get(c.len_utf8()..)?;
        rest = match c {
            ' ' | '\t' => behind,
            ',' => {
                all.push(Vec::new());
                behind
            }
            _ => {
                let (value, behind) = value(rest)?;
                all.last_mut()?.push(value);
                behind
            }
        };
    }
    all.iter().all(|values| !values.is_empty()).then_some(all)
}

/// One value, and what stands behind it. Calculations and calls are none.
fn value(text: &str) -> Option<(Value, &str)> {
    if let Some(rest) = text.strip_prefix('"') {
        let (text, behind) = rest.split_once('"')?;
        return (!text.contains('\\')).then(|| (Value::Text(text.to_owned()), behind));
    }
    if let Some(rest) = text.strip_prefix("$(NF-") {
        let (number, behind) = rest.split_once(')')?;
        return Some((Value::FieldFromEnd(number.trim().parse().ok()?), behind));
    }
    let (is_field, name) = text.strip_prefix('$').map_or((false, text), |name| (true, name));
    let end = name.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(name.len());
    let (name, behind) = name.split_at_checked(end)?;
    let value = match (is_field, name) {
        (true, "NF") => Value::FieldFromEnd(0),
        (true, number) => Value::Field(number.parse().ok()?),
        (false, "NR" | "NF" | "FNR") => Value::Number,
        (false, number) => Value::Text(number.parse::<u32>().ok()?.to_string()),
    };
    Some((value, behind))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(arguments: &[&str]) -> Option<Vec<String>> {
        let line = Line::default().with_word().with_text(" ").with_name("./**").with_text(" x:y");
        let lines = printed(arguments, &Lines::new(vec![line]))?;
        Some(lines.shapes.iter().map(|line| line.word("?").shown().into_owned()).collect())
    }

    #[test]
    fn fields_are_printed() {
        for (arguments, wanted) in [
            (&["{print $2}"][..], &["./**"][..]),
            (&["{ print $NF }"], &["x:y"]),
            (&["{print $(NF-1)}"], &["./**"]),
            (&["{print $9}"], &[""]),
            (&["{print \"/etc/shadow\"}"], &["/etc/shadow"]),
            (&["{print \"/etc/\" $2}"], &["/etc/./**"]),
            (&["{print 9}"], &["9"]),
            (&["NR>1 {print $2}"], &["./**"]),
            (&["$1 > 5 && /x/ {print $2; n++} END {print NR}"], &["./**", "*"]),
            (&["!seen[$0]++ {print $1}"], &["*"]),
            (&["-F:", "{print $2}"], &["?"]),
            (&["-F", "[ \\t]+", "{print $1, $2}"], &["* ./**"]),
        ] {
            let wanted: Vec<String> = wanted.iter().map(|word| (*word).to_owned()).collect();
            assert_eq!(of(arguments), Some(wanted), "{arguments:?}");
        }
    }

    #[test]
    fn other_programs_are_not_followed() {
        for program in [
            "{$2=\"/etc/shadow\"; print $2}",
            "{sub(/x/, \"/etc/\"); print}",
            "{print toupper($2)}",
            "{print $2 > \"f\"}",
            "{print $2 | \"sh\"}",
            "BEGIN {print \"a\"}",
            "{OFS=\"/\"; print $1, $2}",
            "$2=\"/etc/shadow\" {print}",
            "{print $1-1}",
            "{if (x) {print $2}}",
            "{printf \"%s\", $2}",
            "{print $x}",
            "(",
        ] {
            assert_eq!(of(&[program]), None, "{program}");
        }
        assert_eq!(of(&["-v", "x=/etc/shadow", "{print x}"]), None);
        assert_eq!(of(&["{print $2}", "file"]), None);
    }
}
