//! `xargs` and its like: the commands they make of what flows in, or of what they find.

use super::Reader;
use super::output::found_by_fd;
use super::program::{SHELLS, base_name};
use super::redirect::Around;
use crate::shell::flag::Flag;
use crate::shell::line::{Line, Lines, Part, beginning};
use crate::shell::programs;
use crate::shell::stream::Stream;
use crate::shell::text::Text;

/// How what is not known of the input is shown.
const SHOWN: &str = "the input of xargs";
/// Words of the input that are followed one by one.
const GIVEN_MAX: usize = 64;

/// How the input becomes words, and where they go.
#[derive(Default)]
struct Manner {
    /// What stands for a line in the command: `{}`.
    mark: Option<String>,
    /// Whether the command runs again and again with some of the words.
    in_parts: bool,
    /// What its words end in; without it they stand between blanks, and quotes count.
    end: Option<char>,
    /// Whether the words come from elsewhere, or are taken apart in a way that is not followed.
    is_unusual: bool,
}

impl Reader<'_> {
    /// Runs the command of `xargs` with the words that its standard input adds.
    pub(super) fn with_more(&mut self, index: u32, base: &str, words: &[Text], inner: &[Text]) -> Stream {
        let (manner, given) = if base.ends_with("xargs") {
            let manner = manner(words);
            let given = self.given(&manner);
            (manner, given)
        } else {
            finds(words, inner)
        };
        if self.stdin != Stream::Outside && runs_what_it_is_given(inner, &manner) {
            self.run_flag(index, Flag::PipeToInterpreter);
        }
        let mut output = Stream::Text(Text::default());
        for command in commands(inner, given, &manner) {
            let around = Around { past_functions: true, ..Around::default() };
            let printed = self.enter(index, base, |reader| reader.run(command, around));
            output = output.then(printed);
        }
        output
    }

    fn given(&self, manner: &Manner) -> Vec<Text> {
        let known = match &self.stdin {
            _ if manner.is_unusual => None,
            Stream::Text(text) if text.is_known() => words_in(&text.guess(), manner),
            Stream::Text(text) => Lines::of(text).and_then(|lines| words_of(&lines, manner)),
            Stream::Lines(lines) => words_of(lines, manner),
            Stream::Outside | Stream::Unknown(_) => None,
        };
        known.unwrap_or_else(|| vec![Text::unknown(SHOWN, "").with_quotes(false)])
    }
}

/// The words of lines of which the shape is known.
fn words_of(lines: &Lines, manner: &Manner) -> Option<Vec<Text>> {
    match manner.end {
        // All of it is one word then, which begins like a name.
        Some('\0') if lines.end == '\n' => match lines.shapes.as_slice() {
            [Line(parts)] => match parts.as_slice() {
                [Part::Name(name)] => Some(vec![Line::name(&beginning(name)?).word(SHOWN)]),
                _ => None,
            },
            _ => None,
        },
        Some(end) => (end == lines.end).then(|| lines.shapes.iter().map(|line| lines.word(line, SHOWN)).collect()),
        // Without `-0` what stands behind a NUL is lost.
        None if lines.end == '\0' => None,
        None => {
            let bare = lines.shapes.iter().map(without_quotes).collect::<Option<Vec<Line>>>()?;
            let bare = Lines { shapes: bare, end: lines.end };
            let by_line = manner.mark.is_some() && lines.end == '\n';
            match by_line {
                true => Some(bare.shapes.iter().map(|line| bare.word(&line.without_indent(), SHOWN)).collect()),
                false => manner.mark.is_none().then(|| bare.words(SHOWN)),
            }
        }
    }
}

/// The line without quotes around a whole name, which `xargs` takes away; `None` if quotes stand elsewhere.
fn without_quotes(line: &Line) -> Option<Line> {
    let mut bare = Line::default();
    let mut open = None;
    for part in &line.0 {
        let Part::Text(text) = part else {
            bare.push(part.clone());
            continue;
        };
        for c in text.chars() {
            match c {
                '\\' => return None,
                '"' | '\'' if open.is_none() => open = Some(c),
                c if open == Some(c) => open = None,
                c if open.is_some() && c.is_whitespace() => return None,
                c => bare = bare.with_text(c.encode_utf8(&mut [0; 4])),
            }
        }
    }
    open.is_none().then_some(bare)
}

/// Whether a command runs the words that are added to it as code. A shell with code of its own does not, as long as
/// the words do not become a part of that.
fn runs_what_it_is_given(inner: &[Text], manner: &Manner) -> bool {
    let [name, arguments @ ..] = inner else { return false };
    let base = base_name(&name.guess()).to_owned();
    let has_own = || match arguments {
        [option, code, ..] if option.guess() == "-c" && SHELLS.contains(&&*base) => {
            code.is_known() && manner.mark.as_deref().is_none_or(|mark| !code.guess().contains(mark))
        }
        _ => false,
    };
    programs::find(&base).is_some_and(programs::Row::runs_input) && !has_own()
}

