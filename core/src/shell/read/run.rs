//! One command: its words, who it is, and what surrounds it.

use std::borrow::Cow;
use std::rc::Rc;
use std::sync::Arc;

use smallvec::SmallVec;

pub(super) use super::redirect::Around;
use super::{Call, Reader, WORK_PER_SCOPE, either};
use crate::limits;
use crate::shell::expand::pattern::Pattern;
use crate::shell::flag::Flag;
use crate::shell::programs;
use crate::shell::reading::{Condition, Run};
use crate::shell::scope::{Binding, Space, Stored};
use crate::shell::stream::{Origin, Stream};
use crate::shell::syntax::{Command, Part, Simple};
use crate::shell::text::{Kind, Text};

/// Builtins whose arguments are assignments, which are not split.
const DECLARES: [&str; 6] = ["export", "declare", "typeset", "local", "readonly", "alias"];
/// Builtins after which POSIX shells keep the variables that stood before them.
const SPECIAL: [&str; 15] = [
    ":", ".", "break", "continue", "eval", "exec", "exit", "export", "readonly", "return", "set", "shift", "times",
    "trap", "unset",
];
/// Directories that programs are usually found in.
const BINARIES: [&str; 6] = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];
/// Programs that one pattern in the place of a program is followed to.
const CANDIDATES_MAX: usize = 12;
/// Work that each program or builtin takes, without what it does.
const WORK_PER_RUN: usize = 200;
/// Work that each word takes besides its characters.
const WORK_PER_WORD: usize = 72;
/// Functions of the line that may call each other.
const CALLS_MAX: usize = 8;

