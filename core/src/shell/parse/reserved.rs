//! The words that are part of the grammar where a command may begin.

use super::cursor::{END, Parser, Read};

/// A reserved word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reserved {
    If,
    Then,
    Elif,
    Else,
    Fi,
    Case,
    Esac,
    For,
    Select,
    While,
    Until,
    Do,
    Done,
    In,
    Function,
    Coproc,
    Time,
    /// `{`
    Open,
    /// `}`
    Close,
    /// `!`
    Not,
    /// `[[`
    Test,
    /// `]]`
    TestEnd,
}

/// Bytes of the longest reserved word.
const LENGTH_MAX: usize = 8;

impl Reserved {
    /// Whether it ends the list before it.
    pub(super) fn closes(self) -> bool {
        use Reserved::{Close, Do, Done, Elif, Else, Esac, Fi, Then};
        matches!(self, Then | Elif | Else | Fi | Esac | Do | Done | Close)
    }

    /// Whether it begins a command that holds others.
    pub(super) fn opens(self) -> bool {
        use Reserved::{Case, For, If, Open, Select, Test, Until, While};
        matches!(self, If | Case | For | Select | While | Until | Open | Test)
    }

    fn of(text: &[u8]) -> Option<Reserved> {
        Some(match text {
            b"if" => Reserved::If,
            b"then" => Reserved::Then,
            b"elif" => Reserved::Elif,
            b"else" => Reserved::Else,
            b"fi" => Reserved::Fi,
            b"case" => Reserved::Case,
            b"esac" => Reserved::Esac,
            b"for" => Reserved::For,
            b"select" => Reserved::Select,
            b"while" => Reserved::While,
            b"until" => Reserved::Until,
            b"do" => Reserved::Do,
            b"done" => Reserved::Done,
            b"in" => Reserved::In,
            b"function" => Reserved::Function,
            b"coproc" => Reserved::Coproc,
            b"time" => Reserved::Time,
            b"{" => Reserved::Open,
            b"}" => Reserved::Close,
            b"!" => Reserved::Not,
            b"[[" => Reserved::Test,
            b"]]" => Reserved::TestEnd,
            _ => return None,
        })
    }
}

impl Parser<'_> {
    /// The reserved word that stands here, and where it ends.
    pub(super) fn reserved(&mut self) -> Option<(Reserved, usize)> {
        if !may_begin(self.peek()) {
            return None;
        }
        if self.in_braces && self.byte(self.at) == b'}' {
            return Some((Reserved::Close, self.at + 1));
        }
        let mut text = [END; LENGTH_MAX];
        let mut length = 0;
        let mut at = self.at;
        while !delimits(self.byte(at)) {
            *text.get_mut(length)? = self.byte(at);
            length += 1;
            at = self.unjoined(at + 1);
        }
        Reserved::of(text.get(..length)?).map(|word| (word, at))
    }

    /// Steps over `word` if it stands here.
    pub(super) fn eat_reserved(&mut self, word: Reserved) -> bool {
        let end = self.reserved().filter(|(found, _)| *found == word).map(|(_, end)| end);
        self.at = end.unwrap_or(self.at);
        end.is_some()
    }

    pub(super) fn expect_reserved(&mut self, word: Reserved, what: &'static str) -> Read<()> {
        if self.eat_reserved(word) { Ok(()) } else { self.miss(what) }
    }
}

fn may_begin(byte: u8) -> bool {
    matches!(byte, b'i' | b't' | b'e' | b'f' | b'c' | b's' | b'w' | b'u' | b'd' | b'{' | b'}' | b'!' | b'[' | b']')
}

/// Whether a word ends before `byte`.
pub(super) fn delimits(byte: u8) -> bool {
    matches!(byte, END | b' ' | b'\t' | b'\n' | b';' | b'&' | b'|' | b'(' | b')' | b'<' | b'>')
}
