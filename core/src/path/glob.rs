//! One pattern of names with wildcards, matched in time proportional to the path.

use super::clean::{CleanPath, Root};
use super::rules::{Compared, Form};

/// A root and names, some of which may be wild.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Glob {
    root: GlobRoot,
    segments: Vec<Segment>,
}

/// Where a glob starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum GlobRoot {
    /// At one root.
    At(Root),
    /// At any drive.
    AnyDrive,
    /// Anywhere.
    Any,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Segment {
    /// Exactly this name.
    Name(Box<str>),
    /// A name with `*` or `?`.
    Wild(Box<str>),
    /// `**`: any run of names.
    Many,
}

/// What every path that a pattern matches has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Demand<'a> {
    /// This among its names.
    Name(&'a str),
    /// A name that ends in this, behind its last dot.
    Ending(&'a str),
    /// This text within a name.
    Part(&'a str),
}

impl Glob {
    /// The glob of `names` beneath `root`.
    pub(super) fn new<'a>(root: GlobRoot, names: impl IntoIterator<Item = &'a str>) -> Glob {
        let folds_case = matches!(root, GlobRoot::AnyDrive) || matches!(root, GlobRoot::At(root) if root.folds_case());
        let segments = names.into_iter().map(|name| segment(name, folds_case)).collect();
        Glob { root, segments }
    }

    /// The same glob with `dir` in place of its literal directory.
    pub(super) fn moved_to(&self, dir: &CleanPath) -> Glob {
        let wild = self.segments.iter().skip_while(|segment| segment.name().is_some()).cloned();
        let names = dir.components().map(|name| segment(name, dir.root().folds_case()));
        Glob { root: GlobRoot::At(dir.root()), segments: names.chain(wild).collect() }
    }

    /// The same glob for paths in `form`.
    pub(super) fn in_form(self, form: Form) -> Glob {
        let kept = usize::from(form == Form::FoldedBeneath && self.begins_in_root());
        let in_form = |(at, segment): (usize, Segment)| if at < kept { segment } else { segment.in_form(form) };
        Glob { root: self.root, segments: self.segments.into_iter().enumerate().map(in_form).collect() }
    }

    /// Whether it begins with a name in the root.
    fn begins_in_root(&self) -> bool {
        self.root == GlobRoot::At(Root::Posix) && self.segments.first().is_some_and(|first| first.name().is_some())
    }

    /// Whether the path or one of its ancestors is what the glob describes.
    pub(super) fn matches(&self, path: &Compared) -> bool {
        let path = if self.begins_in_root() { &path.named } else { &path.whole };
        self.starts_at(path.root()) && self.matches_names(path.components())
    }

    /// The path it describes, if there is nothing wild in it.
    pub(super) fn plain(&self) -> Option<String> {
        let dir = self.literal_dir()?;
        self.segments.iter().all(|segment| matches!(segment, Segment::Name(_))).then_some(dir)
    }

    /// The longest directory before the first wildcard.
    pub(super) fn literal_dir(&self) -> Option<String> {
        let GlobRoot::At(root) = self.root else { return None };
        let names: Vec<&str> = self.segments.iter().map_while(Segment::name).collect();
        (root != Root::Loose || !names.is_empty()).then(|| CleanPath::from_names(root, &names).as_str().to_owned())
    }

    /// The last name without a wildcard that stands behind the first wildcard. Every path that matches contains it.
    pub(super) fn last_name(&self) -> Option<&str> {
        let literal = self.segments.iter().map_while(Segment::name).count();
        self.segments.iter().skip(literal).rev().find_map(Segment::name).or_else(|| {
            let is_anchored = matches!(self.root, GlobRoot::At(_));
            self.segments.iter().rev().find_map(Segment::name).filter(|_| !is_anchored)
        })
    }

    /// What every path it matches has: a whole name tells most, an ending more than a part.
    pub(super) fn demand(&self) -> Option<Demand<'_>> {
        let last = |demand: fn(&Segment) -> Option<Demand<'_>>| self.segments.iter().rev().find_map(demand);
        last(|segment| segment.name().map(Demand::Name))
            .or_else(|| last(|segment| segment.ending().map(Demand::Ending)))
            .or_else(|| last(|segment| segment.part().map(Demand::Part)))
    }

    fn starts_at(&self, root: Root) -> bool {
        match self.root {
            GlobRoot::At(wanted) => wanted == root,
            GlobRoot::AnyDrive => matches!(root, Root::Drive(_)),
            GlobRoot::Any => true,
        }
    }

    /// The names between two `**` must stand together somewhere behind the previous group. Taking the first place is
    /// enough, because whatever follows has then the most room; nothing has to follow the last group, because a match
    /// of an ancestor is a match.
    fn matches_names<'a>(&self, mut names: impl Iterator<Item = &'a str> + Clone) -> bool {
        let mut groups = self.segments.split(|segment| *segment == Segment::Many);
        let first = groups.next().unwrap_or_default();
        if !take_group(first, &mut names) {
            return false;
        }
        groups.all(|group| seek_group(group, &mut names))
    }
}

