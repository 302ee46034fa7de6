//! Programs that print the lines they read: some of them, in another order, or a part of each.

use super::{awk, sed};
use crate::path::Filter;
use crate::shell::expand::pattern::tr_set;
use crate::shell::line::{Line, Lines, Part};
use crate::shell::pure::ranges;

/// What a filter makes of lines; `None` if that is not followed.
pub(super) fn filtered(base: &str, plain: &[&str], input: &Lines) -> Option<Lines> {
    match base {
        "sort" => passed(plain, "ktSTo", input),
        "head" | "tail" => passed(plain, "n", input).filter(|_| !cuts_bytes(plain)),
        "shuf" => passed(plain, "n", input).filter(|_| !given(plain, &['e', 'i'])),
        "tac" => passed(plain, "s", input).filter(|_| !given(plain, &['s', 'r'])),
        "uniq" => uniq(plain, input),
        "cat" => cat(plain, input),
        "nl" => numbered(passed(plain, "bnwvi", input).filter(|_| !given(plain, &['s', 'd']))?, "\t"),
        "grep" | "egrep" | "fgrep" | "rg" => grep(plain, input),
        "tr" => tr(plain, input),
        "cut" => cut(plain, input),
        "column" => column(plain, input),
        "rev" => None,
        "awk" | "gawk" | "mawk" | "nawk" => awk::printed(plain, input),
        "sed" | "gsed" => sed::printed(plain, input),
        _ => None,
    }
}

/// The input, if there are no operands: those would be read instead. The letters of `with_value` are options that take
/// the next word.
fn passed(plain: &[&str], with_value: &str, input: &Lines) -> Option<Lines> {
    let mut rest = plain.iter();
    while let Some(word) = rest.next() {
        let letters = word.strip_prefix('-').or(word.strip_prefix('+'))?;
        if !letters.starts_with('-') && letters.ends_with(|c| with_value.contains(c)) || letters == "-lines" {
            rest.next();
        }
    }
    Some(input.clone())
}

fn given(plain: &[&str], letters: &[char]) -> bool {
    plain.iter().any(|word| word.starts_with('-') && !word.starts_with("--") && word.contains(letters))
        || plain.iter().any(|word| word.strip_prefix("--").is_some_and(|long| long.starts_with(letters)))
}

fn cuts_bytes(plain: &[&str]) -> bool {
    plain.iter().any(|word| word.starts_with("-c") || word.starts_with("--bytes"))
}

fn numbered(input: Lines, behind: &str) -> Option<Lines> {
    Some(input.map(|line| Line(vec![Part::Column(None)]).with_text(behind).then(line)))
}

fn uniq(plain: &[&str], input: &Lines) -> Option<Lines> {
    let lines = passed(plain, "fsw", input)?;
    if given(plain, &['c']) { numbered(lines, " ") } else { Some(lines) }
}

fn cat(plain: &[&str], input: &Lines) -> Option<Lines> {
    match plain {
        [] | ["-" | "-s" | "-u"] => Some(input.clone()),
        ["-n" | "-b"] => numbered(input.clone(), "\t"),
        _ => None,
    }
}

fn grep(plain: &[&str], input: &Lines) -> Option<Lines> {
    const LONG: [&str; 6] =
        ["--invert-match", "--ignore-case", "--color=never", "--line-buffered", "--extended-regexp", "--fixed-strings"];
    let words = plain.iter().filter(|word| !word.starts_with('-')).count();
    let chooses = |word: &&str| match word.strip_prefix("-") {
        Some(long) if long.starts_with('-') => LONG.contains(word),
        // What stands behind it is a pattern, whatever letters it has.
        Some(letters) => letters.starts_with('e') || letters.chars().all(|c| "viEFGPwxaqszZmUy0123456789".contains(c)),
        None => true,
    };
    let is_one_pattern = words <= 1 || matches!(plain, ["-m", _, _]);
    (is_one_pattern && plain.iter().all(chooses)).then(|| chosen(plain, input))
}

