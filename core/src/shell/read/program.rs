//! A known program with its arguments: its effects, and the commands it runs itself.

use std::rc::Rc;
use std::sync::Arc;

use super::redirect::{Around, is_disk, is_own_descriptor};
use super::{Reader, WORK_PER_DIRECTORY};
use crate::shell::effect::Effect;
use crate::shell::flag::Flag;
use crate::shell::programs::{self, Inner, Role, Said, Use};
use crate::shell::reading::Place;
use crate::shell::scope::{Binding, Space, Stored};
use crate::shell::stream::{Origin, Stream};
use crate::shell::text::Text;
use crate::shell::word::{Certainty, Word};

/// Languages that are read here.
pub(super) const SHELLS: [&str; 6] = ["bash", "sh", "zsh", "dash", "ksh", "ash"];

/// Work that it takes to look at what a program of the table does.
const WORK_PER_PROGRAM: usize = 448;
/// Addresses of one program whose names are known again as files.
const FETCHED_MAX: usize = 16;

/// A file that a program writes, and the one it is a copy of or a link to.
pub(super) struct Made {
    pub(super) path: Word,
    pub(super) of: Option<Word>,
}

impl Reader<'_> {
    /// Reads what the program called `name` would do with its arguments, and tells what it prints.
    pub(super) fn program(&mut self, index: u32, name: &str, words: &[Text], around: &Around) -> Stream {
        if let Some(stored) = self.stored_program(name) {
            return self.run_stored(index, &stored, words);
        }
        let base = base_name(name);
        if is_odd(name) {
            self.run_flag(index, Flag::HiddenProgram);
        }
        let Some(row) = self.row(index, base) else {
            self.run_flag(index, Flag::UnknownProgram);
            self.note_verbs(index, words);
            return self.output_of(index, base, words);
        };
        if !row.is_harmless() && !self.spend(WORK_PER_PROGRAM) {
            return Stream::Unknown(Origin::default());
        }
        let Some(run) = self.reading.runs.get(index as usize) else { return Stream::Unknown(Origin::default()) };
        let used = programs::apply(row, run.words.get(1..).unwrap_or_default());
        self.apply(index, base, words, around, used)
    }

    /// The row of a program. Some systems find a program by its name in any case.
    fn row(&mut self, index: u32, base: &str) -> Option<&'static programs::Row> {
        if let Some(row) = programs::find(base) {
            return Some(row);
        }
        let lower = base.to_lowercase();
        let row = programs::find(&lower).filter(|_| lower != base)?;
        self.run_flag(index, Flag::HiddenProgram);
        Some(row)
    }

    fn apply(&mut self, index: u32, base: &str, words: &[Text], around: &Around, used: Use) -> Stream {
        let before = self.reading.runs.len();
        let outer_directory = self.scope.get(Space::Directory, "").cloned();
        let mark = self.scope.mark();
        let directory = used.directory.as_ref().map(Text::from).or_else(|| home_of_login(base, words));
        let has_moved = directory.is_some();
        if let Some(directory) = directory {
            self.directory(directory);
            self.note_directories(index);
        }
        self.note_plain(index, &used);
        let made = made(base, &used.effects);
        self.take_effects(index, used.effects);
        for flag in used.flags {
            self.run_flag(index, flag);
        }
        if self.run_at(index).is_some_and(|run| run.flags.contains(&Flag::UnknownProgram)) {
            self.note_verbs(index, words);
        }
        for doubt in used.doubts {
            self.run_doubt(index, doubt);
        }
        if used.opaque {
            self.run_doubt(index, format!("what `{base}` runs cannot be seen"));
        }
        let place = self.place;
        if used.place != Place::Here {
            self.place = used.place;
        }
        for (name, value) in &used.sets {
            let mut effects = Vec::new();
            self.variable(name, &Text::from(value), &mut effects);
            self.run_at(index).into_iter().for_each(|run| run.effects.append(&mut effects));
        }
        let sets: Vec<(Arc<str>, Text)> =
            used.sets.iter().map(|(name, word)| (name.clone(), Text::from(word))).collect();
        let before_sets = self.set_for_now(&sets);
        let mut output = None;
        let has_inner = !used.inner.is_empty();
        for inner in used.inner {
            output = Some(self.inner(index, base, words, inner, &used.said)).or(output);
        }
        if used.reader.as_deref() == Some("find") {
            output = Some(self.find(index, words));
        }
        if let Some(role) = &used.stdin {
            self.feed(index, base, role);
        }
        for list in &used.lists {
            self.take_list(index, base, list);
        }
        self.place = place;
        self.set_back(before_sets, false);
        self.scope.maybe(mark);
        if has_moved {
            self.scope.put_back(Space::Directory, "", outer_directory);
        }
        self.settle(index, has_inner, before);
        self.remember_files(index, base, &made);
        self.note_links(index, base, words, &made);
        let _ = around;
        match output {
            Some(Stream::Outside) | None => self.output_of(index, base, words),
            Some(output) => output,
        }
    }

    /// Notes how the command is usually written, where it is written otherwise.
    fn note_plain(&mut self, index: u32, used: &Use) {
        if used.aside.is_empty() && used.alone.is_none() {
            return;
        }
        let Some(run) = self.run_at(index) else { return };
        let is_aside = |at: usize| at > 0 && used.aside.contains(&(at - 1));
        let words = run.words.iter().enumerate().filter(|(at, _)| !is_aside(*at)).map(|(_, word)| word.text.clone());
        let ends = |word: &Arc<str>| used.alone.is_none() || **word != *"--";
        run.plain = Some(words.filter(ends).chain(used.alone.clone()).collect());
    }

    /// Adds effects to a command; relative paths start in the present directory, and files elsewhere are not ours.
    pub(super) fn take_effects(&mut self, index: u32, effects: Vec<Effect>) {
        let moved = self.scope.get(Space::Directory, "").is_some();
        if moved {
            self.spend(effects.len() * self.directories().len() * WORK_PER_DIRECTORY);
        }
        let mut taken = Vec::with_capacity(effects.len());
        for mut effect in effects {
            let is_file = effect.kind.starts_with("file.");
            if is_file && self.place != Place::Here {
                continue;
            }
            effect.args.retain(|(_, word)| !is_harmless_device(word));
            if is_file && effect.args.is_empty() {
                continue;
            }
            if effect.kind.starts_with("file.write") && effect.args.iter().any(|(_, word)| is_disk(&word.text)) {
                effect.flags.push(Flag::RawDisk);
            }
            let is_repository = effect.kind.starts_with("git.") && &*effect.kind != "git.clone";
            if moved && is_repository && !effect.args.iter().any(|(name, _)| &**name == "path") {
                effect.args.push(("path".into(), Word::known(".")));
            }
            match moved && (is_file || effect.kind.starts_with("git.")) {
                true => taken.extend(self.in_directories(&effect)),
                false => taken.push(effect),
            }
        }
        let mut through: Vec<Effect> = taken.iter().flat_map(|effect| self.effects_through_links(effect)).collect();
        if let Some(run) = self.run_at(index) {
            if run.effects.is_empty() {
                run.effects = taken;
            } else {
                run.effects.append(&mut taken);
            }
            run.effects.append(&mut through);
        }
    }

    /// The effect as seen from each directory that may be the present one.
    fn in_directories(&self, effect: &Effect) -> Vec<Effect> {
        let placed: Vec<(Arc<str>, Vec<Text>)> =
            effect.args.iter().map(|(name, word)| (name.clone(), self.placed(&Text::from(word)))).collect();
        let most = placed.iter().map(|(_, texts)| texts.len()).max().unwrap_or(1);
        (0..most)
            .map(|turn| Effect {
                args: placed
                    .iter()
                    .filter_map(|(name, texts)| Some((name.clone(), texts.get(turn).or(texts.first())?.word().0)))
                    .collect(),
                ..effect.clone()
            })
            .collect()
    }

    /// A program that is not known says by its verbs whether something may be lost: nearly all that manage things
    /// elsewhere use the same ones.
    fn note_verbs(&mut self, index: u32, words: &[Text]) {
        let loses = |word: &Text| {
            let word = word.guess();
            let mut parts = word.split(['-', '_', ':', '=', '.']);
            parts.any(|part| programs::loses(&part.to_ascii_lowercase()))
        };
        if words.iter().take(6).any(loses) {
            self.run_flag(index, Flag::LosesWork);
        }
    }

    fn inner(&mut self, index: u32, base: &str, words: &[Text], inner: Inner, said: &Said) -> Stream {
        match inner {
            Inner::Words { words: inner, more } => {
                let inner: Vec<Text> = inner.iter().map(|word| original(words, word)).collect();
                if more {
                    return match said.iter().any(|(name, _)| &**name == "jobs") {
                        true => self.parallel(index, base, words, &inner, said),
                        false => self.with_more(index, base, words, &inner),
                    };
                }
                // What is said before a command in the shell itself keeps functions in sight.
                let past_functions = !matches!(base, "time" | "noglob" | "nocorrect");
                self.enter(index, base, |reader| reader.run(inner, Around { past_functions, ..Around::default() }))
            }
            Inner::Lines(parts) => {
                let mut line = Text::default();
                for (place, part) in parts.iter().enumerate() {
                    if place > 0 {
                        line.push(" ", true);
                    }
                    line.append(original(words, part));
                }
                self.in_child(|reader| reader.code(index, &line, "the command it runs comes from outside the line"))
            }
            Inner::Code { language, text } if SHELLS.contains(&&*language) => {
                let text = original(words, &text);
                self.shell_code(index, words, &text)
            }
            Inner::Code { language, text } => self.other_code(index, &language, &original(words, &text)),
            Inner::File(path) => self.run_file(index, words, &original(words, &path)),
        }
    }

    /// Enters a command that `base` runs. What the shell runs itself changes the present shell.
    pub(super) fn enter(&mut self, index: u32, base: &str, walk: impl FnOnce(&mut Self) -> Stream) -> Stream {
        if self.depth >= crate::limits::COMMAND_CALLS_MAX {
            self.run_doubt(index, "commands are nested too deeply");
            return Stream::Unknown(Origin::default());
        }
        let inside = self.inside.replace(index);
        self.depth += 1;
        let stays = matches!(base, "command" | "builtin" | "exec" | "time" | "noglob" | "nocorrect");
        let output = if stays { walk(self) } else { self.apart(walk) };
        self.depth -= 1;
        self.inside = inside;
        output
    }

    /// `sh -c text name arguments`
    fn shell_code(&mut self, index: u32, words: &[Text], text: &Text) -> Stream {
        let place = words.iter().position(|word| word == text).unwrap_or(words.len());
        self.script_text(index, text, words.get(place.saturating_add(1)..).unwrap_or_default())
    }

    /// Runs `text` in a shell of its own; of `words` the first is its name.
    fn script_text(&mut self, index: u32, text: &Text, words: &[Text]) -> Stream {
        let name = words.first().cloned().unwrap_or_else(|| Text::literal("bash"));
        let arguments = words.get(1..).unwrap_or_default().to_vec();
        self.in_child(|reader| {
            reader.scope.set(Space::Variable, "0", Binding::Text(Rc::new(name)));
            reader.set_positional(arguments);
            reader.code(index, text, "the code it runs comes from outside the line")
        })
    }

    fn other_code(&mut self, index: u32, language: &str, text: &Text) -> Stream {
        match language {
            "git_config" => self.git_config(index, text),
            "ssh_option" => self.ssh_option(index, text),
            _ => {
                let origin = self.origin_of(text);
                self.note_code_origin(index, origin);
                if self.names_link(text) {
                    self.run_doubt(index, "its code names a link that the line has made");
                }
                let (kind, name) = if language == "sql" { ("sql.query", "query") } else { ("code.exec", "code") };
                let mut effect = Effect::new(kind, name, text.word().0);
                let (argument, value) =
                    if kind == "code.exec" { ("language", language) } else { ("dialect", self.dialect(index)) };
                effect.args.push((argument.into(), Word::known(value)));
                let mut effects = self.worked_in_directories(effect);
                self.run_at(index).into_iter().for_each(|run| run.effects.append(&mut effects));
            }
        }
        // What a plain replacement or choice of fields prints is known.
        if matches!(language, "sed" | "awk") { Stream::Outside } else { Stream::Unknown(self.stdin.origin()) }
    }

    /// Code that works in each directory that may be the present one.
    fn worked_in_directories(&self, effect: Effect) -> Vec<Effect> {
        if self.scope.get(Space::Directory, "").is_none() {
            return vec![effect];
        }
        let directories = self.directories();
        let mut effects = Vec::with_capacity(directories.len());
        for directory in directories.iter() {
            let mut effect = effect.clone();
            if !directory.0.is_empty() {
                effect.args.push(("cwd".into(), directory.0.word().0));
            }
            effects.push(effect);
        }
        effects
    }

    /// Whose SQL a program speaks.
    fn dialect(&mut self, index: u32) -> &'static str {
        let name = self.run_at(index).and_then(|run| run.words.first()).map(|word| word.text.clone());
        match name.as_deref().map(base_name) {
            Some("psql" | "pgcli" | "cockroach") => "postgresql",
            Some("mysql" | "mariadb" | "mycli") => "mysql",
            Some("sqlite3" | "sqlite" | "litecli") => "sqlite",
            Some("sqlcmd" | "tsql") => "mssql",
            Some("snowsql" | "snow") => "snowflake",
            Some("bq") => "bigquery",
            _ => "generic",
        }
    }

    /// A setting for this call of git: some of them are commands.
    fn git_config(&mut self, index: u32, text: &Text) {
        let guess = text.guess().into_owned();
        let (key, value) = guess.split_once('=').unwrap_or((&guess, "true"));
        let key = key.to_ascii_lowercase();
        let is_alias = key.starts_with("alias.");
        let runs = [
            "core.pager",
            "core.editor",
            "core.sshcommand",
            "core.fsmonitor",
            "sequence.editor",
            "core.askpass",
            "core.gitproxy",
            "gpg.program",
        ];
        let ends = [
            ".command",
            ".cmd",
            ".clean",
            ".smudge",
            ".process",
            ".textconv",
            ".helper",
            ".program",
            ".path",
            ".external",
            ".driver",
        ];
        let is_command =
            runs.contains(&&*key) || key.starts_with("pager.") || ends.iter().any(|end| key.ends_with(end));
        let line = match (is_alias, value.strip_prefix('!')) {
            (true, Some(line)) => line.to_owned(),
            (true, None) => format!("git {value}"),
            (false, command) => command.unwrap_or(value).to_owned(),
        };
        if !text.is_known() {
            self.run_doubt(index, "a setting of git comes from outside the line");
        } else if matches!(
            &*key,
            "core.hookspath" | "include.path" | "init.templatedir" | "core.worktree" | "protocol.ext.allow"
        ) || key.starts_with("includeif.")
            || key.starts_with("url.")
        {
            self.run_flag(index, Flag::OptionRuns);
            self.run_doubt(index, format!("the setting `{key}` of git changes what it runs"));
        } else if (is_alias || is_command) && !matches!(value, "" | "true" | "false" | "cat" | "less") {
            self.run_flag(index, Flag::OptionRuns);
            self.enter(index, "", |reader| reader.in_child(|reader| reader.source_text(&line)));
        }
    }

    fn ssh_option(&mut self, index: u32, text: &Text) {
        let guess = text.guess().into_owned();
        let (key, value) = guess.split_once(['=', ' ']).unwrap_or((&guess, ""));
        if !text.is_known() {
            return self.run_doubt(index, "an option of ssh comes from outside the line");
        }
        match &*key.to_ascii_lowercase() {
            "proxycommand" | "localcommand" | "knownhostscommand" if value != "none" => {
                self.run_flag(index, Flag::OptionRuns);
                let place = std::mem::replace(&mut self.place, Place::Here);
                let line = value.to_owned();
                self.enter(index, "", |reader| reader.source_text(&line));
                self.place = place;
            }
            "pkcs11provider" | "securitykeyprovider" | "include" => {
                self.run_doubt(index, format!("the option `{key}` of ssh loads code"))
            }
            _ => {}
        }
    }

    /// A script that is run: it is read if the line itself has written it.
    fn run_file(&mut self, index: u32, words: &[Text], path: &Text) -> Stream {
        let known = path.known().map(|known| known.into_owned());
        if known.as_deref().is_some_and(|known| matches!(known, "/dev/stdin" | "/dev/fd/0" | "/proc/self/fd/0" | "-")) {
            self.feed(index, "bash", &Role::Code("bash".into()));
            return Stream::Unknown(Origin::default());
        }
        let stored = known.as_deref().and_then(|known| self.stored_at(known).cloned());
        let origin =
            known.as_deref().map_or_else(Origin::default, |known| self.content_of(&Text::literal(known)).origin());
        self.note_code_origin(index, origin);
        match stored {
            Some(Stored::Text(text)) => {
                self.run_flag(index, Flag::WriteThenRun);
                let is_shell = self
                    .run_at(index)
                    .and_then(|run| run.words.first())
                    .is_some_and(|word| SHELLS.contains(&base_name(&word.text)));
                if is_shell {
                    let place = words.iter().position(|word| word == path).unwrap_or(words.len());
                    return self.script_text(index, &text, words.get(place..).unwrap_or_default());
                }
                self.run_doubt(index, "it runs a file that the line has written");
            }
            Some(_) => {
                self.run_flag(index, Flag::WriteThenRun);
                self.run_doubt(index, "it runs a file that the line has written");
            }
            None if path.has_unknown() => self.run_doubt(index, "the script it runs comes from outside the line"),
            None => {}
        }
        Stream::Unknown(Origin::default())
    }

    /// A program that the line itself has put where it stands.
    fn run_stored(&mut self, index: u32, stored: &Stored, words: &[Text]) -> Stream {
        self.run_flag(index, Flag::WriteThenRun);
        match stored {
            Stored::Text(text) if !is_for_a_shell(&text.guess()) => {
                self.run_doubt(index, "it runs a file that the line has written");
                Stream::Unknown(Origin::default())
            }
            Stored::Text(text) => self.script_text(index, text, words),
            Stored::Copy(original) => {
                let mut words = words.to_vec();
                self.run_flag(index, Flag::HiddenProgram);
                words.first_mut().into_iter().for_each(|first| *first = original.clone());
                self.enter(index, "", |reader| reader.run(words, Around { past_functions: true, ..Around::default() }))
            }
            Stored::Unknown(origin) => {
                self.note_code_origin(index, *origin);
                self.run_doubt(index, "it runs a file that the line has written");
                Stream::Unknown(Origin::default())
            }
            Stored::Lines(_) => {
                self.run_doubt(index, "it runs a file that the line has written");
                Stream::Unknown(Origin::default())
            }
        }
    }

    /// `bash -s words`
    fn words_behind_s(&mut self, index: u32) -> Vec<Text> {
        let words = self.run_at(index).map(|run| run.words.clone()).unwrap_or_default();
        let is_s = |word: &Word| word.text.starts_with('-') && !word.text.starts_with("--") && word.text.contains('s');
        let behind = words.iter().skip(1).skip_while(|word| !is_s(word));
        behind.skip_while(|word| word.text.starts_with('-')).map(Text::from).collect()
    }

    /// What the standard input is to a program.
    fn feed(&mut self, index: u32, base: &str, role: &Role) {
        let language = match role {
            Role::Code(language) => language.clone(),
            Role::Lines | Role::Line => "bash".into(),
            Role::Unclear if self.stdin != Stream::Outside => {
                return self.run_doubt(index, format!("what `{base}` does with what it is given cannot be read"));
            }
            _ => return,
        };
        let stdin = self.stdin_kept();
        if self.pipeline.is_some_and(|(_, place)| place > 0) && !matches!(&*language, "sed" | "awk" | "jq" | "sql") {
            self.run_flag(index, Flag::PipeToInterpreter);
        }
        match stdin {
            Stream::Outside => {}
            Stream::Text(text) if text.is_empty() => {
                self.run_doubt(index, format!("what `{base}` is given to run does not end in the line"));
            }
            Stream::Text(text) => {
                let origin = self.origin_of(&text);
                self.note_code_origin(index, origin);
                if SHELLS.contains(&&*language) {
                    let words = self.words_behind_s(index);
                    self.in_child(|reader| {
                        // What it runs reads what is left of the same input.
                        reader.stdin = Stream::Unknown(origin);
                        reader.set_positional(words);
                        reader.code(index, &text, "what it is given to run comes from outside the line")
                    });
                } else {
                    self.other_code(index, &language, &text);
                }
            }
            stream => {
                self.note_code_origin(index, stream.origin());
                self.run_flag(index, Flag::PipeToInterpreter);
                self.run_doubt(index, format!("what `{base}` is given to run is not in the line"));
            }
        }
    }

    /// A command that does nothing but run others is judged by them.
    fn settle(&mut self, index: u32, has_inner: bool, before: usize) {
        let entered = self.reading.runs.len() > before;
        if let Some(run) = self.run_at(index) {
            let only_runs = has_inner && entered || run.transparent;
            run.transparent = only_runs && run.doubts.is_empty() && !run.flags.iter().any(|flag| gives_more(*flag));
        }
    }

    /// What the line writes, copies and links is known when it is used later.
    fn remember_files(&mut self, index: u32, base: &str, made: &[Made]) {
        let network = self.contacts(index);
        for Made { path, of } in made {
            let stored = match (of, &self.stdin) {
                (Some(source), _) => {
                    let known = source.literal().and_then(|path| self.stored_at(path).cloned());
                    known.unwrap_or_else(|| Stored::Copy(Text::from(source)))
                }
                (None, Stream::Text(text)) if base == "tee" => Stored::Text(text.clone()),
                (None, Stream::Lines(lines)) if base == "tee" => Stored::Lines(lines.clone()),
                (None, stdin) if base == "tee" => Stored::Unknown(stdin.origin()),
                (None, _) => Stored::Unknown(Origin { network, decoded: false }),
            };
            self.store(&Text::from(path), stored);
        }
    }

    pub(super) fn contacts(&self, index: u32) -> bool {
        self.reading
            .runs
            .get(index as usize)
            .is_some_and(|run| run.effects.iter().any(|effect| matches!(&*effect.kind, "http.request" | "net.connect")))
    }
}

