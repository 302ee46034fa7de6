//! What sed prints of the lines it reads, for scripts that choose lines and make plain changes.

use crate::shell::line::{Line, Lines, Part, beginning, directories, last_name};

/// The lines that a script prints; `None` if it does anything else.
pub(super) fn printed(plain: &[&str], input: &Lines) -> Option<Lines> {
    let mut scripts = Vec::new();
    let mut rest = plain.iter();
    while let Some(word) = rest.next() {
        match *word {
            "-e" => scripts.push(*rest.next()?),
            "-n" | "-E" | "-r" | "-u" | "-s" => {}
            word if word.starts_with('-') || !scripts.is_empty() => return None,
            script => scripts.push(script),
        }
    }
    if scripts.is_empty() || input.end != '\n' {
        return None;
    }
    let mut shapes = input.shapes.clone();
    for script in scripts {
        let mut rest = script;
        while !rest.trim_start_matches(BETWEEN).is_empty() {
            let (command, behind) = Command::read(rest.trim_start_matches(BETWEEN))?;
            rest = behind;
            shapes = command.applied(shapes)?;
        }
    }
    Some(Lines::new(shapes))
}

/// What stands between commands.
const BETWEEN: [char; 4] = [';', ' ', '\t', '\n'];

/// One command of a script.
enum Command {
    /// It chooses lines.
    Choose,
    /// `s/pattern/replacement/`, of some lines or of all.
    Replace { pattern: String, replacement: String, every: bool, all_lines: bool },
}

impl Command {
    fn read(text: &str) -> Option<(Command, &str)> {
        let (address, rest) = address(text)?;
        let command = rest.chars().next()?;
        let behind = rest.get(command.len_utf8()..)?;
        if command == 's' {
            let separator = behind.chars().next().filter(|c| c.is_ascii_punctuation() && *c != '\\')?;
            let behind = behind.get(separator.len_utf8()..)?;
            let (pattern, behind) = up_to(separator, behind)?;
            let (replacement, behind) = up_to(separator, behind)?;
            let flags = behind.find(|c| c != 'g' && c != 'p').unwrap_or(behind.len());
            let (flags, behind) = behind.split_at_checked(flags)?;
            let (every, all_lines) = (flags.contains('g'), address.is_empty());
            return ends(behind).then_some((Command::Replace { pattern, replacement, every, all_lines }, behind));
        }
        (matches!(command, 'p' | 'd' | 'q') && ends(behind)).then_some((Command::Choose, behind))
    }

    fn applied(&self, shapes: Vec<Line>) -> Option<Vec<Line>> {
        let Command::Replace { pattern, replacement, every, all_lines } = self else { return Some(shapes) };
        let mut changed = Vec::with_capacity(shapes.len());
        for line in &shapes {
            changed.extend(replaced(line, pattern, replacement, *every)?);
        }
        if !all_lines {
            changed.extend(shapes);
        }
        Some(changed)
    }
}

/// Which lines a command is for, as it is written.
fn address(text: &str) -> Option<(&str, &str)> {
    if let Some(rest) = text.strip_prefix('/') {
        let (_, behind) = up_to('/', rest)?;
        let behind = behind.trim_start_matches([' ', '!']);
        let (address, _) = text.split_at_checked(text.len() - behind.len())?;
        return Some((address, behind));
    }
    text.split_at_checked(text.find(|c: char| !c.is_ascii_digit() && !"$,! ".contains(c))?)
}

fn ends(behind: &str) -> bool {
    behind.is_empty() || behind.starts_with([';', '\n'])
}

/// The text up to a separator, which stands for itself behind a backslash.
fn up_to(separator: char, text: &str) -> Option<(String, &str)> {
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => {
                let next = chars.next()?;
                if next != separator {
                    out.push('\\');
                }
                out.push(next);
            }
            c if c == separator => return Some((out, chars.as_str())),
            c => out.push(c),
        }
    }
    None
}

