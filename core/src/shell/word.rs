//! A word after expansion: what a program would be given, as far as it is known.

use std::sync::Arc;

/// One argument of a program, resolved as far as the line allows.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Word {
    /// The text. What is not known stands in it as it was written: `$name`, `$(…)`.
    pub text: Arc<str>,
    /// How much of it is known.
    pub certainty: Certainty,
    /// Whether unquoted wildcards (`*`, `?`, `[…]`) stand in it, so that it means every file that fits.
    pub glob: bool,
}

/// How much of a word is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Certainty {
    /// All of it.
    Known,
    /// It is one word, part of which comes from outside the line.
    Partial,
    /// It comes from outside the line unquoted: it may be any number of words, options among them.
    Open,
}

impl Word {
    /// A word that is known.
    pub fn known(text: impl Into<Arc<str>>) -> Word {
        Word { text: text.into(), certainty: Certainty::Known, glob: false }
    }

    /// A word of which something is not known; `text` shows it as written.
    pub fn partial(text: impl Into<Arc<str>>) -> Word {
        Word { text: text.into(), certainty: Certainty::Partial, glob: false }
    }

    /// Whether all of it is known and it stands for itself.
    pub fn is_known(&self) -> bool {
        self.certainty == Certainty::Known && !self.glob
    }

    /// The text, if it is known and stands for itself.
    pub fn literal(&self) -> Option<&str> {
        self.is_known().then_some(&*self.text)
    }
}
