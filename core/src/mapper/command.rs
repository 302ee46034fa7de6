//! Turns a shell line, read, into the actions it amounts to.

use std::sync::Arc;

use super::arguments;
use super::target::Reader;
use crate::action::{Action, ActionKind, Confidence, Flag, PathGlob, Reading as ReadAs, Target, glob, kind};
use crate::error::Code;
use crate::limits;
use crate::path::{self, Base, CleanPath};
use crate::shell::effect::Effect;
use crate::shell::reading::{Reading, Run};
use crate::shell::word::{Certainty, Word};
use crate::shell::{self, CommandLine};
use crate::sql::Dialect;
use crate::value::{Map, Value};

/// Languages whose programs are read whole: what they do are effects of their own, and nothing else is left of them.
const READ_WHOLE: [&str; 6] = ["sed", "awk", "gawk", "mawk", "jq", "yq"];

impl Reader<'_> {
    pub(super) fn line(&mut self, text: &str, kind: &ActionKind, is_first: bool) {
        let reading = shell::read(text, self.home);
        self.command(CommandLine::new(text, &reading), reading, kind, is_first);
    }

    pub(super) fn words(&mut self, words: &[Arc<str>], kind: &ActionKind, is_first: bool) {
        let reading = shell::read_words(words, self.home);
        self.command(CommandLine::from_words(words, &reading), reading, kind, is_first);
    }

    /// A line of one command is that command; of several commands each is an effect.
    fn command(&mut self, line: CommandLine, reading: Reading, kind: &ActionKind, is_first: bool) {
        if !is_first {
            return self.further(line, reading, kind);
        }
        self.action.target = Target::Command(line);
        for flag in reading.flags {
            self.action.add_flag(Flag::Shell(flag));
        }
        for doubt in reading.doubts {
            self.action.doubt(Code::ShellUnresolved, doubt);
        }
        self.shell_effects(reading.effects);
        let mut runs = reading.runs;
        match runs.as_mut_slice() {
            [run] if self.action.doubts.is_empty() && run.directories.is_empty() => {
                let run = std::mem::take(run);
                self.absorb(run);
            }
            _ => runs.into_iter().for_each(|run| self.run(run)),
        }
    }

    /// One more line beside the action's own.
    fn further(&mut self, line: CommandLine, reading: Reading, kind: &ActionKind) {
        if self.is_full() {
            return;
        }
        let (args, cwd) = (self.action.args.clone(), self.action.cwd.clone());
        let mut part = self.part(Action { cwd, ..arguments::action(kind, args) });
        part.command(line, reading, kind, true);
        self.action.effects.push(part.action);
    }

    /// What a command amounts to becomes the action's own.
    fn absorb(&mut self, run: Run) {
        let is_known = !run.flags.contains(&shell::flag::Flag::UnknownProgram);
        for flag in run.flags {
            self.action.add_flag(Flag::Shell(flag));
        }
        if !is_known {
            self.action.confidence = self.action.confidence.max(Confidence::Partial);
        }
        for doubt in run.doubts {
            self.action.doubt(Code::ShellUnresolved, doubt);
        }
        self.shell_effects(run.effects);
    }

    fn run(&mut self, run: Run) {
        let Some(kind) = kind("shell.exec") else { return };
        if self.is_full() {
            return;
        }
        let line = CommandLine::of_run(&run);
        let command = Value::from(line.as_str());
        let mut pairs = vec![(Arc::from("command"), command)];
        if run.condition != shell::reading::Condition::Always {
            pairs.push((Arc::from("condition"), Value::from(run.condition.as_str())));
        }
        let args = Map::from_pairs(pairs).unwrap_or_default();
        let target = Target::Command(line);
        // A command that leads elsewhere is asked for each place it may lead to.
        let mut places = run.directories.iter().map(|word| self.directory(word));
        let cwd = if run.directories.is_empty() { self.action.cwd.clone() } else { places.next().flatten() };
        let others: Vec<Option<CleanPath>> = places.collect();
        let bare = |cwd| Action { cwd, target: target.clone(), ..arguments::action(kind, args.clone()) };
        let mut part = self.part(bare(cwd));
        part.absorb(run);
        self.action.effects.push(part.action);
        self.action.effects.extend(others.into_iter().map(bare));
    }

    /// A directory as seen from the present one; `None` if it is not known. One of those that fit a pattern is the
    /// pattern, unless it may lead above.
    fn directory(&self, word: &Word) -> Option<CleanPath> {
        if word.text.is_empty() && word.is_known() {
            return self.action.cwd.clone();
        }
        let base = Base { cwd: self.cwd.as_deref(), home: self.home, rules: self.rules };
        let path = path::read(Some(&word.text).filter(|_| word.certainty == Certainty::Known)?, &base).ok()?.path;
        let leads_above = || glob::climbs_behind(&word.text) || PathGlob::new(path.clone(), &base).climbs();
        (!word.glob || !leads_above()).then_some(path)
    }

    fn shell_effects(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            self.shell_effect(effect);
        }
    }

    fn shell_effect(&mut self, effect: Effect) {
        let Some((_, cwd)) = effect.args.iter().find(|(name, _)| &**name == "cwd") else {
            return self.effect_here(effect);
        };
        let place = self.directory(cwd);
        let (outer, outer_cwd) = (self.action.cwd.clone(), self.cwd.take());
        self.cwd = place.as_ref().map(|place| place.as_str().into());
        self.action.cwd = place;
        self.effect_here(effect);
        (self.action.cwd, self.cwd) = (outer, outer_cwd);
    }

    fn effect_here(&mut self, effect: Effect) {
        let language = effect.args.iter().find(|(name, _)| &**name == "language").map(|(_, word)| word.text.clone());
        if let Some(language) = language.filter(|language| READ_WHOLE.contains(&&**language)) {
            return self.little_language(&language, &effect);
        }
        let Some(kind) = kind(&effect.kind) else { return };
        if self.is_full() {
            return;
        }
        let action = Action { cwd: self.action.cwd.clone(), ..arguments::action(kind, map_of(&effect)) };
        let mut part = self.part(action);
        part.finish_effect(kind, &effect);
        self.action.effects.push(part.action);
    }

    fn finish_effect(&mut self, kind: &ActionKind, effect: &Effect) {
        for flag in &effect.flags {
            self.action.add_flag(Flag::Shell(*flag));
        }
        if effect.recursive {
            self.action.add_flag(Flag::Shell(shell::flag::Flag::Recursive));
        }
        self.globs = effect.args.iter().filter(|(_, word)| word.glob).map(|(_, word)| word.text.clone()).collect();
        self.found = true;
        if let Some((_, word)) = effect.args.iter().find(|(name, _)| &**name == "dialect") {
            self.dialect = Dialect::named(&word.text);
        }
        if matches!(kind.reading, ReadAs::Url | ReadAs::Repository) {
            self.action.add_flag(Flag::InCommand);
        }
        self.target(kind, &[]);
        for (argument, of) in &kind.effects {
            self.effect(kind, argument, of, &[]);
        }
        self.headers(kind);
        for (name, word) in effect.args.iter().filter(|(_, word)| word.certainty != Certainty::Known) {
            self.action.doubt(Code::ShellUnresolved, format!("`{name}` comes from outside the line: `{}`", word.text));
        }
    }

    /// A program in a language that is read whole leaves nothing but what it does.
    fn little_language(&mut self, language: &str, effect: &Effect) {
        let Some((_, code)) = effect.args.first() else { return };
        if !code.is_known() {
            return self
                .action
                .doubt(Code::CodeUnresolved, format!("the {language} program comes from outside the line"));
        }
        self.code(language, &code.text);
    }

    pub(super) fn is_full(&mut self) -> bool {
        let is_full = self.action.effects.len() >= limits::EFFECTS_MAX;
        if is_full {
            self.doubt_rest();
        }
        is_full
    }
}

/// The arguments of an effect; a name that occurs several times is a list.
fn map_of(effect: &Effect) -> Map {
    let mut pairs: Vec<(Arc<str>, Vec<&Word>)> = Vec::with_capacity(effect.args.len());
    for (name, word) in &effect.args {
        match pairs.iter_mut().find(|(known, _)| known == name) {
            Some((_, words)) => words.push(word),
            None => pairs.push((name.clone(), vec![word])),
        }
    }
    let value = |words: Vec<&Word>| match words.as_slice() {
        [one] => Value::String(one.text.clone()),
        many => Value::from(many.iter().map(|word| Value::String(word.text.clone())).collect::<Vec<_>>()),
    };
    let recursive = effect.recursive.then(|| (Arc::from("recursive"), Value::from(true)));
    let pairs = pairs.into_iter().map(|(name, words)| (name, value(words))).chain(recursive).collect();
    Map::from_pairs(pairs).unwrap_or_default()
}
