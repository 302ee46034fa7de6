//! `xargs` and its like: the commands they make of what flows in, or of what they find.

use super::Reader;
use super::output::searched;
use super::redirect::Around;
use crate::shell::stream::Stream;
use crate::shell::text::Text;

/// Words of the input that are followed one by one.
const GIVEN_MAX: usize = 64;

/// How the input becomes words, and where they go.
#[derive(Default)]
struct Manner {
    /// What stands for a line in the command: `{}`.
    mark: Option<String>,
    /// Whether the command runs again and again with some of the words.
    in_parts: bool,
    ends_in_nul: bool,
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
        let mut output = Stream::Text(Text::default());
        for command in commands(inner, given, &manner) {
            let around = Around { past_functions: true, ..Around::default() };
            let printed = self.enter(index, base, |reader| reader.run(command, around));
            output = output.then(printed);
        }
        output
    }

    fn given(&self, manner: &Manner) -> Vec<Text> {
        let unknown = || vec![Text::unknown("the input of xargs", "").with_quotes(false)];
        match &self.stdin {
            _ if manner.is_unusual => unknown(),
            Stream::Text(text) => text.known().and_then(|text| words_in(&text, manner)).unwrap_or_else(unknown),
            Stream::Names(names) => names.clone(),
            _ => unknown(),
        }
    }
}

/// `fd -x`: the names it finds, at the end of the command or in the place of `{}`.
fn finds(words: &[Text], inner: &[Text]) -> (Manner, Vec<Text>) {
    let mark = inner.iter().any(|word| word.guess().contains("{}")).then(|| "{}".to_owned());
    let found = searched(words.get(1..).unwrap_or_default());
    let names = found.unwrap_or_else(|| vec![Text::unknown("$(fd)", "").with_quotes(false)]);
    (Manner { mark, ..Manner::default() }, names)
}

fn commands(inner: &[Text], given: Vec<Text>, manner: &Manner) -> Vec<Vec<Text>> {
    if let Some(mark) = &manner.mark {
        return given.iter().map(|one| inner.iter().map(|word| filled(word, mark, one)).collect()).collect();
    }
    let with = |more: Vec<Text>| inner.iter().cloned().chain(more).collect();
    if manner.in_parts && given.len() > 1 {
        return given.into_iter().map(|one| with(vec![one])).collect();
    }
    vec![with(given)]
}

/// The words in the input. With quotes or backslashes it is taken apart by rules of its own, which are not followed.
fn words_in(text: &str, manner: &Manner) -> Option<Vec<Text>> {
    if !manner.ends_in_nul && text.contains(['\'', '"', '\\']) {
        return None;
    }
    let words: Vec<&str> = match (manner.ends_in_nul, manner.mark.is_some()) {
        (true, _) => text.split('\0').filter(|word| !word.is_empty()).collect(),
        (_, true) => text.lines().map(str::trim_start).filter(|line| !line.is_empty()).collect(),
        _ => text.split_whitespace().collect(),
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
                '0' => self.ends_in_nul = true,
                'I' => self.mark = Some(value),
                'i' => self.mark = Some(if value.is_empty() { "{}".to_owned() } else { value }),
                'n' | 'L' | 'l' => self.in_parts = true,
                'd' | 'a' | 'E' | 'e' | 'J' | 'R' => self.is_unusual = true,
                _ => {}
            }
            if takes_value || matches!(letter, 'i' | 'l' | 'e') {
                return;
            }
        }
    }

    fn note_long(&mut self, name: &str, value: Option<String>, rest: &mut impl Iterator<Item = String>) {
        match name {
            "null" => self.ends_in_nul = true,
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
