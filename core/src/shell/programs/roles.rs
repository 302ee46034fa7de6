//! What a word amounts to in its role.

use std::sync::Arc;

use super::apply::{Amounts, Inner, List};
use super::hosts::{self, Remote};
use super::modes;
use super::mount::Mount;
use super::names::NAMES;
use super::options::{UNKNOWN, cut};
use super::row::Role;
use crate::limits;
use crate::shell::effect::Effect;
use crate::shell::flag::Flag;
use crate::shell::word::{Certainty, Word};

impl<'a> Amounts<'a> {
    /// Takes a word in its role, or in those that options give it instead.
    pub(super) fn role(&mut self, role: &'a Role, word: &Word) {
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
            Role::Data => {}
            Role::Filter | Role::FilterRegex | Role::FilterExtension | Role::FilterKind => {
                let known = role.filter().zip(Some(&word.text).filter(|_| word.certainty == Certainty::Known));
                self.filters.extend(known.into_iter().flat_map(|(filter, text)| filter.patterns(text)));
            }
            Role::Tracked => self.tracked(word, false),
            Role::Line if is_stream || word.literal() == Some("") => {}
            Role::Run | Role::RunMore | Role::Module => self.run(role, vec![word.clone()]),
            Role::Read | Role::Consult | Role::Edit | Role::Execute | Role::Search | Role::Remote if is_stream => {
                self.reads_stdin = true
            }
            Role::Write | Role::RemoteDestination if is_stream => {}
            Role::Names(role) => self.names(role, (!is_stream).then_some(word)),
            // Where a file is read, many programs fetch an address.
            Role::Read if is_web(&word.text) => self.url(word),
            Role::Read | Role::Consult => self.file(&NAMES.read, word),
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
            Role::Body => self.sent(&NAMES.body, word, &word.text, &['@']),
            Role::Field => self.field(word),
            Role::Form => self.form(word),
            Role::Header => self.sent(&NAMES.headers, word, &word.text, &['@']),
            Role::Cookie if word.text.contains('=') => {}
            Role::Cookie => self.file(&NAMES.read, word),
            Role::Line | Role::Lines => self.out.inner.push(Inner::Lines(vec![word.clone()])),
            Role::Code(language) => {
                self.out.inner.push(Inner::Code { language: language.clone(), text: word.clone() });
            }
            Role::Assignment => self.assignment(word),
            Role::Mount => self.mount(word),
            Role::Mode => self.mode(word),
            Role::Unclear => {
                self.out.doubt(format!("what `{}` does cannot be read: {}", self.row.name, word.text));
            }
            Role::Arg(name) => self.args.push((name.clone(), word.clone())),
        }
    }

    pub(super) fn run(&mut self, role: &Role, words: Vec<Word>) {
        self.has_code = true;
        if *role == Role::Module && !self.is_known_module(words.first()) {
            return;
        }
        self.out.inner.push(match role {
            Role::Lines => Inner::Lines(words),
            _ => Inner::Words { words, more: *role == Role::RunMore },
        });
    }

    /// Whether the table knows a module as a program; other modules are code of the project, as its scripts are.
    fn is_known_module(&mut self, module: Option<&Word>) -> bool {
        match module.map(|word| word.literal().ok_or(word)) {
            Some(Err(word)) => {
                self.out
                    .doubt(format!("which module `{}` runs comes from outside the line: {}", self.row.name, word.text));
                false
            }
            name => name.and_then(Result::ok).is_some_and(|name| super::find(name).is_some()),
        }
    }

    /// The names in the file `list`, or in the standard input.
    pub(super) fn names(&mut self, role: &Role, list: Option<&Word>) {
        list.into_iter().for_each(|list| self.file(&NAMES.read, list));
        let (path, recursive) = (list.cloned(), self.is_recursive());
        let others: Vec<&Role> = self.roles.iter().filter(|(from, _)| from == role).map(|(_, to)| to).collect();
        for role in if others.is_empty() { vec![role] } else { others } {
            self.out.lists.push(List { role: role.clone(), path: path.clone(), recursive });
        }
    }

    pub(super) fn file(&mut self, kind: &Arc<str>, word: &Word) {
        self.out.add(kind, vec![(NAMES.path.clone(), word.clone())]);
    }

    /// A directory below the one before it, as `git -C a -C b`.
    fn directory(&mut self, word: &Word) {
        let absolute = word.text.starts_with(['/', '~', '\\']) || word.text.get(1..2) == Some(":");
        let Some(outer) = self.out.directory.take().filter(|_| !absolute) else {
            self.out.directory = Some(word.clone());
            return;
        };
        // A path of that length is malformed, and joining without end would take its time.
        if outer.text.len() > limits::TARGET_BYTES_MAX {
            self.out.directory = Some(outer);
            return self.out.doubt("the directory it works in is too long");
        }
        self.out.directory = Some(Word {
            text: format!("{}/{}", outer.text.trim_end_matches('/'), word.text).into(),
            certainty: outer.certainty.max(word.certainty),
            glob: outer.glob || word.glob,
        });
    }

    fn url(&mut self, word: &Word) {
        match word.text.get(..5).is_some_and(|head| head.eq_ignore_ascii_case("file:")) {
            true => {
                self.has_file_url = true;
                self.file(&NAMES.read, word);
            }
            false => self.urls.push(hosts::web(word)),
        }
    }

    fn remote(&mut self, word: &Word, is_destination: bool) {
        let kind = if is_destination { &NAMES.write } else { &NAMES.read };
        match hosts::remote(self.scheme(), word) {
            Ok(Remote::Local) => return self.file(kind, word),
            Ok(Remote::Web(url)) => self.urls.push(url),
            Ok(Remote::Host(url)) => self.connect(url),
            Err(doubt) => self.out.doubt(doubt),
        }
        if is_destination {
            self.out.add_flag(Flag::Uploads);
        }
    }

    pub(super) fn scheme(&self) -> &'a str {
        if self.row.scheme.is_empty() { "tcp" } else { &self.row.scheme }
    }

    pub(super) fn connect(&mut self, url: Word) {
        self.out.add(&NAMES.connect, vec![(NAMES.url.clone(), url)]);
    }

    /// `name=content`, or a file behind `=@`, `=<` or `name@`, before what else is said of it.
    fn form(&mut self, word: &Word) {
        if word.text.find(['=', '@', ':']).is_some_and(|at| word.text.as_bytes().get(at) == Some(&b'@')) {
            return self.field(word);
        }
        let content = word.text.split_once('=').map_or(&*word.text, |(_, content)| content);
        let file = content.split(';').next().unwrap_or_default();
        self.sent(&NAMES.body, word, file, &['@', '<']);
    }

    /// `content`, `name=content`, or a file behind `@`, also as `name@file`.
    fn field(&mut self, word: &Word) {
        let at = word.text.find(['=', '@', '$', '`']).unwrap_or_default();
        self.sent(&NAMES.body, word, word.text.get(at..).unwrap_or_default(), &['@']);
    }

    /// Data to send as the argument `name`; a file, if `content` begins with a mark.
    fn sent(&mut self, name: &Arc<str>, word: &Word, content: &str, marks: &[char]) {
        match content.strip_prefix(marks) {
            Some(file) => self.upload(&cut(word, file)),
            None if word.certainty != Certainty::Known && content.starts_with(UNKNOWN) => {
                self.out.doubt(format!("what is sent may be a file, and comes from outside the line: {}", word.text));
            }
            None => self.args.push((name.clone(), word.clone())),
        }
    }

    fn upload(&mut self, file: &Word) {
        self.out.add_flag(Flag::Uploads);
        match file.literal() {
            Some("-") => self.reads_stdin = true,
            _ => self.file(&NAMES.read, file),
        }
    }

    fn assignment(&mut self, word: &Word) {
        match word.text.split_once('=') {
            Some((name, value)) if word.certainty == Certainty::Known || !name.contains(UNKNOWN) => {
                self.out.sets.push((name.into(), cut(word, value)));
            }
            None if word.certainty == Certainty::Known => {}
            _ => self.out.doubt(format!("which variable is set comes from outside the line: {}", word.text)),
        }
    }

    fn mode(&mut self, word: &Word) {
        if word.literal().is_none_or(modes::gives_rights) {
            self.out.add_flag(Flag::Privilege);
        }
        self.args.push((NAMES.mode.clone(), word.clone()));
    }

    fn mount(&mut self, word: &Word) {
        let Some(mount) = Mount::read(&word.text) else { return };
        let source = cut(word, mount.source);
        if mount.source.ends_with("docker.sock") {
            self.out.add_flag(Flag::Privilege);
        }
        let first = self.out.effects.len();
        self.file(&NAMES.read, &source);
        if !mount.is_read_only {
            self.file(&NAMES.write, &source);
        }
        self.out.effects.iter_mut().skip(first).for_each(|effect| effect.recursive = true);
    }
}

impl List {
    /// What one of its names amounts to.
    pub fn effects(&self, name: &Word) -> Vec<Effect> {
        let kinds: &[&Arc<str>] = match &self.role {
            Role::Read => &[&NAMES.read],
            Role::Write => &[&NAMES.write],
            Role::Edit => &[&NAMES.read, &NAMES.write],
            Role::Delete => &[&NAMES.delete],
            Role::List => &[&NAMES.list],
            Role::Search => &[&NAMES.search],
            Role::Url => return vec![Effect::new(&NAMES.request, &NAMES.url, hosts::web(name))],
            _ => &[],
        };
        let effect =
            |kind: &&Arc<str>| Effect { recursive: self.recursive, ..Effect::new(kind, &NAMES.path, name.clone()) };
        kinds.iter().map(effect).collect()
    }
}

fn is_web(text: &str) -> bool {
    let scheme = text.split_once("://").map_or("", |(scheme, _)| scheme);
    ["http", "https", "ftp"].iter().any(|web| scheme.eq_ignore_ascii_case(web))
}
