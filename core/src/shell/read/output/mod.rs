//! What programs print, as far as it follows from what they are given.

mod awk;
mod filter;
mod format;
mod list;
mod name;
mod sed;

pub(super) use format::{found, place_of};
pub(super) use list::found_by_fd;

use super::Reader;
use crate::shell::line::{Line, Lines};
use crate::shell::pure;
use crate::shell::stream::{Origin, Stream};
use crate::shell::text::Text;
use name::{found_program, name_printed};

impl Reader<'_> {
    /// What a program prints, as far as that follows from what it is given.
    pub(super) fn output_of(&mut self, index: u32, base: &str, words: &[Text]) -> Stream {
        if !self.heard {
            return Stream::Text(Text::default());
        }
        let arguments = words.get(1..).unwrap_or_default();
        let origin = Origin {
            network: self.contacts(index) || self.stdin.origin().network,
            decoded: self.stdin.origin().decoded,
        };
        let guesses: Vec<_> = arguments.iter().map(Text::guess).collect();
        let plain: Vec<&str> = guesses.iter().map(|guess| &**guess).collect();
        let input = match &self.stdin {
            Stream::Text(text) => Some(text.clone()),
            _ => None,
        };
        let decodes = pure::decodes(base, &plain);
        let origin = Origin { decoded: origin.decoded || decodes, ..origin };
        if let Some(content) = self.file_content(base, arguments) {
            return content;
        }
        if let Some(changed) = changed_names(base, arguments) {
            return changed;
        }
        let input_guess = input.as_ref().map(|text| text.guess());
        if let Some(printed) = pure::output(base, &plain, input_guess.as_deref()) {
            self.spend(printed.len());
            if base == "echo" && printed.contains('\\') {
                // Some shells read escapes here, some do not.
                return Stream::Text(Text::unknown("$(echo)", &printed));
            }
            return Stream::Text(self.as_known_as(base, &printed, arguments, input.as_ref(), decodes));
        }
        if let Some(lines) = self.lines_of(base, &plain, arguments) {
            self.spend(lines.size());
            return Stream::Lines(lines);
        }
        if let Some(found) = found_program(base, &plain) {
            return Stream::Text(found);
        }
        if let Some(text) = name_printed(base, &plain, arguments) {
            return Stream::Text(text);
        }
        Stream::Unknown(origin)
    }

    /// Lines that a program makes of what it is told to look at, or of the lines that it reads.
    fn lines_of(&self, base: &str, plain: &[&str], arguments: &[Text]) -> Option<Lines> {
        if let Some(lines) = list::listed(base, plain, arguments) {
            return Some(lines);
        }
        let is_known = arguments.iter().all(Text::is_known);
        let input = match &self.stdin {
            Stream::Text(text) => Lines::of(text)?,
            Stream::Lines(lines) => lines.clone(),
            Stream::Outside | Stream::Unknown(_) => return None,
        };
        if is_known { filter::filtered(base, plain, &input) } else { None }
    }

    /// `cat` of a file that the line has written.
    fn file_content(&self, base: &str, arguments: &[Text]) -> Option<Stream> {
        let [path] = arguments else { return None };
        if base != "cat" || path.guess().starts_with('-') {
            return None;
        }
        match self.content_of(path) {
            content @ (Stream::Text(_) | Stream::Lines(_)) => Some(content),
            _ => None,
        }
    }

    /// What was printed is as well known as what it was made of.
    fn as_known_as(
        &mut self,
        base: &str,
        printed: &str,
        arguments: &[Text],
        input: Option<&Text>,
        decodes: bool,
    ) -> Text {
        let all = || arguments.iter().chain(input);
        if all().any(Text::has_unknown) {
            let shown = format!("$({base})");
            let origin = all().fold(Origin::default(), |origin, text| origin.with(self.origin_of(text)));
            self.remember(&shown, Origin { decoded: origin.decoded || decodes, ..origin });
            return Text::unknown(&shown, printed);
        }
        if all().all(Text::is_known) {
            if decodes {
                self.decoded(printed);
            }
            return Text::literal(printed);
        }
        // What a change of single characters makes of the wildcards is not followed.
        let is_kept = matches!(base, "echo" | "printf" | "cat" | "sort" | "uniq" | "tac");
        if is_kept {
            // Names that a pattern stands for are words of one line, unless a line end is printed behind each.
            let is_by_line = base == "printf" && arguments.first().is_some_and(|format| format.guess() == "%s\\n");
            let is_several = all().any(Text::names_several) && !is_by_line;
            let kept = Text::glob(printed).with_quotes(!is_several);
            return if all().any(Text::may_be_nothing) { kept.or_nothing() } else { kept };
        }
        let is_plain = all().all(|text| !text.guess().contains(['/', '\\']));
        if is_plain { Text::plain_unknown().or_nothing() } else { Text::unknown(&format!("$({base})"), printed) }
    }
}

/// `basename` and `dirname` of names that are only known by a pattern.
fn changed_names(base: &str, arguments: &[Text]) -> Option<Stream> {
    if !matches!(base, "basename" | "dirname") || arguments.iter().all(Text::is_known) {
        return None;
    }
    let (names, has_suffix) = name::operands(base, arguments);
    let changed = names.into_iter().map(|word| name::changed(base, word, has_suffix)).collect::<Option<Vec<_>>>()?;
    let lines = Lines::new(changed.into_iter().flatten().collect());
    // Of one name they print one, and never nothing.
    match lines.shapes.as_slice() {
        [only] if !arguments.iter().any(Text::names_several) => {
            let mut text = only.word("");
            text.push("\n", true);
            Some(Stream::Text(text))
        }
        _ => Some(Stream::Lines(lines)),
    }
}

/// A line that is the name `word`.
fn line_of(word: &Text) -> Option<Line> {
    let mut lines = Lines::of(word)?.shapes;
    if lines.len() == 1 { lines.pop() } else { None }
}

/// Anything at or below a path.
fn beneath(path: &str) -> String {
    if path.ends_with("**") { path.to_owned() } else { format!("{}/**", path.trim_end_matches('/')) }
}
