//! Characters as they stand in the text they were read from: to cut them out costs nothing.

use std::fmt;
use std::ops::Deref;
use std::rc::Rc;

/// Some characters of a text, which it keeps.
#[derive(Clone)]
pub struct Slice {
    text: Rc<str>,
    start: u32,
    end: u32,
}

impl Slice {
    /// The characters of `text` between two places, in bytes; none if these are no places between characters.
    pub(super) fn of(text: &Rc<str>, start: usize, end: usize) -> Slice {
        let place = |at| u32::try_from(at).unwrap_or(u32::MAX);
        Slice { text: Rc::clone(text), start: place(start), end: place(end) }
    }

    /// Takes in what stands right behind it in the same text. Tells whether it does.
    pub(super) fn extend(&mut self, more: &Slice) -> bool {
        let goes_on = self.end == more.start && Rc::ptr_eq(&self.text, &more.text);
        if goes_on {
            self.end = more.end;
        }
        goes_on
    }
}

impl Deref for Slice {
    type Target = str;

    fn deref(&self) -> &str {
        self.text.get(self.start as usize..self.end as usize).unwrap_or_default()
    }
}

impl Default for Slice {
    fn default() -> Slice {
        Slice::of(&Rc::default(), 0, 0)
    }
}

impl PartialEq for Slice {
    fn eq(&self, other: &Slice) -> bool {
        **self == **other
    }
}

impl fmt::Debug for Slice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: Into<Rc<str>>> From<T> for Slice {
    fn from(text: T) -> Slice {
        let text = text.into();
        Slice::of(&text, 0, text.len())
    }
}
