//! Reads the arguments of which neither a tool's row nor its type knows anything.
//!
//! A tool may take more than its row says, and an agent may write anything into a call. What is a path, an address or a
//! command by its name, or plainly looks like a path or an address, is taken for one that the tool uses, however deep
//! it stands. That only ever restricts: each becomes an effect of its own, or a doubt.

use std::borrow::Cow;
use std::sync::Arc;

use super::arguments::Beside;
use super::sense::{Sense, is_ip, is_option, is_path, is_relative, is_url, words};
use super::target::{self, Reader, doubt_rival};
use crate::action::{self, ActionKind, Category, Reading};
use crate::error::Code;
use crate::net;
use crate::path;
use crate::value::{Map, Value};

impl Reader<'_> {
    /// Reads what a call says beside the arguments of its type.
    pub(super) fn beside(&mut self, kind: &ActionKind, beside: &Beside) {
        let is_text = |name: &str| Sense::of(name) == Some(Sense::Words);
        let written = |(name, value): &(Arc<str>, Value)| written_out(value).filter(|_| !is_text(name));
        let written: Vec<Option<Value>> = beside.strays.iter().map(written).collect();
        let mut found = Vec::new();
        for ((name, value), written) in beside.strays.iter().zip(&written) {
            match written.as_ref().unwrap_or(value) {
                value if is_text(name) => mapped(value, &mut found),
                value => leaves(name, value, &mut found),
            }
        }
        found.retain(|(_, value)| !is_empty(value));
        match kind.reading {
            Reading::Path | Reading::Patch => self.beside_files(kind, beside, &found),
            Reading::Url | Reading::Repository => self.beside_request(kind, beside, &found),
            Reading::Command => self.beside_command(beside, &found),
            Reading::Sql => self.beside_query(kind, &found),
            Reading::Name => self.beside_name(kind, &found),
            Reading::Code => {}
        }
    }

    /// Further queries.
    fn beside_query(&mut self, kind: &ActionKind, found: &[Leaf]) {
        let is_query =
            |name: &str| words(name).last().is_some_and(|last| ["query", "sql", "statement"].contains(&&**last));
        for (_, value) in found.iter().filter(|(name, _)| is_query(name)) {
            self.read(value, kind, false);
        }
    }

    fn beside_name(&mut self, kind: &ActionKind, found: &[Leaf]) {
        match kind.category {
            Category::Http => self.beside_question(found),
            Category::Message | Category::Payment => self.beside_parties(kind, found),
            _ => {}
        }
    }

    /// Addresses that a search engine is not asked about, but that are asked themselves.
    fn beside_question(&mut self, found: &[Leaf]) {
        let is_address = |leaf: &&Leaf| leaf.1.as_str().is_some_and(is_url) && Sense::of(leaf.0) != Some(Sense::Words);
        found.iter().filter(is_address).for_each(|(_, address)| self.push_effect("http.request", address));
    }

    /// Whoever else gets a message or money, and what is sent along.
    fn beside_parties(&mut self, kind: &ActionKind, found: &[Leaf]) {
        let has_parties = kind.target.as_deref().is_some_and(|target| matches!(target, "to" | "destination"));
        for (name, value) in found.iter().filter(|leaf| has_parties && leaf.1.as_str().is_some()) {
            let words = words(name);
            let is_attached = || words.last().is_some_and(|last| last == "attachment");
            let is_file = || value.as_str().is_some_and(is_sent) && Sense::of(name) != Some(Sense::Words);
            if is_party(&words) {
                self.read(value, kind, false);
            } else if is_attached() || is_file() {
                self.push_effect("file.read", value);
            }
        }
    }

    fn beside_files(&mut self, kind: &ActionKind, beside: &Beside, found: &[Leaf]) {
        let known = self.structured(kind);
        let mut found = found.to_vec();
        known.iter().for_each(|value| mapped(value, &mut found));
        if !found.is_empty() || !beside.rivals.is_empty() {
            let (own, mut places) = self.places(kind, beside);
            places.extend(found.into_iter().filter_map(|leaf| self.beside_file(kind, leaf)).map(|place| vec![place]));
            self.joined(kind, own, &places);
        }
        if kind.category == Category::Vcs {
            self.revisions();
        }
    }

    /// Arguments of the type that hold others. Edits and the like are lists of mappings: each may name a file of its own.
    fn structured(&self, kind: &ActionKind) -> Vec<Value> {
        let args = self.action.args.iter().filter(|(name, value)| is_structured(value) && kind.args.contains(name));
        args.map(|(_, value)| value.clone()).collect()
    }

    /// Reads one value beside the arguments of an action on files, and returns the place that it names.
    fn beside_file(&mut self, kind: &ActionKind, (name, value): Leaf) -> Option<Arc<str>> {
        let Value::String(text) = value else { return None };
        let searches = kind.args.iter().any(|name| &**name == "glob");
        match Sense::of(name) {
            Some(Sense::Words | Sense::Exclusion) => {}
            Some(Sense::Names) if searches => self.search(&kind.name, value, path::filtered),
            Some(Sense::Extension) if searches => {
                let pattern = format!("**/*.{}", text.trim_start_matches(['*', '.']));
                self.search(&kind.name, &Value::String(pattern.into()), path::filtered);
            }
            _ if is_option(text) => {
                self.action.doubt(Code::CallMalformedArgs, format!("`{name}` is an option of the program behind it"));
            }
            sense if matches!(sense, Some(Sense::Place | Sense::Path)) || is_path(text) => {
                match kind.category {
                    Category::Vcs => self.push_effect("file.read", value),
                    _ => self.read_text(text, kind, false),
                }
                return Some(text.clone());
            }
            _ if is_url(text) => self.push_effect("http.request", value),
            _ => {}
        }
        None
    }

    /// What is handed to git as a revision and the like: `HEAD:.env` reads a file, and what begins with a dash is an
    /// option, such as `--output=`.
    fn revisions(&mut self) {
        let args = self.action.args.clone();
        let mut found = Vec::new();
        args.iter().for_each(|(name, value)| leaves(name, value, &mut found));
        for (name, value) in found.into_iter().filter(|(name, _)| Sense::of(name) != Some(Sense::Words)) {
            let Some(text) = value.as_str() else { continue };
            if text.starts_with('-') {
                self.action.doubt(Code::CallMalformedArgs, format!("git takes `{name}` for an option"));
            }
            if let Some((_, path)) = text.split_once(':').filter(|_| name == "revision") {
                self.push_effect("file.read", &path.into());
            }
        }
    }

    /// How many arguments of the type name places, and the places of each of them and of each further value.
    fn places(&self, kind: &ActionKind, beside: &Beside) -> (usize, Vec<Vec<Arc<str>>>) {
        let is_path = |effect: &Arc<str>| action::kind(effect).is_some_and(|kind| kind.reading == Reading::Path);
        let names_one = |name: &Arc<str>| {
            let amounts = kind.effects.iter().find(|(known, _)| known == name);
            kind.target.as_ref() == Some(name)
                || amounts.is_some_and(|(name, effect)| is_path(effect) && target::patterns_of(name).is_none())
        };
        let of_type = kind.args.iter().filter(|name| names_one(name)).filter_map(|name| self.action.args.get(name));
        let rivals = beside.rivals.iter().filter(|(name, _)| names_one(name)).map(|(_, value)| value);
        let texts = |value: &Value| {
            let mut found = Vec::new();
            leaves("", value, &mut found);
            found.into_iter().filter_map(|(_, value)| value.as_str().map(Arc::from)).collect()
        };
        let mut places: Vec<_> = of_type.map(texts).collect();
        let own = places.len();
        places.extend(rivals.map(texts));
        (own, places)
    }

    /// Where an argument names a place beside the `own` ones of the type, one of the two may be the directory that the
    /// other starts from.
    fn joined(&mut self, kind: &ActionKind, own: usize, places: &[Vec<Arc<str>>]) {
        // With more places than are read there is nothing to add, and too much to compare.
        if self.is_full() {
            return;
        }
        for (at, bases) in places.iter().enumerate() {
            let is_beside = |other: usize| other != at && (other >= own || at >= own);
            let others = places.iter().enumerate().filter(|(other, _)| is_beside(*other)).flat_map(|(_, texts)| texts);
            for text in others.filter(|text| is_relative(text)) {
                for base in bases {
                    if self.is_full() {
                        return;
                    }
                    self.read_text(&format!("{base}/{text}").into(), kind, false);
                }
            }
        }
    }

    fn beside_request(&mut self, kind: &ActionKind, beside: &Beside, found: &[Leaf]) {
        beside.strays.iter().for_each(|(name, value)| self.sent(name, value));
        for (name, value) in found.iter().copied() {
            self.sent(name, value);
            let Some(text) = value.as_str() else { continue };
            self.header(name, text, kind);
            match Sense::of(name) {
                Some(Sense::Words | Sense::Detour) => {}
                Some(Sense::Method) => self.method(text),
                Some(Sense::Path) => self.route(text, kind),
                Some(Sense::Address) => self.address(text, kind),
                _ if is_url(text) || is_ip(text) => self.address(text, kind),
                Some(Sense::Place) => self.file(value),
                // What starts with a slash may be a part of an address as well.
                _ if is_path(text) && !text.starts_with('/') => self.file(value),
                _ => {}
            }
        }
        for (name, _) in found.iter().filter(|(name, _)| Sense::of(name) == Some(Sense::Detour)) {
            self.action.doubt(Code::CallAmbiguousArgument, format!("`{name}` changes what it does"));
        }
        self.headers(kind);
    }

    /// What a request sends by another name is its body, if it has no other.
    fn sent(&mut self, name: &str, value: &Value) {
        const BODIES: [&str; 6] = ["body", "data", "payload", "form", "multipart", "json"];
        let is_body = words(name).last().is_some_and(|last| BODIES.contains(&&**last));
        if is_body && !is_empty(value) && !matches!(value, Value::Bool(_)) && self.action.args.get("body").is_none() {
            let body = (Arc::from("body"), value.clone());
            let pairs = self.action.args.iter().map(|(name, value)| (name.clone(), value.clone())).chain([body]);
            self.action.args = Map::from_pairs(pairs.collect()).unwrap_or_default();
        }
    }

    /// Headers that send a request to another host, or make another one of it.
    pub(super) fn headers(&mut self, kind: &ActionKind) {
        let headers = self.action.args.get("headers").cloned();
        for (name, value) in headers.iter().flat_map(header_lines) {
            self.header(name.trim(), value.trim(), kind);
        }
    }

    fn header(&mut self, name: &str, value: &str, kind: &ActionKind) {
        match name.to_ascii_lowercase().as_str() {
            "host" | ":authority" => self.address(value, kind),
            "x-http-method-override" | "x-http-method" | "x-method-override" => self.method(value),
            _ => {}
        }
    }

    fn address(&mut self, text: &str, kind: &ActionKind) {
        self.read_url(net::read(text), kind, false);
    }

    fn method(&mut self, text: &str) {
        let said = self.action.args.get("method").and_then(Value::as_str).unwrap_or("GET");
        if !said.eq_ignore_ascii_case(text) {
            doubt_rival(&mut self.action, "method");
        }
    }

    /// What an address amounts to with `text` behind it: `@10.0.0.1` and `//10.0.0.1` lead elsewhere.
    fn route(&mut self, text: &str, kind: &ActionKind) {
        let own = kind.target.as_ref().and_then(|name| self.action.args.get(name)?.as_str().map(str::to_owned));
        if let Some(own) = own {
            self.address(&format!("{own}{text}"), kind);
        }
        if text.starts_with(['/', '\\']) && text.get(1..).is_some_and(|rest| rest.starts_with(['/', '\\']))
            || is_url(text)
        {
            self.address(text, kind);
        }
    }

    /// Variables such as `PATH` and `LD_PRELOAD` change what a command runs, words beside the command are a part of it,
    /// and what it is fed may be code.
    fn beside_command(&mut self, beside: &Beside, found: &[Leaf]) {
        let env = self.action.args.get("env").cloned().map(|env| (Arc::from("env"), env));
        for (name, value) in env.iter().chain(&beside.strays) {
            let changes = matches!(Sense::of(name), Some(Sense::Companion | Sense::Address));
            if changes && !is_empty(value) && !is_usual_shell(name, value) {
                self.action.doubt(Code::ShellUnresolved, format!("`{name}` changes what it does"));
            }
        }
        let is_place =
            |leaf: &&Leaf| matches!(Sense::of(leaf.0), Some(Sense::Place | Sense::Path)) && leaf.1.as_str().is_some();
        found.iter().filter(is_place).for_each(|(_, path)| self.file(path));
    }

    /// A file of which only the name is known: it may be read or written.
    fn file(&mut self, path: &Value) {
        self.push_effect("file.read", path);
        self.push_effect("file.write", path);
    }
}

