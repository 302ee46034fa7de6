//! Many path patterns asked at once.

use foldhash::{HashMap, HashMapExt};

use super::clean::CleanPath;
use super::glob::Glob;
use super::pattern::PathPattern;
use super::rules::{Compared, Form};

/// A list of patterns, indexed so that its length does not matter: plain paths are found by hashing the ancestors of a
/// path, wild ones by a name or directory they need. Only patterns like `*.pem` are tried one by one.
#[derive(Clone, Debug, Default)]
pub struct PathSet {
    patterns: Vec<PathPattern>,
    plain: HashMap<Box<str>, usize>,
    by_name: HashMap<Box<str>, Vec<Candidate>>,
    by_dir: HashMap<Box<str>, Vec<Candidate>>,
    anywhere: Vec<Candidate>,
    form: Form,
}

/// A wild glob, and the pattern it belongs to.
#[derive(Clone, Debug)]
struct Candidate {
    glob: Glob,
    pattern: usize,
}

impl PathSet {
    /// The set of `patterns`, all of which were read for one place and one purpose.
    pub fn new(patterns: Vec<PathPattern>) -> PathSet {
        let mut set = PathSet {
            patterns: Vec::new(),
            plain: HashMap::new(),
            by_name: HashMap::new(),
            by_dir: HashMap::new(),
            anywhere: Vec::new(),
            form: patterns.first().map(PathPattern::form).unwrap_or_default(),
        };
        for (index, pattern) in patterns.iter().enumerate() {
            for glob in pattern.globs() {
                set.add(glob, index);
            }
        }
        set.patterns = patterns;
        set
    }

    /// Some pattern that matches `path`, the same each time; nothing if none does.
    pub fn matches(&self, path: &CleanPath) -> Option<&PathPattern> {
        let path = self.form.of_path(path);
        let found = self.find_plain(&path).or_else(|| self.find_wild(&path))?;
        self.patterns.get(found)
    }

    /// Whether there is no pattern in it, so that nothing matches.
    pub fn is_empty(&self) -> bool {
        self.patterns.is_empty()
    }

    /// The patterns, in the order they were given.
    pub fn patterns(&self) -> &[PathPattern] {
        &self.patterns
    }

    fn add(&mut self, glob: &Glob, pattern: usize) {
        let candidate = || Candidate { glob: glob.clone(), pattern };
        if let Some(path) = glob.plain() {
            self.plain.entry(path.into()).or_insert(pattern);
        } else if let Some(name) = glob.last_name() {
            self.by_name.entry(name.into()).or_default().push(candidate());
        } else if let Some(dir) = glob.literal_dir() {
            self.by_dir.entry(dir.into()).or_default().push(candidate());
        } else {
            self.anywhere.push(candidate());
        }
    }

    fn find_plain(&self, path: &Compared) -> Option<usize> {
        if self.plain.is_empty() {
            return None;
        }
        path.named.ancestors().find_map(|dir| self.plain.get(dir).copied())
    }

    fn find_wild(&self, path: &Compared) -> Option<usize> {
        self.find_by_name(path).or_else(|| self.find_by_dir(path)).or_else(|| first_match(&self.anywhere, path))
    }

    fn find_by_name(&self, path: &Compared) -> Option<usize> {
        if self.by_name.is_empty() {
            return None;
        }
        path.whole.components().find_map(|name| first_match(self.by_name.get(name)?, path))
    }

    fn find_by_dir(&self, path: &Compared) -> Option<usize> {
        if self.by_dir.is_empty() {
            return None;
        }
        path.named.ancestors().find_map(|dir| first_match(self.by_dir.get(dir)?, path))
    }
}

fn first_match(candidates: &[Candidate], path: &Compared) -> Option<usize> {
    candidates.iter().find(|candidate| candidate.glob.matches(path)).map(|candidate| candidate.pattern)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn set(patterns: &[String]) -> PathSet {
        PathSet::new(patterns.iter().map(|text| PathPattern::parse(text, Some("/d/me")).unwrap()).collect())
    }

    #[test]
    fn an_empty_set_matches_nothing() {
        assert!(PathSet::new(Vec::new()).is_empty());
        assert!(PathSet::new(Vec::new()).matches(&CleanPath::from_clean("/")).is_none());
    }

    proptest! {
        #[test]
        fn a_set_says_what_its_patterns_say(
            patterns in prop::collection::vec("(/|\\*\\*/|~/|C:/)((a|b|c|\\*|\\*\\*|\\?|a\\*)/){0,3}(a|b|\\*c)", 0..6),
            path in "(/|C:/|//)?((a|b|c|ac|d|me|home|root)/){0,4}(a|b|c|me|bc)",
        ) {
            let set = set(&patterns);
            let path = CleanPath::from_clean(&path);
            let one_by_one = set.patterns().iter().any(|pattern| pattern.matches(&path));
            prop_assert_eq!(set.matches(&path).is_some(), one_by_one);
            prop_assert!(set.matches(&path).is_none_or(|pattern| pattern.matches(&path)));
        }
    }
}