impl Reader<'_> {
    pub(super) fn simple(&mut self, simple: &Simple) -> Stream {
        let declares = matches!(simple.words.first().map(|word| word.parts.as_slice()),
            Some([Part::Text(name)]) if DECLARES.contains(&&**name));
        let mut words = Vec::with_capacity(simple.words.len());
        let mut arrays = Vec::new();
        for (index, word) in simple.words.iter().enumerate() {
            match word.parts.as_slice() {
                [Part::Text(name), Part::Array(values)] if declares && index > 0 => {
                    let name = name.strip_suffix('=').unwrap_or(name);
                    let (name, append) = name.strip_suffix('+').map_or((name, false), |name| (name, true));
                    arrays.push((name, self.array_value(name, values, append)));
                    words.push(Text::literal(name));
                }
                _ if declares && index > 0 => self.unsplit(word, &mut words),
                _ => self.fields(word, &mut words),
            }
        }
        let mut around = self.redirects(&simple.redirects);
        if words.is_empty() {
            self.assignments(&simple.assignments);
            // In a text that is no script, what looks like one is more often a tag of markup.
            if !self.is_guess {
                self.reading.effects.append(&mut around.effects);
            }
            // `$(< file)` prints the file.
            let read = around.stdin.filter(|_| simple.assignments.is_empty());
            return self.stored(around.stdout, read.unwrap_or_else(|| Stream::Text(Text::default())));
        }
        let mut effects = std::mem::take(&mut around.effects);
        around.variables = self.variables_of(&simple.assignments, &mut effects);
        around.effects = effects;
        around.is_plain = matches!(simple.words.first().map(|word| word.parts.as_slice()), Some([Part::Text(_)]));
        let output = self.run(words, around);
        // What a declaration says of its variables holds before they are given their values.
        arrays.into_iter().for_each(|(name, values)| self.set_array(name, values));
        output
    }

    /// Runs a command whose words are expanded.
    pub(super) fn run(&mut self, mut words: Vec<Text>, mut around: Around) -> Stream {
        if words.len() > limits::COMMAND_WORDS_MAX {
            self.doubt("a command has too many words");
            words.truncate(limits::COMMAND_WORDS_MAX);
        }
        let length: usize = words.iter().flat_map(|word| &word.0).map(|piece| piece.text.len() + WORK_PER_WORD).sum();
        if !self.spend(length + WORK_PER_RUN) {
            return Stream::Unknown(Origin::default());
        }
        let Some(name) = words.first() else { return Stream::Text(Text::default()) };

        let guess = if self.guessing { None } else { guessed(&words) };
        let (stdout, input) = (around.stdout.clone(), around.stdin.clone());
        let outer = input.clone().map(|stdin| std::mem::replace(&mut self.stdin, stdin));
        let index = self.record(&words, &mut around);
        let is_special = SPECIAL.contains(&&*name.guess());
        let before = self.set_for_now(&around.variables);
        let output = self.heard_if(stdout.is_some(), |reader| {
            if name.has_unknown() {
                reader.unknown_program(index, name)
            } else if name.is_known() {
                reader.named(index, &words, &around)
            } else {
                reader.candidates(index, &words)
            }
        });
        self.set_back(before, is_special);
        if outer.is_none() && self.may_read(name) {
            self.take_input();
        }
        // Without a program, `exec` changes where this shell itself reads and prints.
        let (outer, output) = match words.as_slice() {
            [only] if only.guess() == "exec" => (None, Stream::Unknown(Origin::default())),
            _ => (outer, output),
        };
        if let Some(words) = guess {
            self.guessing = true;
            let mark = self.scope.mark();
            let inside = self.inside.replace(index);
            self.run(words, Around::default());
            self.inside = inside;
            self.scope.maybe(mark);
            self.guessing = false;
        }
        if let Some(stdin) = outer {
            self.stdin = stdin;
        }
        self.stored(stdout, output)
    }

    /// Whether a command may read of its standard input, so that the next one finds less there. `read` and its like
    /// see to that themselves.
    fn may_read(&self, name: &Text) -> bool {
        const NEVER: [&str; 13] = [
            "read",
            "mapfile",
            "readarray",
            "cd",
            "set",
            "export",
            "declare",
            "local",
            "typeset",
            "readonly",
            "unset",
            "let",
            "trap",
        ];
        let name = name.guess();
        let is_function = self.scope.get(Space::Function, &name).is_some();
        is_function || !NEVER.contains(&&*name) && !programs::find(&name).is_some_and(programs::Row::is_harmless)
    }

    /// Lists a command, and tells its number.
    fn record(&mut self, words: &[Text], around: &mut Around) -> u32 {
        let place = self.reading.runs.len();
        if place >= limits::COMMAND_RUNS_MAX {
            self.doubt("it runs too many commands");
            self.exhausted = true;
            return u32::MAX;
        }
        self.reading.runs.push(Run {
            words: words.iter().map(|word| word.word().0).collect(),
            variables: around.variables.iter().map(|(name, value)| (name.clone(), value.word().0)).collect(),
            pipeline: self.pipeline,
            condition: self.condition,
            inside: self.inside,
            place: self.place,
            effects: std::mem::take(&mut around.effects),
            ..Run::default()
        });
        u32::try_from(place).unwrap_or(u32::MAX)
    }

    pub(super) fn run_at(&mut self, index: u32) -> Option<&mut Run> {
        self.reading.runs.get_mut(index as usize)
    }

    pub(super) fn run_doubt(&mut self, index: u32, detail: impl Into<Cow<'static, str>>) {
        let detail = detail.into();
        if let Some(run) = self.run_at(index)
            && !run.doubts.contains(&detail)
        {
            run.doubts.push(detail);
        }
    }

    pub(super) fn run_flag(&mut self, index: u32, flag: Flag) {
        self.run_at(index).into_iter().for_each(|run| run.flag(flag));
    }

    fn unknown_program(&mut self, index: u32, name: &Text) -> Stream {
        let origin = self.origin_of(name).with(self.stdin.origin());
        self.run_doubt(index, format!("the program comes from outside the line: `{}`", name.shown()));
        self.run_flag(index, Flag::HiddenProgram);
        if origin.network {
            self.run_flag(index, Flag::RunsFetchedCode);
        }
        Stream::Unknown(origin)
    }

    /// A pattern in the place of a program means every program that fits it.
    fn candidates(&mut self, index: u32, words: &[Text]) -> Stream {
        let pattern = words.first().map(|name| name.guess().into_owned()).unwrap_or_default();
        self.run_doubt(index, format!("the program is given as a pattern: `{pattern}`"));
        self.run_flag(index, Flag::HiddenProgram);
        let base = pattern.rsplit('/').next().unwrap_or_default();
        self.spend(programs::names().len() * 8);
        let pattern = Pattern::of(base);
        let names = programs::names().iter().copied();
        let names: Vec<&str> = names.filter(|name| fits(&pattern, name)).take(CANDIDATES_MAX).collect();
        let inside = self.inside.replace(index);
        for name in names {
            let mark = self.scope.mark();
            let mut words = words.to_vec();
            words.first_mut().into_iter().for_each(|first| *first = Text::literal(name));
            self.run(words, Around { past_functions: true, ..Around::default() });
            self.scope.maybe(mark);
        }
        self.inside = inside;
        Stream::Unknown(Origin::default())
    }

    /// Sets variables that one command alone has, and tells what they were.
    pub(super) fn set_for_now(&mut self, variables: &[(Arc<str>, Text)]) -> Vec<(Arc<str>, [Option<Binding>; 2])> {
        let mut before = Vec::with_capacity(variables.len());
        for (name, value) in variables {
            let spaces = [Space::Variable, Space::Export].map(|space| self.scope.get(space, name).cloned());
            before.push((name.clone(), spaces));
            self.scope.set(Space::Variable, name, Binding::Text(Rc::new(value.clone().with_quotes(true))));
            self.scope.set(Space::Export, name, Binding::Holds);
        }
        before
    }

    /// Around the special builtins some shells keep such variables.
    pub(super) fn set_back(&mut self, before: Vec<(Arc<str>, [Option<Binding>; 2])>, may_stay: bool) {
        for (name, [value, export]) in before.into_iter().rev() {
            let value =
                if may_stay { Some(Binding::Text(Rc::new(Text::unknown(&format!("${name}"), "")))) } else { value };
            self.scope.put_back(Space::Variable, &name, value);
            self.scope.put_back(Space::Export, &name, export);
        }
    }

    fn named(&mut self, index: u32, words: &[Text], around: &Around) -> Stream {
        let name = words.first().map(Text::guess).unwrap_or_default();
        if around.is_plain
            && let Some(Binding::Alias(text)) = self.scope.get(Space::Alias, &name)
        {
            let text = Rc::clone(text);
            self.alias(index, &text, words);
        }
        let function = match self.scope.get(Space::Function, &name) {
            Some(Binding::Function { bodies, certain }) if !around.past_functions => {
                Some((Rc::clone(bodies), *certain))
            }
            _ => None,
        };
        match function {
            None => self.program_or_builtin(index, &name, words, around),
            Some((bodies, true)) => self.call_any(index, &name, &bodies, words),
            // There may be no such function, and then it is the program.
            Some((bodies, false)) => {
                let mark = self.scope.mark();
                let called = self.call_any(index, &name, &bodies, words);
                self.scope.maybe(mark);
                self.run_at(index).into_iter().for_each(|run| run.transparent = false);
                either(called, self.program_or_builtin(index, &name, words, around))
            }
        }
    }

    fn program_or_builtin(&mut self, index: u32, name: &str, words: &[Text], around: &Around) -> Stream {
        match self.builtin(index, name, words) {
            Some(output) => output,
            None => self.program(index, name, words, around),
        }
    }

    /// Calls a function that has one of several bodies.
    fn call_any(&mut self, index: u32, name: &str, bodies: &[Rc<Command>], words: &[Text]) -> Stream {
        if let [only] = bodies {
            return self.call(index, name, only, words);
        }
        if bodies.is_empty() {
            self.run_doubt(index, format!("the function `{name}` may be one of too many"));
        }
        let start = self.scope.mark();
        for body in bodies {
            self.call(index, name, body, words);
            self.scope.maybe(start);
        }
        Stream::Unknown(Origin::default())
    }

    /// Most shells expand aliases only where somebody types, so the program of that name may run as well.
    fn alias(&mut self, index: u32, text: &str, words: &[Text]) {
        let arguments: Vec<Cow<str>> = words.iter().skip(1).map(Text::shown).collect();
        let line = format!("{text} {}", arguments.join(" "));
        let inside = self.inside.replace(index);
        self.depth += 1;
        let mark = self.scope.mark();
        let outer = words.first().map(|name| name.guess().into_owned()).unwrap_or_default();
        // An alias does not apply to itself.
        self.scope.set(Space::Alias, &outer, Binding::Unset);
        self.source_text(&line);
        self.scope.maybe(mark);
        self.depth -= 1;
        self.inside = inside;
    }

    fn call(&mut self, index: u32, name: &str, body: &Command, words: &[Text]) -> Stream {
        if self.calls.iter().any(|call| &*call.name == name) {
            let copies = self.pipeline.is_some() || self.reading.flags.contains(&Flag::Background) || has_copies(body);
            self.run_doubt(index, format!("the function `{name}` calls itself"));
            if copies {
                self.flag(Flag::ForkBomb);
            }
            return Stream::Unknown(Origin::default());
        }
        if self.calls.len() >= CALLS_MAX {
            self.run_doubt(index, "functions call each other too deeply");
            return Stream::Unknown(Origin::default());
        }
        self.run_at(index).into_iter().for_each(|run| run.transparent = true);
        self.spend(WORK_PER_SCOPE);
        let positional = self.positional();
        self.set_positional(words.get(1..).unwrap_or_default().to_vec());
        let inside = self.inside.replace(index);
        self.calls.push(Call { name: name.into(), locals: Vec::new() });
        let output = self.command(body);
        for (name, before) in self.calls.pop().into_iter().flat_map(|call| call.locals).rev() {
            self.scope.set(Space::Variable, &name, before.unwrap_or(Binding::Unset));
        }
        self.set_positional(positional.to_vec());
        self.inside = inside;
        output
    }

    /// Walks through a function that something else may call, with words that are not known.
    pub(super) fn run_later(&mut self, name: &str) {
        let Some(Binding::Function { bodies, .. }) = self.scope.get(Space::Function, name) else { return };
        let bodies = Rc::clone(bodies);
        if self.calls.iter().any(|call| &*call.name == name) || self.calls.len() >= CALLS_MAX {
            return;
        }
        let condition = std::mem::replace(&mut self.condition, Condition::Later);
        self.calls.push(Call { name: name.into(), locals: Vec::new() });
        for body in bodies.iter() {
            self.apart(|reader| {
                reader.set_positional(vec![Text::unknown("$@", "").with_quotes(false)]);
                reader.command(body)
            });
        }
        self.calls.pop();
        self.condition = condition;
    }

    /// Looks for what the line has put where the program is.
    pub(super) fn stored_program(&self, name: &str) -> Option<Stored> {
        if name.contains('/') {
            return self.stored_at(name).cloned();
        }
        if !self.scope.may_have_written(name) {
            return None;
        }
        BINARIES.iter().find_map(|directory| self.stored_at(&format!("{directory}/{name}")).cloned())
    }

    pub(super) fn local(&mut self, name: &str) {
        let before = self.scope.get(Space::Variable, name).cloned();
        if let Some(call) = self.calls.last_mut() {
            call.locals.push((name.into(), before));
        }
    }
}

