//! Programs that name files: `ls`, `du`, `grep -l`, `git ls-files` and their like.

use super::{beneath, format, line_of};
use crate::path::Filter;
use crate::shell::line::{Line, Lines, Part};
use crate::shell::text::Text;

/// The lines that a program prints of what its arguments name.
pub(super) fn listed(base: &str, plain: &[&str], arguments: &[Text]) -> Option<Lines> {
    if arguments.iter().any(Text::has_unknown) {
        return None;
    }
    match base {
        "ls" | "dir" => Listing::read(plain)?.lines(&operands(plain, arguments, "IwT")?),
        "fd" | "fdfind" => names(found_by_fd(arguments)?),
        "tree" => names(searched(arguments)?),
        "rg" | "grep" | "egrep" | "fgrep" | "ag" => matches(base, plain, arguments),
        "git" => git(plain),
        "du" => sizes(plain, &operands(plain, arguments, "dtBX")?),
        "wc" => counts(plain, &operands(plain, arguments, "")?),
        "md5sum" | "sha1sum" | "sha256sum" | "sha512sum" | "b2sum" | "cksum" | "sum" => {
            sums(plain, &operands(plain, arguments, "")?)
        }
        "stat" => stat(plain, arguments),
        "file" => kinds(plain, &operands(plain, arguments, "")?),
        _ => None,
    }
}

/// Programs that search print names from here on, or from each path they are given.
fn searched(arguments: &[Text]) -> Option<Vec<Text>> {
    let mut names = vec![Text::glob("**")];
    for word in arguments {
        let guess = word.guess();
        let path = guess.split_once('=').filter(|_| guess.starts_with('-')).map_or(&*guess, |(_, value)| value);
        if word.has_unknown() {
            return None;
        }
        if path.contains('/') || path.starts_with('~') || path == ".." {
            let below = Text::glob(&beneath(path));
            names.extend(Some(Text::glob(path)).filter(|path| *path != below));
            names.push(below);
        }
    }
    Some(names)
}

/// The names that `fd` finds: those that end as it is told, or fit its pattern, below the paths behind that.
pub(in crate::shell::read) fn found_by_fd(arguments: &[Text]) -> Option<Vec<Text>> {
    const WITH_VALUE: &str = "edEtSocj";
    const LONG_WITH_VALUE: [&str; 9] =
        ["--exclude", "--type", "--max-depth", "--min-depth", "--size", "--owner", "--color", "--threads", "--and"];
    let plain: Vec<_> = arguments.iter().map(Text::guess).collect();
    let mut words = plain.iter().map(|word| &**word).take_while(|word| !is_fd_command(word));
    let (mut filter, mut ends, mut operands) = (Filter::Regex, Vec::new(), Vec::new());
    while let Some(word) = words.next() {
        match word {
            "-e" | "--extension" => ends.push(words.next()?),
            "-g" | "--glob" => filter = Filter::Glob,
            "-p" | "--full-path" | "--search-path" | "--base-directory" | "-C" => return searched(arguments),
            _ if LONG_WITH_VALUE.contains(&word) => drop(words.next()?),
            _ if word.starts_with("--") => ends.extend(word.strip_prefix("--extension=")),
            _ if word.len() > 1 && word.starts_with('-') => {
                if word.ends_with(|letter| WITH_VALUE.contains(letter)) {
                    words.next()?;
                }
            }
            operand => operands.push(operand),
        }
    }
    if arguments.iter().any(Text::has_unknown) {
        return None;
    }
    let pattern = operands.first().map_or_else(|| vec!["**".to_owned()], |pattern| filter.patterns(pattern));
    let of_ends: Vec<String> = ends.iter().flat_map(|end| Filter::Extension.patterns(end)).collect();
    let patterns = if of_ends.is_empty() { pattern } else { of_ends };
    let paths = if operands.len() < 2 { &["."][..] } else { operands.get(1..)? };
    let below = |path: &str, pattern: &str| match pattern.strip_prefix("**/") {
        Some(name) => Text::glob(&format!("{}/{name}", beneath(path))),
        None => Text::glob(&beneath(path)),
    };
    Some(paths.iter().flat_map(|path| patterns.iter().map(|pattern| below(path, pattern))).collect())
}

fn is_fd_command(word: &str) -> bool {
    matches!(word, "-x" | "-X") || word.starts_with("--exec")
}

fn names(words: Vec<Text>) -> Option<Lines> {
    Some(Lines::new(words.iter().map(line_of).collect::<Option<_>>()?))
}

