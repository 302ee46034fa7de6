//! Reads what an action is done to, by the kind of its target.

use std::sync::Arc;

use super::arguments::Beside;
use super::{Surroundings, arguments, patch, sense};
use crate::action::{Action, ActionKind, Category, Flag, PathGlob, Reading, Target, glob, kind};
use crate::call::ToolCall;
use crate::error::Code;
use crate::limits;
use crate::net::{self, UrlError, UrlReading};
use crate::path::{self, Base, CleanPath, PathRules};
use crate::sql::Dialect;
use crate::value::{Map, Value};

/// Reads the target of `action`, the effects of its kind and whatever else the call says; `set` are the arguments that
/// the mapping fixes.
pub(super) fn finish(
    mut action: Action,
    kind: &ActionKind,
    beside: &Beside,
    set: &[(Arc<str>, Value)],
    call: &ToolCall,
    surroundings: &Surroundings,
) -> Action {
    let cwd = place_of_work(&mut action, call, surroundings);
    let (home, rules) = (surroundings.home, surroundings.rules);
    let dialect = dialect(set);
    let says_language = set.iter().any(|(name, _)| &**name == "language");
    let mut reader =
        Reader { cwd, home, rules, dialect, says_language, action, globs: Vec::new(), found: false, depth: 0 };
    let rivals = &beside.rivals;
    reader.target(kind, rivals);
    for (argument, effect) in &kind.effects {
        reader.effect(kind, argument, effect, rivals);
    }
    reader.doubt_rivals(kind, rivals);
    reader.beside(kind, beside);
    reader.action
}

/// Finds the directory the action runs in, as far as call or host say so, and returns the one that relative paths
/// start from.
pub(super) fn place_of_work(action: &mut Action, call: &ToolCall, surroundings: &Surroundings) -> Option<Arc<str>> {
    let given = surroundings.cwd.filter(|_| surroundings.cwd_is_given);
    let outer = call.context.cwd.as_deref().or(given);
    let start = outer.or(surroundings.cwd);
    let wanted = match action.args.get("cwd").filter(|cwd| **cwd != Value::Null) {
        None => outer.map(Arc::from),
        Some(Value::String(text)) => Some(text.clone()),
        Some(_) => {
            action.doubt(Code::CallMalformedArgs, "`cwd` is not text");
            return None;
        }
    };
    let Some(wanted) = wanted else { return start.map(Arc::from) };
    // Patterns know what macOS keeps behind `/tmp`; here it would count as a second reading.
    let rules = match surroundings.rules {
        PathRules::MacOs => PathRules::Posix,
        rules => rules,
    };
    match path::read(&wanted, &Base { cwd: start, home: surroundings.home, rules }) {
        Ok(reading) if !reading.notes.unanchored && reading.others.is_empty() => {
            let text = Arc::from(reading.path.as_str());
            action.cwd = Some(reading.path);
            action.trails.cwd = reading.trails.into_iter().next();
            Some(text)
        }
        _ => {
            action.doubt(Code::PathOutsideAllowed, "the working directory could not be read with certainty");
            None
        }
    }
}

/// Notes that the argument called `name` has two values, of which nobody knows which one the tool uses.
pub(super) fn doubt_rival(action: &mut Action, name: &str) {
    action.add_flag(Flag::AmbiguousArgument);
    action.doubt(Code::CallAmbiguousArgument, format!("`{name}` is given twice with different values"));
}

/// Reads the parts of one action.
pub(super) struct Reader<'a> {
    pub(super) cwd: Option<Arc<str>>,
    pub(super) home: Option<&'a str>,
    pub(super) rules: PathRules,
    /// Whose SQL a query is.
    pub(super) dialect: Dialect,
    pub(super) action: Action,
    /// Arguments that are patterns of file names, as a shell would expand them.
    pub(super) globs: Vec<Arc<str>>,
    /// Whether its arguments were found in a line: what cannot be read among them is held, for it may be a mistake of
    /// the reader.
    pub(super) found: bool,
    /// Whether the mapping names the language that code is in.
    pub(super) says_language: bool,
    /// How many pieces of code it stands in.
    pub(super) depth: usize,
}

