//! Links that the line itself makes: a path that goes through one is a path to where it leads as well.
//!
//! Both stay in sight, for the link may not have been made, or not be there any more.

use std::rc::Rc;
use std::sync::Arc;

use super::Reader;
use super::program::Made;
use super::run::fits;
use crate::shell::effect::Effect;
use crate::shell::expand::pattern::Pattern;
use crate::shell::scope::{Binding, Space};
use crate::shell::text::Text;
use crate::shell::word::Word;

/// A link that the line makes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::shell) struct Link {
    path: Path,
    target: Word,
    /// Whether it keeps the target as it is written, which then starts beside the link.
    symbolic: bool,
}

/// A path in its parts, without those that lead nowhere else.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Path {
    absolute: bool,
    parts: Vec<Box<str>>,
}

/// Links that are followed; with more, the line is in doubt.
const LINKS_MAX: usize = 24;
/// Paths that one path is followed to; with more, the line is in doubt.
const PATHS_MAX: usize = 24;

impl Reader<'_> {
    /// Notes the links among what a program made, and those that it moved or copied.
    pub(super) fn note_links(&mut self, index: u32, base: &str, words: &[Text], made: &[Made]) {
        let symbolic = makes_links(base, words);
        for (place, Made { path, of }) in made.iter().enumerate() {
            let Some(source) = of else { continue };
            match symbolic {
                Some(symbolic) => {
                    self.note_link(path, source, symbolic);
                    let is_last = !made.iter().skip(place + 1).any(|later| later.of.as_ref() == Some(source));
                    if symbolic && is_last {
                        self.note_target(index, path, source);
                    }
                }
                None => self.note_moved(path, source),
            }
        }
    }

    fn note_link(&mut self, path: &Word, target: &Word, symbolic: bool) {
        let targets = if symbolic { vec![target.clone()] } else { self.words_placed(target) };
        let mut paths = self.words_placed(path);
        let links = self.links();
        // It lies as well in the directory that its own one leads to.
        paths.extend(paths.clone().iter().flat_map(|path| followed(&links, path, false)));
        for path in paths {
            for target in &targets {
                self.add_link(Link { path: Path::of(&path.text), target: target.clone(), symbolic });
            }
        }
    }

    /// A link that is written with `..` leads up from where it stands, not from the present directory.
    fn note_target(&mut self, index: u32, path: &Word, target: &Word) {
        if !target.text.split('/').any(|part| part == "..") || is_anchored(&target.text) {
            return;
        }
        let known: Vec<Path> = self.words_placed(target).iter().map(|word| Path::of(&word.text)).collect();
        for path in self.words_placed(path) {
            let link = Link { path: Path::of(&path.text), target: target.clone(), symbolic: true };
            let leads_to = link.leads_to(&[], target);
            if !known.contains(&Path::of(&leads_to.text)) {
                let effect = Effect::new("file.read", "path", leads_to);
                self.run_at(index).into_iter().for_each(|run| run.effects.push(effect.clone()));
            }
        }
    }

    /// What lies at `from` lies at `to` as well, with the links in it.
    fn note_moved(&mut self, to: &Word, from: &Word) {
        if !self.has_links() {
            return;
        }
        let links = self.links();
        for from in self.words_placed(from).iter().map(|word| Path::of(&word.text)) {
            for to in self.words_placed(to).iter().map(|word| Path::of(&word.text)) {
                let moved = links.iter().filter_map(|link| {
                    let rest = link.path.parts.get(from.parts.len()..)?;
                    let is_below = from.is_same(link.path.parts.get(..from.parts.len())?, link.path.absolute, false);
                    let parts = to.parts.iter().chain(rest).cloned().collect();
                    is_below.then(|| Link { path: Path { absolute: to.absolute, parts }, ..link.clone() })
                });
                moved.collect::<Vec<_>>().into_iter().for_each(|link| self.add_link(link));
            }
        }
    }

    fn add_link(&mut self, link: Link) {
        let known = self.links();
        if known.contains(&link) {
            return;
        }
        if known.len() >= LINKS_MAX {
            return self.doubt("it makes too many links to follow");
        }
        self.spend(link.target.text.len() + known.len() * 8);
        let all = known.iter().cloned().chain([link]).collect();
        self.scope.set(Space::Link, "", Binding::Links(Rc::new(all)));
    }

    fn has_links(&self) -> bool {
        self.scope.get(Space::Link, "").is_some()
    }

    fn links(&self) -> Rc<Vec<Link>> {
        match self.scope.get(Space::Link, "") {
            Some(Binding::Links(links)) => Rc::clone(links),
            _ => Rc::default(),
        }
    }

    fn words_placed(&self, path: &Word) -> Vec<Word> {
        self.placed(&Text::from(path)).iter().map(|text| text.word().0).collect()
    }

    /// The effects that `effect` has on what its paths lead to.
    pub(super) fn effects_through_links(&mut self, effect: &Effect) -> Vec<Effect> {
        let mut through = Vec::new();
        if !self.has_links() {
            return through;
        }
        for (place, (name, word)) in effect.args.iter().enumerate() {
            // Who deletes or moves a link leaves what it leads to.
            let follows_last = match (&*effect.kind, &**name) {
                ("file.delete", "path") | ("file.move", "source") => false,
                (_, "path" | "source" | "destination") => true,
                _ => continue,
            };
            for other in self.through_links(word, follows_last) {
                let mut effect = effect.clone();
                effect.args.get_mut(place).into_iter().for_each(|arg| arg.1 = other.clone());
                through.push(effect);
            }
        }
        through
    }

    /// The paths that `path` leads to by links of the line.
    fn through_links(&mut self, path: &Word, follows_last: bool) -> Vec<Word> {
        let links = self.links();
        self.spend(links.len() * (path.text.len() + 16));
        let found = followed(&links, path, follows_last);
        if found.len() >= PATHS_MAX {
            self.doubt("links of the line lead to too many paths");
        }
        found
    }

    /// Whether a link of the line is named in code, whose files are read elsewhere.
    pub(super) fn names_link(&self, code: &Text) -> bool {
        let links = self.links();
        let names: Vec<&str> = links.iter().filter_map(|link| link.path.parts.last()).map(|name| &**name).collect();
        let is_of_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
        !names.is_empty() && code.guess().split(|c| !is_of_name(c)).any(|part| names.contains(&part))
    }

    /// The paths that a known path leads to, to find what the line has put there.
    pub(super) fn keys_through_links(&self, path: &str) -> Vec<Arc<str>> {
        let links = self.links();
        if links.is_empty() {
            return Vec::new();
        }
        followed(&links, &Word::known(path), true).into_iter().map(|word| word.text).collect()
    }
}

