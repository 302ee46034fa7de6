//! What the shell does itself: directories, variables, aliases, traps.

use std::rc::Rc;

use super::{COUNTING, Reader, WORK_PER_DIRECTORY};
use crate::shell::effect::Effect;
use crate::shell::flag::Flag;
use crate::shell::reading::{Condition, Place};
use crate::shell::scope::{Binding, Directory, Space, Stored};
use crate::shell::stream::{Origin, Stream};
use crate::shell::text::Text;

impl Reader<'_> {
    /// What the builtin `name` prints; `None` if there is none of that name, or the program table knows all about it.
    pub(super) fn builtin(&mut self, index: u32, name: &str, words: &[Text]) -> Option<Stream> {
        let arguments = words.get(1..).unwrap_or_default();
        self.calculate_arguments(name, arguments);
        match name {
            "cd" | "pushd" | "chdir" => {
                self.change_directory(name, arguments);
                self.note_directories(index);
            }
            "popd" => {
                self.directory(Text::unknown("$OLDPWD", "."));
                self.note_directories(index);
            }
            "export" | "declare" | "typeset" | "local" | "readonly" => self.declare(name, arguments),
            "unset" => self.unset(arguments),
            "read" | "mapfile" | "readarray" | "getopts" => self.read_variables(index, name, arguments),
            "alias" => self.define_aliases(arguments),
            "set" => self.set(arguments),
            "shopt" => {
                self.shopt(arguments);
                return None;
            }
            "shift" => self.shift(arguments),
            "trap" => self.trap(index, arguments),
            "eval" => return Some(self.eval(index, arguments)),
            "source" | "." => return Some(self.source_file(index, arguments)),
            "let" => self.calculate(arguments),
            "printf" if arguments.first().is_some_and(|word| word.guess().starts_with("-v")) => {
                self.print_into(arguments);
            }
            "history"
                if arguments.iter().any(|word| word.guess().starts_with("-c") || word.guess().starts_with("-d")) =>
            {
                self.run_flag(index, Flag::HistoryTampering);
            }
            _ => return None,
        }
        // `export -p` and its like print what is set.
        let prints = arguments.iter().all(|word| word.guess().starts_with('-'));
        let shows = matches!(name, "export" | "declare" | "typeset" | "set" | "readonly" | "alias") && prints;
        let is_print = |word: &Text| name != "set" && matches!(&*word.guess(), "-p" | "-x");
        if shows && name != "alias" && arguments.iter().all(is_print) {
            let effect =
                Effect { kind: "read_environment".into(), args: Vec::new(), recursive: false, flags: Vec::new() };
            self.run_at(index).into_iter().for_each(|run| run.effects.push(effect.clone()));
        }
        Some(if shows { Stream::Unknown(Origin::default()) } else { Stream::Text(Text::default()) })
    }

    /// Says of a command where it leads.
    pub(super) fn note_directories(&mut self, index: u32) {
        let words = self.directories().iter().map(|directory| directory.0.word().0).collect();
        if let (Place::Here, Some(run)) = (self.place, self.run_at(index)) {
            run.directories = words;
        }
    }

    fn change_directory(&mut self, name: &str, arguments: &[Text]) {
        let is_place = |word: &&Text| !word.guess().starts_with('-') || word.guess() == "-" || word.has_unknown();
        let places: Vec<&Text> = arguments.iter().filter(is_place).collect();
        match places.as_slice() {
            [] if name == "pushd" => self.directory(Text::unknown("$OLDPWD", ".")),
            [] => {
                let home = self.tilde("~");
                self.directory(home);
            }
            [to] if to.guess() == "-" && to.is_known() => self.directory(Text::unknown("$OLDPWD", ".")),
            // Words that are known by patterns may be one in the end, and it is any of them.
            places => {
                // Without quotes, nothing is no word at all.
                let may_be_none =
                    |to: &&Text| self.drops_patterns && !to.is_known() || to.may_be_nothing() && to.names_several();
                let home = places.iter().all(may_be_none).then(|| self.tilde("~"));
                let places: Vec<Text> = places.iter().map(|to| (*to).clone().with_quotes(true)).collect();
                self.directories_to(places.into_iter().chain(home));
            }
        }
    }

    /// Goes to `to`, from each directory that may be the present one.
    pub(super) fn directory(&mut self, to: Text) {
        self.directories_to(std::iter::once(to));
    }

    /// Goes to one of several directories.
    fn directories_to(&mut self, all: impl Iterator<Item = Text>) {
        let all: Vec<Directory> = all.flat_map(|to| self.placed(&to)).map(|to| Directory(to.settled())).collect();
        self.spend(all.iter().map(|directory| directory.0.size() + WORK_PER_DIRECTORY).sum());
        self.scope.set(Space::Directory, "", Binding::Directories(Rc::new(all)));
        // Whatever the line has set these to, now the shell does.
        for name in ["PWD", "OLDPWD"] {
            if self.scope.get(Space::Variable, name).is_some() {
                self.scope.put_back(Space::Variable, name, None);
            }
        }
    }

    fn unset(&mut self, arguments: &[Text]) {
        for word in arguments.iter().filter(|word| !word.guess().starts_with('-')) {
            let name = word.guess().into_owned();
            if let Some((array, _)) = name.split_once('[') {
                self.subscripted(&name);
                self.assign_unseen(array, "");
                continue;
            }
            if matches!(&*name, "HISTFILE" | "HISTSIZE" | "HISTFILESIZE") {
                self.flag(Flag::HistoryTampering);
            }
            self.scope.set(Space::Variable, &name, Binding::Unset);
            self.scope.set(Space::Function, &name, Binding::Unset);
            self.unexport(&name);
        }
    }

    fn define_aliases(&mut self, arguments: &[Text]) {
        for word in arguments {
            let (name, value) = split_assignment(word);
            match value.as_ref().and_then(Text::known) {
                Some(value) => self.scope.set(Space::Alias, &name, Binding::Alias(Rc::from(&*value))),
                None if value.is_some() => self.doubt(format!("the alias `{name}` comes from outside the line")),
                None => {}
            }
        }
    }

    fn shift(&mut self, arguments: &[Text]) {
        let count = match arguments.first() {
            None => Some(1),
            Some(word) => word.known().and_then(|known| known.parse().ok()),
        };
        let rest = match count {
            Some(count) if self.positional().iter().take(count).all(Text::is_known) => {
                self.positional().iter().skip(count).cloned().collect()
            }
            _ => vec![Text::unknown("$@", "").with_quotes(false)],
        };
        self.set_positional(rest);
    }

    fn trap(&mut self, index: u32, arguments: &[Text]) {
        let is_option = |word: &&Text| word.guess().starts_with('-') && word.guess() != "-" && !word.has_unknown();
        // A signal alone, or behind a dash, takes its command back.
        let line = match arguments.iter().skip_while(is_option).collect::<Vec<_>>().as_slice() {
            [line, _, ..] if line.guess() != "-" => *line,
            [line] if line.has_unknown() => *line,
            _ => return,
        };
        let outer = std::mem::replace(&mut self.condition, Condition::Later);
        let inside = self.inside.replace(index);
        match line.known() {
            Some(line) => {
                let line = line.into_owned();
                self.apart(|reader| reader.source_text(&line));
            }
            None => self.run_doubt(index, "the command of a trap comes from outside the line"),
        }
        (self.condition, self.inside) = (outer, inside);
    }

    /// Its words, joined by spaces, are a line of their own.
    fn eval(&mut self, index: u32, arguments: &[Text]) -> Stream {
        let mut line = Text::default();
        for (place, word) in arguments.iter().filter(|word| word.guess() != "--").enumerate() {
            if place > 0 {
                line.push(" ", true);
            }
            line.append(word.clone());
        }
        self.code(index, &line, "what `eval` runs comes from outside the line")
    }

    /// Walks through text that is run as a line in the present shell.
    pub(super) fn code(&mut self, index: u32, line: &Text, doubt: &'static str) -> Stream {
        let origin = self.origin_of(line);
        self.note_code_origin(index, origin);
        let text = match line.known() {
            Some(known) => {
                self.run_at(index).into_iter().for_each(|run| run.transparent = true);
                known.into_owned()
            }
            None => {
                self.run_doubt(index, doubt);
                line.guess().into_owned()
            }
        };
        let inside = self.inside.replace(index);
        self.depth += 1;
        let output = self.source_text(&text);
        self.depth -= 1;
        self.inside = inside;
        output
    }

    pub(super) fn note_code_origin(&mut self, index: u32, origin: Origin) {
        if origin.network {
            self.run_flag(index, Flag::RunsFetchedCode);
            self.run_flag(index, Flag::PipeToInterpreter);
        }
        if origin.decoded {
            self.run_flag(index, Flag::EncodedCode);
        }
    }

    fn source_file(&mut self, index: u32, arguments: &[Text]) -> Stream {
        let Some(path) = arguments.first() else { return Stream::Text(Text::default()) };
        let mut effects = Vec::new();
        self.file("file.read", path, &mut effects);
        if let Some(run) = self.run_at(index) {
            run.effects.append(&mut effects);
        }
        match self.content_of(path) {
            Stream::Text(text) => {
                self.run_flag(index, Flag::WriteThenRun);
                let outer = self.positional();
                let words = arguments.get(1..).filter(|words| !words.is_empty());
                words.into_iter().for_each(|words| self.set_positional(words.to_vec()));
                let output = self.code(index, &text, "what is sourced comes from outside the line");
                words.into_iter().for_each(|_| self.set_positional(outer.to_vec()));
                output
            }
            stream => {
                let written = path.known().is_some_and(|known| {
                    matches!(self.stored_at(&known), Some(Stored::Unknown(_) | Stored::Lines(_) | Stored::Copy(_)))
                });
                if written {
                    self.run_flag(index, Flag::WriteThenRun);
                }
                self.note_code_origin(index, stream.origin());
                self.run_doubt(index, "what is sourced is not in the line");
                Stream::Unknown(stream.origin())
            }
        }
    }

    fn calculate(&mut self, arguments: &[Text]) {
        for word in arguments {
            let guess = word.guess().into_owned();
            self.calculated(word);
            let (name, value) = split_assignment(word);
            if value.is_some() || guess.contains("++") || guess.contains("--") {
                let name: String = name.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
                self.assign(&name, Text::plain_unknown());
            }
        }
    }

    /// Arguments that are numbers to a builtin: some shells take an expression there.
    fn calculate_arguments(&mut self, name: &str, arguments: &[Text]) {
        let calculates = match name {
            "test" | "[" => arguments.iter().any(|word| COUNTING.contains(&&*word.guess())),
            "printf" => arguments.iter().any(|word| formats_number(&word.guess())),
            "exit" | "return" | "shift" | "break" | "continue" => true,
            _ => false,
        };
        if calculates {
            arguments.iter().for_each(|word| self.perhaps_calculated(word));
        }
        if name == "wait" {
            self.wait(arguments);
        }
    }

    /// `wait -p name` puts a number into a variable.
    fn wait(&mut self, arguments: &[Text]) {
        let mut rest =
            arguments.iter().map(Text::guess).skip_while(|word| !word.starts_with('-') || !word.contains('p'));
        let Some(option) = rest.next() else { return };
        let attached = option.split_once('p').map(|(_, name)| name.to_owned()).filter(|name| !name.is_empty());
        if let Some(name) = attached.or_else(|| rest.next().map(|name| name.into_owned())) {
            self.assign(&name, Text::plain_unknown());
        }
    }

    /// `printf -v name format …`
    fn print_into(&mut self, arguments: &[Text]) {
        let known: Option<Vec<_>> = arguments.iter().map(Text::known).collect();
        let known = known.unwrap_or_default();
        let words: Vec<&str> = known.iter().map(|word| &**word).collect();
        let (name, rest) = match words.as_slice() {
            ["-v", name, rest @ ..] => (*name, rest),
            [option, rest @ ..] => (option.strip_prefix("-v").unwrap_or_default(), rest),
            [] => return self.print_unknown(arguments),
        };
        let rest = rest.strip_prefix(&["--"]).unwrap_or(rest);
        match crate::shell::pure::output("printf", rest, None) {
            Some(text) => self.assign(name, Text::literal(&text)),
            None => self.assign_unseen(name, ""),
        }
    }

    /// The same with words that are not all known.
    fn print_unknown(&mut self, arguments: &[Text]) {
        let mut words = arguments.iter().map(Text::guess);
        let Some(first) = words.next() else { return };
        let name = match first.strip_prefix("-v") {
            Some("") => words.next().unwrap_or_default(),
            attached => attached.unwrap_or_default().to_owned().into(),
        };
        self.assign_unseen(&name, "");
    }
}

