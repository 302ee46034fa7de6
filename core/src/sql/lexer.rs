//! Cuts SQL into words, strings, names and signs, by the rules of one database.
//!
//! Comments are dropped. What a database might read otherwise than this reader is refused, never guessed.

use super::dialect::{Bracket, Dialect, Rules};
use super::keyword::Keyword;

/// One piece of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    /// What keyword it may be.
    pub(super) keyword: Option<Keyword>,
    /// Where it stands in the text, in bytes.
    pub(super) start: usize,
    pub(super) end: usize,
}

/// What kind of piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A name without quotes, or a keyword.
    Word,
    /// A name in quotes.
    Quoted,
    /// A string.
    Text,
    /// A number.
    Number,
    /// A place for a value that travels beside the text, or a variable.
    Param,
    Comma,
    Semicolon,
    Open,
    Close,
    /// What joins the parts of a name.
    Dot,
    /// Any other sign.
    Sign(u8),
    /// A line for the client program, not for the database.
    Client,
}

/// A text cut into pieces.
#[derive(Debug, Default)]
pub(super) struct Pieces {
    pub(super) tokens: Vec<Token>,
    /// Whether code stands in what other databases take for a comment.
    pub(super) hidden_code: bool,
    /// Where the strings, the odd names and the comments are: what databases may disagree on.
    regions: Vec<Region>,
}

/// A string, an odd name or a comment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Region {
    start: usize,
    end: usize,
    /// Whether it is a name in square brackets, which elsewhere are an index or a list.
    is_bracket: bool,
}

impl Pieces {
    /// Whether `others`, the same text as another database cuts it, has its strings and comments in the same places. What
    /// is a name in brackets there has to be whole here.
    fn agrees_with(&self, others: &Pieces) -> bool {
        let mut own = self.regions.iter().peekable();
        for other in &others.regions {
            if other.is_bracket {
                while own.next_if(|own| other.start <= own.start && own.end <= other.end).is_some() {}
            } else if own.next_if(|own| (own.start, own.end) == (other.start, other.end)).is_none() {
                return false;
            }
        }
        own.next().is_none() && !others.hidden_code
    }
}

/// Cuts `text` as `dialect` would.
pub(super) fn lex(text: &str, dialect: Dialect) -> Result<Pieces, &'static str> {
    let pieces = Lexer::new(text, dialect, dialect.rules()).run()?;
    if dialect == Dialect::Generic && has_disputed(text) {
        for other in Dialect::NAMED {
            let others = Lexer::new(text, other, other.rules()).run();
            if others.is_ok_and(|others| !pieces.agrees_with(&others)) {
                return Err("databases disagree on where its strings and comments end; name the dialect in a mapping");
            }
        }
    }
    Ok(pieces)
}

/// Whether something stands in `text` that not all databases read alike.
fn has_disputed(text: &str) -> bool {
    let pairs = || text.as_bytes().windows(2);
    text.contains(['\\', '#', '"', '`', '[']) || pairs().any(is_disputed)
}

fn is_disputed(pair: &[u8]) -> bool {
    match pair {
        b"--" | b"/*" | b"//" | b"''" => true,
        // `$1` is a parameter everywhere.
        [b'$', next] => !next.is_ascii_digit(),
        _ => false,
    }
}

struct Lexer<'a> {
    text: &'a str,
    bytes: &'a [u8],
    dialect: Dialect,
    rules: Rules,
    at: usize,
    pieces: Pieces,
    /// Inside a comment whose content is run.
    in_hidden_code: bool,
    /// Nothing of the statement has been seen yet.
    at_beginning: bool,
}

type Step<T = ()> = Result<T, &'static str>;

/// Letters of the longest name in brackets, where it is not certain to be one.
const NAME_LETTERS_MAX: usize = 128;
const UNENDED: &str = "a string, a name or a comment does not end";

