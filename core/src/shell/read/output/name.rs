//! Programs that print one name or number.

use crate::shell::line::{Line, directories, last_name};
use crate::shell::text::Text;

/// Programs that print one name or number of which nothing is known but that.
pub(super) fn name_printed(base: &str, plain: &[&str], arguments: &[Text]) -> Option<Text> {
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
        [] => Some(Text::glob("/tmp/tmp.*")),
        [template] if !template.starts_with('-') => {
            let (before, behind) = template.rsplit_once(&"X".repeat(3))?;
            Some(Text::glob(&format!("{}*{behind}", before.trim_end_matches('X'))))
        }
        _ => None,
    }
}

/// Where a program lies is not known; which one it is, is.
pub(super) fn found_program(base: &str, arguments: &[&str]) -> Option<Text> {
    let name = match (base, arguments) {
        ("which" | "whence", [name]) | ("command", ["-v", name]) | ("type", ["-p" | "-P", name]) => name,
        _ => return None,
    };
    Some(Text::unknown(&format!("$({base} {name})"), name))
}

/// The names that `basename` and `dirname` are given, and whether something may be cut off their ends.
pub(super) fn operands<'a>(base: &str, arguments: &'a [Text]) -> (Vec<&'a Text>, bool) {
    let mut names = Vec::new();
    let (mut is_many, mut has_suffix) = (base == "dirname", false);
    let mut rest = arguments.iter();
    while let Some(word) = rest.next() {
        match &*word.guess() {
            "-s" | "--suffix" => {
                rest.next();
                (is_many, has_suffix) = (true, true);
            }
            option if option.starts_with('-') => {
                is_many |= option.starts_with("-a") || option.starts_with("--m");
                has_suffix |= option.contains('s');
            }
            _ => names.push(word),
        }
    }
    has_suffix |= !is_many && names.len() > 1;
    names.truncate(if is_many { names.len() } else { 1 });
    (names, has_suffix)
}

/// What `basename` or `dirname` make of a word that is a pattern.
pub(super) fn changed(base: &str, word: &Text, has_suffix: bool) -> Option<Vec<Line>> {
    let guess = word.guess();
    if word.has_unknown() || guess.contains(char::is_whitespace) {
        return None;
    }
    let names = match base {
        "dirname" => directories(&guess),
        // What is left of a name such as `...c` leads above.
        _ if has_suffix && guess.ends_with("**") => return None,
        _ if has_suffix => vec![last_name(&guess).map(|_| "*".to_owned())?],
        _ => vec![last_name(&guess)?.to_owned()],
    };
    Some(names.iter().map(|name| Line::name(name)).collect())
}