/// The dialect that the mapping names. What the call itself says of it does not count: an agent could choose the one in
/// which its statement looks harmless.
fn dialect(set: &[(Arc<str>, Value)]) -> Dialect {
    let named = set.iter().find(|(name, _)| &**name == "dialect").and_then(|(_, value)| value.as_str());
    named.map(Dialect::named).unwrap_or_default()
}

impl<'a> Reader<'a> {
    pub(super) fn target(&mut self, kind: &ActionKind, rivals: &[(Arc<str>, Value)]) {
        let own = kind.target.as_ref().and_then(|name| Some((name, self.action.args.get(name)?.clone())));
        let has_lines = kind.reading == Reading::Command && self.action.args.get("commands").is_some();
        match own.filter(|(_, value)| *value != Value::Null) {
            Some((name, value)) => {
                self.read(&value, kind, true);
                for (_, rival) in rivals.iter().filter(|(rival, _)| rival == name) {
                    self.read(rival, kind, false);
                }
            }
            None if has_lines => {}
            None if kind.requires_target => self.missing(kind),
            // Listing and searching without a path mean the directory one is in.
            None if kind.reading == Reading::Path => self.read_path(".", kind, true),
            None => {}
        }
        if has_lines {
            self.command_lines(kind);
        }
    }

    /// Two values for one argument: which one the tool uses is not known. Those that are targets were all read; of any
    /// other nobody knows what a rule should look at.
    fn doubt_rivals(&mut self, kind: &ActionKind, rivals: &[(Arc<str>, Value)]) {
        for (name, _) in rivals {
            if kind.target.as_ref() == Some(name) || kind.effects.iter().any(|(argument, _)| argument == name) {
                self.action.add_flag(Flag::AmbiguousArgument);
            } else {
                doubt_rival(&mut self.action, name);
            }
        }
    }

    /// Reads one value of the target. The first one becomes the action's own; each further one becomes an effect of
    /// the same type, so that the policy has to agree to all.
    pub(super) fn read(&mut self, value: &Value, kind: &ActionKind, is_first: bool) {
        match value {
            Value::String(text) => self.read_text(text, kind, is_first),
            Value::List(items) if kind.reading == Reading::Command => self.read_words(items, kind, is_first),
            Value::List(items) if !items.is_empty() => {
                for (index, item) in items.iter().enumerate() {
                    match item {
                        Value::String(text) => self.read_text(text, kind, is_first && index == 0),
                        Value::Int(_) => self.read(item, kind, is_first && index == 0),
                        _ => self.missing(kind),
                    }
                }
            }
            Value::Map(operation) if kind.reading == Reading::Patch => self.read_operation(operation),
            Value::Int(number) if kind.reading == Reading::Name => {
                self.place(Target::Name(number.to_string().into()), kind, is_first)
            }
            // Mere names may be left out, and an empty list leaves them out.
            Value::List(_) if kind.reading == Reading::Name && !kind.requires_target => {}
            _ => self.missing(kind),
        }
    }

    pub(super) fn read_text(&mut self, text: &Arc<str>, kind: &ActionKind, is_first: bool) {
        match kind.reading {
            Reading::Path => self.read_paths(text, kind, is_first),
            Reading::Url => self.read_url(net::read(text), kind, is_first),
            // What may be left out may also be the name of a remote, which says nothing of where it leads.
            Reading::Repository if !kind.requires_target && !is_repository(text) => {
                self.place(Target::Name(text.clone()), kind, is_first)
            }
            Reading::Repository => self.read_url(net::read_repository(text), kind, is_first),
            Reading::Command => self.line(text, kind, is_first),
            Reading::Patch => self.read_patch(text),
            Reading::Sql => self.read_sql(text, kind, is_first),
            Reading::Code => {
                self.code("", text);
                self.place(Target::None, kind, is_first);
            }
            Reading::Name if text.is_empty() && kind.requires_target => self.missing(kind),
            Reading::Name if kind.category == Category::Message => self.read_recipients(text, kind, is_first),
            Reading::Name => self.place(Target::Name(text.clone()), kind, is_first),
        }
    }

    /// One text may name several recipients, each with a name beside the address: `Ann <ann@example.org>, ben@…`.
    fn read_recipients(&mut self, text: &str, kind: &ActionKind, is_first: bool) {
        let recipients = text.split([',', ';', '\n', '\r']).map(str::trim).filter(|recipient| !recipient.is_empty());
        for (index, recipient) in recipients.enumerate() {
            let address = recipient
                .strip_suffix('>')
                .and_then(|named| named.rsplit_once('<'))
                .map_or(recipient, |(_, inner)| inner);
            let address = self.mail_address(address);
            self.place(Target::Name(address.into()), kind, is_first && index == 0);
        }
    }