/// The operands as lines; the letters of `with_value` are options that take the next word.
fn operands(plain: &[&str], arguments: &[Text], with_value: &str) -> Option<Vec<Line>> {
    let mut operands = Vec::new();
    let mut rest = plain.iter().zip(arguments);
    let mut only_operands = false;
    while let Some((word, text)) = rest.next() {
        match word.strip_prefix('-') {
            Some("-") if !only_operands => only_operands = true,
            Some(letters) if !only_operands => {
                if !letters.starts_with('-') && letters.ends_with(|c| with_value.contains(c)) {
                    rest.next();
                }
            }
            _ => operands.push(line_of(text)?),
        }
    }
    Some(operands)
}

/// What the options of `ls` say of its lines.
#[derive(Default)]
struct Listing {
    all: bool,
    only_itself: bool,
    recursive: bool,
    quotes: bool,
    inode: bool,
    blocks: bool,
    /// In a long listing, how many words stand between the permissions and the date.
    long: Option<usize>,
}

impl Listing {
    /// `None` if an option changes the lines in a way that is not followed.
    fn read(plain: &[&str]) -> Option<Listing> {
        let mut listing = Listing::default();
        let mut left_out = 0;
        for word in plain.iter().take_while(|word| **word != "--") {
            match word.strip_prefix("--") {
                Some(long) => listing.note_long(long)?,
                None => word.strip_prefix('-').into_iter().flat_map(str::chars).try_for_each(|letter| {
                    left_out += usize::from(matches!(letter, 'g' | 'o' | 'G'));
                    listing.note(letter)
                })?,
            }
        }
        listing.long = listing.long.map(|words| words.saturating_sub(left_out));
        Some(listing)
    }

    fn note(&mut self, letter: char) -> Option<()> {
        match letter {
            'a' | 'f' => self.all = true,
            'd' => self.only_itself = true,
            'R' => self.recursive = true,
            'Q' => self.quotes = true,
            'i' => self.inode = true,
            's' => self.blocks = true,
            'l' | 'n' | 'g' | 'o' => self.long = Some(4),
            'A' | '1' | 't' | 'r' | 'S' | 'U' | 'X' | 'v' | 'u' | 'c' | 'h' | 'k' | 'G' | 'H' | 'L' | 'B' | 'F'
            | 'p' | 'q' | 'N' => {}
            _ => return None,
        }
        Some(())
    }

    fn note_long(&mut self, option: &str) -> Option<()> {
        let (name, value) = option.split_once('=').unwrap_or((option, ""));
        match name {
            "all" => self.all = true,
            "directory" => self.only_itself = true,
            "recursive" => self.recursive = true,
            "color" if matches!(value, "never" | "auto") => {}
            "almost-all"
            | "reverse"
            | "sort"
            | "time"
            | "human-readable"
            | "group-directories-first"
            | "classify"
            | "file-type"
            | "si"
            | "dereference"
            | "literal" => {}
            _ => return None,
        }
        Some(())
    }

    /// What is in a directory is named without it, other files as they are given.
    fn lines(&self, operands: &[Line]) -> Option<Lines> {
        let mut named: Vec<Line> = Vec::new();
        if !self.only_itself {
            named.push(Line::default().with_word());
            named.extend([".", ".."].map(Line::text).into_iter().filter(|_| self.all));
        } else if operands.is_empty() {
            named.push(Line::text("."));
        }
        named.extend(operands.iter().filter(|operand| self.only_itself || !is_directory(operand)).cloned());
        let mut shapes: Vec<Line> = named.iter().flat_map(|name| self.line(name)).collect();
        if !self.only_itself && (self.long.is_some() || self.blocks) {
            shapes.push(Line::text("total ").with_word());
        }
        shapes.extend(self.heads(operands));
        Some(Lines::new(shapes))
    }

    /// `src:` before what is in it.
    fn heads(&self, operands: &[Line]) -> Vec<Line> {
        if self.only_itself || !self.recursive && operands.len() < 2 {
            return Vec::new();
        }
        let here = [Line::text(".")];
        let of = if operands.is_empty() { &here } else { operands };
        let below = |operand: &Line| Line::name(&format!("{}/*", beneath(&operand.word("").guess())));
        let all = of.iter().flat_map(|operand| [Some(operand.clone()), self.recursive.then(|| below(operand))]);
        all.flatten().map(|line| line.with_text(":")).collect()
    }

