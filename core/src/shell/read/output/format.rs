//! The formats of `find -printf` and `stat --printf`: what they make of each file.
//!
//! Source: GNU findutils manual, "Format Directives"; GNU coreutils manual, "stat invocation".

use super::super::run::fits;
use crate::shell::expand::pattern::Pattern;
use crate::shell::line::{Line, Lines, Part, directories, last_name};
use crate::shell::stream::{Origin, Stream};
use crate::shell::text::{Text, WILDCARDS};

/// Characters that a number never needs more of.
const NUMBER_CHARACTERS_MAX: usize = 20;

/// What `find` prints with `format` of what it finds below `paths` under a name.
pub(in crate::shell::read) fn found(format: Option<&str>, paths: &[Text], name: Option<&str>) -> Stream {
    let is_known = !paths.iter().any(Text::has_unknown);
    let format = format.filter(|_| is_known);
    let lines = format.and_then(|format| {
        let found: Vec<Found> = paths.iter().flat_map(|path| Found::below(path, name, format.contains("%h"))).collect();
        printed(format, &found, Found::part)
    });
    lines.map_or(Stream::Unknown(Origin::default()), Stream::Lines)
}

/// What `stat` prints of files with a format in which each line has its end.
pub(super) fn status(format: &str, paths: &[Line]) -> Option<Lines> {
    printed(format, paths, |path, directive| match directive.letter {
        'n' => path.clone(),
        'N' | 'x' | 'y' | 'z' | 'w' => Line::unknown(),
        'A' => Line::default().with(Part::Word),
        _ => directive.word(),
    })
}

/// The pattern of what is found below `path` under a name, which `path` itself may have.
pub(in crate::shell::read) fn place_of(path: &str, name: Option<&str>) -> String {
    let base = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    match name.filter(|name| !base.is_empty() && !base.contains(WILDCARDS) && !fits(&Pattern::of(name), base)) {
        Some(name) => format!("{}/{name}", super::beneath(path)),
        None => super::beneath(path),
    }
}

/// A file that is found, as far as that follows from where it was looked for.
struct Found {
    start: String,
    path: String,
    directory: String,
}

impl Found {
    /// Anything at or below a path; once for each directory that it may be in, if that matters.
    fn below(path: &Text, name: Option<&str>, by_directory: bool) -> Vec<Found> {
        let start = path.guess().into_owned();
        let path = place_of(&start, name);
        let mut directories = directories(&path);
        directories.truncate(if by_directory { directories.len() } else { 1 });
        let found = |directory| Found { start: start.clone(), path: path.clone(), directory };
        directories.into_iter().map(found).collect()
    }

    fn part(&self, directive: &Directive) -> Line {
        match directive.letter {
            'p' | 'P' | 'f' | 'h' | 'H' if directive.width.is_some() => Line::unknown(),
            'p' => Line::name(&self.path),
            'P' => Line::name("**"),
            'f' => last_name(&self.path).map_or_else(Line::unknown, Line::name),
            'h' => Line::name(&self.directory),
            'H' => Line::name(&self.start),
            'M' => Line::default().with(Part::Word),
            'T' | 'A' | 'C' | 'B' => directive.moment(),
            'a' | 'c' | 't' => (1..5).fold(Line::default().with_word(), |line, _| line.with(Part::Blanks).with_word()),
            'b' | 'd' | 'D' | 'F' | 'g' | 'G' | 'i' | 'k' | 'm' | 'n' | 's' | 'S' | 'u' | 'U' | 'y' | 'Y' => {
                directive.word()
            }
            _ => Line::unknown(),
        }
    }
}

/// `%-20s`: what stands for something in a format.
struct Directive {
    letter: char,
    /// The letter behind `T` and its like.
    of_time: Option<char>,
    width: Option<usize>,
    /// Whether it has a number of characters that it is cut off at.
    is_cut: bool,
}

