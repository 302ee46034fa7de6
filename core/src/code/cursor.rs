//! A place in a text, and the few ways to move on from it. Nothing here can fail.

/// A place in a text.
#[derive(Clone, Debug)]
pub(super) struct Cursor<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Cursor<'t> {
    /// The start of `text`.
    pub(super) fn new(text: &'t str) -> Cursor<'t> {
        Cursor { text, at: 0 }
    }

    /// How many bytes lie behind.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// What lies ahead.
    pub(super) fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Whether nothing lies ahead.
    pub(super) fn is_done(&self) -> bool {
        self.at >= self.text.len()
    }

    /// The next character.
    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// The character behind the next one.
    pub(super) fn second(&self) -> Option<char> {
        self.rest().chars().nth(1)
    }

    /// The character just read.
    pub(super) fn last(&self) -> Option<char> {
        self.text.get(..self.at).and_then(|read| read.chars().next_back())
    }

    /// Takes the next character.
    pub(super) fn next(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += next.len_utf8();
        Some(next)
    }

    /// Takes `wanted` if it comes next.
    pub(super) fn take(&mut self, wanted: &str) -> bool {
        let found = self.rest().starts_with(wanted);
        if found {
            self.at += wanted.len();
        }
        found
    }

    /// Takes all characters that `fits` holds for.
    pub(super) fn take_while(&mut self, mut fits: impl FnMut(char) -> bool) -> &'t str {
        let rest = self.rest();
        let length = rest.find(|c| !fits(c)).unwrap_or(rest.len());
        self.at += length;
        rest.get(..length).unwrap_or_default()
    }

    /// Takes the rest of the line, without its end.
    pub(super) fn take_line(&mut self) -> &'t str {
        self.take_while(|c| c != '\n')
    }

    /// Takes everything up to and with `end`; what stood before it. Without an `end` nothing is taken.
    pub(super) fn take_until(&mut self, end: &str) -> Option<&'t str> {
        let (before, _) = self.rest().split_once(end)?;
        self.at += before.len() + end.len();
        Some(before)
    }

    /// Goes on `bytes` further, or to the end.
    pub(super) fn skip(&mut self, bytes: usize) {
        self.go_to(self.at.saturating_add(bytes));
    }

    /// Goes to a place in the text, for what is written below the line it belongs to. A place within a character is the
    /// one behind it: from there nothing could be read, and whoever reads to the end would never come there.
    pub(super) fn go_to(&mut self, at: usize) {
        self.at = (at..self.text.len()).find(|at| self.text.is_char_boundary(*at)).unwrap_or(self.text.len());
    }

    /// What was read since `start`.
    pub(super) fn since(&self, start: usize) -> &'t str {
        self.text.get(start..self.at).unwrap_or_default()
    }

    /// Takes everything.
    pub(super) fn finish(&mut self) -> &'t str {
        let rest = self.rest();
        self.at = self.text.len();
        rest
    }
}
