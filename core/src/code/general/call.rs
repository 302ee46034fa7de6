//! What a call does and gives, by the table of the language.

use std::borrow::Cow;

use super::Context;
use super::machine::{Callee, Machine};
use super::table::{Act, At, Gives, Row, Sign};
use super::value::{Data, Item, Origin, Value};
use crate::code::{cmd, encoding, literal, shown};
use crate::shell::flag::Flag;

/// A call with its arguments.
pub(super) struct Call {
    pub(super) callee: Callee,
    pub(super) items: Vec<Item>,
    /// Whether it is a command with words, not a function.
    pub(super) is_command: bool,
}

impl Call {
    /// Notes what the call does; what it gives.
    pub(super) fn made(&self, machine: &mut Machine) -> Value {
        let origin = self.items.iter().fold(self.callee.this.origin, |origin, (_, item)| origin.with(item.origin));
        let origin = origin.with(self.callee.value.origin);
        let table = machine.language.table();
        let name =
            self.callee.value.name().or_else(|| self.callee.value.known()).filter(|name| name.len() < NAME_BYTES_MAX);
        let name = name.map(|name| match machine.language.ignores_case {
            true => Cow::from(name.to_ascii_lowercase().trim_start_matches("system.").to_owned()),
            false => Cow::from(name),
        });
        let of_object = match (&self.callee.this.data, &self.callee.method) {
            (Data::Path(_), Some(method)) => table.get(&*format!("Path().{method}")),
            _ => None,
        };
        let of_any = || table.get(&*format!(".{}", self.callee.method.as_deref()?));
        self.callbacks(machine);
        let row = of_object.or_else(|| table.get(&**name.as_ref()?)).or_else(of_any);
        match row {
            Some(row) => self.by_row(row, origin, machine),
            None if self.is_command => {
                self.of_program(machine.context);
                Value::default().from(origin)
            }
            // What stands for a text gives it.
            None if self.items.is_empty() && self.callee.value.as_text().is_some() => self.callee.value.clone(),
            None => self.unknown().from(origin),
        }
    }

    fn by_row(&self, row: &Row, origin: Origin, machine: &mut Machine) -> Value {
        for act in &row.acts {
            self.act(act, machine);
        }
        self.given(&row.gives, origin, machine)
    }

    /// `.then(eval)`: what the method belongs to is handed to a function that runs it.
    fn callbacks(&self, machine: &mut Machine) {
        const NEAR: usize = 4;
        let origin = self.callee.this.origin;
        let runs = |name: &str| {
            machine.language.table().get(name).is_some_and(|row| row.acts.iter().any(|act| matches!(act, Act::Code(_))))
        };
        let mut names = self.items.iter().take(NEAR).filter_map(|(_, value)| value.name());
        if origin != Origin::default() && names.any(runs) {
            machine.context.flag_origin(origin);
            machine.context.reading.doubt("code is run that is computed");
        }
    }

    /// What nobody knows is known by how it was made.
    fn unknown(&self) -> Value {
        self.callee.value.name().map_or_else(Value::default, |name| Value::named(&format!("{name}()")))
    }

    /// A command that is no known one is a program with words. Commands such as `Get-Thing` belong to the language.
    fn of_program(&self, context: &mut Context) {
        let name = self.callee.value.name().unwrap_or_default();
        let is_cmdlet = name.contains('-') && !name.contains(['.', '/', '\\']);
        if !name.is_empty() && !is_cmdlet && !name.starts_with('$') {
            let words = self.items.iter().flat_map(|(label, value)| {
                let option =
                    label.as_deref().filter(|label| *label != "|").map(|label| Value::text(&format!("-{label}")));
                let is_switch = value.name() == Some("$true");
                option.into_iter().chain((!is_switch).then(|| value.clone()))
            });
            let written = self.callee.written.as_deref().unwrap_or(name);
            let words: Vec<Value> = std::iter::once(Value::text(written)).chain(words).collect();
            if matches!(name, "cmd" | "cmd.exe") {
                return context.cmd_line(&words);
            }
            context.run_words(&words);
            let known: Vec<String> = words.iter().filter_map(Value::known).map(str::to_owned).collect();
            cmd::flag(&cmd::name_of(name), &known, &mut context.reading);
        }
    }