    fn line(&self, name: &Line) -> Vec<Line> {
        let name = if self.quotes { Line::text("\"").then(name).with_text("\"") } else { name.clone() };
        let mut start = Line::default();
        for _ in [self.inode, self.blocks].into_iter().filter(|is_shown| *is_shown) {
            start = start.with(Part::Column(None)).with_text(" ");
        }
        let Some(words) = self.long else { return vec![start.then(&name)] };
        let row = |date: usize| {
            let first = start.clone().with(Part::Word);
            (0..words + date).fold(first, |line, _| line.with(Part::Blanks).with_word()).with_text(" ").then(&name)
        };
        // A link is shown with where it leads, and some systems write dates in two words.
        vec![row(3), row(2), row(3).with_text(" -> ").with(Part::Unknown)]
    }
}

/// Whether it says by its name that it is a directory, which `ls` does not name then.
fn is_directory(operand: &Line) -> bool {
    operand.known().is_some_and(|path| path.ends_with('/') || matches!(path, "." | ".."))
}

/// `grep`: names of files, or lines with the name before them.
fn matches(base: &str, plain: &[&str], arguments: &[Text]) -> Option<Lines> {
    let has = |letters: &[char]| {
        plain.iter().any(|word| !word.starts_with("--") && word.starts_with('-') && word.contains(letters))
    };
    let names_only = has(&['l', 'L'])
        || plain.iter().any(|word| matches!(*word, "--files" | "--files-with-matches" | "--files-without-match"));
    let goes_down = matches!(base, "rg" | "ag") || has(&['r', 'R']) || plain.contains(&"--recursive");
    // The first operand is the pattern, unless that is given as an option.
    let has_option = plain.iter().any(|word| {
        matches!(*word, "-e" | "-f" | "--files") || word.starts_with("--regexp") || word.starts_with("--file=")
    });
    let pattern = plain.iter().position(|word| !word.starts_with('-')).filter(|_| !has_option);
    let kept: Vec<Text> = arguments
        .iter()
        .enumerate()
        .filter(|(place, _)| Some(*place) != pattern)
        .map(|(_, word)| word.clone())
        .collect();
    let files: Vec<Line> =
        kept.iter().filter(|word| !word.guess().starts_with('-')).map(line_of).collect::<Option<_>>()?;
    let ends_in_nul = has(&['Z', '0']) || plain.contains(&"--null");
    if !goes_down && files.is_empty() || ends_in_nul && !names_only {
        return None;
    }
    let found = names(searched(&kept)?)?;
    if names_only {
        return Some(Lines { end: if ends_in_nul { '\0' } else { '\n' }, ..found });
    }
    // Of a single file it prints the lines alone, and lines around others have no `:` behind the name.
    let has_several = files.len() > 1 || has(&['H']) || goes_down && files.iter().all(is_directory);
    let has_plain_lines = has(&['h', 'A', 'B', 'C', 'o', 'T']) || plain.iter().any(|word| is_context(word));
    (base != "rg" && base != "ag" && has_several && !has_plain_lines)
        .then(|| found.map(|name| name.clone().with_text(":").with(Part::Unknown)))
}