impl<'a> Lexer<'a> {
    fn new(text: &'a str, dialect: Dialect, rules: Rules) -> Lexer<'a> {
        // A piece has three letters on average, a space included.
        let pieces = Pieces { tokens: Vec::with_capacity(text.len() / 4 + 4), ..Pieces::default() };
        Lexer { text, bytes: text.as_bytes(), dialect, rules, at: 0, pieces, in_hidden_code: false, at_beginning: true }
    }

    fn run(mut self) -> Step<Pieces> {
        while let Some(byte) = self.peek(0) {
            self.piece(byte)?;
        }
        if self.in_hidden_code { Err(UNENDED) } else { Ok(self.pieces) }
    }

    fn piece(&mut self, byte: u8) -> Step {
        match byte {
            b' ' | b'\t' | b'\n' | b'\r' | 0x0c => self.at += 1,
            b'-' if self.peek(1) == Some(b'-') && self.is_dash_comment() => self.line_comment()?,
            b'#' if self.rules.hash_comment => self.line_comment()?,
            b'/' if self.peek(1) == Some(b'*') => self.block_comment()?,
            b'/' if self.rules.slash_comment && self.peek(1) == Some(b'/') && !self.is_in_address() => {
                self.line_comment()?;
            }
            b'*' if self.in_hidden_code && self.peek(1) == Some(b'/') => {
                self.in_hidden_code = false;
                self.at += 2;
            }
            b'\'' => self.string(byte, self.rules.backslash)?,
            b'"' if self.rules.double_is_string => self.string(byte, self.rules.backslash)?,
            b'"' => self.name(b'"', true)?,
            b'`' if self.rules.backtick => self.name(b'`', self.dialect != Dialect::BigQuery)?,
            b'[' if self.is_bracket_name() => self.name(b']', self.rules.bracket == Bracket::DoublingName)?,
            b'$' if self.dollar_quote()? => {}
            b'0'..=b'9' => self.number(),
            b'.' if self.is_dot_command() => self.client_line()?,
            b'.' if self.peek(1).is_some_and(|next| next.is_ascii_digit()) && !self.is_behind_name() => self.number(),
            b'\\' => self.client_line()?,
            b'&' if self.peek(1) == Some(b'"') && self.is_behind_unicode_mark() => {
                return Err("a name is written in escapes");
            }
            b'@' | b'$' | b'?' | b':' | b'%' if self.param(byte) => {}
            b'#' if self.rules.hash_name => self.word()?,
            // Some readers of its SQL take it for a comment.
            b'#' if self.dialect == Dialect::Snowflake => return Err("`#` may begin a comment"),
            b'_' | b'a'..=b'z' | b'A'..=b'Z' | 0x80.. => self.word()?,
            _ => self.sign(byte)?,
        }
        Ok(())
    }

    fn sign(&mut self, byte: u8) -> Step {
        let kind = match byte {
            b',' => Kind::Comma,
            b';' => Kind::Semicolon,
            b'(' => Kind::Open,
            b')' => Kind::Close,
            b'.' => Kind::Dot,
            // `column:key` is a path into a value, as `column.key` is.
            b':' if self.is_behind_name() && self.begins_name(1) => Kind::Dot,
            0x21..=0x7e => Kind::Sign(byte),
            _ => return Err("it has a character that SQL has not"),
        };
        let width = if byte == b':' && self.peek(1) == Some(b':') { 2 } else { 1 };
        self.push(kind, self.at + width);
        self.at_beginning = kind == Kind::Semicolon;
        Ok(())
    }

    fn push(&mut self, kind: Kind, end: usize) {
        let keyword = if kind == Kind::Word { self.text.get(self.at..end).and_then(Keyword::of) } else { None };
        self.pieces.tokens.push(Token { kind, keyword, start: self.at, end });
        self.at = end;
        self.at_beginning = false;
    }

    fn word(&mut self) -> Step {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$' | '#' | '@') || !c.is_ascii();
        let length = rest.char_indices().find(|(_, c)| !is_part(*c)).map_or(rest.len(), |(index, _)| index);
        let word = rest.get(..length).unwrap_or_default();
        if word.chars().any(|c| !c.is_ascii() && (c.is_whitespace() || c.is_control() || is_invisible(c))) {
            return Err("it has an invisible character outside of a string");
        }
        // A `#` in a word may begin a comment.
        let length = if self.rules.hash_comment { word.find('#').unwrap_or(length) } else { length };
        match self.bytes.get(self.at + length) {
            Some(quote @ (b'\'' | b'"')) => self.word_before_quote(length, *quote),
            _ => {
                self.push(Kind::Word, self.at + length);
                Ok(())
            }
        }
    }

    /// Some letters before a string say what may stand in it.
    fn word_before_quote(&mut self, length: usize, quote: u8) -> Step {
        let word = self.text.get(self.at..self.at + length).unwrap_or_default().to_ascii_lowercase();
        let start = self.at;
        if quote == b'"' && !self.rules.double_is_string {
            self.push(Kind::Word, start + length);
            return Ok(());
        }
        match word.as_str() {
            "e" if self.rules.escape_prefix => self.prefixed_string(length, quote, true),
            "e" if self.dialect == Dialect::Generic => self.escaped_string(length, quote),
            "q" | "nq" if self.dialect == Dialect::Generic => Err("a string has its own delimiters"),
            "n" | "b" | "x" | "r" | "rb" | "br" | "e" => self.prefixed_string(length, quote, self.rules.backslash),
            _ => {
                self.push(Kind::Word, start + length);
                Ok(())
            }
        }
    }

    /// `E'…'` where nobody knows whether a backslash escapes: only if it does not matter.
    fn escaped_string(&mut self, length: usize, quote: u8) -> Step {
        let start = self.at;
        self.prefixed_string(length, quote, false)?;
        let text = self.text.get(start..self.at).unwrap_or_default();
        if text.contains("\\'") { Err("a string may end at an escaped quote") } else { Ok(()) }
    }

    fn prefixed_string(&mut self, length: usize, quote: u8, backslash: bool) -> Step {
        let start = self.at;
        self.at += length;
        self.string(quote, backslash)?;
        if let Some(token) = self.pieces.tokens.last_mut() {
            token.start = start;
        }
        Ok(())
    }

    fn string(&mut self, quote: u8, backslash: bool) -> Step {
        let start = self.at;
        let is_triple = self.rules.triple && self.peek(1) == Some(quote) && self.peek(2) == Some(quote);
        let end = if is_triple { self.end_of_triple(quote) } else { self.end_of_string(quote, backslash) };
        let end = end.ok_or(UNENDED)?;
        self.region(start, end);
        self.push(Kind::Text, end);
        Ok(())
    }

    /// Two regions side by side are one: whether `'a''b'` is one string or two makes no difference.
    fn region(&mut self, start: usize, end: usize) {
        match self.pieces.regions.last_mut() {
            Some(before) if before.end == start => before.end = end,
            _ => self.pieces.regions.push(Region { start, end, is_bracket: false }),
        }
    }

    fn end_of_string(&self, quote: u8, backslash: bool) -> Option<usize> {
        let mut at = self.at + 1;
        loop {
            match *self.bytes.get(at)? {
                b'\\' if backslash => at += 2,
                byte if byte == quote && self.bytes.get(at + 1) == Some(&quote) && !self.rules.triple => at += 2,
                byte if byte == quote => return Some(at + 1),
                _ => at += 1,
            }
        }
    }

    fn end_of_triple(&self, quote: u8) -> Option<usize> {
        let mut at = self.at + 3;
        loop {
            match self.bytes.get(at..)? {
                [b'\\', ..] => at += 2,
                [a, b, c, ..] if [*a, *b, *c] == [quote; 3] => return Some(at + 3),
                [] => return None,
                _ => at += 1,
            }
        }
    }

    /// A name in quotes, in which the closing one may stand twice.
    fn name(&mut self, close: u8, doubles: bool) -> Step {
        let start = self.at;
        let mut at = self.at + 1;
        let end = loop {
            match self.bytes.get(at).ok_or(UNENDED)? {
                byte if *byte == close && doubles && self.bytes.get(at + 1) == Some(&close) => at += 2,
                byte if *byte == close => break at + 1,
                _ => at += 1,
            }
        };
        let inner = self.text.get(start + 1..end - 1).unwrap_or_default();
        if self.dialect == Dialect::BigQuery && inner.contains('\\') {
            return Err("a name is written in escapes");
        }
        // A name that looks like one hides nothing, whatever its quotes mean elsewhere.
        if close == b'"' || inner.contains(|c: char| !is_name_letter(c)) {
            match close {
                b']' => self.pieces.regions.push(Region { start, end, is_bracket: true }),
                _ => self.region(start, end),
            }
        }
        self.push(Kind::Quoted, end);
        Ok(())
    }

    fn is_bracket_name(&self) -> bool {
        match self.rules.bracket {
            Bracket::Index => false,
            Bracket::Name | Bracket::DoublingName => true,
            Bracket::Either => {
                let rest = self.text.get(self.at + 1..).unwrap_or_default();
                let inner = rest.chars().take(NAME_LETTERS_MAX).take_while(|c| is_name_letter(*c));
                let length: usize = inner.map(char::len_utf8).sum();
                self.begins_name(1)
                    && rest.get(length..).is_some_and(|rest| rest.starts_with(']'))
                    && !self.is_behind_operand()
            }
        }
    }

    /// Reads `$$…$$` or `$tag$…$tag$`, if that is what begins here.
    fn dollar_quote(&mut self) -> Step<bool> {
        if !self.rules.dollar || self.is_behind_name() {
            return Ok(false);
        }
        let rest = self.text.get(self.at + 1..).unwrap_or_default();
        let Some((tag, body)) = rest.split_once('$') else { return Ok(false) };
        let is_tag = tag.is_empty()
            || self.rules.dollar_tag
                && !tag.starts_with(|c: char| c.is_ascii_digit())
                && tag.chars().all(|c| c.is_alphanumeric() || c == '_');
        if !is_tag {
            return Ok(false);
        }
        let mark = format!("${tag}$");
        let length = body.find(&mark).ok_or(UNENDED)?;
        let end = self.at + 2 * mark.len() + length;
        self.region(self.at, end);
        self.push(Kind::Text, end);
        Ok(true)
    }

    fn number(&mut self) {
        let is_hex = self.peek(0) == Some(b'0') && matches!(self.peek(1), Some(b'x' | b'X'));
        let mut end = if is_hex {
            self.digits(self.at + 2, u8::is_ascii_hexdigit)
        } else {
            self.digits(self.at, u8::is_ascii_digit)
        };
        if !is_hex && self.bytes.get(end) == Some(&b'.') {
            end = self.digits(end + 1, u8::is_ascii_digit);
        }
        if !is_hex && matches!(self.bytes.get(end), Some(b'e' | b'E')) {
            let sign = usize::from(matches!(self.bytes.get(end + 1), Some(b'+' | b'-')));
            let exponent = self.digits(end + 1 + sign, u8::is_ascii_digit);
            end = if exponent > end + 1 + sign { exponent } else { end };
        }
        self.push(Kind::Number, end);
    }

    fn digits(&self, from: usize, is_digit: fn(&u8) -> bool) -> usize {
        let rest = self.bytes.get(from..).unwrap_or_default();
        from + rest.iter().take_while(|byte| is_digit(byte)).count()
    }

    /// Reads `@x`, `@@x`, `:x`, `$1`, `$x`, `?`, `?1`, `%s` and `%(x)s`, if one begins here.
    fn param(&mut self, byte: u8) -> bool {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let name = |from: usize| {
            let is_part = |byte: &&u8| byte.is_ascii_alphanumeric() || **byte == b'_' || **byte >= 0x80;
            rest.get(from..).unwrap_or_default().iter().take_while(is_part).count()
        };
        let length = match (byte, rest) {
            (b'@', [_, b'@', ..]) if name(2) > 0 => 2 + name(2),
            (b'@', _) if name(1) > 0 => 1 + name(1),
            (b':', _) if name(1) > 0 && !self.is_behind_name() && !self.is_behind(b':') => 1 + name(1),
            (b'$', _) if name(1) > 0 => 1 + name(1),
            (b'?', _) => self.digits(self.at + 1, u8::is_ascii_digit) - self.at,
            (b'%', [_, b's', ..]) if name(1) == 1 && !self.is_behind_operand() => 2,
            (b'%', [_, b'(', ..]) if !self.is_behind_operand() => match rest.get(2 + name(2)..) {
                Some([b')', b's', ..]) => name(2) + 4,
                _ => return false,
            },
            _ => return false,
        };
        self.push(Kind::Param, self.at + length);
        true
    }

    fn is_dash_comment(&self) -> bool {
        !self.rules.dash_needs_space || self.peek(2).is_none_or(|byte| byte <= b' ')
    }

    fn line_comment(&mut self) -> Step {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let length = rest.find('\n').unwrap_or(rest.len());
        let line = rest.get(..length).unwrap_or_default();
        // Some databases end a line here, others do not.
        let line = line.strip_suffix('\r').unwrap_or(line);
        if line.contains(['\r', '\u{b}', '\u{85}', '\u{2028}', '\u{2029}', '\0']) {
            return Err("databases disagree on where a comment ends");
        }
        if self.in_hidden_code && line.contains("*/") {
            return Err("databases disagree on where a comment ends");
        }
        self.comment(self.at + length);
        Ok(())
    }

    fn block_comment(&mut self) -> Step {
        if self.rules.hidden_code && self.begins_hidden_code()? {
            return Ok(());
        }
        let mut at = self.at + 2;
        let mut depth = 1usize;
        while depth > 0 {
            match self.bytes.get(at..).unwrap_or_default() {
                [b'*', b'/', ..] => (depth, at) = (depth - 1, at + 2),
                [b'/', b'*', ..] if self.rules.nested_comments => (depth, at) = (depth + 1, at + 2),
                [] => return Err(UNENDED),
                _ => at += 1,
            }
        }
        self.comment(at);
        Ok(())
    }

    fn comment(&mut self, end: usize) {
        self.region(self.at, end);
        self.at = end;
    }

    /// `/*!40101 …*/` is run by servers from that version on. Any in use is newer than 8.0, and for a number beyond
    /// that nobody knows.
    fn begins_hidden_code(&mut self) -> Step<bool> {
        let rest = self.bytes.get(self.at + 2..).unwrap_or_default();
        let skipped = match rest {
            [b'!', ..] => 1,
            [b'M', b'!', ..] => return Err("code in a comment is run by some servers only"),
            _ => return Ok(false),
        };
        if self.in_hidden_code {
            return Err("a comment whose content is run is nested");
        }
        let from = self.at + 2 + skipped;
        let digits = self.digits(from, u8::is_ascii_digit);
        let version = self.text.get(from..digits).unwrap_or_default();
        if !version.is_empty() && (version.len() != 5 || version > "50700") {
            return Err("code in a comment is run by some servers only");
        }
        self.in_hidden_code = true;
        self.pieces.hidden_code = true;
        self.at = digits;
        Ok(true)
    }

    /// A line such as `\! ls` or `.shell ls` is carried out by the client program.
    fn client_line(&mut self) -> Step {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let length = rest.find('\n').unwrap_or(rest.len());
        self.push(Kind::Client, self.at + length);
        self.at_beginning = true;
        Ok(())
    }

    fn is_dot_command(&self) -> bool {
        let is_client = matches!(self.dialect, Dialect::Sqlite | Dialect::Generic);
        let line = self.text.get(..self.at).unwrap_or_default();
        let line = line.rsplit_once('\n').map_or(line, |(_, line)| line);
        is_client
            && self.at_beginning
            && line.trim().is_empty()
            && self.peek(1).is_some_and(|b| b.is_ascii_alphabetic())
    }

    fn peek(&self, ahead: usize) -> Option<u8> {
        self.bytes.get(self.at + ahead).copied()
    }

    fn begins_name(&self, ahead: usize) -> bool {
        self.peek(ahead).is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80)
    }