impl Segment {
    fn in_form(self, form: Form) -> Segment {
        match self {
            Segment::Name(name) => Segment::Name(form.of(&name).into()),
            Segment::Wild(pattern) => Segment::Wild(form.of(&pattern).into()),
            Segment::Many => Segment::Many,
        }
    }

    fn name(&self) -> Option<&str> {
        match self {
            Segment::Name(name) => Some(name),
            _ => None,
        }
    }

    /// What follows the last dot of every name it matches.
    fn ending(&self) -> Option<&str> {
        match self {
            Segment::Wild(pattern) => {
                pattern.rsplit_once('.').map(|(_, end)| end).filter(|end| !end.contains(['*', '?']))
            }
            _ => None,
        }
    }

    /// The longest text between the wildcards, which every name it matches contains.
    fn part(&self) -> Option<&str> {
        match self {
            Segment::Wild(pattern) => {
                pattern.split(['*', '?']).max_by_key(|part| part.len()).filter(|part| !part.is_empty())
            }
            _ => None,
        }
    }

    fn matches(&self, name: &str) -> bool {
        match self {
            Segment::Name(wanted) => wanted.as_ref() == name,
            Segment::Wild(pattern) => matches_wild(pattern, name),
            Segment::Many => true,
        }
    }
}

fn segment(name: &str, folds_case: bool) -> Segment {
    let text = if folds_case { name.to_lowercase() } else { name.to_owned() }.into_boxed_str();
    match name {
        "**" => Segment::Many,
        _ if name.contains(['*', '?']) => Segment::Wild(text),
        _ => Segment::Name(text),
    }
}

/// Whether the next names are those of `group`; if so, they are taken.
fn take_group<'a>(group: &[Segment], names: &mut (impl Iterator<Item = &'a str> + Clone)) -> bool {
    let mut ahead = names.clone();
    let is_next = group.iter().all(|segment| ahead.next().is_some_and(|name| segment.matches(name)));
    if is_next {
        *names = ahead;
    }
    is_next
}

fn seek_group<'a>(group: &[Segment], names: &mut (impl Iterator<Item = &'a str> + Clone)) -> bool {
    loop {
        if take_group(group, names) {
            return true;
        }
        if names.next().is_none() {
            return false;
        }
    }
}

/// Whether `name` is described by `pattern`, where `*` is any run of characters and `?` one. Only the last `*` is ever
/// tried again, so the work is at most the product of the lengths.
fn matches_wild(pattern: &str, name: &str) -> bool {
    let (mut wanted, mut given) = (pattern.chars(), name.chars());
    let mut retry = None;
    loop {
        let (mut next_wanted, mut next_given) = (wanted.clone(), given.clone());
        match (next_wanted.next(), next_given.next()) {
            (None, None) => return true,
            (Some('*'), _) => {
                wanted = next_wanted;
                retry = Some((wanted.clone(), given.clone()));
            }
            (Some(a), Some(b)) if a == '?' || a == b => (wanted, given) = (next_wanted, next_given),
            _ => {
                let Some((after_star, from)) = &mut retry else { return false };
                if from.next().is_none() {
                    return false;
                }
                (wanted, given) = (after_star.clone(), from.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wild_names_match_runs_and_single_characters() {
        for (pattern, name) in
            [("*", "a"), ("a*c", "abbc"), ("a*c", "ac"), ("?", "é"), ("*.pem", "x.y.pem"), ("a*b*c", "aXbYbZc")]
        {
            assert!(matches_wild(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [("?", ""), ("?", "ab"), ("a*c", "abd"), ("*.pem", "pem"), ("a*b*c", "acb")] {
            assert!(!matches_wild(pattern, name), "{pattern} {name}");
        }
    }

    #[test]
    fn many_stars_cost_no_more_than_the_product_of_the_lengths() {
        let pattern = "*a".repeat(200) + "b";
        assert!(!matches_wild(&pattern, &"a".repeat(5_000)));
        let glob = Glob::new(GlobRoot::Any, ["**", "a"].repeat(200).into_iter().chain(["b"]));
        assert!(!glob.matches(&Form::Exact.of_path(&CleanPath::from_clean(&"/a".repeat(5_000)))));
    }

    #[test]
    fn last_name_is_behind_the_wildcard() {
        let glob = |names: &[&str]| Glob::new(GlobRoot::At(Root::Posix), names.iter().copied());
        assert_eq!(glob(&["home", "*", ".ssh"]).last_name(), Some(".ssh"));
        assert_eq!(glob(&["home", "*"]).last_name(), None);
        assert_eq!(glob(&["home", "*"]).literal_dir().as_deref(), Some("/home"));
        assert_eq!(glob(&["etc", "passwd"]).plain().as_deref(), Some("/etc/passwd"));
        assert_eq!(glob(&["**"]).plain(), None);
    }
}