/// What a replacement makes of a line.
fn replaced(line: &Line, pattern: &str, replacement: &str, every: bool) -> Option<Vec<Line>> {
    match (pattern, replacement) {
        ("^", _) => Some(vec![Line::text(&plain(replacement)?).then(line)]),
        ("$", _) => Some(vec![line.clone().with_text(&plain(replacement)?)]),
        (".*" | "^.*" | ".*$" | "^.*$" | "\\(.*\\)" | "^\\(.*\\)$" | "(.*)" | "^(.*)$", _) => {
            Some(vec![around(line, replacement)?])
        }
        ("/[^/]*$", "") => Some(
            only_name(line)?
                .ends_with("/**")
                .then(|| directories(only_name(line).unwrap_or_default()))?
                .iter()
                .map(|path| Line::name(path))
                .collect(),
        ),
        ("^.*/" | ".*/", "") => Some(vec![Line::name(last_name(only_name(line)?)?)]),
        ("^ *" | "^[ \\t]*" | "^\\s*" | "^[[:space:]]*" | "^ +" | "^\\s+", "") => Some(vec![line.without_indent()]),
        (" " | "\"" | "'", _) => Some(vec![without_character(line, pattern, &plain(replacement)?, every)?]),
        _ => match (pattern.strip_prefix('^'), pattern.strip_suffix('$')) {
            (Some(start), _) => with_start(line, &plain_pattern(start)?, &plain(replacement)?),
            (None, Some(end)) => Some(vec![with_end(line, &plain_pattern(end)?, &plain(replacement)?)?]),
            (None, None) => None,
        },
    }
}

/// A replacement in which nothing stands for more than itself.
fn plain(replacement: &str) -> Option<String> {
    let is_plain = !replacement.contains(['&', '\n']);
    let mut out = String::new();
    let mut chars = replacement.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => out.push(chars.next().filter(|c| !c.is_alphanumeric())?),
            c => out.push(c),
        }
    }
    is_plain.then_some(out)
}

/// The text that a pattern without wildcards describes.
fn plain_pattern(pattern: &str) -> Option<String> {
    let mut out = String::new();
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => out.push(chars.next().filter(|c| matches!(c, '.' | '/' | '*' | '['))?),
            c if c.is_alphanumeric() || matches!(c, '/' | '-' | '_' | ':' | ' ') => out.push(c),
            _ => return None,
        }
    }
    (!out.is_empty()).then_some(out)
}

/// The line in the place of `&` or of the group around all of it.
fn around(line: &Line, replacement: &str) -> Option<Line> {
    let mut out = Line::default();
    let mut chars = replacement.chars();
    while let Some(c) = chars.next() {
        out = match c {
            '&' => out.then(line),
            '\\' => match chars.next()? {
                '1' => out.then(line),
                c if !c.is_alphanumeric() => out.with_text(c.encode_utf8(&mut [0; 4])),
                _ => return None,
            },
            c => out.with_text(c.encode_utf8(&mut [0; 4])),
        };
    }
    Some(out)
}

/// The pattern of a line that is nothing but a name.
fn only_name(line: &Line) -> Option<&str> {
    match line.0.as_slice() {
        [Part::Name(pattern)] => Some(pattern),
        _ => None,
    }
}

/// A character that names are taken not to have, replaced.
fn without_character(line: &Line, character: &str, with: &str, every: bool) -> Option<Line> {
    let mut out = Line::default();
    for part in &line.0 {
        match part {
            Part::Text(text) if every || !text.contains(character) => {
                out.push(Part::Text(text.replace(character, with).into()))
            }
            Part::Name(_) | Part::Word | Part::Unknown => out.push(part.clone()),
            Part::Text(_) => return None,
            Part::Blanks | Part::Column(_) if character == " " => return None,
            part => out.push(part.clone()),
        }
    }
    Some(out)
}

