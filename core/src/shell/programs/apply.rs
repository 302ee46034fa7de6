//! What a program's arguments amount to: roles become effects, inner commands and doubts.

use std::borrow::Cow;
use std::sync::{Arc, LazyLock};

use super::hosts::{self, Remote};
use super::options::{self, Call, Given, cut, known_part};
use super::row::{Meaning, Operand, Role, Row};
use crate::limits;
use crate::shell::effect::Effect;
use crate::shell::flag::Flag;
use crate::shell::reading::Place;
use crate::shell::word::{Certainty, Word};

/// What a call of a program amounts to.
#[derive(Debug, Default)]
pub struct Use {
    /// What it does.
    pub effects: Vec<Effect>,
    /// What it runs.
    pub inner: Vec<Inner>,
    /// What is noteworthy about it.
    pub flags: Vec<Flag>,
    /// What could not be read, a clause each.
    pub doubts: Vec<Cow<'static, str>>,
    /// Where it works: the relative paths of its effects and inner commands start there.
    pub directory: Option<Word>,
    /// Variables that are set for what it runs.
    pub sets: Vec<(Arc<str>, Word)>,
    /// What the standard input is to it, if this call reads it.
    pub stdin: Option<Role>,
    /// Where it runs what it runs.
    pub place: Place,
    /// The reader its arguments need; everything else is left out then.
    pub reader: Option<Arc<str>>,
    /// Whether it runs what cannot be seen.
    pub opaque: bool,
}

/// Something that a program runs.
#[derive(Clone, Debug, PartialEq)]
pub enum Inner {
    /// A program and its arguments; `more` says that further arguments come from the standard input.
    Words {
        /// The program and its arguments.
        words: Vec<Word>,
        /// Whether more come from the standard input.
        more: bool,
    },
    /// A shell line: the words, with spaces between them.
    Lines(Vec<Word>),
    /// Code in a language.
    Code {
        /// The language.
        language: Arc<str>,
        /// The code.
        text: Word,
    },
    /// A file whose contents are run.
    File(Word),
}

/// Says what a call of the program of `row` amounts to; `arguments` are without its name.
pub fn apply(row: &Row, arguments: &[Word]) -> Use {
    if row.harmless {
        return Use::default();
    }
    if let Some(reader) = &row.reader {
        return Use { reader: Some(reader.clone()), flags: row.flags.to_vec(), ..Use::default() };
    }
    let mut call = options::read(row, arguments);
    let doubts = std::mem::take(&mut call.doubts);
    let out = Use { doubts, ..Use::default() };
    if call.given.iter().any(is_inert) {
        return out;
    }
    if let Some(reader) = &call.row.reader {
        return Use { reader: Some(reader.clone()), flags: call.row.flags.to_vec(), ..out };
    }
    Amounts::new(&call, arguments, out).finish()
}

fn is_inert(given: &Given) -> bool {
    let value = given.value.as_ref().and_then(|value| value.literal());
    let of_value = value.and_then(|value| given.meaning.values.find(value));
    given.sure && (given.meaning.inert || of_value.is_some_and(|meaning| meaning.inert))
}

/// Collects what a call amounts to.
struct Amounts<'a> {
    row: &'a Row,
    call: &'a Call<'a>,
    arguments: &'a [Word],
    /// Everything that options and their values mean.
    meanings: Vec<&'a Meaning>,
    /// Other roles for the row's, each once.
    roles: Vec<&'a (Role, Role)>,
    args: Vec<(Arc<str>, Word)>,
    urls: Vec<Word>,
    hosts: Vec<Word>,
    port: Option<Word>,
    /// The roles that operands have.
    taken: Vec<&'a Role>,
    /// Whether code or a program is given, so that the standard input is mere data.
    has_code: bool,
    reads_stdin: bool,
    out: Use,
}

