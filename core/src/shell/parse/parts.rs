//! The parts of a word in the making.

use smallvec::SmallVec;

use super::super::slice::Slice;
use super::super::syntax::Part;

/// Parts, the last of which may still grow.
#[derive(Default)]
pub(super) struct Parts {
    done: SmallVec<[Part; 1]>,
    run: Run,
    /// Whether `run` is quoted.
    quoted: bool,
}

/// Characters that may go on.
#[derive(Default)]
enum Run {
    #[default]
    Empty,
    /// As they stand in the text; most do.
    Cut(Slice),
    /// From several places.
    Joined(String),
}

impl Parts {
    /// Adds characters that stand for themselves. What is quoted in the same way becomes one part.
    pub(super) fn literal(&mut self, text: Slice, quoted: bool) {
        if text.is_empty() {
            return;
        }
        if self.quoted != quoted {
            self.end_run();
        }
        self.quoted = quoted;
        match &mut self.run {
            Run::Empty => self.run = Run::Cut(text),
            Run::Cut(run) => {
                if !run.extend(&text) {
                    self.run = Run::Joined([&**run, &*text].concat());
                }
            }
            Run::Joined(run) => run.push_str(&text),
        }
    }

    /// Adds the inside of quotes; they leave a part even if there is nothing in them.
    pub(super) fn quotes(&mut self, text: Slice) {
        if text.is_empty() {
            self.push(Part::Quoted(text));
        } else {
            self.literal(text, true);
        }
    }

    pub(super) fn push(&mut self, part: Part) {
        self.end_run();
        self.done.push(part);
    }

    pub(super) fn finish(mut self) -> SmallVec<[Part; 1]> {
        self.end_run();
        self.done
    }

    /// Whether a parenthesis would now begin an extended pattern.
    pub(super) fn ends_in_pattern_sign(&self) -> bool {
        let run = match &self.run {
            Run::Empty => return false,
            Run::Cut(run) => run,
            Run::Joined(run) => run.as_str(),
        };
        !self.quoted && run.ends_with(['?', '*', '+', '@', '!'])
    }

    fn end_run(&mut self) {
        let text = match std::mem::take(&mut self.run) {
            Run::Empty => return,
            Run::Cut(run) => run,
            Run::Joined(run) => run.into(),
        };
        self.done.push(if self.quoted { Part::Quoted(text) } else { Part::Text(text) });
    }
}