/// Options of `grep` by which lines do not begin with a name and a colon.
fn is_context(option: &str) -> bool {
    ["--no-f", "--con", "--af", "--be", "--only", "--init", "--col"].iter().any(|start| option.starts_with(start))
        || option.strip_prefix('-').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

fn git(plain: &[&str]) -> Option<Lines> {
    let [verb, rest @ ..] = plain else { return None };
    // Of what lies elsewhere than below it prints other names.
    if rest.iter().any(|word| word.starts_with(['/', '~']) || *word == ".." || word.contains("../")) {
        return None;
    }
    let has = |options: &[&str]| rest.iter().any(|word| options.contains(word));
    let name = Line::name("**");
    let status = || Line(vec![Part::Column(Some(2))]).with_text(" ").then(&name);
    let shapes = match *verb {
        "ls-files" if rest.iter().all(|word| !word.starts_with('-') || is_plain_listing(word)) => tracked(rest),
        "diff" | "diff-tree" | "ls-tree" if has(&["--name-only"]) => vec![name],
        // Without a format it prints the commit, too.
        "show" | "log" if has(&["--name-only"]) && has(&["--format=", "--pretty=format:"]) => vec![name],
        "diff" if has(&["--name-status"]) && !has(&["-z"]) => {
            let one = Line::default().with_word().with_text("\t").then(&name);
            vec![one.clone(), one.with_text("\t").then(&name)]
        }
        "grep" if has(&["-l", "-L", "--name-only", "--files-with-matches"]) => vec![name],
        "status" if has(&["-s", "--short", "--porcelain"]) && !has(&["-z"]) => {
            vec![status(), status().with_text(" -> ").then(&name)]
        }
        _ => return None,
    };
    Some(Lines { shapes, end: if has(&["-z"]) { '\0' } else { '\n' } })
}

/// The files that fit one of the paths among `rest`, if these are patterns; a wildcard there goes across directories.
fn tracked(rest: &[&str]) -> Vec<Line> {
    let paths: Vec<&str> = rest.iter().copied().filter(|word| !word.starts_with('-')).collect();
    let is_pattern = |path: &&str| path.contains(['*', '?', '[']) && !path.starts_with(':');
    match !paths.is_empty() && paths.iter().all(is_pattern) {
        true => paths.iter().map(|path| Line::name(&format!("**/{path}"))).collect(),
        false => vec![Line::name("**")],
    }
}

/// Options of `git ls-files` that choose files.
fn is_plain_listing(option: &str) -> bool {
    matches!(
        option,
        "-z" | "-c"
            | "-d"
            | "-m"
            | "-o"
            | "-i"
            | "--"
            | "--cached"
            | "--deleted"
            | "--modified"
            | "--others"
            | "--ignored"
            | "--exclude-standard"
            | "--deduplicate"
    )
}

fn sizes(plain: &[&str], operands: &[Line]) -> Option<Lines> {
    let shows_more =
        |word: &&str| word.starts_with("--time") || *word == "-0" || *word == "--null" || word.starts_with("--files0");
    if plain.iter().any(shows_more) {
        return None;
    }
    let here = [Line::text(".")];
    let of = if operands.is_empty() { &here } else { operands };
    let start = || Line::default().with_word().with_text("\t");
    let mut shapes: Vec<Line> = of.iter().map(|one| start().with_name(&beneath(&one.word("").guess()))).collect();
    let has_total =
        |word: &&str| *word == "--total" || !word.starts_with("--") && word.starts_with('-') && word.contains('c');
    shapes.extend(plain.iter().any(has_total).then(|| start().with_text("total")));
    Some(Lines::new(shapes))
}

fn counts(plain: &[&str], operands: &[Line]) -> Option<Lines> {
    let letters: String = plain.iter().filter_map(|word| word.strip_prefix('-')).collect();
    if operands.is_empty() || !letters.chars().all(|c| "lwcmL".contains(c)) {
        return None;
    }
    let columns = if letters.is_empty() { 3 } else { letters.len() };
    let start = (0..columns).fold(Line::default(), |line, _| line.with(Part::Blanks).with_word()).with_text(" ");
    let total = [Line::text("total")];
    Some(Lines::new(operands.iter().chain(&total).map(|name| start.clone().then(name)).collect()))
}

fn sums(plain: &[&str], operands: &[Line]) -> Option<Lines> {
    if operands.is_empty() || plain.iter().any(|word| word.starts_with('-')) {
        return None;
    }
    let start = Line::default().with_word().with(Part::Blanks);
    Some(Lines::new(operands.iter().map(|name| start.clone().then(name)).collect()))
}

fn kinds(plain: &[&str], operands: &[Line]) -> Option<Lines> {
    if plain.iter().any(|word| word.starts_with('-')) {
        return None;
    }
    let line = |name: &Line| name.clone().with_text(":").with(Part::Unknown);
    Some(Lines::new(operands.iter().map(line).collect()))
}

fn stat(plain: &[&str], arguments: &[Text]) -> Option<Lines> {
    let (format, has_ends) = match plain {
        ["-c" | "--format", format, ..] => (*format, false),
        ["--printf", format, ..] => (*format, true),
        [first, ..] => match (first.strip_prefix("--format="), first.strip_prefix("--printf=")) {
            (Some(format), _) => (format, false),
            (_, Some(format)) => (format, true),
            _ => return None,
        },
        [] => return None,
    };
    let skipped = if plain.first()?.contains('=') { 1 } else { 2 };
    let paths: Vec<Line> = arguments.iter().skip(skipped).map(line_of).collect::<Option<_>>()?;
    if plain.iter().skip(skipped).any(|word| word.starts_with('-')) || !has_ends && format.contains('\\') {
        return None;
    }
    if has_ends { format::status(format, &paths) } else { format::status(&format!("{format}\n"), &paths) }
}