pub(super) fn fits(pattern: &Pattern, name: &str) -> bool {
    // Names of programs are short: their characters need no room of their own.
    pattern.matches(&name.chars().collect::<SmallVec<[char; 32]>>())
}

/// Whether a function's body starts several commands at once.
fn has_copies(body: &Command) -> bool {
    use crate::shell::syntax::Compound;
    match body {
        Command::Compound(Compound::Group(script) | Compound::Subshell(script), _) => {
            script.items.iter().any(|item| item.background || item.pipelines().any(|(_, pipeline)| pipeline.len() > 1))
        }
        _ => false,
    }
}

/// The words with the likeliest guess for what is not known, where that says more than the words themselves: the
/// program is not known, or something stands in the middle of a name that would otherwise be one.
fn guessed(words: &[Text]) -> Option<Vec<Text>> {
    let name_is_unknown = words.first().is_some_and(Text::has_unknown);
    if !name_is_unknown && !words.iter().any(hides_in_a_name) {
        return None;
    }
    let words: Vec<Text> = words.iter().flat_map(guess_of).collect();
    words.first().is_some_and(|name| !name.is_empty()).then_some(words)
}

fn hides_in_a_name(word: &Text) -> bool {
    let ends_in_name = |text: &str| text.ends_with(|c: char| c.is_alphanumeric());
    let starts_in_name = |text: &str| text.starts_with(|c: char| c.is_alphanumeric());
    word.0.windows(3).any(|pieces| match pieces {
        [before, middle, behind] => {
            matches!(middle.kind, Kind::Unknown(_))
                && middle.text.is_empty()
                && ends_in_name(&before.text)
                && starts_in_name(&behind.text)
        }
        _ => false,
    })
}

/// A guess outside quotes falls apart at blanks, and is nothing if it is empty.
fn guess_of(word: &Text) -> Vec<Text> {
    if !word.has_unknown() {
        return vec![word.clone()];
    }
    let guess = word.guess();
    if word.0.iter().all(|piece| piece.quoted) {
        return vec![Text::literal(&guess)];
    }
    guess.split_whitespace().map(Text::literal).collect()
}