/// Whether an argument whose name has these `words` says who gets something.
fn is_party(words: &[Cow<'_, str>]) -> bool {
    const PARTIES: [&str; 9] = ["to", "cc", "bcc", "recipient", "email", "payee", "beneficiary", "iban", "destination"];
    const OTHERS: [&str; 4] = ["from", "sender", "reply", "source"];
    words.last().is_some_and(|last| PARTIES.contains(&&**last)) && !words.iter().any(|word| OTHERS.contains(&&**word))
}

/// Whether `text` plainly is a file. In a message, what begins with a slash may be a command as well.
fn is_sent(text: &str) -> bool {
    is_path(text) && text.trim_start_matches(['/', '.', '~']).contains(['/', '\\'])
}

/// A single value, and the nearest name that it stands under.
type Leaf<'v> = (&'v str, &'v Value);

/// The single values in `value`, each under the nearest name that says something, or the last one.
fn leaves<'v>(name: &'v str, value: &'v Value, found: &mut Vec<Leaf<'v>>) {
    match value {
        Value::List(items) => items.iter().for_each(|item| leaves(name, item, found)),
        Value::Map(map) => {
            let says_nothing = Sense::of(name).is_none();
            map.iter().for_each(|(key, value)| {
                leaves(if says_nothing || Sense::of(key).is_some() { key } else { name }, value, found);
            });
        }
        value => found.push((name, value)),
    }
}

