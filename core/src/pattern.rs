//! Patterns over names and texts, as policies write them.
//!
//! A [`NamePattern`] is a name in which `*` stands for any run of characters and `?` for one. A [`TextPattern`] is a
//! literal, or a regular expression between slashes.

use std::sync::Arc;

use aho_corasick::{AhoCorasick, MatchKind};
use regex::{Regex, RegexBuilder, RegexSet, RegexSetBuilder};

/// A name with wildcards.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct NamePattern {
    text: Arc<str>,
    form: Form,
    /// What stands between the `*` of a general pattern.
    parts: Box<[Part]>,
}

/// A text to look for; `?` in it is any one character.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Part {
    text: Box<str>,
}

/// Nearly all patterns are one of the first four, which cost one comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Form {
    Any,
    Exact,
    Prefix,
    Suffix,
    General,
}

impl NamePattern {
    /// Reads a pattern; every text is one.
    pub fn new(text: &str) -> NamePattern {
        let wild = |text: &str| text.contains(['*', '?']);
        let form = if text == "*" {
            Form::Any
        } else if !wild(text) {
            Form::Exact
        } else if text.strip_suffix('*').is_some_and(|head| !wild(head)) {
            Form::Prefix
        } else if text.strip_prefix('*').is_some_and(|tail| !wild(tail)) {
            Form::Suffix
        } else {
            Form::General
        };
        let parts = text.split('*').filter(|_| form == Form::General).map(Part::new).collect();
        NamePattern { text: text.into(), form, parts }
    }

    /// The pattern as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The name, if the pattern has no wildcard.
    pub fn exact(&self) -> Option<&str> {
        (self.form == Form::Exact).then_some(&*self.text)
    }

    /// What every name it matches begins with.
    pub fn literal_prefix(&self) -> &str {
        self.text.split(['*', '?']).next().unwrap_or_default()
    }

    /// The longest text between wildcards, which every name it matches contains; `None` if there is none.
    pub fn longest_literal(&self) -> Option<&str> {
        self.text.split(['*', '?']).max_by_key(|part| part.len()).filter(|part| !part.is_empty())
    }

    /// Whether it matches the whole of `name`.
    pub fn matches(&self, name: &str) -> bool {
        match self.form {
            Form::Any => true,
            Form::Exact => *self.text == *name,
            Form::Prefix => name.as_bytes().starts_with(self.literal_prefix().as_bytes()),
            Form::Suffix => self.text.strip_prefix('*').is_some_and(|tail| name.ends_with(tail)),
            Form::General => matches_parts(&self.parts, name),
        }
    }
}

/// Looks for each part at the first place behind the one before it, where the rest has the most room; the first part has
/// to begin and the last to end the name.
fn matches_parts(parts: &[Part], name: &str) -> bool {
    match parts {
        [] => false,
        [whole] => whole.strip(name) == Some(""),
        [head, middle @ .., tail] => {
            // Both ends first: they are compared, the rest has to be looked for.
            let rest = head.strip(name).filter(|rest| tail.ends(rest));
            let rest = rest.and_then(|rest| middle.iter().try_fold(rest, |rest, part| part.find(rest)));
            rest.is_some_and(|rest| tail.ends(rest))
        }
    }
}

impl Part {
    fn new(text: &str) -> Part {
        Part { text: text.into() }
    }

    /// What follows it in a `name` that begins with it.
    fn strip<'a>(&self, name: &'a str) -> Option<&'a str> {
        if !self.is_wild() {
            return name.strip_prefix(&*self.text);
        }
        let mut found = name.chars();
        self.text.chars().all(|wanted| found.next().is_some_and(|c| fits(wanted, c))).then_some(found.as_str())
    }

    /// What follows the first place where it stands in `name`.
    fn find<'a>(&self, name: &'a str) -> Option<&'a str> {
        if !self.is_wild() {
            return name.split_once(&*self.text).map(|(_, rest)| rest);
        }
        name.char_indices().find_map(|(start, _)| self.strip(name.get(start..)?))
    }

    fn ends(&self, name: &str) -> bool {
        if !self.is_wild() {
            return name.ends_with(&*self.text);
        }
        let mut found = name.chars().rev();
        self.text.chars().rev().all(|wanted| found.next().is_some_and(|c| fits(wanted, c)))
    }

    fn is_wild(&self) -> bool {
        self.text.contains('?')
    }
}

fn fits(wanted: char, found: char) -> bool {
    wanted == '?' || wanted == found
}

/// Many literals and regular expressions, looked for at once.
#[derive(Clone, Debug)]
pub struct TextSet {
    written: Vec<Arc<str>>,
    literals: Option<AhoCorasick>,
    literal_index: Vec<usize>,
    expressions: Option<RegexSet>,
    expression_index: Vec<usize>,
}

