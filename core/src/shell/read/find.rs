//! `find`: what it visits, and what it does with what it finds.
//!
//! Source: GNU findutils manual, "Finding Files".

use super::Reader;
use super::output::{found, place_of};
use super::redirect::Around;
use crate::path::Filter;
use crate::shell::effect::Effect;
use crate::shell::flag::Flag;
use crate::shell::stream::{Origin, Stream};
use crate::shell::text::Text;

/// What is no plain character in a pattern of names.
const WILD: [char; 4] = ['*', '?', '[', '\\'];
/// Tests and options that take a value that is nothing but a value.
const TAKE_VALUES: &[&str] = &[
    "-lname",
    "-ilname",
    "-type",
    "-xtype",
    "-size",
    "-mtime",
    "-atime",
    "-ctime",
    "-mmin",
    "-amin",
    "-cmin",
    "-user",
    "-group",
    "-uid",
    "-gid",
    "-perm",
    "-maxdepth",
    "-mindepth",
    "-links",
    "-inum",
    "-fstype",
    "-used",
    "-regextype",
    "-context",
    "-newermt",
    "-D",
];

/// What `-ls` prints of each file.
const LISTED: &str = "%i %k %M %n %u %g %s %Tb %Td %TY %p %l\\n";

/// Words that turn a test around, or join it with others so that what it finds need not fit it.
const TURNS: &[&str] = &["-o", "-or", "!", "-not", ","];

impl Reader<'_> {
    /// Adds what `find` does, and tells what it prints.
    pub(super) fn find(&mut self, index: u32, words: &[Text]) -> Stream {
        let arguments = words.get(1..).unwrap_or_default();
        let is_path = |word: &&Text| word.has_unknown() || !word.guess().starts_with(['-', '(', ')', '!', ',']);
        let skipped = arguments
            .iter()
            .take_while(|word| matches!(&*word.guess(), "-H" | "-L" | "-P") || word.guess().starts_with("-O"))
            .count();
        let arguments = arguments.get(skipped..).unwrap_or_default();
        let mut paths: Vec<Text> = arguments.iter().take_while(is_path).cloned().collect();
        let rest = arguments.get(paths.len()..).unwrap_or_default();
        if paths.is_empty() {
            paths.push(Text::literal("."));
        }
        self.effects_on(index, "file.list", &paths);
        self.expression(index, rest, &paths)
    }

    /// What its actions print; without any it prints what it finds.
    fn expression(&mut self, index: u32, rest: &[Text], paths: &[Text]) -> Stream {
        let mut printed: Option<Stream> = None;
        let mut print = |stream: Stream| {
            printed = Some(match printed.take() {
                Some(before) => before.and(stream),
                None => stream,
            });
        };
        let mut at = 0;
        let turns = rest.iter().any(|word| word.has_unknown() || TURNS.contains(&&*word.guess()));
        let mut name = None;
        while let Some(word) = rest.get(at) {
            at += 1;
            if word.has_unknown() {
                self.run_doubt(
                    index,
                    format!("a part of the expression comes from outside the line: `{}`", word.shown()),
                );
                continue;
            }
            if rest.get(at).is_some_and(Text::may_be_several) {
                self.run_doubt(index, "a part of the expression may be more than one word");
            }
            match &*word.guess() {
                "-print" => print(found(Some("%p\\n"), paths, name.as_deref())),
                "-print0" => print(found(Some("%p\\0"), paths, name.as_deref())),
                "-ls" => print(found(Some(LISTED), paths, name.as_deref())),
                "-printf" => {
                    let format = rest.get(at).and_then(Text::known);
                    print(found(format.as_deref(), paths, name.as_deref()));
                    at += 1;
                }
                "-delete" => {
                    print(Stream::Text(Text::default()));
                    self.run_flag(index, Flag::Recursive);
                    self.effects_on(index, "file.delete", paths);
                }
                "-exec" | "-execdir" | "-ok" | "-okdir" => {
                    let command: Vec<Text> =
                        rest.iter().skip(at).take_while(|word| !matches!(&*word.guess(), ";" | "+")).cloned().collect();
                    at += command.len() + 1;
                    print(self.execute(index, &command, paths, name.as_deref()));
                }
                "-fprint" | "-fprint0" | "-fls" => {
                    print(Stream::Text(Text::default()));
                    self.effects_on(index, "file.write", rest.get(at..=at).unwrap_or_default());
                    at += 1;
                }
                "-fprintf" => {
                    print(Stream::Text(Text::default()));
                    self.effects_on(index, "file.write", rest.get(at..=at).unwrap_or_default());
                    at += 2;
                }
                "-files0-from" => {
                    self.run_doubt(index, "where it looks comes from a file");
                    at += 1;
                }
                test @ ("-name" | "-iname" | "-path" | "-ipath" | "-wholename" | "-iwholename" | "-regex"
                | "-iregex") => {
                    let pattern = rest.get(at).filter(|_| !turns).map(|word| word.guess().into_owned());
                    name = pattern.and_then(|pattern| named(test, &pattern, paths)).or(name);
                    at += 1;
                }
                option
                    if TAKE_VALUES.contains(&option)
                        || option.starts_with("-newer")
                        || matches!(option, "-anewer" | "-cnewer" | "-samefile") =>
                {
                    at += 1
                }
                _ => {}
            }
        }
        printed.unwrap_or_else(|| found(Some("%p\\n"), paths, name.as_deref()))
    }

    fn execute(&mut self, index: u32, command: &[Text], paths: &[Text], name: Option<&str>) -> Stream {
        let mut output = Stream::Text(Text::default());
        for path in paths {
            let found = beneath(path, name);
            let words = command
                .iter()
                .map(|word| if word.guess().contains("{}") { with(word, &found) } else { word.clone() })
                .collect();
            let inside = self.inside.replace(index);
            self.depth += 1;
            if self.depth < crate::limits::COMMAND_CALLS_MAX {
                let printed =
                    self.apart(|reader| reader.run(words, Around { past_functions: true, ..Around::default() }));
                output = output.and(printed.repeated());
            } else {
                self.run_doubt(index, "commands are nested too deeply");
                output = Stream::Unknown(Origin::default());
            }
            self.depth -= 1;
            self.inside = inside;
        }
        output
    }

    pub(super) fn effects_on(&mut self, index: u32, kind: &str, paths: &[Text]) {
        if self.place != crate::shell::reading::Place::Here {
            return;
        }
        let mut effects = Vec::new();
        for path in paths {
            for placed in self.placed(path) {
                let mut effect = Effect::new(kind, "path", placed.word().0);
                effect.recursive = kind != "file.write";
                let through = self.effects_through_links(&effect);
                effects.push(effect);
                effects.extend(through);
            }
        }
        self.run_at(index).into_iter().for_each(|run| run.effects.append(&mut effects));
    }
}