    fn name(&self) -> &str {
        let method = self.callee.method.as_deref();
        self.callee.value.name().or(method).unwrap_or("a call")
    }

    /// The argument at a place: by its name, else by its place.
    fn get(&self, at: &At) -> Option<&Value> {
        let Some(index) = at.index else { return Some(&self.callee.this) };
        let by_name = |items: &'_ [Item]| -> Option<usize> {
            let named = |label: &str| at.names.iter().any(|name| self.is_same(name, label));
            items.iter().take(ITEMS_MAX).position(|(label, _)| label.as_deref().is_some_and(named))
        };
        let direct = by_name(&self.items).and_then(|found| self.items.get(found));
        let in_record = || {
            let records = self.items.iter().filter_map(|(_, value)| value.items());
            records.filter(|_| !at.names.is_empty()).find_map(|items| items.get(by_name(items)?))
        };
        let by_place = || self.items.iter().filter(|(label, _)| label.is_none()).nth(index);
        direct.or_else(in_record).or_else(by_place).map(|(_, value)| value).or_else(|| self.piped(index))
    }

    fn is_same(&self, name: &str, label: &str) -> bool {
        // Commands take names that are cut short.
        name == label || self.is_command && label.len() > 1 && name.starts_with(label)
    }

    /// What the command before hands over takes the first free place.
    fn piped(&self, index: usize) -> Option<&Value> {
        let has_none = !self.items.iter().any(|(label, _)| label.is_none());
        let is_given = !matches!(self.callee.this.data, Data::Unknown) || self.callee.this.origin != Origin::default();
        (self.is_command && index == 0 && has_none && is_given).then_some(&self.callee.this)
    }

    /// All arguments that belong to a place.
    fn all(&self, at: &At) -> Vec<Value> {
        let unnamed = || self.items.iter().filter(|(label, _)| label.is_none()).map(|(_, value)| value);
        let values: Vec<&Value> = match (at.rest, at.index) {
            (true, Some(index)) => unnamed().skip(index).collect(),
            _ => self.get(at).into_iter().collect(),
        };
        let spread = |value: &Value| match value.items() {
            Some(items) => items.iter().take(ITEMS_MAX).map(|(_, item)| item.clone()).collect(),
            None => vec![value.clone()],
        };
        values.into_iter().take(ITEMS_MAX).flat_map(spread).collect()
    }

    fn act(&self, act: &Act, machine: &mut Machine) {
        let context = &mut *machine.context;
        match act {
            Act::Read(at) => self.files("file.read", at, false, context),
            Act::Write(at) => self.files("file.write", at, false, context),
            Act::Delete(at) => self.files("file.delete", at, self.is_recursive(), context),
            Act::DeleteTree(at) => self.files("file.delete", at, true, context),
            Act::List(at) => self.files("file.list", at, self.is_recursive(), context),
            Act::Open(path, mode) => self.open(path, mode, context),
            Act::OpenPipe(at) => self.open_pipe(at, context),
            Act::Request(at) => self.request(at, context),
            Act::Connect(host, port) => self.connect(self.get(host), self.get(port), context),
            Act::Address(at) => self.address(at, context),
            Act::Line(at) => self.all(at).iter().for_each(|line| context.run_line(self.name(), line)),
            Act::Program(at) => self.program(at, context),
            Act::Spawn(program, rest) => self.spawn(program, rest, context),
            Act::Argv(program, words) => {
                let words = self.all(words).into_iter().skip(1);
                let words: Vec<Value> = self.get(program).cloned().into_iter().chain(words).collect();
                context.run_words(&words);
            }
            Act::Words(at) => self.words(at, context),
            Act::Code(at) => self.code(machine.language.name, at, machine.context),
            Act::Encoded(at) => self.encoded(machine.language.name, at, context),
            Act::Elevate(at) => {
                if self.get(at).and_then(Value::known).is_some_and(|verb| verb.eq_ignore_ascii_case("runas")) {
                    context.reading.flag(Flag::Privilege);
                }
            }
            Act::Run(at) => self.run_file(at, context),
            Act::Module(at) => {
                let names = self.all(at);
                names.iter().filter_map(Value::known).for_each(|name| context.reading.import(name));
            }
            Act::Flag(flag) => context.reading.flag(*flag),
            Act::Doubt(doubt) => context.reading.doubt(*doubt),
            Act::Note(sign) => context.note(*sign),
        }
    }

    fn is_recursive(&self) -> bool {
        let mut labelled = self.items.iter().flat_map(|(label, value)| {
            let inner = value.items().unwrap_or_default().iter().take(ITEMS_MAX);
            inner.map(|(label, value)| (label, value)).chain(std::iter::once((label, value)))
        });
        labelled.any(|(label, value)| {
            let is_on = value.name().is_none_or(|word| !matches!(word, "false" | "False" | "$false"));
            let is_named = |label: &str| label == "recursive" || self.is_command && "recurse".starts_with(label);
            is_on && label.as_deref().is_some_and(is_named)
        })
    }

    fn files(&self, kind: &'static str, at: &At, recursive: bool, context: &mut Context) {
        for path in self.all(at) {
            context.file(kind, &path, recursive);
        }
    }

    /// Which way a file is opened is said by the letters of the mode; one that is not known may be any.
    fn open(&self, path: &At, mode: &At, context: &mut Context) {
        let Some(path) = self.get(path) else { return };
        let mode = self.get(mode).map(|mode| mode.known().unwrap_or("r+"));
        let mode = mode.unwrap_or("r");
        let writes = mode.contains(['w', 'a', 'x', '+', '>', 'c']);
        let reads = !writes || mode.contains(['+', 'r']);
        let address = path.known().is_some_and(literal::is_address);
        if address {
            return context.request(path);
        }
        if reads {
            context.file("file.read", path, false);
        }
        if writes {
            context.file("file.write", path, false);
        }
    }

    /// Perl's `open`: the mode is a word of its own or stands in front of the name; a `|` means a command.
    fn open_pipe(&self, at: &At, context: &mut Context) {
        let values = self.all(at);
        let Some(first) = values.first().and_then(Value::as_text).map(str::trim) else { return };
        let (mode, name) = match values.get(1) {
            Some(second) => (first, second.clone()),
            None => split_mode(first),
        };
        match mode.trim_start_matches('+') {
            "|-" | "-|" | "|" => match values.get(2..).filter(|rest| !rest.is_empty()) {
                Some(more) => context.run_words(&[std::slice::from_ref(&name), more].concat()),
                None => context.run_line(self.name(), &name),
            },
            mode if mode.contains('&') => context.note(Sign::Redirects),
            mode if mode.starts_with('>') => context.file("file.write", &name, false),
            _ => context.file("file.read", &name, false),
        }
        if first.starts_with('+') {
            context.file("file.write", &name, false);
        }
    }

    fn request(&self, at: &At, context: &mut Context) {
        for address in self.all(at) {
            // Some libraries take the parts of an address one by one.
            match (address.known().filter(|text| text.contains("://")), self.host()) {
                (None, Some(host)) => self.connect(Some(&host), self.named("port"), context),
                _ => context.request(&address),
            }
        }
    }

    fn host(&self) -> Option<Value> {
        ["hostname", "host"].into_iter().find_map(|name| self.named(name)).cloned()
    }

    fn named(&self, name: &'static str) -> Option<&Value> {
        self.get(&At { index: Some(usize::MAX), rest: false, names: vec![name] })
    }

    fn connect(&self, host: Option<&Value>, port: Option<&Value>, context: &mut Context) {
        context.note(Sign::Connects);
        let Some(host) = host.and_then(Value::known) else { return };
        let port = match port.map(|port| &port.data) {
            Some(Data::Number(port)) => format!(":{port}"),
            Some(Data::Text(port)) if !port.is_empty() && port.bytes().all(|c| c.is_ascii_digit()) => {
                format!(":{port}")
            }
            _ => String::new(),
        };
        context.connect(host, &port);
    }

    /// `(host, port)`, `"host:port"`, or a path of a local socket.
    fn address(&self, at: &At, context: &mut Context) {
        let Some(address) = self.get(at) else { return };
        match (address.items(), address.known()) {
            (Some([(_, host), (_, port), ..]), _) => self.connect(Some(host), Some(port), context),
            (_, Some(text)) => {
                context.note(Sign::Connects);
                let place = text.split_once("://").map_or(text, |(_, rest)| rest);
                if !place.starts_with('/') {
                    context.connect(place, "");
                }
            }
            _ => context.note(Sign::Connects),
        }
    }

    fn program(&self, at: &At, context: &mut Context) {
        let Some(value) = self.get(at) else { return };
        match value.items() {
            Some(items) => context.run_words(&values(items)),
            None => context.run_line(self.name(), value),
        }
    }

    fn spawn(&self, program: &At, rest: &At, context: &mut Context) {
        let Some(program) = self.get(program) else { return };
        let rest = match self.get(rest) {
            Some(list) if list.items().is_some() => list.items().map(values).unwrap_or_default(),
            Some(text) if text.as_text().is_some() => {
                let line = context.budget.join(program, " ", text);
                return context.run_line(self.name(), &line);
            }
            _ => Vec::new(),
        };
        context.run_words(&[vec![program.clone()], rest].concat());
    }

    /// A single text is a line; several are words.
    fn words(&self, at: &At, context: &mut Context) {
        let values = self.all(at);
        // Ruby takes variables for the program in front, and options behind.
        let words: Vec<Value> = values.into_iter().filter(|value| value.items().is_none()).collect();
        match words.as_slice() {
            [] => {}
            [line] => context.run_line(self.name(), line),
            words => context.run_words(words),
        }
    }

    fn code(&self, language: &str, at: &At, context: &mut Context) {
        let Some(code) = self.get(at) else { return };
        context.flag_origin(code.origin);
        match code.known() {
            Some(text) if !text.is_empty() => {
                let text = text.to_owned();
                context.nested(language, &text);
            }
            _ => {
                context.runs_unknown = true;
                context.reading.doubt(format!("`{}` runs code that is computed", shown(self.name())));
            }
        }
    }

    /// `-EncodedCommand`
    fn encoded(&self, language: &str, at: &At, context: &mut Context) {
        let Some(text) = self.get(at).and_then(Value::known) else { return };
        context.reading.flag(Flag::EncodedCode);
        match encoding::base64(text).and_then(encoding::text) {
            Some(code) => context.nested(language, &code),
            None => context.reading.doubt("encoded code could not be decoded"),
        }
    }

    fn run_file(&self, at: &At, context: &mut Context) {
        let Some(file) = self.get(at) else { return };
        let is_address = file.as_text().is_some_and(literal::is_address);
        if is_address || file.origin.fetched {
            context.reading.flag(Flag::RunsFetchedCode);
        }
        if is_address { context.request(file) } else { context.file("file.read", file, false) }
    }

    fn given(&self, gives: &Gives, origin: Origin, machine: &mut Machine) -> Value {
        let context = &mut *machine.context;
        let decoded = Origin { decoded: true, ..origin };
        let text = |at: &At| self.get(at).and_then(Value::known);
        match gives {
            Gives::Made => self.unknown().from(origin),
            Gives::Fetched => Value::default().from(Origin { fetched: true, ..origin }),
            Gives::Module(at) => {
                let module = text(at).map(|name| name.strip_prefix("node:").unwrap_or(name));
                let module = module.map(|name| name.strip_suffix("/promises").unwrap_or(name));
                module.map_or_else(Value::default, Value::named)
            }
            Gives::Base64(at) => context.decoded(text(at), encoding::base64).from(decoded),
            Gives::Hex(at) => context.decoded(text(at), encoding::hex).from(decoded),
            Gives::Rot13(at) => {
                context.decoded(text(at), |text| Some(encoding::rot13(text).into_bytes())).from(decoded)
            }
            Gives::Encoding(at, name) => self.encoding(at, name, context).from(origin),
            Gives::Packed => Value::default().from(decoded),
            Gives::Text(at) => self.get(at).cloned().unwrap_or_default().from(origin),
            Gives::Join(at) => {
                let between = self.callee.this.known().unwrap_or_default();
                self.get(at).map_or_else(Value::default, |list| context.joined(list, between)).from(origin)
            }
            Gives::JoinBy(at, between) => {
                let between = text(between).unwrap_or(",");
                self.get(at).map_or_else(Value::default, |list| context.joined(list, between)).from(origin)
            }
            Gives::Path(at) => self.path(at, context).from(origin),
            Gives::Chars(at) => context
                .characters(&self.all(at).into_iter().map(|value| (None, value)).collect::<Vec<_>>())
                .from(decoded),
            Gives::Member(of, name) => self.computed_member(of, name),
            Gives::Reversed(at) => match text(at).map(|text| text.chars().rev().collect::<String>()) {
                Some(text) if context.budget.take(text.len()) => Value::text(&text).from(decoded),
                _ => Value::default().from(decoded),
            },
            Gives::Replaced => self.replaced(context).from(origin),
            Gives::Formatted(at) => {
                let rest = self.items.get(usize::from(at.index.is_some())..).unwrap_or_default();
                self.get(at).map_or_else(Value::default, |text| context.filled(text, rest)).from(origin)
            }
            Gives::Object(at) => match text(at) {
                Some(kind) => {
                    let kind = kind.to_ascii_lowercase();
                    Value::named(&format!("{}()", kind.trim_start_matches("system."))).from(origin)
                }
                None => self.get(at).cloned().unwrap_or_default().from(origin),
            },
            Gives::Mapped(function, list) => {
                let makes_characters = self.get(function).and_then(Value::name) == Some("chr");
                match self.get(list).and_then(Value::items).filter(|_| makes_characters) {
                    Some(items) => context.each_character(items).from(decoded),
                    None => Value::default().from(origin),
                }
            }
            Gives::Items => Value::new(Data::List(self.items.clone().into())).from(origin),
        }
    }

    fn encoding(&self, at: &At, name: &At, context: &mut Context) -> Value {
        let Some(value) = self.get(at) else { return Value::default() };
        let decoded = Origin { decoded: true, ..Origin::default() };
        let name = self.get(name).and_then(Value::known).unwrap_or_default().to_ascii_lowercase();
        let undo: fn(&str) -> Option<Vec<u8>> = match name.trim_end_matches("_codec") {
            "base64" | "base64url" => encoding::base64,
            "hex" => encoding::hex,
            "rot13" | "rot_13" | "rot-13" => |text| Some(encoding::rot13(text).into_bytes()),
            "zlib" | "zip" | "bz2" => |_| None,
            _ => return value.clone(),
        };
        context.decoded(value.known(), undo).from(decoded)
    }

    fn path(&self, at: &At, context: &mut Context) -> Value {
        let parts = self.all(at);
        let first = parts.first().cloned().unwrap_or_default();
        let joined = parts.iter().skip(1).fold(first, |path, part| {
            // A part that is absolute begins anew.
            if part.as_text().is_some_and(|text| text.starts_with('/')) {
                return part.clone();
            }
            let between = if path.as_text().is_some_and(|text| text.ends_with('/')) { "" } else { "/" };
            context.budget.join(&path, between, part)
        });
        match joined.as_text().map(Into::into) {
            Some(text) => Value::new(Data::Path(text)),
            None => Value::default(),
        }
    }

    /// `getattr(os, "system")`.
    fn computed_member(&self, of: &At, name: &At) -> Value {
        let of = self.get(of).and_then(Value::name);
        let name = self.get(name).and_then(Value::known);
        of.zip(name).map_or_else(Value::default, |(of, name)| Value::named(&format!("{of}.{name}")))
    }

    fn replaced(&self, context: &mut Context) -> Value {
        let argument = |index: usize| self.items.get(index).and_then(|(_, value)| value.known());
        match (self.callee.this.known(), argument(0), argument(1)) {
            (Some(text), Some(old), Some(new)) if !old.is_empty() => {
                let length = text.len() + text.matches(old).count() * new.len();
                if context.budget.take(length) { Value::text(&text.replace(old, new)) } else { Value::default() }
            }
            _ => Value::default(),
        }
    }
}

/// Arguments, elements and words of one call that are looked at.
const ITEMS_MAX: usize = 256;
/// Longer names belong to no known call.
const NAME_BYTES_MAX: usize = 128;

fn values(items: &[Item]) -> Vec<Value> {
    items.iter().take(ITEMS_MAX).map(|(_, value)| value.clone()).collect()
}

/// `>file`, `<file`, `| command` and `command |` in one text.
fn split_mode(text: &str) -> (&str, Value) {
    if let Some(command) = text.strip_suffix('|') {
        return ("-|", Value::text(command.trim()));
    }
    let name = text.trim_start_matches(['<', '>', '+', '|', '&']);
    let mode = text.strip_suffix(name).unwrap_or_default();
    (mode, Value::text(name.trim()))
}