/// All paths that `path` leads to, link by link.
fn followed(links: &[Link], path: &Word, follows_last: bool) -> Vec<Word> {
    let mut found: Vec<Word> = Vec::new();
    let mut next = Some(path.clone());
    let mut at = 0;
    while let Some(path) = next {
        for word in steps(links, &path, follows_last) {
            if found.len() < PATHS_MAX && !found.contains(&word) && word != path {
                found.push(word);
            }
        }
        next = found.get(at).cloned();
        at += 1;
    }
    found
}

/// The paths that `path` leads to by one link.
fn steps(links: &[Link], path: &Word, follows_last: bool) -> Vec<Word> {
    let ends_in_directory = path.text.ends_with('/') || path.text.ends_with("/.");
    let parts: Vec<&str> = path.text.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
    let mut steps = Vec::new();
    let mut reached = Path { absolute: path.text.starts_with('/'), parts: Vec::new() };
    for (place, part) in parts.iter().enumerate() {
        reached.enter(part);
        let rest = parts.get(place + 1..).unwrap_or_default();
        if *part == ".." || rest.is_empty() && !follows_last && !ends_in_directory {
            continue;
        }
        let met = links.iter().filter(|link| reached.is_same(&link.path.parts, link.path.absolute, path.glob));
        steps.extend(met.map(|link| link.leads_to(rest, path)));
    }
    steps
}