/// The name that what passes a test of names has, as a pattern. Of one that goes by any case, the usual one counts.
fn named(test: &str, pattern: &str, paths: &[Text]) -> Option<String> {
    let pattern = if test.starts_with("-i") { pattern.to_lowercase() } else { pattern.to_owned() };
    if test.ends_with("regex") {
        return name_by_regex(&pattern);
    }
    match test.ends_with("name") && !test.ends_with("wholename") {
        true => Some(pattern).filter(|name| !name.contains(['/', '\\'])),
        // A pattern of whole paths may be met by the names of where it starts; `.` has none.
        false if paths.iter().all(|path| path.guess() == ".") => name_in_path(&pattern),
        false => None,
    }
}

/// The name in a pattern of whole paths, in which `*` goes across directories.
fn name_in_path(pattern: &str) -> Option<String> {
    let parts = pattern.strip_prefix("*/")?.split('/').map(|part| match part.strip_prefix('*') {
        Some("") => Some("**".to_owned()),
        Some(rest) if !rest.contains(WILD) => Some(format!("**/{part}")),
        None if !part.contains(WILD) => Some(part.to_owned()),
        _ => None,
    });
    Some(parts.collect::<Option<Vec<String>>>()?.join("/"))
}

/// The name at the end of what a regular expression of whole paths matches, if there is one.
fn name_by_regex(expression: &str) -> Option<String> {
    // The groups of some kinds of expressions are written otherwise.
    let last = expression.rsplit('/').next().filter(|last| !last.contains(['(', ')', '|', '\'']))?;
    let patterns = Filter::Regex.patterns(&format!("^{last}$"));
    match patterns.as_slice() {
        [only] => only.strip_prefix("**/").map(str::to_owned),
        _ => None,
    }
}

/// Anything below `path` that has such a name.
fn beneath(path: &Text, name: Option<&str>) -> Text {
    if path.has_unknown() {
        return path.clone().with_quotes(true);
    }
    Text::glob(&place_of(&path.guess(), name))
}

fn with(word: &Text, found: &Text) -> Text {
    let guess = word.guess().into_owned();
    let mut out = Text::default();
    for (place, part) in guess.split("{}").enumerate() {
        if place > 0 {
            out.append(found.clone());
        }
        if !part.is_empty() {
            out.push(part, true);
        }
    }
    out
}
