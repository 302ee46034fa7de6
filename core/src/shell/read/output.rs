//! What programs print, as far as it follows from what they are given.

use super::Reader;
use crate::shell::pure;
use crate::shell::stream::{Origin, Stream};
use crate::shell::text::Text;

impl Reader<'_> {
    /// What a program prints, as far as that follows from what it is given.
    pub(super) fn output_of(&mut self, index: u32, base: &str, words: &[Text]) -> Stream {
        let arguments = words.get(1..).unwrap_or_default();
        let origin = Origin {
            network: self.contacts(index) || self.stdin.origin().network,
            decoded: self.stdin.origin().decoded,
        };
        let guesses: Vec<_> = arguments.iter().map(Text::guess).collect();
        let plain: Vec<&str> = guesses.iter().map(|guess| &**guess).collect();
        let input = match &self.stdin {
            Stream::Text(text) => Some(text.clone()),
            _ => None,
        };
        let decodes = pure::decodes(base, &plain);
        let origin = Origin { decoded: origin.decoded || decodes, ..origin };
        if let Some(text) = self.file_content(base, arguments) {
            return Stream::Text(text);
        }
        let input_guess = input.as_ref().map(|text| text.guess());
        if let Some(printed) = pure::output(base, &plain, input_guess.as_deref()) {
            self.spend(printed.len());
            if base == "echo" && printed.contains('\\') {
                // Some shells read escapes here, some do not.
                return Stream::Text(Text::unknown("$(echo)", &printed));
            }
            return Stream::Text(self.as_known_as(base, &printed, arguments, input.as_ref(), decodes));
        }
        if let Some(names) = self.names_of(base, &plain, arguments).or_else(|| self.filtered(base, &plain)) {
            return Stream::Names(names);
        }
        if let Some(found) = found_program(base, &plain) {
            return Stream::Text(found);
        }
        if let Some(text) = name_printed(base, &plain, arguments) {
            return Stream::Text(text);
        }
        Stream::Unknown(origin)
    }

    /// `cat` of a file that the line has written.
    fn file_content(&self, base: &str, arguments: &[Text]) -> Option<Text> {
        let [path] = arguments else { return None };
        if base != "cat" {
            return None;
        }
        match (base, self.content_of(path)) {
            ("cat", Stream::Text(text)) if !path.guess().starts_with('-') => Some(text),
            _ => None,
        }
    }

    /// What was printed is as well known as what it was made of.
    fn as_known_as(
        &mut self,
        base: &str,
        printed: &str,
        arguments: &[Text],
        input: Option<&Text>,
        decodes: bool,
    ) -> Text {
        let all = || arguments.iter().chain(input);
        if all().any(Text::has_unknown) {
            let shown = format!("$({base})");
            let origin = all().fold(Origin::default(), |origin, text| origin.with(self.origin_of(text)));
            self.remember(&shown, Origin { decoded: origin.decoded || decodes, ..origin });
            return Text::unknown(&shown, printed);
        }
        if all().all(Text::is_known) {
            if decodes {
                self.decoded(printed);
            }
            return Text::literal(printed);
        }
        // What a change of single characters makes of the wildcards is not followed.
        let is_kept = matches!(base, "echo" | "printf" | "cat" | "basename" | "dirname" | "sort" | "uniq" | "tac");
        if is_kept {
            let kept = Text::glob(printed);
            return if all().any(Text::may_be_nothing) { kept.or_nothing() } else { kept };
        }
        let is_plain = all().all(|text| !text.guess().contains(['/', '\\']));
        if is_plain { Text::plain_unknown().or_nothing() } else { Text::unknown(&format!("$({base})"), printed) }
    }

    /// Programs that print some of the lines they read, or all of them in another order.
    fn filtered(&self, base: &str, plain: &[&str]) -> Option<Vec<Text>> {
        let Stream::Names(names) = &self.stdin else { return None };
        let words = plain.iter().filter(|word| !word.starts_with('-')).count();
        let changes = plain.iter().any(|word| {
            word.starts_with('-') && !word.starts_with("--") && word.contains(['o', 'c', 'n', 'b', 'H'])
                || matches!(*word, "--only-matching" | "--count" | "--line-number")
        });
        let passes = match base {
            "sort" | "uniq" | "tac" | "shuf" | "cat" => words == 0 && (base != "uniq" || !changes),
            "head" | "tail" => true,
            "grep" | "egrep" | "fgrep" | "rg" => words <= 1 && !changes,
            _ => false,
        };
        passes.then(|| names.clone())
    }

    /// Programs that print names of files, as patterns.
    fn names_of(&self, base: &str, plain: &[&str], arguments: &[Text]) -> Option<Vec<Text>> {
        let names = match base {
            "find" if finds_names(plain) => {
                let is_option = |word: &&Text| matches!(&*word.guess(), "-H" | "-L" | "-P");
                let rest = arguments.iter().skip_while(is_option);
                let paths: Vec<&Text> = rest.take_while(|word| !word.guess().starts_with(['-', '(', '!'])).collect();
                if paths.is_empty() {
                    vec![beneath(".")]
                } else {
                    paths.iter().map(|path| below(path)).collect::<Option<_>>()?
                }
            }
            "ls" if lists_names(plain) => listed(arguments)?,
            "fd" | "fdfind" | "tree" => searched(arguments)?,
            "rg" | "grep" | "ag" if names_files(plain) => {
                // The first operand is the pattern, unless that is given as an option.
                let has_option = plain.iter().any(|word| {
                    matches!(*word, "-e" | "-f" | "--files")
                        || word.starts_with("--regexp")
                        || word.starts_with("--file")
                });
                let pattern = plain.iter().position(|word| !word.starts_with('-')).filter(|_| !has_option);
                let kept = arguments.iter().enumerate().filter(|(place, _)| Some(*place) != pattern);
                searched(&kept.map(|(_, word)| word.clone()).collect::<Vec<_>>())?
            }
            "git" if git_names(plain) => vec![glob("**")],
            _ => return None,
        };
        Some(names)
    }
}

