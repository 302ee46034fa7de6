//! Splits code into tokens, in one pass without going back.
//!
//! What the languages share is here: names, numbers, signs, comments, and strings with code in them. Where a string
//! begins, and which kind it is, each language says itself.

use std::borrow::Cow;

use super::token::{Kind, Token};
use crate::code::cursor::Cursor;
use crate::limits;

/// How a language is written.
pub(super) struct Syntax {
    /// What begins a comment to the end of the line.
    pub(super) line_comments: &'static [&'static str],
    /// What begins and ends other comments.
    pub(super) block_comments: &'static [(&'static str, &'static str)],
    /// Signs of several characters, longest first.
    pub(super) signs: &'static [&'static str],
    /// Characters that a name may begin with besides letters and `_`.
    pub(super) sigils: &'static str,
    /// Characters that a name may have inside.
    pub(super) inside: &'static str,
    /// What code in a usual string looks like.
    pub(super) holes: Holes,
    /// Reads what the language has of its own at this place: strings, mostly. Whether there was any.
    pub(super) special: fn(&mut Lexer) -> bool,
}

/// A string that is being read.
#[derive(Clone, Debug)]
pub(super) struct Quote<'t> {
    /// What ends it.
    pub(super) close: Cow<'t, str>,
    /// A bracket that opens another level of it.
    pub(super) open: Option<char>,
    pub(super) escapes: Escapes,
    pub(super) holes: Holes,
    /// Whether it may go over several lines.
    pub(super) has_lines: bool,
    /// Whether it is the argument of a call whose bracket it closes.
    pub(super) is_argument: bool,
    /// For a document below the line, where it stands.
    pub(super) document: Option<Document>,
}

/// Where a document that is written below its line stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Document {
    /// Where its text ends.
    end: usize,
    /// Where its line goes on.
    line: usize,
    /// Where the lines below it go on.
    behind: usize,
}

impl<'t> Quote<'t> {
    /// A string that ends with `close`.
    pub(super) fn new(close: impl Into<Cow<'t, str>>, escapes: Escapes, holes: Holes, has_lines: bool) -> Quote<'t> {
        Quote { close: close.into(), open: None, escapes, holes, has_lines, is_argument: false, document: None }
    }
}

/// What a backslash (or its like) does in a string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Escapes {
    /// Nothing, but it keeps the quote behind it from ending the string (Python's raw strings).
    Raw,
    /// Nothing at all.
    None,
    /// It stands for itself, except before itself and the quote.
    Single,
    /// `\n`, `\x41`, `\u0041`, …; before any other character it stands for itself (Python, PHP).
    Kept,
    /// The same without `\u` and `\N` (Python's bytes).
    Bytes,
    /// The same, but before any other character it is dropped.
    Dropped,
    /// The same, and `\a` and `\e` are letters (JavaScript).
    Letters,
    /// The same, and digits are decimal (Lua).
    Decimal,
    /// A doubled quote is one quote.
    Doubled,
    /// A back-quote takes the place of the backslash, and a doubled quote is one quote.
    Backtick,
}

/// What code in a string looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holes {
    None,
    /// `{…}`, with `{{` for a brace.
    Braces,
    /// `${…}`
    DollarBraces,
    /// `#{…}`
    HashBraces,
    /// `$name`, `@name`, `${…}`, `@{…}`
    Perl,
    /// `$name`, `${…}`, `{$…}`
    Php,
    /// `$name`, `${…}`, `$(…)`
    PowerShell,
}

/// The tokens of a text.
pub(super) struct Tokens<'t> {
    pub(super) tokens: Vec<Token<'t>>,
    /// Whether the text was left because too much is nested.
    pub(super) is_cut: bool,
}

/// Splits `text` into tokens.
pub(super) fn split<'t>(text: &'t str, syntax: &'static Syntax) -> Tokens<'t> {
    let mut lexer = Lexer {
        cursor: Cursor::new(text),
        syntax,
        tokens: Vec::new(),
        holes: Vec::new(),
        resume: None,
        spaced: false,
        modes: Vec::new(),
        in_command: false,
        no_regex_before: 0,
    };
    while !lexer.cursor.is_done() && lexer.holes.len() <= limits::CODE_HOLES_MAX {
        lexer.step();
    }
    Tokens { tokens: lexer.tokens, is_cut: !lexer.cursor.is_done() }
}