impl<'a> Amounts<'a> {
    fn new(call: &'a Call<'a>, arguments: &'a [Word], out: Use) -> Amounts<'a> {
        Amounts {
            row: call.row,
            call,
            arguments,
            meanings: Vec::new(),
            roles: Vec::new(),
            args: Vec::new(),
            urls: Vec::new(),
            hosts: Vec::new(),
            port: None,
            taken: Vec::new(),
            has_code: false,
            reads_stdin: false,
            out,
        }
    }

    fn finish(mut self) -> Use {
        self.collect_meanings();
        self.flags();
        self.fixed_args();
        for given in &self.call.given {
            self.option(given);
        }
        let of_options = self.out.effects.len();
        self.operands();
        self.addresses();
        self.actions();
        self.recursive(of_options);
        self.stdin();
        self.raw_disks();
        self.out.opaque = self.row.opaque;
        self.out.place = self.row.place;
        self.out
    }

    fn collect_meanings(&mut self) {
        for given in &self.call.given {
            self.meanings.push(given.meaning);
            if let Some(value) = given.value.as_deref().filter(|_| !given.meaning.values.is_empty()) {
                self.add_choices(&given.meaning.values, value);
            }
        }
        if !self.row.values.is_empty() {
            for word in self.call.operands.iter().filter_map(|at| self.arguments.get(*at)) {
                self.add_choices(&self.row.values, word);
            }
        }
        for pair in self.meanings.iter().flat_map(|meaning| &meaning.roles) {
            if !self.roles.iter().any(|listed| std::ptr::eq(*listed, pair)) {
                self.roles.push(pair);
            }
        }
    }

    /// What `word` means among `choices`; if it is not known, it may mean any of them.
    fn add_choices(&mut self, choices: &'a super::row::Choices<Meaning>, word: &Word) {
        match word.literal() {
            Some(text) if self.row.syntax.folds() => self.meanings.extend(choices.find(&text.to_lowercase())),
            Some(text) => self.meanings.extend(choices.find(text)),
            None => {
                for meaning in choices.iter() {
                    if !self.meanings.iter().any(|listed| std::ptr::eq(*listed, meaning)) {
                        self.meanings.push(meaning);
                    }
                }
            }
        }
    }

    fn flags(&mut self) {
        let unknown = self.call.unknown.then_some(Flag::UnknownProgram);
        let of_options = self.meanings.iter().flat_map(|meaning| meaning.flags.iter().copied());
        for flag in self.row.flags.iter().copied().chain(self.row.place.flag()).chain(unknown).chain(of_options) {
            add_flag(&mut self.out.flags, flag);
        }
    }

    /// The fixed arguments; what an option says stands instead of what the row says.
    fn fixed_args(&mut self) {
        let of_options = || self.meanings.iter().flat_map(|meaning| &meaning.args);
        for (name, word) in &self.row.args {
            if !of_options().any(|(other, _)| other == name) {
                self.args.push((name.clone(), word.clone()));
            }
        }
        self.args.extend(of_options().cloned());
    }

    fn option(&mut self, given: &Given<'a>) {
        let Some(value) = given.value.as_deref() else { return };
        let Some(role) = given.meaning.value.as_ref().or(given.meaning.attached.as_ref()) else { return };
        if role.takes_the_rest() {
            let words = std::iter::once(value).chain(given.rest).cloned().collect();
            return self.run(role, words);
        }
        self.has_code |= role.is_code();
        if *role == Role::Unclear {
            let doubt =
                format!("what `{}` of `{}` does cannot be read: {}", given.meaning.name, self.row.name, value.text);
            return self.out.doubts.push(doubt.into());
        }
        self.role(role, value);
    }

    /// Gives the operands their roles; if options disagree about these, each of them counts.
    fn operands(&mut self) {
        let mut specs: Vec<&'a [Operand]> = Vec::new();
        for spec in self.meanings.iter().filter_map(|meaning| meaning.operands.as_deref()) {
            if !specs.contains(&spec) {
                specs.push(spec);
            }
        }
        if specs.is_empty() {
            specs.push(&self.row.operands);
        }
        for spec in specs {
            self.distribute(spec);
        }
        self.defaults();
    }

    fn distribute(&mut self, spec: &'a [Operand]) {
        let mut places = self.call.operands.as_slice();
        for (index, operand) in spec.iter().enumerate() {
            if operand.role.takes_the_rest() {
                return self.take_the_rest(&operand.role, places.first().copied());
            }
            let behind = spec.iter().skip(index + 1).filter(|one| !one.optional && !one.many).count();
            let (taken, left) = places.split_at_checked(self.share(operand, places, behind)).unwrap_or((places, &[]));
            self.take(&operand.role, taken);
            places = left;
        }
        // A program that takes more words than the table says takes them as it takes its last.
        if let Some(last) = spec.last() {
            self.take(&last.role, places);
        }
    }

    /// How many of the operands at `places` are for `operand`, if `behind` have to be left.
    fn share(&self, operand: &Operand, places: &[usize], behind: usize) -> usize {
        let spare = places.len().saturating_sub(behind);
        match operand {
            Operand { role: Role::Assignment, many: true, .. } => {
                let words = places.iter().map_while(|at| self.arguments.get(*at));
                words.take_while(|word| known_part(word).find('=').is_some_and(|at| at > 0)).count()
            }
            Operand { many: true, .. } => spare,
            Operand { optional: true, .. } => spare.min(1),
            _ => places.len().min(1),
        }
    }

    fn take(&mut self, role: &'a Role, places: &[usize]) {
        if places.is_empty() {
            return;
        }
        self.taken.push(role);
        for word in places.iter().filter_map(|at| self.arguments.get(*at)) {
            self.has_code |= role.is_code() || (*role == Role::Execute && &*word.text != "-");
            self.role(role, word);
        }
    }

    fn take_the_rest(&mut self, role: &'a Role, place: Option<usize>) {
        if let Some(words) = place.and_then(|at| self.arguments.get(at..)) {
            self.taken.push(role);
            self.run(role, words.to_vec());
        }
    }

    fn defaults(&mut self) {
        let of_options = self.meanings.iter().flat_map(|meaning| &meaning.default);
        let all: Vec<&'a (Role, Word)> = of_options.chain(&self.row.default).collect();
        for (role, word) in all {
            if !self.taken.contains(&role) {
                self.taken.push(role);
                self.role(role, word);
            }
        }
    }

    /// Takes a word in its role, or in those that options give it instead.
    fn role(&mut self, role: &'a Role, word: &Word) {
        let mut replaced = false;
        for at in 0..self.roles.len() {
            if let Some((_, to)) = self.roles.get(at).copied().filter(|(from, _)| from == role) {
                replaced = true;
                self.word(to, word);
            }
        }
        if !replaced {
            self.word(role, word);
        }
    }

    fn word(&mut self, role: &'a Role, word: &Word) {
        let is_stream = word.literal() == Some("-");
        match role {
            Role::Data | Role::Run | Role::RunMore => {}
            Role::Read | Role::Edit | Role::Execute | Role::Search | Role::Remote if is_stream => {
                self.reads_stdin = true
            }
            Role::Write | Role::RemoteDestination if is_stream => {}
            Role::Read => self.file(&NAMES.read, word),
            Role::Write => self.file(&NAMES.write, word),
            Role::Delete => self.file(&NAMES.delete, word),
            Role::List => self.file(&NAMES.list, word),
            Role::Search => self.file(&NAMES.search, word),
            Role::Permissions => self.file(&NAMES.permissions, word),
            Role::Edit => {
                self.file(&NAMES.read, word);
                self.file(&NAMES.write, word);
            }
            Role::Execute => {
                self.file(&NAMES.read, word);
                self.out.inner.push(Inner::File(word.clone()));
            }
            Role::Directory => self.directory(word),
            Role::Url => self.url(word),
            Role::Host => self.hosts.push(word.clone()),
            Role::Port => self.port = Some(word.clone()),
            Role::Remote => self.remote(word, false),
            Role::RemoteDestination => self.remote(word, true),
            Role::Body => self.body(word, word.text.strip_prefix('@')),
            Role::Field => self.field(word),
            Role::Form => self.form(word),
            Role::Line | Role::Lines => self.out.inner.push(Inner::Lines(vec![word.clone()])),
            Role::Code(language) => {
                self.out.inner.push(Inner::Code { language: language.clone(), text: word.clone() });
            }
            Role::Assignment => self.assignment(word),
            Role::Mount => self.mount(word),
            Role::Unclear => {
                let doubt = format!("what `{}` does cannot be read: {}", self.row.name, word.text);
                self.out.doubts.push(doubt.into());
            }
            Role::Arg(name) => self.args.push((name.clone(), word.clone())),
        }
    }

    fn run(&mut self, role: &Role, words: Vec<Word>) {
        self.has_code = true;
        self.out.inner.push(match role {
            Role::Lines => Inner::Lines(words),
            _ => Inner::Words { words, more: *role == Role::RunMore },
        });
    }

    fn file(&mut self, kind: &Arc<str>, word: &Word) {
        self.out.effects.push(effect(kind, vec![(NAMES.path.clone(), word.clone())]));
    }

    /// A directory below the one before it, as `git -C a -C b`.
    fn directory(&mut self, word: &Word) {
        let absolute = word.text.starts_with(['/', '~', '\\', '$']) || word.text.get(1..2) == Some(":");
        self.out.directory = Some(match self.out.directory.take().filter(|_| !absolute) {
            Some(outer) => Word {
                text: format!("{}/{}", outer.text.trim_end_matches('/'), word.text).into(),
                certainty: outer.certainty.max(word.certainty),
                glob: outer.glob || word.glob,
            },
            None => word.clone(),
        });
    }

    fn url(&mut self, word: &Word) {
        match word.text.get(..5).is_some_and(|head| head.eq_ignore_ascii_case("file:")) {
            true => self.file(&NAMES.read, word),
            false => self.urls.push(hosts::web(word)),
        }
    }

    fn remote(&mut self, word: &Word, is_destination: bool) {
        let kind = if is_destination { &NAMES.write } else { &NAMES.read };
        match hosts::remote(self.scheme(), word) {
            Ok(Remote::Local) => return self.file(kind, word),
            Ok(Remote::Web(url)) => self.urls.push(url),
            Ok(Remote::Host(url)) => self.connect(url),
            Err(doubt) => self.out.doubts.push(doubt),
        }
        if is_destination {
            add_flag(&mut self.out.flags, Flag::Uploads);
        }
    }

    fn scheme(&self) -> &'a str {
        if self.row.scheme.is_empty() { "tcp" } else { &self.row.scheme }
    }

