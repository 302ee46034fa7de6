//! Reads a sed script whole: which files it reads and writes, and what it runs.
//!
//! Where the sed programs disagree on where a command ends, what follows is read as further commands, or the script is
//! doubted.

use super::cursor::Cursor;
use super::{Reading, What};
use crate::shell::flag::Flag;

/// Reads `script`; several `-e` are joined by line ends.
pub(super) fn read(script: &str) -> Reading {
    let mut reader = Reader { cursor: Cursor::new(script), depth: 0, reading: Reading::new("sed") };
    if reader.commands().is_none() {
        reader.reading.doubt("the sed script could not be read");
    }
    reader.reading
}

struct Reader<'t> {
    cursor: Cursor<'t>,
    /// How many `{` are open.
    depth: usize,
    reading: Reading,
}

/// Standard streams, which are no files.
const STREAMS: [&str; 3] = ["/dev/stdin", "/dev/stdout", "/dev/stderr"];

impl Reader<'_> {
    /// `None` if the script is none.
    fn commands(&mut self) -> Option<()> {
        loop {
            self.cursor.take_while(|c| c.is_whitespace() || c == ';');
            if self.cursor.is_done() {
                return (self.depth == 0).then_some(());
            }
            self.addresses()?;
            self.command()?;
        }
    }

    fn addresses(&mut self) -> Option<()> {
        if self.address()? {
            self.blanks();
            if self.cursor.take(",") {
                self.blanks();
                let is_relative = self.cursor.take("+") || self.cursor.take("~");
                let found = if is_relative { !self.digits().is_empty() } else { self.address()? };
                found.then_some(())?;
            }
        }
        self.cursor.take_while(|c| c == '!' || c == ' ' || c == '\t');
        Some(())
    }

    /// Whether there was one.
    fn address(&mut self) -> Option<bool> {
        match self.cursor.peek()? {
            '$' => self.cursor.skip(1),
            '0'..='9' => {
                self.digits();
                if self.cursor.take("~") {
                    self.digits();
                }
            }
            '/' | '\\' => self.pattern_address()?,
            _ => return Some(false),
        }
        Some(true)
    }

    fn pattern_address(&mut self) -> Option<()> {
        self.cursor.take("\\");
        let delimiter = self.delimiter()?;
        self.regex(delimiter)?;
        self.cursor.take_while(|c| c == 'I' || c == 'M');
        Some(())
    }

    fn command(&mut self) -> Option<()> {
        match self.cursor.next()? {
            '#' => {
                self.cursor.take_line();
            }
            '{' => self.depth += 1,
            '}' => {
                self.depth = self.depth.checked_sub(1)?;
                self.end()?;
            }
            '=' | 'd' | 'D' | 'g' | 'G' | 'h' | 'H' | 'n' | 'N' | 'p' | 'P' | 'x' | 'z' | 'F' => self.end()?,
            'l' | 'L' | 'q' | 'Q' => {
                self.blanks();
                self.digits();
                self.end()?;
            }
            ':' | 'b' | 't' | 'T' | 'v' => self.label()?,
            'a' | 'i' | 'c' => {
                self.text()?;
            }
            'e' => self.execute()?,
            'r' | 'R' => self.file("file.read")?,
            'w' | 'W' => self.file("file.write")?,
            's' => self.substitute()?,
            'y' => self.transliterate()?,
            _ => return None,
        }
        Some(())
    }

    /// What has to follow a command without a text of its own.
    fn end(&mut self) -> Option<()> {
        self.cursor.take_while(|c| c.is_whitespace() && c != '\n');
        match self.cursor.peek() {
            None | Some('\n' | ';' | '}' | '#') => Some(()),
            _ => None,
        }
    }

    fn label(&mut self) -> Option<()> {
        self.blanks();
        self.cursor.take_while(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'));
        self.end()
    }

    /// The text of `a`, `i`, `c` and `e`: up to the end of a line that no backslash continues.
    fn text(&mut self) -> Option<String> {
        self.blanks();
        let is_below = self.cursor.take("\\");
        if is_below {
            self.blanks();
            self.cursor.take("\n");
        }
        let mut text = String::new();
        while let Some(next) = self.cursor.next() {
            match next {
                '\n' => return Some(text),
                '\\' => text.extend(self.cursor.next()),
                _ => text.push(next),
            }
        }
        Some(text)
    }

    fn execute(&mut self) -> Option<()> {
        let start = self.cursor.at();
        let command = self.text()?;
        self.reading.flag(Flag::OptionRuns);
        if command.trim().is_empty() {
            self.reading.doubt("sed runs the lines it reads");
        } else if self.cursor.since(start).contains('\\') {
            // The sed programs disagree on which backslashes stay.
            self.reading.effect("shell.exec", What::Text(command.into()));
            self.reading.doubt("sed runs a command with backslashes");
        } else {
            self.reading.effect("shell.exec", What::Text(command.into()));
        }
        Some(())
    }

    fn file(&mut self, kind: &'static str) -> Option<()> {
        self.cursor.take_while(|c| c.is_whitespace() && c != '\n');
        let name = self.cursor.take_line();
        if name.is_empty() {
            return None;
        }
        if STREAMS.contains(&name) {
            return Some(());
        }
        // Some sed programs end the name there and go on with commands.
        if name.contains(|c: char| c.is_whitespace() || matches!(c, ';' | '}' | '\\' | '#')) {
            self.reading.doubt("programs disagree on where a file name in the sed script ends");
        }
        self.reading.effect(kind, What::Text(name.into()));
        Some(())
    }

    fn substitute(&mut self) -> Option<()> {
        let delimiter = self.delimiter()?;
        let start = self.cursor.at();
        self.regex(delimiter)?;
        let pattern = self.cursor.since(start);
        let start = self.cursor.at();
        self.plain(delimiter)?;
        let replacement = self.cursor.since(start);
        self.substitute_flags(without(pattern, delimiter), without(replacement, delimiter))
    }

    fn substitute_flags(&mut self, pattern: &str, replacement: &str) -> Option<()> {
        let mut runs = false;
        let mut is_whole = matches!(pattern, ".*" | "^.*" | "^.*$" | ".*$");
        loop {
            match self.cursor.peek() {
                Some('e') => runs = true,
                Some('g' | 'p') => {}
                // What is replaced is no longer all there is, or only some of it.
                Some('i' | 'I' | 'm' | 'M' | '0'..='9') => is_whole = false,
                _ => break,
            }
            self.cursor.skip(1);
        }
        if runs {
            self.run_replaced(is_whole, replacement);
        }
        if self.cursor.take("w") { self.file("file.write") } else { self.end() }
    }

    /// `s///e`: what has become of the line is run.
    fn run_replaced(&mut self, is_whole: bool, replacement: &str) {
        self.reading.flag(Flag::OptionRuns);
        if is_whole && !replacement.contains(['\\', '&', '\n']) {
            self.reading.effect("shell.exec", What::Text(replacement.into()));
        } else {
            self.reading.doubt("sed runs what a line becomes");
        }
    }

    fn transliterate(&mut self) -> Option<()> {
        let delimiter = self.delimiter()?;
        self.plain(delimiter)?;
        self.plain(delimiter)?;
        self.end()
    }

    /// Brackets and their like mean something else in a pattern, so nobody separates with them in good faith.
    fn delimiter(&mut self) -> Option<char> {
        self.cursor
            .next()
            .filter(|c| !matches!(c, '\n' | '\\' | '[' | ']' | '^' | ';' | '{' | '}') && !c.is_whitespace())
    }

    /// Reads up to the delimiter, which stands for itself behind a backslash and in brackets.
    fn regex(&mut self, delimiter: char) -> Option<()> {
        loop {
            match self.cursor.next()? {
                '\n' => return None,
                '\\' => {
                    self.cursor.next()?;
                }
                c if c == delimiter => return Some(()),
                '[' => self.bracket()?,
                _ => {}
            }
        }
    }

    /// The rest of a bracket expression. A backslash before its end is an escape to some programs only.
    fn bracket(&mut self) -> Option<()> {
        self.cursor.take("^");
        self.cursor.take("]");
        loop {
            match self.cursor.next()? {
                ']' => return Some(()),
                '\n' => return None,
                '\\' if self.cursor.peek() == Some(']') => return None,
                '[' => self.class()?,
                _ => {}
            }
        }
    }

    /// `[:alpha:]`, `[.x.]` and `[=x=]` inside brackets, whose `[` was read.
    fn class(&mut self) -> Option<()> {
        for (open, close) in [(":", ":]"), (".", ".]"), ("=", "=]")] {
            if self.cursor.take(open) {
                let name = self.cursor.take_until(close)?;
                return name.chars().all(|c| c.is_alphanumeric() || c == '-').then_some(());
            }
        }
        Some(())
    }

    /// Reads up to the delimiter, which stands for itself behind a backslash alone.
    fn plain(&mut self, delimiter: char) -> Option<()> {
        loop {
            match self.cursor.next()? {
                '\\' => {
                    self.cursor.next()?;
                }
                '\n' => return None,
                c if c == delimiter => return Some(()),
                _ => {}
            }
        }
    }

    fn blanks(&mut self) {
        self.cursor.take_while(|c| c == ' ' || c == '\t');
    }

    fn digits(&mut self) -> &str {
        self.cursor.take_while(|c| c.is_ascii_digit())
    }
}

fn without(part: &str, delimiter: char) -> &str {
    part.strip_suffix(delimiter).unwrap_or(part)
}