impl Directive {
    fn read(rest: &mut std::str::Chars) -> Option<Directive> {
        let text = rest.as_str();
        let spec = text.trim_start_matches(|c: char| c.is_ascii_digit() || "-+#0 .'".contains(c));
        let given = text.strip_suffix(spec)?;
        *rest = spec.chars();
        let letter = rest.next()?;
        let of_time = if matches!(letter, 'T' | 'A' | 'C' | 'B') { rest.next() } else { None };
        let (width, is_cut) = given.split_once('.').map_or((given, false), |(width, _)| (width, true));
        let width = width.trim_start_matches(['-', '+', '#', '0', ' ', '\'']);
        let width = if given.is_empty() { None } else { Some(width.parse().unwrap_or(0)) };
        Some(Directive { letter, of_time, width, is_cut })
    }

    /// A word or a number.
    fn word(&self) -> Line {
        match self.width {
            _ if self.is_cut => Line::unknown(),
            None => Line::default().with_word(),
            Some(width) => {
                let width = Some(width).filter(|width| *width >= NUMBER_CHARACTERS_MAX);
                Line::default().with(Part::Column(width))
            }
        }
    }

    /// A part of a date or of a time of day.
    fn moment(&self) -> Line {
        match self.of_time {
            Some('c' | 'r' | 'T' | 'X') | None => Line::unknown(),
            // With separators of directories in it.
            Some('D' | 'x') => Line::name("**"),
            Some(_) => self.word(),
        }
    }
}

/// Prints a format for each of `things`; `part` says what a directive makes of one.
fn printed<T>(format: &str, things: &[T], part: impl Fn(&T, &Directive) -> Line) -> Option<Lines> {
    let mut shapes: Vec<Line> = Vec::new();
    let mut end = None;
    for thing in things {
        let mut line = Line::default();
        let mut rest = format.chars();
        while let Some(c) = rest.next() {
            let c = match c {
                '%' if rest.as_str().starts_with('%') => rest.next()?,
                '%' => {
                    line = line.then(&part(thing, &Directive::read(&mut rest)?));
                    continue;
                }
                '\\' => escape(&mut rest)?,
                c => c,
            };
            if matches!(c, '\n' | '\0') {
                (*end.get_or_insert(c) == c).then_some(())?;
                shapes.push(std::mem::take(&mut line));
            } else {
                line = line.with_text(c.encode_utf8(&mut [0; 4]));
            }
        }
        // What follows would stand in the same line.
        line.0.is_empty().then_some(())?;
    }
    Some(Lines { shapes, end: end? })
}

fn escape(rest: &mut std::str::Chars) -> Option<char> {
    let text = rest.as_str();
    let digits = text.chars().take(3).take_while(|c| ('0'..='7').contains(c)).count();
    let (octal, behind) = text.split_at_checked(digits)?;
    if digits > 0 {
        *rest = behind.chars();
        return char::from_u32(u32::from_str_radix(octal, 8).ok()?);
    }
    Some(match rest.next()? {
        'n' => '\n',
        't' => '\t',
        '\\' => '\\',
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(format: &str, path: &str) -> Option<Vec<String>> {
        match found(Some(format), &[Text::literal(path)], None) {
            Stream::Lines(lines) => Some(lines.words("?").iter().map(|word| word.shown().into_owned()).collect()),
            _ => None,
        }
    }

    #[test]
    fn formats_of_find() {
        for (format, path, wanted) in [
            ("%p\\n", ".", &["./**"][..]),
            ("%T@ %p\\n", "src", &["*", "src/**"]),
            ("%20s %p\\n", ".", &["*", "./**"]),
            ("\"%p\"\\n", ".", &["\"./**"]),
            ("/etc/%f\\n", ".", &["/etc/*"]),
            (".%p\\n", ".", &["../**"]),
            ("%h\\n", ".", &["./**"]),
            ("%h\\n", "/w/a", &["/w/a/**", "/w"]),
            ("%f\\n", "..", &["?"]),
            ("%P\\n", "/", &["**"]),
            ("%p/../x\\n", ".", &["?"]),
            ("%l\\n", ".", &["?"]),
            ("%.3p\\n", ".", &["?"]),
            ("%%\\n", ".", &["%"]),
            ("\\057etc\\n", ".", &["/etc"]),
        ] {
            let wanted: Vec<String> = wanted.iter().map(|word| (*word).to_owned()).collect();
            assert_eq!(words(format, path), Some(wanted), "{format} {path}");
        }
        for format in ["%p", "%p ", "%p\\n%p\\0", "\\c", "%"] {
            assert_eq!(words(format, "."), None, "{format}");
        }
    }
}
