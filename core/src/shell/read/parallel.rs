//! GNU `parallel` and its like: a shell line for each of many arguments, or lines that are the arguments themselves.
//!
//! Source: GNU parallel manual. Where `--` stands before the arguments it may be the `parallel` of moreutils, which runs
//! its command without a shell; both readings count then.

use std::sync::Arc;

use super::Reader;
use super::redirect::Around;
use super::replace::{self, Piece};
use crate::shell::flag::Flag;
use crate::shell::plain;
use crate::shell::programs::Said;
use crate::shell::reading::Place;
use crate::shell::scope::Space;
use crate::shell::stream::{Origin, Stream};
use crate::shell::text::Text;

/// Jobs that are followed one by one, and values of one source.
const JOBS_MAX: usize = 64;

/// Variables that hold options, or say which shell and which directory of settings it uses.
const SETTINGS: [&str; 5] = ["PARALLEL", "PARALLEL_SHELL", "PARALLEL_HOME", "PARALLEL_SSH", "SHELL"];

/// How an argument is shown that is not in the line.
const UNKNOWN: &str = "the input of parallel";

/// How the input becomes jobs.
struct Manner {
    /// What stands for all arguments of a job: `{}`.
    mark: String,
    /// How many arguments a job has; `None` for all of them.
    count: Option<usize>,
    ends_in_nul: bool,
    /// Whether the sources are gone through side by side.
    linked: bool,
    /// Whether there are no arguments.
    is_single: bool,
    /// Whether the command is run as it is, without a shell.
    is_quoted: bool,
}

/// A call of the program.
struct Call<'c> {
    index: u32,
    base: &'c str,
    manner: Manner,
}

/// One turn of the command.
struct Job {
    arguments: Vec<Text>,
    /// Its number, counted from 1.
    number: usize,
}

/// Where arguments come from.
enum Source {
    Words(Vec<Text>),
    File(Text),
    Input,
}

/// A source, and whether it is gone through side by side with the one before.
type Linked = (Source, bool);