impl TextSet {
    /// Reads patterns: `/…/` is a regular expression, anything else is looked for as it stands.
    ///
    /// # Errors
    /// One clause per pattern that is not a regular expression or would be too large, with its index.
    pub fn new(patterns: &[&str]) -> Result<TextSet, Vec<(usize, String)>> {
        let mut wrong = Vec::new();
        let (mut literal_index, mut expression_index) = (Vec::new(), Vec::new());
        for (index, pattern) in patterns.iter().enumerate() {
            match expression(pattern) {
                None if pattern.is_empty() => wrong.push((index, "an empty pattern matches everything".to_owned())),
                None => literal_index.push(index),
                Some(inner) => match bounded(inner) {
                    Ok(_) => expression_index.push(index),
                    Err(message) => wrong.push((index, message)),
                },
            }
        }
        if !wrong.is_empty() {
            return Err(wrong);
        }
        let at = |index: &usize| patterns.get(*index).copied().unwrap_or_default();
        let literals = (!literal_index.is_empty())
            .then(|| AhoCorasick::builder().match_kind(MatchKind::Standard).build(literal_index.iter().map(at)));
        let expressions = (!expression_index.is_empty()).then(|| {
            let inner = expression_index.iter().map(|index| expression(at(index)).unwrap_or_default());
            RegexSetBuilder::new(inner).size_limit(64 << 20).build()
        });
        let too_large = |error: String| vec![(0, format!("all patterns together: {error}"))];
        Ok(TextSet {
            written: patterns.iter().map(|pattern| Arc::from(*pattern)).collect(),
            literals: literals.transpose().map_err(|error| too_large(error.to_string()))?,
            literal_index,
            expressions: expressions.transpose().map_err(|error| too_large(error.to_string()))?,
            expression_index,
        })
    }

    /// The first pattern, in the order they were written, that is found in `text`.
    pub fn find(&self, text: &str) -> Option<&Arc<str>> {
        let literal = self
            .literals
            .iter()
            .flat_map(|all| all.find_overlapping_iter(text))
            .map(|found| found.pattern().as_usize());
        let literal = literal.filter_map(|found| self.literal_index.get(found)).min();
        // Whether any is found costs far less to tell than which, and mostly none is.
        let expressions = self.expressions.iter().filter(|all| all.is_match(text));
        let expression = expressions.filter_map(|all| all.matches(text).into_iter().next());
        let expression = expression.filter_map(|found| self.expression_index.get(found).copied()).next();
        let first = literal.copied().into_iter().chain(expression).min()?;
        self.written.get(first)
    }
}

fn expression(pattern: &str) -> Option<&str> {
    pattern.strip_prefix('/')?.strip_suffix('/').filter(|inner| !inner.is_empty())
}

fn bounded(expression: &str) -> Result<Regex, String> {
    RegexBuilder::new(expression).size_limit(1 << 20).build().map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => "this regular expression is too large".to_owned(),
        other => format!(
            "this is not a regular expression: {}",
            other.to_string().lines().last().unwrap_or_default().trim_start_matches("error: ")
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn wildcards_match_runs() {
        for (pattern, name, expected) in [
            ("agent:research_*", "agent:research_7", true),
            ("agent:research_*", "agent:finance", false),
            ("*.pem", "a.pem", true),
            ("a*b*c", "aXbYbZc", true),
            ("a*b*c", "aXc", false),
            ("?at", "cat", true),
            ("?at", "at", false),
            ("*", "", true),
            ("", "", true),
            ("é*", "été", true),
        ] {
            assert_eq!(NamePattern::new(pattern).matches(name), expected, "{pattern} on {name}");
        }
    }

    #[test]
    fn many_stars_do_not_explode() {
        let pattern = NamePattern::new(&"a*".repeat(60));
        assert!(!pattern.matches(&format!("{}b", "a".repeat(59))));
    }

    #[test]
    fn literals_and_expressions_are_found() {
        let set = TextSet::new(&["rm -rf", ":(){ :|:& };:", "/^sudo\\b/"]).unwrap();
        assert_eq!(set.find("x; rm -rf /").map(|found| &**found), Some("rm -rf"));
        assert_eq!(set.find("sudo ls").map(|found| &**found), Some("/^sudo\\b/"));
        assert_eq!(set.find("ls"), None);
        assert_eq!(TextSet::new(&["ok", "/(/"]).unwrap_err()[0].0, 1);
    }

    proptest! {
        #[test]
        fn general_matching_agrees_with_a_regex(pattern in "[ab*?]{0,8}", name in "[ab]{0,10}") {
            let expression: String = pattern.chars().map(|c| match c { '*' => ".*".into(), '?' => ".".into(), c => c.to_string() }).collect();
            let expected = Regex::new(&format!("^(?s:{expression})$")).unwrap().is_match(&name);
            prop_assert_eq!(NamePattern::new(&pattern).matches(&name), expected);
        }
    }
}
