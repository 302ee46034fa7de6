//! Walks through a line as a shell would, without running anything: what may run, in which order, with which words.
//!
//! Every branch is taken and every loop entered. What differs between branches is not known afterwards.

mod assign;
mod broken;
mod builtin;
mod declare;
mod find;
mod input;
pub(super) mod link;
mod list;
mod note;
mod output;
mod parallel;
mod program;
mod redirect;
mod replace;
mod run;
mod settings;
mod variable;
mod xargs;

use std::borrow::Cow;
use std::collections::HashMap;
use std::rc::Rc;

use foldhash::fast::RandomState;

use super::flag::Flag;
use super::reading::{Condition, Place, Reading, Run};
use super::scope::{Binding, Directory, Scope, Space};
use super::stream::{Origin, Stream};
use super::syntax::{Command, Compound, Item, Link, Part, Script, Word};
use super::text::{Kind, Text};
use super::{expand, parse, programs};
use crate::limits;

/// The walk through one line.
pub(super) struct Reader<'a> {
    pub(super) home: Option<&'a str>,
    pub(super) scope: Scope,
    pub(super) reading: Reading,
    /// Work that may still be done.
    budget: usize,
    exhausted: bool,
    depth: usize,
    /// The text that spans point into.
    text: Rc<str>,
    stdin: Stream,
    /// Whether something in the line reads what is printed; what nobody reads need not be known.
    heard: bool,
    /// The functions being called, innermost last.
    calls: Vec<Call>,
    condition: Condition,
    place: Place,
    pipeline: Option<(u32, u32)>,
    pipelines: u32,
    /// How many `<(…)` and `>(…)` there were.
    processes: usize,
    inside: Option<u32>,
    /// Whether a failing command ends the line: `set -e`.
    errors_end: bool,
    /// Whether all variables that are set are exported: `set -a`.
    exports_all: bool,
    /// Whether a pattern that fits nothing is no word: `shopt -s nullglob`.
    drops_patterns: bool,
    /// Where unknown texts come from, by how they are shown.
    origins: Vec<(Box<str>, Origin)>,
    /// Texts that were decoded, to know them again when they run.
    decoded: Vec<Box<str>>,
    /// Whether what is read is only the likeliest guess at the line.
    guessing: bool,
    /// Whether what is read is what is left of a text that could not be parsed.
    is_guess: bool,
}

/// A call of a function of the line.
struct Call {
    name: Box<str>,
    /// Variables that are its own, and what they were before.
    locals: Vec<(Box<str>, Option<Binding>)>,
}

/// Work that any line may take, in steps of a nanosecond or so.
const WORK_MIN: usize = 232 << 10;
/// Work that a long line may take on top of it, for each byte beyond the first [`SHORT`] ones.
const WORK_PER_BYTE: usize = 32;
/// Bytes of a line that is not long.
const SHORT: usize = 4 << 10;
/// Work that any command takes, whatever it is.
const WORK_PER_COMMAND: usize = 64;
/// Work that it takes to parse a byte.
const WORK_PER_BYTE_PARSED: usize = 24;
/// Work that it takes to walk through a stage of a pipeline or the turn of a loop.
const WORK_PER_WALK: usize = 320;
/// Work that it takes to walk through an arm of `case`.
const WORK_PER_BRANCH: usize = 224;
/// Work that it takes to walk through something apart, such as a subshell, a substitution or a function.
const WORK_PER_SCOPE: usize = 1024;
/// Work that it takes to look at something from one directory.
const WORK_PER_DIRECTORY: usize = 832;
/// Operators of `test` whose operands are calculated, or name an element of an array.
const COUNTING: [&str; 8] = ["-eq", "-ne", "-lt", "-le", "-gt", "-ge", "-v", "-R"];
/// Turns of one loop that are followed one by one.
const TURNS_MAX: usize = 32;

/// Reads `text` as a script. `home` is the user's home directory, if it is known.
pub(super) fn read(text: &str, home: Option<&str>) -> Reading {
    let mut reader = Reader::new(text, home);
    reader.source_text(text);
    reader.finish()
}

