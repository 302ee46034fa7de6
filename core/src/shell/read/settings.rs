//! `set` and `shopt`: what they change of how the rest of a line is read.

use super::Reader;
use crate::shell::flag::Flag;
use crate::shell::text::Text;

impl Reader<'_> {
    pub(super) fn set(&mut self, arguments: &[Text]) {
        let mut rest = arguments.iter();
        while let Some(word) = rest.next() {
            let guess = word.guess().into_owned();
            let on = guess.starts_with('-');
            match guess.strip_prefix(['-', '+']) {
                Some("-") if on => return self.set_positional(rest.cloned().collect()),
                Some(letters) => {
                    for letter in letters.chars().filter(|letter| *letter != 'o') {
                        self.switch(setting(letter), on);
                    }
                    // Behind `o` stands a name, wherever it is among the letters.
                    for _ in letters.matches('o') {
                        let name = rest.next().map(|word| word.guess().into_owned()).unwrap_or_default();
                        self.switch(&name, on);
                    }
                }
                None => return self.set_positional(std::iter::once(word).chain(rest).cloned().collect()),
            }
        }
    }

    pub(super) fn shopt(&mut self, arguments: &[Text]) {
        let (options, names): (Vec<_>, Vec<_>) =
            arguments.iter().map(Text::guess).partition(|word| word.starts_with('-'));
        let has = |letter| options.iter().any(|option| option.contains(letter));
        if !has('s') && !has('u') {
            return;
        }
        names.iter().for_each(|name| self.switch(name, has('s')));
    }

    fn switch(&mut self, name: &str, on: bool) {
        match (name, on) {
            ("errexit", _) => self.errors_end = on,
            ("allexport", _) => self.exports_all = on,
            ("nullglob", _) => self.drops_patterns = on,
            ("history", false) => self.flag(Flag::HistoryTampering),
            ("keyword", true) => self.doubt("assignments behind a command are set for it"),
            ("histexpand", true) => self.doubt("what stands behind a `!` comes from the history"),
            ("cdable_vars", true) => self.doubt("`cd` takes the names of variables"),
            ("interactive_comments" | "interactive-comments", false) => self.doubt("comments are run"),
            _ => {}
        }
    }
}

/// The setting that a letter stands for, where it matters.
fn setting(letter: char) -> &'static str {
    match letter {
        'a' => "allexport",
        'e' => "errexit",
        'k' => "keyword",
        'H' => "histexpand",
        _ => "",
    }
}
