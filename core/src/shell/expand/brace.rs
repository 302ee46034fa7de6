//! Brace expansion: `{a,b}`, `{1..9}`.

use crate::shell::syntax::{Operation, Parameter, Part};

/// Words that one word may become.
pub(super) const WORDS_MAX: usize = 256;

/// Braces that one word may open: each that expands doubles the words at least.
const BRACES_MAX: usize = 16;

/// What a word is made of while its braces are looked at: single characters outside quotes, and whole other parts.
#[derive(Clone)]
enum Token {
    Char(char),
    Part(Part),
}

/// The words that `parts` become; `None` if they are too many.
pub(super) fn expand(parts: &[Part]) -> Option<Vec<Vec<Part>>> {
    let tokens = tokens(parts);
    let opened = tokens.iter().filter(|token| matches!(token, Token::Char('{'))).count();
    if opened > BRACES_MAX {
        return None;
    }
    let mut words = 1;
    let expanded = alternatives(&tokens, &mut words, 0)?;
    Some(expanded.into_iter().map(|word| join(&word)).collect())
}

/// Whether there is anything to expand.
pub(super) fn has_braces(parts: &[Part]) -> bool {
    parts.iter().any(|part| matches!(part, Part::Text(text) if text.contains('{')))
}

fn tokens(parts: &[Part]) -> Vec<Token> {
    let mut tokens = Vec::new();
    for part in parts {
        match part {
            Part::Text(text) => tokens.extend(text.chars().map(Token::Char)),
            other => tokens.push(Token::Part(other.clone())),
        }
    }
    tokens
}

fn join(tokens: &[Token]) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut text = String::new();
    for token in tokens {
        match token {
            Token::Char(c) => text.push(*c),
            Token::Part(part) => {
                push_text(&mut parts, &std::mem::take(&mut text));
                parts.push(part.clone());
            }
        }
    }
    push_text(&mut parts, &text);
    parts
}

/// Braces come before variables, so that what they put behind a name becomes a part of it: `$a{b,c}` is `$ab $ac`.
fn push_text(parts: &mut Vec<Part>, text: &str) {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut rest = text;
    if let Some(Part::Parameter(parameter)) = parts.last_mut()
        && is_bare(parameter)
    {
        let end = text.find(|c| !is_name(c)).unwrap_or(text.len());
        let (more, behind) = text.split_at_checked(end).unwrap_or_default();
        parameter.name = format!("{}{more}", parameter.name).into();
        parameter.source = format!("${}", parameter.name).into();
        rest = behind;
    }
    if !rest.is_empty() {
        parts.push(Part::Text(rest.into()));
    }
}

/// `$name`, without braces of its own.
fn is_bare(parameter: &Parameter) -> bool {
    parameter.operation == Operation::Value
        && parameter.name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && parameter.source.strip_prefix('$') == Some(&*parameter.name)
}

/// Nested braces deeper than this are left as they are, which makes the word too much to read.
const DEPTH_MAX: usize = 8;

fn alternatives(tokens: &[Token], words: &mut usize, depth: usize) -> Option<Vec<Vec<Token>>> {
    if depth > DEPTH_MAX {
        return None;
    }
    let Some((open, close, commas)) = first_brace(tokens) else { return Some(vec![tokens.to_vec()]) };
    let (before, inside, behind) = (tokens.get(..open)?, tokens.get(open + 1..close)?, tokens.get(close + 1..)?);
    let middles = if commas.is_empty() {
        sequence(inside)?
    } else {
        let mut all = Vec::new();
        let mut start = 0;
        for end in commas.iter().map(|comma| comma - open - 1).chain([inside.len()]) {
            all.extend(alternatives(inside.get(start..end)?, words, depth + 1)?);
            start = end + 1;
        }
        all
    };
    let tails = alternatives(behind, words, depth)?;
    *words = words.checked_add(middles.len() * tails.len())?;
    if *words > WORDS_MAX {
        return None;
    }
    Some(middles.iter().flat_map(|middle| tails.iter().map(move |tail| [before, middle, tail].concat())).collect())
}