/// Reads a program and its words, as they are handed to the system without a shell.
pub(super) fn read_words(words: &[std::sync::Arc<str>], home: Option<&str>) -> Reading {
    let mut reader = Reader::new("", home);
    let words = words.iter().map(Text::shared).collect();
    reader.run(words, run::Around::default());
    reader.finish()
}

impl<'a> Reader<'a> {
    fn new(text: &str, home: Option<&'a str>) -> Reader<'a> {
        Reader {
            home,
            scope: Scope::default(),
            reading: Reading::default(),
            budget: WORK_MIN + WORK_PER_BYTE * text.len().saturating_sub(SHORT),
            exhausted: false,
            depth: 0,
            text: text.into(),
            stdin: Stream::Outside,
            heard: false,
            calls: Vec::new(),
            condition: Condition::Always,
            place: Place::Here,
            pipeline: None,
            pipelines: 0,
            processes: 0,
            inside: None,
            errors_end: false,
            exports_all: false,
            drops_patterns: false,
            origins: Vec::new(),
            decoded: Vec::new(),
            guessing: false,
            is_guess: false,
        }
    }

    fn finish(mut self) -> Reading {
        self.note_whole();
        self.reading.runs = without_repeats(std::mem::take(&mut self.reading.runs));
        self.reading
    }

    /// Takes `work` from the budget. Once it is gone, nothing more is read, and the line is in doubt.
    pub(super) fn spend(&mut self, work: usize) -> bool {
        match self.budget.checked_sub(work.saturating_add(1)) {
            Some(rest) if !self.exhausted => {
                self.budget = rest;
                true
            }
            _ => {
                if !self.exhausted {
                    self.exhausted = true;
                    self.doubt("the line does too much to be read");
                }
                false
            }
        }
    }

    /// Notes a part of the line that was not understood.
    pub(super) fn doubt(&mut self, detail: impl Into<Cow<'static, str>>) {
        let detail = detail.into();
        if !self.reading.doubts.contains(&detail) && self.reading.doubts.len() < limits::COMMAND_DOUBTS_MAX {
            self.reading.doubts.push(detail);
        }
    }

    pub(super) fn flag(&mut self, flag: Flag) {
        if !self.reading.flags.contains(&flag) {
            self.reading.flags.push(flag);
        }
    }

    pub(super) fn positional(&self) -> Rc<Vec<Text>> {
        match self.scope.get(Space::Positional, "") {
            Some(Binding::Words(words)) => Rc::clone(words),
            // The line may be a part of a script that has words of its own.
            _ if self.is_outermost() => Rc::new(vec![Text::unknown("$@", "").with_quotes(false)]),
            _ => Rc::default(),
        }
    }

    fn set_positional(&mut self, words: Vec<Text>) {
        self.scope.set(Space::Positional, "", Binding::Words(Rc::new(words)));
    }

    /// Whether no function and no `sh -c` has given the present commands words of their own.
    pub(super) fn is_outermost(&self) -> bool {
        self.calls.is_empty() && self.inside.is_none() && self.scope.get(Space::Positional, "").is_none()
    }

    pub(super) fn source(&self, span: (u32, u32)) -> String {
        self.text.get(span.0 as usize..span.1 as usize).unwrap_or("$(…)").to_owned()
    }

    /// Parses and walks `text` in the present scope.
    fn source_text(&mut self, text: &str) -> Stream {
        if self.depth >= limits::COMMAND_CALLS_MAX {
            self.doubt("commands are nested too deeply");
            return Stream::Unknown(Origin::default());
        }
        if !self.spend(text.len() * WORK_PER_BYTE_PARSED) {
            return Stream::Unknown(Origin::default());
        }
        match parse::parse(text) {
            Ok(script) => {
                let outer = std::mem::replace(&mut self.text, text.into());
                let output = self.script(&script);
                self.text = outer;
                output
            }
            Err(error) => self.broken(text, &error),
        }
    }

    fn script(&mut self, script: &Script) -> Stream {
        if self.depth >= limits::COMMAND_CALLS_MAX {
            self.doubt("commands are nested too deeply");
            return Stream::Unknown(Origin::default());
        }
        self.depth += 1;
        let mut output = Stream::Text(Text::default());
        let mut left = None;
        for item in &script.items {
            if self.exhausted {
                break;
            }
            let printed = self.item(item);
            output = output.then(printed);
            // What stands behind a `break` or `exit` may not run.
            if left.is_none() && leaves(item) {
                left = Some(self.scope.mark());
            }
        }
        if let Some(mark) = left {
            self.scope.maybe(mark);
        }
        self.depth -= 1;
        output
    }

    fn item(&mut self, item: &Item) -> Stream {
        if item.background {
            self.flag(Flag::Background);
            let mark = self.scope.mark();
            let output = self.chain(item);
            self.scope.leave(mark);
            return output;
        }
        self.chain(item)
    }

    /// Pipelines joined by `&&` and `||`. What the first sets is set; what the others set may be.
    fn chain(&mut self, item: &Item) -> Stream {
        let outer = self.condition;
        let start = self.scope.mark();
        let mut output = Stream::Text(Text::default());
        let mut region = None;
        for (index, (link, pipeline)) in item.pipelines().enumerate() {
            match link {
                Link::First => {}
                Link::And => {
                    region.get_or_insert_with(|| self.scope.mark());
                    self.condition = Condition::IfSucceeds.max(outer);
                }
                Link::Or => {
                    region.take().into_iter().for_each(|mark| self.scope.maybe(mark));
                    self.condition = Condition::IfFails.max(outer);
                }
            }
            let mark = self.scope.mark();
            if link == Link::Or {
                // What stands before has failed, and with it perhaps the change of the directory.
                self.scope.maybe_directory(start);
            }
            let printed = self.pipeline(pipeline);
            output = output.then(printed);
            match link {
                Link::Or if ends_unless_first(item) => self.scope.leave(mark),
                Link::Or => self.scope.maybe(mark),
                Link::First | Link::And => {}
            }
            if index == 0 && item.lengths.len() == 1 && !self.errors_end {
                self.scope.maybe_directory(start);
            }
        }
        region.into_iter().for_each(|mark| self.scope.maybe(mark));
        // A command that is not the last of its list may fail even under `set -e`.
        if item.lengths.len() > 1 && !ends_unless_first(item) {
            self.scope.maybe_directory(start);
        }
        self.condition = outer;
        output
    }

    fn pipeline(&mut self, pipeline: &[Command]) -> Stream {
        let [commands @ .., last] = pipeline else { return Stream::Outside };
        if commands.is_empty() {
            return self.command(last);
        }
        let (mut outer_stdin, outer_pipeline) = (self.stdin.clone(), self.pipeline);
        let number = self.pipelines;
        self.pipelines += 1;
        let mut stages = Vec::with_capacity(pipeline.len());
        for (place, command) in commands.iter().enumerate() {
            self.spend(WORK_PER_WALK);
            let from = self.reading.runs.len();
            self.pipeline = Some((number, u32::try_from(place).unwrap_or(u32::MAX)));
            let mark = self.scope.mark();
            let printed = self.heard_if(true, |reader| reader.command(command));
            if place == 0 {
                // What the first one has read of the input is gone for what follows the pipeline.
                outer_stdin = self.stdin.clone();
            }
            self.stdin = printed;
            self.scope.leave(mark);
            stages.push(from);
        }
        stages.push(self.reading.runs.len());
        self.pipeline = Some((number, u32::try_from(commands.len()).unwrap_or(u32::MAX)));
        // Some shells run the last command of a pipeline in a shell of its own, some do not.
        let mark = self.scope.mark();
        let output = self.command(last);
        self.scope.maybe_elsewhere(mark);
        self.note_pipeline(&stages);
        (self.stdin, self.pipeline) = (outer_stdin, outer_pipeline);
        output
    }

    fn command(&mut self, command: &Command) -> Stream {
        let merged = self.scope.take_work();
        if !self.spend(WORK_PER_COMMAND + merged) {
            return Stream::Unknown(Origin::default());
        }
        match command {
            Command::Simple(simple) => self.simple(simple),
            Command::Function { name, body } => {
                let bodies = Rc::new(vec![Rc::new((**body).clone())]);
                self.scope.set(Space::Function, name, Binding::Function { bodies, certain: true });
                if is_hook(name) || self.exports_all {
                    self.run_later(name);
                }
                Stream::Text(Text::default())
            }
            Command::Compound(compound, redirects) if redirects.is_empty() => self.compound(compound),
            Command::Compound(compound, redirects) => {
                let around = self.redirects(redirects);
                self.reading.effects.extend(around.effects);
                let outer = match around.stdin {
                    Some(stdin) => std::mem::replace(&mut self.stdin, stdin),
                    None => self.stdin.clone(),
                };
                let output = self.heard_if(around.stdout.is_some(), |reader| reader.compound(compound));
                self.stdin = outer;
                self.stored(around.stdout, output)
            }
        }
    }

    fn compound(&mut self, compound: &Compound) -> Stream {
        match compound {
            Compound::Group(script) => self.script(script),
            Compound::Subshell(script) => self.apart(|reader| reader.script(script)),
            Compound::If { branches, otherwise } => self.branches(branches, otherwise.as_ref()),
            Compound::While { condition, body } => self.each_shape(|reader| {
                reader.turns(|reader| {
                    reader.condition_of(condition);
                    reader.script(body)
                })
            }),
            Compound::For { name, words, body } => self.each(name, words.as_deref(), body),
            Compound::Count { header, body } => {
                self.arithmetic(header);
                self.turns(|reader| {
                    reader.arithmetic(header);
                    reader.script(body)
                })
            }
            Compound::Case { word, arms } => self.case(word, arms),
            Compound::Test(words) => {
                self.test(words);
                Stream::Text(Text::default())
            }
            Compound::Arithmetic(expression) => {
                self.arithmetic(expression);
                self.doubt_command_in_brackets(expression);
                Stream::Text(Text::default())
            }
            Compound::Coprocess(command) => self.apart(|reader| reader.command(command)),
        }
    }

    /// Some shells know no `((…))`: to them it is a command in two subshells.
    fn doubt_command_in_brackets(&mut self, expression: &Word) {
        let text = self.single(expression);
        let guess = text.guess();
        let bare = guess.trim_matches(|c: char| c.is_whitespace() || matches!(c, '(' | ')'));
        let (name, behind) = bare.split_once(char::is_whitespace).unwrap_or((bare, ""));
        // `cat /etc` has no blank behind its sign, where `a / b` has one.
        let is_argument = |word: &str| word.is_empty() || word.starts_with(['/', '-', '~']) && word.len() > 1;
        let is_expression = expand::arithmetic::is_expression(&guess);
        let first = behind.split_whitespace().next().unwrap_or_default();
        if !is_expression || is_argument(first) && programs::find(name).is_some() {
            self.doubt(format!("`(({guess}))` is an expression to some shells and a command to others"));
        }
    }

    /// Walks through something whose variables end with it.
    fn apart(&mut self, walk: impl FnOnce(&mut Self) -> Stream) -> Stream {
        self.spend(WORK_PER_SCOPE);
        let mark = self.scope.mark();
        let (stdin, errors_end) = (self.stdin_kept(), self.errors_end);
        let output = walk(self);
        let is_taken = match (&self.stdin, &stdin) {
            (Stream::Text(left), Stream::Text(all)) => left.size() < all.size(),
            (left, Stream::Text(_)) => matches!(left, Stream::Unknown(_)),
            _ => false,
        };
        (self.stdin, self.errors_end) = (stdin, errors_end);
        if is_taken {
            self.take_input();
        }
        self.scope.leave(mark);
        output
    }

    /// Walks through something whose output is read `here`, if not by what stands around it.
    pub(super) fn heard_if(&mut self, here: bool, walk: impl FnOnce(&mut Self) -> Stream) -> Stream {
        let outer = self.heard;
        self.heard |= here;
        let output = walk(self);
        self.heard = outer;
        output
    }

    /// Something has read of the standard input; how much is left of it is not known.
    pub(super) fn take_input(&mut self) {
        if let Stream::Text(text) = &self.stdin
            && !text.is_empty()
        {
            self.stdin = Stream::Unknown(self.origin_of(text));
        }
    }

    /// The present standard input, to return to.
    fn stdin_kept(&mut self) -> Stream {
        let size = match &self.stdin {
            Stream::Text(text) => text.size(),
            Stream::Lines(lines) => lines.size(),
            Stream::Outside | Stream::Unknown(_) => 0,
        };
        // To copy a text is faster by far than to read it.
        self.spend(size / 16);
        self.stdin.clone()
    }

    /// Walks through something that another shell runs, which only sees what this one hands on.
    fn in_child(&mut self, walk: impl FnOnce(&mut Self) -> Stream) -> Stream {
        if !self.spend(self.scope.len() * 8) {
            return Stream::Unknown(Origin::default());
        }
        let calls = std::mem::take(&mut self.calls);
        let output = self.apart(|reader| {
            reader.scope.enter_child();
            walk(reader)
        });
        self.calls = calls;
        output
    }

    fn branches(&mut self, branches: &[(Script, Script)], otherwise: Option<&Script>) -> Stream {
        let outer = std::mem::replace(&mut self.condition, Condition::Branch);
        let mut output = Stream::Text(Text::default());
        let mut alternatives = Vec::new();
        for (condition, body) in branches {
            self.condition_of(condition);
            let mark = self.scope.mark();
            let printed = self.script(body);
            output = either(output, printed);
            alternatives.push(self.scope.undo(mark));
        }
        if let Some(body) = otherwise {
            let mark = self.scope.mark();
            let printed = self.script(body);
            output = either(output, printed);
            alternatives.push(self.scope.undo(mark));
        }
        self.scope.one_of(alternatives, otherwise.is_some());
        self.condition = outer;
        output
    }

    /// Commands whose failure ends nothing, even under `set -e`.
    fn condition_of(&mut self, condition: &Script) {
        let errors_end = std::mem::replace(&mut self.errors_end, false);
        self.script(condition);
        self.errors_end = errors_end;
    }

    fn case(&mut self, word: &Word, arms: &[(Vec<Word>, Script)]) -> Stream {
        self.single(word);
        let outer = std::mem::replace(&mut self.condition, Condition::Branch);
        let mut output = Stream::Text(Text::default());
        let start = self.scope.mark();
        for (patterns, body) in arms {
            patterns.iter().for_each(|pattern| {
                self.single(pattern);
            });
            self.spend(WORK_PER_BRANCH);
            // One arm may run into the next, so each starts with what those before may have set.
            let mark = self.scope.mark();
            let printed = self.script(body);
            output = either(output, printed);
            self.scope.maybe(mark);
        }
        self.scope.maybe(start);
        self.condition = outer;
        output
    }

    /// A loop of unknown length: once as things stand, and once more with what its turns change unknown.
    fn turns(&mut self, mut walk: impl FnMut(&mut Self) -> Stream) -> Stream {
        let outer = self.inside_loop();
        let mark = self.scope.mark();
        let mut output = walk(self);
        if self.scope.mark() > mark {
            self.scope.maybe(mark);
            output = walk(self);
            self.scope.maybe(mark);
        }
        self.condition = outer;
        output.repeated()
    }

    /// A loop that may read a line at each turn: once for each of the shapes that its input has.
    fn each_shape(&mut self, mut walk: impl FnMut(&mut Self) -> Stream) -> Stream {
        let lines = match &self.stdin {
            Stream::Lines(lines) if lines.shapes.len() > 1 => lines.clone(),
            _ => return walk(self),
        };
        let mut output = Stream::Text(Text::default());
        for one in lines.each() {
            self.stdin = Stream::Lines(one);
            output = output.and(walk(self));
        }
        self.stdin = Stream::Lines(lines);
        output
    }

    fn each(&mut self, name: &str, words: Option<&[Word]>, body: &Script) -> Stream {
        let mut values = Vec::new();
        match words {
            Some(words) => words.iter().for_each(|word| self.fields(word, &mut values)),
            None => values.extend(self.positional().iter().cloned()),
        }
        if values.len() > TURNS_MAX {
            values = vec![summary(&values, name)];
        }
        let outer = self.inside_loop();
        let start = self.scope.mark();
        let mut output = Stream::Text(Text::default());
        for value in values {
            self.spend(WORK_PER_WALK);
            // A word that may be several is one of them at each turn.
            let value = value.with_quotes(true);
            let is_open = !value.is_known();
            self.assign(name, value);
            let mark = self.scope.mark();
            let printed = self.script(body);
            output = output.then(if is_open { printed.repeated() } else { printed });
            self.scope.maybe(mark);
            if is_open && self.scope.mark() > mark {
                self.script(body);
                self.scope.maybe(mark);
            }
        }
        self.scope.maybe(start);
        self.condition = outer;
        output
    }

    fn inside_loop(&mut self) -> Condition {
        let inside = self.condition.max(Condition::Loop);
        std::mem::replace(&mut self.condition, inside)
    }

    /// The words of `[[ … ]]` are looked at for what they run.
    fn test(&mut self, words: &[Word]) {
        let texts: Vec<Text> = words.iter().map(|word| self.single(word)).collect();
        if texts.iter().any(|text| COUNTING.contains(&&*text.guess())) {
            texts.iter().for_each(|text| self.calculated(text));
        }
    }

    /// What a substitution prints, without the line ends behind it.
    pub(super) fn substitute(&mut self, script: &Script) -> Text {
        let from = self.reading.runs.len();
        let pipeline = self.pipeline.take();
        let output = self.heard_if(true, |reader| reader.apart(|reader| reader.script(script)));
        self.pipeline = pipeline;
        match output {
            Stream::Text(text) => trimmed(text),
            // The shell leaves out each NUL, so that what it parts is one word.
            Stream::Lines(lines) if lines.end != '\0' => {
                let shown = self.first_word(from);
                lines.text(&shown)
            }
            output => self.shown_substitution(from, output.origin()),
        }
    }

    /// How a substitution is shown whose first command is the one at `from`.
    fn first_word(&self, from: usize) -> String {
        let first = self.reading.runs.get(from).and_then(|run| run.words.first());
        first.map_or_else(|| "$()".to_owned(), |word| format!("$({})", word.text))
    }

    fn shown_substitution(&mut self, from: usize, origin: Origin) -> Text {
        let shown = self.first_word(from);
        self.remember(&shown, origin);
        Text::unknown(&shown, "")
    }

    fn remember(&mut self, shown: &str, origin: Origin) {
        if origin != Origin::default() {
            self.origins.push((shown.into(), origin));
        }
    }

    /// Where the unknown parts of `text` come from.
    pub(super) fn origin_of(&self, text: &Text) -> Origin {
        let guess = if self.decoded.is_empty() { Cow::Borrowed("") } else { text.guess() };
        let decoded = self.decoded.iter().any(|decoded| !decoded.is_empty() && guess.contains(&**decoded));
        let shown = text.0.iter().filter_map(|piece| match &piece.kind {
            Kind::Unknown(shown) => Some(shown),
            _ => None,
        });
        shown
            .flat_map(|shown| self.origins.iter().filter(move |(own, _)| shown.contains(&**own)))
            .fold(Origin { network: false, decoded }, |all, (_, origin)| all.with(*origin))
    }

    /// `<(…)` and `>(…)`: the name of a file that is what the other side prints.
    pub(super) fn process(&mut self, reads: bool, script: &Script) -> String {
        let stdin = if reads { self.stdin.clone() } else { Stream::Unknown(Origin::default()) };
        let outer = std::mem::replace(&mut self.stdin, stdin);
        let output = self.heard_if(reads, |reader| reader.apart(|reader| reader.script(script)));
        self.stdin = outer;
        let name = format!("/dev/fd/{}", 63 + self.processes);
        self.processes += 1;
        self.remember(&name, output.origin());
        self.keep_process(&name, output);
        name
    }

    /// The present directory, for `$PWD`.
    pub(super) fn directory_text(&self) -> Text {
        match self.directories().as_slice() {
            [Directory(text)] if text.is_empty() => Text::literal("."),
            [Directory(text)] => text.clone(),
            _ => Text::unknown("$PWD", "."),
        }
    }

    pub(super) fn directories(&self) -> Rc<Vec<Directory>> {
        match self.scope.get(Space::Directory, "") {
            Some(Binding::Directories(all)) => Rc::clone(all),
            _ => Rc::new(vec![Directory(Text::default())]),
        }
    }
}

/// The runs without those that are listed already: loops are walked through more than once.
fn without_repeats(runs: Vec<Run>) -> Vec<Run> {
    if runs.len() < 2 {
        return runs;
    }
    let hasher = RandomState::default();
    let mut kept: Vec<Run> = Vec::with_capacity(runs.len());
    let mut places: Vec<u32> = Vec::with_capacity(runs.len());
    // Those that are kept, by what their words and effects hash to.
    let mut alike: HashMap<u64, Vec<u32>, RandomState> = HashMap::default();
    for mut run in runs {
        run.inside = run.inside.and_then(|inside| places.get(inside as usize).copied());
        let alike = alike.entry(run.hash(&hasher)).or_default();
        let is_same = |place: &&u32| kept.get(**place as usize).is_some_and(|known| known.is_repeated_by(&run));
        let same = alike.iter().find(is_same).copied();
        let place = same.unwrap_or(u32::try_from(kept.len()).unwrap_or(u32::MAX));
        places.push(place);
        if same.is_none() {
            alike.push(place);
            kept.push(run);
        }
    }
    kept
}

/// Functions that a shell calls by itself: for a program that is not found, or around each command.
fn is_hook(name: &str) -> bool {
    const HOOKS: [&str; 7] =
        ["command_not_found_handle", "command_not_found_handler", "precmd", "preexec", "chpwd", "periodic", "zshexit"];
    HOOKS.contains(&name) || name.starts_with("TRAP")
}

/// Whether what follows this item may not run because of it.
fn leaves(item: &Item) -> bool {
    item.commands.iter().any(is_leaving)
}

fn is_leaving(command: &Command) -> bool {
    let words = match command {
        Command::Simple(simple) => &simple.words,
        Command::Compound(Compound::Group(script), _) => return script.items.last().is_some_and(leaves),
        Command::Compound(Compound::If { branches, otherwise }, _) => {
            return branches.iter().any(|(_, body)| body.items.iter().any(leaves))
                || otherwise.as_ref().is_some_and(|body| body.items.iter().any(leaves));
        }
        Command::Compound(Compound::Case { arms, .. }, _) => {
            return arms.iter().any(|(_, body)| body.items.iter().any(leaves));
        }
        _ => return false,
    };
    matches!(words.first().map(|word| word.parts.as_slice()), Some([Part::Text(name)])
        if matches!(&**name, "exit" | "return" | "break" | "continue" | "exec"))
}

/// `cd x || exit`: behind it the first command has succeeded.
fn ends_unless_first(item: &Item) -> bool {
    matches!(item.lengths.as_slice(), [_, (Link::Or, _)]) && item.commands.last().is_some_and(is_leaving)
}

fn either(one: Stream, other: Stream) -> Stream {
    if one == other { one } else { one.and(other) }
}

fn trimmed(mut text: Text) -> Text {
    while let Some(last) = text.0.last_mut() {
        if last.kind != Kind::Literal {
            break;
        }
        let kept = last.text.trim_end_matches('\n');
        if kept.len() != last.text.len() {
            last.text = kept.into();
        }
        if !last.text.is_empty() {
            break;
        }
        text.0.pop();
    }
    text
}

/// One value that stands for many.
fn summary(values: &[Text], name: &str) -> Text {
    let is_plain = |text: &Text| {
        let guess = text.guess();
        text.is_known() && !guess.contains('/') && !guess.starts_with(['-', '~']) && guess != ".."
    };
    if values.iter().all(is_plain) { Text::plain_unknown() } else { Text::unknown(&format!("${name}"), "") }
}