    fn connect(&mut self, url: Word) {
        self.out.effects.push(effect(&NAMES.connect, vec![(NAMES.url.clone(), url)]));
    }

    /// Data to send, or a file with it.
    fn body(&mut self, word: &Word, file: Option<&str>) {
        match file {
            Some(file) => self.upload(&cut(word, file)),
            None if word.certainty != Certainty::Known && known_part(word).is_empty() => {
                self.out
                    .doubts
                    .push(format!("what is sent may be a file, and comes from outside the line: {}", word.text).into());
            }
            None => self.args.push((NAMES.body.clone(), word.clone())),
        }
    }

    /// `content`, `name=content`, or a file behind `@`, also as `name@file`.
    fn field(&mut self, word: &Word) {
        let at = word.text.find(['=', '@']).filter(|at| word.text.as_bytes().get(*at) == Some(&b'@'));
        self.body(word, at.and_then(|at| word.text.get(at + 1..)));
    }

    /// `name=content`, or a file behind `=@` or `=<`, before what else is said of it.
    fn form(&mut self, word: &Word) {
        let content = word.text.split_once('=').map_or("", |(_, content)| content);
        let file = content.strip_prefix(['@', '<']).map(|file| file.split(';').next().unwrap_or_default());
        self.body(word, file);
    }