impl Reader<'_> {
    /// Runs the command `inner` for its arguments; `said` is what its options say.
    pub(super) fn parallel(&mut self, index: u32, base: &str, words: &[Text], inner: &[Text], said: &Said) -> Stream {
        let call = Call { index, base, manner: Manner::of(said) };
        self.doubt_settings(index, words, said);
        let place = self.place;
        if says(said, "place") {
            self.place = Place::Remote;
        }
        self.without_shell(&call, words, inner);
        let (command, mut sources) = taken_apart(inner);
        let lists = said.iter().filter(|(name, _)| &**name == "list").map(|(_, path)| Text::from(path));
        let stdin = self.stdin_kept();
        if says(said, "part") {
            lists.for_each(|path| self.stdin = self.list(&call, &path));
        } else {
            sources.splice(0..0, lists.map(|path| (Source::File(path), false)));
        }
        if sources.is_empty() && !call.manner.is_single {
            sources.push((Source::Input, false));
            if command.is_empty() && self.pipeline.is_some_and(|(_, place)| place > 0) {
                self.run_flag(index, Flag::PipeToInterpreter);
            }
        }
        let jobs = if sources.is_empty() { vec![Vec::new()] } else { self.jobs(&call, sources) };
        let is_one = jobs.len() == 1;
        let mut output = Stream::Unknown(Origin::default());
        for (place, arguments) in jobs.into_iter().enumerate() {
            output = self.job(&call, command, &Job { arguments, number: place + 1 });
        }
        (self.place, self.stdin) = (place, stdin);
        if is_one { output } else { Stream::Unknown(output.origin()) }
    }

    /// Options that lead to what is not in the line, or change how it is read.
    fn doubt_settings(&mut self, index: u32, words: &[Text], said: &Said) {
        if words.iter().any(|word| word.guess().contains("{=")) {
            self.run_flag(index, Flag::OptionRuns);
            self.run_doubt(index, "what stands between `{=` and `=}` is a program");
        }
        if says(said, "unseen") || SETTINGS.iter().any(|name| self.scope.get(Space::Variable, name).is_some()) {
            self.run_doubt(index, "a setting changes what it runs in a way that is not followed");
        }
    }

    /// What the `parallel` of moreutils would run: the words before `--` with each behind it, or those behind it as lines.
    fn without_shell(&mut self, call: &Call, words: &[Text], inner: &[Text]) {
        let is_end = |word: &Text| word.guess() == "--";
        let before = words.len().checked_sub(inner.len() + 1).and_then(|at| words.get(at));
        let (command, arguments) = match inner.iter().position(is_end) {
            Some(at) => (inner.get(..at).unwrap_or_default(), inner.get(at + 1..).unwrap_or_default()),
            None if before.is_some_and(is_end) => (&[][..], inner),
            None => return,
        };
        if arguments.len() > JOBS_MAX {
            self.run_doubt(call.index, "it runs more commands than are followed");
        }
        for argument in arguments.iter().take(JOBS_MAX) {
            if command.is_empty() {
                self.line(call, argument);
                continue;
            }
            let words = call.manner.words(command, &Job { arguments: vec![argument.clone()], number: 1 });
            self.enter(call.index, call.base, |reader| reader.run(words, past_functions()));
        }
    }

    fn jobs(&mut self, call: &Call, sources: Vec<Linked>) -> Vec<Vec<Text>> {
        let mut groups: Vec<Vec<Vec<Text>>> = Vec::new();
        for (source, linked) in sources {
            let values = self.values(call, source);
            match groups.last_mut().filter(|_| linked || call.manner.linked) {
                Some(group) => group.push(values),
                None => groups.push(vec![values]),
            }
        }
        // Several sources make one argument each for every combination; one source is dealt out.
        let mut jobs: Vec<Vec<Text>> = vec![Vec::new()];
        for group in &groups {
            let rows = side_by_side(group);
            if jobs.len() * rows.len() > JOBS_MAX {
                let unknown = groups.iter().flatten().map(|_| Text::unknown(UNKNOWN, "")).collect();
                return vec![unknown];
            }
            jobs = jobs.iter().flat_map(|job| rows.iter().map(move |row| [&job[..], &row[..]].concat())).collect();
        }
        if jobs.is_empty() {
            return vec![Vec::new()];
        }
        match call.manner.count {
            Some(1) => jobs,
            Some(count) => jobs.concat().chunks(count.max(1)).map(<[Text]>::to_vec).collect(),
            None => vec![jobs.concat()],
        }
    }

    fn values(&mut self, call: &Call, source: Source) -> Vec<Text> {
        let stream = match source {
            Source::Words(words) => return words,
            Source::Input => self.stdin_kept(),
            Source::File(path) if path.guess() == "-" => self.stdin_kept(),
            Source::File(path) => self.list(call, &path),
        };
        let end = if call.manner.ends_in_nul { '\0' } else { '\n' };
        let known = match &stream {
            Stream::Lines(lines) if lines.end == end => {
                Some(lines.shapes.iter().map(|line| lines.word(line, UNKNOWN)).collect::<Vec<Text>>())
            }
            Stream::Text(text) => text.known().map(|text| lines(&text, call.manner.ends_in_nul)),
            _ => None,
        };
        known.filter(|values| values.len() <= JOBS_MAX).unwrap_or_else(|| {
            self.remember(UNKNOWN, stream.origin());
            vec![Text::unknown(UNKNOWN, "")]
        })
    }

    /// What is in a file of arguments.
    fn list(&mut self, call: &Call, path: &Text) -> Stream {
        let mut effects = Vec::new();
        self.file("file.read", path, &mut effects);
        self.run_at(call.index).into_iter().for_each(|run| run.effects.append(&mut effects));
        self.content_of(path)
    }

    /// One job: the command with its arguments, or the arguments as the command.
    fn job(&mut self, call: &Call, command: &[Text], job: &Job) -> Stream {
        let manner = &call.manner;
        if command.iter().all(Text::is_empty) {
            return self.line(call, &joined(&job.arguments));
        }
        if manner.is_quoted {
            let words = manner.words(command, job);
            return self.enter(call.index, call.base, |reader| reader.run(words, past_functions()));
        }
        let template = joined(command);
        let Some(known) = template.known().map(|known| known.into_owned()) else {
            return self.line(call, &joined(&[template, joined(&job.arguments)]));
        };
        self.spend(known.len());
        let mut pieces = replace::pieces(&known, &manner.mark);
        if !job.arguments.is_empty() && pieces.iter().all(|piece| matches!(piece, Piece::Text(_))) {
            pieces.extend([Piece::Text(" ".into()), Piece::All]);
        }
        self.filled_line(call, &pieces, job)
    }

    /// The line of a job, in which the arguments stand quoted.
    fn filled_line(&mut self, call: &Call, pieces: &[Piece], job: &Job) -> Stream {
        let in_quotes = pieces.iter().any(|piece| matches!(piece, Piece::Text(text) if may_quote(text)));
        let mut line = Text::default();
        let mut variables = Vec::new();
        for piece in pieces {
            if let Piece::Text(text) = piece {
                line.push(text, true);
                continue;
            }
            for (place, value) in job.values(piece).into_iter().enumerate() {
                if place > 0 {
                    line.push(" ", true);
                }
                let value = self.quoted(call, value, in_quotes, &mut variables);
                line.append(value);
            }
        }
        let before = self.set_for_now(&variables);
        let output = self.line(call, &line);
        self.set_back(before, false);
        output
    }

    /// An argument as it stands in the line; of one that is not known, the name of a variable that holds it.
    fn quoted(&mut self, call: &Call, value: Text, in_quotes: bool, variables: &mut Vec<(Arc<str>, Text)>) -> Text {
        match value.known() {
            Some(known) => {
                let quoted = plain::quoted(&known);
                if in_quotes && quoted != known {
                    self.run_doubt(call.index, "an argument with signs of the shell stands inside quotes");
                }
                Text::literal(&quoted)
            }
            None if in_quotes => value,
            None => {
                let name = format!("parallel_argument_{}", variables.len());
                let place = Text::literal(&format!("\"${name}\""));
                variables.push((name.into(), value));
                place
            }
        }
    }

    /// A line that a shell of its own is given.
    fn line(&mut self, call: &Call, line: &Text) -> Stream {
        const DOUBT: &str = "what it runs comes from outside the line";
        if call.base.starts_with("env_") {
            return self.apart(|reader| reader.code(call.index, line, DOUBT));
        }
        self.in_child(|reader| reader.code(call.index, line, DOUBT))
    }
}