/// The single values in a list of mappings.
fn mapped<'v>(value: &'v Value, found: &mut Vec<Leaf<'v>>) {
    let maps = value.as_list().unwrap_or_default().iter().filter_map(Value::as_map);
    maps.flat_map(Map::iter).for_each(|(name, value)| leaves(name, value, found));
}

/// A header, and those that the further lines of its value are.
fn lines_of<'v>(name: &'v str, value: &'v Value) -> Vec<(&'v str, &'v str)> {
    let Some(text) = value.as_str() else { return Vec::new() };
    std::iter::once((name, text)).chain(text.lines().skip(1).filter_map(|line| line.split_once(':'))).collect()
}

/// The headers in a mapping, or in lines of text.
fn header_lines(headers: &Value) -> Vec<(&str, &str)> {
    match headers {
        Value::Map(map) => map.iter().flat_map(|(name, value)| lines_of(name, value)).collect(),
        Value::List(items) => items.iter().flat_map(header_lines).collect(),
        Value::String(text) => text.lines().filter_map(|line| line.split_once(':')).collect(),
        _ => Vec::new(),
    }
}

/// The value that `value` is the text of, if that is a list or a mapping.
fn written_out(value: &Value) -> Option<Value> {
    let text = value.as_str().filter(|text| text.starts_with(['{', '[']))?;
    Value::from_json(text).ok().filter(is_structured)
}

fn is_structured(value: &Value) -> bool {
    matches!(value, Value::List(_) | Value::Map(_))
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty() || &**text == "false",
        Value::List(items) => items.is_empty(),
        Value::Map(map) => map.is_empty(),
        _ => false,
    }
}

/// Whether `value` only names a usual shell, or says that there is one.
fn is_usual_shell(name: &str, value: &Value) -> bool {
    const USUAL: [&str; 4] = ["sh", "bash", "/bin/sh", "/bin/bash"];
    let is_usual = match value {
        Value::Bool(_) => true,
        value => value.as_str().is_some_and(|text| USUAL.contains(&text)),
    };
    is_usual && words(name).last().is_some_and(|last| last == "shell")
}