    fn upload(&mut self, file: &Word) {
        add_flag(&mut self.out.flags, Flag::Uploads);
        match file.literal() {
            Some("-") => self.reads_stdin = true,
            _ => self.file(&NAMES.read, file),
        }
    }

    fn assignment(&mut self, word: &Word) {
        match known_part(word).split_once('=').and(word.text.split_once('=')) {
            Some((name, value)) => self.out.sets.push((name.into(), cut(word, value))),
            None if word.certainty == Certainty::Known => {}
            None => {
                self.out.doubts.push(format!("which variable is set comes from outside the line: {}", word.text).into())
            }
        }
    }

    fn mount(&mut self, word: &Word) {
        let Some(mount) = Mount::read(&word.text) else { return };
        let source = cut(word, mount.source);
        if mount.source.ends_with("docker.sock") {
            add_flag(&mut self.out.flags, Flag::Privilege);
        }
        let kinds = [&NAMES.read, &NAMES.write];
        for kind in kinds.into_iter().take(if mount.is_read_only { 1 } else { 2 }) {
            let effect = Effect { recursive: true, ..effect(kind, vec![(NAMES.path.clone(), source.clone())]) };
            self.out.effects.push(effect);
        }
    }

    /// The hosts contacted, each with the port that belongs to it.
    fn addresses(&mut self) {
        for host in std::mem::take(&mut self.hosts) {
            match hosts::address(self.scheme(), &host, self.port.as_ref()) {
                Ok(url) => self.connect(url),
                Err(doubt) => self.out.doubts.push(doubt),
            }
        }
    }