/// What a login shell runs starts in the home of its user.
fn home_of_login(base: &str, words: &[Text]) -> Option<Text> {
    const WITH_VALUE: [&str; 12] = ["-u", "-g", "-h", "-p", "-C", "-r", "-t", "-U", "-D", "-R", "-T", "--user"];
    let mut rest = words.iter().skip(1).map(Text::guess);
    let is_login = match base {
        "su" | "runuser" => rest.any(|word| matches!(&*word, "-" | "-l" | "--login")),
        "sudo" | "doas" => loop {
            let word = rest.next()?;
            if WITH_VALUE.contains(&&*word) {
                rest.next();
            } else if !word.starts_with('-') {
                break false;
            } else if word == "--login" || !word.starts_with("--") && word.contains('i') {
                break true;
            }
        },
        _ => false,
    };
    is_login.then(|| Text::unknown("$HOME", "."))
}

/// The files that effects make. In a directory that is written to, a copy has the name of its source, and what is
/// fetched that of its address.
fn made(base: &str, effects: &[Effect]) -> Vec<Made> {
    let named = |effect: &Effect, wanted: &str| -> Vec<Word> {
        effect.args.iter().filter(|(name, _)| &**name == wanted).map(|(_, word)| word.clone()).collect()
    };
    let all = |kind: &str, wanted: &str| -> Vec<Word> {
        effects.iter().filter(|effect| &*effect.kind == kind).flat_map(|effect| named(effect, wanted)).collect()
    };
    let links = matches!(base, "ln" | "gln" | "link" | "install" | "ginstall" | "dd");
    let mut made = Vec::new();
    for effect in effects.iter().filter(|effect| matches!(&*effect.kind, "file.copy" | "file.move")) {
        for path in named(effect, "destination") {
            copied(&mut made, &path, &named(effect, "source"));
        }
    }
    let fetched: Vec<Word> = all("http.request", "url").into_iter().take(FETCHED_MAX).collect();
    for path in all("file.write", "path") {
        match links && !all("file.read", "path").is_empty() {
            true => copied(&mut made, &path, &all("file.read", "path")),
            false => {
                made.extend(fetched.iter().filter_map(|url| Some(Made { path: inside(&path, url)?, of: None })));
                made.push(Made { path, of: None });
            }
        }
    }
    made
}

