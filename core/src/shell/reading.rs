//! What a line would do: every command that may run, and what each amounts to.

use std::borrow::Cow;
use std::hash::BuildHasher;
use std::sync::Arc;

use super::effect::Effect;
use super::flag::Flag;
use super::word::Word;

/// A line, read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reading {
    /// Every simple command that may run, in the order of the line; what runs others stands before them.
    pub runs: Vec<Run>,
    /// Effects of the line itself: redirections without a command.
    pub effects: Vec<Effect>,
    /// What is noteworthy about the line as a whole.
    pub flags: Vec<Flag>,
    /// What could not be read, one clause each. A line with doubts is not resolved.
    pub doubts: Vec<Cow<'static, str>>,
}

/// One simple command that may run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Run {
    /// The program and its arguments.
    pub words: Vec<Word>,
    /// Variables that are set for it alone.
    pub variables: Vec<(Arc<str>, Word)>,
    /// The pipeline it stands in, counted from 0, and its place there; `None` if it stands alone.
    pub pipeline: Option<(u32, u32)>,
    /// When it runs.
    pub condition: Condition,
    /// The run that runs it: `sudo` for `sudo ls`.
    pub inside: Option<u32>,
    /// Where it runs.
    pub place: Place,
    /// Directories that it leads to, one of which is where it or what follows works, as seen from where the line starts:
    /// `cd build`, `git -C build`.
    pub directories: Vec<Word>,
    /// The words of the same command without options that only say where or how it works, or with what stands for
    /// arguments that are not there, if these differ: `git status` for `git -C build status`, `git tag --list` for `git tag`.
    pub plain: Option<Vec<Arc<str>>>,
    /// Whether all it does is run other commands, which are listed themselves: `env`, `timeout`, `sh -c`.
    pub transparent: bool,
    /// What it amounts to.
    pub effects: Vec<Effect>,
    /// What is noteworthy about it.
    pub flags: Vec<Flag>,
    /// What could not be read of it, one clause each.
    pub doubts: Vec<Cow<'static, str>>,
}

/// When a command runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Condition {
    /// In any case.
    #[default]
    Always,
    /// If the one before succeeds.
    IfSucceeds,
    /// If the one before fails.
    IfFails,
    /// In one of several branches.
    Branch,
    /// Once per turn of a loop.
    Loop,
    /// Later: in a trap.
    Later,
}

/// Where a command runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// On this machine.
    #[default]
    Here,
    /// In a container on it.
    Container,
    /// On another machine.
    Remote,
}

impl Condition {
    /// The name, as explanations show it.
    pub fn as_str(self) -> &'static str {
        match self {
            Condition::Always => "always",
            Condition::IfSucceeds => "if_succeeds",
            Condition::IfFails => "if_fails",
            Condition::Branch => "branch",
            Condition::Loop => "loop",
            Condition::Later => "later",
        }
    }
}

impl Place {
    /// The name, as explanations show it.
    pub fn as_str(self) -> &'static str {
        match self {
            Place::Here => "here",
            Place::Container => "container",
            Place::Remote => "remote",
        }
    }
}

impl Run {
    /// Whether `other` is the same command once more, in whatever pipeline.
    pub(super) fn is_repeated_by(&self, other: &Run) -> bool {
        self.words == other.words
            && self.inside == other.inside
            && self.place == other.place
            && self.variables == other.variables
            && self.directories == other.directories
            && self.effects == other.effects
            && self.flags == other.flags
            && self.doubts == other.doubts
            && self.transparent == other.transparent
    }

    /// The same for all that repeat each other, and seldom for others.
    pub(super) fn hash(&self, hasher: &impl BuildHasher) -> u64 {
        hasher.hash_one((&self.words, self.inside, &self.effects))
    }

    /// Adds `flag` unless it is there.
    pub(super) fn flag(&mut self, flag: Flag) {
        if !self.flags.contains(&flag) {
            self.flags.push(flag);
        }
    }
}
