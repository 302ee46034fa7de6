//! Text in the course of expansion: what is known of it, and what is shown for the rest.

use std::borrow::Cow;
use std::sync::Arc;

use smallvec::{SmallVec, smallvec};

use super::chars::Chars;
use super::word::{Certainty, Word};

/// A run of characters with one origin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    /// The characters; of what is not known, the likeliest guess.
    pub(super) text: Chars,
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
    /// No characters: what stands behind it may be nothing at all, for a program may have printed nothing.
    Nothing,
    /// It comes from outside the line, and is shown as given here.
    Unknown(Arc<str>),
}

/// A word or a value, in pieces. Most have one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Text(pub(super) SmallVec<[Piece; 1]>);

/// What stands between the names of a list.
const SEPARATOR: &str = " ";

pub(super) const WILDCARDS: [char; 3] = ['*', '?', '['];

impl Text {
    pub(super) fn literal(text: &str) -> Text {
        Text::of(text.into(), Kind::Literal)
    }

    /// The same of characters that are used elsewhere too.
    pub(super) fn shared(text: &Arc<str>) -> Text {
        Text::of(Arc::clone(text).into(), Kind::Literal)
    }

    /// A pattern of file names.
    pub(super) fn glob(pattern: &str) -> Text {
        Text::of(pattern.into(), Kind::Glob)
    }

    /// One name of which only is known that it has no separator in it: a date, a number, a user.
    pub(super) fn plain_unknown() -> Text {
        Text::glob("*")
    }

    pub(super) fn unknown(shown: &str, guess: &str) -> Text {
        Text::of(guess.into(), Kind::Unknown(shown.into()))
    }

    fn of(text: Chars, kind: Kind) -> Text {
        Piece { text, kind, quoted: true }.into()
    }

    /// Names side by side, of which there may be fewer: all of it is a pattern.
    pub(super) fn list(names: Vec<Text>) -> Text {
        let mut all = Text::default();
        for (index, name) in names.into_iter().enumerate() {
            if index > 0 {
                all.0.push(Piece { text: SEPARATOR.into(), kind: Kind::Glob, quoted: false });
            }
            all.append(name);
        }
        all.0.iter_mut().filter(|piece| piece.kind == Kind::Literal).for_each(|piece| piece.kind = Kind::Glob);
        all.or_nothing()
    }

    /// The one name that a list is where it does not fall apart.
    pub(super) fn unlisted(self) -> Text {
        let is_separator = |piece: &Piece| piece.kind == Kind::Glob && &*piece.text == SEPARATOR;
        if !self.0.iter().any(is_separator) {
            return self;
        }
        let names: Vec<Text> = self.0.split(is_separator).map(|name| Text(name.into())).collect();
        Text::one_of(&names).map_or_else(|| Text::unknown(&self.shown(), ""), Text::or_nothing)
    }

    /// A name of which only is known that it fits one of several patterns.
    pub(super) fn one_of(names: &[Text]) -> Option<Text> {
        let is_below = |name: &Text| {
            let guess = name.guess();
            !name.has_unknown() && !guess.starts_with(['/', '~']) && !guess.split('/').any(|part| part == "..")
        };
        match names {
            [only] => Some(only.clone()),
            many if many.iter().all(is_below) => Some(Text::glob("**")),
            _ => None,
        }
    }

    /// The same, or nothing.
    pub(super) fn or_nothing(mut self) -> Text {
        self.0.insert(0, Piece { text: Chars::default(), kind: Kind::Nothing, quoted: true });
        self
    }

    /// Whether there may be no characters in it, where it is not known from outside.
    pub(super) fn may_be_nothing(&self) -> bool {
        self.0.first().is_some_and(|piece| piece.kind == Kind::Nothing)
            && self.0.iter().all(|piece| matches!(piece.kind, Kind::Nothing | Kind::Glob))
    }

