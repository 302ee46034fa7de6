//! Text in the course of expansion: what is known of it, and what is shown for the rest.

use std::borrow::Cow;
use std::sync::Arc;

use super::word::{Certainty, Word};

/// A run of characters with one origin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    /// The characters; of what is not known, the likeliest guess.
    pub(super) text: Box<str>,
    pub(super) kind: Kind,
    /// Whether it stood in quotes: it is neither split nor are its wildcards active.
    pub(super) quoted: bool,
}

/// What a piece is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The very characters.
    Literal,
    /// A pattern of file names that stands for one of the names that fit.
    Glob,
    /// It comes from outside the line, and is shown as given here.
    Unknown(Box<str>),
}

/// A word or a value, in pieces.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Text(pub(super) Vec<Piece>);

pub(super) const WILDCARDS: [char; 3] = ['*', '?', '['];

impl Text {
    pub(super) fn literal(text: &str) -> Text {
        Text(vec![Piece { text: text.into(), kind: Kind::Literal, quoted: true }])
    }

    /// One name of which only is known that it has no separator in it: a date, a number, a user.
    pub(super) fn plain_unknown() -> Text {
        Text(vec![Piece { text: "*".into(), kind: Kind::Glob, quoted: true }])
    }

    pub(super) fn unknown(shown: &str, guess: &str) -> Text {
        Text(vec![Piece { text: guess.into(), kind: Kind::Unknown(shown.into()), quoted: true }])
    }

    /// The same with every piece inside or outside quotes.
    pub(super) fn with_quotes(mut self, quoted: bool) -> Text {
        self.0.iter_mut().for_each(|piece| piece.quoted = quoted);
        self
    }

    pub(super) fn push(&mut self, text: &str, quoted: bool) {
        match self.0.last_mut() {
            Some(last) if last.quoted == quoted && last.kind == Kind::Literal => {
                let mut joined = String::from(std::mem::take(&mut last.text));
                joined.push_str(text);
                last.text = joined.into();
            }
            _ => self.0.push(Piece { text: text.into(), kind: Kind::Literal, quoted }),
        }
    }

    pub(super) fn append(&mut self, other: Text) {
        for piece in other.0 {
            match piece.kind {
                Kind::Literal => self.push(&piece.text, piece.quoted),
                _ => self.0.push(piece),
            }
        }
    }

    /// How much there is to copy.
    pub(super) fn size(&self) -> usize {
        self.0.iter().map(|piece| piece.text.len() + 8).sum()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.iter().all(|piece| piece.text.is_empty() && !matches!(piece.kind, Kind::Unknown(_)))
    }

    /// Whether nothing in it comes from outside the line.
    pub(super) fn is_known(&self) -> bool {
        self.0.iter().all(|piece| piece.kind == Kind::Literal)
    }

    pub(super) fn has_unknown(&self) -> bool {
        self.0.iter().any(|piece| matches!(piece.kind, Kind::Unknown(_)))
    }

    /// Whether something that is not known stands in it outside quotes.
    pub(super) fn may_be_several(&self) -> bool {
        self.0.iter().any(|piece| matches!(piece.kind, Kind::Unknown(_)) && !piece.quoted)
    }

    /// The characters, if all of them are known.
    pub(super) fn known(&self) -> Option<Cow<'_, str>> {
        self.is_known().then(|| self.guess())
    }

    /// The characters, with the guess for what is not known.
    pub(super) fn guess(&self) -> Cow<'_, str> {
        match self.0.as_slice() {
            [] => Cow::Borrowed(""),
            [one] => Cow::Borrowed(&one.text),
            many => Cow::Owned(many.iter().map(|piece| &*piece.text).collect()),
        }
    }

    /// The characters as shown to people: what is not known stands as it was written.
    pub(super) fn shown(&self) -> Cow<'_, str> {
        match self.0.as_slice() {
            [one] if one.kind == Kind::Literal => Cow::Borrowed(&one.text),
            many => Cow::Owned(many.iter().map(Piece::shown).collect()),
        }
    }

    /// Applies `change` to the characters. What was not known stays so, under `shown`.
    pub(super) fn map(&self, shown: &str, change: impl FnOnce(&str) -> String) -> Text {
        let changed = change(&self.guess());
        if self.is_known() {
            Text::literal(&changed)
        } else if self.has_unknown() {
            Text::unknown(shown, &changed)
        } else {
            Text(vec![Piece { text: changed.into(), kind: Kind::Glob, quoted: true }])
        }
    }

    /// Makes the wildcards outside quotes patterns, as the shell does last of all. One that fits no file stays as it
    /// is, which only makes for one more name that fits.
    pub(super) fn activate_globs(&mut self) {
        let groups = |piece: &&mut Piece| piece.kind == Kind::Literal && !piece.quoted && piece.text.contains('(');
        self.0.iter_mut().filter(groups).for_each(|piece| piece.text = without_groups(&piece.text).into());
        let is_active = |piece: &Piece| piece.kind == Kind::Literal && !piece.quoted && has_wildcards(&piece.text);
        if self.0.iter().any(is_active) {
            self.0.iter_mut().filter(|piece| is_active(piece)).for_each(|piece| piece.kind = Kind::Glob);
        }
    }

    /// The word a program is given, and the likeliest guess at it where it is not known.
    pub(super) fn word(&self) -> (Word, Option<Arc<str>>) {
        let open = |piece: &Piece| matches!(piece.kind, Kind::Unknown(_)) && !piece.quoted;
        let certainty = match (self.has_unknown(), self.0.iter().any(open)) {
            (false, _) => Certainty::Known,
            (true, false) => Certainty::Partial,
            (true, true) => Certainty::Open,
        };
        let glob = self.0.iter().any(|piece| piece.kind == Kind::Glob);
        let word = Word { text: Arc::from(&*self.shown()), certainty, glob };
        let guess = (certainty != Certainty::Known).then(|| Arc::from(&*self.guess()));
        (word, guess)
    }
}

/// Extended patterns, `!(…)` and its like, may stand for anything: each becomes a `*`.
fn without_groups(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut depth = 0usize;
    for c in text.chars() {
        match c {
            '(' if depth > 0 || out.ends_with(['?', '*', '+', '@', '!']) => {
                if depth == 0 {
                    out.pop();
                    out.push('*');
                }
                depth += 1;
            }
            ')' if depth > 0 => depth -= 1,
            _ if depth > 0 => {}
            c => out.push(c),
        }
    }
    out
}

/// Whether `text` has an active wildcard; a bracket that is never closed is none.
fn has_wildcards(text: &str) -> bool {
    text.contains(['*', '?']) || text.split_once('[').is_some_and(|(_, behind)| behind.contains(']'))
}

impl Piece {
    fn shown(&self) -> &str {
        match &self.kind {
            Kind::Unknown(shown) => shown,
            _ => &self.text,
        }
    }
}

impl From<&Word> for Text {
    fn from(word: &Word) -> Text {
        let kind = match (word.certainty, word.glob) {
            (Certainty::Known, false) => Kind::Literal,
            (Certainty::Known, true) => Kind::Glob,
            _ => Kind::Unknown(Box::from(&*word.text)),
        };
        let text = if matches!(kind, Kind::Unknown(_)) { Box::default() } else { Box::from(&*word.text) };
        Text(vec![Piece { text, kind, quoted: word.certainty != Certainty::Open }])
    }
}