fn glob(text: &str) -> Text {
    Text::glob(text)
}

/// Anything at or below a path.
fn beneath(path: &str) -> Text {
    glob(&format!("{}/**", path.trim_end_matches('/')))
}

fn below(path: &Text) -> Option<Text> {
    (!path.has_unknown()).then(|| beneath(&path.guess()))
}

fn finds_names(plain: &[&str]) -> bool {
    let prints_more = |word: &str| {
        word.contains("printf")
            || word.starts_with("-exec")
            || matches!(word, "-ls" | "-ok" | "-okdir" | "-files0-from")
    };
    !plain.iter().any(|word| prints_more(word))
}

/// A long listing prints more than names.
fn lists_names(plain: &[&str]) -> bool {
    let is_long = |word: &str| word.contains(['l', 'n', 'g', 'o', 's', 'i', 'm', 'F', 'p', 'Z', 'b', 'Q']);
    !plain.iter().any(|word| word.starts_with("--") || word.starts_with('-') && is_long(word))
}

/// `ls` prints what is in a directory without the directory, and other paths as they are given.
fn listed(arguments: &[Text]) -> Option<Vec<Text>> {
    let mut names = vec![glob("*")];
    for word in arguments {
        let guess = word.guess();
        if word.has_unknown() {
            return None;
        } else if !guess.starts_with('-') {
            names.push(word.clone());
        } else if guess.contains('a') {
            names.push(glob(".."));
        }
    }
    Some(names)
}

/// Programs that search print names from here on, or from each path they are given.
pub(super) fn searched(arguments: &[Text]) -> Option<Vec<Text>> {
    let mut names = vec![glob("**")];
    for word in arguments {
        let guess = word.guess();
        let path = guess.split_once('=').filter(|_| guess.starts_with('-')).map_or(&*guess, |(_, value)| value);
        if word.has_unknown() {
            return None;
        }
        if path.contains('/') || path.starts_with('~') || path == ".." {
            names.extend([glob(path), beneath(path)]);
        }
    }
    Some(names)
}

fn names_files(plain: &[&str]) -> bool {
    plain.iter().any(|word| {
        matches!(*word, "-l" | "-rl" | "-lr" | "--files" | "--files-with-matches" | "-ril" | "-rli" | "-Rl")
    })
}

fn git_names(plain: &[&str]) -> bool {
    let [verb, rest @ ..] = plain else { return false };
    let shows_names =
        *verb == "ls-files" || matches!(*verb, "diff" | "diff-tree" | "ls-tree") && rest.contains(&"--name-only");
    // Of what lies elsewhere than below it prints other names.
    shows_names && !rest.iter().any(|word| word.starts_with(['/', '~']) || *word == ".." || word.contains("../"))
}

