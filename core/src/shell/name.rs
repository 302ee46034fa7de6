//! Names by number: each is kept once, and its number is quick to copy and to compare.

use std::collections::HashMap;
use std::rc::Rc;

use foldhash::fast::RandomState;

/// The number of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Number(usize);

/// All names that were given a number.
#[derive(Debug, Default)]
pub(super) struct Names {
    numbers: HashMap<Rc<str>, Number, RandomState>,
    texts: Vec<Rc<str>>,
}

impl Names {
    /// The number of `name`; `None` if it was never given one.
    pub(super) fn find(&self, name: &str) -> Option<Number> {
        self.numbers.get(name).copied()
    }

    /// The number of `name`, which is given one now if it has none.
    pub(super) fn number(&mut self, name: &str) -> Number {
        if let Some(number) = self.find(name) {
            return number;
        }
        let (text, number) = (Rc::<str>::from(name), Number(self.texts.len()));
        self.numbers.insert(Rc::clone(&text), number);
        self.texts.push(text);
        number
    }

    /// The name that has `number`.
    pub(super) fn text(&self, number: Number) -> Rc<str> {
        self.texts.get(number.0).cloned().unwrap_or_default()
    }
}
