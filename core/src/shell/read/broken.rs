//! Lines that a shell would reject: what it runs before it notices, and a guess at the rest.

use super::Reader;
use crate::shell::parse::{self, Recovered, SyntaxError};
use crate::shell::stream::{Origin, Stream};
use crate::shell::syntax::Script;

/// What is said of a command in a guess.
const GUESS: &str = "it is a guess at a line that could not be parsed";

impl Reader<'_> {
    /// Walks through what can be read of `text`, which is no script because of `error`. The doubt stays: what is read
    /// shows a person what is in the line, and what may not be done is met in it all the same.
    pub(super) fn broken(&mut self, text: &str, error: &SyntaxError) -> Stream {
        self.doubt(format!("it could not be parsed: {}", error.what));
        if self.spend(text.len()) {
            let Recovered { mut script, whole } = parse::recover(text);
            let guess = Script { items: script.items.split_off(whole.min(script.items.len())) };
            let outer = std::mem::replace(&mut self.text, text.into());
            self.script(&script);
            let from = self.reading.runs.len();
            let is_guess = std::mem::replace(&mut self.is_guess, true);
            // None of it may hide what follows the text.
            self.apart(|reader| reader.script(&guess));
            self.is_guess = is_guess;
            for run in self.reading.runs.iter_mut().skip(from).filter(|run| !run.doubts.contains(&GUESS.into())) {
                run.doubts.push(GUESS.into());
            }
            self.text = outer;
        }
        Stream::Unknown(Origin::default())
    }
}