/// Code in a string, and the string that goes on behind it.
struct Hole<'t> {
    quote: Quote<'t>,
    /// How many levels of the quote's own bracket are open.
    levels: usize,
    close: char,
    /// How many brackets of the hole's kind are open in it.
    depth: usize,
}

pub(super) struct Lexer<'t> {
    pub(super) cursor: Cursor<'t>,
    pub(super) tokens: Vec<Token<'t>>,
    syntax: &'static Syntax,
    holes: Vec<Hole<'t>>,
    /// Where the text goes on after this line, if documents stand in between.
    resume: Option<usize>,
    pub(super) spaced: bool,
    /// For languages with commands: whether the text outside of each open bracket was that of a command.
    pub(super) modes: Vec<bool>,
    /// Whether what comes is the arguments of a command.
    pub(super) in_command: bool,
    /// Up to where no regular expression that began before has ended.
    pub(super) no_regex_before: usize,
}

impl<'t> Lexer<'t> {
    fn step(&mut self) {
        let Some(next) = self.cursor.peek() else { return };
        if self.ends_hole(next) || self.blank(next) || self.comment() {
            return;
        }
        if (self.syntax.special)(self) {
            return;
        }
        if is_name_start(next) || self.syntax.sigils.contains(next) {
            self.name();
        } else if next.is_ascii_digit() {
            self.number();
        } else {
            self.sign();
        }
    }

    /// Adds a token of which `text` is the value.
    pub(super) fn push(&mut self, kind: Kind, text: impl Into<Cow<'t, str>>) {
        self.tokens.push(Token { kind, text: text.into(), spaced: std::mem::take(&mut self.spaced) });
    }