    /// A mail address with its domain in the one spelling of it; a handle such as `@ann` and a channel as they are.
    fn mail_address(&mut self, address: &str) -> String {
        const ODD: &str = "<>\"()[]\\|:%";
        let is_disguised = address.contains(['\u{ff20}', '\u{fe6b}']) || address.contains("=?");
        let parts = address.rsplit_once('@').filter(|(name, _)| !name.is_empty());
        // Mail programs disagree on where a route, a comment or a second `@` leads.
        let is_odd = parts.is_some_and(|(name, domain)| {
            let odd = |c: char| c.is_whitespace() || c.is_control() || ODD.contains(c);
            name.contains('@') || !domain.is_ascii() || address.contains(odd)
        });
        if is_disguised || is_odd {
            self.action.doubt(Code::CallMalformedArgs, "a recipient could not be read");
        }
        match parts {
            Some((name, domain)) => format!("{name}@{}", domain.to_ascii_lowercase().trim_end_matches('.')),
            None => address.to_owned(),
        }
    }

    /// A text is one path, but may also be a list of paths, a path in quotes, or one with a place in the file behind it.
    fn read_paths(&mut self, text: &str, kind: &ActionKind, is_first: bool) {
        self.read_path(text, kind, is_first);
        if !self.found {
            let before_place = text.split_once('#').map(|(path, _)| path).filter(|path| !path.is_empty());
            for path in listed(text).chain(before_place) {
                self.read_path(path, kind, false);
            }
        }
    }

    fn read_path(&mut self, text: &str, kind: &ActionKind, is_first: bool) {
        let base = Base { cwd: self.cwd.as_deref(), home: self.home, rules: self.rules };
        let reading = match path::read(text, &base) {
            Ok(reading) => reading,
            Err(error) if self.found => return self.action.doubt(Code::ShellUnresolved, error.to_string()),
            Err(error) => return self.action.doubt(Code::PathMalformed, error.to_string()),
        };
        let notes = reading.notes;
        let flags = [
            (notes.traversal, Flag::PathTraversal),
            (notes.encoded, Flag::PathEncoding),
            (notes.home, Flag::HomePath),
            (notes.device, Flag::Device),
        ];
        flags.into_iter().filter(|(set, _)| *set).for_each(|(_, flag)| self.action.add_flag(flag));
        if notes.unanchored {
            self.action.doubt(Code::PathOutsideAllowed, "the path is relative and its directory is not known");
        }
        if is_first {
            self.action.trails.target = reading.trails;
        } else {
            self.action.trails.target.extend(reading.trails);
        }
        if self.globs.iter().any(|glob| &**glob == text) {
            if glob::climbs_behind(text) {
                self.action.doubt(Code::ShellUnresolved, "it climbs out of a directory that only a pattern names");
            }
            return self.place_glob(reading.path, kind, is_first);
        }
        self.place(Target::Path(reading.path), kind, is_first);
        for other in reading.others {
            self.place(Target::Path(other), kind, false);
        }
    }

    fn place_glob(&mut self, path: CleanPath, kind: &ActionKind, is_first: bool) {
        let glob = PathGlob::new(path, &Base { cwd: self.cwd.as_deref(), home: self.home, rules: self.rules });
        if glob.climbs() {
            self.action.doubt(Code::ShellUnresolved, "the pattern may mean the directory above");
        }
        self.place(Target::Glob(glob), kind, is_first);
    }

