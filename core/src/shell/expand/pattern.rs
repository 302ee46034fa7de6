//! Shell patterns (`*`, `?`, `[…]`) against text.
//!
//! Source: "Pattern Matching Notation", POSIX.1-2024, Shell & Utilities, 2.14.

/// One element of a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Element {
    Char(char),
    Any,
    Many,
    /// A bracket expression: whether it is negated, and its ranges.
    Set(bool, Vec<(char, char)>),
}

/// A pattern, ready to be compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::shell) struct Pattern(Vec<Element>);

impl Pattern {
    /// Reads a pattern; characters for which `is_quoted` holds stand for themselves.
    pub(in crate::shell) fn new(characters: impl Iterator<Item = (char, bool)>) -> Pattern {
        let all: Vec<(char, bool)> = characters.collect();
        let mut elements = Vec::with_capacity(all.len());
        let mut at = 0;
        while let Some(&(c, quoted)) = all.get(at) {
            at += 1;
            match c {
                '*' if !quoted => {
                    if elements.last() != Some(&Element::Many) {
                        elements.push(Element::Many);
                    }
                }
                '?' if !quoted => elements.push(Element::Any),
                '[' if !quoted => match bracket(&all, at) {
                    Some((set, end)) => {
                        elements.push(set);
                        at = end;
                    }
                    None => elements.push(Element::Char(c)),
                },
                '\\' if !quoted && at < all.len() => {
                    elements.extend(all.get(at).map(|(next, _)| Element::Char(*next)));
                    at += 1;
                }
                _ => elements.push(Element::Char(c)),
            }
        }
        Pattern(elements)
    }

    pub(in crate::shell) fn of(text: &str) -> Pattern {
        Pattern::new(text.chars().map(|c| (c, false)))
    }

    pub(in crate::shell) fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether all of `text` fits. Takes at most the product of the two lengths.
    pub(in crate::shell) fn matches(&self, text: &[char]) -> bool {
        let (mut at, mut element) = (0, 0);
        let mut retry: Option<(usize, usize)> = None;
        while let Some(c) = text.get(at) {
            match self.0.get(element) {
                Some(Element::Many) => {
                    retry = Some((element + 1, at));
                    element += 1;
                }
                Some(one) if one.fits(*c) => {
                    at += 1;
                    element += 1;
                }
                _ => match &mut retry {
                    Some((behind, from)) => {
                        *from += 1;
                        (at, element) = (*from, *behind);
                    }
                    None => return false,
                },
            }
        }
        self.0.iter().skip(element).all(|rest| *rest == Element::Many)
    }
}

impl Element {
    fn fits(&self, c: char) -> bool {
        match self {
            Element::Char(wanted) => *wanted == c,
            Element::Any => true,
            Element::Many => false,
            Element::Set(negated, ranges) => ranges.iter().any(|(from, to)| (*from..=*to).contains(&c)) != *negated,
        }
    }
}

/// A bracket expression that starts behind the `[` at `start`, and where it ends.
fn bracket(all: &[(char, bool)], start: usize) -> Option<(Element, usize)> {
    let at = |index: usize| all.get(index).map(|(c, _)| *c);
    let negated = matches!(at(start), Some('!' | '^'));
    let first = start + usize::from(negated);
    let mut index = first;
    let mut ranges = Vec::new();
    loop {
        let c = at(index)?;
        if c == ']' && index > first {
            return Some((Element::Set(negated, ranges), index + 1));
        }
        if c == '[' && at(index + 1) == Some(':') {
            let (class, end) = class(all, index + 2)?;
            ranges.extend(class);
            index = end;
        } else if at(index + 1) == Some('-') && at(index + 2).is_some_and(|end| end != ']') {
            ranges.push((c, at(index + 2)?));
            index += 3;
        } else {
            ranges.push((c, c));
            index += 1;
        }
    }
}