    /// The same with every piece inside or outside quotes.
    pub(super) fn with_quotes(mut self, quoted: bool) -> Text {
        self.0.iter_mut().for_each(|piece| piece.quoted = quoted);
        self
    }

    /// The same with the very characters inside quotes, once its patterns and words are found.
    pub(super) fn with_literals_quoted(mut self) -> Text {
        let literals = self.0.iter_mut().filter(|piece| piece.kind == Kind::Literal);
        literals.for_each(|piece| piece.quoted = true);
        self
    }

    pub(super) fn push(&mut self, text: &str, quoted: bool) {
        self.seal(text, quoted);
        match self.last_literal(quoted) {
            Some(last) => last.push_str(text),
            None => self.0.push(Piece { text: text.into(), kind: Kind::Literal, quoted }),
        }
    }

    pub(super) fn append(&mut self, other: Text) {
        for piece in other.0 {
            self.seal(&piece.text, piece.quoted);
            match (&piece.kind, self.last_literal(piece.quoted)) {
                (Kind::Literal, Some(last)) => last.push_str(&piece.text),
                _ => self.0.push(piece),
            }
        }
    }

    /// The characters at its end that literal ones with the same quotes continue.
    fn last_literal(&mut self, quoted: bool) -> Option<&mut Chars> {
        let last = self.0.last_mut().filter(|last| last.quoted == quoted && last.kind == Kind::Literal);
        last.map(|last| &mut last.text)
    }

    /// Makes copies of it cheap.
    pub(super) fn settled(mut self) -> Text {
        self.0.iter_mut().for_each(|piece| piece.text.settle());
        self
    }

    /// Anything at or below a directory, with `behind` put behind it, may be a name beside the directory.
    fn seal(&mut self, behind: &str, quoted: bool) {
        let is_apart = behind == "\n" || !quoted && behind.starts_with(char::is_whitespace);
        if let Some(last) = self.0.last_mut()
            && last.kind == Kind::Glob
            && !(is_apart || behind.starts_with('/') || behind.is_empty())
            && last.text.strip_suffix("/**").is_some_and(|directory| directory != ".")
        {
            last.kind = Kind::Unknown(last.text.shared());
            last.text = Chars::default();
        }
    }

    /// The same with its patterns standing for any number of names each.
    pub(super) fn with_globs_open(mut self) -> Text {
        self.0.iter_mut().filter(|piece| piece.kind == Kind::Glob).for_each(|piece| piece.quoted = false);
        self
    }

    /// Whether a pattern in it stands for any number of names, as those that a shell finds for one.
    pub(super) fn names_several(&self) -> bool {
        self.0.iter().any(|piece| piece.kind == Kind::Glob && !piece.quoted)
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
        let kind = match (self.is_known(), self.has_unknown()) {
            (true, _) => Kind::Literal,
            (_, true) => Kind::Unknown(shown.into()),
            _ => Kind::Glob,
        };
        let changed = Text::of(changed.into(), kind);
        if self.may_be_nothing() { changed.or_nothing() } else { changed }
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
        let text = match self.0.as_slice() {
            [one] => one.shared(),
            _ => Arc::from(&*self.shown()),
        };
        let word = Word { text, certainty, glob };
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

    /// What is shown, to be kept elsewhere.
    fn shared(&self) -> Arc<str> {
        match &self.kind {
            Kind::Unknown(shown) => Arc::clone(shown),
            _ => self.text.shared(),
        }
    }
}

impl From<Piece> for Text {
    fn from(piece: Piece) -> Text {
        Text(smallvec![piece])
    }
}

impl From<&Word> for Text {
    fn from(word: &Word) -> Text {
        let (kind, text) = match (word.certainty, word.glob) {
            (Certainty::Known, false) => (Kind::Literal, word.text.clone().into()),
            (Certainty::Known, true) => (Kind::Glob, word.text.clone().into()),
            _ => (Kind::Unknown(word.text.clone()), Chars::default()),
        };
        Piece { text, kind, quoted: word.certainty != Certainty::Open }.into()
    }
}
