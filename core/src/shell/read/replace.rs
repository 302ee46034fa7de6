//! The replacement strings of `parallel`: `{}`, `{.}`, `{/}`, `{2//}`, `{#}`.

use crate::shell::text::Text;

/// A part of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// The very characters.
    Text(Box<str>),
    /// All arguments, with blanks between them.
    All,
    /// A part of all arguments, or of the one with that number, counted from the front or, below 0, from the end.
    Part(Option<isize>, Part),
    /// The number of the job.
    Number,
    /// The number of the place it runs in.
    Slot,
}

/// What is left of an argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Whole,
    WithoutExtension,
    Name,
    Directory,
    NameWithoutExtension,
}

/// Bytes between the braces of a replacement string.
const LENGTH_MAX: usize = 16;

/// Takes a command apart; `mark` stands for all arguments.
pub(super) fn pieces(command: &str, mark: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut text = String::new();
    let mut rest = command;
    while let Some(c) = rest.chars().next() {
        let found = match rest.strip_prefix(mark).filter(|_| !mark.is_empty()) {
            Some(behind) => Some((Piece::All, behind)),
            None => replacement(rest),
        };
        if let Some((piece, behind)) = found {
            if !text.is_empty() {
                pieces.push(Piece::Text(std::mem::take(&mut text).into()));
            }
            pieces.push(piece);
            rest = behind;
        } else {
            text.push(c);
            rest = rest.get(c.len_utf8()..).unwrap_or_default();
        }
    }
    if !text.is_empty() {
        pieces.push(Piece::Text(text.into()));
    }
    pieces
}

/// The replacement string at the front of `text`, and what stands behind it.
fn replacement(text: &str) -> Option<(Piece, &str)> {
    let inside = text.strip_prefix('{')?;
    let length = inside.bytes().take(LENGTH_MAX).position(|byte| byte == b'}')?;
    let (inside, behind) = (inside.get(..length)?, inside.get(length + 1..)?);
    let piece = match inside {
        "#" => Piece::Number,
        "%" => Piece::Slot,
        _ => {
            let digits = inside.find(|c: char| !c.is_ascii_digit() && c != '-').unwrap_or(inside.len());
            let (number, part) = inside.split_at_checked(digits)?;
            let part = Part::named(part)?;
            match number {
                "" if part == Part::Whole => return None,
                "" => Piece::Part(None, part),
                number => Piece::Part(Some(number.parse().ok()?), part),
            }
        }
    };
    Some((piece, behind))
}

impl Piece {
    /// What stands here in the job `number` with these arguments.
    pub(super) fn values(&self, arguments: &[Text], number: usize) -> Vec<Text> {
        match self {
            Piece::Text(text) => vec![Text::literal(text)],
            Piece::All => arguments.to_vec(),
            Piece::Part(None, part) => arguments.iter().map(|argument| part.of(argument)).collect(),
            Piece::Part(Some(place), part) => {
                let at = if *place > 0 { *place - 1 } else { *place + isize::try_from(arguments.len()).unwrap_or(0) };
                let argument = usize::try_from(at).ok().and_then(|at| arguments.get(at));
                argument.map(|argument| part.of(argument)).into_iter().collect()
            }
            Piece::Number => vec![Text::literal(&number.to_string())],
            Piece::Slot => vec![Text::plain_unknown()],
        }
    }
}

impl Part {
    fn named(text: &str) -> Option<Part> {
        Some(match text {
            "" => Part::Whole,
            "." => Part::WithoutExtension,
            "/" => Part::Name,
            "//" => Part::Directory,
            "/." => Part::NameWithoutExtension,
            _ => return None,
        })
    }

    fn of(self, argument: &Text) -> Text {
        if self == Part::Whole {
            return argument.clone();
        }
        match argument.known() {
            Some(known) => Text::literal(self.of_name(&known)),
            // Of a pattern it is not known which of its signs stand for which part.
            None => Text::unknown(&format!("a part of {}", argument.shown()), ""),
        }
    }

    fn of_name(self, name: &str) -> &str {
        let (directory, last) = name.rsplit_once('/').unwrap_or((".", name));
        match self {
            Part::Whole => name,
            Part::Name => last,
            Part::Directory if directory.is_empty() => "/",
            Part::Directory => directory,
            Part::NameWithoutExtension => last.rsplit_once('.').map_or(last, |(stem, _)| stem),
            Part::WithoutExtension => match last.rsplit_once('.') {
                Some((_, extension)) => name.get(..name.len() - extension.len() - 1).unwrap_or(name),
                None => name,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(command: &str, arguments: &[&str]) -> String {
        let arguments: Vec<Text> = arguments.iter().map(|argument| Text::literal(argument)).collect();
        let values = pieces(command, "{}").into_iter().map(|piece| {
            let values = piece.values(&arguments, 7);
            values.iter().map(|value| value.shown().into_owned()).collect::<Vec<_>>().join(" ")
        });
        values.collect()
    }

    #[test]
    fn arguments_stand_where_the_manual_says() {
        for (command, wanted) in [
            ("a {} b", "a d/x.tar.gz y b"),
            ("{1}-{2}{-1}{3}", "d/x.tar.gz-yy"),
            ("{1.} {1/} {1//} {1/.}", "d/x.tar x.tar.gz d x.tar"),
            ("{.}", "d/x.tar y"),
            ("{2//} {#}", ". 7"),
            ("{%}", "*"),
            ("{ a; } {x} ${1} {é", "{ a; } {x} $d/x.tar.gz {é"),
        ] {
            assert_eq!(filled(command, &["d/x.tar.gz", "y"]), wanted, "{command}");
        }
    }

    #[test]
    fn another_mark_stands_for_all() {
        assert_eq!(pieces("a,,b", ",,"), [Piece::Text("a".into()), Piece::All, Piece::Text("b".into())]);
    }
}
