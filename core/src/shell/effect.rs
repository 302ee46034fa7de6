//! What a command amounts to, in canonical terms.

use std::sync::Arc;

use super::flag::Flag;
use super::programs::shared;
use super::word::Word;

/// An action that a command amounts to: its canonical type and canonical arguments, the values still as words, so that
/// whoever reads them sees what is not known.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Effect {
    /// The canonical type, such as `file.read`.
    pub kind: Arc<str>,
    /// The canonical arguments; a name that occurs several times is a list.
    pub args: Vec<(Arc<str>, Word)>,
    /// Whether it goes into all directories below.
    pub recursive: bool,
    /// What is noteworthy about it.
    pub flags: Vec<Flag>,
}

impl Effect {
    /// An effect of the type `kind` on `word`, its argument `name`.
    pub fn new(kind: &str, name: &str, word: Word) -> Effect {
        Effect { kind: shared(kind), args: vec![(shared(name), word)], recursive: false, flags: Vec::new() }
    }
}