/// The lines that `grep` lets through. Where they are names, those that fit its pattern stand beside what they were: the
/// pattern may also be met by a directory.
fn chosen(plain: &[&str], input: &Lines) -> Lines {
    let is_inverted = given(plain, &['v']) || plain.contains(&"--invert-match");
    let pattern = plain.iter().rev().find_map(|word| match word.strip_prefix("-e") {
        Some(pattern) => Some(pattern),
        None => (!word.starts_with('-')).then_some(*word),
    });
    let names: Vec<String> = match pattern.filter(|pattern| !is_inverted && !pattern.contains('/')) {
        Some(pattern) => Filter::Regex.patterns(pattern).iter().filter_map(|name| whole(name)).collect(),
        None => Vec::new(),
    };
    let fit = |line: &Line| match line.0.as_slice() {
        [Part::Name(all)] => names.iter().filter_map(|name| among(all, name.strip_prefix("**/")?)).collect(),
        _ => Vec::new(),
    };
    let narrowed: Vec<Line> = input.shapes.iter().flat_map(fit).collect();
    let all = input.clone().and(Lines { shapes: narrowed, end: input.end });
    all.unwrap_or_else(|| input.clone())
}

/// The names that a search for a part of one is most likely about: the very name, one of that ending, and a hidden one.
fn whole(name: &str) -> Option<String> {
    match name.strip_prefix("**/*") {
        Some(end) if end.ends_with('*') => None,
        Some(end) if end.starts_with('.') => Some(name.to_owned()),
        Some(end) => Some(format!("**/*.{end}")),
        None => Some(name.to_owned()).filter(|name| !name.ends_with('*') || name.starts_with("**/.")),
    }
}

/// The names that fit `name` among `all`, which are any at a place.
fn among(all: &str, name: &str) -> Option<Line> {
    let place = all.strip_suffix('*').filter(|place| place.is_empty() || place.ends_with(['/', '*']))?;
    Some(Line::name(&match place {
        "" => format!("./{name}"),
        place if place.ends_with('*') => format!("{all}/{name}"),
        place => format!("{place}{name}"),
    }))
}

fn tr(plain: &[&str], input: &Lines) -> Option<Lines> {
    match plain {
        ["-d", set] => deleted(&tr_set(set)?, input),
        ["-s", set] => {
            let set = tr_set(set)?;
            (set == [' '] || set == ['\n']).then(|| squeezed(input))
        }
        [from, to] if !from.starts_with('-') => replaced(&tr_set(from)?, &tr_set(to)?, input),
        _ => None,
    }
}

/// Characters that names are taken not to have.
fn is_never_in_names(c: &char) -> bool {
    c.is_whitespace() || c.is_control() || matches!(c, '"' | '\'' | '\\')
}

fn deleted(set: &[char], input: &Lines) -> Option<Lines> {
    if !set.iter().all(is_never_in_names) || set.contains(&input.end) {
        return None;
    }
    let kept = |text: &str| text.chars().filter(|c| !set.contains(c)).collect::<String>();
    Some(input.map(|line| with_text(line, kept)))
}

fn replaced(from: &[char], to: &[char], input: &Lines) -> Option<Lines> {
    let last = to.last()?;
    let changed = |c: char| from.iter().rposition(|one| *one == c).map_or(c, |place| *to.get(place).unwrap_or(last));
    let end = changed(input.end);
    // A line that ends in anything else would run into the next one.
    let is_end = matches!(end, '\n' | '\0' | ' ' | '\t');
    if !from.iter().all(is_never_in_names) || !is_end {
        return None;
    }
    let lines = input.map(|line| with_text(line, |text| text.chars().map(changed).collect()));
    Some(Lines { end, ..lines })
}

fn squeezed(input: &Lines) -> Lines {
    let squeeze = |line: &Line| {
        let mut out = Line::default();
        for part in &line.0 {
            match part {
                Part::Blanks => out.push(Part::Text(" ".into())),
                Part::Text(text) => {
                    let words: Vec<&str> = text.split(' ').collect();
                    let inner = words
                        .iter()
                        .enumerate()
                        .filter(|(place, word)| !word.is_empty() || *place == 0 || place + 1 == words.len());
                    out.push(Part::Text(inner.map(|(_, word)| *word).collect::<Vec<_>>().join(" ").into()));
                }
                part => out.push(part.clone()),
            }
        }
        out
    };
    input.map(squeeze)
}

