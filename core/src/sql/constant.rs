//! Tells whether a condition is the same for every row, as `1 = 1` and `id = id` are.

use super::keyword::Keyword;
use super::lexer::{Kind, Token};

/// Whether the condition in `tokens`, a part of `text`, does not depend on the row. `or_signs` says that `||` means `OR`.
pub(super) fn is_constant(text: &str, tokens: &[Token], or_signs: bool) -> bool {
    let condition = Condition { text, or_signs };
    condition.is_constant(tokens)
}

struct Condition<'a> {
    text: &'a str,
    or_signs: bool,
}

impl Condition<'_> {
    /// Of alternatives one is enough, and of conditions that must all hold, all.
    fn is_constant(&self, tokens: &[Token]) -> bool {
        let tokens = self.without_brackets(tokens);
        let alternatives = self.split(tokens, |this, at| this.is_or(tokens, at));
        if alternatives.len() > 1 {
            return alternatives.into_iter().any(|part| self.is_constant(part));
        }
        let conditions = self.split(tokens, |this, at| this.is_and(tokens, at));
        if conditions.len() > 1 {
            return conditions.into_iter().all(|part| self.is_constant(part));
        }
        let negations = tokens.iter().take_while(|token| token.keyword == Some(Keyword::Not)).count();
        match tokens.get(negations..) {
            Some(rest) if negations > 0 && rest.first().is_some_and(|token| token.kind == Kind::Open) => {
                self.is_constant(rest)
            }
            _ => self.is_constant_comparison(tokens),
        }
    }

    fn is_constant_comparison(&self, tokens: &[Token]) -> bool {
        !self.has_column(tokens) || self.compares_with_itself(tokens) || self.matches_anything(tokens)
    }

    fn without_brackets<'t>(&self, mut tokens: &'t [Token]) -> &'t [Token] {
        while let [first, inner @ .., last] = tokens
            && first.kind == Kind::Open
            && last.kind == Kind::Close
            && is_balanced(inner)
        {
            tokens = inner;
        }
        tokens
    }

    /// Cuts at the pieces outside of brackets and cases that `is_border` names.
    fn split<'t>(&self, tokens: &'t [Token], is_border: impl Fn(&Self, usize) -> bool) -> Vec<&'t [Token]> {
        let (mut parts, mut start, mut depth, mut is_between) = (Vec::new(), 0, 0usize, false);
        for (at, token) in tokens.iter().enumerate() {
            match (token.kind, token.keyword) {
                (Kind::Open, _) | (_, Some(Keyword::Case)) => depth += 1,
                (Kind::Close, _) | (_, Some(Keyword::End)) => depth = depth.saturating_sub(1),
                (_, Some(Keyword::Between)) if depth == 0 => is_between = true,
                // The `AND` of a `BETWEEN` joins no conditions.
                (_, Some(Keyword::And)) if depth == 0 && is_between => is_between = false,
                _ if depth == 0 && is_border(self, at) => {
                    parts.extend(tokens.get(start..at));
                    start = at + 1;
                }
                _ => {}
            }
        }
        parts.extend(tokens.get(start..));
        parts.retain(|part| !part.is_empty());
        parts
    }

    fn is_or(&self, tokens: &[Token], at: usize) -> bool {
        let token = tokens.get(at);
        let is_word = token.is_some_and(|token| token.keyword == Some(Keyword::Or) || self.is(token, "xor"));
        is_word || self.or_signs && is_pair(tokens, at, b'|')
    }

    fn is_and(&self, tokens: &[Token], at: usize) -> bool {
        tokens.get(at).is_some_and(|token| token.keyword == Some(Keyword::And)) || is_pair(tokens, at, b'&')
    }

    /// Whether a column, or anything that might be one, is spoken of.
    fn has_column(&self, tokens: &[Token]) -> bool {
        tokens.iter().enumerate().any(|(at, token)| match token.kind {
            Kind::Quoted => true,
            Kind::Word => {
                let is_call = tokens.get(at + 1).is_some_and(|next| next.kind == Kind::Open);
                !is_call && !is_word_of_conditions(token.keyword) && !self.is_constant_word(token)
            }
            _ => false,
        })
    }

    fn is_constant_word(&self, token: &Token) -> bool {
        const WORDS: [&str; 12] = [
            "ilike",
            "rlike",
            "regexp",
            "glob",
            "unknown",
            "xor",
            "div",
            "mod",
            "current_timestamp",
            "current_date",
            "binary",
            "escape",
        ];
        WORDS.iter().any(|word| self.is(token, word))
    }

    /// `id = id`, `t.id >= id`.
    fn compares_with_itself(&self, tokens: &[Token]) -> bool {
        let sign = |token: &Token| {
            matches!(token.kind, Kind::Sign(b'=' | b'<' | b'>')) || token.keyword == Some(Keyword::Like)
        };
        let Some(from) = tokens.iter().position(sign) else { return false };
        let signs = tokens.iter().skip(from).take_while(|token| sign(token)).count();
        let (Some(left), Some(right)) = (tokens.get(..from), tokens.get(from + signs..)) else { return false };
        let (left, right) = (self.without_brackets(left), self.without_brackets(right));
        let words = |side: &[Token]| -> Vec<String> { side.iter().map(|token| self.plain(token)).collect() };
        let (left, right) = (words(left), words(right));
        let (short, long) = if left.len() <= right.len() { (left, right) } else { (right, left) };
        // A name with its table before it and the same name without are one column.
        !short.is_empty()
            && (long == short
                || short.len() == 1
                    && long.len() >= 3
                    && long.last() == short.last()
                    && long.iter().rev().nth(1).is_some_and(|dot| dot == "."))
    }

    /// `name LIKE '%'`.
    fn matches_anything(&self, tokens: &[Token]) -> bool {
        match tokens {
            [.., like, pattern] => {
                let is_like = like.keyword == Some(Keyword::Like) || self.is(like, "ilike");
                let text = self.text_of(pattern);
                is_like && text.len() > 2 && text.trim_matches('\'').chars().all(|c| c == '%')
            }
            _ => false,
        }
    }

    fn is(&self, token: &Token, word: &str) -> bool {
        token.kind == Kind::Word && self.text_of(token).eq_ignore_ascii_case(word)
    }

    /// A piece as it is compared: names in one case and without quotes.
    fn plain(&self, token: &Token) -> String {
        self.text_of(token).trim_matches(['"', '`', '[', ']']).to_lowercase()
    }

    fn text_of(&self, token: &Token) -> &str {
        self.text.get(token.start..token.end).unwrap_or_default()
    }
}

fn is_word_of_conditions(keyword: Option<Keyword>) -> bool {
    use Keyword as K;
    matches!(
        keyword,
        Some(
            K::And
                | K::Or
                | K::Not
                | K::In
                | K::Is
                | K::Like
                | K::Between
                | K::Null
                | K::True
                | K::False
                | K::Case
                | K::When
                | K::Then
                | K::Else
                | K::End
                | K::Exists
                | K::Select
                | K::Any
                | K::All
                | K::Distinct
                | K::Values
        )
    )
}

fn is_pair(tokens: &[Token], at: usize, sign: u8) -> bool {
    let is_sign = |token: Option<&Token>| token.is_some_and(|token| token.kind == Kind::Sign(sign));
    is_sign(tokens.get(at))
        && (is_sign(tokens.get(at + 1)) || at.checked_sub(1).is_some_and(|before| is_sign(tokens.get(before))))
}

/// Whether no bracket in `tokens` closes one that was opened before them.
fn is_balanced(tokens: &[Token]) -> bool {
    let mut depth = 0usize;
    for token in tokens {
        match token.kind {
            Kind::Open => depth += 1,
            Kind::Close if depth == 0 => return false,
            Kind::Close => depth -= 1,
            _ => {}
        }
    }
    depth == 0
}