fn copied(made: &mut Vec<Made>, path: &Word, sources: &[Word]) {
    for source in sources {
        made.extend(inside(path, source).map(|path| Made { path, of: Some(source.clone()) }));
    }
    if let [source] = sources {
        made.push(Made { path: path.clone(), of: Some(source.clone()) });
    }
}

/// The last name of `of` in the directory `path`.
fn inside(path: &Word, of: &Word) -> Option<Word> {
    let name = base_name(of.text.split(['?', '#']).next()?);
    let text = format!("{}/{name}", path.text.trim_end_matches('/'));
    (path.is_known() && of.is_known() && !name.is_empty()).then(|| Word::known(text))
}

/// A word of an inner command with what is known of it beyond the table.
fn original(words: &[Text], word: &Word) -> Text {
    if word.certainty == Certainty::Known && !word.glob {
        return Text::shared(&word.text);
    }
    words.iter().find(|text| text.shown() == *word.text).cloned().unwrap_or_else(|| Text::from(word))
}

pub(super) fn base_name(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

/// Whether a shell runs a script with this text: none is named in its first line, or one that is read here.
fn is_for_a_shell(text: &str) -> bool {
    let Some(line) = text.strip_prefix("#!").map(|text| text.lines().next().unwrap_or_default()) else { return true };
    let mut words = line.split_whitespace().map(base_name);
    match words.next() {
        Some("env") => words.next().is_some_and(|name| SHELLS.contains(&name)),
        Some(name) => SHELLS.contains(&name),
        None => false,
    }
}

/// Whether a program is reached by a way that nobody takes without a reason.
fn is_odd(name: &str) -> bool {
    name.contains('/')
        && (name.contains("/../")
            || name.contains("//")
            || name.contains("/./")
            || name.starts_with("/proc/")
            || name.starts_with("/dev/"))
}

fn is_harmless_device(word: &Word) -> bool {
    word.text.starts_with("/dev/")
        && (matches!(
            &*word.text,
            "/dev/null"
                | "/dev/stdin"
                | "/dev/stdout"
                | "/dev/stderr"
                | "/dev/zero"
                | "/dev/full"
                | "/dev/tty"
                | "/dev/random"
                | "/dev/urandom"
        ) || is_own_descriptor(&word.text))
}

/// Flags of commands that do more than run another one.
fn gives_more(flag: Flag) -> bool {
    matches!(
        flag,
        Flag::Privilege
            | Flag::Remote
            | Flag::Container
            | Flag::Persistence
            | Flag::Tunnel
            | Flag::PipeToInterpreter
            | Flag::RunsFetchedCode
    )
}