impl Link {
    /// Where `rest` is behind this link, known as well as the path `by` which it is reached.
    fn leads_to(&self, rest: &[&str], by: &Word) -> Word {
        let is_beside = self.symbolic && !is_anchored(&self.target.text);
        let mut text = if is_beside { self.path.beside(&self.target.text) } else { self.target.text.to_string() };
        for part in rest {
            if !text.ends_with('/') {
                text.push('/');
            }
            text.push_str(part);
        }
        Word {
            text: text.into(),
            certainty: by.certainty.max(self.target.certainty),
            glob: by.glob || self.target.glob,
        }
    }
}

impl Path {
    fn of(text: &str) -> Path {
        let mut path = Path { absolute: text.starts_with('/'), parts: Vec::new() };
        text.split('/').for_each(|part| path.enter(part));
        path
    }

    fn enter(&mut self, part: &str) {
        match part {
            "" | "." => {}
            ".." if self.parts.last().is_some_and(|last| &**last != "..") => {
                self.parts.pop();
            }
            ".." if self.absolute => {}
            part => self.parts.push(part.into()),
        }
    }

    /// The path of `target` as seen from the directory it is in.
    fn beside(&self, target: &str) -> String {
        let outer = self.parts.split_last().map_or(&[][..], |(_, outer)| outer);
        let mut start = Path { absolute: self.absolute, parts: outer.to_vec() };
        let mut rest = target;
        // What leads up does so from where the link really is; behind it there may be links again.
        while let Some(behind) = rest.strip_prefix("../").or_else(|| rest.strip_prefix("./")) {
            start.enter(if rest.starts_with("..") { ".." } else { "." });
            rest = behind.trim_start_matches('/');
        }
        let root = if start.absolute { "/" } else { "" };
        let directory = start.parts.iter().fold(root.to_owned(), |text, part| format!("{text}{part}/"));
        directory + rest
    }

    /// Whether it may be the path of these parts. Where the line starts is not known here: of a path from there and
    /// one from elsewhere the shorter one may be the end of the other. In a `pattern` a part means all that fit it.
    fn is_same(&self, other: &[Box<str>], absolute: bool, pattern: bool) -> bool {
        let (own, own_is_fixed) = without_ups(&self.parts);
        let (other, other_is_fixed) = without_ups(other);
        let share_start = self.absolute == absolute && own_is_fixed && other_is_fixed;
        let may_differ = !share_start && !own.is_empty() && !other.is_empty();
        (own.len() == other.len() || may_differ)
            && own.iter().rev().zip(other.iter().rev()).all(|(own, other)| is_part(own, other, pattern))
    }
}

/// The parts behind those that lead up, and whether there were none such.
fn without_ups(parts: &[Box<str>]) -> (&[Box<str>], bool) {
    let ups = parts.iter().take_while(|part| &***part == "..").count();
    (parts.get(ups..).unwrap_or_default(), ups == 0)
}

fn is_part(part: &str, name: &str, pattern: bool) -> bool {
    part == name || pattern && part.contains(['*', '?', '[']) && fits(&Pattern::of(part), name)
}

/// Whether a path is the same from everywhere.
fn is_anchored(path: &str) -> bool {
    path.starts_with(['/', '~', '$'])
}

/// Whether a program makes links of its sources, and whether these are symbolic.
fn makes_links(base: &str, words: &[Text]) -> Option<bool> {
    let has = |letter: char, long: &str| {
        words.iter().skip(1).map(Text::guess).any(|word| match word.strip_prefix("--") {
            Some(name) => name.len() > 1 && long.starts_with(name),
            None => word.starts_with('-') && word.contains(letter),
        })
    };
    let symbolic = has('s', "symbolic") || has('s', "symbolic-link");
    match base {
        "ln" | "gln" => Some(symbolic),
        "link" => Some(false),
        "cp" | "gcp" if symbolic || has('l', "link") => Some(symbolic),
        _ => None,
    }
}