    /// The last token.
    pub(super) fn before(&self) -> Option<&Token<'t>> {
        self.tokens.last()
    }

    /// Whether an operand has just ended, so that a `/` divides and a `<<` shifts.
    pub(super) fn is_behind_operand(&self, words: &[&str]) -> bool {
        self.before().is_some_and(|token| match token.kind {
            Kind::Name => !words.contains(&&*token.text),
            Kind::Number | Kind::Text | Kind::Piece | Kind::Regex => true,
            Kind::Sign => matches!(&*token.text, ")" | "]" | "}"),
            _ => false,
        })
    }

    /// Whether the line begins here.
    pub(super) fn is_at_line_start(&self) -> bool {
        self.cursor.last().is_none_or(|c| c == '\n')
    }

    fn blank(&mut self, next: char) -> bool {
        if next == '\n' {
            self.cursor.skip(1);
            self.push(Kind::Line, "\n");
            self.in_command = false;
            if let Some(place) = self.resume.take() {
                self.cursor.skip(place.saturating_sub(self.cursor.at()));
            }
            return true;
        }
        let is_continued = self.cursor.take("\\\n");
        let is_blank = next.is_whitespace() || next == '\u{feff}';
        if is_blank {
            self.cursor.skip(next.len_utf8());
        }
        self.spaced |= is_blank || is_continued;
        is_blank || is_continued
    }

    fn comment(&mut self) -> bool {
        let block = self.syntax.block_comments.iter().find(|(open, _)| self.cursor.rest().starts_with(open));
        if let Some((open, close)) = block {
            self.cursor.skip(open.len());
            if self.cursor.take_until(close).is_none() {
                self.cursor.finish();
            }
            self.spaced = true;
            return true;
        }
        let is_comment = self.syntax.line_comments.iter().any(|open| self.cursor.rest().starts_with(open));
        if is_comment {
            self.cursor.take_line();
        }
        is_comment
    }

    fn name(&mut self) {
        let start = self.cursor.at();
        let sigils = self.syntax.sigils;
        self.cursor.take_while(|c| sigils.contains(c));
        self.cursor.take_while(is_name);
        let inside = self.syntax.inside;
        // `Net::HTTP` is one name; so is `ends_with?`.
        while inside.contains(':') && self.cursor.rest().starts_with("::") && self.is_name_behind(2) {
            self.cursor.skip(2);
            self.cursor.take_while(is_name);
        }
        let may_end = |c: char| matches!(c, '?' | '!') && inside.contains(c);
        if self.cursor.peek().is_some_and(may_end) && self.cursor.second() != Some('=') {
            self.cursor.skip(1);
        }
        let name = self.cursor.since(start);
        self.push(Kind::Name, name);
    }

    fn is_name_behind(&self, bytes: usize) -> bool {
        self.cursor.rest().get(bytes..).and_then(|rest| rest.chars().next()).is_some_and(is_name_start)
    }

    fn number(&mut self) {
        let start = self.cursor.at();
        self.cursor.take_while(|c| c.is_ascii_alphanumeric() || c == '_');
        let number = self.cursor.since(start);
        self.push(Kind::Number, number);
    }

    /// Takes an operator or a bracket.
    pub(super) fn sign(&mut self) {
        let start = self.cursor.at();
        // Brackets and separators begin no longer sign.
        let is_single = self.cursor.peek().is_some_and(|c| "()[]{};,".contains(c));
        if is_single || !self.syntax.signs.iter().any(|sign| self.cursor.take(sign)) {
            self.cursor.next();
        }
        let sign = self.cursor.since(start);
        if let Some(hole) = self.holes.last_mut() {
            match (sign, hole.close) {
                ("{", '}') | ("(", ')') => hole.depth += 1,
                ("}", '}') | (")", ')') => hole.depth = hole.depth.saturating_sub(1),
                _ => {}
            }
        }
        self.push(Kind::Sign, sign);
    }

    fn ends_hole(&mut self, next: char) -> bool {
        let at = self.cursor.at();
        let is_over = |hole: &Hole| hole.quote.document.is_some_and(|document| at >= document.end);
        let ends = |hole: &mut Hole| hole.close == next && hole.depth == 0 || is_over(hole);
        let Some(hole) = self.holes.pop_if(ends) else { return false };
        if !is_over(&hole) {
            self.cursor.skip(1);
        }
        self.push(Kind::HoleClose, "");
        self.in_command = self.modes.pop().unwrap_or(false);
        self.string_from(hole.quote, hole.levels, true);
        true
    }

    /// Reads a string whose opening quote was taken.
    pub(super) fn string(&mut self, quote: Quote<'t>) {
        self.string_from(quote, 0, false);
    }

    /// Reads a string as the argument of a call of `name`.
    pub(super) fn call_string(&mut self, name: &'static str, quote: Quote<'t>) {
        self.push(Kind::Name, name);
        self.push(Kind::Sign, "(");
        self.string(Quote { is_argument: true, ..quote });
    }

    /// Reads a string that is no token of its own; its text.
    pub(super) fn taken(&mut self, quote: Quote<'t>) -> Cow<'t, str> {
        let spaced = self.spaced;
        self.string(Quote { holes: Holes::None, ..quote });
        self.spaced = spaced;
        self.tokens.pop().map(|token| token.text).unwrap_or_default()
    }

    pub(super) fn usual_holes(&self) -> Holes {
        self.syntax.holes
    }

    /// The rest of a string, or of it up to the next hole.
    fn string_from(&mut self, quote: Quote<'t>, mut levels: usize, mut is_piece: bool) {
        let mut text = String::new();
        while let Some(next) = self.cursor.peek() {
            let is_over = quote.document.is_some_and(|document| self.cursor.at() >= document.end);
            if is_over {
                break;
            }
            if quote.document.is_none() && self.cursor.rest().starts_with(&*quote.close) {
                self.cursor.skip(quote.close.len());
                if levels == 0 {
                    if self.takes_doubled(&quote) {
                        text.push_str(&quote.close);
                        continue;
                    }
                    break;
                }
                levels -= 1;
                text.push_str(&quote.close);
            } else if next == '\n' && !quote.has_lines {
                break;
            } else if self.escape(&quote, next, &mut text) {
                // Taken.
            } else if let Some(hole) = self.hole(quote.holes, next) {
                self.push(Kind::Piece, std::mem::take(&mut text));
                is_piece = true;
                if self.simple_hole(hole, quote.holes) {
                    continue;
                }
                self.push(Kind::HoleOpen, "");
                self.modes.push(std::mem::take(&mut self.in_command));
                let close = if hole == '(' { ')' } else { '}' };
                self.holes.push(Hole { quote, levels, close, depth: 0 });
                return;
            } else {
                levels += usize::from(quote.open == Some(next));
                self.cursor.skip(next.len_utf8());
                text.push(next);
            }
        }
        self.push(if is_piece { Kind::Piece } else { Kind::Text }, text);
        if quote.is_argument {
            self.push(Kind::Sign, ")");
        }
        // Only from the very end: what code in the document has taken beyond it is not looked at twice.
        if let Some(document) = quote.document.filter(|document| self.cursor.at() <= document.end) {
            self.cursor.go_to(document.line);
            self.resume = Some(document.behind);
        }
    }

    fn takes_doubled(&mut self, quote: &Quote) -> bool {
        matches!(quote.escapes, Escapes::Doubled | Escapes::Backtick) && self.cursor.take(&quote.close)
    }

    /// Whether a hole opens here, and how: `(`, `{`, or `$` for a mere name. Takes what opens it.
    fn hole(&mut self, holes: Holes, next: char) -> Option<char> {
        let second = self.cursor.second();
        let opens = |bracket: char| (second == Some(bracket)).then_some(bracket);
        let names = || second.filter(|c| is_name_start(*c)).map(|_| '$');
        let found = match (holes, next) {
            (Holes::Braces, '{') => (second != Some('{')).then_some('1'),
            (Holes::DollarBraces, '$') | (Holes::HashBraces, '#') => opens('{'),
            (Holes::Perl, '$' | '@') => opens('{').or_else(names),
            (Holes::Php, '{') => (second == Some('$')).then_some('1'),
            (Holes::Php, '$') => opens('{').or_else(names),
            (Holes::PowerShell, '$') => opens('{').or_else(|| opens('(')).or_else(names),
            _ => None,
        }?;
        match found {
            '1' => self.cursor.skip(1),
            '$' => {}
            _ => self.cursor.skip(2),
        }
        Some(if found == '1' { '{' } else { found })
    }

    /// A name alone in a string: it opens and closes at once.
    fn simple_hole(&mut self, hole: char, holes: Holes) -> bool {
        if hole == '$' {
            self.push(Kind::HoleOpen, "");
            let start = self.cursor.at();
            self.cursor.skip(1);
            self.cursor.take_while(is_name);
            // `$env:HOME`
            if holes == Holes::PowerShell && self.cursor.peek() == Some(':') && self.is_name_behind(1) {
                self.cursor.skip(1);
                self.cursor.take_while(is_name);
            }
            let name = self.cursor.since(start);
            self.push(Kind::Name, name);
            self.element(holes);
            self.push(Kind::HoleClose, "");
        }
        hole == '$'
    }

    /// `{key}` or `[key]` right behind a name in a string.
    fn element(&mut self, holes: Holes) {
        const KEY_BYTES_MAX: usize = 64;
        let close = match (holes, self.cursor.peek()) {
            (Holes::Perl, Some('{')) => "}",
            (Holes::Perl | Holes::Php, Some('[')) => "]",
            _ => return,
        };
        let inside = self.cursor.rest().get(1..).unwrap_or_default();
        let key: &str = inside.split(|c| !is_name(c) && !matches!(c, '\'' | '"')).next().unwrap_or_default();
        let is_closed = inside.get(key.len()..).is_some_and(|rest| rest.starts_with(close));
        if is_closed && key.len() < KEY_BYTES_MAX {
            self.cursor.skip(key.len() + 2);
            self.push(Kind::Sign, if close == "}" { "{" } else { "[" });
            self.push(Kind::Text, key.trim_matches(['\'', '"']));
            self.push(Kind::Sign, close);
        }
    }

    /// Whether an escape stood here, which was added to `text`.
    fn escape(&mut self, quote: &Quote, next: char, text: &mut String) -> bool {
        let mark = if quote.escapes == Escapes::Backtick { '`' } else { '\\' };
        if quote.holes == Holes::Braces && (self.cursor.take("{{") || self.cursor.take("}}")) {
            text.push(next);
            return true;
        }
        if next != mark || matches!(quote.escapes, Escapes::None | Escapes::Doubled) {
            return false;
        }
        self.cursor.skip(1);
        let Some(escaped) = self.cursor.peek() else {
            text.push(mark);
            return true;
        };
        match quote.escapes {
            Escapes::Raw => {
                text.push(mark);
                text.push(escaped);
            }
            Escapes::Single => {
                let is_quote = quote.close.starts_with(escaped) || quote.open == Some(escaped);
                if escaped != '\\' && !is_quote {
                    text.push(mark);
                }
                text.push(escaped);
            }
            Escapes::Backtick => text.push(control(escaped).unwrap_or(escaped)),
            _ => return self.escaped(quote, text),
        }
        self.cursor.skip(escaped.len_utf8());
        true
    }

    /// What stands behind a backslash in a string with escapes.
    fn escaped(&mut self, quote: &Quote, text: &mut String) -> bool {
        let Some(escaped) = self.cursor.next() else { return true };
        let is_bytes = quote.escapes == Escapes::Bytes;
        let keeps = quote.escapes == Escapes::Kept || is_bytes;
        match escaped {
            '\n' => {}
            'x' => self.code_point(16, 2, text),
            'u' | 'U' | 'N' if is_bytes => text.extend(['\\', escaped]),
            'u' if self.cursor.peek() == Some('{') => self.code_point(16, 6, text),
            'u' => self.code_point(16, 4, text),
            'U' => self.code_point(16, 8, text),
            '0'..='9' if quote.escapes == Escapes::Decimal => self.digits(10, escaped, text),
            '0'..='7' => self.digits(8, escaped, text),
            // A character by its name, which nobody here knows.
            'N' if self.cursor.take("{") => {
                self.cursor.take_while(|c| c != '}' && c != '\n');
                self.cursor.take("}");
                text.push(super::value::HOLE);
            }
            'a' | 'e' if quote.escapes == Escapes::Letters => text.push(escaped),
            _ => match control(escaped).filter(|_| !keeps || escaped != 'e') {
                Some(control) => text.push(control),
                None => {
                    let stands_for_itself =
                        matches!(escaped, '\\' | '\'' | '"') || escaped == '$' && quote.holes == Holes::Php;
                    if keeps && !stands_for_itself {
                        text.push('\\');
                    }
                    text.push(escaped);
                }
            },
        }
        true
    }

    /// A character by up to three digits, the first of which was read.
    fn digits(&mut self, radix: u32, first: char, text: &mut String) {
        let mut left = 2;
        let more = self.cursor.take_while(|c| {
            left > 0 && c.is_digit(radix) && {
                left -= 1;
                true
            }
        });
        push_code(u32::from_str_radix(&format!("{first}{more}"), radix).ok(), text);
    }

    /// `41`, or `{41}` in braces: a character by its number.
    fn code_point(&mut self, radix: u32, digits_max: usize, text: &mut String) {
        let in_braces = self.cursor.take("{");
        let mut left = digits_max;
        let digits = self.cursor.take_while(|c| {
            left > 0 && c.is_digit(radix) && {
                left -= 1;
                true
            }
        });
        if in_braces {
            self.cursor.take("}");
        }
        push_code(u32::from_str_radix(digits, radix).ok(), text);
    }

    /// Reads a document that stands below this line and ends with a line that is `end` alone, its indentation aside.
    pub(super) fn document(&mut self, end: &str, holes: Holes, is_indented: bool) {
        let start = self.resume.unwrap_or_else(|| {
            let rest = self.cursor.rest();
            self.cursor.at() + rest.find('\n').map_or(rest.len(), |line| line + 1)
        });
        let mut ahead = self.cursor.clone();
        ahead.skip(start.saturating_sub(self.cursor.at()));
        let body = ahead.at();
        while !ahead.is_done() {
            let line_start = ahead.at();
            let line = ahead.take_line();
            ahead.take("\n");
            let line = if is_indented { line.trim_start() } else { line };
            let is_end = line.strip_prefix(end).is_some_and(|rest| !rest.starts_with(is_name));
            if is_end {
                // PHP goes on behind the end itself.
                let behind = line_start + ahead.since(line_start).find(end).unwrap_or(0) + end.len();
                return self.document_text(body, line_start.saturating_sub(1).max(body), behind, holes);
            }
        }
        self.document_text(body, ahead.at(), ahead.at(), holes);
    }

    fn document_text(&mut self, start: usize, end: usize, behind: usize, holes: Holes) {
        let document = Document { end, line: self.cursor.at(), behind };
        self.cursor.go_to(start);
        let escapes = if holes == Holes::None { Escapes::None } else { Escapes::Dropped };
        self.string(Quote { document: Some(document), ..Quote::new("\n", escapes, holes, true) });
    }
}

fn push_code(code: Option<u32>, text: &mut String) {
    text.push(code.and_then(char::from_u32).unwrap_or(super::value::HOLE));
}

fn control(escaped: char) -> Option<char> {
    Some(match escaped {
        'n' => '\n',
        't' => '\t',
        'r' => '\r',
        'a' => '\u{7}',
        'b' => '\u{8}',
        'f' => '\u{c}',
        'v' => '\u{b}',
        'e' => '\u{1b}',
        _ => return None,
    })
}

pub(super) fn is_name_start(c: char) -> bool {
    c.is_alphabetic() || c == '_'
}

pub(super) fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}