fn class(all: &[(char, bool)], start: usize) -> Option<(&'static [(char, char)], usize)> {
    let rest = all.get(start..)?;
    let length = rest.windows(2).take(16).position(|pair| matches!(pair, [(':', _), (']', _)]))?;
    let name: String = rest.iter().take(length).map(|(c, _)| *c).collect();
    let ranges: &[(char, char)] = match name.as_str() {
        "alpha" => &[('a', 'z'), ('A', 'Z')],
        "digit" => &[('0', '9')],
        "alnum" => &[('a', 'z'), ('A', 'Z'), ('0', '9')],
        "upper" => &[('A', 'Z')],
        "lower" => &[('a', 'z')],
        "space" => &[(' ', ' '), ('\t', '\r')],
        "blank" => &[(' ', ' '), ('\t', '\t')],
        "punct" => &[('!', '/'), (':', '@'), ('[', '`'), ('{', '~')],
        "xdigit" => &[('0', '9'), ('a', 'f'), ('A', 'F')],
        "print" => &[(' ', '~')],
        "graph" => &[('!', '~')],
        "cntrl" => &[('\0', '\x1f'), ('\x7f', '\x7f')],
        _ => return None,
    };
    Some((ranges, start + length + 2))
}

/// The characters that `tr` means by a set such as `a-z`, `[:upper:]` or `\n`.
pub(in crate::shell) fn tr_set(text: &str) -> Option<Vec<char>> {
    let all: Vec<(char, bool)> = text.chars().map(|c| (c, false)).collect();
    let mut set = Vec::new();
    let mut index = 0;
    while let Some(&(c, _)) = all.get(index) {
        if c == '[' && all.get(index + 1).is_some_and(|(next, _)| *next == ':') {
            let (ranges, end) = class(&all, index + 2)?;
            ranges.iter().for_each(|(from, to)| set.extend(*from..=*to));
            // Behind the class stands one more bracket than in a pattern, where the outer one encloses the set.
            index = end;
            continue;
        }
        let (c, length) = if c == '\\' { escape(&all, index)? } else { (c, 1) };
        index += length;
        match (all.get(index), all.get(index + 1)) {
            (Some(('-', _)), Some(&(end, _))) if end >= c => {
                set.extend(c..=end);
                index += 2;
            }
            _ => set.push(c),
        }
        if set.len() > 512 {
            return None;
        }
    }
    Some(set)
}

fn escape(all: &[(char, bool)], index: usize) -> Option<(char, usize)> {
    let next = all.get(index + 1)?.0;
    let simple = match next {
        'n' => '\n',
        't' => '\t',
        'r' => '\r',
        '0'..='7' => {
            let digits: String =
                all.iter().skip(index + 1).take(3).map(|(c, _)| *c).take_while(|c| ('0'..='7').contains(c)).collect();
            return Some((char::from_u32(u32::from_str_radix(&digits, 8).ok()?)?, 1 + digits.len()));
        }
        other => other,
    };
    Some((simple, 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_fit_as_in_the_shell() {
        for (pattern, text, fits) in [
            ("r?", "rm", true),
            ("r?", "rmd", false),
            ("*.txt", "a.txt", true),
            ("a*b*c", "axxbxxc", true),
            ("a*b*c", "axxcxxb", false),
            ("[a-c]x", "bx", true),
            ("[!a-c]x", "bx", false),
            ("[[:digit:]]", "7", true),
            ("[]]", "]", true),
            ("[", "[", true),
            ("\\*", "*", true),
            ("\\*", "a", false),
            ("", "", true),
        ] {
            let chars: Vec<char> = text.chars().collect();
            assert_eq!(Pattern::of(pattern).matches(&chars), fits, "{pattern} {text}");
        }
    }

    #[test]
    fn sets_of_tr() {
        assert_eq!(tr_set("a-e").unwrap().iter().collect::<String>(), "abcde");
        assert_eq!(tr_set("[:digit:]x").unwrap().iter().collect::<String>(), "0123456789x");
        assert_eq!(tr_set("\\n\\101").unwrap(), ['\n', 'A']);
    }
}