    /// What the row and its options amount to, each with all arguments; web requests once for each address.
    fn actions(&mut self) {
        let mut kinds: Vec<&'a Arc<str>> = Vec::new();
        for kind in self.row.action.iter().chain(self.meanings.iter().filter_map(|meaning| meaning.action.as_ref())) {
            if !kinds.contains(&kind) {
                kinds.push(kind);
            }
        }
        let urls = std::mem::take(&mut self.urls);
        if urls.len().saturating_mul(self.args.len()) > limits::PROGRAM_ARGS_MAX {
            self.out.doubts.push("more addresses and arguments than can be looked at".into());
            self.args.clear();
        }
        let has_urls = !urls.is_empty();
        for url in urls {
            let mut args = vec![(NAMES.url.clone(), url)];
            args.extend(self.args.iter().filter(|(name, _)| OF_REQUEST.contains(&&**name)).cloned());
            self.out.effects.push(effect(&NAMES.request, args));
        }
        for kind in kinds.into_iter().filter(|kind| !has_urls || ***kind != *NAMES.request) {
            self.out.effects.push(effect(kind, self.args.clone()));
        }
    }

    /// Marks the effects of operands; the files of options are single files.
    fn recursive(&mut self, of_options: usize) {
        if self.meanings.iter().any(|meaning| meaning.recursive) {
            self.out.effects.iter_mut().skip(of_options).for_each(|effect| effect.recursive = true);
        }
    }

    fn stdin(&mut self) {
        let of_option = self.meanings.iter().rev().find_map(|meaning| meaning.stdin.as_ref());
        self.out.stdin = match (of_option, &self.row.stdin) {
            (Some(role), _) => Some(role.clone()),
            (None, Some(role)) if self.reads_stdin => Some(role.clone()),
            (None, Some(role)) if role.is_code() => (!self.has_code).then(|| role.clone()),
            (None, Some(role)) => self.call.operands.is_empty().then(|| role.clone()),
            (None, None) => None,
        };
    }

    fn raw_disks(&mut self) {
        let written = |name: &str| matches!(name, "path" | "destination");
        let writes = |effect: &&Effect| [&NAMES.write, &NAMES.copy, &NAMES.moved].contains(&&effect.kind);
        let mut paths = self.out.effects.iter().filter(writes).flat_map(|effect| &effect.args);
        if paths.any(|(name, word)| written(name) && is_disk(&word.text)) {
            add_flag(&mut self.out.flags, Flag::RawDisk);
        }
    }
}