/// The line with the characters changed that are known. Blanks in any number stay what they are only if a blank does.
fn with_text(line: &Line, change: impl Fn(&str) -> String) -> Line {
    let keeps_blanks = change(" ") == " ";
    let mut out = Line::default();
    for part in &line.0 {
        match part {
            Part::Text(text) => out.push(Part::Text(change(text).into())),
            Part::Blanks | Part::Column(_) if !keeps_blanks => out.push(Part::Unknown),
            part => out.push(part.clone()),
        }
    }
    out
}

/// What `cut` keeps of each line.
enum Kept {
    Fields { separator: char, only_separated: bool },
    Characters,
}

fn cut(plain: &[&str], input: &Lines) -> Option<Lines> {
    let mut kept = Kept::Fields { separator: '\t', only_separated: false };
    let mut list = None;
    let mut rest = plain.iter();
    while let Some(word) = rest.next() {
        let (option, attached) = match word.strip_prefix("--") {
            Some(long) => long.split_once('=').unwrap_or((long, "")),
            None => word.split_at_checked(2)?,
        };
        let mut value = || if attached.is_empty() { rest.next().copied() } else { Some(attached) };
        match (option, &mut kept) {
            ("-d" | "delimiter", Kept::Fields { separator, .. }) => {
                let mut chars = value()?.chars();
                *separator = chars.next().filter(|_| chars.as_str().is_empty())?;
            }
            ("-s" | "only-delimited", Kept::Fields { only_separated, .. }) => *only_separated = true,
            ("-f" | "fields", _) => list = Some(ranges(value()?)?),
            ("-b" | "-c" | "bytes" | "characters", _) => {
                list = Some(ranges(value()?)?);
                kept = Kept::Characters;
            }
            ("-z" | "zero-terminated", _) if input.end == '\0' => {}
            _ => return None,
        }
    }
    let list = list?;
    Some(match kept {
        Kept::Fields { separator, only_separated } => {
            input.map(|line| fields_kept(line, separator, only_separated, &list))
        }
        Kept::Characters => input.map(|line| characters_kept(line, &list)),
    })
}

fn fields_kept(line: &Line, separator: char, only_separated: bool, list: &[(usize, usize)]) -> Line {
    let fields = line.fields(separator);
    // A line without the separator is printed whole.
    if let ([Some(_)], false) = (fields.as_slice(), only_separated) {
        return line.clone();
    }
    let clear = fields.iter().take_while(|field| field.is_some()).count();
    let highest = list.iter().map(|(_, to)| *to).max().unwrap_or(0);
    if clear == 0 || clear < fields.len() && highest > clear {
        return Line::unknown();
    }
    let mut out: Option<Line> = None;
    for (place, field) in fields.iter().enumerate() {
        if let (true, Some(field)) = (list.iter().any(|(from, to)| (*from..=*to).contains(&(place + 1))), field) {
            out = Some(match out {
                None => field.clone(),
                Some(before) => before.with_text(separator.encode_utf8(&mut [0; 4])).then(field),
            });
        }
    }
    out.unwrap_or_default()
}

/// `-b22-`: what stands behind parts whose length is known.
fn characters_kept(line: &Line, list: &[(usize, usize)]) -> Line {
    let [(from, usize::MAX)] = list else { return Line::unknown() };
    let mut skipped = from.saturating_sub(1);
    let mut parts = line.0.iter();
    while skipped > 0 {
        match parts.next() {
            Some(Part::Column(Some(width))) if *width <= skipped => skipped -= width,
            Some(Part::Text(text)) if text.is_ascii() => match text.get(skipped..) {
                Some(rest) => return parts.fold(Line::text(rest), |line, part| line.with(part.clone())),
                None => skipped -= text.len(),
            },
            _ => return Line::unknown(),
        }
    }
    parts.fold(Line::default(), |line, part| line.with(part.clone()))
}

/// `-t` makes a table of the words; without it several lines would become one.
fn column(plain: &[&str], input: &Lines) -> Option<Lines> {
    let words = |line: &Line| {
        let mut out = Line::default();
        for (place, word) in line.words().into_iter().enumerate() {
            out = if place > 0 { out.with(Part::Blanks) } else { out };
            out = word.map_or_else(|| out.clone().with(Part::Unknown), |word| out.clone().then(&word));
        }
        out
    };
    matches!(plain, ["-t" | "--table"]).then(|| input.map(words))
}