/// The first brace that expands: where it opens and closes, and its commas.
fn first_brace(tokens: &[Token]) -> Option<(usize, usize, Vec<usize>)> {
    let mut open: Vec<(usize, Vec<usize>)> = Vec::new();
    let mut best: Option<(usize, usize, Vec<usize>)> = None;
    for (index, token) in tokens.iter().enumerate() {
        match token {
            Token::Char('{') => open.push((index, Vec::new())),
            Token::Char(',') => open.iter_mut().last().into_iter().for_each(|(_, commas)| commas.push(index)),
            Token::Char('}') => {
                let Some((start, commas)) = open.pop() else { continue };
                let expands =
                    !commas.is_empty() || tokens.get(start + 1..index).is_some_and(|inside| sequence(inside).is_some());
                let is_first = best.as_ref().is_none_or(|(first, ..)| start < *first);
                if expands && is_first {
                    best = Some((start, index, commas));
                }
            }
            _ => {}
        }
    }
    best
}

/// `1..9`, `a..f`, `01..10..2`.
fn sequence(inside: &[Token]) -> Option<Vec<Vec<Token>>> {
    let text: Option<String> = inside
        .iter()
        .map(|token| match token {
            Token::Char(c) => Some(*c),
            Token::Part(_) => None,
        })
        .collect();
    let text = text?;
    let mut ends = text.split("..");
    let (from, to, step, more) = (ends.next()?, ends.next()?, ends.next(), ends.next());
    if more.is_some() {
        return None;
    }
    let step = step.map_or(Some(1), |step| step.parse::<i64>().ok())?.unsigned_abs().max(1);
    let texts: Vec<String> = match (from.parse::<i64>(), to.parse::<i64>()) {
        (Ok(first), Ok(last)) => {
            let is_padded =
                |text: &str| text.trim_start_matches('-').len() > 1 && text.trim_start_matches('-').starts_with('0');
            let width = if is_padded(from) || is_padded(to) { from.len().max(to.len()) } else { 0 };
            steps(first, last, step)?.into_iter().map(|number| format!("{number:0width$}")).collect()
        }
        _ => {
            let one = |text: &str| text.chars().next().filter(|c| c.is_ascii() && text.len() == 1);
            let (first, last) = (one(from)?, one(to)?);
            steps(i64::from(u32::from(first)), i64::from(u32::from(last)), step)?
                .into_iter()
                .filter_map(|code| u32::try_from(code).ok().and_then(char::from_u32))
                .map(String::from)
                .collect()
        }
    };
    Some(texts.iter().map(|text| text.chars().map(Token::Char).collect()).collect())
}

/// From `first` to `last`; one more than is allowed tells the caller that there are too many.
fn steps(first: i64, last: i64, step: u64) -> Option<Vec<i64>> {
    let count = usize::try_from(first.abs_diff(last) / step + 1).unwrap_or(usize::MAX).min(WORDS_MAX + 1);
    let signed = i64::try_from(step).ok()? * if last < first { -1 } else { 1 };
    (0..count).map(|index| first.checked_add(signed.checked_mul(i64::try_from(index).ok()?)?)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Option<Vec<String>> {
        let words = expand(&[Part::Text(text.into())])?;
        Some(
            words
                .iter()
                .map(|parts| {
                    parts
                        .iter()
                        .map(|part| if let Part::Text(text) = part { text.to_string() } else { String::new() })
                        .collect()
                })
                .collect(),
        )
    }

    #[test]
    fn braces_become_words() {
        for (text, wanted) in [
            ("{a,b}", vec!["a", "b"]),
            ("x{a,b}y{1,2}", vec!["xay1", "xay2", "xby1", "xby2"]),
            ("{a,b{c,d}}", vec!["a", "bc", "bd"]),
            ("{1..4}", vec!["1", "2", "3", "4"]),
            ("{01..03}", vec!["01", "02", "03"]),
            ("{c..a}", vec!["c", "b", "a"]),
            ("{a}", vec!["{a}"]),
            ("{a,b", vec!["{a,b"]),
            ("{{a,b}}", vec!["{a}", "{b}"]),
            ("a,b", vec!["a,b"]),
            ("{,x}", vec!["", "x"]),
        ] {
            assert_eq!(words(text).unwrap(), wanted, "{text}");
        }
    }

    #[test]
    fn too_many_are_refused() {
        assert_eq!(words("{1..1000000000000}"), None);
        assert_eq!(words(&"{a,b}".repeat(20)), None);
        assert_eq!(words(&"{a,".repeat(5_000)), None);
    }
}