/// Programs that print one name or number of which nothing is known but that.
fn name_printed(base: &str, plain: &[&str], arguments: &[Text]) -> Option<Text> {
    let only_options = plain.iter().all(|word| word.starts_with('-'));
    let is_plain = match base {
        "whoami" | "logname" | "nproc" | "arch" | "uuidgen" => true,
        "id" | "hostname" | "wc" | "cksum" => only_options,
        "uname" => only_options && !plain.iter().any(|word| word.contains(['a', 'o'])),
        "date" => plain.iter().zip(arguments).all(|(word, text)| !text.has_unknown() && prints_a_moment(word)),
        "stat" => plain.iter().any(|word| is_number_of_file(word)),
        "expr" => matches!(plain, [_, "+" | "-" | "*" | "/" | "%", _] | ["length", _] | ["index", _, _]),
        "getconf" => {
            matches!(plain, [name] if name.contains("PAGE") || name.contains("PROCESSORS") || name.contains("MAX"))
        }
        "git" => {
            matches!(plain, ["rev-parse", "HEAD"] | ["rev-parse", "--short", "HEAD"] | ["rev-list", "--count", "HEAD"])
        }
        _ => false,
    };
    if is_plain {
        let name = Text::plain_unknown();
        return Some(if succeeds(base, plain) { name } else { name.or_nothing() });
    }
    let is_mktemp = base == "mktemp" && !arguments.iter().any(Text::has_unknown);
    is_mktemp.then(|| temporary(plain)).flatten()
}

/// Whether a call of such a program cannot fail, and prints something.
fn succeeds(base: &str, plain: &[&str]) -> bool {
    match (base, plain) {
        ("whoami" | "logname" | "nproc" | "arch" | "uuidgen" | "uname" | "hostname" | "date", []) => true,
        ("uname", ["-s" | "-r" | "-m" | "-n"]) | ("id", ["-u" | "-g" | "-un" | "-gn"]) | ("hostname", ["-s"]) => true,
        ("wc", ["-l" | "-c" | "-w"]) => true,
        ("date", [format]) => {
            // Not every language has a name for halves of a day, nor every time a zone.
            let may_be_empty = ["%P", "%p", "%Z"].iter().any(|name| format.contains(name));
            format.len() > 2 && format.starts_with("+%") && !may_be_empty
        }
        _ => false,
    }
}

/// `+%F-%H%M`: nothing in it that could be a directory or an option.
fn prints_a_moment(word: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '%' | '-' | '_' | ':' | '.');
    let has_more = ["%D", "%x", "%c", "%n", "%t"].iter().any(|format| word.contains(format));
    !word.contains('+') || word.starts_with("+%") && word.chars().skip(1).all(is_plain) && !has_more
}

/// A format of `stat` that is one number or word: `%s`, `%Y`, `%a`, `%z`.
fn is_number_of_file(word: &str) -> bool {
    let format =
        ["-c", "-f", "--format=", "-c ", "-f "].iter().find_map(|option| word.strip_prefix(option)).unwrap_or(word);
    let mut chars = format.chars();
    matches!((chars.next(), chars.next(), chars.next()), (Some('%'), Some(c), None) if "sYXZWaAugUGhizmc".contains(c))
}

/// What `mktemp` makes of its template.
fn temporary(plain: &[&str]) -> Option<Text> {
    let is_switch = |word: &str| matches!(word, "-d" | "-u" | "-q" | "--directory" | "--quiet" | "--dry-run");
    let rest: Vec<&str> = plain.iter().copied().filter(|word| !is_switch(word)).collect();
    match rest.as_slice() {
        [] => Some(glob("/tmp/tmp.*")),
        [template] if !template.starts_with('-') => {
            let (before, behind) = template.rsplit_once(&"X".repeat(3))?;
            Some(glob(&format!("{}*{behind}", before.trim_end_matches('X'))))
        }
        _ => None,
    }
}

/// Where a program lies is not known; which one it is, is.
fn found_program(base: &str, arguments: &[&str]) -> Option<Text> {
    let name = match (base, arguments) {
        ("which" | "whence", [name]) | ("command", ["-v", name]) | ("type", ["-p" | "-P", name]) => name,
        _ => return None,
    };
    Some(Text::unknown(&format!("$({base} {name})"), name))
}