    pub(super) fn read_url(&mut self, reading: Result<UrlReading, UrlError>, kind: &ActionKind, is_first: bool) {
        let reading = match reading {
            Ok(reading) => reading,
            Err(error) if self.found => return self.action.doubt(Code::ShellUnresolved, error.to_string()),
            Err(error) => return self.action.doubt(Code::NetMalformedUrl, error.to_string()),
        };
        let url = reading.url;
        let special = url.special();
        let flags = [
            (special.is_none(), Flag::ExternalHost),
            (special.is_some(), Flag::SpecialAddress),
            (special == Some(net::Special::Metadata), Flag::MetadataHost),
            (reading.notes.mixed_script, Flag::MixedScriptHost),
            (reading.notes.homograph, Flag::HomographHost),
            (url.has_credentials(), Flag::Credentials),
            (url.scheme() == "http", Flag::PlainHttp),
            (is_changing(&self.action), Flag::StateChange),
        ];
        flags.into_iter().filter(|(set, _)| *set).for_each(|(_, flag)| self.action.add_flag(flag));
        if let Some(why) = reading.notes.ambiguous {
            self.action.add_flag(Flag::AmbiguousUrl);
            self.action.doubt(Code::NetAmbiguousUrl, why);
        }
        if let Some(path) = url.file_path() {
            self.push_effect("file.read", &Value::from(path));
        }
        self.place(Target::Url(url), kind, is_first);
    }

    fn read_words(&mut self, items: &[Value], kind: &ActionKind, is_first: bool) {
        let words: Option<Vec<Arc<str>>> = items.iter().map(|item| item.as_str().map(Arc::from)).collect();
        match words {
            Some(words) if !words.is_empty() => self.words(&words, kind, is_first),
            _ => self.missing(kind),
        }
    }

    /// `commands` holds several lines, each run by itself; `command` holds one program and its words.
    fn command_lines(&mut self, kind: &ActionKind) {
        let lines = self.action.args.get("commands").cloned().unwrap_or(Value::Null);
        let several = lines.as_list().map_or_else(|| vec![lines.clone()], <[Value]>::to_vec);
        if several.is_empty() {
            self.missing(kind);
        }
        for line in &several {
            let is_first = self.action.target == Target::None;
            match line {
                Value::String(text) => self.line(text, kind, is_first),
                _ => self.missing(kind),
            }
        }
    }

    fn read_patch(&mut self, text: &str) {
        match patch::read(text) {
            Some(files) => {
                for (effect, path) in files {
                    self.push_effect(effect, &Value::from(path));
                }
            }
            None => self.action.doubt(Code::CallMalformedArgs, "the patch names no files"),
        }
    }

    /// One file operation given as a mapping: `type`, `path` and, if it changes something, `diff`.
    fn read_operation(&mut self, operation: &Map) {
        let effect = match operation.get("type").and_then(Value::as_str) {
            Some("create_file" | "update_file") => "file.write",
            Some("delete_file") => "file.delete",
            _ => return self.action.doubt(Code::CallMalformedArgs, "the patch does not say what it does"),
        };
        match operation.get("path") {
            Some(path) => self.push_effect(effect, &path.clone()),
            None => self.action.doubt(Code::CallMalformedArgs, "the patch names no files"),
        }
    }

    fn place(&mut self, target: Target, kind: &ActionKind, is_first: bool) {
        if is_first {
            self.action.target = target;
        } else if self.action.effects.len() < limits::EFFECTS_MAX {
            let (args, cwd) = (self.action.args.clone(), self.action.cwd.clone());
            let effect = Action { target, cwd, ..arguments::action(kind, args) };
            // Two readings of a text may lead to one place.
            let known = |one: &Action| one.kind == effect.kind && one.target == effect.target;
            if !known(&self.action) && !self.action.effects.iter().any(known) {
                self.action.effects.push(effect);
            }
        } else {
            self.doubt_rest();
        }
    }

    /// Notes, once, that not everything was read.
    pub(super) fn doubt_rest(&mut self) {
        if !self.action.doubts.iter().any(|doubt| doubt.code == Code::CallArgsTooLarge) {
            self.action.doubt(Code::CallArgsTooLarge, "it touches more things than are read");
        }
    }

    fn missing(&mut self, kind: &ActionKind) {
        self.action.add_flag(Flag::MissingArgument);
        let name = kind.target.as_deref().unwrap_or_default();
        self.action.doubt(Code::CallMissingArgument, format!("`{name}` is missing or of the wrong kind"));
    }

