//! The tokens of a general language.

use std::borrow::Cow;

/// A token and how it stands in the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token<'t> {
    pub(super) kind: Kind,
    /// The name or sign as written; the value of a string.
    pub(super) text: Cow<'t, str>,
    /// Whether white space stands before it.
    pub(super) spaced: bool,
}

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A name or a word of the grammar, with its sigil.
    Name,
    /// A number.
    Number,
    /// A whole string.
    Text,
    /// A piece of a string, beside a hole.
    Piece,
    /// A regular expression.
    Regex,
    /// An operator or a bracket.
    Sign,
    /// The end of a line.
    Line,
    /// The start of code in a string.
    HoleOpen,
    /// The end of code in a string.
    HoleClose,
    /// The name of a command, whose arguments stand behind it, apart by spaces.
    Command,
    /// The name of an argument of a command, without its dash.
    Option,
}

impl Token<'_> {
    pub(super) fn is_sign(&self, sign: &str) -> bool {
        self.kind == Kind::Sign && self.text == sign
    }

    pub(super) fn is_name(&self, name: &str) -> bool {
        self.kind == Kind::Name && self.text == name
    }
}