/// `s/^start/with/`: the line with another start, if it begins so.
fn with_start(line: &Line, start: &str, with: &str) -> Option<Vec<Line>> {
    let (first, rest) = line.0.split_first()?;
    let changed = |kept: Line| Line::text(with).then(&kept).then(&Line(rest.to_vec()));
    match first {
        Part::Text(text) => match text.strip_prefix(start) {
            Some(kept) => Some(vec![changed(Line::text(kept))]),
            None => (!start.starts_with(&**text) || rest.is_empty()).then(|| vec![line.clone()]),
        },
        Part::Name(pattern) => {
            let head = pattern.split(crate::shell::text::WILDCARDS).next().unwrap_or_default();
            match pattern.strip_prefix(start).filter(|_| head.starts_with(start)) {
                // What is found may be the place itself, which does not begin so.
                Some(kept) => {
                    let place = Line::text(head.trim_end_matches('/')).then(&Line(rest.to_vec()));
                    let unchanged = (head == start && kept == "**" && start != "./").then_some(place);
                    let emptied = (kept == "/**").then(|| changed(Line::default()));
                    Some([changed(Line::name(kept))].into_iter().chain(unchanged).chain(emptied).collect())
                }
                None => (!start.starts_with(head)).then(|| vec![line.clone()]),
            }
        }
        Part::Word | Part::Blanks | Part::Column(_) | Part::Unknown => None,
    }
}

/// `s/end$/with/`: a name with another ending. Something has to follow what is left of it, which may be mere dots.
fn with_end(line: &Line, end: &str, with: &str) -> Option<Line> {
    let is_ending = |text: &str| text.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '_' | '-'));
    let (Part::Name(pattern), before) = line.0.split_last()? else { return None };
    // What is found may be the place itself.
    let place = pattern.strip_suffix("/**").unwrap_or_default();
    let is_followed =
        is_ending(end) && is_ending(with) && with.contains(char::is_alphanumeric) && !place.ends_with(end);
    let kept = Line(before.to_vec()).with_name(&beginning(pattern)?);
    is_followed.then_some(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(arguments: &[&str]) -> Option<Vec<String>> {
        let lines = printed(arguments, &Lines::new(vec![Line::name("./**")]))?;
        Some(lines.shapes.iter().map(|line| line.word("?").shown().into_owned()).collect())
    }

    #[test]
    fn plain_changes_are_followed() {
        for (arguments, wanted) in [
            (&["s#^#/etc/#"][..], &["/etc/./**"][..]),
            (&["s/.*/\"&\"/"], &["\"./**"]),
            (&["s/\\(.*\\)/x \\1/"], &["x ./**"]),
            (&["s/.*/\\/etc\\/shadow/"], &["/etc/shadow"]),
            (&["s|$|/x|"], &["./**/x"]),
            (&["s/^\\.\\///"], &["**"]),
            (&["s|^|.|"], &["../**"]),
            (&["s|/[^/]*$||"], &["./**"]),
            (&["s|.*/||"], &["*"]),
            (&["s/ /\\\\ /g"], &["./**"]),
            (&["s/\\.c$/.o/"], &["./**"]),
            (&["-n", "1p"], &["./**"]),
            (&["1d;$d"], &["./**"]),
            (&["-n", "/x/p"], &["./**"]),
            (&["/x/s/^/y/"], &["y./**", "./**"]),
            (&["-e", "s/$/a/", "-e", "s/^/b/"], &["b./**"]),
        ] {
            let wanted: Vec<String> = wanted.iter().map(|word| (*word).to_owned()).collect();
            assert_eq!(of(arguments), Some(wanted), "{arguments:?}");
        }
    }

    #[test]
    fn other_scripts_are_not_followed() {
        for script in [
            "s/x/..\\/..\\/etc/",
            "s/\\.//",
            "s/^.//",
            "s/.c$//",
            "s/\\.c$//",
            "s/$/&&/",
            "y/a/b/",
            "s/a/b/e",
            "s/$/x/w f",
            "a x",
            "(",
        ] {
            assert_eq!(of(&[script]), None, "{script}");
        }
        assert_eq!(of(&["p", "file"]), None);
        assert_eq!(of(&["-i", "p"]), None);
    }
}