    /// What a kind also amounts to by another of its arguments: moving a file deletes its source.
    pub(super) fn effect(&mut self, kind: &ActionKind, argument: &str, effect: &str, rivals: &[(Arc<str>, Value)]) {
        let outer = self.cwd.clone();
        let patterns = patterns_of(argument);
        // A pattern of names starts in the directory that is searched.
        if let (Target::Path(path), Some(_)) = (&self.action.target, patterns) {
            self.cwd = Some(path.as_str().into());
        }
        let own = self.action.args.get(argument).cloned();
        // A file that is moved or copied comes from somewhere, under whatever name that is given.
        if own.is_none() && kind.category == Category::File && kind.requires_target {
            self.action.add_flag(Flag::MissingArgument);
            self.action.doubt(Code::CallMissingArgument, format!("`{argument}` is missing"));
        }
        let rivals = rivals.iter().filter(|(name, _)| &**name == argument).map(|(_, value)| value.clone());
        for value in own.into_iter().chain(rivals).filter(|value| *value != Value::Null && !is_remote(effect, value)) {
            match patterns {
                Some(patterns) => self.search(effect, &value, patterns),
                None => self.push_effect(effect, &value),
            }
        }
        self.cwd = outer;
    }

    /// What fits the patterns in `value`, however deep they stand in it.
    pub(super) fn search(&mut self, effect: &str, value: &Value, patterns: fn(&str) -> Vec<String>) {
        match value {
            Value::String(text) => {
                for pattern in patterns(text).into_iter().map(Arc::<str>::from) {
                    self.globs.extend(path::is_of_names(&pattern).then(|| pattern.clone()));
                    self.push_effect(effect, &Value::String(pattern));
                }
                self.globs.clear();
            }
            Value::List(values) => values.iter().for_each(|value| self.search(effect, value, patterns)),
            value => self.push_effect(effect, value),
        }
    }

    pub(super) fn push_effect(&mut self, effect: &str, value: &Value) {
        let Some(kind) = kind(effect) else { return };
        if self.action.effects.len() >= limits::EFFECTS_MAX {
            return self.doubt_rest();
        }
        let pair = kind.target.iter().map(|name| (name.clone(), value.clone())).collect();
        let content = self.action.args.get("content").map(|content| (Arc::from("content"), content.clone()));
        let args = Map::from_pairs(content.into_iter().chain::<Vec<_>>(pair).collect()).unwrap_or_default();
        let mut part = self.part(arguments::action(kind, args));
        part.globs = self.globs.clone();
        part.action.cwd = self.action.cwd.clone();
        part.read(value, kind, true);
        self.action.effects.push(part.action);
    }

    /// A reader for an action that this one amounts to.
    pub(super) fn part(&self, action: Action) -> Reader<'a> {
        let (cwd, home, rules) = (self.cwd.clone(), self.home, self.rules);
        Reader {
            cwd,
            home,
            rules,
            dialect: self.dialect,
            says_language: self.says_language,
            action,
            globs: Vec::new(),
            found: self.found,
            depth: self.depth,
        }
    }
}

/// The paths in a text besides that it is one: behind commas and blanks, or in quotes.
fn listed(text: &str) -> impl Iterator<Item = &str> {
    const AROUND: &[char] = &['"', '\'', '`', '@', '<', '>', '(', ')', '='];
    let separates = |c: char| c.is_whitespace() || matches!(c, ',' | ';');
    let pieces = text.split(separates).enumerate().filter(|(at, piece)| *at > 0 || piece.starts_with(AROUND));
    pieces.map(|(_, piece)| piece.trim_matches(AROUND)).filter(|piece| sense::is_path(piece))
}

/// How the argument of a search that is a pattern of names is read.
pub(super) fn patterns_of(argument: &str) -> Option<fn(&str) -> Vec<String>> {
    match argument {
        "glob" => Some(|text| path::alternatives(text).unwrap_or_else(|| vec![text.to_owned()])),
        "include" => Some(path::filtered),
        _ => None,
    }
}

/// Whether `text` is the address of a repository, not the name of a remote or a path.
fn is_repository(text: &str) -> bool {
    text.contains(':') || text.starts_with("//")
}

/// Whether `value` merely names a remote, where an address would amount to `effect`.
fn is_remote(effect: &str, value: &Value) -> bool {
    kind(effect).is_some_and(|kind| kind.reading == Reading::Repository)
        && value.as_str().is_some_and(|text| !is_repository(text))
}

fn is_changing(action: &Action) -> bool {
    let method = action.args.get("method").and_then(Value::as_str);
    action.category == Category::Http
        && method.is_some_and(|method| !matches!(method.to_ascii_uppercase().as_str(), "GET" | "HEAD" | "OPTIONS"))
}
