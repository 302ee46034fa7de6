//! `find`: what it visits, and what it does with what it finds.
//!
//! Source: GNU findutils manual, "Finding Files".

use super::Reader;
use super::redirect::Around;
use crate::shell::effect::Effect;
use crate::shell::flag::Flag;
use crate::shell::text::Text;

/// Tests and options that take a value that is nothing but a value.
const TAKE_VALUES: &[&str] = &[
    "-iname",
    "-path",
    "-ipath",
    "-wholename",
    "-iwholename",
    "-regex",
    "-iregex",
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
    "-printf",
    "-regextype",
    "-context",
    "-newermt",
    "-D",
];

/// Words that turn a test around, or join it with others so that what it finds need not fit it.
const TURNS: &[&str] = &["-o", "-or", "!", "-not", ","];

impl Reader<'_> {
    pub(super) fn find(&mut self, index: u32, words: &[Text]) {
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
        self.expression(index, rest, &paths);
    }

    fn expression(&mut self, index: u32, rest: &[Text], paths: &[Text]) {
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
                "-delete" => {
                    self.run_flag(index, Flag::Recursive);
                    self.effects_on(index, "file.delete", paths);
                }
                "-exec" | "-execdir" | "-ok" | "-okdir" => {
                    let command: Vec<Text> =
                        rest.iter().skip(at).take_while(|word| !matches!(&*word.guess(), ";" | "+")).cloned().collect();
                    at += command.len() + 1;
                    self.execute(index, &command, paths, name.as_deref());
                }
                "-fprint" | "-fprint0" | "-fls" => {
                    self.effects_on(index, "file.write", rest.get(at..=at).unwrap_or_default());
                    at += 1;
                }
                "-fprintf" => {
                    self.effects_on(index, "file.write", rest.get(at..=at).unwrap_or_default());
                    at += 2;
                }
                "-files0-from" => {
                    self.run_doubt(index, "where it looks comes from a file");
                    at += 1;
                }
                "-name" => {
                    name =
                        rest.get(at).map(|word| word.guess().into_owned()).filter(|name| !turns && !name.contains('/'));
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
    }

    fn execute(&mut self, index: u32, command: &[Text], paths: &[Text], name: Option<&str>) {
        for path in paths {
            let found = beneath(path, name);
            let words = command
                .iter()
                .map(|word| if word.guess().contains("{}") { with(word, &found) } else { word.clone() })
                .collect();
            let inside = self.inside.replace(index);
            self.depth += 1;
            if self.depth < crate::limits::COMMAND_CALLS_MAX {
                self.apart(|reader| reader.run(words, Around { past_functions: true, ..Around::default() }));
            } else {
                self.run_doubt(index, "commands are nested too deeply");
            }
            self.depth -= 1;
            self.inside = inside;
        }
    }

    fn effects_on(&mut self, index: u32, kind: &str, paths: &[Text]) {
        if self.place != crate::shell::reading::Place::Here {
            return;
        }
        let mut effects = Vec::new();
        for path in paths {
            for placed in self.placed(path) {
                let mut effect = Effect::new(kind, "path", placed.word().0);
                effect.recursive = kind != "file.write";
                effects.push(effect);
            }
        }
        self.run_at(index).into_iter().for_each(|run| run.effects.append(&mut effects));
    }
}

/// Anything below `path` that has such a name.
fn beneath(path: &Text, name: Option<&str>) -> Text {
    if path.has_unknown() {
        return path.clone().with_quotes(true);
    }
    let tail = name.map_or_else(String::new, |name| format!("/{name}"));
    Text::glob(&format!("{}/**{tail}", path.guess().trim_end_matches('/')))
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