impl Manner {
    fn of(said: &Said) -> Manner {
        let value = |wanted: &str| said.iter().rev().find(|(name, _)| &**name == wanted).map(|(_, word)| &*word.text);
        Manner {
            mark: value("mark").filter(|mark| !mark.is_empty()).unwrap_or("{}").to_owned(),
            count: if says(said, "all") {
                None
            } else {
                Some(value("count").and_then(|n| n.parse().ok()).unwrap_or(1))
            },
            ends_in_nul: says(said, "nul"),
            linked: says(said, "linked"),
            is_single: says(said, "single"),
            is_quoted: says(said, "quoted"),
        }
    }

    /// The words of a job that runs without a shell.
    fn words(&self, command: &[Text], job: &Job) -> Vec<Text> {
        let mut words: Vec<Text> = command.iter().flat_map(|word| self.filled(word, job)).collect();
        if !command.iter().any(|word| self.has_place(word)) {
            words.extend(job.arguments.iter().cloned());
        }
        words
    }

    fn has_place(&self, word: &Text) -> bool {
        replace::pieces(&word.guess(), &self.mark).iter().any(|piece| !matches!(piece, Piece::Text(_)))
    }

    /// A word of a command that is run without a shell: `{}` alone is as many words as there are arguments.
    fn filled(&self, word: &Text, job: &Job) -> Vec<Text> {
        if !word.is_known() || !self.has_place(word) {
            return vec![word.clone()];
        }
        let pieces = replace::pieces(&word.guess(), &self.mark);
        if let [piece] = pieces.as_slice() {
            return job.values(piece);
        }
        let mut out = Text::default();
        for piece in &pieces {
            match piece {
                Piece::Text(text) => out.push(text, true),
                _ => out.append(joined(&job.values(piece))),
            }
        }
        vec![out]
    }
}

impl Job {
    fn values(&self, piece: &Piece) -> Vec<Text> {
        piece.values(&self.arguments, self.number)
    }
}

fn says(said: &Said, wanted: &str) -> bool {
    said.iter().any(|(name, _)| &**name == wanted)
}

fn past_functions() -> Around {
    Around { past_functions: true, ..Around::default() }
}

/// The command, and what stands behind each `:::` and its like.
fn taken_apart(inner: &[Text]) -> (&[Text], Vec<Linked>) {
    let kind = |word: &Text| match &*word.guess() {
        ":::" => Some((false, false)),
        ":::+" => Some((false, true)),
        "::::" => Some((true, false)),
        "::::+" => Some((true, true)),
        _ => None,
    };
    let length = inner.iter().position(|word| kind(word).is_some()).unwrap_or(inner.len());
    let (command, mut rest) = inner.split_at_checked(length).unwrap_or((inner, &[]));
    let mut sources = Vec::new();
    while let [first, behind @ ..] = rest {
        let (files, linked) = kind(first).unwrap_or_default();
        let count = behind.iter().position(|word| kind(word).is_some()).unwrap_or(behind.len());
        let (words, next) = behind.split_at_checked(count).unwrap_or((behind, &[]));
        match files {
            true => sources.extend(words.iter().map(|path| (Source::File(path.clone()), linked))),
            false => sources.push((Source::Words(words.to_vec()), linked)),
        }
        rest = next;
    }
    (command, sources)
}

/// The values of several sources, one of each a row; a short source begins again.
fn side_by_side(group: &[Vec<Text>]) -> Vec<Vec<Text>> {
    let most = group.iter().map(Vec::len).max().unwrap_or_default();
    let row =
        |at: usize| group.iter().filter_map(|values| values.get(at.checked_rem(values.len())?).cloned()).collect();
    (0..most).map(row).collect()
}

fn lines(text: &str, ends_in_nul: bool) -> Vec<Text> {
    let lines: Box<dyn Iterator<Item = &str>> =
        if ends_in_nul { Box::new(text.split('\0')) } else { Box::new(text.lines()) };
    lines.filter(|line| !line.is_empty()).map(Text::literal).collect()
}

fn joined(texts: &[Text]) -> Text {
    let mut out = Text::default();
    for (place, text) in texts.iter().enumerate() {
        if place > 0 {
            out.push(" ", true);
        }
        out.append(text.clone());
    }
    out
}

/// Whether what stands beside `text` may stand in quotes, or where quotes mean nothing.
fn may_quote(text: &str) -> bool {
    text.contains(['\'', '"', '`', '\\', '#', '[']) || ["${", "((", "<<"].iter().any(|sign| text.contains(sign))
}