/// `fd -x`: the names it finds, at the end of the command or in the place of `{}`.
fn finds(words: &[Text], inner: &[Text]) -> (Manner, Vec<Text>) {
    let mark = inner.iter().any(|word| word.guess().contains("{}")).then(|| "{}".to_owned());
    let found = found_by_fd(words.get(1..).unwrap_or_default());
    let names = found.unwrap_or_else(|| vec![Text::unknown("$(fd)", "").with_quotes(false)]);
    (Manner { mark, ..Manner::default() }, names)
}

fn commands(inner: &[Text], given: Vec<Text>, manner: &Manner) -> Vec<Vec<Text>> {
    if let Some(mark) = &manner.mark {
        return given.iter().map(|one| inner.iter().map(|word| filled(word, mark, one)).collect()).collect();
    }
    // Each of the words is there any number of times.
    let with =
        |more: Vec<Text>| inner.iter().cloned().chain(more.into_iter().map(|word| word.with_globs_open())).collect();
    if manner.in_parts && given.len() > 1 {
        return given.into_iter().map(|one| with(vec![one])).collect();
    }
    vec![with(given)]
}

/// The words in the input. With quotes or backslashes it is taken apart by rules of its own, which are not followed.
fn words_in(text: &str, manner: &Manner) -> Option<Vec<Text>> {
    if manner.end.is_none() && text.contains(['\'', '"', '\\']) {
        return None;
    }
    let words: Vec<&str> = match (manner.end, manner.mark.is_some()) {
        (Some('\0'), _) => text.split('\0').filter(|word| !word.is_empty()).collect(),
        (Some(end), _) => text.strip_suffix(end).unwrap_or(text).split(end).collect(),
        (None, true) => text.lines().map(str::trim_start).filter(|line| !line.is_empty()).collect(),
        (None, false) => text.split_whitespace().collect(),
    };
    (words.len() <= GIVEN_MAX).then(|| words.into_iter().map(Text::literal).collect())
}

fn manner(words: &[Text]) -> Manner {
    let mut manner = Manner::default();
    let mut rest = words.iter().skip(1).map(|word| word.guess().into_owned());
    while let Some(word) = rest.next() {
        if let Some(long) = word.strip_prefix("--") {
            let (name, value) =
                long.split_once('=').map_or((long, None), |(name, value)| (name, Some(value.to_owned())));
            manner.note_long(name, value, &mut rest);
        } else if let Some(letters) = word.strip_prefix('-') {
            manner.note(letters, &mut rest);
        } else {
            break;
        }
    }
    manner
}

impl Manner {
    fn note(&mut self, letters: &str, rest: &mut impl Iterator<Item = String>) {
        for (at, letter) in letters.char_indices() {
            let attached = letters.get(at + letter.len_utf8()..).unwrap_or_default();
            let takes_value = "nLPsEdIaJRS".contains(letter);
            let value = match attached {
                "" if takes_value => rest.next().unwrap_or_default(),
                attached => attached.to_owned(),
            };
            match letter {
                '0' => self.end = Some('\0'),
                'd' => self.note_end(&value),
                'I' => self.mark = Some(value),
                'i' => self.mark = Some(if value.is_empty() { "{}".to_owned() } else { value }),
                'n' | 'L' | 'l' => self.in_parts = true,
                'a' | 'E' | 'e' | 'J' | 'R' => self.is_unusual = true,
                _ => {}
            }
            if takes_value || matches!(letter, 'i' | 'l' | 'e') {
                return;
            }
        }
    }

    /// `-d`: one character, or an escape for one.
    fn note_end(&mut self, value: &str) {
        self.end = match value {
            "\\n" => Some('\n'),
            "\\0" => Some('\0'),
            "\\t" => Some('\t'),
            _ => value.chars().next().filter(|c| value.chars().count() == 1 && *c != '\\'),
        };
        self.is_unusual |= self.end.is_none();
    }

    fn note_long(&mut self, name: &str, value: Option<String>, rest: &mut impl Iterator<Item = String>) {
        match name {
            "null" => self.end = Some('\0'),
            "delimiter" => self.note_end(&value.or_else(|| rest.next()).unwrap_or_default()),
            "replace" => self.mark = Some(value.unwrap_or_else(|| "{}".to_owned())),
            "no-run-if-empty" | "verbose" | "interactive" | "exit" | "open-tty" => {}
            "max-lines" => self.in_parts = true,
            "max-args" | "max-procs" | "max-chars" => {
                self.in_parts |= name == "max-args";
                if value.is_none() {
                    rest.next();
                }
            }
            _ => self.is_unusual = true,
        }
    }
}

fn filled(word: &Text, mark: &str, one: &Text) -> Text {
    let guess = word.guess().into_owned();
    if mark.is_empty() || !guess.contains(mark) {
        return word.clone();
    }
    let mut out = Text::default();
    for (place, part) in guess.split(mark).enumerate() {
        if place > 0 {
            out.append(one.clone().with_quotes(true));
        }
        if !part.is_empty() {
            out.push(part, true);
        }
    }
    out
}