    fn is_behind(&self, byte: u8) -> bool {
        self.at.checked_sub(1).and_then(|before| self.bytes.get(before)) == Some(&byte)
    }

    /// `U&"…"` is a name in escapes.
    fn is_behind_unicode_mark(&self) -> bool {
        let last = self.pieces.tokens.last().filter(|token| token.end == self.at && token.end - token.start == 1);
        last.is_some_and(|token| {
            self.text.get(token.start..token.end).is_some_and(|word| word.eq_ignore_ascii_case("u"))
        })
    }

    /// `file:///tmp/x` holds no comment.
    fn is_in_address(&self) -> bool {
        let before = self.bytes.get(self.at.saturating_sub(2)..self.at).unwrap_or_default();
        matches!(before, [.., b':'] | [b':', b'/'])
    }

    /// Whether a name, a string or a closing bracket ends right here.
    fn is_behind_name(&self) -> bool {
        let before = self.at.checked_sub(1).and_then(|before| self.bytes.get(before));
        before.is_some_and(|byte| {
            byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'"' | b'`' | b']' | b')' | b'\'' | 0x80..)
        })
    }

    /// Whether the last piece is something that an operator could follow.
    fn is_behind_operand(&self) -> bool {
        self.pieces.tokens.last().is_some_and(|token| match token.kind {
            Kind::Word => !token.keyword.is_some_and(Keyword::expects_more),
            Kind::Quoted | Kind::Text | Kind::Number | Kind::Param | Kind::Close => true,
            Kind::Sign(sign) => sign == b']',
            _ => false,
        })
    }
}

fn is_name_letter(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | ' ' | '.')
}

/// Characters that show nothing: databases disagree on whether they separate words.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}
