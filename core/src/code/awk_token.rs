//! Splits an awk program into tokens.

use super::cursor::Cursor;

/// A token and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Token<'t> {
    pub(super) kind: Kind,
    /// As written; of a text without its quotes.
    pub(super) text: &'t str,
    /// Whether something stands between it and the token before it.
    pub(super) spaced: bool,
}

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A name or a word of the grammar.
    Name,
    /// A number.
    Number,
    /// A string; whether it stands for itself, without escapes.
    Text(bool),
    /// `/…/`.
    Regex,
    /// An operator or a bracket.
    Sign,
    /// The end of a line.
    Line,
}

impl Token<'_> {
    /// The text of a string that stands for itself.
    pub(super) fn plain(&self) -> Option<&str> {
        (self.kind == Kind::Text(true)).then_some(self.text)
    }

    /// Whether it is the sign `sign`.
    pub(super) fn is_sign(&self, sign: &str) -> bool {
        self.kind == Kind::Sign && self.text == sign
    }
}

/// The tokens of `program`; `None` if it is no program, or if awk programs disagree on where a token ends.
pub(super) fn split(program: &str) -> Option<Vec<Token<'_>>> {
    let mut cursor = Cursor::new(program);
    let mut tokens: Vec<Token> = Vec::new();
    let mut heads = Heads::default();
    loop {
        let start = cursor.at();
        blanks(&mut cursor)?;
        let spaced = cursor.at() > start;
        if cursor.is_done() {
            return Some(tokens);
        }
        // A `/` there divides to some, and begins an expression to others.
        if cursor.peek() == Some('/') && (heads.has_ended || tokens.last().is_some_and(is_unclear)) {
            return None;
        }
        let (kind, text) = token(&mut cursor, tokens.last())?;
        heads.note(kind, text, tokens.last());
        tokens.push(Token { kind, text, spaced });
    }
}

/// Follows the brackets behind `if`, `while` and their like, after which a statement begins.
#[derive(Default)]
struct Heads {
    /// For each open bracket, whether it is one of those.
    open: Vec<bool>,
    /// Whether the last token closed one of those.
    has_ended: bool,
}

impl Heads {
    fn note(&mut self, kind: Kind, text: &str, before: Option<&Token>) {
        self.has_ended = false;
        match (kind, text) {
            (Kind::Sign, "(") => {
                let is_head = |token: &Token| matches!(token.text, "if" | "while" | "for" | "switch");
                self.open.push(before.is_some_and(|token| token.kind == Kind::Name && is_head(token)));
            }
            (Kind::Sign, ")") => self.has_ended = self.open.pop() == Some(true),
            _ => {}
        }
    }
}

fn is_unclear(token: &Token) -> bool {
    matches!((token.kind, token.text), (Kind::Name, "getline" | "length") | (Kind::Sign, "$"))
}

/// Skips blanks, comments and continued lines.
fn blanks(cursor: &mut Cursor) -> Option<()> {
    loop {
        cursor.take_while(|c| matches!(c, ' ' | '\t' | '\r'));
        if cursor.peek() == Some('#') {
            // Nobody agrees whether a backslash continues a comment.
            (!cursor.take_line().trim_end_matches('\r').ends_with('\\')).then_some(())?;
        } else if !cursor.take("\\\n") && !cursor.take("\\\r\n") {
            return Some(());
        }
    }
}

fn token<'t>(cursor: &mut Cursor<'t>, before: Option<&Token>) -> Option<(Kind, &'t str)> {
    let start = cursor.at();
    let kind = match cursor.peek()? {
        '\n' => {
            cursor.skip(1);
            Kind::Line
        }
        '"' => return string(cursor),
        '/' if !is_operand(before) => {
            regex(cursor)?;
            Kind::Regex
        }
        c if c.is_ascii_alphabetic() || c == '_' => {
            cursor.take_while(|c| c.is_ascii_alphanumeric() || c == '_');
            // `a::b` is a name of a namespace.
            (!cursor.rest().starts_with("::")).then_some(())?;
            Kind::Name
        }
        c if c.is_ascii_digit() || c == '.' => {
            cursor.take_while(|c| c.is_ascii_alphanumeric() || c == '.');
            Kind::Number
        }
        _ => {
            sign(cursor)?;
            Kind::Sign
        }
    };
    Some((kind, cursor.since(start)))
}

const SIGNS: [&str; 36] = [
    "**=", "|&", "||", "&&", "++", "--", "+=", "-=", "*=", "/=", "%=", "^=", "**", "==", "<=", ">=", "!=", ">>", "!~",
    "(", ")", "[", "]", "{", "}", ";", ",", "+", "-", "*", "/", "%", "^", "!", ">", "<",
];

fn sign(cursor: &mut Cursor) -> Option<()> {
    let more = ["|", "?", ":", "~", "$", "=", "@"];
    SIGNS.iter().chain(&more).any(|sign| cursor.take(sign)).then_some(())
}

fn string<'t>(cursor: &mut Cursor<'t>) -> Option<(Kind, &'t str)> {
    cursor.skip(1);
    let start = cursor.at();
    let mut is_plain = true;
    loop {
        match cursor.next()? {
            '"' => {
                let text = cursor.since(start);
                return Some((Kind::Text(is_plain), text.strip_suffix('"').unwrap_or(text)));
            }
            '\\' => {
                is_plain = false;
                cursor.next()?;
            }
            '\n' => return None,
            _ => {}
        }
    }
}

/// A `/` in brackets ends the expression for some programs only.
fn regex(cursor: &mut Cursor) -> Option<()> {
    cursor.skip(1);
    let mut in_brackets = false;
    loop {
        match cursor.next()? {
            '/' => return (!in_brackets).then_some(()),
            '\n' => return None,
            '\\' => {
                cursor.next().filter(|c| *c != '\n')?;
            }
            '[' if !in_brackets => {
                in_brackets = true;
                cursor.take("^");
                cursor.take("]");
            }
            // Collating elements may have a bracket in them.
            '[' if matches!(cursor.peek(), Some('.' | '=')) => return None,
            '[' if cursor.peek() == Some(':') => {
                cursor.skip(1);
                cursor.take_while(|c| c.is_ascii_alphabetic());
                cursor.take(":]");
            }
            ']' => in_brackets = false,
            _ => {}
        }
    }
}

/// Whether a `/` behind `token` divides.
fn is_operand(token: Option<&Token>) -> bool {
    const WORDS: [&str; 8] = ["print", "printf", "return", "in", "else", "do", "case", "exit"];
    token.is_some_and(|token| match token.kind {
        Kind::Name => !WORDS.contains(&token.text),
        Kind::Number | Kind::Text(_) | Kind::Regex => true,
        Kind::Sign => matches!(token.text, ")" | "]" | "++" | "--"),
        Kind::Line => false,
    })
}