/// The arguments of a web request.
const OF_REQUEST: [&str; 5] = ["method", "headers", "params", "body", "timeout_ms"];

/// A directory of this machine that a container sees.
struct Mount<'a> {
    source: &'a str,
    is_read_only: bool,
}

impl Mount<'_> {
    /// Reads `source:target[:options]` or `key=value,…`; a volume that only has a name is none of this machine's files.
    fn read(text: &str) -> Option<Mount<'_>> {
        if text.contains("source=") || text.contains("src=") {
            return Mount::of_keys(text);
        }
        let drive = text.get(1..3).is_some_and(|two| matches!(two, ":\\" | ":/"));
        let colon = text.char_indices().skip(if drive { 2 } else { 0 }).find(|(_, c)| *c == ':').map(|(at, _)| at);
        let (source, rest) = text.split_at_checked(colon?)?;
        let is_read_only = rest.rsplit(':').next()?.split(',').any(|option| option == "ro");
        (drive || source.starts_with(['/', '.', '~', '$', '`', '\\'])).then_some(Mount { source, is_read_only })
    }

    fn of_keys(text: &str) -> Option<Mount<'_>> {
        let mut keys = text.split(',').map(|key| key.split_once('=').unwrap_or((key, "true")));
        let is_read_only =
            keys.clone().any(|(key, value)| matches!(key, "readonly" | "ro") && !matches!(value, "false" | "0"));
        let is_volume = keys.clone().any(|(key, value)| key == "type" && value == "volume");
        let (_, source) = keys.find(|(key, _)| matches!(*key, "source" | "src"))?;
        (!is_volume).then_some(Mount { source, is_read_only })
    }
}

/// Whether a path is that of a disk rather than of a file on one.
fn is_disk(path: &str) -> bool {
    const DISKS: [&str; 13] =
        ["sd", "hd", "vd", "xvd", "nvme", "mmcblk", "disk", "rdisk", "dm-", "md", "mapper/", "loop", "nbd"];
    let plain = path.split('/').filter(|part| !matches!(*part, "" | ".")).collect::<Vec<_>>().join("/");
    let device = plain.strip_prefix("dev/").filter(|_| path.starts_with('/'));
    device.is_some_and(|name| DISKS.iter().any(|disk| name.starts_with(disk)))
        || path.to_ascii_lowercase().starts_with("\\\\.\\physicaldrive")
}

fn effect(kind: &Arc<str>, args: Vec<(Arc<str>, Word)>) -> Effect {
    Effect { kind: kind.clone(), args, recursive: false, flags: Vec::new() }
}

fn add_flag(flags: &mut Vec<Flag>, flag: Flag) {
    if !flags.contains(&flag) {
        flags.push(flag);
    }
}

/// Names that stand in many effects, made once.
struct Names {
    read: Arc<str>,
    write: Arc<str>,
    delete: Arc<str>,
    list: Arc<str>,
    search: Arc<str>,
    permissions: Arc<str>,
    copy: Arc<str>,
    moved: Arc<str>,
    request: Arc<str>,
    connect: Arc<str>,
    path: Arc<str>,
    url: Arc<str>,
    body: Arc<str>,
}

/// The canonical types that roles lead to by themselves.
pub(super) const OF_ROLES: [&str; 8] = [
    "file.read",
    "file.write",
    "file.delete",
    "file.list",
    "file.search",
    "file.permissions",
    "http.request",
    "net.connect",
];

static NAMES: LazyLock<Names> = LazyLock::new(|| Names {
    read: "file.read".into(),
    write: "file.write".into(),
    delete: "file.delete".into(),
    list: "file.list".into(),
    search: "file.search".into(),
    permissions: "file.permissions".into(),
    copy: "file.copy".into(),
    moved: "file.move".into(),
    request: "http.request".into(),
    connect: "net.connect".into(),
    path: "path".into(),
    url: "url".into(),
    body: "body".into(),
});