/// Whether a format of `printf` has a number in it.
fn formats_number(format: &str) -> bool {
    let is_modifier = |c: char| c.is_ascii_digit() || "-+ #'.*hlLqjzt".contains(c);
    let kinds = format.split('%').skip(1).filter_map(|behind| behind.trim_start_matches(is_modifier).chars().next());
    kinds.into_iter().any(|kind| "diouxXeEfFgGaA".contains(kind))
}

/// `name=value`, `name+=value`, or a bare name.
pub(super) fn split_assignment(word: &Text) -> (String, Option<Text>) {
    let mut name = String::new();
    for (place, piece) in word.0.iter().enumerate() {
        let Some((head, tail)) = piece.text.split_once('=') else {
            name.push_str(&piece.text);
            continue;
        };
        name.push_str(head);
        let mut value = Text::default();
        if !tail.is_empty() {
            value.push(tail, true);
        }
        value.append(Text(word.0.iter().skip(place + 1).cloned().collect()));
        let adds = name.ends_with('+');
        let name = name.trim_end_matches('+').to_owned();
        // What it adds to is not looked up: nobody should rely on it.
        let value = if adds { Text::unknown(&format!("${name}"), &value.guess()) } else { value };
        return (name, Some(value.with_quotes(true)));
    }
    (name, None)
}
